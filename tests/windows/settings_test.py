# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""A registry value is changed, removed, wrong while a program runs: what counts for the next
context or key. What goes to the event log is seen where Wine sends it: its ReportEvent writes an
entry to the debug channel "eventlog", and to no log."""
import unittest

from windows_world import NCRYPT, WINSCARD, WindowsWorld

PROBE = "settings_probe.exe"
CSP = "Cardmux Smart Card Crypto Provider"
KSP = "Cardmux Smart Card Key Storage Provider"
FILES = [PROBE, "cardmuxcsp.dll", "cardmux.dll", NCRYPT, WINSCARD]
PIN = "123456"
USUAL, SHORT = range(1000, 10000), range(0, 800)  # milliseconds: 1500, and 0 or 100
REFUSED = ("the registry value TransactionTimeoutMilliseconds {}; from 0 to 4000 is allowed. "
           "The default is used.")


class Settings(unittest.TestCase):
    def check_changes(self, register, *words):
        with WindowsWorld(files=FILES) as world:
            register(world)
            ended = world.run_windows(PROBE, *words, WINEDEBUG="-all,warn+eventlog")
            self.assertEqual(world.card()["wrong_pins"], 0)
        found = dict(line.split(": ", 1) for line in ended.out.splitlines())
        for what, hold in {"absent": USUAL, "100": SHORT, "removed": USUAL, "0": SHORT,
                           "0, by a handle from before": SHORT, "5000": USUAL, "0 again": SHORT,
                           "no number": USUAL}.items():
            self.assertIn(int(found.pop(what)), hold, f"{what}\n{ended}")
        self.assertEqual(found, {})
        self.assertEqual(ended.err.count("TransactionTimeoutMilliseconds"), 2, ended.err)
        for why in ("is 5000", "is no REG_DWORD"):
            self.assertIn(f"{words[2]}: {REFUSED.format(why)}", ended.err)

    def test_the_csp_holds_the_card_as_the_registry_says_now(self):
        self.check_changes(lambda world: world.register_csp(CSP, "cardmuxcsp.dll"), "csp", PIN, CSP,
                           "1")

    def test_the_ksp_holds_the_card_as_the_registry_says_now(self):
        self.check_changes(lambda world: world.register_ksp(KSP, "cardmux.dll"), "ksp", PIN, KSP)


if __name__ == "__main__":
    unittest.main()
