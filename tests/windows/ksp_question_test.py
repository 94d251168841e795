# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""Our KSP asks a person for the PIN, or nobody, where nobody would see it; how often, by
PinCachePolicy. csp_question_test.py asks for more: the dialogs are the same code."""
import unittest

from csp_world import CANCELLED_BY_USER, DONE, SILENT
from ksp_world import KspWorld
from probe_world import PIN

GOOD = f"256, error {DONE}"
REFUSED = f"0, error {SILENT}"
CLOSED = f"0, error {CANCELLED_BY_USER}"


def question_world(**values):
    return KspWorld("ksp_question_probe.exe", **values)


def all_of(what, found):
    return [which for each, which in found if each == what]


class KspQuestion(unittest.TestCase):
    def test_a_dialog_asks_for_the_pin_and_says_that_one_was_wrong(self):
        with question_world() as world:
            found = world.ask("pin", PIN)
            self.assertEqual(world.card()["wrong_pins"], 1)
            self.assertEqual(world.card()["verify_attempts"], 2)
        closed, wrong, right = all_of("asked", found)
        for text in ("To sign a letter", "Reader: Yubico", "3 tries are left"):
            self.assertIn(text, closed)
            self.assertIn(text, wrong)
        self.assertIn("This PIN is wrong. 2 tries are left.", right)
        self.assertEqual(all_of("signature", found), [CLOSED, GOOD, GOOD])
        self.assertEqual(set(all_of("parent", found)), {"the program's window"})
        self.assertEqual(all_of("meanwhile the card is", found), ["free"] * 3)

    def test_without_a_desktop_nobody_is_asked(self):
        with question_world() as world:  # Wine has no display to show a window on
            found, _ = world.probe("pin", PIN)
            self.assertEqual(world.card()["verify_attempts"], 0)
        self.assertEqual(all_of("signature", found), [REFUSED] * 3)
        self.assertEqual(all_of("asked", found), ["nothing"] * 2)

    def test_a_silent_call_asks_nobody(self):
        with question_world() as world:
            found = world.ask("silent", PIN)
            self.assertEqual(world.card()["verify_attempts"], 0)
        self.assertEqual(all_of("signature", found), [REFUSED])
        self.assertEqual(all_of("asked", found), ["nothing"])

    def check_questions(self, expected, milliseconds, **values):
        """Of three signatures, the last so long after the others."""
        with question_world(**values) as world:
            found = world.ask("times", PIN, milliseconds)
            self.assertEqual(world.card()["wrong_pins"], 0)
        self.assertEqual(all_of("signature", found), [GOOD] * 3)
        self.assertEqual([which != "nothing" for which in all_of("asked", found)], expected)

    def test_normally_a_person_is_asked_once(self):
        self.check_questions([True, False, False], "2000", TransactionTimeoutMilliseconds=0)

    def test_timed_a_person_is_asked_when_the_time_is_over(self):
        self.check_questions([True, False, True], "5000", PinCachePolicy=1, PinCacheSeconds=4)

    def test_not_cached_a_person_is_asked_for_each_hold(self):
        self.check_questions([True, False, True], "5000", PinCachePolicy=2,
                             TransactionTimeoutMilliseconds=3000)

    def test_with_always_prompt_a_person_is_asked_each_time(self):
        self.check_questions([True, True, True], "0", PinCachePolicy=3)


if __name__ == "__main__":
    unittest.main()
