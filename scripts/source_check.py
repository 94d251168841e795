# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""What the checks of sources and pages share: which files are ours, and how they report.

A check is a function from {path: text} to a list of problems, so that its self-test can hand it
made-up files and see that it objects.
"""
import argparse
import pathlib
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent
CODE = (".h", ".cpp", ".c")
SCRIPTS = (".py", ".sh")


def our_files():
    """{path from the top: text} of all sources and scripts, also those not yet committed."""
    listed = subprocess.run(
        ["git", "-C", str(TOP), "ls-files", "--cached", "--others", "--exclude-standard"],
        capture_output=True, text=True)
    names = listed.stdout.splitlines() if listed.returncode == 0 else [
        str(path.relative_to(TOP)) for path in TOP.rglob("*")]  # a source archive without .git
    texts = {}
    for name in sorted(set(names)):
        path = TOP / name
        if name.startswith(("build/", ".git/")) or not path.is_file() or path.is_symlink():
            continue
        if path.suffix in CODE + SCRIPTS or not path.suffix and path.read_bytes()[:2] == b"#!":
            texts[name] = path.read_text(encoding="utf-8")
    return texts


def self_test(check, cases):
    """cases: (path, text, what must be said about it, or None if nothing may be)."""
    failures = 0
    for path, text, expected in cases:
        said = check({path: text})
        right = not said if expected is None else any(expected in line for line in said)
        if not right:
            failures += 1
            print(f"self-test: {path}: expected {expected or 'no objection'}, got {said or 'none'}")
    print(f"self-test: {len(cases) - failures} of {len(cases)} cases right")
    return 1 if failures else 0


def main(description, check, cases, files_of=our_files):
    parser = argparse.ArgumentParser(description=description,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--self-test", action="store_true",
                        help="show on made-up files that the check objects to what it should")
    if parser.parse_args().self_test:
        sys.exit(self_test(check, cases))
    files = files_of()
    problems = check(files)
    print("\n".join(problems + [f"{len(files)} files, {len(problems)} problems"]))
    sys.exit(1 if problems else 0)
