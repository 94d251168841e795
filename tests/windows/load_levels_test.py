# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""The article's scenario (`cardmux load`) at three levels under Wine, on our providers and, by the
same command line, on the naive one, which is built as the article describes Base CSP. Ours has no
error and every signature right; the naive one fails with 0x6 wherever ours passes: a load that
could not fail would show nothing.

    entry points   those of the DLL called directly. Mode `release` is the strictest run: contexts
                   are gone under the threads inside them, and the one error allowed is the
                   documented one for a handle that its own program has released
    system         through advapi32 and the double of ncrypt, the DLL beside the program
    installed      the same with the DLLs in System32 (`cardmux register`), and a card that takes
                   time for each command

At each the card is behind pcscd. Each row of docs/windows.md's table is printed."""
import json
import shutil
import unittest

from windows_world import NCRYPT, WINSCARD, WindowsWorld, windows_path

TOOL = "cardmux.exe"
OUR_DLLS = ["cardmux.dll", "cardmuxcsp.dll", "cardmuxksp.dll", "cardmux-pkcs11.dll"]
OURS = {"csp": "Cardmux Smart Card Crypto Provider",
        "ksp": "Cardmux Smart Card Key Storage Provider"}
NAIVE_DLL = "naive_provider.dll"
NAIVE = "Cardmux Naive Test Provider"
INVALID_HANDLE = "0x6 ERROR_INVALID_HANDLE"
THREADS = 32
CALLS_LEAST = 10_000
# Enough signatures for so many calls: 4 to 6 each.
SIGNATURES = {"own": 1750, "shared": 2200, "release": 2800}
SECONDS = 60


class LoadWorld(WindowsWorld):
    """Ours and the naive provider are registered, and their DLLs lie beside the program."""

    def __init__(self, **options):
        super().__init__(files=[TOOL, *OUR_DLLS, NAIVE_DLL, NCRYPT, WINSCARD], **options)

    def __enter__(self):
        super().__enter__()
        (self.folder / "pin.txt").write_text("123456\n")
        self.register_ours()
        self.register_csp(NAIVE, NAIVE_DLL)
        self.register_ksp(NAIVE, NAIVE_DLL)
        return self

    def register_ours(self):
        self.register_csp(OURS["csp"], OUR_DLLS[0])
        self.register_ksp(OURS["ksp"], OUR_DLLS[0])

    def load(self, interface, mode, provider, *words, code):
        """The report of a run that ends with so many signatures or the first error."""
        ended = self.run_windows(
            TOOL, "load", "--json", f"--{interface}", provider, "--mode", mode, "--threads",
            str(THREADS), "--count", str(SIGNATURES[mode]), "--stop-at-first-error",
            "--time-limit", str(SECONDS), "--pin-file", windows_path(self.folder / "pin.txt"),
            *words, seconds=SECONDS + 30, code=code)
        return json.loads(ended.out)


class InstalledWorld(LoadWorld):
    """The DLLs are in System32 and nowhere else."""

    def __init__(self):
        super().__init__(profile="fixed:1ms")

    def __exit__(self, error_type, error, trace):
        try:
            (self.system / NAIVE_DLL).unlink(missing_ok=True)
            self.run_windows(TOOL, "unregister")
        finally:
            super().__exit__(error_type, error, trace)

    def register_ours(self):
        self.run_windows(TOOL, "register")
        for name in OUR_DLLS:
            (self.bin / name).unlink()
        shutil.move(self.bin / NAIVE_DLL, self.system / NAIVE_DLL)

    def image(self, dll):
        return "C:\\windows\\system32\\" + dll


def grouped(number):
    return f"{number:,}".replace(",", " ")


def row(level, mode, ours, naive):
    replaced = "" if mode == "own" else grouped(ours["releases_under_use"])
    cells = [level, mode, grouped(ours["calls"]), grouped(ours["ok"]), replaced,
             grouped(ours["expected"]), f"{naive['first_invalid_handle_s']:.2f} s"]
    return "| " + " | ".join(cells) + " |"


class LoadLevels(unittest.TestCase):
    def check_ours(self, world, interface, mode, is_direct):
        before = world.card()["private_key_operations"]
        words = ["--direct", world.image(OUR_DLLS[0])] if is_direct else []
        report = world.load(interface, mode, OURS[interface], *words, code=0)
        made = world.card()["private_key_operations"] - before
        self.assertEqual((report["errors"], report["wrong"]), (0, 0), report)
        self.assertGreaterEqual(report["calls"], CALLS_LEAST)
        self.assertLessEqual(report["ok"], made)
        if mode != "own":
            self.assertGreater(report["releases_under_use"], 3)
        if mode != "release" or (not is_direct and interface == "csp"):
            self.assertEqual(report["expected"], 0, report)
        return report

    def check_naive(self, world, interface, mode, is_direct):
        words = ["--direct", world.image(NAIVE_DLL)] if is_direct else []
        report = world.load(interface, mode, NAIVE, *words, code=1)
        self.assertGreater(report["errors_by_code"].get(INVALID_HANDLE, 0), 0, report)
        self.assertEqual(report["wrong"], 0)
        return report

    def check_level(self, world, level, interface, is_direct=False):
        with world:
            for mode in SIGNATURES:
                with self.subTest(mode=mode):
                    ours = self.check_ours(world, interface, mode, is_direct)
                    naive = self.check_naive(world, interface, mode, is_direct)
                    print(row(level, mode, ours, naive))
            self.assertEqual(world.card()["wrong_pins"], 0)

    def test_csp_entry_points(self):
        self.check_level(LoadWorld(), "CSP, entry points directly", "csp", is_direct=True)

    def test_ksp_entry_points(self):
        self.check_level(LoadWorld(), "KSP, entry points directly", "ksp", is_direct=True)

    def test_csp_through_advapi32(self):
        self.check_level(LoadWorld(), "CSP through advapi32", "csp")

    def test_ksp_through_ncrypt(self):
        self.check_level(LoadWorld(), "KSP through ncrypt (a double)", "ksp")

    def test_csp_installed(self):
        self.check_level(InstalledWorld(), "CSP installed, advapi32", "csp")

    def test_ksp_installed(self):
        self.check_level(InstalledWorld(), "KSP installed, ncrypt (a double)", "ksp")


if __name__ == "__main__":
    unittest.main()
