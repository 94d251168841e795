# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""No PIN in what `cardmux` says: each command that takes one, each way to give it, right and wrong,
with and without --json, with the log at its most talkative."""
import re
import secrets
import string

from tool_test_case import OK, SIMULATED_MODULE, TOOL, WRONG_PIN, ToolTestCase

LOG_LEVELS = ("error", "warning", "info", "debug")


def new_pin():
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(8))


class NoPinInOutput(ToolTestCase):
    def setUp(self):
        super().setUp()
        self.pin = new_pin()
        self.cards = f"instant,yubico,pin={self.pin}"  # which takes letters

    def commands_with_a_pin(self):
        """As their --help says: whoever adds one has it tested here."""
        found = []
        waiting = [()]
        while waiting:
            command = waiting.pop()
            text = self.run_program([TOOL, *command, "--help"]).out
            if "--pin-file" in text.split("Examples:")[0]:
                found.append(command)
            subcommands = text.partition("\nSubcommands:\n")[2].split("\n\n")[0]
            waiting += [(*command, name) for name in re.findall(r"^  (\S+)", subcommands, re.M)]
        return sorted(found)

    def words_of(self, command):
        """What else the command needs. A new command: a line here."""
        return {("pin", "verify"): ["--simulate", self.cards],
                ("sign",): ["letter.pdf", "--output", "sig", "--simulate", self.cards],
                ("load",): ["--module", SIMULATED_MODULE, "--count", "1", "--threads", "1",
                            "--no-limit", "--env", f"CARDMUX_SIMULATE={self.cards}"]}[command]

    def check_says_no_pin(self, finished, pin, log):
        for what, text in (("stdout", finished.out), ("stderr", finished.err), ("log", log)):
            for form in (pin, pin.encode().hex(), pin.encode().hex().upper()):
                self.assertFalse(form in text, f"{what} of {finished.argv[:3]} has the PIN")

    def run_with(self, command, pin, given, more, level):
        (self.folder / "log").unlink(missing_ok=True)
        self.write("secret", pin + "\n")
        how = {"file": ["--pin-file", "secret"], "descriptor": ["--pin-fd", "0"]}[given]
        finished = self.run_program(
            [TOOL, *command, *self.words_of(command), *how, *more], code=None,
            stdin=(pin + "\n").encode(),
            environment={"CARDMUX_LOG": str(self.folder / "log"), "CARDMUX_LOG_LEVEL": level})
        log = self.folder / "log"
        self.check_says_no_pin(finished, pin, log.read_text() if log.exists() else "")
        return finished

    def test_whatever_the_command_and_the_way(self):
        commands = self.commands_with_a_pin()
        self.assertGreaterEqual(len(commands), 3)
        for command in commands:
            for given in ("file", "descriptor"):
                for more in ([], ["--json"]):
                    with self.subTest(command=command, given=given, more=more):
                        right = self.run_with(command, self.pin, given, more, "debug")
                        self.assertEqual(right.code, OK, "the PIN is the card's")
                        wrong = self.run_with(command, new_pin(), given, more, "debug")
                        self.assertEqual(wrong.code, WRONG_PIN)

    def test_whatever_the_log_tells(self):
        for level in LOG_LEVELS:
            self.run_with(("pin", "verify"), self.pin, "file", [], level)
            self.run_with(("sign",), self.pin, "file", [], level)
        self.assertIn("event=", (self.folder / "log").read_text(), "the log is written")

    def test_of_a_pin_source_in_a_uri(self):
        uri = f"pkcs11:type=private;id=%01?pin-source=file:{self.folder}/secret"
        for pin, code in ((self.pin, OK), (new_pin(), WRONG_PIN)):
            self.write("secret", pin + "\n")
            finished = self.run_program([TOOL, "sign", "--key", uri, *self.words_of(("sign",)),
                                         "--json"], code=code)
            self.check_says_no_pin(finished, pin, "")


if __name__ == "__main__":
    import unittest
    unittest.main()
