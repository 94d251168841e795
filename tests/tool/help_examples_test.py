# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""The examples of every --help, run as they stand there, in a shell, over simulated cards."""
import unittest

from tool_test_case import LETTER, SIMULATED_MODULE, TOOL, ToolTestCase

COMMANDS = (("list",), ("sign",), ("verify",), ("cert", "export"), ("pin", "verify"), ("doctor",),
            ("load",), ("simulate",), ("simulate", "ctl"))
# Those that want hardware, a pcscd, or a module that is not ours.
NOT_HERE = ("--foreign", "opensc-pkcs11.so", "--pcscd", "simulate ctl", "Some Reader")
# These take no --simulate: they use no card, or have their own in the module.
WITHOUT_CARDS = ("cardmux load", "--certificate")


class HelpExamples(ToolTestCase):
    def setUp(self):
        super().setUp()
        (self.folder / "bin").mkdir()
        (self.folder / "bin" / "cardmux").symlink_to(TOOL)
        (self.folder / "cardmux-pkcs11-simulated.so").symlink_to(SIMULATED_MODULE)
        self.environment["PATH"] = f"{self.folder}/bin:{self.environment['PATH']}"
        self.tool("cert", "export", "--output", "alice.pem")
        self.tool("sign", "--output", "letter.sig", "letter.pdf")
        self.tool("sign", "--pss", "--output", "pss.sig", "letter.pdf")

    def examples(self, command):
        text = self.run_program([TOOL, *command, "--help"]).out
        self.assertIn("Examples:", text, command)
        return [line.strip() for line in text.split("Examples:")[1].splitlines()
                if line.startswith("  cardmux ")]

    def as_run_here(self, line):
        if line.startswith("cardmux load"):
            if "--module" not in line:
                line = line.replace("load", f"load --module {SIMULATED_MODULE}", 1)
            return line + " --no-limit" + ("" if "--seconds" in line else " --seconds 0.3")
        if "--pss --signature" in line:
            line = line.replace("letter.sig", "pss.sig")
        if "--simulate" in line or any(each in line for each in WITHOUT_CARDS):
            return line
        words = line.split(" ")
        # Before a redirection, behind the command's name.
        place = 3 if words[1] in ("cert", "pin") else 2
        return " ".join(words[:place] + ["--simulate", "instant"] + words[place:])

    def test_every_command_has_examples_that_work(self):
        ran = 0
        for command in COMMANDS:
            for line in self.examples(command):
                if any(each in line for each in NOT_HERE):
                    continue
                self.assertTrue(line.startswith("cardmux " + " ".join(command)), line)
                self.write("letter.pdf", LETTER)
                line = self.as_run_here(line).replace("--seconds 10", "--seconds 0.3")
                self.run_program(["bash", "-c", line])
                ran += 1
        self.assertGreaterEqual(ran, 15)


if __name__ == "__main__":
    unittest.main()
