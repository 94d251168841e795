# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""The article's scenario, exactly (`cardmux load`), against our own providers under Wine: 32
threads that acquire, get the key, read it, sign and release: with contexts of their own, with one
for all, and while others release it under them. load_test.py shows that this load can fail."""
import json
import unittest

from windows_world import NCRYPT, WINSCARD, WindowsWorld

TOOL = "cardmux.exe"
DLL = "cardmux.dll"
CSP = "Cardmux Smart Card Crypto Provider"
KSP = "Cardmux Smart Card Key Storage Provider"
THREADS = 32
SIGNATURES = 3000
CALLS_LEAST = 10_000


class LoadOurs(unittest.TestCase):
    def load(self, interface, mode, *options):
        """One run; every signature right, no error but the documented one of a released handle."""
        with WindowsWorld(files=[TOOL, DLL, NCRYPT, WINSCARD]) as world:
            name = CSP if interface == "csp" else KSP
            (world.register_csp if interface == "csp" else world.register_ksp)(name, DLL)
            (world.bin / "pin.txt").write_text("123456\n")
            words = [str(world.bin / DLL) if word == DLL else word for word in options]
            ended = world.run_windows(
                TOOL, "load", f"--{interface}", name, "--json", "--mode", mode, "--threads",
                str(THREADS), "--count", str(SIGNATURES), "--pin-file",
                str(world.bin / "pin.txt"), *words, seconds=100)
            report = json.loads(ended.out)
            card = world.card()
        self.assertEqual(report["wrong"], 0, report)
        self.assertEqual(report["errors"], 0, report["errors_by_code"])
        self.assertIsNone(report["first_invalid_handle_s"])
        self.assertGreater(report["ok"], THREADS)
        self.assertGreaterEqual(report["calls"], CALLS_LEAST, report)
        self.assertEqual(card["wrong_pins"], 0)
        self.assertLessEqual(report["ok"], card["private_key_operations"])
        return report

    def release(self, interface, *options):
        report = self.load(interface, "release", *options)
        self.assertGreater(report["releases_under_use"], 10)
        return report

    def test_a_pin_that_is_missing_shows_before_there_are_threads(self):
        """What signs for the first time is one thread, and it alone."""
        for interface, name in (("csp", CSP), ("ksp", KSP)):
            with WindowsWorld(files=[TOOL, DLL, NCRYPT, WINSCARD]) as world:
                (world.register_csp if interface == "csp" else world.register_ksp)(name, DLL)
                ended = world.run_windows(TOOL, "load", f"--{interface}", name, "--json",
                                          "--threads", "8", "--seconds", "2", code=4)
                self.assertIn("NTE_SILENT_CONTEXT", json.loads(ended.out)["error"]["text"])
                self.assertEqual(world.card()["private_key_operations"], 0)

    def test_csp_contexts_of_their_own(self):
        self.load("csp", "own")

    def test_csp_one_context_shared(self):
        self.load("csp", "shared")

    def test_ksp_keys_of_their_own(self):
        self.load("ksp", "own")

    def test_ksp_one_provider_shared(self):
        self.load("ksp", "shared")

    def test_csp_contexts_released_under_the_threads(self):
        self.release("csp")

    def test_ksp_providers_released_under_the_threads(self):
        self.release("ksp")

    def test_csp_entry_points_released_under_the_threads(self):
        report = self.release("csp", "--direct", DLL)
        self.assertGreater(report["expected"], 0, "no context was released under a thread")
        self.assertEqual(report["wrapper"], 0)

    def test_ksp_entry_points_released_under_the_threads(self):
        self.release("ksp", "--direct", DLL)


if __name__ == "__main__":
    unittest.main()
