# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""What a foreign PC/SC program can do to a simulated card through pcscd, seen from the card's side.

The tests of Cardmux's own behaviour stand on this: if the foreign program did nothing, they would
pass for the wrong reason."""
import json
import unittest

from private_pcscd import FOREIGN_PROGRAM, PrivatePcscd, wait_until


class ForeignUse(unittest.TestCase):
    def test_a_wrong_pin_costs_a_try(self):
        with PrivatePcscd() as world:
            self.assertEqual(world.foreign("verify", "999999")["status_word"], "63c2")
            self.assertEqual(world.card()["pin_tries_left"], 2)
            self.assertEqual(world.foreign("tries")["tries"], 2)

    def test_a_key_without_its_pin_is_refused(self):
        for algorithm in ("rsa2048", "p256"):
            with self.subTest(algorithm), PrivatePcscd(cards=[f"key={algorithm}"]) as world:
                used = world.foreign("sign-9a")
                self.assertTrue(used["refused"], used)
                self.assertEqual(used["status_word"], "6982")

    def test_a_key_is_used_by_whoever_comes_after_a_verified_pin(self):
        """The reason why we take our authority away: the card does not know who asks."""
        for algorithm in ("rsa2048", "p256"):
            with self.subTest(algorithm), PrivatePcscd(cards=[f"key={algorithm}"]) as world:
                world.foreign("verify", "123456")
                self.assertFalse(world.foreign("sign-9a")["refused"])
                self.assertEqual(world.card()["private_key_operations"], 1)

    def test_selecting_another_applet_ends_the_authority(self):
        with PrivatePcscd() as world:
            world.foreign("verify", "123456")
            self.assertEqual(world.foreign("select-other")["status_word"], "9000")
            self.assertFalse(world.card()["pin_verified"])
            self.assertTrue(world.foreign("sign-9a")["refused"])

    def test_a_held_card_makes_others_wait(self):
        with PrivatePcscd() as world:
            holder = world.start([FOREIGN_PROGRAM, "hold", "5000"])
            wait_until(lambda: world.card()["apdus"], 10, "the holder has the card")
            waited = world.foreign("begin-probe")["waits_ms"][0]
            self.assertGreater(waited, 200)
            holder.finish(2)

    def test_resets_reach_the_card(self):
        with PrivatePcscd() as world:
            before = world.card()["resets"]
            world.foreign("reset", "--count", "3", "--every", "50")
            self.assertGreaterEqual(world.card()["resets"] - before, 3)

    def test_a_pulled_card_ends_the_foreign_program_with_an_error(self):
        with PrivatePcscd() as world:
            probe = world.start([FOREIGN_PROGRAM, "begin-probe", "--count", "50", "--every", "100"])
            wait_until(lambda: world.card()["apdus"], 10, "the probe has begun")
            world.control("remove 0")
            ended = json.loads(probe.finish(20, code=1).out)
            self.assertFalse(ended["ok"])


if __name__ == "__main__":
    unittest.main()
