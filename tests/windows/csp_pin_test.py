# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""How long a PIN counts that a program gives our CSP: by PinCachePolicy. What the card was asked is
counted by the card."""
import unittest

from csp_world import CspWorld, DONE, PIN, SILENT

GOOD = f"256, error {DONE}"
REFUSED = f"0, error {SILENT}"


class CspPin(unittest.TestCase):
    def signatures(self, *words, **values):
        """What came of each signature; and the card's counts."""
        with CspWorld("csp_pin_probe.exe", **values) as world:
            found, _ = world.probe(*words)
            card = world.card()
        self.assertEqual({which for what, which in found if what in ("acquire", "PIN")}, {"ok"})
        return [which for what, which in found if what == "signature"], card

    def test_normally_it_counts_until_the_card_leaves(self):
        made, card = self.signatures("later", PIN, "1500", TransactionTimeoutMilliseconds=0)
        self.assertEqual(made, [GOOD] * 4)
        self.assertEqual(card["wrong_pins"], 0)

    def test_timed_it_counts_for_so_many_seconds(self):
        made, _ = self.signatures("later", PIN, "2500", PinCachePolicy=1, PinCacheSeconds=2)
        self.assertEqual(made, [GOOD, GOOD, REFUSED, GOOD])

    def test_not_cached_it_counts_for_the_hold_in_which_it_was_given(self):
        made, card = self.signatures("later", PIN, "3000", PinCachePolicy=2,
                                     TransactionTimeoutMilliseconds=2000)
        self.assertEqual(made, [GOOD, GOOD, REFUSED, GOOD])
        self.assertEqual(card["verify_attempts"], 2, "each that was given, no more")

    def test_always_prompt_takes_no_pin_from_a_program(self):
        made, card = self.signatures("later", PIN, "0", PinCachePolicy=3)
        self.assertEqual(made, [REFUSED] * 4)
        self.assertEqual(card["verify_attempts"], 0, "neither presented nor kept")

    def test_a_program_that_gives_a_pin_presents_it(self):
        """However often it is the same one: whether it is right now, only the card knows."""
        made, card = self.signatures("contexts", PIN, "4")
        self.assertEqual(made, [GOOD] * 4)
        self.assertEqual(card["verify_attempts"], 4)


if __name__ == "__main__":
    unittest.main()
