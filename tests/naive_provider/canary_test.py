#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""`cardmux load` must find the fault of the naive provider, and nothing in Cardmux.

Why: a load generator that never fails proves nothing. The naive provider closes the card's handle
with the session that opened it; under churn others still use it then (0x6, ERROR_INVALID_HANDLE).
"""
import json
import os
import subprocess
import unittest

BUILD = os.environ["CARDMUX_BUILD"]
INVALID_HANDLE = "CKR_0x80000006"


def load(module, *options):
    """Returns the exit code and the report of a run against a module of the build folder."""
    pin, pin_end = os.pipe()
    os.write(pin_end, b"123456\n")
    os.close(pin_end)
    ended = subprocess.run(
        [f"{BUILD}/cardmux", "load", "--module", f"{BUILD}/{module}", "--json", "--no-limit",
         "--time-limit", "30", "--env", "CARDMUX_SIMULATE=fixed:2ms,cards=1",
         "--pin-fd", str(pin), *options],
        pass_fds=[pin], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=60, check=False,
        env={**os.environ, "CARDMUX_CONFIG": "/dev/null"})
    os.close(pin)
    return ended.returncode, json.loads(ended.stdout)


class Canary(unittest.TestCase):
    CHURN = ("--mode", "churn", "--threads", "8", "--seconds", "3")

    def test_churn_fails_on_the_naive_provider(self):
        code, report = load("naive-pkcs11.so", *self.CHURN)
        self.assertEqual(code, 1, report)
        self.assertGreater(report["errors"], 0)
        self.assertGreater(report["errors_by_code"].get(INVALID_HANDLE, 0), 0, report)
        self.assertGreater(report["ok"], 0, "it works for some time: that is the vice")
        self.assertEqual((report["wrong"], report["crashed"], report["hung"]), (0, 0, False))

    def test_one_thread_sees_nothing_wrong_with_the_naive_provider(self):
        code, report = load("naive-pkcs11.so", "--mode", "churn", "--threads", "1", "--count", "20")
        self.assertEqual((code, report["ok"], report["errors"]), (0, 20, 0), report)

    def test_the_same_churn_finds_nothing_in_cardmux(self):
        code, report = load("cardmux-pkcs11-simulated.so", *self.CHURN)
        self.assertEqual((code, report["errors"], report["wrong"]), (0, 0, 0), report)
        self.assertGreater(report["ok"], 0)


if __name__ == "__main__":
    unittest.main()
