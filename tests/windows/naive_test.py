# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""The canary of the load tests under Wine: a provider with Base CSP's fault has to fail with 0x6
where a sound one may not. If it does not, a load that finds nothing has shown nothing."""
import re
import unittest

from windows_world import NCRYPT, WINSCARD, WindowsWorld

CHURN = "provider_churn.exe"
DLL = "naive_provider.dll"
NAME = "Cardmux Naive Test Provider"
PIN = "123456"
INVALID_HANDLE = "0x6"


class Naive(unittest.TestCase):
    def churn(self, interface, threads, seconds, gap=0, **settings):
        """Returns the signatures made, the failures by code, and when the first was."""
        with WindowsWorld(files=[CHURN, DLL, NCRYPT, WINSCARD]) as world:
            register = world.register_csp if interface == "csp" else world.register_ksp
            register(NAME, DLL, **settings)
            out = world.run_windows(CHURN, interface, NAME, PIN, str(threads), str(seconds),
                                    str(gap), seconds=abs(seconds) + 40).out
            print(out)
            self.assertEqual(world.card()["wrong_pins"], 0)
            codes = {}
            for code, count in re.findall(r"failed: .* (0x\w+) (\d+)", out):
                codes[code] = codes.get(code, 0) + int(count)
            signatures = int(re.search(r"ok: (\d+)", out).group(1))
            self.assertLessEqual(signatures, world.card()["private_key_operations"])
            return signatures, codes

    def test_one_thread_sees_nothing_wrong_with_the_csp(self):
        signatures, codes = self.churn("csp", 1, 3)
        self.assertEqual(codes, {})
        self.assertGreater(signatures, 10)

    def test_one_thread_sees_nothing_wrong_with_the_ksp(self):
        signatures, codes = self.churn("ksp", 1, 3)
        self.assertEqual(codes, {})
        self.assertGreater(signatures, 10)

    def test_threads_make_the_csp_fail_with_an_invalid_handle(self):
        signatures, codes = self.churn("csp", 8, 4)
        self.assertGreater(codes.get(INVALID_HANDLE, 0), 0, codes)
        self.assertGreater(signatures, 0, "it works for some time: that is the vice")

    def test_threads_make_the_ksp_fail_with_an_invalid_handle(self):
        signatures, codes = self.churn("ksp", 8, 4)
        self.assertGreater(codes.get(INVALID_HANDLE, 0), 0, codes)
        self.assertGreater(signatures, 0)

    def test_without_a_hold_the_csp_does_not_fail(self):
        """The article's second remedy, carried to its end."""
        signatures, codes = self.churn("csp", 8, 4, TransactionTimeoutMilliseconds=0)
        self.assertEqual(codes, {})
        self.assertGreater(signatures, 10)


if __name__ == "__main__":
    unittest.main()
