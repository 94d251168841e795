# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""Cardmux' key storage provider as a Windows program uses it: through the double of ncrypt.dll, the
forwarder of winscard and pcscd, on a simulated card. Judged by Wine's BCrypt."""
import re
import unittest

from windows_world import NCRYPT, WINSCARD, WindowsWorld, wait_until

PROBE = "ksp_probe.exe"
EDGES = "ksp_edges_probe.exe"
NAME = "Cardmux Smart Card Key Storage Provider"
RACE = "ksp_release_race.exe"
FILES = [PROBE, RACE, "cardmux.dll", NCRYPT, WINSCARD]
PIN = "123456"


class Ksp(unittest.TestCase):
    def check_probe(self, *arguments, **options):
        with WindowsWorld(files=FILES, **options) as world:
            world.register_ksp(NAME, "cardmux.dll")
            out = world.run_windows(PROBE, NAME, PIN, *arguments, seconds=90).out
            self.assertEqual(out, "done\n")
            self.assertGreater(world.card()["private_key_operations"], 80)
            self.assertEqual(world.card()["wrong_pins"], 1)

    def test_rsa_keys_sign_and_decrypt(self):
        self.check_probe()

    def test_elliptic_keys_sign_and_agree(self):
        self.check_probe("elliptic", cards=["key=p256"])

    def test_keys_and_providers_are_freed_under_the_threads_that_use_them(self):
        with WindowsWorld(files=FILES) as world:
            out = world.run_windows(RACE, PIN, "16", "6", seconds=60).out
            card = world.card()
        self.assertEqual(card["wrong_pins"], 0)
        counts = dict(line.split(": ", 1) for line in out.splitlines())
        self.assertNotIn("error", counts, out)
        self.assertGreater(int(counts["signatures"]), 100, out)
        # Once for a hold of the card, which may end while the threads wait for a processor.
        self.assertLess(card["verify_attempts"], int(counts["signatures"]) // 20)
        self.assertGreater(int(counts["releases"]), 50, out)
        self.assertGreater(int(counts["refused"]), 0, "else nothing was tried")
        self.assertEqual(counts["a context of the CSP"], "80090026")  # NTE_INVALID_HANDLE

    def test_hostile_arguments_are_refused_and_nothing_reaches_the_card(self):
        with WindowsWorld(files=[EDGES, "cardmux.dll", WINSCARD]) as world:
            ended = world.run_windows(EDGES, "cardmux.dll", seconds=60, CARDMUX_LOG="-",
                                      CARDMUX_LOG_LEVEL="warning")
            self.assertEqual(ended.out, "done\n")
            self.assertEqual(world.card()["private_key_operations"], 0)
            self.assertEqual(world.card()["pin_tries_left"], 3)
        for kind in ("key", "provider"):
            late = re.search(rf"stale_handle kind={kind} handle=\d+ used_by_thread=(\d+) "
                             r"released_by_thread=\1 released_seconds_ago=\d+", ended.err)
            self.assertTrue(late, ended.err)

    def test_a_program_is_told_that_a_card_went_and_came_back(self):
        with WindowsWorld(files=[EDGES, "cardmux.dll", WINSCARD]) as world:
            program = world.start_windows(EDGES, "cardmux.dll", "changes")
            for number, command in enumerate(("remove 0", "insert 0"), 1):
                wait_until(lambda: program.output()[0].count("waiting") == number, 40, "it waits")
                self.assertEqual(program.output()[0].count("changed"), number - 1)
                world.control(command)
            out = program.finish(60).out.replace("\r\n", "\n")
            self.assertEqual(out, "waiting\nchanged\nwaiting\nchanged\ndone\n")


if __name__ == "__main__":
    unittest.main()
