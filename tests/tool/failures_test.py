# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""How `cardmux` fails: the exit codes of docs/tool.md, one JSON object all the same, and messages
that name the cause and what to do."""
import json
import os
import unittest

from tool_test_case import (FAILED, NO_CARD, NO_SERVICE, NOT_FOUND, SIMULATED_MODULE, TOOL, USAGE,
                            WRONG_PIN, ToolTestCase)


class JsonOnFailure(ToolTestCase):
    def failure(self, *words, code, **more):
        answer = self.tool_json(*words, code=code, **more)
        self.assertIs(answer["ok"], False, answer)
        for field in ("code", "text", "next"):
            self.assertTrue(answer["error"][field], answer)
        return answer["error"]

    def test_every_exit_code_comes_with_an_object(self):
        self.write("wrong.txt", "654321\n")
        nowhere = {"PCSCLITE_CSOCK_NAME": str(self.folder / "nothing")}
        expected = (
            ("SystemFailed", FAILED, ["sign", "missing.pdf"]),
            ("Usage", USAGE, ["sign", "--key", "frob", "letter.pdf"]),
            ("Usage", USAGE, ["list", "--frob"]),
            ("ReaderUnavailable", NO_CARD, ["sign", "letter.pdf", "--simulate", "cards=0"]),
            ("NoCard", NO_CARD, ["list", "--simulate", "cards=0"]),
            ("CardAbsent", NO_CARD, ["sign", "letter.pdf", "--simulate", "cards=0,readers=1"]),
            ("PinIncorrect", WRONG_PIN, ["sign", "--pin-file", "wrong.txt", "letter.pdf"]),
            ("PinIncorrect", WRONG_PIN, ["pin", "verify", "--pin-file", "wrong.txt"]),
            ("KeyNotFound", NOT_FOUND, ["cert", "export", "--key", "82"]),
        )
        for name, code, words in expected:
            simulate = None if "--simulate" in words else "instant"
            error = self.failure(*words, code=code, simulate=simulate)
            self.assertEqual(error["code"], name, words)
        error = self.failure("list", code=NO_SERVICE, simulate=None, environment=nowhere)
        self.assertEqual(error["code"], "ServiceUnavailable")
        error = self.failure("doctor", code=NO_SERVICE, simulate=None, environment=nowhere)
        self.assertEqual(error["code"], "NoService")

    def test_a_wrong_signature_has_both(self):
        self.write("letter.sig", b"x")
        answer = self.tool_json("verify", "--signature", "letter.sig", "letter.pdf", code=FAILED)
        self.assertEqual((answer["right"], answer["ok"]), (False, False))
        self.assertEqual(answer["error"]["code"], "Failed")

    def test_load_and_simulate_too(self):
        self.failure("load", "--module", self.folder / "missing.so", "--pin-file", "pin.txt",
                     code=USAGE, simulate=None)
        self.failure("load", "--module", SIMULATED_MODULE, "--key", "82", code=NOT_FOUND,
                     simulate=None)
        self.failure("simulate", code=USAGE, simulate=None)

    def test_success_says_ok(self):
        for words in (("list",), ("sign", "letter.pdf"), ("cert", "export"), ("pin", "verify"),
                      ("doctor",)):
            answer = self.tool_json(*words)
            self.assertIs(answer["ok"], True)
            self.assertNotIn("error", answer)


class Output(ToolTestCase):
    def test_a_full_disk_is_a_failure(self):
        for words in (("list",), ("list", "--json"), ("cert", "export"), ("doctor",), ("--help",),
                      ("sign", "letter.pdf"), ("pin", "verify"), ("list", "--help")):
            cards = "" if "--help" in words else "--simulate instant"
            finished = self.run_program(
                ["bash", "-c", f"'{TOOL}' {' '.join(words)} {cards} >/dev/full"], FAILED)
            self.check_says(finished, "No space left on device")
        finished = self.tool("sign", "--output", "/dev/full", "letter.pdf", code=FAILED)
        self.check_says(finished, "cannot write /dev/full", "No space left on device")

    def test_a_log_that_cannot_be_opened_is_told_once(self):
        path = str(self.folder / "no" / "log")
        finished = self.tool("list", environment={"CARDMUX_LOG": path})
        self.check_says(finished, path, "No such file or directory")
        self.assertEqual(finished.err.count("\n"), 1, finished)


class Messages(ToolTestCase):
    def test_files_that_are_not_there_are_named(self):
        for words, code in ((["sign", "missing.pdf"], FAILED),
                            (["sign", "--pin-file", "missing.txt", "letter.pdf"], WRONG_PIN),
                            (["pin", "verify", "--pin-file", "missing.txt"], WRONG_PIN),
                            (["verify", "--signature", "missing.sig", "letter.pdf"], FAILED),
                            (["sign", "--output", "missing/letter.sig", "letter.pdf"], FAILED)):
            finished = self.tool(*words, code=code)
            self.check_says(finished, "missing", "No such file or directory")
        finished = self.tool("verify", "--certificate", "missing.pem", "--signature", "letter.sig",
                             "letter.pdf", code=FAILED, simulate=None)
        self.check_says(finished, "cannot read missing.pem: No such file or directory")

    def test_a_file_that_is_no_certificate(self):
        finished = self.tool("verify", "--certificate", "letter.pdf", "--signature", "letter.pdf",
                             "letter.pdf", code=USAGE, simulate=None)
        self.check_says(finished, "letter.pdf is no certificate")

    def test_a_descriptor_that_is_not_open(self):
        finished = self.tool("sign", "--pin-fd", "77", "letter.pdf", code=WRONG_PIN)
        self.check_says(finished, "descriptor 77", "Bad file descriptor")

    def test_no_pin_and_no_terminal(self):
        finished = self.run_program(
            [TOOL, "load", "--module", self.other_module(), "--no-limit"], WRONG_PIN)
        self.check_says(finished, "--pin-file or --pin-fd")

    def other_module(self):
        """A module that the tool does not know to be simulated."""
        path = self.folder / "other.so"
        os.symlink(SIMULATED_MODULE, path)
        return path

    def test_a_command_that_does_not_exist(self):
        finished = self.run_program([TOOL, "frob"], USAGE)
        self.check_says(finished, "'frob'", "list, sign, verify", "load")
        self.assertEqual(json.loads(self.run_program([TOOL, "frob", "--json"], USAGE).out)
                         ["error"]["code"], "Usage")


if __name__ == "__main__":
    unittest.main()
