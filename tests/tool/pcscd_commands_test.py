# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""The commands of `cardmux` over a real pcscd, as the examples of their help have them."""
import json
import os
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "pcscd"))

from private_pcscd import (FOREIGN_PROGRAM, MODULE, PIN, TOOL, PrivatePcscd,  # noqa: E402
                           wait_until)

TIMED_OUT = 7


class CommandsOverPcscd(unittest.TestCase):
    def setUp(self):
        self.world = self.enterContext(PrivatePcscd())
        (self.world.folder / "pin.txt").write_text(PIN + "\n")
        (self.world.folder / "letter.pdf").write_text("Dear Alice,\n")
        bin_folder = self.world.folder / "bin"
        bin_folder.mkdir()
        (bin_folder / "cardmux").symlink_to(TOOL)
        self.world.environment["PATH"] = f"{bin_folder}:{os.environ['PATH']}"

    def shell(self, line, code=0):
        return self.world.run(["bash", "-c", line], seconds=60, code=code).out

    def test_the_examples_of_every_command(self):
        for line in ("cardmux list", "cardmux list --json", "cardmux doctor",
                     "cardmux cert export --key 9a >alice.pem",
                     "cardmux sign --key 9a --pin-file pin.txt --output letter.sig letter.pdf",
                     "cardmux verify --key 9a --signature letter.sig letter.pdf",
                     "cardmux verify --certificate alice.pem --signature letter.sig letter.pdf",
                     "cardmux pin verify --pin-file pin.txt --json",
                     f"cardmux pin verify --pin-fd 3 3<pin.txt --reader '{self.world.readers[0]}'",
                     f"cardmux load --module {MODULE} --threads 2 --count 6 --mode churn "
                     "--pin-file pin.txt --limit-seconds 0.2",
                     "cardmux load --foreign --seconds 1 --every 0.3"):
            self.shell(line)
        self.assertEqual(self.world.card()["wrong_pins"], 0)

    def test_simulate_with_its_own_pcscd(self):
        self.assertIn("Yubico", self.shell("cardmux simulate --pcscd --exec opensc-tool "
                                           "--list-readers"))
        output = self.shell(
            "cardmux simulate --pcscd --readers 4 --control cards </dev/null >out & "
            "until grep -q ready out; do sleep 0.1; done; "
            "cardmux simulate ctl --control cards remove 0 && "
            "cardmux simulate ctl --control cards status && "
            "cardmux simulate ctl --control cards quit; wait")
        status = json.loads(output.splitlines()[1])
        self.assertEqual([each["inserted"] for each in status["readers"]],
                         [False, True, True, True])
        self.shell("cardmux simulate ctl --control cards status", code=1)

    def test_a_card_that_is_held_ends_every_command_in_time(self):
        holder = self.world.start([FOREIGN_PROGRAM, "hold", "30000"])
        wait_until(lambda: self.world.card()["apdus"], 10, "the holder has the card")
        for command in ("sign --pin-file pin.txt letter.pdf", "cert export",
                        "pin verify --pin-file pin.txt"):
            ended = self.world.run([TOOL, *command.split(), "--timeout", "1", "--json"],
                                   code=TIMED_OUT)
            self.assertIn(json.loads(ended.out)["error"]["code"], ("TimedOut", "NoProgress"))
        self.assertIsNone(holder.process.poll(), "a command waited for the holder")
        holder.end()


if __name__ == "__main__":
    unittest.main()
