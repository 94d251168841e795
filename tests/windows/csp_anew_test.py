# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""CRYPT_MACHINE_KEYSET, by which Base CSP means that cached data is not used: what another program
has written to the card is seen at once. Without it a key is the one that was read."""
import unittest

from csp_world import CspWorld, PIN
from windows_world import wait_until, windows_path

NAME = "letter signing"


class CspAnew(unittest.TestCase):
    def test_a_key_that_another_program_has_replaced_is_seen(self):
        with CspWorld("csp_writing_probe.exe", files=["csp_anew_probe.exe"]) as world:
            made, _ = world.probe("new", NAME, PIN, "1", "2048")
            self.assertIn(("make", "ok"), made)
            file = world.folder / "replaced"
            program = world.start_windows("csp_anew_probe.exe", *map(str, world.provider), NAME,
                                          windows_path(file))
            wait_until(lambda: "waiting" in program.output()[0], 40, "it knows the key")
            replaced, _ = world.probe("replace", NAME, PIN)
            self.assertIn(("make", "ok"), replaced)
            file.write_text("")
            found = program.finish(60).out.split("waiting")[1].split("\n")
        self.assertEqual([line.strip() for line in found if "acquire" not in line and line.strip()],
                         ["cached: 1", "read anew: 1", "for all: 1"])


if __name__ == "__main__":
    unittest.main()
