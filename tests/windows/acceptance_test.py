# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""acceptance.cmd by Wine's cmd: with doubles of cardmux.exe and fltmc.exe that note how they were
called (what it does to a machine), and with the real tool, a card, and the naive provider under the
names of Microsoft's (what its runs measure). PowerShell does nothing under Wine: the reports are
written, but not printed side by side."""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from windows_world import NCRYPT, PREFIX, WINE, WINSCARD, WindowsWorld, windows_path

HERE = pathlib.Path(__file__).resolve().parent
BUILD = pathlib.Path(os.environ.get("CARDMUX_WINDOWS_BUILD", ".")).resolve()
SCRIPT = HERE.parent.parent / "scripts" / "windows" / "acceptance.cmd"
SECONDS = 100
OURS, THEIRS = "Cardmux Smart Card Crypto", "Microsoft Base Smart Card"
BASE_CSP = "Microsoft Base Smart Card Crypto Provider"
BASE_KSP = "Microsoft Smart Card Key Storage Provider"
OUR_DLLS = ["cardmux.dll", "cardmuxcsp.dll", "cardmuxksp.dll", "cardmux-pkcs11.dll"]
NAIVE = "naive_provider.dll"
RUNS = 12


def put_script(folder):
    """As it is in the zip: without its line ends cmd.exe does not find all labels."""
    (folder / SCRIPT.name).write_bytes(SCRIPT.read_bytes().replace(b"\n", b"\r\n"))


class Acceptance(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="cardmux-acceptance-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.place = self.folder / "unpacked (it works!)"
        self.place.mkdir()
        for name in ("cardmux.exe", "fltmc.exe"):
            shutil.copy(BUILD / "acceptance_double.exe", self.place / name)
        put_script(self.place)
        (self.place / "pin!.txt").write_text("123456\n")
        self.log = self.folder / "log.txt"
        self.environment = dict(os.environ, WINEPREFIX=PREFIX, DOUBLE_LOG=windows_path(self.log),
                                TEMP=windows_path(self.folder), TMP=windows_path(self.folder))
        data = pathlib.Path(PREFIX, "drive_c/ProgramData")
        self.backup = data / "Cardmux" / "backup.json"

    def accept(self, code=0, **environment):
        """How the tool was called."""
        ended = subprocess.run([WINE, "cmd", "/c", "acceptance.cmd", "pin!.txt", "3", "1"],
                               env=dict(self.environment, **environment), cwd=self.place,
                               stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS)
        self.assertEqual(ended.returncode, code, (ended.stdout, ended.stderr))
        calls = self.log.read_text().splitlines() if self.log.exists() else []
        return [call for call in calls if call]  # fltmc has no arguments

    def test_registers_measures_both_and_unregisters(self):
        calls = self.accept()
        runs = [call for call in calls if call.startswith("load")]
        self.assertEqual(len(runs), RUNS)
        self.assertTrue(all("--pin-file pin!.txt" in run for run in runs), runs)
        self.assertEqual([call for call in calls if not call.startswith("load")],
                         ["doctor", "register", "unregister"])

    def test_leaves_a_registration_as_it_was(self):
        self.backup.parent.mkdir(exist_ok=True)
        self.addCleanup(self.backup.unlink, missing_ok=True)
        self.backup.write_text("{}")
        calls = self.accept()
        self.assertEqual(sum(call.startswith("load") for call in calls), RUNS)
        self.assertFalse({"register", "unregister"} & set(calls))

    def test_an_error_with_ours_is_the_verdict_one_with_theirs_is_not(self):
        self.accept(code=1, DOUBLE_FAILS=OURS, DOUBLE_CODE="1")
        self.accept(code=0, DOUBLE_FAILS=THEIRS, DOUBLE_CODE="1")

    def test_presents_a_refused_pin_once_and_unregisters(self):
        for provider, runs in ((THEIRS, 1), (OURS, 2)):
            self.log.unlink(missing_ok=True)
            calls = self.accept(code=1, DOUBLE_FAILS=provider, DOUBLE_CODE="4")
            self.assertEqual(sum(call.startswith("load") for call in calls), runs)
            self.assertEqual(calls[-1], "unregister")

    def test_wants_an_administrator(self):
        calls = self.accept(code=1, DOUBLE_FAILS="fltmc", DOUBLE_CODE="1")
        self.assertEqual(calls, [])


class AcceptanceOfTheTool(unittest.TestCase):
    def accept(self, world):
        put_script(world.bin)
        shutil.copy(BUILD / "acceptance_double.exe", world.folder / "fltmc.exe")
        (world.bin / "pin.txt").write_text("123456\n")
        world.register_csp(BASE_CSP, NAIVE)
        world.register_ksp(BASE_KSP, NAIVE)
        return world.run([WINE, "cmd", "/c", windows_path(world.bin / SCRIPT.name),
                          windows_path(world.bin / "pin.txt"), "8", "1.5"], seconds=100).out

    def reports(self, world, out):
        """By their names. Wine's %TEMP% is its own, whatever we say."""
        place = re.search(r'All reports: "C:\\(.*)"', out).group(1).replace("\\", "/")
        folder = pathlib.Path(world.environment["WINEPREFIX"], "drive_c", place)
        self.addCleanup(shutil.rmtree, folder)
        return {file.stem: file.read_text() for file in folder.iterdir()}

    def test_accepts_ours_where_a_naive_provider_fails(self):
        with WindowsWorld(files=["cardmux.exe", *OUR_DLLS, NAIVE, NCRYPT, WINSCARD]) as world:
            out = self.accept(world)
            self.assertIn("ACCEPTED: no run with Cardmux had an error", out)
            self.assertNotIn("NOT ACCEPTED", out)
            reports = self.reports(world, out)
            self.assertEqual([file for file in OUR_DLLS if (world.system / file).exists()], [],
                             "unregistered")
            self.assertEqual(world.card()["wrong_pins"], 0)
        self.assertEqual(len(reports), RUNS)
        for name, report in reports.items():
            if name.endswith("microsoft"):
                self.assertIn("0x6 ERROR_INVALID_HANDLE", report, name)
            else:
                self.assertNotIn("0x6", report, name)
                self.assertRegex(report, r" right, 0 wrong; 0 errors", name)


if __name__ == "__main__":
    unittest.main()
