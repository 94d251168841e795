# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""`cardmux sign` and `cardmux verify`: every kind of signature, judged by openssl."""
import os
import pty
import unittest

from tool_test_case import (FAILED, PIN, SIMULATED_MODULE, TOOL, USAGE, WRONG_PIN, ToolTestCase)

PSS = ("-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest")


class Signatures(ToolTestCase):
    def sign(self, *options, simulate="instant"):
        self.tool("sign", *options, "--output", "letter.sig", "letter.pdf", simulate=simulate)

    def test_rsa_pkcs1_is_right_for_every_hash(self):
        key = self.export_public_key("9a")
        for hash_name in ("sha256", "sha384", "sha512"):
            self.sign("--key", "9a", "--hash", hash_name)
            self.assertTrue(self.openssl_accepts(key, "letter.sig", hash_name), hash_name)

    def test_rsa_pss_is_right_for_every_hash(self):
        key = self.export_public_key("9a")
        for hash_name in ("sha256", "sha384", "sha512"):
            self.sign("--key", "9a", "--pss", "--hash", hash_name)
            self.assertTrue(self.openssl_accepts(key, "letter.sig", hash_name, *PSS), hash_name)
            self.assertFalse(self.openssl_accepts(key, "letter.sig", hash_name), hash_name)

    def test_ecdsa_is_der_as_openssl_wants_it(self):
        for simulate in ("instant", "instant,key=p384"):
            key = self.export_public_key("9c", simulate)
            self.sign("--key", "9c", "--hash", "sha384", simulate=simulate)
            self.assertTrue(self.openssl_accepts(key, "letter.sig", "sha384"), simulate)

    def test_raw_ecdsa_is_r_and_s_joined(self):
        key = self.export_public_key("9c")
        self.sign("--key", "9c", "--raw")
        joined = self.read("letter.sig")
        self.assertEqual(len(joined), 64)
        numbers = "".join(f"{name}=INTEGER:0x{half.hex()}\n" for name, half in
                          (("r", joined[:32]), ("s", joined[32:])))
        self.write("signature.cnf", f"asn1=SEQUENCE:both\n[both]\n{numbers}")
        self.run_program(["openssl", "asn1parse", "-genconf", "signature.cnf", "-noout",
                          "-out", "letter.der"])
        self.assertTrue(self.openssl_accepts(key, "letter.der"))
        self.run_program(["openssl", "dgst", "-sha256", "-binary", "-out", "letter.hash",
                          "letter.pdf"])
        self.run_program(["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", key, "-in",
                          "letter.hash", "-sigfile", "letter.der"])

    def test_a_mechanism_by_its_name_is_the_same_as_its_parts(self):
        key = self.export_public_key("9a")
        self.sign("--key", "9a", "--mechanism", "SHA512_RSA_PKCS")
        self.assertTrue(self.openssl_accepts(key, "letter.sig", "sha512"))

    def test_stdin_and_stdout_are_the_default(self):
        key = self.export_public_key("9a")
        signed = self.tool("sign", stdin=self.read("letter.pdf"))
        self.write("letter.sig", signed.raw)
        self.assertTrue(self.openssl_accepts(key, "letter.sig"))

    def test_json_has_the_signature(self):
        answer = self.tool_json("sign", "--key", "9c", "letter.pdf")
        self.assertEqual((answer["key"], answer["type"], answer["mechanism"]),
                         ("9c", "EC P-256", "ECDSA_SHA256"))
        self.write("letter.sig", bytes.fromhex(answer["signature_hex"]))
        self.assertTrue(self.openssl_accepts(self.export_public_key("9c"), "letter.sig"))

    def test_another_keys_signature_is_not_accepted(self):
        self.sign("--key", "9a")
        self.assertFalse(self.openssl_accepts(self.export_public_key("9e"), "letter.sig"))


class Refused(ToolTestCase):
    """What the key cannot do is said before a PIN is asked for, and nothing is written."""

    def refused(self, *options, says):
        self.check_says(self.tool("sign", *options, "--output", "letter.sig", "letter.pdf",
                                  "--pin-file", "missing.txt", code=USAGE), *says)
        self.assertFalse((self.folder / "letter.sig").exists())

    def test_a_key_that_does_not_sign(self):
        self.refused("--key", "9d", says=("9d", "not a key that signs", "9a"))

    def test_pss_with_an_ec_key(self):
        self.refused("--key", "9c", "--pss", says=("--pss is for RSA keys",))

    def test_raw_with_an_rsa_key(self):
        self.refused("--key", "9a", "--raw", says=("--raw is for EC keys",))

    def test_a_mechanism_of_the_other_kind(self):
        self.refused("--key", "9a", "--mechanism", "ECDSA_SHA256", says=("an RSA key",))


class Verify(ToolTestCase):
    def test_what_sign_makes_verifies(self):
        for options in (["--key", "9a"], ["--key", "9a", "--pss"], ["--key", "9c"],
                        ["--key", "9c", "--hash", "sha384"]):
            self.tool("sign", *options, "--output", "letter.sig", "letter.pdf")
            self.tool("verify", *options, "--signature", "letter.sig", "letter.pdf")
        self.tool("sign", "--key", "9c", "--raw", "--output", "letter.sig", "letter.pdf")
        self.tool("verify", "--key", "9c", "--signature", "letter.sig", "letter.pdf")

    def test_what_openssl_signs_verifies_with_a_certificate_and_no_card(self):
        self.run_program(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj",
                          "/CN=Alice", "-keyout", "alice.key", "-out", "alice.pem"])
        self.run_program(["openssl", "dgst", "-sha256", "-sign", "alice.key", "-out",
                          "letter.sig", "letter.pdf"])
        verify = ("verify", "--certificate", "alice.pem", "--signature", "letter.sig")
        self.assertIn("right", self.tool(*verify, "letter.pdf", simulate=None).out)
        self.assertTrue(self.tool_json(*verify, "letter.pdf", simulate=None)["right"])
        self.tool(*verify, simulate=None, stdin=self.read("letter.pdf"))

    def test_a_changed_file_or_signature_is_found(self):
        self.tool("sign", "--output", "letter.sig", "letter.pdf")
        self.write("letter.pdf", b"Dear Bob,\n")
        verify = ("verify", "--signature", "letter.sig", "letter.pdf")
        self.check_says(self.tool(*verify, code=FAILED), "does not fit", "next:")
        self.assertFalse(self.tool_json(*verify, code=FAILED)["right"])
        self.write("letter.sig", b"short")
        self.tool(*verify, code=FAILED)

    def test_the_wrong_kind_of_mechanism_is_a_wrong_command_line(self):
        self.tool("sign", "--output", "letter.sig", "letter.pdf")
        self.tool("verify", "--mechanism", "ECDSA_SHA256", "--signature", "letter.sig",
                  "letter.pdf", code=USAGE)


class Pin(ToolTestCase):
    def test_from_a_file(self):
        self.tool("sign", "--pin-file", "pin.txt", "letter.pdf")

    def test_from_a_descriptor(self):
        for command in (("sign", "letter.pdf"), ("pin", "verify")):
            with open(self.folder / "pin.txt", "rb") as pin:
                descriptor = os.dup(pin.fileno())
                self.addCleanup(os.close, descriptor)
                self.tool(*command, "--pin-fd", descriptor, pass_fds=[descriptor])

    def test_from_the_terminal_which_does_not_show_it(self):
        # A module that the tool does not know to be simulated: it asks.
        (self.folder / "other.so").symlink_to(SIMULATED_MODULE)
        process, terminal = pty.fork()
        if process == 0:
            os.chdir(self.folder)
            os.execve(TOOL, ["cardmux", "load", "--module", "./other.so", "--no-limit", "--count",
                             "2"], self.environment)
        seen = b""
        while b"PIN: " not in seen:
            seen += os.read(terminal, 1000)
        os.write(terminal, PIN.encode() + b"\n")
        try:
            while part := os.read(terminal, 1000):
                seen += part
        except OSError:  # the terminal's way to say that nobody is left
            pass
        os.close(terminal)
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), 0, seen)
        self.assertNotIn(PIN.encode(), seen)

    def test_a_wrong_one_says_how_many_tries_are_left(self):
        self.write("wrong.txt", "654321\n")
        for command in (("sign", "letter.pdf"), ("pin", "verify")):
            finished = self.tool(*command, "--pin-file", "wrong.txt", code=WRONG_PIN)
            self.check_says(finished, "PinIncorrect", "tries left 2")

    def test_an_impossible_one_costs_no_try(self):
        self.write("short.txt", "123\n")
        cards = "instant,state=" + str(self.folder / "state")
        finished = self.tool("pin", "verify", "--pin-file", "short.txt", code=WRONG_PIN,
                             simulate=cards)
        self.check_says(finished, "6 to 8 characters")
        self.write("wrong.txt", "654321\n")
        finished = self.tool("pin", "verify", "--pin-file", "wrong.txt", code=WRONG_PIN,
                             simulate=cards)
        self.check_says(finished, "tries left 2")

    def test_an_empty_file_is_no_pin(self):
        self.write("empty.txt", "")
        self.tool("sign", "--pin-file", "empty.txt", "letter.pdf", code=WRONG_PIN)

    def test_9e_needs_none(self):
        self.write("wrong.txt", "654321\n")
        self.tool("sign", "--key", "9e", "--pin-file", "wrong.txt", "letter.pdf")

    def test_the_tries_end_at_blocked(self):
        self.write("wrong.txt", "654321\n")
        cards = "instant,state=" + str(self.folder / "state")
        for text in ("tries left 2", "tries left 1", "PinBlocked", "PinBlocked"):
            finished = self.tool("pin", "verify", "--pin-file", "wrong.txt", code=WRONG_PIN,
                                 simulate=cards)
            self.check_says(finished, text)
        self.tool("sign", "--pin-file", "pin.txt", "letter.pdf", code=WRONG_PIN, simulate=cards)

    def test_json_of_pin_verify(self):
        answer = self.tool_json("pin", "verify")
        self.assertTrue(answer["accepted"])
        self.write("wrong.txt", PIN[::-1])
        answer = self.tool_json("pin", "verify", "--pin-file", "wrong.txt", code=WRONG_PIN)
        self.assertEqual((answer["accepted"], answer["tries_left"]), (False, 2))


if __name__ == "__main__":
    unittest.main()
