# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""`cardmux doctor` over a real pcscd: who has the card, and who only uses cards elsewhere."""
import json
import pathlib
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "pcscd"))

from private_pcscd import (FOREIGN_PROGRAM, MODULE, PIN, TOOL, PrivatePcscd,  # noqa: E402
                           wait_until)

WRONG_PIN, TIMED_OUT = 4, 7


def doctor(world, *options, code=0):
    """The findings as one text, and as the object."""
    ended = world.run([TOOL, "doctor", "--json", *options], code=code)
    answer = json.loads(ended.out)
    return "\n".join(f"{each['text']} -> {each['next']}" for each in answer["findings"]), answer


class Doctor(unittest.TestCase):
    def test_names_the_program_that_does_not_let_the_card_go(self):
        with PrivatePcscd() as world:
            holder = world.start([FOREIGN_PROGRAM, "hold", "20000"])
            wait_until(lambda: world.card()["apdus"], 10, "the holder has the card")
            before = time.monotonic()
            text, answer = doctor(world, "--timeout", "2", code=TIMED_OUT)
            print(f"took {time.monotonic() - before:.1f} s with --timeout 2")
            self.assertIsNone(holder.process.poll(), "doctor waited for the holder")
            self.assertIn("another program has it and does not let it go", text)
            self.assertIn(f"end the program that holds the card: foreign_program (process "
                          f"{holder.process.pid})", text)
            self.assertIn(str(holder.process.pid), answer["error"]["next"])
            holder.end()

    def test_a_cardmux_process_that_has_its_turn_is_named(self):
        with PrivatePcscd(profile="fixed:50ms") as world:
            (world.folder / "pin").write_text(PIN)
            load = world.start([TOOL, "load", "--module", MODULE, "--pin-file", "pin", "--no-limit",
                                "--seconds", "8", "--threads", "2"])
            wait_until(lambda: world.card()["private_key_operations"] > 2, 15, "the load runs")
            texts = [doctor(world)[0] for _ in range(3)]
            self.assertTrue(any("has its turn with it" in text for text in texts), texts)
            load.finish(30)

    def test_programs_of_another_service_and_our_parents_are_not_listed(self):
        with PrivatePcscd() as world:
            script = (f"'{FOREIGN_PROGRAM}' hold 20000 & own=$!; "
                      f"PCSCLITE_CSOCK_NAME=/nowhere '{TOOL}' simulate --pcscd & other=$!; "
                      f"sleep 2; echo $own $other; '{TOOL}' doctor --timeout 1; kill $own $other; "
                      "wait")
            lines = world.run(["bash", "-c", script]).out.splitlines()
            pair = next(line for line in lines if line.replace(" ", "").isdigit()
                        and line.count(" ") == 1)
            own, other = pair.split()
            text = "\n".join(lines)
            self.assertIn(f"foreign_program (process {own})", text)
            self.assertNotIn(f"(process {other})", text)

    def test_a_program_that_runs_the_doctor_is_not_listed(self):
        with PrivatePcscd() as world:
            # The outer simulation is the doctor's parent, has the library loaded, and our service.
            ended = world.run([TOOL, "simulate", "--pcscd", "--exec", TOOL, "doctor"])
            self.assertNotIn("uses smart cards too", ended.out)

    def test_a_blocked_pin_is_told(self):
        with PrivatePcscd() as world:
            for _ in range(3):
                world.foreign("verify", "999999")
            text, answer = doctor(world, code=WRONG_PIN)
            self.assertIn("PIN is blocked", text)
            self.assertEqual(answer["error"]["code"], "Pin")
            self.assertEqual(world.card()["wrong_pins"], 3)


if __name__ == "__main__":
    unittest.main()
