# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""A process without free file descriptors, over a real pcscd: before it connects, and in the middle
of its work. Each call ends with a code that tells of it, and works again once some are free."""
import unittest

from private_pcscd import MODULE, MODULE_PROGRAM, PrivatePcscd

FUNCTION_FAILED = "6"
# What a login may say: it was not possible, or (the service cannot be reached) no card is there.
CLEAR = (FUNCTION_FAILED, "32", "e0")


class Descriptors(unittest.TestCase):
    def run_steps(self, world, *steps, **environment):
        ended = world.run([MODULE_PROGRAM, MODULE, *steps], **environment)
        return [tuple(line.split()[:2]) for line in ended.out.splitlines()]

    def check_works_again(self, world, done):
        self.assertEqual(done[-3:], [("free-descriptors", "0"), ("login", "0"), ("sign", "0")],
                         done)
        card = world.card()
        self.assertEqual((card["pin_tries_left"], card["wrong_pins"]), (3, 0))

    def test_none_before_the_card_is_used(self):
        with PrivatePcscd() as world:
            done = self.run_steps(world, "use-up-descriptors", "login", "free-descriptors", "login",
                                  "sign")
            self.check_works_again(world, done)
            code = dict(done[:-3])["login"]
            self.assertIn(code, CLEAR, done)

    def test_none_while_the_card_is_used(self):
        """What is connected stays connected: nothing of it is noticed."""
        with PrivatePcscd() as world:
            done = self.run_steps(world, "login", "sign", "use-up-descriptors", "sign", "sign",
                                  "free-descriptors", "sign")
            self.assertEqual([code for _, code in done], ["0"] * len(done), done)

    def test_none_at_initialize(self):
        """A settings file that cannot be opened now is no file that is not there."""
        with PrivatePcscd() as world:
            for files in ({}, {"CARDMUX_CONFIG": ""}):
                done = self.run_steps(world, "finalise", "use-up-descriptors", "start-again",
                                      "free-descriptors", "start-again", "login", "sign", **files)
                codes = [code for step, code in done if step == "start-again"]
                self.assertEqual(codes, [FUNCTION_FAILED, "0"], done)
                self.assertEqual(done[-2:], [("login", "0"), ("sign", "0")], done)


if __name__ == "__main__":
    unittest.main()
