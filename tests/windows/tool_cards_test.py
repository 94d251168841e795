# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""What cardmux.exe does with the readers and cards that are there, under Wine over pcscd: binds the
cards to our providers and takes that back, and says what there is (doctor)."""
import json
import shutil
import unittest

from other_card import other_card
from tool_case import (BASE_CSP, BASE_KSP, BUILD, CARDS, OUR_AES_CSP, OUR_CSP, OUR_KSP, PROVIDERS,
                       TIMEOUT, CardToolTest)
from windows_world import wait_until

PROBE = "winscard_probe.exe"


def hexadecimal(data):
    """As a .reg file has it, on one line."""
    return ",".join(f"{byte:02x}" for byte in data)


class BindCards(CardToolTest):
    def setUp(self):
        super().setUp()
        self.unregister_at_the_end()

    def atrs(self):
        """Of the cards in the readers."""
        findings = self.tool("doctor", code=5)["findings"]  # Wine has no smart card service
        return [finding["text"].split("ATR ")[1].split(",")[0] for finding in findings
                if "ATR" in finding["text"]]

    def entry(self, name):
        return self.texts(CARDS + "\\" + name).replace("\\\r\n  ", "")

    def test_the_card_in_the_reader_gets_an_entry_and_loses_it(self):
        before = self.exports()
        answer = self.tool("register", "--bind-cards")
        self.assertEqual(answer["bound_cards"], 1)
        self.assertIn("RunAsPPL", answer["warning"])
        (atr,) = self.atrs()
        entry = self.entry("Cardmux " + atr)
        self.assertIn(f'"ATR"=hex:{hexadecimal(bytes.fromhex(atr))}', entry)
        self.assertIn(f'"Crypto Provider"="{OUR_CSP}"', entry)
        self.assertIn(f'"Smart Card Key Storage Provider"="{OUR_KSP}"', entry)
        self.tool("unregister")
        self.assert_same(before)

    def test_the_card_of_a_vendors_entry_is_bound_there_and_given_back(self):
        (atr,) = self.atrs()
        key = CARDS + "\\Their PIV card"
        self.given_key(key, **{"ATR": ("REG_BINARY", atr),
                               "ATRMask": ("REG_BINARY", "ff" * (len(atr) // 2)),
                               "Crypto Provider": ("REG_SZ", BASE_CSP),
                               "80000001": ("REG_SZ", "msclmd.dll")})
        before = self.exports()
        self.tool("register", "--bind-cards")
        entry = self.entry("Their PIV card")
        self.assertIn(f'"Crypto Provider"="{OUR_CSP}"', entry)
        self.assertIn('"80000001"="msclmd.dll"', entry)
        self.assertIsNone(self.export(CARDS + "\\Cardmux " + atr))
        self.tool("unregister")
        self.assert_same(before)

    def test_a_card_without_piv_is_not_bound(self):
        with other_card(self.world) as other:
            wait_until(lambda: other in self.atrs(), 10, "the service notices")
            answer = self.tool("register", "--bind-cards")
            self.assertEqual(answer["bound_cards"], 1)
            (left_out,) = answer["not_bound"]
            self.assertIn("no PIV card", left_out)
            self.assertIsNone(self.export(CARDS + "\\Cardmux " + other))
            self.tool("unregister")
            self.world.control("remove 0")
            wait_until(lambda: self.atrs() == [other], 10, "the service notices")
            self.tool("register", "--bind-cards", code=3)

    def test_without_a_card_nothing_is_registered(self):
        self.world.control("remove 0")
        before = self.exports()
        answer = self.tool("register", "--bind-cards", code=3)
        self.assertIn("no PIV card to bind", answer["error"]["text"])
        self.assert_same(before)
        self.assertEqual(self.system_files(), [])


class Doctor(CardToolTest):
    """With the service's entry, which Wine lacks: what answers is pcscd."""

    def setUp(self):
        super().setUp()
        self.wine("sc", "create", "SCardSvr", "binPath=", r"C:\windows\system32\svchost.exe")
        self.addCleanup(self.wine, "sc", "delete", "SCardSvr")
        self.unregister_at_the_end()

    def doctor(self, code=0):
        """What it says of each subject, and all of it."""
        findings = self.tool("doctor", code=code)["findings"]
        texts = {}
        for finding in findings:
            texts.setdefault(finding["about"], []).append(finding["text"])
        return texts, findings

    def hold(self, mode):
        shutil.copy(BUILD / PROBE, self.folder)
        program = self.world.start_windows(PROBE, "hold", mode)
        wait_until(lambda: "held" in program.output()[0], 40, "it holds the card")
        return program

    def let_go(self, program):
        (self.world.folder / "stop").touch()
        program.finish(40)
        (self.world.folder / "stop").unlink()

    def test_says_service_reader_card_providers_timeout_and_certificates(self):
        self.tool("register")
        self.given_key(PROVIDERS + "\\" + BASE_CSP, Type=("REG_DWORD", "1"),
                       **{TIMEOUT: ("REG_DWORD", "100")})
        self.given_certificate("theirs", BASE_CSP, 1)
        self.given_certificate("ours", OUR_KSP, 0)
        texts, findings = self.doctor()
        self.assertEqual(texts["service"], ["Smart Card (SCardSvr): stopped"])
        self.assertRegex(texts["reader"][0], r"^.+: card with ATR 3b[0-9a-f]+$")
        self.assertRegex(texts["reader"][1], ": no card$", "vpcd has two readers")
        self.assertEqual([text.split(":")[0] for text in texts["provider"]],
                         [OUR_CSP, OUR_AES_CSP, OUR_KSP])
        self.assertEqual(texts["base csp"],
                         [f"{BASE_CSP}: holds the card for 100 ms",
                          f"{BASE_CSP} (32-bit programs): not there", f"{BASE_KSP}: not there"])
        self.assertEqual(sorted(texts["certificate"]), [f"ours: {OUR_KSP}", f"theirs: {BASE_CSP}"])
        (theirs,) = [finding for finding in findings if finding["text"].startswith("theirs")]
        self.assertIn("certs adopt", theirs["next"])
        self.assertFalse(any(finding["problem"] for finding in findings))
        self.check_text(findings)

    def check_text(self, findings):
        """What people read says the same."""
        text = self.wine(self.folder / "cardmux.exe", "doctor").stdout.decode()
        for finding in findings:
            self.assertIn(finding["text"], text)
        self.assertIn("no problem found", text)

    def test_says_who_may_hold_the_card(self):
        self.tool("register")
        program = self.hold("shared")
        texts, _ = self.doctor()
        self.assertRegex(texts["reader"][0], "card with ATR [0-9a-f]+, in use$")
        self.assertRegex(texts["programs"][0], rf"{PROBE} \(\d+\)")
        self.let_go(program)
        program = self.hold("exclusive")
        texts, findings = self.doctor(code=1)
        self.assertRegex(texts["reader"][0], ", held by one program alone$")
        (problem,) = [finding for finding in findings if finding["problem"]]
        self.assertRegex(problem["next"], rf"end the program.*{PROBE} \(\d+\)")
        self.let_go(program)
        texts, _ = self.doctor()
        self.assertNotIn("in use", texts["reader"][0])
        self.assertNotIn(PROBE, texts["programs"][0])

    def test_says_that_there_is_no_card_and_no_service(self):
        self.tool("register")
        self.world.control("remove 0")
        wait_until(lambda: self.doctor()[0]["reader"][0].endswith(": no card"), 10,
                   "the service notices")
        self.world.control("pcscd kill")
        texts, findings = self.doctor(code=5)
        self.assertIn("the service does not answer", texts["reader"][0])
        (problem,) = [finding for finding in findings if finding["problem"]]
        self.assertIn("SCardSvr", problem["next"])


if __name__ == "__main__":
    unittest.main()
