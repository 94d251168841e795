# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""Where the PIN is, and where it is not: in the memory of a program that loads the module, with the
card in another process. The PIN is made up in each test, so that nothing else can look like it.
"""
import os
import pathlib
import re
import resource
import secrets
import signal
import string
import unittest

from private_pcscd import MODULE, MODULE_PROGRAM, PrivatePcscd, wait_until

MASK = 0xA5  # memory_search.h
CARD = "key=rsa2048"
LOCKABLE = 1 << 20  # bytes: less, and this user's PINs lie in memory that is not locked
PIN_INCORRECT = "a0"


def new_pin():
    """Seven characters, so that the card gets one byte of padding behind them."""
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(7))


def masked(pin):
    return "pin:" + bytes(byte ^ MASK for byte in pin.encode()).hex()


def steps_done(output):
    """The lines of module_program: (step, words behind it)."""
    return [(line.split()[0], line.split()[1:]) for line in output.splitlines()]


class PinInMemory(unittest.TestCase):
    def setUp(self):
        self.pin = new_pin()
        self.world = self.enterContext(PrivatePcscd(cards=[f"pin={self.pin}", CARD]))

    def searches(self, *steps, pin=None, fails=()):
        """What each "search" among the steps finds: how often in all, locked, undumped."""
        ended = self.world.run([MODULE_PROGRAM, MODULE, masked(pin or self.pin), *steps])
        found = []
        for step, words in steps_done(ended.out):
            if step == "search":
                found.append(tuple(map(int, words[:3])))
                self.assertTrue(words[0] != "0" or len(words) == 3, ended)
            elif step not in fails:
                self.assertEqual(words, ["0"], ended)
        self.assertEqual(len(found), steps.count("search"), ended)
        return found

    def test_is_found_where_it_lies_open(self):
        """Or the other tests would show nothing."""
        before, planted, after = self.searches("search", "plant", "search", "unplant", "search")
        self.assertEqual((before, planted, after), ((0, 0, 0), (1, 0, 0), (0, 0, 0)))

    def test_while_logged_in_lies_in_memory_that_is_neither_swapped_nor_dumped(self):
        for count, locked, undumped in self.searches("login", "search", "sign", "search",
                                                     "sign-9c", "search"):
            self.assertGreater(count, 0, "a program that is logged in keeps the PIN")
            self.assertEqual(undumped, count)
            if resource.getrlimit(resource.RLIMIT_MEMLOCK)[0] >= LOCKABLE or os.geteuid() == 0:
                self.assertEqual(locked, count)

    def test_is_nowhere_after_logout(self):
        used = ["login", "sign", "sign-9c", "logout", "search"]
        self.assertEqual(self.searches(*used, *used, "finalise", "search"), [(0, 0, 0)] * 3)

    def test_is_nowhere_after_finalise(self):
        self.assertEqual(self.searches("login", "sign", "sign-9c", "finalise", "search"),
                         [(0, 0, 0)])

    def test_is_nowhere_if_the_card_says_no(self):
        found = self.searches("login", "search", "finalise", "search", pin=new_pin(),
                              fails=["login"])
        self.assertEqual(found, [(0, 0, 0)] * 2)
        self.assertEqual(self.world.card()["wrong_pins"], 1)

    def dump_core(self, *steps):
        """The core dump of a program that is logged in."""
        if re.match(r"[|/]", pathlib.Path("/proc/sys/kernel/core_pattern").read_text()):
            self.skipTest("this system keeps core dumps elsewhere")
        limited = ["bash", "-c", 'ulimit -c unlimited && exec "$@"', "bash"]
        program = self.world.start([*limited, MODULE_PROGRAM, MODULE, masked(self.pin), *steps,
                                    "pause"])
        wait_until(lambda: f"{steps[-1]} 0" in program.output()[0], 20, "the program has signed")
        os.kill(program.process.pid, signal.SIGABRT)
        program.finish(20, code=None)
        dumps = list(self.world.folder.glob("core*"))
        self.assertEqual(len(dumps), 1, "one core dump")
        return dumps[0].read_bytes()

    def test_is_in_no_core_dump(self):
        dump = self.dump_core("plant", "unplant", "login", "sign")
        self.assertEqual(dump.count(self.pin.encode()), 0)

    def test_would_be_found_in_a_core_dump(self):
        dump = self.dump_core("login", "plant")
        self.assertEqual(dump.count(self.pin.encode()), 1)


if __name__ == "__main__":
    unittest.main()
