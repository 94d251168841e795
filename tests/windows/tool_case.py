# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""Tests of cardmux.exe under Wine: what it changes in the registry and puts back. Compared are
exports of whole subtrees, byte for byte, as `reg export` writes them.

    class Register(ToolTest): ...        # without a card
    class Register(CardToolTest): ...    # with one behind pcscd: self.world
"""
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from windows_world import NCRYPT, PREFIX, WINSCARD, WindowsWorld

HERE = pathlib.Path(__file__).resolve().parent
BUILD = pathlib.Path(os.environ.get("CARDMUX_WINDOWS_BUILD", ".")).resolve()
WINE = HERE.parent.parent / "scripts" / "wine"
SECONDS = 100
PROVIDERS = r"HKLM\SOFTWARE\Microsoft\Cryptography\Defaults\Provider"
PROVIDERS_32 = r"HKLM\SOFTWARE\Wow6432Node\Microsoft\Cryptography\Defaults\Provider"
CNG = r"HKLM\SYSTEM\CurrentControlSet\Control\Cryptography"
CARDS = r"HKLM\SOFTWARE\Microsoft\Cryptography\Calais\SmartCards"
MY = r"HKCU\Software\Microsoft\SystemCertificates\My"
EVENTS = r"HKLM\SYSTEM\CurrentControlSet\Services\EventLog"
TREES = (r"HKLM\SOFTWARE\Microsoft\Cryptography", PROVIDERS_32, CNG, EVENTS, MY)
OUR_CSP = "Cardmux Smart Card Crypto Provider"
OUR_AES_CSP = "Cardmux Smart Card RSA and AES Crypto Provider"
OUR_KSP = "Cardmux Smart Card Key Storage Provider"
OUR_DLLS = ("cardmux.dll", "cardmuxcsp.dll", "cardmuxksp.dll", "cardmux-pkcs11.dll")
BASE_CSP = "Microsoft Base Smart Card Crypto Provider"
BASE_KSP = "Microsoft Smart Card Key Storage Provider"
TIMEOUT = "TransactionTimeoutMilliseconds"


class ToolTest(unittest.TestCase):
    def setUp(self):
        self.make_place()
        for name in ("cardmux.exe", "certificate_probe.exe", "dll_probe.exe", "registry_probe.exe"):
            shutil.copy(BUILD / name, self.folder)
        # Registering looks whether the files are there, and no more.
        self.given_dlls(self.folder, b"MZ")

    def make_place(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="cardmux-tool-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.environment = dict(os.environ, HOME=str(self.folder), WINEPREFIX=PREFIX)
        subprocess.run([WINE, "--prepare"], env=self.environment, check=True, timeout=SECONDS)

    # What others may have left

    @property
    def shared(self):
        """%ProgramData%\\Cardmux."""
        return pathlib.Path(self.environment["WINEPREFIX"], "drive_c/ProgramData/Cardmux")

    def planted(self, name, content, owner=None):
        """A file that somebody made there before we did. Under Wine a file of another Unix user is
        another's."""
        self.shared.mkdir(exist_ok=True)
        file = self.shared / name
        self.addCleanup(file.unlink, missing_ok=True)
        file.write_text(json.dumps(content))
        if owner is not None:
            os.chown(file, owner, -1)
        return file

    # Our files

    @property
    def system(self):
        return pathlib.Path(self.environment["WINEPREFIX"], "drive_c/windows/system32")

    def given_dlls(self, folder, content):
        folder.mkdir(exist_ok=True)
        for name in OUR_DLLS:
            (folder / name).write_bytes(content)
        return folder

    def system_files(self):
        """Those of ours, whatever they are called now."""
        return sorted(file.name for file in self.system.glob("cardmux*"))

    def unregister_at_the_end(self):
        self.addCleanup(self.remove_system_files)
        self.addCleanup(self.unregister_quietly)

    def remove_system_files(self):
        for name in self.system_files():
            (self.system / name).unlink()

    def unregister_quietly(self):
        subprocess.run([WINE, self.folder / "cardmux.exe", "unregister"], env=self.environment,
                       stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS)

    # Windows

    def wine(self, *words, code=0):
        ended = subprocess.run([WINE, *words], env=self.environment, cwd=self.folder,
                               stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS)
        self.assertEqual(ended.returncode, code, (words, ended.stdout, ended.stderr))
        return ended

    def tool(self, *words, code=0):
        """The command's JSON."""
        ended = self.wine(self.folder / "cardmux.exe", *words, "--json", code=code)
        return json.loads(ended.stdout)

    def reg(self, *words):
        return subprocess.run([WINE, "reg", *words], env=self.environment, cwd=self.folder,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS)

    def export(self, key):
        """None: the key is absent. Wine's reg fails now and then for a key that is there."""
        file = self.folder / "export.reg"
        for _ in range(5):
            file.unlink(missing_ok=True)
            if self.reg("export", key, "export.reg", "/y").returncode == 0:
                return file.read_bytes()
            if self.reg("query", key).returncode != 0:
                return None
        self.fail(f"{key} cannot be exported")

    def exports(self):
        return {key: self.export(key) for key in TREES}

    def texts(self, key):
        return self.export(key).decode("utf-16")

    def set_value(self, key, name, kind, data):
        self.wine("reg", "add", key, "/v", name, "/t", kind, "/d", data, "/f")

    def remove_key(self, key):
        subprocess.run([WINE, "reg", "delete", key, "/f"], env=self.environment,
                       stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS)

    def given_key(self, key, **values):
        """A key of this test's, with what was there before put aside by the export it compares."""
        self.addCleanup(self.remove_key, key)
        self.wine("reg", "add", key, "/f")
        for name, (kind, data) in values.items():
            self.set_value(key, name, kind, data)

    def locked(self, key):
        """A key below HKLM whose values nobody may write, as a group policy may want it."""
        probe = self.folder / "registry_probe.exe"
        key = key.removeprefix("HKLM\\")
        self.wine(probe, "lock", key)
        self.addCleanup(subprocess.run, [WINE, probe, "unlock", key], env=self.environment,
                        stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS)
        return lambda: self.wine(probe, "unlock", key)

    def given_certificate(self, name, provider, kind):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout",
                        "/dev/null", "-subj", f"/CN={name}", "-outform", "DER", "-out",
                        f"{name}.cer"], cwd=self.folder, check=True, capture_output=True)
        probe = self.folder / "certificate_probe.exe"
        self.wine(probe, "add", f"{name}.cer", "container 1", provider, str(kind), "1")
        self.addCleanup(self.wine, probe, "remove", f"{name}.cer")

    def assert_same(self, before):
        after = self.exports()
        for key, content in before.items():
            self.assertEqual(content, after[key], key)


class CardToolTest(ToolTest):
    """With pcscd and a card. A winscard.dll lies beside the tool."""

    def make_place(self):
        self.world = self.enterContext(WindowsWorld(files=[NCRYPT, WINSCARD]))
        self.folder, self.environment = self.world.bin, self.world.environment
