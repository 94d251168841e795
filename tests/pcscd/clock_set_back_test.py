# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""The clock of the day is set back again and again, in two processes that share a card: nothing but
the times in the log shows it."""
import re
import unittest

from private_pcscd import BUILD, MODULE, MODULE_PROGRAM, PrivatePcscd

STEPS = ["login", "sign", "sign", "logout", "login", "sign", "finalise"]


class ClockSetBack(unittest.TestCase):
    def test_while_two_processes_sign(self):
        with PrivatePcscd() as world:
            log = world.folder / "log"
            programs = [world.start([MODULE_PROGRAM, MODULE, *STEPS], CARDMUX_LOG=str(log),
                                    LD_PRELOAD=str(BUILD / "clock_set_back.so"))
                        for _ in range(2)]
            for program in programs:
                ended = program.finish(30)
                self.assertEqual(ended.out.splitlines(),
                                 [f"{step} 0" for step in ["start", *STEPS]], ended)
            times = [float(time) for time in re.findall(r"time=([\d.]+)", log.read_text())]
            self.assertLess(times[-1], times[0] - 3600, "the clock went back")
            self.assertEqual(world.card()["private_key_operations"], 6)
            self.assertEqual(world.card()["wrong_pins"], 0)


if __name__ == "__main__":
    unittest.main()
