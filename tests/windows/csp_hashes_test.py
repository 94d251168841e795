# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""Hashes of our CSP have the values that standards print, whoever computes them; duplicates of
hashes and keys go their own way."""
import hashlib
import unittest

from csp_world import BAD_DATA, BAD_HASH_STATE, CspWorld, PIN, RSA_AES


class CspHashes(unittest.TestCase):
    def test_values_duplicates_and_keyed_hashes_are_right(self):
        with CspWorld("csp_hashes_probe.exe", RSA_AES) as world:
            found, _ = world.probe(PIN)
        sha1 = hashlib.sha1(b"abc").hexdigest()
        self.assertEqual(found, [
            ("acquire", "ok"), ("PIN", "ok"),
            ("size", "ok"), ("bytes", "32"), ("data after the value", BAD_HASH_STATE),
            ("sha256", hashlib.sha256(b"abc").hexdigest()),
            ("duplicate", "ok"), ("first", sha1), ("second", sha1),
            ("key", "ok"), ("hmac", "ok"), ("its hash", "ok"),
            ("hmac of md5", "9294727a3638bb1c13f48ef8158bfc9d"),  # RFC 2202, 2, case 1
            ("key", "ok"), ("hash of a key", "ok"),
            ("sha256 of the key", hashlib.sha256(b"\x0b" * 16).hexdigest()),
            # Wine's software provider encrypts with no label, so that the card is not asked to.
            ("user key", "ok"), ("duplicate of it", "ok"), ("another", "ok"),
            ("encrypt without a label", "ok"), ("decrypt, the original", BAD_DATA),
            ("decrypt, the one after the label", BAD_DATA),
            ("decrypt, the one before it", "ok"), ("bits", "2048")])


if __name__ == "__main__":
    unittest.main()
