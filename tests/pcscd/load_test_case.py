# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""What the tests that use `cardmux load` have in common."""
import json
import unittest

from private_pcscd import MODULE, PIN, TOOL

BUCKETS_A_SECOND = 10  # of load's timeline


class LoadTestCase(unittest.TestCase):
    """Whether a promise holds is decided by counts. Rates and shares are printed."""

    def start_load(self, world, seconds, *arguments, environment=()):
        (world.folder / "pin").write_text(PIN + "\n")
        command = [TOOL, "load", "--module", MODULE, "--json", "--timeline", "--seconds",
                   str(seconds), "--pin-file", "pin", *arguments]
        for setting in environment:
            command += ["--env", setting]
        return world.start(command)

    def finish_load(self, program, seconds):
        ended = program.finish(seconds, code=None)
        self.assertTrue(ended.out.startswith("{"), ended)
        report = json.loads(ended.out)
        shown = {name: report[name] for name in
                 ("ok", "errors", "wrong", "hung", "throughput", "limit", "limit_ratio", "p50_ms",
                  "p99_ms", "max_ms", "client_min", "client_max", "errors_by_code")}
        print(json.dumps(shown))
        return report

    def check_all_right(self, world, report):
        """No error, no wrong signature, nobody stuck, no try of the PIN lost."""
        self.assertEqual((report["wrong"], report["errors_by_code"], report["hung"]),
                         (0, {}, False), report["error_list"])
        self.assertGreater(report["client_min"], 0, report["client_counts"])
        card = world.card()
        self.assertEqual((card["pin_tries_left"], card["wrong_pins"]), (3, 0))

    def check_goes_on(self, report, rate_before, seconds=3):
        """Signatures are made until the end. How many, compared with before, is printed."""
        last = report["timeline"]["ok"][-(seconds + 1) * BUCKETS_A_SECOND:-BUCKETS_A_SECOND]
        print(f"last {seconds} s: {sum(last) / seconds:.1f}/s; before: {rate_before:.1f}/s")
        self.assertGreater(sum(last), 0, report["timeline"])


def rate_of_first(report, seconds):
    return sum(report["timeline"]["ok"][:seconds * BUCKETS_A_SECOND]) / seconds
