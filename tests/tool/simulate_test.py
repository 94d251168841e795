# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""What `cardmux simulate` says if it cannot do what it was told."""
import unittest

from tool_test_case import FAILED, NO_SERVICE, TOOL, USAGE, ToolTestCase


class Simulate(ToolTestCase):
    def simulate(self, *words, code):
        return self.run_program([TOOL, "simulate", *words], code)

    def test_a_profile_that_does_not_exist(self):
        finished = self.simulate("--port", "1", "--profile", "foo", code=USAGE)
        self.check_says(finished, "'foo': no such word", "yubikey5", "next:")
        self.assertNotIn("InvalidArgument", finished.err)

    def test_a_port_where_nobody_listens(self):
        finished = self.simulate("--port", "1", code=NO_SERVICE)
        self.check_says(finished, "port 1 ", "vsmartcard-vpcd")
        self.assertNotIn("ready", finished.out)

    def test_no_place_for_the_cards_and_no_such_word(self):
        self.check_says(self.simulate(code=USAGE), "--pcscd", "--port")
        self.check_says(self.simulate("--pcscd", "frob", code=USAGE), "frob")
        self.check_says(self.simulate("--pcscd", "--exec", code=USAGE), "without a command")

    def test_ctl_without_a_simulation(self):
        finished = self.simulate("ctl", "--control", "nothing", "status", code=FAILED)
        self.check_says(finished, "nothing", "No such file or directory")
        self.simulate("ctl", "status", code=USAGE)

    def test_help_has_exit_codes_and_each_command_its_own_examples(self):
        text = self.simulate("--help", code=0).out
        for part in ("Exit codes: 0", "--profile yubikey5", "insert R"):
            self.assertIn(part, text)
        text = self.simulate("ctl", "--help", code=0).out
        for part in ("Exit codes: 0", "ctl --control /tmp/cards status"):
            self.assertIn(part, text)
        self.assertNotIn("--profile", text)


if __name__ == "__main__":
    unittest.main()
