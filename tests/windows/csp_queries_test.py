# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""CryptGetUserKey, CryptGetKeyParam and every question for a size cost no APDU at all, not even the
one that looks whether the card is still there. Through Wine's advapi32."""
import unittest

from windows_world import WINSCARD, WindowsWorld

PROBE = "csp_queries_probe.exe"
DLL = "cardmuxcsp.dll"
CSP = "Cardmux Smart Card Crypto Provider"


class CspQueries(unittest.TestCase):
    def apdus(self, times, **settings):
        with WindowsWorld(files=[PROBE, DLL, "cardmux.dll", WINSCARD]) as world:
            world.register_csp(CSP, DLL, **settings)
            self.assertEqual(world.run_windows(PROBE, CSP, "1", str(times)).out, "done\n")
            return world.card()["apdus"]

    def test_keys_and_sizes_cost_no_apdu(self):
        # A hold that ends at once: else a question inside it would cost nothing that one sees.
        once = self.apdus(1, TransactionTimeoutMilliseconds=0)
        self.assertEqual(self.apdus(100, TransactionTimeoutMilliseconds=0), once)


if __name__ == "__main__":
    unittest.main()
