# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""CSP, KSP and PKCS #11 on one card at once: in one process, and in three. The card takes a
signature's data in several APDUs (no extended ones): parts of two signatures that mix would break
both."""
import re
import unittest

from windows_world import NCRYPT, WINSCARD, WindowsWorld, wait_until

PROBE = "together_probe.exe"
CSP = ("Cardmux Smart Card Crypto Provider", "cardmuxcsp.dll")
KSP = ("Cardmux Smart Card Key Storage Provider", "cardmuxksp.dll")
FILES = [PROBE, CSP[1], KSP[1], "cardmux-pkcs11.dll", "cardmux.dll", NCRYPT, WINSCARD]
INTERFACES = ["csp", "ksp", "pkcs11"]
PIN = "123456"
THREADS = 4  # of each interface
SIGNATURES = 10  # of each thread
PARTIES = THREADS * len(INTERFACES)
LINE = re.compile(r"(\w+): (\d+) right, (\d+) failed, overtaken by (\d+) at most")


class TogetherWorld(WindowsWorld):
    def __init__(self):
        super().__init__(files=FILES, profile="fixed:15ms", cards=["chaining-only"])

    def __enter__(self):
        super().__enter__()
        self.register_csp(CSP[0], CSP[1])
        self.register_ksp(KSP[0], KSP[1])
        return self

    def counts(self):
        """What the card has counted, when its programs have ended and their authority with them."""
        wait_until(lambda: not self.card()["pin_verified"], 10, "nobody's PIN is left on the card")
        return self.card()

    def begin(self, parties, *interfaces):
        return self.start_windows(PROBE, self.folder.name, str(parties), PIN, str(THREADS),
                                  str(SIGNATURES), *interfaces)


class Together(unittest.TestCase):
    def judge(self, text, expected):
        """Every signature is right; returns by how many each interface was overtaken."""
        found = {name: [int(number) for number in numbers]
                 for name, *numbers in LINE.findall(text)}
        self.assertEqual({name: numbers[:2] for name, numbers in found.items()},
                         {name: [right, 0] for name, right in expected.items()}, text)
        return {name: numbers[2] for name, numbers in found.items()}

    def check_exclusive(self, card, signatures):
        """G2: the card was asked for each signature once, in its parts, and never for one again."""
        self.assertEqual(card["private_key_operations"], signatures)
        self.assertEqual(card["apdus_by_ins"]["87"], 2 * signatures, card)
        self.assertEqual(card["wrong_pins"], 0)

    def test_one_process_has_one_queue(self):
        with TogetherWorld() as world:
            out = world.begin(PARTIES, *INTERFACES).finish(60).out
            card = world.counts()
        overtaken = self.judge(out, dict.fromkeys(INTERFACES, THREADS * SIGNATURES))
        self.check_exclusive(card, PARTIES * SIGNATURES)
        self.assertEqual(card["selects"], 1, "the card's state was never lost")
        self.assertLessEqual(card["verify_attempts"], len(INTERFACES), "a login an interface")
        # G3: everybody else once, and once more for who was answered and had not said so yet.
        self.assertLessEqual(max(overtaken.values()), 2 * PARTIES, out)

    def test_three_processes_take_turns(self):
        with TogetherWorld() as world:
            programs = [world.begin(PARTIES, interface) for interface in INTERFACES]
            out = "".join(program.finish(90).out for program in programs)
            card = world.counts()
        overtaken = self.judge(out, dict.fromkeys(INTERFACES, THREADS * SIGNATURES))
        self.check_exclusive(card, PARTIES * SIGNATURES)
        # A login each, and the PIN again at the beginning of a process's turn, not in it: 120
        # signatures by turns of several.
        self.assertLess(card["verify_attempts"], PARTIES * SIGNATURES, card)
        self.assertLessEqual(max(overtaken.values()), 3 * PARTIES, out)

    def test_finalize_ends_nobody_elses_calls(self):
        with TogetherWorld() as world:
            out = world.begin(2 * THREADS + 1, "csp", "ksp", "finalize").finish(60).out
            card = world.counts()
        self.judge(out, {"csp": THREADS * SIGNATURES, "ksp": THREADS * SIGNATURES,
                         "finalize": SIGNATURES})
        self.check_exclusive(card, (2 * THREADS + 1) * SIGNATURES)
        # One each for the CSP and the KSP; a login of its own after each C_Initialize.
        self.assertLessEqual(card["verify_attempts"], 2 + SIGNATURES + 1, card)


if __name__ == "__main__":
    unittest.main()
