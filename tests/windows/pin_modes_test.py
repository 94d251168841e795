# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""How long a PIN counts that a program gives our CSP or our KSP: by PinCachePolicy. What the card
was asked is counted by the card."""
import unittest

from csp_world import CspWorld, DONE, SILENT
from ksp_world import KspWorld
from probe_world import PIN

GOOD = f"256, error {DONE}"
REFUSED = f"0, error {SILENT}"
INTERFACES = {"csp_pin_probe.exe": CspWorld, "ksp_pin_probe.exe": KspWorld}


class PinModes(unittest.TestCase):
    def check(self, expected, words, values, **counts):
        """What comes of each signature; and what the card counted."""
        for program, world_of in INTERFACES.items():
            with self.subTest(program=program), world_of(program, **values) as world:
                found, _ = world.probe(*words)
                card = world.card()
                self.assertEqual({which for what, which in found if what in ("acquire", "PIN")},
                                 {"ok"})
                self.assertEqual([which for what, which in found if what == "signature"], expected)
                self.assertEqual({name: card[name] for name in counts}, counts)

    def test_normally_it_counts_until_the_card_leaves(self):
        self.check([GOOD] * 4, ("later", PIN, "1500"), {"TransactionTimeoutMilliseconds": 0},
                   wrong_pins=0)

    def test_timed_it_counts_for_so_many_seconds(self):
        self.check([GOOD, GOOD, REFUSED, GOOD], ("later", PIN, "2500"),
                   {"PinCachePolicy": 1, "PinCacheSeconds": 2})

    def test_not_cached_it_counts_for_the_hold_in_which_it_was_given(self):
        """Each that was given is presented, no more."""
        self.check([GOOD, GOOD, REFUSED, GOOD], ("later", PIN, "3000"),
                   {"PinCachePolicy": 2, "TransactionTimeoutMilliseconds": 2000},
                   verify_attempts=2)

    def test_always_prompt_takes_no_pin_from_a_program(self):
        """Neither presents nor keeps it."""
        self.check([REFUSED] * 4, ("later", PIN, "0"), {"PinCachePolicy": 3}, verify_attempts=0)

    def test_a_program_that_gives_a_pin_presents_it(self):
        """However often it is the same one: whether it is right now, only the card knows."""
        self.check([GOOD] * 4, ("contexts", PIN, "4"), {}, verify_attempts=4)


if __name__ == "__main__":
    unittest.main()
