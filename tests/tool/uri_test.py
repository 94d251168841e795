# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""Which card and key a PKCS #11 URI (RFC 7512) means: every attribute counts, for `cardmux` itself
and for `cardmux load` alike."""
import json
import unittest

from tool_test_case import (NO_CARD, NOT_FOUND, PIN, SIMULATED_MODULE, TOOL, USAGE, WRONG_PIN,
                            ToolTestCase)

CARDS = "instant,cards=2"
# Of the second card; the module and the tool call it the same.
RIGHT = ("slot-id=1", "slot-description=Cardmux%20Simulated%20Reader%2001",
         "token=Cardmux%20simulated%20card%202%20authent", "manufacturer=Cardmux",
         "slot-manufacturer=Cardmux", "model=PIV%20card", "library-manufacturer=Cardmux",
         "library-description=Cardmux%20PKCS%20%2311%20module", "library-version=0.1",
         "type=private", "object=PIV%20Authentication")
WRONG = ("slot-id=77", "slot-description=Nope", "token=Bob", "manufacturer=Nobody",
         "slot-manufacturer=Nobody", "model=Other", "serial=1", "library-manufacturer=Nobody",
         "library-description=Nope", "library-version=9")


class Uri(ToolTestCase):
    def sign(self, uri, code=0, **more):
        return self.tool("sign", "--key", uri, "--output", "letter.sig", "letter.pdf",
                         simulate=CARDS, code=code, **more)

    def test_each_attribute_alone_picks_the_card(self):
        second = self.tool_json("cert", "export", "--key", "pkcs11:slot-id=1;id=%01",
                                simulate=CARDS)["pem"]
        first = self.tool_json("cert", "export", "--key", "9a", simulate=CARDS)["pem"]
        self.assertNotEqual(first, second)
        for attribute in RIGHT[:3]:
            answer = self.tool_json("cert", "export", "--key", f"pkcs11:{attribute};id=%01",
                                    simulate=CARDS)
            self.assertEqual(answer["pem"], second, attribute)

    def test_all_right_attributes_together_sign_with_that_card(self):
        self.sign("pkcs11:" + ";".join((*RIGHT, "id=%01")))
        self.write("second.pem", self.tool("cert", "export", "--key", "pkcs11:slot-id=1;id=%01",
                                           simulate=CARDS).raw)
        self.tool("verify", "--certificate", "second.pem", "--signature", "letter.sig",
                  "letter.pdf", simulate=None)

    def test_one_wrong_attribute_is_no_card(self):
        for attribute in WRONG:
            finished = self.sign(f"pkcs11:{attribute};id=%01", code=NO_CARD)
            name = attribute.split("=")[0]
            self.check_says(finished, "no card fits", f"another {name}", "cardmux list")
            for command in (("cert", "export", "--key"), ("pin", "verify", "--token")):
                self.tool(*command, f"pkcs11:{attribute}", simulate=CARDS, code=NO_CARD)

    def test_another_type_is_refused(self):
        for kind in ("cert", "public", "data", "secret-key"):
            self.check_says(self.sign(f"pkcs11:type={kind};id=%01", code=USAGE), "type=private")
        self.tool("cert", "export", "--key", "pkcs11:type=cert;id=%01")
        self.tool("cert", "export", "--key", "pkcs11:type=data;id=%01", code=USAGE)

    def test_a_key_that_the_card_does_not_have(self):
        self.check_says(self.sign("pkcs11:id=%77", code=NOT_FOUND), "KeyNotFound")
        self.check_says(self.sign("pkcs11:object=Nope", code=NOT_FOUND), "KeyNotFound")

    def test_a_uri_that_is_none(self):
        self.check_says(self.sign("pkcs11:tokne=a", code=USAGE), "tokne")
        self.check_says(self.sign("pkcs11:id=%01?pin-value=123456", code=USAGE), "--pin-file")

    def test_the_pin_source_is_read(self):
        path = self.folder / "pin.txt"
        self.sign(f"pkcs11:id=%01?pin-source=file:{path}")
        self.write("wrong.txt", PIN[::-1])
        wrong = f"pkcs11:id=%01?pin-source=file:{self.folder}/wrong.txt"
        self.check_says(self.sign(wrong, code=WRONG_PIN), "tries left 2")
        self.tool("pin", "verify", "--token", wrong, code=WRONG_PIN)
        # The command line is nearer than the URI.
        self.tool("sign", "--key", wrong, "--pin-file", "pin.txt", "letter.pdf")
        self.check_says(self.sign("pkcs11:id=%01?pin-source=|/bin/cat", code=USAGE), "--pin-fd")


class LoadUri(ToolTestCase):
    def load(self, uri, code=0):
        return self.run_program(
            [TOOL, "load", "--module", SIMULATED_MODULE, "--key", uri, "--count", "2",
             "--threads", "1", "--no-limit", "--json"], code,
            environment={"CARDMUX_SIMULATE": CARDS})

    def test_the_same_attributes_mean_the_same_card(self):
        report = json.loads(self.load("pkcs11:" + ";".join((*RIGHT, "id=%01"))).out)
        self.assertEqual(report["ok"], 2)
        self.assertIn("card 2", json.dumps(report))

    def test_one_wrong_attribute_is_no_card(self):
        for attribute in WRONG:
            self.check_says(self.load(f"pkcs11:{attribute};id=%01", code=NO_CARD), "no slot")
        self.load("pkcs11:type=cert;id=%01", code=USAGE)

    def test_the_pin_source_is_read(self):
        self.write("wrong.txt", PIN[::-1])
        self.load(f"pkcs11:id=%01?pin-source=file:{self.folder}/pin.txt")
        self.load(f"pkcs11:id=%01?pin-source=file:{self.folder}/wrong.txt", code=WRONG_PIN)


if __name__ == "__main__":
    unittest.main()
