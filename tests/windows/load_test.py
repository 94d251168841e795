# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""`cardmux load` against the naive provider, under Wine: a load that could not fail would show
nothing. One thread is right with it, many get 0x6, on each level (through the system, and the entry
points directly)."""
import json
import unittest

from windows_world import NCRYPT, WINSCARD, WindowsWorld

TOOL = "cardmux.exe"
DLL = "naive_provider.dll"
NAME = "Cardmux Naive Test Provider"
INVALID_HANDLE = "0x6 ERROR_INVALID_HANDLE"


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

    def many_threads_fail(self, interface, *options):
        report = self.load(interface, "--threads", "8", "--seconds", "4", *options, code=1)
        self.assertGreater(report["errors_by_code"].get(INVALID_HANDLE, 0), 0, report)
        self.assertIsNotNone(report["first_invalid_handle_s"])

    def test_one_thread_is_right_with_the_naive_csp(self):
        self.one_thread_is_right("csp")

    def test_one_thread_is_right_with_the_naive_ksp(self):
        self.one_thread_is_right("ksp")

    def test_one_thread_is_right_with_the_entry_points_of_the_csp(self):
        self.one_thread_is_right("csp", "--direct", DLL)

    def test_one_thread_is_right_with_the_entry_points_of_the_ksp(self):
        self.one_thread_is_right("ksp", "--direct", DLL)

    def test_many_threads_get_0x6_from_the_naive_csp(self):
        self.many_threads_fail("csp")

    def test_many_threads_get_0x6_from_the_naive_ksp(self):
        self.many_threads_fail("ksp")

    def test_many_threads_get_0x6_from_the_entry_points(self):
        self.many_threads_fail("csp", "--direct", DLL)
        self.many_threads_fail("ksp", "--direct", DLL)

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
