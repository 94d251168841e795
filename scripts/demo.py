#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""The main job, shown: many threads sign with one card, and no call fails without the card's doing.

Why: a promise about concurrency is believed when one can see it, next to what one has today. Part
one uses the module with a simulated card inside; part two a real pcscd with a virtual reader,
Cardmux and OpenSC on the same card, and the card is pulled for two seconds. Ends with 0 only if
Cardmux had no error, no wrong signature and no hang, and treated its threads alike; speeds are
reported, never judged. ./demo installs and builds before it runs this.
"""
import argparse
import concurrent.futures
import datetime
import pathlib
import sys
import time

import load_runs
import load_text

BUILD = str(pathlib.Path(__file__).resolve().parent.parent / "build/release")
PROFILE = "fixed:10ms"
ROUNDS = 7  # signatures for each thread in part one, 10 ms each
CLIENT_RATIO_MAX = 1.2


class Demo:
    def __init__(self, options):
        self.options = options
        self.failures = []
        self.unicode = "utf" in (sys.stdout.encoding or "").lower()
        self.peers = ["Cardmux", "OpenSC"] + (["ykcs11"] if options.ykcs11 else [])

    def load(self, module, mode, environment, *more):
        options = ["--threads", str(self.options.threads), "--mode", mode, *more]
        return load_runs.Load(BUILD, module, options, environment)

    def judge(self, name, result):
        """Counts decide: every call of ours came back, right and without an error."""
        if result["ok"] == 0 or result["errors"] or result["wrong"] or result["hung"]:
            self.failures.append(f"{name}: {result['ok']} right, {result['wrong']} wrong, "
                                 f"errors: {load_text.errors(result)}")

    def measured(self, peer, module, mode, environment, length=None):
        length = length or ["--seconds", str(self.options.seconds)]
        result = self.load(module, mode, environment, *length,
                           "--limit-seconds", str(self.options.limit_seconds)).result()
        if peer == "Cardmux":
            self.judge(mode, result)
        return load_text.row(f"{peer} {mode}", result), result

    def judge_fairness(self, name, result):
        """Counts again: how many signatures each thread got of so many in all."""
        if result["client_max"] > CLIENT_RATIO_MAX * result["client_min"]:
            self.failures.append(f"{name}: threads got {result['client_min']} to "
                                 f"{result['client_max']} signatures")

    def simulated_module(self):
        say(f"""
1. The module with a simulated card inside (an RSA-2048 signature takes 10 ms), {
            self.options.threads} threads,
   every signature verified. plain: a session a thread; churn: open a session, find the key,
   read attributes, sign, close.
""")
        environment = {"CARDMUX_SIMULATE": f"{PROFILE},cards=1"}
        module = f"{BUILD}/cardmux-pkcs11-simulated.so"
        count = ["--count", str((ROUNDS if not self.options.quick else 2) * self.options.threads)]
        rows = []
        for mode in ("plain", "churn"):
            row, result = self.measured("Cardmux", module, mode, environment, count)
            self.judge_fairness(mode, result)
            rows.append(row)
        say(load_text.table(rows))
        return rows

    def real_service(self):
        say(f"""
2. A real pcscd with a virtual reader; the same load on the same card: {", ".join(self.peers)}.
""")
        with load_runs.SimulatedReader(BUILD, PROFILE) as reader:
            rows = [self.measured(peer, load_runs.module_of(peer, BUILD), mode,
                                  reader.environment)[0]
                    for mode in self.options.modes for peer in self.peers]
        say(load_text.table(rows))
        return rows

    def pulled(self, peer):
        """Each has its own pcscd here: what one does to it must not hurt the other."""
        seconds = self.options.pull_seconds
        with load_runs.SimulatedReader(BUILD, PROFILE) as reader:
            environment = {**reader.environment, "CARDMUX_RIDE_THROUGH": "10s"}
            load = self.load(load_runs.module_of(peer, BUILD), "plain", environment, "--no-limit",
                             "--seconds", str(seconds), "--time-limit", str(seconds + 1))
            load.wait_for_progress()
            time.sleep(0.5)
            pulled = reader.pull(2)
            return load.result(), pulled

    def card_pulled(self):
        say("""
   The card is pulled for two seconds and put back while they sign (one column: 100 ms).
""")
        with concurrent.futures.ThreadPoolExecutor() as side_by_side:
            seen = dict(zip(self.peers, side_by_side.map(self.pulled, self.peers)))
        span = round(self.options.pull_seconds * 10)
        most = max(max(result["timeline"]["ok"], default=0) for result, _ in seen.values()) or 1
        for peer, (result, pulled) in seen.items():
            say(load_text.picture(peer, result, span, most, self.unicode))
            say(load_text.marks(result, pulled, span))
        rows = [load_text.row(f"{peer} card pulled", result) for peer, (result, _) in seen.items()]
        say("\n" + load_text.table(rows))
        ours, (_, back) = seen["Cardmux"]
        self.judge("card pulled", ours)
        if not load_text.made_since(ours, back):
            self.failures.append("card pulled: no signature after it was back")
        return rows

    def run(self):
        rows = self.simulated_module() + self.real_service() + self.card_pulled()
        if self.options.markdown:
            say(f"\nMeasured {datetime.date.today()} by `./demo {' '.join(sys.argv[1:])}`:\n")
            say(load_text.markdown(rows))
        say("")
        for failure in self.failures:
            say(f"NOT AS PROMISED: {failure}")
        if not self.failures:
            say("Cardmux: no error, no wrong signature, nothing hung.\n"
                "Next: README.md, build/release/cardmux --help")
        return 1 if self.failures else 0


def say(text):
    print(text, flush=True)


def main():
    parser = argparse.ArgumentParser(prog="./demo", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--no-install", action="store_true",
                        help="install no package; say what is missing and end if anything is")
    parser.add_argument("--quick", action="store_true", help="shorter loads, for a first look")
    parser.add_argument("--seconds", type=float, default=2.0, help="length of a load in part two")
    parser.add_argument("--threads", type=int, default=64)
    parser.add_argument("--ykcs11", action="store_true", help="compare with Yubico's module too")
    parser.add_argument("--churn", action="store_true", help="churn in part two as well")
    parser.add_argument("--markdown", action="store_true", help="print the README's table too")
    options = parser.parse_args()
    options.seconds = 1.0 if options.quick else options.seconds
    options.limit_seconds = 0.3 if options.quick else 0.6
    options.pull_seconds = 4.5 if options.quick else 5.0
    options.modes = ["plain", "churn"] if options.churn else ["plain"]
    try:
        sys.exit(Demo(options).run())
    except load_runs.DemoFailure as failure:
        print(f"\nThe demo could not run: {failure}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
