# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""Our CSP refuses flags that nobody knows, everywhere, and takes those that are documented; a key's
blob that it gives out it takes in again, or refuses both ways."""
import unittest

from csp_world import BAD_FLAGS, BAD_KEY, BAD_TYPE, CspWorld, PIN, RSA_AES, SILENT

PROBE = "csp_flags_probe.exe"


class CspFlags(unittest.TestCase):
    def probe(self, *words):
        with CspWorld(PROBE, RSA_AES) as world:
            found, _ = world.probe(*words)
            self.assertEqual(world.card()["apdus_by_ins"].get("47", 0), 0, "no key was made")
        return found

    def test_a_flag_that_nobody_knows_is_refused_by_every_function(self):
        found = self.probe("unknown")
        self.assertEqual([each for each in found if each[1] != BAD_FLAGS], [])
        self.assertEqual(len(found), 28)

    def test_documented_flags_are_taken_and_those_of_other_providers_refused(self):
        self.assertEqual(self.probe("known"), [
            ("CryptGenKey", "ok"), ("CryptDeriveKey", "ok"), ("CryptImportKey", "ok"),
            ("CryptExportKey, OAEP", "ok"), ("CryptEncrypt, OAEP", "ok"),
            ("CryptGetProvParam", "ok"), ("CRYPT_BLOB_VER3", BAD_FLAGS),
            ("CRYPT_DESTROYKEY", BAD_FLAGS), ("OAEP of no SIMPLEBLOB", BAD_FLAGS),
            ("CRYPT_USER_PROTECTED, silent", SILENT)])

    def test_a_session_key_that_is_given_out_is_taken_in_again(self):
        # Wine's software provider has neither of the last two types, which Windows' has.
        self.assertEqual(self.probe("blobs", PIN), [
            ("PIN", "ok"), ("public key for another", BAD_KEY),
            ("public key from another", BAD_KEY),
            ("out 8", "ok"), ("in 8", "ok"), ("bits 8", "128"),
            ("out 1", "ok"), ("in 1", "ok"), ("bits 1", "128"),
            ("out 11", BAD_TYPE), ("in 11", BAD_TYPE), ("out 9", BAD_TYPE), ("in 9", BAD_TYPE)])


if __name__ == "__main__":
    unittest.main()
