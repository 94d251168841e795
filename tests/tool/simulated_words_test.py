# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""The words about simulated cards mean the same wherever they are taken: --simulate of the tool,
CARDMUX_SIMULATE of the module under `cardmux load`; and load's own command line."""
import json
import unittest

from tool_test_case import SIMULATED_MODULE, TOOL, USAGE, ToolTestCase

OWN_PIN = "instant,pin=654321"


class SimulatedWords(ToolTestCase):
    def test_the_tool_knows_a_pin_that_the_words_name(self):
        self.tool("sign", "--output", "letter.sig", "letter.pdf", simulate=OWN_PIN)
        self.tool("sign", "--key", "9c", "--output", "letter.sig", "letter.pdf", simulate=OWN_PIN)
        self.assertTrue(self.tool_json("pin", "verify", simulate=OWN_PIN)["accepted"])

    def test_plain_is_a_word_everywhere(self):
        self.tool("list", simulate="instant,plain")
        self.tool("list", simulate="plain,yubico", code=USAGE)
        self.load(0, CARDMUX_SIMULATE="instant,plain")

    def load(self, code, *words, **environment):
        return self.run_program([TOOL, "load", "--module", SIMULATED_MODULE, "--no-limit",
                                 "--count", "2", "--threads", "1", "--json", *words], code,
                                environment=environment)

    def test_load_knows_a_pin_that_the_words_name(self):
        self.assertEqual(json.loads(self.load(0, CARDMUX_SIMULATE=OWN_PIN).out)["ok"], 2)
        given = self.load(0, "--env", "CARDMUX_SIMULATE=" + OWN_PIN)
        self.assertEqual(json.loads(given.out)["ok"], 2)


class LoadCommandLine(ToolTestCase):
    def test_the_modes_are_words_for_people(self):
        text = self.tool("load", "--help", simulate=None).out
        self.assertIn("{plain,churn}", text)
        self.assertNotIn("ENUM", text)
        finished = self.run_program([TOOL, "load", "--mode", "frob"], USAGE)
        self.check_says(finished, "frob", "plain", "churn")

    def test_both_modes_sign(self):
        for mode in ("plain", "churn"):
            finished = self.run_program([TOOL, "load", "--module", SIMULATED_MODULE, "--no-limit",
                                         "--count", "3", "--mode", mode, "--json"])
            self.assertEqual(json.loads(finished.out)["mode"], mode)

    def test_a_missing_module_is_told_before_the_pin_is_asked_for(self):
        finished = self.run_program([TOOL, "load", "--module", "/missing.so"], USAGE)
        self.check_says(finished, "/missing.so", "No such file or directory")
        self.assertNotIn("PIN", finished.err)


if __name__ == "__main__":
    unittest.main()
