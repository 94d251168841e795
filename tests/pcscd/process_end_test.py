# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""Processes that end while they have the card, over a real pcscd: what they leave to others."""
import os
import signal
import unittest

from private_pcscd import MODULE, MODULE_PROGRAM, PrivatePcscd, wait_until

LONG_HOLD = "3s"
NO_FOLDER = "/proc/no-such-folder"
OTHER_SECONDS = 20  # a hang would last until the no-progress limit, 60 s


class ProcessEnd(unittest.TestCase):
    def check_killed_parent(self, child, **environment):
        """A process is killed in its hold and its child lives on: the next process signs."""
        with PrivatePcscd() as world:
            parent = world.start([MODULE_PROGRAM, MODULE, "login", "sign", child, "pause"],
                                 CARDMUX_HOLD=LONG_HOLD, **environment)
            wait_until(lambda: f"{child} 0" in parent.output()[0], 20, "the parent has signed")
            self.assertTrue(world.card()["pin_verified"], "the parent is in its hold")
            os.kill(parent.process.pid, signal.SIGKILL)
            parent.process.wait(5)
            try:
                other = world.run([MODULE_PROGRAM, MODULE, "login", "sign"],
                                  seconds=OTHER_SECONDS, **environment)
                self.assertIn("sign 0", other.out)
                os.killpg(parent.process.pid, 0)  # the child is still there
            finally:
                os.killpg(parent.process.pid, signal.SIGKILL)

    def test_a_killed_process_leaves_nothing_to_its_forked_child(self):
        self.check_killed_parent("fork")

    def test_a_killed_process_leaves_nothing_to_a_program_that_it_started(self):
        self.check_killed_parent("spawn")

    def test_a_killed_process_leaves_no_transaction_where_there_is_no_folder(self):
        self.check_killed_parent("fork", CARDMUX_SHARED_FOLDER=NO_FOLDER)

    def test_a_process_that_exits_ends_its_hold_first(self):
        """Without C_Finalize. Otherwise pcscd resets the card under everybody else."""
        with PrivatePcscd() as world:
            before = world.card()
            ended = world.run([MODULE_PROGRAM, MODULE, "login", "sign", "exit"],
                              CARDMUX_HOLD=LONG_HOLD)
            self.assertIn("sign 0", ended.out)
            after = world.card()
            self.assertEqual(after["private_key_operations"], 1)
            self.assertFalse(after["pin_verified"])
            world.foreign("begin-probe")  # pcscd has seen the process go
            self.assertEqual(world.card()["resets"], before["resets"])


if __name__ == "__main__":
    unittest.main()
