# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""`cardmux simulate --exec` over a pcscd of its own: a program that cannot be started, and one
that can."""
import unittest

from tool_test_case import FAILED, TOOL, ToolTestCase


class SimulateExec(ToolTestCase):
    def simulate(self, *words, code):
        return self.run_program([TOOL, "simulate", "--pcscd", "--exec", *words], code)

    def test_a_program_that_does_not_exist_is_named(self):
        finished = self.simulate("nonexistent-program", code=FAILED)
        self.check_says(finished, "cannot start nonexistent-program", "No such file or directory")

    def test_a_program_that_may_not_be_run(self):
        finished = self.simulate(str(self.folder / "letter.pdf"), code=FAILED)
        self.check_says(finished, "cannot start", "letter.pdf", "Permission denied")

    def test_the_code_of_a_program_is_passed_on(self):
        finished = self.simulate("sh", "-c", "echo hello; exit 42", code=42)
        self.assertEqual(finished.out, "hello\n")


if __name__ == "__main__":
    unittest.main()
