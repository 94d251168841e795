# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""The card and pcscd are troubled while `cardmux load` signs: with ride_through it goes on, without
an error, a wrong signature or a lost try of the PIN, and at full speed again by itself."""
import time
import unittest

from load_test_case import LoadTestCase, rate_of_first
from private_pcscd import FOREIGN_PROGRAM, PrivatePcscd, wait_until

RIDE_THROUGH = "CARDMUX_RIDE_THROUGH=10s"
QUIET_SECONDS = 3  # before the first trouble and after the last


class LoadRecovery(LoadTestCase):
    def run_troubled(self, seconds, trouble, *environment, profile="yubikey5"):
        """Starts a load, lets it sign for a while, makes trouble, and sees how it ends."""
        with PrivatePcscd(profile=profile) as world:
            load = self.start_load(world, seconds, "--threads", "8", "--no-limit",
                                   environment=[RIDE_THROUGH, *environment])
            wait_until(lambda: world.card()["private_key_operations"] > 3, 20, "it signs")
            time.sleep(QUIET_SECONDS)
            trouble(world)
            operations = world.card()["private_key_operations"]
            wait_until(lambda: world.card()["private_key_operations"] > operations + 3, 20,
                       "it signs again")
            self.assertIsNone(load.process.poll(), "the trouble was not during the load")
            report = self.finish_load(load, seconds + 30)
            self.check_all_right(world, report)
            self.check_goes_on(report, rate_of_first(report, QUIET_SECONDS))

    def test_ten_resets_by_another_program(self):
        """With yield=often, so that the other program gets ten turns in a test's time."""
        def trouble(world):
            resets = world.card()["resets"]
            done = world.start([FOREIGN_PROGRAM, "reset", "--count", "10", "--every", "0"])
            done.finish(40)
            self.assertGreaterEqual(world.card()["resets"], resets + 10)
        self.run_troubled(45, trouble, "CARDMUX_YIELD=often")

    def test_the_card_is_away_for_two_seconds(self):
        def trouble(world):
            world.control("remove 0")
            time.sleep(2)
            world.control("insert 0")
        self.run_troubled(16, trouble)

    def test_pcscd_is_killed_and_started_again(self):
        def trouble(world):
            world.control("pcscd kill")
            time.sleep(1)
            world.control("pcscd start")
        self.run_troubled(16, trouble)

    def test_the_card_loses_its_state_and_nobody_is_told(self):
        def trouble(world):
            for _ in range(5):
                world.control("glitch 0")
                time.sleep(0.5)
        self.run_troubled(16, trouble)

    def test_one_after_the_other(self):
        def trouble(world):
            world.control("reset 0")
            world.control("remove 0")
            time.sleep(2)
            world.control("insert 0")
            time.sleep(3)
            world.control("pcscd kill")
            time.sleep(1)
            world.control("pcscd start")
        self.run_troubled(40, trouble)


if __name__ == "__main__":
    unittest.main()
