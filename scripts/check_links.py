#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""Checks that what our pages point to is there: links, and files and folders named in `backticks`.

Why: a page that sends its reader to a file that was renamed has cost them more than no page. A word
in backticks counts as a path if it begins with a folder of ours and has no placeholder in it.
"""
import posixpath
import re
import subprocess

import source_check

LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
CODE = re.compile(r"`([^`\s]+)`")
FOLDERS = ("src/", "docs/", "tests/", "scripts/", "simulation/", "fuzz/", "cmake/", ".ci/")
PLACEHOLDER = re.compile(r"[*<>{}…]|\.\.\.|NAME|LIST|NNNN")


def exists(path):
    return (source_check.TOP / path).exists()


def check(pages):
    problems = []
    for page, text in pages.items():
        for number, line in enumerate(text.split("\n"), 1):
            targets = [posixpath.join(posixpath.dirname(page), link)
                       for link in LINK.findall(line) if "://" not in link]
            targets += [word for word in CODE.findall(line)
                        if word.startswith(FOLDERS) and not PLACEHOLDER.search(word)]
            problems += [f"{page}:{number}: {target} is not there"
                         for target in targets if not exists(posixpath.normpath(target))]
    return problems


def our_pages():
    listed = subprocess.run(["git", "-C", str(source_check.TOP), "ls-files", "--cached", "--others",
                             "--exclude-standard", "*.md"], capture_output=True, text=True)
    return {name: (source_check.TOP / name).read_text(encoding="utf-8")
            for name in sorted(set(listed.stdout.splitlines())) if exists(name)}


CASES = [
    ("docs/a.md", "see [the readme](../README.md) and `src/base/`, `docs/cards/NAME.md`", None),
    ("docs/a.md", "[x](https://example.org/none) `build/dev`", None),
    ("docs/a.md", "see [that](none.md)", "docs/none.md is not there"),
    ("README.md", "`src/base/none.h`", "src/base/none.h is not there"),
]

if __name__ == "__main__":
    source_check.main(__doc__, check, CASES, our_pages)
