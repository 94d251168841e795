# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""`cardmux list`, `cert export`, `doctor`: what they show of simulated cards."""
import unittest

from tool_test_case import NO_CARD, NO_SERVICE, NOT_FOUND, USAGE, WRONG_PIN, ToolTestCase


class List(ToolTestCase):
    def test_shows_readers_cards_and_keys(self):
        finished = self.tool("list", simulate="instant,cards=2,readers=3")
        for text in ("Reader 00", "Reader 01", "no card", "9a  RSA 2048", "9c  EC P-256",
                     "PIV Authentication", "card 1 auth", "card 2 auth", "pkcs11:token="):
            self.assertIn(text, finished.out)

    def test_json_has_the_same(self):
        readers = self.tool_json("list", simulate="instant,cards=2,readers=3")["readers"]
        self.assertEqual(len(readers), 3)
        self.assertIsNone(readers[2]["card"])
        self.assertEqual([key["name"] for key in readers[0]["card"]["keys"]],
                         ["9a", "9c", "9d", "9e"])
        self.assertEqual([key["pin"] for key in readers[0]["card"]["keys"]],
                         ["once", "always", "once", "never"])

    def test_the_uris_name_the_keys(self):
        cards = "instant,cards=2"
        for reader in self.tool_json("list", simulate=cards)["readers"]:
            for key in reader["card"]["keys"]:
                if "sign" not in key["uses"]:
                    continue
                answer = self.tool_json("sign", "--key", key["uri"], "letter.pdf", simulate=cards)
                self.assertEqual(answer["key"], key["name"])

    def test_says_once_what_kind_of_card_it_is(self):
        self.assertIn("(PIV card, serial", self.tool("list").out)

    def test_asks_the_card_for_the_tries_left(self):
        card = self.tool_json("list", simulate="instant,tries=5")["readers"][0]["card"]
        self.assertEqual(card["pin_tries_left"], 5)

    def test_a_reader_that_is_not_there_is_named_and_so_are_the_others(self):
        cards = "instant,cards=2"
        for words in (("list",), ("sign", "letter.pdf"), ("pin", "verify"), ("cert", "export")):
            finished = self.tool(*words, "--reader", "nope", simulate=cards, code=NO_CARD)
            self.check_says(finished, "'nope'", "Simulated Reader 00", "Simulated Reader 01")
        readers = self.tool_json("list", "--reader", "Cardmux Simulated Reader 01",
                                 simulate=cards)["readers"]
        self.assertEqual([each["reader"][-2:] for each in readers], ["01"])

    def test_no_card_and_no_reader(self):
        self.check_says(self.tool("list", code=NO_CARD, simulate="cards=0,readers=1"), "no card")
        self.check_says(self.tool("list", code=NO_CARD, simulate="cards=0"), "no reader")

    def test_no_service(self):
        nowhere = {"PCSCLITE_CSOCK_NAME": str(self.folder / "nothing")}
        finished = self.tool("list", code=NO_SERVICE, simulate=None, environment=nowhere)
        self.check_says(finished, "ServiceUnavailable", "pcscd")


class CertExport(ToolTestCase):
    def test_pem_and_der_are_the_same_certificate(self):
        self.tool("cert", "export", "--key", "9c", "--output", "a.pem")
        self.tool("cert", "export", "--key", "9c", "--format", "der", "--output", "a.der")
        der = self.run_program(["openssl", "x509", "-in", "a.pem", "-outform", "DER"])
        self.assertEqual(der.raw, self.read("a.der"))
        self.assertEqual(self.tool("cert", "export", "--key", "9c").raw, self.read("a.pem"))

    def test_json(self):
        answer = self.tool_json("cert", "export", "--key", "9a")
        self.assertEqual(answer["pem"], self.tool("cert", "export", "--key", "9a").out)
        self.assertTrue(answer["common_name"])

    def test_what_is_not_there(self):
        finished = self.tool("cert", "export", "--key", "82", code=NOT_FOUND)
        self.check_says(finished, "cardmux list")
        self.tool("cert", "export", "--key", "9b", code=USAGE)
        self.tool("cert", "export", "--format", "txt", code=USAGE)
        self.tool("cert", "export", code=NO_CARD, simulate="cards=0")


class Doctor(ToolTestCase):
    def test_a_good_card_is_fine(self):
        self.assertIn("4 keys", self.tool("doctor").out)
        answer = self.tool_json("doctor")
        self.assertTrue(answer["ok"])
        self.assertEqual({finding["state"] for finding in answer["findings"]}, {"ok"})

    def test_few_tries_and_a_blocked_pin_are_told(self):
        self.write("wrong.txt", "654321\n")
        cards = f"instant,state={self.folder}/state"
        for code, text in ((0, "2 tries are left"), (0, "one try is left"),
                           (WRONG_PIN, "PIN is blocked")):
            self.tool("pin", "verify", "--pin-file", "wrong.txt", code=WRONG_PIN, simulate=cards)
            self.assertIn(text, self.tool("doctor", code=code, simulate=cards).out)
        error = self.tool_json("doctor", code=WRONG_PIN, simulate=cards)["error"]
        self.assertEqual((error["code"], error["next"]), ("Pin", "unblock it with the PUK"))
        card = self.tool_json("list", simulate=cards)["readers"][0]["card"]
        self.assertEqual(card["pin_tries_left"], 0)

    def test_only_the_wanted_reader_counts(self):
        cards = "instant,cards=2"
        finished = self.tool("doctor", "--reader", "Cardmux Simulated Reader 01", simulate=cards)
        self.assertNotIn("Reader 00", finished.out)
        finished = self.tool("doctor", "--reader", "nope", simulate=cards, code=NO_CARD)
        for text in ("'nope'", "Simulated Reader 00", "Simulated Reader 01"):
            self.assertIn(text, finished.out)

    def test_settings_that_make_no_sense_are_told(self):
        finished = self.tool("doctor", code=USAGE, environment={"CARDMUX_HOLD": "for ever"})
        self.assertIn("CARDMUX_HOLD", finished.out)

    def test_what_is_missing_is_a_problem_with_a_next_step(self):
        nowhere = {"PCSCLITE_CSOCK_NAME": str(self.folder / "nothing")}
        for simulate, code, text in (("cards=0", NO_CARD, "no reader"),
                                     ("cards=0,readers=2", NO_CARD, "no card in any reader"),
                                     (None, NO_SERVICE, "no smart card service"),
                                     ("frob", USAGE, "no such word")):
            answer = self.tool_json("doctor", code=code, simulate=simulate, environment=nowhere)
            self.assertFalse(answer["ok"])
            problems = [each for each in answer["findings"] if each["state"] == "problem"]
            self.assertIn(text, problems[0]["text"])
            self.assertTrue(problems[0]["next"])


if __name__ == "__main__":
    unittest.main()
