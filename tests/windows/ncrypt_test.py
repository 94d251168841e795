# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""The double of ncrypt.dll: whether it keeps CNG's rules for handles. What it hands on to a
provider is tested with the providers."""
import unittest

from windows_world import NCRYPT, WINSCARD, WindowsWorld

PROBE = "ncrypt_probe.exe"
PROVIDER = "naive_provider.dll"
NAME = "Cardmux Naive Test Provider"
PIN = "123456"


class Ncrypt(unittest.TestCase):
    def check_probe(self, **environment):
        with WindowsWorld(files=[PROBE, PROVIDER, NCRYPT, WINSCARD]) as world:
            world.register_ksp(NAME, PROVIDER)
            out = world.run_windows(PROBE, NAME, PIN, seconds=60, **environment).out
            self.assertEqual(out, "done\n")
            self.assertGreater(world.card()["private_key_operations"], 20)

    def test_handles_are_names_of_counted_objects(self):
        self.check_probe()

    def test_what_is_freed_can_be_freed_in_the_provider_at_once(self):
        self.check_probe(NCRYPT_DOUBLE_FREES_AT_ONCE="1")

    def test_without_the_double_no_provider_is_loaded(self):
        with WindowsWorld(files=[PROBE, PROVIDER, WINSCARD]) as world:
            world.register_ksp(NAME, PROVIDER)
            self.assertIn("failed: OpenStorageProvider",
                          world.run_windows(PROBE, NAME, PIN, code=1).out)


if __name__ == "__main__":
    unittest.main()
