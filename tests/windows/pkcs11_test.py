# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""cardmux-pkcs11.dll as a Windows program uses it: loaded by its name, through the forwarder of
winscard and pcscd, on a simulated card. Judged by Wine's BCrypt."""
import re
import unittest

from windows_world import WINSCARD, WindowsWorld

PROBE = "pkcs11_probe.exe"
FILES = [PROBE, "cardmux-pkcs11.dll", "cardmux.dll", WINSCARD]
PIN = "123456"


class Pkcs11(unittest.TestCase):
    def test_calls_answer_and_signatures_are_right(self):
        with WindowsWorld(files=FILES) as world:
            self.assertEqual(world.run_windows(PROBE, "calls", PIN).out, "done\n")
            card = world.card()
        self.assertEqual(card["private_key_operations"], 2)
        self.assertEqual((card["wrong_pins"], card["pin_tries_left"]), (1, 3))

    def test_finalize_ends_the_waits_of_threads_inside(self):
        with WindowsWorld(files=FILES, profile="fixed:200ms") as world:
            out = world.run_windows(PROBE, "finalize", PIN, seconds=60).out
            card = world.card()
        self.assertTrue(out.endswith("done\n"), out)
        # Eight were inside: one on the card, one perhaps just answered, the others in the queue.
        self.assertLessEqual(int(re.search(r"late: (\d+)", out).group(1)), 3, out)
        self.assertEqual(card["verify_attempts"], 2, "one login before C_Finalize, one after")
        self.assertEqual(card["wrong_pins"], 0)

    def test_finalize_ends_logins_that_wait_and_none_begins(self):
        with WindowsWorld(files=FILES, profile="fixed:4s") as world:
            self.assertEqual(world.run_windows(PROBE, "logins", PIN).out, "done\n")
            card = world.card()
        self.assertEqual(card["verify_attempts"], 0, card)
        self.assertEqual(card["private_key_operations"], 1)


if __name__ == "__main__":
    unittest.main()
