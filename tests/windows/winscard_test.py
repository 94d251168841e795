# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""The forwarder of winscard to pcsc-lite, through a Windows program: what every other test under
Wine stands on."""
import re
import unittest

from windows_world import WINSCARD, WindowsWorld, wait_until

PROBE = "winscard_probe.exe"


class Winscard(unittest.TestCase):
    def world(self):
        return WindowsWorld(files=[PROBE, WINSCARD])

    def test_a_windows_program_uses_a_card(self):
        with self.world() as world:
            lines = world.run_windows(PROBE, "card").out.splitlines()
            self.assertIn(f"reader: {world.readers[0]}", lines)
            piv = [line for line in lines if line.startswith("piv: ")]
            self.assertRegex(piv[0], "^piv: 61.*4f0600001000010079.*9000$")
            self.assertEqual(lines[-1], "done")
            self.assertEqual(world.card()["apdus_by_ins"], {"A4": 2})

    def test_a_windows_program_without_the_forwarder_finds_no_service(self):
        """Else the other tests would not need it, and would say nothing of it."""
        with WindowsWorld(files=[PROBE]) as world:
            self.assertIn("failed: ", world.run_windows(PROBE, "card", code=1).out)

    def test_a_card_goes_and_comes_back(self):
        with self.world() as world:
            watch = world.start_windows(PROBE, "watch")

            def has_seen(line, count):
                return lambda: watch.output()[0].split().count(line) == count

            wait_until(has_seen("present", 1), 10, "the card is there")
            world.control("remove 0")
            wait_until(has_seen("gone", 1), 10, "the card is gone")
            world.control("insert 0")
            watch.finish(10)
            self.assertTrue(has_seen("present", 2)(), watch.output())

    def test_a_wait_is_cancelled_and_keeps_nobody_out(self):
        with self.world() as world:
            self.assertIn("done", world.run_windows(PROBE, "cancel").out)

    def test_threads_lose_no_command(self):
        with self.world() as world:
            self.assertIn("commands: 800", world.run_windows(PROBE, "threads", "16").out)
            self.assertEqual(world.card()["apdus_by_ins"], {"A4": 400, "CB": 400})

    def test_the_service_goes_and_comes_back(self):
        with self.world() as world:
            probe = world.start_windows(PROBE, "restart")
            wait_until(lambda: "in use" in probe.output()[0], 10, "the card is in use")
            world.control("pcscd kill")
            wait_until(lambda: "list: " in probe.output()[0], 10, "the program noticed")
            world.control("pcscd start")
            out = probe.finish(20).out
            print(out)
            for code in re.findall(r"(?:command|wait|list): (\w+)", out):
                self.assertIn(code, ("8010001D", "8010001E"))  # no service, service stopped

    def test_closed_handles_are_answered_with_6(self):
        with self.world() as world:
            self.assertIn("done", world.run_windows(PROBE, "stale").out)


if __name__ == "__main__":
    unittest.main()
