#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""Checks the built Windows DLLs and the tool from outside: what they import, export and forward.

Why: they run on systems that have no DLL of our compiler's, the DLLs in other people's processes.
They import the system's DLLs only; they export what an interface prescribes and nothing else
(mingw's linker exports everything if it is told nothing); and a forwarder leads to functions that
are there, since the loader says so only when a program calls one.
"""
import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

SYSTEM_DLLS = {"advapi32.dll", "bcrypt.dll", "crypt32.dll", "gdi32.dll", "kernel32.dll",
               "msvcrt.dll", "ncrypt.dll", "ole32.dll", "shell32.dll", "user32.dll",
               "winscard.dll"}
EXPORTED = re.compile(r"C_\w+|CP[A-Z]\w+|GetKeyStorageInterface|Dll(Register|Unregister)Server"
                      r"|DllInstall|Cardmux\w+")
ONE = "cardmux.dll"
TOOL = "cardmux.exe"
OURS = (ONE, "cardmuxcsp.dll", "cardmuxksp.dll", "cardmux-pkcs11.dll", TOOL)


def imports_of(dump):
    return [name.lower() for name in re.findall(r"DLL Name: (\S+)", dump)]


def exports_of(dump):
    table = dump.partition("[Ordinal/Name Pointer] Table")[2].partition("\n\n")[0]
    return set(re.findall(r"^\s*\[\s*\d+\](?: \+base\[\s*\d+\]\s+[0-9a-f]+)? (\w+)$", table, re.M))


def forwarded_by(dump):
    return set(re.findall(r"Forwarder RVA -- (\S+)", dump))


def check(dumps):
    """dumps: {name of the file: what `objdump -p` says of it}."""
    ours = exports_of(dumps.get(ONE, ""))
    for name, dump in dumps.items():
        for dll in imports_of(dump):
            if dll not in SYSTEM_DLLS:
                yield f"{name}: imports {dll}, which a system need not have"
        for function in sorted(exports_of(dump)):
            if not EXPORTED.fullmatch(function):
                yield f"{name}: exports {function}, which no interface prescribes"
        if name in (ONE, TOOL):
            continue
        targets = forwarded_by(dump)
        for function in sorted(exports_of(dump)):
            if f"cardmux.{function}" not in targets:
                yield f"{name}: {function} does not lead to {ONE}"
            elif function not in ours:
                yield f"{name}: {function} leads to {ONE}, which does not export it"


def missing_from(build):
    return [name for name in OURS if not (build / name).is_file()]


def dump_of(path, objdump):
    return subprocess.run([objdump, "-p", str(path)], check=True, capture_output=True,
                          text=True).stdout


def made_up(imports=(), exports=(), forwards=()):
    names = "".join(f"\t[   {i}] {name}\n" for i, name in enumerate(exports))
    return ("".join(f"\tDLL Name: {name}\n" for name in imports) +
            "".join(f"\t[   0] +base[   1] 204b Forwarder RVA -- {name}\n" for name in forwards) +
            "[Ordinal/Name Pointer] Table\n" + names + "\nThe Function Table\n")


GOOD = made_up(["KERNEL32.dll", "WinSCard.dll"], ["CPSignHash", "GetKeyStorageInterface"])
CASES = [
    ({ONE: GOOD}, None),
    ({ONE: made_up(["libstdc++-6.dll"])}, "imports libstdc++-6.dll"),
    ({ONE: made_up([], ["CPSignHash", "_ZN7cardmux3nowEv"])}, "exports _ZN7cardmux3nowEv"),
    ({ONE: GOOD, TOOL: made_up(["KERNEL32.dll", "CRYPT32.dll"])}, None),
    ({ONE: GOOD, TOOL: made_up(["libgcc_s_seh-1.dll"])}, "cardmux.exe: imports libgcc_s_seh"),
    ({ONE: GOOD, "cardmuxcsp.dll": made_up([], ["CPSignHash"], ["cardmux.CPSignHash"])}, None),
    ({ONE: GOOD, "cardmuxcsp.dll": made_up([], ["CPSignHash"])}, "does not lead to cardmux.dll"),
    ({ONE: GOOD, "cardmuxcsp.dll": made_up([], ["CPDecrypt"], ["cardmux.CPDecrypt"])},
     "which does not export it"),
]


def self_test():
    wrong = 0
    for dumps, expected in CASES:
        said = list(check(dumps))
        if not (not said if expected is None else any(expected in line for line in said)):
            wrong += 1
            print(f"self-test: expected {expected or 'no objection'}, got {said or 'none'}")
    with tempfile.TemporaryDirectory() as folder:
        build = pathlib.Path(folder)
        for name in OURS[:-1]:
            (build / name).touch()
        if missing_from(build) != [TOOL]:
            wrong += 1
            print(f"self-test: {TOOL} is missing, found out: {missing_from(build)}")
    print(f"self-test: {len(CASES) + 1} cases, {wrong} wrong")
    return 1 if wrong else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", nargs="?", type=pathlib.Path, help="folder of the files")
    parser.add_argument("--objdump", default="x86_64-w64-mingw32-objdump")
    parser.add_argument("--self-test", action="store_true",
                        help="show on made-up DLLs that the check objects to what it should")
    arguments = parser.parse_args()
    if arguments.self_test:
        sys.exit(self_test())
    if not arguments.build or not (arguments.build / ONE).exists():
        parser.error(f"which build folder? ({ONE} is in it)")
    missing = missing_from(arguments.build)
    dumps = {name: dump_of(arguments.build / name, arguments.objdump)
             for name in OURS if name not in missing}
    problems = [f"{name}: not built" for name in missing] + list(check(dumps))
    print("\n".join(problems + [f"{len(dumps)} files, {len(problems)} problems"]))
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
