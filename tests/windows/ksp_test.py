# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""Cardmux' key storage provider as a Windows program uses it: through the double of ncrypt.dll, the
forwarder of winscard and pcscd, on a simulated card. Judged by Wine's BCrypt."""
import unittest

from windows_world import NCRYPT, WINSCARD, WindowsWorld

PROBE = "ksp_probe.exe"
NAME = "Cardmux Smart Card Key Storage Provider"
FILES = [PROBE, "cardmux.dll", NCRYPT, WINSCARD]
PIN = "123456"


class Ksp(unittest.TestCase):
    def check_probe(self, *arguments, **options):
        with WindowsWorld(files=FILES, **options) as world:
            world.register_ksp(NAME, "cardmux.dll")
            out = world.run_windows(PROBE, NAME, PIN, *arguments, seconds=90).out
            self.assertEqual(out, "done\n")
            self.assertGreater(world.card()["private_key_operations"], 80)
            self.assertEqual(world.card()["wrong_pins"], 1)

    def test_rsa_keys_sign_and_decrypt(self):
        self.check_probe()

    def test_elliptic_keys_sign_and_agree(self):
        self.check_probe("elliptic", cards=["key=p256"])


if __name__ == "__main__":
    unittest.main()
