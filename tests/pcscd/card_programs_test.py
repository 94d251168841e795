# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""The simulated PIV card, judged by software that we did not write: OpenSC and Yubico's, over a
real pcscd. Without this we would test our reading of the standard against itself.

Not here: `yubico-piv-tool -a selfsign-certificate` and `-a request-certificate`. Version 2.2.0
fails in them with OpenSSL 3 before it sends anything to the card (Yubico/yubico-piv-tool issue
388). The certificates are made by openssl instead, and the card signs with `-a sign`."""
import unittest

from private_pcscd import MANAGEMENT_KEY, PIN, PUK, PrivatePcscd

OPENSC = "/usr/lib/x86_64-linux-gnu/opensc-pkcs11.so"
YKCS11 = "/usr/lib/x86_64-linux-gnu/libykcs11.so.2"
ALGORITHMS = {"RSA2048": "rsa2048", "ECCP256": "p256", "ECCP384": "p384"}
OPENSSL_KEYS = {"rsa2048": ["rsa:2048"],
                "p256": ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
                "p384": ["ec", "-pkeyopt", "ec_paramgen_curve:P-384"]}


def yubico(world, *arguments, code=0, **more):
    return world.run(["yubico-piv-tool", *arguments], code=code, **more)


def certify(world, public_key, certificate):
    """A certificate for the public key in a file, by a CA of the moment."""
    world.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key",
               "-out", "ca.pem", "-subj", "/CN=test CA", "-days", "2"])
    world.run(["openssl", "x509", "-new", "-force_pubkey", public_key, "-subj", "/CN=card",
               "-CA", "ca.pem", "-CAkey", "ca.key", "-days", "2", "-out", certificate])


def sign_and_verify(world, slot, algorithm, public_key):
    """A file, signed on the card by yubico-piv-tool and verified by openssl."""
    (world.folder / "text").write_text("signed by a simulated card\n")
    yubico(world, "-a", "verify-pin", "-P", PIN, "--sign", "-s", slot, "-A", algorithm, "-H",
           "SHA256", "-i", "text", "-o", "signature")
    world.run(["openssl", "dgst", "-sha256", "-verify", public_key, "-signature", "signature",
               "text"])


class OpenSc(unittest.TestCase):
    def test_opensc_tool_knows_the_card(self):
        with PrivatePcscd() as world:
            self.assertIn(world.readers[0], world.run(["opensc-tool", "--list-readers"]).out)
            self.assertIn("3b:fd:13:00:00:81:31:fe:15:80:73:c0:21:c0:57:59:75:62:69:4b:65:79:40",
                          world.run(["opensc-tool", "--atr"]).out)
            self.assertIn("Personal Identity Verification Card",
                          world.run(["opensc-tool", "--name"]).out)

    def test_opensc_tool_knows_a_card_that_is_not_of_yubico(self):
        with PrivatePcscd(cards=["plain"]) as world:
            self.assertIn("Personal Identity Verification Card",
                          world.run(["opensc-tool", "--name"]).out)

    def test_opensc_tool_sends_commands(self):
        with PrivatePcscd() as world:
            sent = world.run(["opensc-tool", "-s", "00A4040009A00000030800001000",
                              "-s", "00CB3FFF035C017E", "-s", "00DB3FFF", "-s", "00FD0000"])
            self.assertIn("7E 12 4F 0B A0 00 00 03 08 00 00 10 00 01 00 5F", sent.out)
            self.assertEqual(sent.out.count("SW1=0x90, SW2=0x00"), 3, sent.out)
            self.assertIn("SW1=0x69, SW2=0x82", sent.out)

    def check_pkcs11(self, module, *settings, keys=4):
        with PrivatePcscd(cards=settings) as world:
            tested = world.run(["pkcs11-tool", "--module", module, "--test", "--login", "--pin",
                                PIN], seconds=60)
            self.assertIn("No errors", tested.out)
            self.assertEqual(world.card()["pin_tries_left"], 3)
            self.assertEqual(world.card()["wrong_pins"], 0)
            return world.card()

    def test_pkcs11_with_rsa_keys(self):
        self.assertGreater(self.check_pkcs11(OPENSC)["private_key_operations"], 20)

    def test_pkcs11_with_3072_bits(self):
        self.assertGreater(self.check_pkcs11(OPENSC, "key=rsa3072")["private_key_operations"], 20)

    def test_pkcs11_with_short_commands_only(self):
        self.assertGreater(self.check_pkcs11(OPENSC, "chaining-only")["private_key_operations"], 20)

    def test_pkcs11_with_answers_in_parts(self):
        card = self.check_pkcs11(OPENSC, "61xx")
        self.assertGreater(card["apdus_by_ins"]["C0"], 20)

    def test_pkcs11_with_a_card_that_is_not_of_yubico(self):
        card = self.check_pkcs11(OPENSC, "plain")
        self.assertGreater(card["private_key_operations"], 20)

    def test_ykcs11_with_rsa_keys(self):
        self.assertGreater(self.check_pkcs11(YKCS11)["private_key_operations"], 10)

    def check_ec_signature(self, module, algorithm, mechanism):
        """By key 9A, and by 9C, which wants its PIN directly before."""
        settings = [f"key={algorithm}", f"signkey={algorithm}"]
        with PrivatePcscd(cards=settings) as world:
            for key, slot in (("01", "9a"), ("02", "9c")):
                yubico(world, "-a", "read-certificate", "-s", slot, "-o", "certificate")
                public = world.run(["openssl", "x509", "-in", "certificate", "-pubkey", "-noout"])
                (world.folder / "public").write_text(public.out)
                (world.folder / "hash").write_bytes(bytes(range(32)))
                world.run(["pkcs11-tool", "--module", module, "--login", "--pin", PIN, "--sign",
                           "--id", key, "-m", mechanism, "--signature-format", "openssl",
                           "-i", "hash", "-o", "signature"], stdin=PIN.encode() + b"\n")
                world.run(["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "public",
                           "-in", "hash", "-sigfile", "signature"])

    def test_opensc_signs_with_p256(self):
        self.check_ec_signature(OPENSC, "p256", "ECDSA")

    def test_opensc_signs_with_p384(self):
        self.check_ec_signature(OPENSC, "p384", "ECDSA")

    def test_ykcs11_signs_with_p256(self):
        self.check_ec_signature(YKCS11, "p256", "ECDSA")

    def test_piv_tool_and_the_card_authenticate_each_other(self):
        """Mutually only: external authentication and -G fail in piv-tool 0.23 with OpenSSL 3 after
        a right answer of the card ("computed lengths do not match", "unable to gen RSA")."""
        for key, code in ((MANAGEMENT_KEY, 0), (MANAGEMENT_KEY[::-1], 1)):
            with self.subTest(key), PrivatePcscd() as world:
                digits = [key[at:at + 2] for at in range(0, len(key), 2)]
                (world.folder / "key").write_text(":".join(digits))
                ended = world.run(["piv-tool", "-A", "M:9B:03"], code=None,
                                  PIV_EXT_AUTH_KEY=str(world.folder / "key"))
                self.assertEqual(ended.code != 0, code != 0, ended)


class Yubico(unittest.TestCase):
    def test_status_shows_what_is_on_the_card(self):
        with PrivatePcscd() as world:
            shown = yubico(world, "-a", "status").out
            for slot in ("Slot 9a", "Slot 9c", "Slot 9d", "Slot 9e", "PIN tries left:\t3"):
                self.assertIn(slot, shown)

    def test_pin_and_puk(self):
        with PrivatePcscd() as world:
            yubico(world, "-a", "verify-pin", "-P", PIN)
            wrong = yubico(world, "-a", "verify-pin", "-P", "999999", code=1)
            self.assertIn("2 tries left", wrong.err)
            yubico(world, "-a", "verify-pin", "-P", PIN)
            self.assertEqual(world.card()["pin_tries_left"], 3)
            yubico(world, "-a", "change-pin", "-P", PIN, "-N", "654321")
            yubico(world, "-a", "verify-pin", "-P", PIN, code=1)
            yubico(world, "-a", "verify-pin", "-P", "654321")
            yubico(world, "-a", "change-puk", "-P", PUK, "-N", "87654321")
            yubico(world, "-a", "unblock-pin", "-P", PUK, "-N", PIN, code=1)
            yubico(world, "-a", "unblock-pin", "-P", "87654321", "-N", PIN)
            yubico(world, "-a", "verify-pin", "-P", PIN)

    def test_a_pin_is_blocked_after_its_last_try(self):
        with PrivatePcscd() as world:
            for _ in range(3):
                yubico(world, "-a", "verify-pin", "-P", "999999", code=1)
            self.assertIn("blocked", yubico(world, "-a", "verify-pin", "-P", PIN, code=1).err)
            yubico(world, "-a", "unblock-pin", "-P", PUK, "-N", PIN)
            yubico(world, "-a", "verify-pin", "-P", PIN)

    def check_generated_key(self, algorithm):
        with PrivatePcscd(cards=["empty"]) as world:
            yubico(world, "-a", "generate", "-s", "9a", "-A", algorithm, "-o", "public")
            certify(world, "public", "certificate")
            yubico(world, "-a", "import-certificate", "-s", "9a", "-i", "certificate")
            yubico(world, "-a", "read-certificate", "-s", "9a", "-o", "read")
            self.assertEqual(*(world.run(["openssl", "x509", "-in", name, "-fingerprint",
                                          "-noout"]).out for name in ("certificate", "read")))
            for test in ("test-signature", "test-decipher"):
                yubico(world, "-a", "verify-pin", "-P", PIN, "-a", test, "-s", "9a", "-i",
                       "certificate")
            sign_and_verify(world, "9a", algorithm, "public")
            yubico(world, "-a", "test-signature", "-s", "9a", "-i", "certificate", code=1)
            self.assertEqual(world.card()["private_key_operations"], 3)

    def test_generates_and_uses_an_rsa_key(self):
        self.check_generated_key("RSA2048")

    def test_generates_and_uses_a_p256_key(self):
        self.check_generated_key("ECCP256")

    def test_generates_and_uses_a_p384_key(self):
        self.check_generated_key("ECCP384")

    def test_imports_keys(self):
        for algorithm, name in ALGORITHMS.items():
            with self.subTest(algorithm), PrivatePcscd(cards=["empty"]) as world:
                world.run(["openssl", "req", "-x509", "-newkey", *OPENSSL_KEYS[name], "-nodes",
                           "-keyout", "key", "-out", "certificate", "-subj", "/CN=imported",
                           "-days", "2"])
                world.run(["openssl", "pkey", "-in", "key", "-pubout", "-out", "public"])
                yubico(world, "-a", "import-key", "-s", "9d", "-i", "key")
                yubico(world, "-a", "import-certificate", "-s", "9d", "-i", "certificate")
                yubico(world, "-a", "verify-pin", "-P", PIN, "-a", "test-decipher", "-s", "9d",
                       "-i", "certificate")
                sign_and_verify(world, "9d", algorithm, "public")

    def test_changes_of_the_management_key_and_the_retry_counters(self):
        other = MANAGEMENT_KEY[::-1]
        with PrivatePcscd() as world:
            yubico(world, "-a", "set-mgm-key", "-n", other)
            yubico(world, "-a", "set-chuid", code=1)
            yubico(world, "-a", "set-chuid", "-a", "set-ccc", f"-k{other}")
            yubico(world, "-a", "verify-pin", "-P", PIN, "-a", "pin-retries", "--pin-retries", "5",
                   "--puk-retries", "4", f"-k{other}")
            self.assertEqual(world.card()["pin_tries_left"], 5)
            yubico(world, "-a", "delete-certificate", "-s", "9d", f"-k{other}")
            self.assertNotIn("Slot 9d", yubico(world, "-a", "status").out)


if __name__ == "__main__":
    unittest.main()
