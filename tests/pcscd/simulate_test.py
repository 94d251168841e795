# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""`cardmux simulate` itself: readers, cards and pcscd on command, and nothing left behind."""
import json
import os
import signal
import subprocess
import unittest

from private_pcscd import FOREIGN_PROGRAM, TOOL, PrivatePcscd, describe, wait_until


def readers_with_card(world):
    """What a PC/SC program sees, by way of opensc-tool."""
    lines = world.run(["opensc-tool", "--list-readers"]).out.splitlines()
    return {line.split(None, 2)[2].strip() for line in lines if line.split()[1:2] == ["Yes"]}


class Simulate(unittest.TestCase):
    def test_four_readers_show_four_cards(self):
        with PrivatePcscd(readers=4) as world:
            self.assertEqual(readers_with_card(world), set(world.readers))
            for number, reader in enumerate(world.readers):
                world.foreign("tries", "--reader", reader)
                self.assertEqual(world.card(number)["apdus"], 2, reader)

    def test_a_card_leaves_and_comes_back(self):
        with PrivatePcscd() as world:
            world.control("remove 0")
            wait_until(lambda: not readers_with_card(world), 5, "the card is gone")
            world.control("insert 0")
            wait_until(lambda: readers_with_card(world), 5, "the card is back")

    def test_swap_brings_another_card_and_the_first_back(self):
        with PrivatePcscd() as world:
            numbers = []
            for _ in range(3):
                numbers.append(world.card()["serial_number"])
                world.control("swap 0")
            self.assertNotEqual(numbers[0], numbers[1])
            self.assertEqual(numbers[0], numbers[2])

    def test_a_reset_takes_the_pin_authority(self):
        with PrivatePcscd() as world:
            self.assertEqual(world.foreign("verify", "123456")["status_word"], "9000")
            self.assertTrue(world.card()["pin_verified"])
            world.control("reset 0")
            self.assertFalse(world.card()["pin_verified"])

    def test_a_reset_is_told_to_other_programs(self):
        with PrivatePcscd() as world:
            probe = world.start([FOREIGN_PROGRAM, "begin-probe", "--count", "10", "--every", "200"])
            wait_until(lambda: world.card()["apdus"], 10, "the probe has begun")
            world.control("reset 0")
            self.assertEqual(json.loads(probe.finish(20).out)["resets_seen"], 1)

    def test_pcscd_dies_and_comes_back_with_its_cards(self):
        with PrivatePcscd() as world:
            world.control("pcscd kill")
            self.assertFalse(world.control("status")["pcscd"]["running"])
            world.control("pcscd start")
            wait_until(lambda: readers_with_card(world), 10, "the card is seen again")

    def test_the_code_of_the_program_is_passed_on(self):
        with PrivatePcscd() as world:  # for its environment and its clean-up
            world.run([TOOL, "simulate", "--pcscd", "--exec", "sh", "-c",
                       "opensc-tool --atr && exit 42"], code=42)

    def test_nothing_is_left_of_a_program_and_what_it_started(self):
        with PrivatePcscd() as world:
            pid_file = world.folder / "pid"
            world.run([TOOL, "simulate", "--pcscd", "--exec", "sh", "-c",
                       f"sleep 1000 & echo $! > {pid_file}"])
            self.assertNotIn("sleep", describe(int(pid_file.read_text())))

    def test_pcscd_ends_when_the_simulation_is_killed(self):
        with PrivatePcscd() as world:
            other = subprocess.Popen([str(TOOL), "simulate", "--pcscd", "--json", "--run-dir",
                                      str(world.folder / "other")], stdout=subprocess.PIPE,
                                     env=world.environment)
            pcscd = json.loads(other.stdout.readline())["pcscd_pid"]
            self.assertIn("pcscd", describe(pcscd))
            os.kill(other.pid, signal.SIGKILL)
            other.wait(10)
            other.stdout.close()
            wait_until(lambda: "pcscd" not in describe(pcscd), 5, "pcscd has ended")

    def test_serves_a_pcscd_that_runs_already(self):
        with PrivatePcscd(empty=True) as world:
            port = world.description["readers"][0]["port"]
            other = world.start([TOOL, "simulate", "--port", str(port)])
            wait_until(lambda: readers_with_card(world), 10, "the card is seen")
            other.process.terminate()
            other.finish(10)
            wait_until(lambda: not readers_with_card(world), 10, "the card is gone")

    def test_help_names_the_commands(self):
        with PrivatePcscd() as world:
            self.assertIn("swap R", " ".join(world.control("help")["commands"]))

    def test_an_unknown_setting_is_explained(self):
        with PrivatePcscd() as world:
            ended = world.run([TOOL, "simulate", "--pcscd", "--card", "colour=red"], code=2)
            self.assertIn("colour=red", ended.err)


if __name__ == "__main__":
    unittest.main()
