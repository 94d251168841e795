# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""The card is reset and pulled, and pcscd restarted, while a Windows program signs through our CSP
(under Wine): handles survive, no signature is wrong, no try of the PIN is lost, and the only errors
are the documented ones; with ride_through there are none."""
import json
import time
import unittest

from windows_world import NCRYPT, WINSCARD, WindowsWorld, wait_until  # also finds private_pcscd
from private_pcscd import PIN

PROBE = "recovery_probe.exe"
DLL = "cardmuxcsp.dll"
TOOL = "cardmux.exe"
CSP = "Cardmux Smart Card Crypto Provider"
KSP = "Cardmux Smart Card Key Storage Provider"
KSP_DLL = "cardmuxksp.dll"
THREADS = 8
RIDE_THROUGH = {"CARDMUX_RIDE_THROUGH": "20s"}

# What a program may be told while the card or the service is away (docs/errors.md).
NO_SMARTCARD, REMOVED = "8010000C", "80100069"
NO_SERVICE, NO_READERS = "8010001D", "8010002E"


def wait_for_signatures(world, count):
    before = world.card()["private_key_operations"]
    wait_until(lambda: world.card()["private_key_operations"] > before + count, 40, "it signs")


def reset(world, times=1):
    for _ in range(times):
        world.control("reset 0")


def pull(world):
    world.control("remove 0")
    time.sleep(2)
    world.control("insert 0")


def restart(world):
    world.control("pcscd kill")
    time.sleep(1)
    world.control("pcscd start")


class Recovery(unittest.TestCase):
    def run_troubled(self, trouble, **environment):
        """How often each thing happened."""
        with WindowsWorld(files=[PROBE, DLL, "cardmux.dll", WINSCARD]) as world:
            world.register_csp(CSP, DLL)
            program = world.start_windows(PROBE, CSP, PIN, str(THREADS), "60", **environment)
            wait_for_signatures(world, 20)
            trouble(world)
            wait_for_signatures(world, 5 * THREADS)
            self.assertIsNone(program.process.poll(), "the trouble was not during the load")
            (world.folder / "stop").touch()
            out = program.finish(60).out.replace("\r\n", "\n")
            card = world.card()
        print(out)
        self.assertEqual((card["wrong_pins"], card["pin_tries_left"]), (0, 3))
        counts = {}
        for line in out.splitlines():
            what, count = line.rsplit(", " if line.startswith("error") else ": ", 1)
            counts[what] = int(count)
        self.assertNotIn("wrong", " ".join(counts))
        self.assertEqual(counts["kept to the end signatures"], THREADS)
        return counts

    def errors(self, counts):
        return {what for what in counts if what.startswith("error")}

    def test_resets_by_another_program_are_not_noticed(self):
        """With yield=often, so that the other program gets its turns in a test's time."""
        counts = self.run_troubled(lambda world: reset(world, 4), CARDMUX_YIELD="often")
        self.assertEqual(self.errors(counts), set())

    def test_the_load_rides_through_a_removal(self):
        counts = self.run_troubled(pull, **RIDE_THROUGH)
        self.assertEqual(self.errors(counts), set())

    def test_the_load_rides_through_a_restart_of_the_service(self):
        counts = self.run_troubled(restart, **RIDE_THROUGH)
        self.assertEqual(self.errors(counts), set())

    def check_documented(self, counts, allowed):
        codes = {what.rsplit(", ", 1)[1] for what in self.errors(counts)}
        self.assertLessEqual(codes, allowed)
        self.assertTrue(codes, "else the trouble was none")

    def test_a_removal_is_told_while_it_lasts(self):
        self.check_documented(self.run_troubled(pull), {NO_SMARTCARD, REMOVED})

    def test_a_restart_of_the_service_is_told_while_it_lasts(self):
        self.check_documented(self.run_troubled(restart),
                              {NO_SMARTCARD, REMOVED, NO_SERVICE, NO_READERS})


class RecoveryUnderLoad(unittest.TestCase):
    """`cardmux load`: one context that all share, ones that are released under the threads inside,
    at the entry points, and the key storage provider."""

    def check_rides_through(self, *options, seconds=16):
        with WindowsWorld(files=[TOOL, DLL, KSP_DLL, "cardmux.dll", NCRYPT, WINSCARD]) as world:
            world.register_csp(CSP, DLL)
            world.register_ksp(KSP, KSP_DLL)
            pin = world.folder / "pin"
            pin.write_text(PIN + "\n")
            load = world.start_windows(TOOL, "load", *options, "--json", "--pin-file", "pin",
                                       "--threads", str(THREADS), "--seconds", str(seconds),
                                       CARDMUX_YIELD="often", **RIDE_THROUGH)
            for trouble in (reset, pull, restart):
                wait_for_signatures(world, 20)
                trouble(world)
            wait_for_signatures(world, 20)
            self.assertIsNone(load.process.poll(), "the trouble was not during the load")
            report = json.loads(load.finish(seconds + 60, code=None).out)
            card = world.card()
        print({name: report[name] for name in ("ok", "errors", "wrong", "hung", "expected",
                                               "releases", "error_list")})
        self.assertEqual((report["errors_by_code"], report["wrong"], report["hung"]),
                         ({}, 0, False))
        self.assertEqual((card["wrong_pins"], card["pin_tries_left"]), (0, 3))

    def test_one_context_for_all(self):
        self.check_rides_through("--csp", CSP, "--mode", "shared")

    def test_contexts_released_under_their_users(self):
        self.check_rides_through("--csp", CSP, "--direct", DLL, "--mode", "release")

    def test_keys_of_the_key_storage_provider(self):
        self.check_rides_through("--ksp", KSP)

    def test_a_key_of_the_key_storage_provider_that_all_share(self):
        self.check_rides_through("--ksp", KSP, "--mode", "shared", seconds=10)


if __name__ == "__main__":
    unittest.main()
