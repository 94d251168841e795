# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""OAEP and SSL 3's hash through our CSP: OpenSSL encrypts and judges."""
import unittest

from csp_world import BAD_DATA, CspWorld, PIN

DECRYPTION, SIGNING = "piv-9d", "piv-9a"  # the start of a container's name
TEXT = b"for the card only"
LABEL = b"a label"
AES_KEY = bytes(range(16))


class CspRsa(unittest.TestCase):
    @staticmethod
    def public_key(world, container):
        """The file of the container's public key, taken from its certificate."""
        found, _ = world.probe("certificate", container)
        der = bytes.fromhex(dict(found)["certificate"])
        file = world.folder / "public.pem"
        file.write_text(world.run(["openssl", "x509", "-inform", "DER", "-pubkey", "-noout"],
                                  stdin=der).out)
        return file

    @classmethod
    def oaep(cls, world, text, *options):
        block = world.folder / "block"
        world.run(["openssl", "pkeyutl", "-encrypt", "-pubin", "-inkey",
                   cls.public_key(world, DECRYPTION), "-pkeyopt", "rsa_padding_mode:oaep", *options,
                   "-out", block], stdin=text)
        return block.read_bytes().hex()

    def test_the_card_opens_oaep(self):
        with CspWorld("csp_rsa_probe.exe") as world:
            found, _ = world.probe("oaep", DECRYPTION, PIN, self.oaep(world, TEXT))
            labelled, _ = world.probe(
                "oaep", DECRYPTION, PIN,
                self.oaep(world, TEXT, "-pkeyopt", f"rsa_oaep_label:{LABEL.hex()}"), LABEL.hex())
        plain = TEXT.decode()
        refused = f"error {BAD_DATA}"
        self.assertEqual(found[3:], [("plain", plain), ("plain", refused), ("plain", refused)])
        self.assertEqual(labelled[3:], [("plain", refused), ("label", "ok"), ("plain", plain),
                                        ("plain", refused), ("plain", refused)])

    def test_a_session_key_in_oaep_is_opened_and_used(self):
        with CspWorld("csp_rsa_probe.exe") as world:
            text = world.folder / "text"
            world.run(["openssl", "enc", "-aes-128-cbc", "-K", AES_KEY.hex(), "-iv", "00" * 16,
                       "-out", text], stdin=TEXT)
            found, _ = world.probe("oaep-key", DECRYPTION, PIN, self.oaep(world, AES_KEY),
                                   text.read_bytes().hex())
        self.assertEqual(found[3:], [("open as PKCS #1", BAD_DATA), ("open", "ok"),
                                     ("plain", TEXT.decode())])

    def test_ssl3_s_hash_is_signed_as_it_is(self):
        value = bytes(range(100, 136))
        with CspWorld("csp_rsa_probe.exe") as world:
            found, _ = world.probe("ssl3", SIGNING, PIN, value.hex())
            signature = world.folder / "signature"
            signature.write_bytes(bytes.fromhex(dict(found)["signature"]))
            recovered = world.folder / "recovered"
            world.run(["openssl", "pkeyutl", "-verifyrecover", "-pubin", "-inkey",
                       self.public_key(world, SIGNING), "-in", signature, "-out", recovered])
            self.assertEqual(recovered.read_bytes(), value)


if __name__ == "__main__":
    unittest.main()
