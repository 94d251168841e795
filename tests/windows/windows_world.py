# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""Harness for tests of Windows programs under Wine, over a pcscd of their own.

    with WindowsWorld(files=["winscard_probe.exe", "doubles/winscard.dll"]) as world:
        world.register_csp("Cardmux Naive Test Provider", "naive_csp.dll", 1, Setting=100)
        world.run_windows("winscard_probe.exe", "card").out
        world.control("remove 0")

What is in `files` (paths in the Windows build) lies in one folder, where a winscard.dll or an
ncrypt.dll takes the place of Wine's. Registry keys that a test makes are removed at its end. Wine's
server and services are shared by all tests and end by themselves (scripts/wine).
"""
import ctypes
import os
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "pcscd"))
from private_pcscd import (MANAGEMENT_KEY, PR_SET_CHILD_SUBREAPER,  # noqa: E402
                           PROGRAM_SECONDS, TOOL, PrivatePcscd, wait_until)

__all__ = ["MANAGEMENT_KEY", "NCRYPT", "PREFIX", "PrivatePcscd", "TOOL", "WINE", "WINSCARD",
           "WindowsWorld", "wait_until", "windows_path"]

WINDOWS_BUILD = pathlib.Path(os.environ.get("CARDMUX_WINDOWS_BUILD", ".")).resolve()
PREFIX = os.environ.get("WINEPREFIX", str(HERE.parent.parent / "build" / "wine" / "prefix"))
WINE = HERE.parent.parent / "scripts" / "wine"
WINSCARD = "doubles/winscard.dll"
NCRYPT = "doubles/ncrypt.dll"
PREPARE_SECONDS = 100

CSP_KEY = r"HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Cryptography\Defaults\Provider"
KSP_KEY = r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Cryptography\Providers"


def windows_path(path):
    """What a Windows program calls a file of ours."""
    return "Z:" + str(path).replace("/", "\\")


def registry_text(value):
    """A value as a .reg file writes it: a number is a REG_DWORD, a text a REG_SZ."""
    if isinstance(value, int):
        return f"dword:{value:08x}"
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


class WindowsWorld(PrivatePcscd):
    def __init__(self, files=(), **options):
        super().__init__(**options)
        self.bin = self.folder / "bin"
        self.bin.mkdir()
        for file in files:
            shutil.copy(WINDOWS_BUILD / file, self.bin)
        home = self.folder / "home"
        self.environment.update(
            WINEPREFIX=PREFIX, CARDMUX_CONFIG=windows_path(home / "cardmux.toml"),
            CARDMUX_SHARED_FOLDER=windows_path(home / "shared"))
        self._keys = []

    def __enter__(self):
        # Wine's server and services outlive the test: they are to become nobody's children.
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)
        try:
            subprocess.run([WINE, "--prepare"], env=self.environment, check=True,
                           timeout=PREPARE_SECONDS)
        except BaseException:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise
        return super().__enter__()

    def __exit__(self, error_type, error, trace):
        try:
            self._import("".join(f"[-{key}]\n" for key in self._keys))
        finally:
            super().__exit__(error_type, error, trace)

    # The registry

    def _import(self, text):
        if text:
            file = self.folder / "import.reg"
            file.write_text("Windows Registry Editor Version 5.00\n\n" + text, encoding="utf-8")
            self.run([WINE, "reg", "import", windows_path(file)])

    def make_key(self, key, **values):
        """Makes a key of this test's, removed with all below it at the end."""
        self._keys.append(key)
        self._import(f"[{key}]\n" + "".join(f'"{name}"={registry_text(value)}\n'
                                            for name, value in values.items()))

    def register_csp(self, name, dll, provider_type=1, **values):
        """Registers a DLL of this world as a CryptoAPI provider, with settings in its key."""
        self.make_key(f"{CSP_KEY}\\{name}", Type=provider_type,
                      **{"Image Path": self.image(dll)}, **values)

    def register_ksp(self, name, dll, **values):
        """Registers a DLL of this world as a key storage provider, for the double of ncrypt.dll."""
        self.make_key(f"{KSP_KEY}\\{name}", **values)
        self.make_key(f"{KSP_KEY}\\{name}\\UM", Image=self.image(dll))

    def image(self, dll):
        """Where a provider's DLL is, as Windows is told."""
        return windows_path(self.bin / dll)

    @property
    def system(self):
        """System32."""
        return pathlib.Path(self.environment["WINEPREFIX"], "drive_c/windows/system32")

    # Programs

    def start_windows(self, program, *arguments, **more_environment):
        """Starts a program of `files`."""
        return self.start([WINE, self.bin / program, *arguments], **more_environment)

    def run_windows(self, program, *arguments, seconds=PROGRAM_SECONDS, code=0, **environment):
        """Runs a program of `files` to its end; its lines end as ours do."""
        ended = self.start_windows(program, *arguments, **environment).finish(seconds, code)
        ended.out = ended.out.replace("\r\n", "\n")
        ended.err = ended.err.replace("\r\n", "\n")
        return ended
