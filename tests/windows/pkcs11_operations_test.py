# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""What cardmux-pkcs11.dll does with a card's keys besides RSA signatures (pkcs11_test.py): elliptic
curves, decryption, digests, verifying. Through the forwarder of winscard and pcscd, on a simulated
card; judged by OpenSSL."""
import hashlib
import unittest

from windows_world import WINSCARD, WindowsWorld  # also finds private_pcscd
from private_pcscd import PIN

PROBE = "pkcs11_operations_probe.exe"
FILES = [PROBE, "cardmux-pkcs11.dll", "cardmux.dll", WINSCARD]
AUTHENTICATION, SIGNATURE, KEY_MANAGEMENT = "1", "2", "3"  # 9A, 9C, 9D
TEXT = "a letter"


class Pkcs11Operations(unittest.TestCase):
    def probe(self, world, *words):
        return world.run_windows(PROBE, *words).out

    def public_key(self, world, key_id):
        """The file with the public key of the key's certificate."""
        (world.folder / "cert.der").write_bytes(
            bytes.fromhex(self.probe(world, "certificate", key_id)))
        world.run(["openssl", "x509", "-inform", "DER", "-in", "cert.der", "-pubkey", "-noout",
                   "-out", "key.pem"])
        return "key.pem"

    def check_ecdsa(self, world, key_id, mechanism, digest):
        key = self.public_key(world, key_id)
        # ECDSA alone takes the hash itself; any bytes of its length are one.
        text = TEXT if "-" in mechanism else "a hash of thirty-two bytes: fine"
        joined = bytes.fromhex(self.probe(world, "sign", key_id, mechanism, text, PIN))
        half = len(joined) // 2
        numbers = [int.from_bytes(part, "big") for part in (joined[:half], joined[half:])]
        (world.folder / "numbers.cnf").write_text(
            "asn1=SEQUENCE:s\n[s]\nr=INTEGER:0x%x\ns=INTEGER:0x%x\n" % tuple(numbers))
        world.run(["openssl", "asn1parse", "-genconf", "numbers.cnf", "-noout", "-out", "sig.der"])
        (world.folder / "text").write_text(text)
        if digest:
            world.run(["openssl", "dgst", digest, "-verify", key, "-signature", "sig.der", "text"])
        else:
            world.run(["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", key, "-sigfile",
                       "sig.der", "-in", "text"])

    def test_signs_with_p256_and_the_pin_before_each_use(self):
        with WindowsWorld(files=FILES) as world:
            self.check_ecdsa(world, SIGNATURE, "ecdsa-sha256", "-sha256")
            self.check_ecdsa(world, SIGNATURE, "ecdsa", None)

    def test_signs_with_p384(self):
        with WindowsWorld(files=FILES, cards=["key=p384"]) as world:
            self.check_ecdsa(world, AUTHENTICATION, "ecdsa-sha384", "-sha384")

    def check_decryption(self, world, padding, options):
        (world.folder / "text").write_text(TEXT)
        world.run(["openssl", "pkeyutl", "-encrypt", "-pubin", "-inkey",
                   self.public_key(world, KEY_MANAGEMENT), *options,
                   "-in", "text", "-out", "sealed"])
        sealed = (world.folder / "sealed").read_bytes().hex()
        opened = self.probe(world, "decrypt", KEY_MANAGEMENT, padding, sealed, PIN)
        self.assertEqual(bytes.fromhex(opened), TEXT.encode())

    def test_decrypts_pkcs1_and_oaep(self):
        with WindowsWorld(files=FILES) as world:
            self.check_decryption(world, "pkcs", [])
            self.check_decryption(world, "oaep", ["-pkeyopt", "rsa_padding_mode:oaep",
                                                  "-pkeyopt", "rsa_oaep_md:sha256"])

    def test_digests_and_verifies(self):
        with WindowsWorld(files=FILES) as world:
            self.assertEqual(self.probe(world, "digest", TEXT).strip(),
                             hashlib.sha384(TEXT.encode()).hexdigest())
            self.assertEqual(self.probe(world, "verify", AUTHENTICATION, TEXT, PIN),
                             "right\nwrong\n")


if __name__ == "__main__":
    unittest.main()
