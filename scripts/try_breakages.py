#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""Breaks the shipped code on purpose, one patch of tests/breakages at a time, and sees which test
notices. A breakage that none notices is a hole in the proof, and a failure of this script.

Works on a copy in build/breakages, so that the tree itself is never touched. A patch begins with a
line "G3: what it breaks; expected to be caught by: explorer, transaction".

Examples:
  scripts/try_breakages.py --list
  scripts/try_breakages.py --only last_try_spent
  scripts/try_breakages.py --table docs/breakages.md      all of them, and keep the table
  scripts/try_breakages.py --check                        only that every patch still applies

Exit codes: 0 every breakage was caught; 1 one was not, or a patch no longer applies; 2 usage."""
import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import time

TOP = pathlib.Path(__file__).resolve().parent.parent
PATCHES = TOP / "tests/breakages"
COPY = TOP / "build/breakages"
BUILD = COPY / "build/dev"
FIRST_LINE = re.compile(r"(G\d+): (.+); expected to be caught by: (.+)")
TEST_SECONDS = 300  # a test that hangs has noticed, too
BUILD_SECONDS = 3600

# What may catch a breakage, in the order tried after those that the patch names: the targets to
# build, and the pattern of its tests' names.
CATCHERS = {
    "transaction": ("transaction_unit_test", r"^transaction\."),
    "token": ("token_unit_test", r"^token\."),
    "base": ("base_unit_test", r"^base\."),
    "piv": ("drivers_unit_test", r"^drivers\."),
    "promises": ("promises_test", r"^promises\."),
    "explorer": ("explorer_test cardmux-explore", r"^explorer\."),
    "pkcs11": ("pkcs11_conformance_test", r"^pkcs11\."),
    "simulation": ("cardmux_simulation_program", r"^simulated_world\.seeds$"),
}


class Breakage:
    def __init__(self, path):
        self.path, self.name = path, path.stem
        found = FIRST_LINE.fullmatch(path.read_text(encoding="utf-8").split("\n", 1)[0])
        if not found:
            sys.exit(f"{path.name}: its first line does not read as --help says")
        self.promise, self.what, expected = found.groups()
        self.expected = expected.split(", ")
        unknown = set(self.expected) - set(CATCHERS)
        if unknown:
            sys.exit(f"{path.name}: no such catcher: {', '.join(sorted(unknown))}")

    def apply(self, folder, *options):
        """None, or why it does not apply. Not as a part of the repository around the copy."""
        environment = {**os.environ, "GIT_CEILING_DIRECTORIES": str(folder.parent)}
        if folder != TOP:
            environment.pop("GIT_DIR", None)
        ended = subprocess.run(["git", "apply", *options, str(self.path)], cwd=folder,
                               env=environment, capture_output=True, text=True)
        return None if ended.returncode == 0 else ended.stderr.strip()


def refresh_copy():
    """Only what differs is written, so that little is built again."""
    listed = subprocess.run(["git", "-C", str(TOP), "ls-files", "-z", "--cached", "--others",
                             "--exclude-standard"], capture_output=True, text=True, check=True)
    for name in filter(None, listed.stdout.split("\0")):
        source, copy = TOP / name, COPY / name
        if not source.is_file():
            continue
        if copy.is_file() and copy.read_bytes() == source.read_bytes():
            continue
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(source.read_bytes())
        copy.chmod(source.stat().st_mode)


def build(target, jobs):
    """False: it does not build."""
    command = ["cmake", "--build", BUILD, "-j", str(jobs), "--target", *target.split()]
    with (COPY / "build.log").open("w") as log:
        return subprocess.run(command, stdout=log, stderr=log,
                              timeout=BUILD_SECONDS).returncode == 0


def first_failure(pattern):
    """The name of the first test that fails, None if all pass."""
    ended = subprocess.run(["ctest", "--test-dir", str(BUILD), "-R", pattern, "--stop-on-failure",
                            "--no-tests=error", "--timeout", str(TEST_SECONDS),
                            "--output-on-failure"],
                           capture_output=True, text=True)
    if ended.returncode == 0:
        return None
    if "No tests were found" in ended.stdout + ended.stderr:
        sys.exit(f"no test is named {pattern}")
    in_test = re.search(r"\[  FAILED  \] (\S+)", ended.stdout)
    failed = re.search(r"\d+ - (\S+) \((?:Failed|Timeout|.*)", ended.stdout)
    return in_test[1].rstrip(",") if in_test else failed[1] if failed else "?"


def try_catchers(names, jobs):
    """(catcher, test) of the first that fails; None if all pass."""
    for name in names:
        target, pattern = CATCHERS[name]
        if not build(target, jobs):
            sys.exit(f"{target} does not build: see {COPY / 'build.log'}")
        failed = first_failure(pattern)
        if failed:
            return name, failed
    return None


def try_breakage(breakage, jobs):
    refresh_copy()
    problem = breakage.apply(COPY)
    if problem:
        sys.exit(f"{breakage.path.name} no longer applies: {problem}")
    started = time.monotonic()
    others = [name for name in CATCHERS if name not in breakage.expected]
    caught = try_catchers([*breakage.expected, *others], jobs)
    by, test = caught or ("", "")
    return {"name": breakage.name, "promise": breakage.promise, "breaks": breakage.what,
            "caught_by": by, "test": test, "seconds": round(time.monotonic() - started)}


def table_of(results):
    lines = ["| breakage | promise | what it breaks | caught by | seconds |",
             "|---|---|---|---|---|"]
    lines += [f"| {one['name']} | {one['promise']} | {one['breaks']} | "
              + (f"{one['caught_by']}: {one['test']}" if one["caught_by"] else "**nothing**")
              + f" | {one['seconds']} |" for one in results]
    return "\n".join(lines) + "\n"


PAGE = """# Deliberate breakages

Written by `scripts/try_breakages.py --table docs/breakages.md`: each patch of `tests/breakages/`
breaks the shipped code in a way that a good engineer might, and a test has to notice. The table
names the first that did.

"""


def check_patches(breakages):
    problems = [f"{one.path.name} no longer applies: {problem}" for one in breakages
                if (problem := one.apply(TOP, "--check"))]
    print("\n".join(problems) or f"{len(breakages)} breakages apply")
    return 1 if problems else 0


def run_all(breakages, options):
    refresh_copy()
    configured = subprocess.run(["cmake", "--preset", "dev"], cwd=COPY, capture_output=True,
                                text=True)
    if configured.returncode != 0:
        sys.exit(configured.stderr)
    problem = try_catchers({name for one in breakages for name in one.expected}, options.jobs)
    if problem:  # else it would be taken for what catches the first breakage
        sys.exit(f"fails with nothing broken: {': '.join(problem)}")
    results = []
    for breakage in breakages:
        results.append(try_breakage(breakage, options.jobs))
        if not options.json:
            one = results[-1]
            print(f"{one['name']}: {one['caught_by'] or 'NOT CAUGHT'} {one['test']} "
                  f"({one['seconds']} s)", flush=True)
    print(json.dumps(results) if options.json else table_of(results))
    if options.table:
        pathlib.Path(options.table).write_text(PAGE + table_of(results), encoding="utf-8")
    return 0 if all(one["caught_by"] for one in results) else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", metavar="NAME", action="append", help="those with NAME in theirs")
    parser.add_argument("--list", action="store_true", help="what there is")
    parser.add_argument("--check", action="store_true", help="only whether every patch applies")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="for the builds")
    parser.add_argument("--json", action="store_true", help="one JSON array on stdout")
    parser.add_argument("--table", metavar="FILE", help="write the page here, too")
    options = parser.parse_args()
    breakages = [Breakage(path) for path in sorted(PATCHES.glob("*.patch"))]
    if options.only:
        breakages = [one for one in breakages if any(name in one.name for name in options.only)]
    if not breakages:
        parser.error("no such breakage: see --list")
    if options.list:
        for one in breakages:
            print(f"{one.name}: {one.promise}: {one.what}")
        return 0
    return check_patches(breakages) if options.check else run_all(breakages, options)


if __name__ == "__main__":
    sys.exit(main())
