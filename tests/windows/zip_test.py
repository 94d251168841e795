# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""What people on Windows unpack: target windows-zip has all that it should, and no more."""
import os
import pathlib
import posixpath
import re
import subprocess
import unittest
import zipfile

BUILD = pathlib.Path(os.environ.get("CARDMUX_WINDOWS_BUILD", ".")).resolve()
SOURCE = pathlib.Path(__file__).resolve().parent.parent.parent
PROGRAMS = {"cardmux.exe", "cardmux.exe.debug", "cardmux.dll", "cardmux.dll.debug",
            "cardmuxcsp.dll", "cardmuxksp.dll", "cardmux-pkcs11.dll", "acceptance.cmd"}
PAGES = {"LICENSE", "README.md", "CHANGELOG.md", "ARCHITECTURE.md", "CONTRIBUTING.md",
         "SECURITY.md"}
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


class Zip(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        built = subprocess.run(["cmake", "--build", BUILD, "--target", "windows-zip"],
                               capture_output=True, text=True)
        assert built.returncode == 0, built.stdout + built.stderr
        file = max(BUILD.glob("cardmux-*-windows-x64.zip"), key=lambda each: each.stat().st_mtime)
        with zipfile.ZipFile(file) as archive:
            cls.folder = file.stem + "/"
            cls.files = {name.removeprefix(cls.folder): archive.read(name)
                         for name in archive.namelist() if not name.endswith("/")}

    def test_has_all_that_people_need_with_links_that_lead_somewhere(self):
        """One test, since each builds the zip."""
        self.check_list()
        self.check_links()
        self.check_line_ends()

    def check_list(self):
        docs = {str(page.relative_to(SOURCE)) for page in (SOURCE / "docs").rglob("*.md")}
        self.assertEqual(set(self.files), PROGRAMS | PAGES | docs)

    def check_links(self):
        there = set(self.files) | {posixpath.dirname(name) for name in self.files}
        for page in self.files:
            text = self.files[page].decode("utf-8") if page.endswith(".md") else ""
            for link in LINK.findall(text):
                target = posixpath.normpath(posixpath.join(posixpath.dirname(page), link))
                if "://" not in link:
                    self.assertIn(target, there, page)

    def check_line_ends(self):
        """Without them cmd.exe does not find all labels."""
        script = self.files["acceptance.cmd"]
        self.assertEqual(script.count(b"\n"), script.count(b"\r\n"))
        self.assertIn(b"\r\n:pair\r\n", script)


if __name__ == "__main__":
    unittest.main()
