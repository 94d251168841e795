# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""cardmux-pkcs11.so writes to cards for programs that we did not write, over a real pcscd: keys are
made, imported, certified and deleted; openssl judges the signatures, and yubico-piv-tool says what
is in the place."""
import unittest

from private_pcscd import MODULE, PIN, PrivatePcscd

EMPTY = ["empty"]
REFUSED = 1


def pkcs11_tool(world, *arguments, **more):
    return world.run(["pkcs11-tool", "--module", MODULE, "--login", "--pin", PIN, *arguments],
                     **more)


def objects(world, kind):
    """CKA_ID of each object of this kind, as pkcs11-tool lists them."""
    listed = pkcs11_tool(world, "--list-objects", "--type", kind).out.splitlines()
    return sorted(line.split()[-1] for line in listed if line.strip().startswith("ID:"))


def read_public_key(world, key_id):
    """The public key of the card, as a PEM file."""
    pkcs11_tool(world, "--read-object", "--type", "pubkey", "--id", key_id, "-o", "public.der")
    world.run(["openssl", "pkey", "-pubin", "-inform", "DER", "-in", "public.der", "-out",
               "public.pem"])
    return "public.pem"


def sign_and_verify(world, key_id, mechanism, public_key):
    (world.folder / "text").write_text("signed by a key of the card\n")
    pkcs11_tool(world, "--sign", "--mechanism", mechanism, "--id", key_id, "--signature-format",
                "openssl", "-i", "text", "-o", "signature")
    world.run(["openssl", "dgst", "-sha256", "-verify", public_key, "-signature", "signature",
               "text"])


def certify(world, public_key, certificate):
    """A certificate (DER) for the public key in a file, by a CA of the moment."""
    world.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key",
               "-out", "ca.pem", "-subj", "/CN=test CA", "-days", "2"])
    world.run(["openssl", "x509", "-new", "-force_pubkey", public_key, "-subj", "/CN=card", "-CA",
               "ca.pem", "-CAkey", "ca.key", "-days", "2", "-outform", "DER", "-out", certificate])


def yubico_certificate(world, slot, **more):
    return world.run(["yubico-piv-tool", "-a", "read-certificate", "-s", slot], **more)


def check_counters(test, world):
    """No program may cost a try of the PIN."""
    card = world.card()
    test.assertEqual((card["pin_tries_left"], card["wrong_pins"]), (3, 0))


class Pkcs11Tool(unittest.TestCase):
    def check_a_keys_life(self, key_type, key_id, slot, mechanism):
        with PrivatePcscd(cards=EMPTY) as world:
            made = pkcs11_tool(world, "--keypairgen", "--key-type", key_type, "--id", key_id)
            self.assertIn("Key pair generated", made.out)
            public_key = read_public_key(world, key_id)
            sign_and_verify(world, key_id, mechanism, public_key)
            # Taken: refused, and the key is what it was.
            again = pkcs11_tool(world, "--keypairgen", "--key-type", key_type, "--id", key_id,
                                code=REFUSED)
            self.assertIn("CKR_ATTRIBUTE_VALUE_INVALID", again.err)
            sign_and_verify(world, key_id, mechanism, public_key)

            certify(world, public_key, "certificate.der")
            pkcs11_tool(world, "--write-object", "certificate.der", "--type", "cert", "--id",
                        key_id)
            self.assertEqual(objects(world, "cert"), [key_id])
            world.run(["openssl", "x509", "-inform", "DER", "-in", "certificate.der", "-out",
                       "certificate.pem"])
            self.assertIn((world.folder / "certificate.pem").read_text().strip(),
                          yubico_certificate(world, slot).out)
            sign_and_verify(world, key_id, mechanism, public_key)

            pkcs11_tool(world, "--delete-object", "--type", "cert", "--id", key_id)
            self.assertEqual((objects(world, "cert"), objects(world, "privkey")), ([], [key_id]))
            yubico_certificate(world, slot, code=REFUSED)
            pkcs11_tool(world, "--delete-object", "--type", "privkey", "--id", key_id)
            self.assertEqual((objects(world, "pubkey"), objects(world, "privkey")), ([], []))
            check_counters(self, world)

    def test_an_rsa_key_from_its_making_to_its_end(self):
        self.check_a_keys_life("rsa:2048", "01", "9a", "SHA256-RSA-PKCS")

    def test_a_p256_key_from_its_making_to_its_end(self):
        self.check_a_keys_life("EC:prime256v1", "01", "9a", "ECDSA-SHA256")

    def test_a_key_in_a_retired_place_too(self):
        # P-256: pkcs11-tool 0.23 cannot write a P-384 public key to a file, whoever's it is.
        self.check_a_keys_life("EC:prime256v1", "05", "82", "ECDSA-SHA256")

    def check_import(self, mechanism, *kind):
        with PrivatePcscd(cards=EMPTY) as world:
            world.run(["openssl", "genpkey", *kind, "-outform", "DER", "-out", "key.der"])
            world.run(["openssl", "pkey", "-inform", "DER", "-in", "key.der", "-pubout", "-out",
                       "public.pem"])
            pkcs11_tool(world, "--write-object", "key.der", "--type", "privkey", "--id", "01",
                        "--usage-sign")
            sign_and_verify(world, "01", mechanism, "public.pem")
            # Yubico's tool signs with it, too: it is the key that the card has.
            algorithm = "ECCP256" if "EC" in kind else "RSA2048"
            (world.folder / "text").write_text("signed by a key of the card\n")
            world.run(["yubico-piv-tool", "-a", "verify-pin", "-P", PIN, "--sign", "-s", "9a", "-A",
                       algorithm, "-H", "SHA256", "-i", "text", "-o", "signature"])
            world.run(["openssl", "dgst", "-sha256", "-verify", "public.pem", "-signature",
                       "signature", "text"])
            check_counters(self, world)

    def test_imports_an_rsa_key(self):
        self.check_import("SHA256-RSA-PKCS", "-algorithm", "RSA", "-pkeyopt",
                          "rsa_keygen_bits:2048")

    def test_imports_a_p256_key(self):
        self.check_import("ECDSA-SHA256", "-algorithm", "EC", "-pkeyopt",
                          "ec_paramgen_curve:P-256")

    def test_a_certificate_of_another_key_is_refused(self):
        with PrivatePcscd(cards=EMPTY) as world:
            pkcs11_tool(world, "--keypairgen", "--key-type", "EC:prime256v1", "--id", "01")
            world.run(["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt",
                       "ec_paramgen_curve:P-256", "-out", "other.key"])
            world.run(["openssl", "pkey", "-in", "other.key", "-pubout", "-out", "other.pem"])
            certify(world, "other.pem", "other.der")
            refused = pkcs11_tool(world, "--write-object", "other.der", "--type", "cert", "--id",
                                  "01", code=REFUSED)
            self.assertIn("CKR_TEMPLATE_INCONSISTENT", refused.err)
            self.assertEqual(objects(world, "cert"), [])

    def test_a_card_with_a_changed_management_key_is_not_written(self):
        with PrivatePcscd(cards=EMPTY) as world:
            world.run(["yubico-piv-tool", "-a", "set-mgm-key", "-n", 24 * "ab"])
            refused = pkcs11_tool(world, "--keypairgen", "--key-type", "EC:prime256v1", "--id",
                                  "01", code=REFUSED)
            self.assertIn("CKR_TOKEN_WRITE_PROTECTED", refused.err)
            key_file = world.folder / "management"
            key_file.write_text(24 * "ab")
            key_file.chmod(0o600)
            pkcs11_tool(world, "--keypairgen", "--key-type", "EC:prime256v1", "--id", "01",
                        CARDMUX_MANAGEMENT_KEY_FILE=str(key_file))
            self.assertEqual(objects(world, "privkey"), ["01"])


class GnuTls(unittest.TestCase):
    def test_p11tool_makes_a_key_and_writes_its_certificate(self):
        with PrivatePcscd(cards=EMPTY) as world:
            p11tool = ["p11tool", "--provider", MODULE, "--login", "--set-pin", PIN]
            world.run([*p11tool, "--generate-ecc", "--curve", "secp256r1", "--id", "01", "--label",
                       "mine", "--outfile", "public.pem", "pkcs11:"])
            sign_and_verify(world, "01", "ECDSA-SHA256", "public.pem")
            certify(world, "public.pem", "certificate.der")
            world.run(["openssl", "x509", "-inform", "DER", "-in", "certificate.der", "-out",
                       "certificate.pem"])
            world.run([*p11tool, "--write", "--load-certificate", "certificate.pem", "--id", "01",
                       "--label", "mine", "pkcs11:"])
            self.assertEqual(objects(world, "cert"), ["01"])
            check_counters(self, world)


if __name__ == "__main__":
    unittest.main()
