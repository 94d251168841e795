# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""acceptance.cmd by Wine's cmd, with doubles of cardmux.exe and fltmc.exe that note how they were
called: what it does to a machine, not what its runs measure. PowerShell does nothing under Wine."""
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
BUILD = pathlib.Path(os.environ.get("CARDMUX_WINDOWS_BUILD", ".")).resolve()
WINE = HERE.parent.parent / "scripts" / "wine"
SECONDS = 100
OURS, THEIRS = "Cardmux Smart Card Crypto", "Microsoft Base Smart Card"
RUNS = 12


class Acceptance(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="cardmux-acceptance-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.place = self.folder / "unpacked (it works!)"
        self.place.mkdir()
        for name in ("cardmux.exe", "fltmc.exe"):
            shutil.copy(BUILD / "acceptance_double.exe", self.place / name)
        text = (HERE.parent.parent / "scripts/windows/acceptance.cmd").read_bytes()
        (self.place / "acceptance.cmd").write_bytes(text.replace(b"\n", b"\r\n"))
        (self.place / "pin!.txt").write_text("123456\n")
        self.log = self.folder / "log.txt"
        self.environment = dict(os.environ, DOUBLE_LOG=self.windows(self.log),
                                TEMP=self.windows(self.folder), TMP=self.windows(self.folder))
        self.environment.setdefault("WINEPREFIX", str(BUILD / "prefix"))
        data = pathlib.Path(self.environment["WINEPREFIX"], "drive_c/ProgramData")
        self.backup = data / "Cardmux" / "backup.json"

    def windows(self, path):
        return "Z:" + str(path).replace("/", "\\")

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


if __name__ == "__main__":
    unittest.main()
