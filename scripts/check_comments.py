#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""Checks what a compiler does not: licence lines, what a header says of itself, error lists, sizes.

Why: a reader who trusts that every header opens with its purpose, and that every call that can
fail lists how, reads half as much. The sizes are CONTRIBUTING.md's; when one bites, find the
missing noun.
"""
import re

import source_check

LINE_COLUMNS = 100
FILE_LINES = 600
HEADER_LINES = 250
FUNCTION_LINES = 70
PARAMETERS = 5
SPDX = ["SPDX-License-Identifier: Apache-2.0", "Copyright The Cardmux authors"]
NO_SUBJECT = re.compile(r"(^|/)(utils?|common|misc|helpers?|core|impl)(/|\.[a-z]+$)")
LINE_RULES = [
    (re.compile(r"\b(TODO|FIXME|XXX|HACK)\b(?!.*\buntil\b)"), "say until when, or finish it"),
    (re.compile(r"NOLINT(NEXTLINE|BEGIN)?(?!END)\b(?!\([\w.,* -]+\))"), "NOLINT names its check"),
    (re.compile(r"///? \S.* (returns|errors|needs|waits|source) {2,}\S"),
     "each field of a docstring starts a line"),
]
RETURNS_RESULT = re.compile(r"^\s*(\[\[nodiscard\]\] )?(static |virtual |friend )*Result<.*> \w+\(")
# Functions whose parameters a specification gives: PKCS#11, winscard, all of Windows.
PRESCRIBED = re.compile(r"\b(C_|fw_SCard)\w+\s*\(|\bWINAPI\b")
SCOPE = re.compile(r"\b(namespace|class|struct|union|enum)\b|extern \"C\"|extern\s*$")


def without_comments_and_strings(text):
    """The same text, same line breaks, with nothing in comments and literals."""
    token = re.compile(r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"'
                       r"|\b'(?=\d)|'(?:\\.|[^'\\\n])+'", re.S)
    return token.sub(lambda found: '""' + "\n" * found.group(0).count("\n"), text)


def functions(text):
    """(first line, lines of the body, head) of every function; lambdas belong to theirs."""
    code = re.sub(r"^\s*#(.*\\\n)*.*", lambda found: "\n" * found.group(0).count("\n"),
                  without_comments_and_strings(text), flags=re.M)
    scopes, head_start, function = 0, 0, None
    for position, character in enumerate(code):
        if character == "{":
            head = code[head_start:position].strip()
            if function is None and (not SCOPE.search(head.split("(")[0]) and "(" in head
                                     and not re.search(r"=\s*$|return$", head)):
                function = (scopes, position, head)
            scopes += 1
        elif character == "}":
            scopes -= 1
            if function and function[0] == scopes:
                body = code[function[1]:position].split("\n")
                rows = [line for line in body if not re.match(r"\s*case .*[:;]$", line)]  # tables
                yield code.count("\n", 0, function[1]) + 1, len(rows), function[2]
                function = None
        if character in ";{}":
            head_start = position + 1


def parameter_count(head):
    """Commas at the outer level of the first parentheses, plus one."""
    depth, count, inside = 0, 1, head[head.index("(") + 1:]
    for character in inside:
        if character in "(<[{":
            depth += 1
        elif character in ")>]}":
            depth -= 1
            if depth < 0:
                break
        elif character == "," and depth == 0:
            count += 1
    return count


def check_header(path, lines):
    opening = [line for line in lines[2:14] if line.startswith("//") and len(line) > 10]
    if not opening:
        yield f"{path}:3: a header opens with what it is for and what not"
    if "#pragma once" not in lines:
        yield f"{path}: no #pragma once"
    if len(lines) > HEADER_LINES:
        yield f"{path}: {len(lines)} lines; a header has at most {HEADER_LINES}"
    public = True
    for number, line in enumerate(lines):
        if re.match(r"\s*(private|protected):", line):
            public = False
        elif re.match(r"\s*public:|^\};|^(class|struct) ", line):
            public = True
        if not public or not RETURNS_RESULT.match(line):
            continue
        if "override" in " ".join(lines[number:number + 4]).split(";")[0]:
            continue  # the interface has the list
        above = number
        while above > 0 and re.match(r"\s*(///|template|\[\[|//)", lines[above - 1]):
            above -= 1
        if not any(re.match(r"\s*/// errors\b", comment) for comment in lines[above:number]):
            yield f"{path}:{number + 1}: returns a Result; its comment needs an `errors` line"


def check_file(path, text):
    lines = text.split("\n")
    start = 1 if lines[0].startswith("#!") else 0
    if [line.lstrip("/# ") for line in lines[start:start + 2]] != SPDX:
        yield f"{path}:1: the first two lines are the licence and the copyright"
    if NO_SUBJECT.search(path):
        yield f"{path}: a file that can only be named so has no subject yet"
    if len(lines) > FILE_LINES:
        yield f"{path}: {len(lines)} lines; at most {FILE_LINES}"
    for number, line in enumerate(lines, 1):
        if len(line) > LINE_COLUMNS:
            yield f"{path}:{number}: {len(line)} columns; at most {LINE_COLUMNS}"
        for pattern, problem in LINE_RULES:
            if pattern.search(line) and path != "scripts/check_comments.py":
                yield f"{path}:{number}: {problem}"
    if not path.endswith(source_check.CODE):
        return
    if path.endswith(".h"):
        yield from check_header(path, lines)
    for first, length, head in functions(text):
        if length > FUNCTION_LINES:
            yield f"{path}:{first}: a function of {length} lines; at most {FUNCTION_LINES}"
        if parameter_count(head) > PARAMETERS and not PRESCRIBED.search(head):
            yield f"{path}:{first}: {parameter_count(head)} parameters; at most {PARAMETERS}"


def check(files):
    return [problem for path, text in files.items() for problem in check_file(path, text)]


TOP_LINES = f"// {SPDX[0]}\n// {SPDX[1]}\n"
HEADER = TOP_LINES + "//\n// What this is for, and what it is not for.\n#pragma once\n"
FUNCTION = "int f(int a) {\n%s    return a;\n}\n"
CASES = [
    ("src/base/a.cpp", TOP_LINES + FUNCTION % "", None),
    ("scripts/a.py", f"#!/usr/bin/env python3\n# {SPDX[0]}\n# {SPDX[1]}\n", None),
    ("src/base/a.cpp", FUNCTION % "", "licence"),
    ("src/base/a.cpp", TOP_LINES + "// " + "x" * 100 + "\n", "columns"),
    ("src/base/a.cpp", TOP_LINES + "\n" * 600, "lines; at most"),
    ("src/base/a.cpp", TOP_LINES + FUNCTION % ("    g();\n" * 70), "a function of"),
    ("src/base/a.cpp", TOP_LINES + "const int t[] = {\n" + "    1,\n" * 90 + "};\n", None),
    ("src/base/a.cpp", TOP_LINES + "void f(int a, int, int, int, int, int) {}\n", "6 param"),
    ("src/base/a.cpp", TOP_LINES + "void C_f(int a, int, int, int, int, int) {}\n", None),
    ("src/base/a.cpp", TOP_LINES + "// TODO: later\n", "say until when"),
    ("src/base/a.cpp", TOP_LINES + "// NOLINT\n", "NOLINT names"),
    ("src/base/a.cpp", TOP_LINES + "/// form   short errors    TimedOut\n", "starts a line"),
    ("src/base/utils.cpp", TOP_LINES, "no subject"),
    ("src/base/a.h", HEADER + "/// errors    TimedOut\nResult<void> f();\n", None),
    ("src/base/a.h", HEADER + "/// Does it.\nResult<void> f();\n", "needs an `errors` line"),
    ("src/base/a.h", TOP_LINES + "#pragma once\n", "a header opens"),
]

if __name__ == "__main__":
    source_check.main(__doc__, check, CASES)
