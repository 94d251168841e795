#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""How long a foreign PC/SC program waits for the card under our full load, and what that costs us.

Why: "a good neighbour" is a number or nothing (docs/good_neighbour.md has the table). For each
value of the setting `yield` a pcscd of its own, one card, eight threads that sign as fast as the
card can, and a foreign program that stays connected and begins a transaction at random times. The
three run side by side: the card, not the processor, is what they wait for. Speeds are printed,
never judged. Wants the release build (./demo makes it).
"""
import argparse
import datetime
import json
import pathlib
import subprocess
import sys

import load_runs

BUILD = str(pathlib.Path(__file__).resolve().parent.parent / "build/release")
SETTINGS = ("greedy", "polite", "often")
COLUMNS = ["`yield`", "of limit", "errors", "foreign visits", "Begin p50", "p95", "max"]
REST = 8  # seconds in which the foreign program may still wait when the load has ended


class Neighbours:
    """One setting: a reader, our load, and the foreign program."""

    def __init__(self, setting, options):
        self.setting = setting
        self.reader = load_runs.SimulatedReader(BUILD, options.profile)
        self.load = load_runs.Load(
            BUILD, f"{BUILD}/cardmux-pkcs11.so",
            ["--threads", "8", "--seconds", str(options.seconds), "--limit-seconds", "5"],
            {**self.reader.environment, "CARDMUX_YIELD": setting})
        self.load.wait_for_progress()
        self.foreign = subprocess.Popen(
            [f"{BUILD}/cardmux", "load", "--foreign", "--json", "--keep-connection", "--every",
             str(options.every), "--seconds", str(options.seconds - REST)],
            env={**load_runs.os.environ, **self.reader.environment}, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)

    def row(self):
        ours = self.load.result()
        foreign = json.loads(self.foreign.communicate(timeout=load_runs.TIME_LIMIT)[0])
        waits = [f"{foreign['begin'][name] / 1000:.1f} s"
                 for name in ("p50_ms", "p95_ms", "max_ms")]
        return [f"`{self.setting}`", f"{100 * ours['limit_ratio']:.1f} %",
                str(ours["errors"] + ours["wrong"] + foreign["errors"]), str(foreign["visits"]),
                *waits]


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=120, help="length of each load")
    parser.add_argument("--every", type=float, default=4, help="seconds between visits, on average")
    parser.add_argument("--profile", default="yubikey5", help="how fast the card is")
    options = parser.parse_args()
    neighbours = []
    try:
        neighbours = [Neighbours(setting, options) for setting in SETTINGS]
        rows = [COLUMNS, ["---"] + ["---:"] * (len(COLUMNS) - 1)]
        rows += [each.row() for each in neighbours]
    except load_runs.DemoFailure as failure:
        sys.exit(f"could not measure: {failure}")
    finally:
        for each in neighbours:
            each.foreign.kill()
            each.reader.__exit__()
    print("\n".join("| " + " | ".join(row) + " |" for row in rows))
    print(f"\nMeasured {datetime.date.today()}, {options.profile}, {options.seconds:.0f} s.")


if __name__ == "__main__":
    main()
