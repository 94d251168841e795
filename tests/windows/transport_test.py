# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""Cardmux's transport on Windows' winscard, under Wine: what it says of readers, cards and the
service is what really happened to them."""
import unittest

from windows_world import WINSCARD, WindowsWorld, wait_until

PROBE = "transport_probe.exe"


class Transport(unittest.TestCase):
    def world(self):
        return WindowsWorld(files=[PROBE, WINSCARD])

    def finish(self, probe):
        ended = probe.finish(30)
        self.assertIn("done", ended.out.split(), ended)

    def wait_for_line(self, probe, line, count=1):
        def is_there():
            return (probe.output()[0].splitlines().count(line) == count
                    or probe.process.poll() is not None)

        wait_until(is_there, 20, f"{line}: {probe.output()}")

    def test_a_card_is_used_and_a_reset_is_told(self):
        with self.world() as world:
            self.finish(world.start_windows(PROBE, "card"))
            self.assertEqual(world.card()["selects"], 2)

    def test_a_card_goes_and_comes_back(self):
        with self.world() as world:
            probe = world.start_windows(PROBE, "watch")
            self.wait_for_line(probe, "present")
            world.control("remove 0")
            self.wait_for_line(probe, "gone")
            world.control("insert 0")
            self.finish(probe)

    def test_the_service_goes_and_comes_back(self):
        with self.world() as world:
            probe = world.start_windows(PROBE, "restart")
            self.wait_for_line(probe, "in use")
            world.control("pcscd kill")
            self.wait_for_line(probe, "noticed")
            world.control("pcscd start")
            self.finish(probe)


if __name__ == "__main__":
    unittest.main()
