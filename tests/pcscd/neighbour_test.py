# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""Cardmux as a neighbour of other PC/SC programs, over a real pcscd: they cannot use our authority,
and they get the card though we are busy."""
import unittest

from load_test_case import LoadTestCase
from private_pcscd import FOREIGN_PROGRAM, MODULE, MODULE_PROGRAM, PrivatePcscd, wait_until

LOAD_SECONDS = 30
BEGIN_SECONDS = 25  # not judged: a foreign program that is never let in is an error


def start_signing(world, hold):
    """A process of ours that has signed, and stays."""
    ours = world.start([MODULE_PROGRAM, MODULE, "login", "sign", "pause"], CARDMUX_HOLD=hold)
    wait_until(lambda: "sign 0" in ours.output()[0], 20, "our process has signed")
    return ours


class Neighbour(LoadTestCase):
    def check_refused(self, world, used):
        self.assertTrue(used["refused"], used)
        self.assertEqual(world.card()["private_key_operations"], 1)
        self.assertEqual(world.card()["wrong_pins"], 0)

    def test_no_other_program_uses_the_key_after_our_hold(self):
        with PrivatePcscd() as world:
            start_signing(world, "100ms")
            world.foreign("begin-probe")  # it has got a transaction: the hold has ended
            self.assertFalse(world.card()["pin_verified"])
            for how in (["--no-select"], []):  # in the state that we left, and in its own
                self.check_refused(world, world.foreign("sign-9a", *how))

    def test_another_program_that_waited_for_our_hold_cannot_use_the_key(self):
        with PrivatePcscd() as world:
            start_signing(world, "3s")
            self.assertTrue(world.card()["pin_verified"], "our process is in its hold")
            self.check_refused(world, world.foreign("sign-9a", "--no-select"))

    def test_no_client_that_never_logged_in_uses_the_key_of_a_hold(self):
        with PrivatePcscd() as world:
            start_signing(world, "4s")
            self.assertTrue(world.card()["pin_verified"], "our process is in its hold")
            stranger = world.run([MODULE_PROGRAM, MODULE, "sign"])
            self.assertIn("sign 101", stranger.out)  # CKR_USER_NOT_LOGGED_IN
            self.check_refused(world, {"refused": True})

    def check_let_in(self, politeness):
        """Under our full load a foreign SCardBeginTransaction succeeds while the load goes on."""
        with PrivatePcscd(profile="yubikey5") as world:
            load = self.start_load(world, LOAD_SECONDS, "--threads", "8", "--no-limit",
                                   environment=[f"CARDMUX_YIELD={politeness}"])
            wait_until(lambda: world.card()["private_key_operations"] > 8, 20, "the load is on")
            probe = world.start([FOREIGN_PROGRAM, "begin-probe"]).finish(BEGIN_SECONDS)
            self.assertIn('"ok":true', probe.out)
            self.assertIsNone(load.process.poll(), "the load is still on")
            self.check_all_right(world, self.finish_load(load, LOAD_SECONDS + 30))

    def test_a_polite_load_lets_a_foreign_program_in(self):
        self.check_let_in("polite")

    def test_a_load_that_steps_back_often_lets_a_foreign_program_in(self):
        self.check_let_in("often")


if __name__ == "__main__":
    unittest.main()
