# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""Calls from where it is in doubt whose authority counts, or whether anybody is left to answer."""
import unittest

from windows_world import WINSCARD, WindowsWorld

PROBE = "authority_probe.exe"
LATE = "late_caller.dll"
CSP, KSP = "cardmuxcsp.dll", "cardmuxksp.dll"
AES_PROVIDER = "Cardmux Smart Card RSA and AES Crypto Provider"
PROV_RSA_AES = 24
# Where Wine keeps a user's default for type 24.
USER_DEFAULT = r"HKEY_CURRENT_USER\Software\Microsoft\Cryptography\Provider Type 024"
PIN = "123456"
OK = "00000000"
NO_ACCESS, SYSTEM_CANCELLED = "80100027", "80100012"


def world_of():
    return WindowsWorld(files=[PROBE, LATE, CSP, KSP, "cardmux.dll", WINSCARD])


def probe(world, *words):
    return [tuple(line.split(": ", 1))
            for line in world.run_windows(PROBE, *words).out.splitlines()]


class Authority(unittest.TestCase):
    def test_our_provider_may_be_the_default_of_its_type(self):
        with world_of() as world:
            world.register_csp(AES_PROVIDER, CSP, PROV_RSA_AES)
            world.make_key(USER_DEFAULT, Name=AES_PROVIDER)
            found = probe(world, "default")
        self.assertEqual(found, [("random by the default", OK), ("it is", AES_PROVIDER)])

    def test_an_unknown_caller_has_nothing_of_the_process_s_login(self):
        with world_of() as world:
            found = probe(world, "anonymous", PIN)
            self.assertEqual(world.card()["private_key_operations"], 2)
        self.assertEqual(found, [("acquire", OK), ("PIN", OK), ("signature", OK),
                                 ("signature of an unknown", NO_ACCESS),
                                 ("PIN of an unknown", NO_ACCESS),
                                 ("signature afterwards", OK)])

    def test_calls_while_the_process_ends_are_refused_at_once(self):
        with world_of() as world:
            found = probe(world, "late", PIN)
        self.assertEqual(found, [("acquire", OK), ("PIN", OK), ("signature", OK),
                                 ("key storage", OK), ("late signature", SYSTEM_CANCELLED),
                                 ("late key storage", SYSTEM_CANCELLED)])


if __name__ == "__main__":
    unittest.main()
