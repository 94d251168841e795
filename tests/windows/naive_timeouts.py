#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""Prints what the article's second remedy does for the naive provider: the time to the first 0x6 at
several values of TransactionTimeoutMilliseconds.

    CARDMUX_BUILD=build/dev CARDMUX_WINDOWS_BUILD=build/windows \\
        tests/windows/naive_timeouts.py [--threads 4] [--gap 400] [--limit 12] [--runs 4]

GAP: each thread rests 0 to so many milliseconds before each call. No test: times prove nothing."""
import argparse
import re

from windows_world import NCRYPT, WINSCARD, WindowsWorld

FILES = ["provider_churn.exe", "naive_provider.dll", NCRYPT, WINSCARD]
NAME = "Cardmux Naive Test Provider"
TIMEOUTS = (1500, 500, 100, 0)


def first_failure(timeout, options):
    """Seconds to the first failure as a text, and the signatures until then or until the limit."""
    with WindowsWorld(files=FILES, profile="yubikey5") as world:
        world.register_csp(NAME, FILES[1], TransactionTimeoutMilliseconds=timeout)
        out = world.run_windows(FILES[0], "csp", NAME, "123456", str(options.threads),
                                f"-{options.limit}", str(options.gap),
                                seconds=options.limit + 60).out
    codes = set(re.findall(r"failed: .* (0x\w+) ", out))
    if codes - {"0x6"}:
        raise SystemExit(f"another failure than 0x6: {out}")
    made = re.search(r"ok: (\d+)", out).group(1)
    first = float(re.search(r"first failure: (\S+)", out).group(1))
    return f"{first:.1f} s ({made})" if codes else f"none in {options.limit} s ({made})"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, value in (("threads", 4), ("gap", 400), ("limit", 12), ("runs", 4)):
        parser.add_argument(f"--{name}", type=int, default=value)
    options = parser.parse_args()
    print("| TransactionTimeoutMilliseconds | first 0x6 (signatures made before) |\n|---|---|")
    for timeout in TIMEOUTS:
        runs = [first_failure(timeout, options) for _ in range(options.runs)]
        print(f"| {timeout} | {', '.join(runs)} |", flush=True)


if __name__ == "__main__":
    main()
