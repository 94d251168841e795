# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""Our CSP asks a person: for the PIN, for a card; or nobody, where nobody would see it. Windows are
shown on a desktop of Wine's without a display, and answered by the program itself."""
import json
import unittest

from csp_world import (BAD_KEYSET, CANCELLED_BY_USER, CspWorld, DONE, NO_SMARTCARD, PIN, SILENT,
                       UNKNOWN_READER, findings)
from windows_world import TOOL, wait_until


def question_world(**values):
    return CspWorld("csp_question_probe.exe", **values)


def signatures(found):
    return [which for what, which in found if what == "signature"]


def take_out(world, number):
    """Pulls a card; whoever comes next finds a service that has noticed."""
    world.control(f"remove {number}")

    home = world.folder / "home"  # with the paths of this side

    def has_noticed():
        listed = json.loads(world.run([TOOL, "list", "--json"], code=None,
                                      CARDMUX_CONFIG=str(home / "cardmux.toml"),
                                      CARDMUX_SHARED_FOLDER=str(home / "shared")).out)
        reader = listed["readers"][number]
        return reader["card"] is None and reader["problem"] is None

    wait_until(has_noticed, 30, "the service notices")


class CspQuestion(unittest.TestCase):
    def test_without_a_desktop_nobody_is_asked(self):
        with question_world() as world:  # Wine has no display to show a window on
            found, _ = world.probe("pin", PIN)
            self.assertEqual(signatures(found), [f"0, error {SILENT}"] * 2)
            take_out(world, 0)
            found, _ = world.probe("card")
        self.assertCountEqual(found, [("asked", "nothing"), ("acquire", NO_SMARTCARD),
                                      ("card", "0")])

    def test_a_dialog_asks_for_the_pin(self):
        with question_world() as world:
            found = world.ask("pin", PIN)
        asked = [which for what, which in found if what == "asked"]
        self.assertEqual(len(asked), 2)
        for text in ("To sign a letter", "Reader: Yubico", "3 tries are left"):
            self.assertIn(text, asked[0])
        self.assertEqual(signatures(found),
                         [f"0, error {CANCELLED_BY_USER}", f"256, error {DONE}"])
        self.assertIn(("not asked again", "256"), found)

    def test_with_always_prompt_a_dialog_asks_each_time(self):
        for policy, times in ((3, 2), (0, 1)):
            with self.subTest(policy=policy), question_world(PinCachePolicy=policy) as world:
                found = world.ask("twice", PIN)
                self.assertEqual(world.card()["verify_attempts"], times)
                self.assertEqual(signatures(found), [f"256, error {DONE}"] * 2)
                asked = [which for what, which in found if what == "asked"]
                self.assertEqual([which != "nothing" for which in asked],
                                 [True, policy == 3], asked)

    def test_a_dialog_asks_before_a_key_is_made(self):
        with question_world() as world:
            found = world.ask("make", PIN)
        self.assertEqual([each for each in found if each[0] != "asked"],
                         [("new", "ok"), ("make", "ok")])
        self.assertIn("3 tries are left", dict(found)["asked"])

    def test_a_dialog_that_nobody_answers_goes_away(self):
        with question_world() as world:
            found = world.ask("nobody")
            self.assertEqual(world.card()["verify_attempts"], 0)
        self.assertEqual(signatures(found), [f"0, error {CANCELLED_BY_USER}"])

    def test_a_dialog_asks_for_a_card_and_closes_when_it_comes(self):
        with question_world() as world:
            take_out(world, 0)
            program = world.start_with_desktop("card")
            wait_until(lambda: "asked: " in program.output()[0], 30, "the dialog")
            world.control("insert 0")
            found = findings(program.finish(60).out)
        self.assertEqual(found, [("asked", "Insert the smart card."), ("acquire", "ok"),
                                 ("card", "1")])

    def test_a_card_that_is_not_the_one_does_not_close_it(self):
        with question_world(options={"readers": 2}) as world:
            take_out(world, 1)
            program = world.start_with_desktop("card", "a-container")
            wait_until(lambda: "asked: " in program.output()[0], 30, "the dialog")
            world.control("insert 1")
            wait_until(lambda: world.card(1)["apdus"] > 0, 30, "somebody reads that card")
            with self.assertRaises(AssertionError):
                program.finish(2)

    def test_a_dialog_for_a_card_can_be_closed(self):
        with question_world() as world:
            found = world.ask("no-card", "a-container")
        self.assertEqual(found, [
            ("asked", "Insert the smart card,||the one with the key container a-container."),
            ("acquire", CANCELLED_BY_USER), ("card", "0")])

    def test_a_dialog_for_a_card_has_the_words_of_the_program(self):
        with question_world() as world:
            found = findings(world.start_with_desktop("prompted", "a-container").finish(60).out)
        self.assertEqual(found[:2], [
            ("prompt", "ok"), ("asked", "The blue card signs letters.||||Insert the smart card,||"
                                        "the one with the key container a-container.")])

    def test_a_thread_that_shows_a_dialog_asks_for_no_other_card(self):
        with question_world() as world:
            world.control("remove 0")
            found = world.ask("meanwhile")
        self.assertCountEqual(found, [
            ("asked", "Insert the smart card."), ("meanwhile", NO_SMARTCARD),
            ("acquire", CANCELLED_BY_USER), ("card", "0")])

    def test_a_reader_that_is_named_is_asked_for_its_card_only(self):
        with question_world() as world:
            reader = world.readers[0]
            here = world.ask("card", rf"\\.\{reader}\other")
            nowhere = world.ask("card", r"\\.\No Such Reader")
            take_out(world, 0)
            empty = world.ask("no-card", rf"\\.\{reader}")
        self.assertIn(("acquire", BAD_KEYSET), here)
        self.assertIn(("acquire", UNKNOWN_READER), nowhere)
        self.assertIn(("asked", f"Insert the smart card into the reader {reader}."), empty)
        self.assertIn(("acquire", CANCELLED_BY_USER), empty)

    def test_a_silent_context_asks_for_no_card(self):
        with question_world() as world:
            take_out(world, 0)
            found = world.ask("silent")
        self.assertCountEqual(found, [("asked", "nothing"), ("acquire", NO_SMARTCARD),
                                      ("card", "0")])


if __name__ == "__main__":
    unittest.main()
