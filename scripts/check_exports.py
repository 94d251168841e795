#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""Checks the built PKCS#11 modules from outside: what they export, need and contain.

Why: a module lives in other people's processes. It exports C_* and nothing else (hidden visibility
alone still lets weak C++ symbols out), needs few libraries, no exception leaves it, and the module
that ships has no door for simulated cards: its environment is read by secure_getenv only.
"""
import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

SHIPPED = "cardmux-pkcs11.so"
SIMULATED = "cardmux-pkcs11-simulated.so"
REQUIRED = {"C_GetFunctionList", "C_GetInterface", "C_GetInterfaceList", "C_Initialize", "C_Sign"}
LIBRARIES = re.compile(r"(libpcsclite|libcrypto|libz|libstdc\+\+|libgcc_s|libm|libc|ld-linux[-\w]*)"
                       r"\.so\.\d+")
FUNCTION = re.compile(r"^CK_RV (\w+)\(([^;{]*)\{(.*?)(?:^\}|\}$)", re.M | re.S)


def output_of(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def names(module, *options):
    lines = output_of("nm", *options, str(module)).splitlines()
    return {line.split()[-1].split("@")[0] for line in lines if line.strip()}


def contents(module):
    """Every byte that is loaded with the module; without debug information."""
    with tempfile.TemporaryDirectory() as folder:
        stripped = pathlib.Path(folder, "stripped")
        output_of("objcopy", "--strip-all", str(module), str(stripped))
        return stripped.read_bytes()


def check_module(module, ships):
    exported = names(module, "-D", "--defined-only")
    for name in sorted(exported):
        if not name.startswith("C_"):
            yield f"{module.name}: exports {name}; only C_* may be seen"
    for name in sorted(REQUIRED - exported):
        yield f"{module.name}: does not export {name}"
    for library in re.findall(r"\(NEEDED\).*\[(.*)\]", output_of("readelf", "-d", str(module))):
        if not LIBRARIES.fullmatch(library):
            yield f"{module.name}: needs {library}, which other people's processes should not load"
    if not ships:
        return
    if "getenv" in names(module, "-D", "--undefined-only"):
        yield f"{module.name}: calls getenv; a setuid program's caller decides then: secure_getenv"
    found = re.search(rb"[ -~]*simulat[ -~]*", contents(module), re.I)
    if found:
        yield f"{module.name}: contains {found.group(0).decode()!r}, but no card it has is made up"
    if any("simulat" in name.lower() for name in names(module, "-a")):
        yield f"{module.name}: is linked with code of simulation/"


def check_sources(texts, exported):
    """Each exported function is noexcept, and its body reaches guard(), perhaps through others."""
    bodies = {}
    for text in texts.values():
        for name, tail, body in FUNCTION.findall(text):
            bodies[name] = (tail, body)
    guarded, before = {"guard"}, 0
    while len(guarded) != before:
        before = len(guarded)
        call = re.compile(r"\b(" + "|".join(guarded) + r")(<[\w:<> ]*>)?\(")
        guarded |= {name for name, (_, body) in bodies.items() if call.search(body)}
    for name in sorted(exported):
        if name not in guarded:
            yield f"{name}: no definition that goes through guard()"
        elif "noexcept" not in bodies[name][0]:
            yield f"{name}: not noexcept"


def check_build(folder):
    problems = []
    for name, ships in ((SHIPPED, True), (SIMULATED, False)):
        module = folder / name
        if module.is_file():
            problems += check_module(module, ships)
        else:
            problems.append(f"{module}: not built")
    if (folder / SHIPPED).is_file():
        sources = pathlib.Path(__file__).resolve().parent.parent / "src/api/pkcs11"
        texts = {path.name: path.read_text() for path in sources.rglob("*.[ch]*")}
        problems += check_sources(texts, names(folder / SHIPPED, "-D", "--defined-only"))
    return problems


GOOD = "".join(f"int {name}(void) {{ return 0; }}\n" for name in sorted(REQUIRED))
MODULES = [  # source of a module, linker options, what must be said
    (GOOD, [], None),
    (GOOD + "int weak(void) { return 0; }\n", [], "exports weak"),
    ("int C_Sign(void) { return 0; }\n", [], "does not export C_GetInterface"),
    (GOOD + "char* getenv(const char*); char* C_A(void) { return getenv(\"A\"); }\n", [], "getenv"),
    (GOOD + "const char* C_text = \"CARDMUX_SIMULATE\";\n", [], "contains"),
    (GOOD + "static int simulated(int a) { return a * a; }\n"
     "int (*C_pointer)(int) = simulated;\n", [], "linked with code"),
    (GOOD, ["-Wl,--no-as-needed", "-latomic"], "needs lib"),
]
SOURCES = [
    ("CK_RV C_Sign(int a) noexcept {\n    return guard(a);\n}\n", None),
    ("CK_RV C_Sign(int a) noexcept {\n    return f(a);\n}\n"
     "CK_RV f(int a) noexcept {\n    return guard<A<B>>(a);\n}\n", None),
    ("CK_RV C_Sign(int a) noexcept {\n    return 0;\n}\n", "C_Sign: no definition"),
    ("CK_RV C_Sign(int a) {\n    return guard(a);\n}\n", "not noexcept"),
]


def differs(expected, said):
    right = not said if expected is None else any(expected in line for line in said)
    if not right:
        print(f"self-test: expected {expected or 'no objection'}, got {said}")
    return not right


def self_test():
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        module = pathlib.Path(folder, "cardmux-pkcs11.so")
        for text, options, expected in MODULES:
            subprocess.run(["cc", "-shared", "-fPIC", "-xc", "-", "-o", module, *options],
                           input=text, text=True, check=True)
            said = list(check_module(module, ships=True))
            wrong += differs(expected, said)
    for text, expected in SOURCES:
        wrong += differs(expected, list(check_sources({"a.cpp": text}, {"C_Sign"})))
    print(f"self-test: {len(MODULES) + len(SOURCES)} cases, {wrong} wrong")
    return 1 if wrong else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", nargs="?", type=pathlib.Path, help="folder of the two modules")
    parser.add_argument("--self-test", action="store_true",
                        help="show on small modules built for it that the check objects")
    arguments = parser.parse_args()
    if arguments.self_test:
        sys.exit(self_test())
    if not arguments.build:
        parser.error("which build folder?")
    problems = check_build(arguments.build)
    print("\n".join(problems + [f"{len(problems)} problems"]))
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
