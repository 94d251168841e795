#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""The program of the simulated world: a seed is one run, failures replay, no checker is mute.

Why: "2 000 seeds passed" is worth what the seeds cover and what the checkers would have found. Each
canary is a world in which one thing is wrong on purpose; the checker that it is for has to say so.
"""
import json
import os
import re
import subprocess
import unittest

PROGRAM = os.path.join(os.environ["CARDMUX_BUILD"], "cardmux_simulation")

# canary -> seeds, and what must be said of one of them. Where a fault or a certain neighbour has to
# come along, it takes more seeds.
CANARIES = {
    "false-signature": ("1..4", "G7: a signature is wrong"),
    "no-exclusion": ("1..200", "G2: two have the card"),
    "wrong-pins": ("1..4", "G6: 1 wrong PINs were presented"),
    "left-open": ("1..4", "handles: "),
    "lock-held": ("1..4", "holds a lock at"),
    "sleeper": ("1..8", "G4: C_Sign took"),
    "false-error": ("1..4", "G1: "),
    "stays-broken": ("1..60", "G5: "),
    "forgets-login": ("1..40", "linearizability: "),
    "unfair": ("1..100", "G3: "),
    "idles": ("1..100", "G8: "),
}


def run(*arguments):
    """(exit code, standard output, standard error)"""
    ended = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=250,
                           check=False)
    return ended.returncode, ended.stdout, ended.stderr


class SimulatedWorld(unittest.TestCase):
    def test_the_same_seed_is_the_same_run_to_the_last_line(self):
        for seed in (1, 2, 3, 58, 59):
            first = run("--seed", str(seed), "--trace")
            self.assertEqual(first[0], 0, first[2])
            self.assertEqual(first, run("--seed", str(seed), "--trace"))

    def test_a_run_is_the_same_alone_and_among_others(self):
        code, alone, _ = run("--seeds", "9..9", "--json")
        self.assertEqual(code, 0)
        _, told, _ = run("--seed", "9")
        self.assertIn(f"{json.loads(alone)['steps']} steps", told)

    def test_other_seeds_are_other_runs_with_faults_of_many_kinds(self):
        code, output, errors = run("--seeds", "1..150", "--json")
        self.assertEqual(code, 0, errors)
        said = json.loads(output)
        self.assertEqual((said["runs"], said["failures"]), (150, 0))
        self.assertEqual(said["distinct_schedules"], 150)
        self.assertGreater(said["signatures"], 1000)
        self.assertGreater(len(said["faults"]), 15, said["faults"])

    def test_a_trace_has_no_pin_in_it(self):
        for seed in range(1, 30):
            _, output, _ = run("--seed", str(seed), "--trace")
            for pin in ("123456", "654321", "999999"):
                self.assertNotIn(pin, re.sub(r"trace [0-9a-f]{16}", "", output))
                self.assertNotIn(pin.encode().hex(), output.lower())

    def test_every_canary_is_found_by_its_checker(self):
        for canary, (seeds, expected) in CANARIES.items():
            with self.subTest(canary):
                code, output, errors = run("--seeds", seeds, "--canary", canary)
                self.assertEqual(code, 1, output)
                self.assertIn(expected, errors)

    def test_a_failure_prints_the_line_that_replays_it(self):
        code, _, errors = run("--seeds", "1..4", "--canary", "false-signature")
        self.assertEqual(code, 1)
        again = re.search(r"again: cardmux_simulation (.*)", errors).group(1).split()
        code, _, told = run(*again)
        self.assertEqual(code, 1)
        self.assertIn("G7: a signature is wrong", told)
        self.assertIn("C_Initialize", told, "with --trace all of it")

    def test_help_has_an_example_and_wrong_ranges_are_refused(self):
        self.assertIn("cardmux_simulation --seeds 1..2000", run("--help")[1])
        self.assertEqual(run("--seeds", "9..1")[0], 2)
        self.assertNotEqual(run("--canary", "nightingale")[0], 0)


if __name__ == "__main__":
    unittest.main()
