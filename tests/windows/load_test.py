# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""What `cardmux load` does under Wine with one thread, with a PIN that is wrong or missing, and
after an error. With many threads, on ours and on the naive provider: load_levels_test.py."""
import json
import unittest

from windows_world import NCRYPT, WINSCARD, WindowsWorld

TOOL = "cardmux.exe"
DLL = "naive_provider.dll"
NAME = "Cardmux Naive Test Provider"
OUR_DLL = "cardmux.dll"
OURS = {"csp": "Cardmux Smart Card Crypto Provider",
        "ksp": "Cardmux Smart Card Key Storage Provider"}


class Load(unittest.TestCase):
    def load(self, interface, *options, code=0):
        with WindowsWorld(files=[TOOL, DLL, NCRYPT, WINSCARD]) as world:
            (world.register_csp if interface == "csp" else world.register_ksp)(NAME, DLL)
            (world.bin / "pin.txt").write_text("123456\n")
            words = [str(world.bin / DLL) if word == DLL else word for word in options]
            ended = world.run_windows(TOOL, "load", f"--{interface}", NAME, "--json", "--pin-file",
                                      str(world.bin / "pin.txt"), *words, seconds=60, code=code)
            self.assertEqual(world.card()["wrong_pins"], 0)
            report = json.loads(ended.out)
            self.assertEqual(report["wrong"], 0)
            self.assertLessEqual(report["ok"], world.card()["private_key_operations"])
            return report

    def one_thread_is_right(self, interface, *options):
        report = self.load(interface, "--threads", "1", "--seconds", "3", *options)
        self.assertGreater(report["ok"], 5)
        self.assertEqual(report["errors"], 0)

    def test_one_thread_is_right_with_the_naive_csp(self):
        self.one_thread_is_right("csp")

    def test_one_thread_is_right_with_the_naive_ksp(self):
        self.one_thread_is_right("ksp")

    def test_one_thread_is_right_with_the_entry_points_of_the_csp(self):
        self.one_thread_is_right("csp", "--direct", DLL)

    def test_one_thread_is_right_with_the_entry_points_of_the_ksp(self):
        self.one_thread_is_right("ksp", "--direct", DLL)

    def test_a_pin_that_is_missing_shows_before_there_are_threads(self):
        """What signs for the first time is one thread, and it alone."""
        for interface, name in OURS.items():
            with WindowsWorld(files=[TOOL, OUR_DLL, NCRYPT, WINSCARD]) as world:
                (world.register_csp if interface == "csp" else world.register_ksp)(name, OUR_DLL)
                ended = world.run_windows(TOOL, "load", f"--{interface}", name, "--json",
                                          "--threads", "8", "--seconds", "2", code=4)
                self.assertIn("NTE_SILENT_CONTEXT", json.loads(ended.out)["error"]["text"])
                self.assertEqual(world.card()["private_key_operations"], 0)

    def test_a_wrong_pin_costs_one_try_and_ends_the_run(self):
        for interface in ("csp", "ksp"):
            with WindowsWorld(files=[TOOL, DLL, NCRYPT, WINSCARD]) as world:
                (world.register_csp if interface == "csp" else world.register_ksp)(NAME, DLL)
                (world.bin / "pin.txt").write_text("654321\n")
                ended = world.run_windows(TOOL, "load", f"--{interface}", NAME, "--json",
                                          "--threads", "8", "--pin-file",
                                          str(world.bin / "pin.txt"), seconds=60, code=4)
                self.assertEqual(world.card()["wrong_pins"], 1, ended.out)
                self.assertEqual(world.card()["private_key_operations"], 0)

    def test_stops_at_the_first_error(self):
        report = self.load("csp", "--threads", "8", "--seconds", "30", "--stop-at-first-error",
                           code=1)
        self.assertLess(report["seconds"], 30)
        self.assertGreater(report["errors"], 0)
        self.assertIsNotNone(report["first_error_s"])


if __name__ == "__main__":
    unittest.main()
