# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""Keys made, imported, certified and deleted by a Windows program through Cardmux' key storage
provider (under Wine), on a simulated Yubico card behind pcscd; judged by OpenSSL, which knows only
what was exported, or has made the keys itself. Each step is a process of its own."""
import unittest

from windows_world import NCRYPT, WINSCARD, WindowsWorld

PROBE = "ksp_writing_probe.exe"
NAME = "Cardmux Smart Card Key Storage Provider"
FILES = [PROBE, "cardmux.dll", NCRYPT, WINSCARD]
PIN = "123456"
HASH = bytes([0x42] * 32)
OK, PERM, BAD_DATA, EXISTS = "0", "80090010", "80090005", "8009000F"

# SubjectPublicKeyInfo up to the point, and RSA's algorithm (RFC 5480, RFC 8017).
CURVES = {32: "3059301306072a8648ce3d020106082a8648ce3d030107034200",
          48: "3076301006072a8648ce3d020106052b81040022036200"}
RSA = bytes.fromhex("300d06092a864886f70d0101010500")


def element(tag, content):
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def integer(number):
    return element(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def public_key(blob):
    """SubjectPublicKeyInfo of a blob without its magic."""
    if len(blob) in (4 + 64, 4 + 96):
        return bytes.fromhex(CURVES[(len(blob) - 4) // 2]) + b"\x04" + blob[4:]
    exponent_size = int.from_bytes(blob[4:8], "little")
    exponent, modulus = blob[20:20 + exponent_size], blob[20 + exponent_size:]
    key = element(0x30, b"".join(integer(int.from_bytes(part, "big"))
                                 for part in (modulus, exponent)))
    return element(0x30, RSA + element(0x03, b"\x00" + key))


def ecdsa_der(joined):
    half = len(joined) // 2
    return element(0x30, b"".join(integer(int.from_bytes(part, "big"))
                                  for part in (joined[:half], joined[half:])))


class KspWriting(unittest.TestCase):
    def world(self):
        return WindowsWorld(files=FILES, cards=["empty"])

    def probe(self, *arguments):
        out = self.w.run_windows(PROBE, NAME, PIN, *arguments, seconds=90).out
        self.assertEqual(out, "done\n", arguments)

    def openssl(self, *arguments):
        return self.w.run(["openssl", *arguments]).out

    def path(self, name):
        return self.w.folder / name

    def assert_signed(self, signature, key, *pubin):
        """OpenSSL takes the signature for one by this key."""
        raw = self.path(signature).read_bytes()
        if len(raw) <= 96:
            raw = ecdsa_der(raw)
        self.path("signature").write_bytes(raw)
        self.path("hash").write_bytes(HASH)
        self.openssl("pkeyutl", "-verify", *pubin, "-inkey", key, "-sigfile", "signature", "-in",
                     "hash", "-pkeyopt", "digest:sha256")

    def certificate(self, public, name):
        """Of an authority of OpenSSL's, for a key that is not OpenSSL's."""
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                     "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Authority")
        self.openssl("req", "-new", "-key", "ca.key", "-out", "any.csr", "-subj", "/CN=Person")
        self.openssl("x509", "-req", "-in", "any.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
                     "-CAcreateserial", "-force_pubkey", public, "-days", "10", "-outform", "DER",
                     "-out", name)

    def check_life(self, algorithm, bits):
        with self.world() as self.w:
            self.w.register_ksp(NAME, "cardmux.dll")
            self.probe("make", "Käthes key", algorithm, bits, "public.blob", "first.sig")
            self.path("public.der").write_bytes(public_key(self.path("public.blob").read_bytes()))
            self.openssl("pkey", "-pubin", "-inform", "DER", "-in", "public.der", "-out",
                         "public.pem")
            self.assert_signed("first.sig", "public.pem", "-pubin")
            self.probe("refusals", "Käthes key")
            self.certificate("public.pem", "certificate.der")
            self.openssl("x509", "-in", "ca.pem", "-outform", "DER", "-out", "other.der")
            self.probe("certify", "Käthes key", "other.der", BAD_DATA)
            self.probe("certify", "Käthes key", "certificate.der", OK)
            self.probe("sign", "käthes KEY", "second.sig", "read.der")
            self.assert_signed("second.sig", "public.pem", "-pubin")
            self.assertEqual(self.path("read.der").read_bytes(),
                             self.path("certificate.der").read_bytes())
            self.probe("delete", "Käthes key")
            self.assertEqual(self.w.card()["pin_tries_left"], 3)

    def test_an_rsa_key_lives_and_dies(self):
        self.check_life("RSA", "2048")

    def test_an_elliptic_key_lives_and_dies(self):
        self.check_life("ECDSA_P384", "384")

    def test_an_elliptic_key_has_the_curve_that_is_named_afterwards(self):
        self.check_life("ECDSA", "nistP256")

    def test_keys_of_openssls_are_imported_as_the_registry_allows(self):
        with self.world() as self.w:
            self.w.register_ksp(NAME, "cardmux.dll", AllowPrivateSignatureKeyImport=1,
                                AllowPrivateECDSAKeyImport=1)
            for name, options in {"rsa": ["RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
                                  "ec": ["EC", "-pkeyopt", "ec_paramgen_curve:P-256"]}.items():
                self.openssl("genpkey", "-algorithm", *options, "-out", f"{name}.pem")
                self.openssl("pkcs8", "-topk8", "-nocrypt", "-in", f"{name}.pem", "-outform",
                             "DER", "-out", f"{name}.der")
                self.probe("import", name, "PKCS8_PRIVATEKEY", f"{name}.der", OK)
                self.probe("import", name, "PKCS8_PRIVATEKEY", f"{name}.der", EXISTS)
                self.probe("sign", name, f"{name}.sig", "-")
                self.assert_signed(f"{name}.sig", f"{name}.pem")
                self.probe("delete", name)
            self.path("cut.der").write_bytes(self.path("rsa.der").read_bytes()[:-1])
            self.probe("import", "cut", "PKCS8_PRIVATEKEY", "cut.der", BAD_DATA)

    def test_nothing_is_imported_unless_the_registry_says_so(self):
        with self.world() as self.w:
            self.w.register_ksp(NAME, "cardmux.dll")
            self.path("any.der").write_bytes(b"0")
            for blob in ("PKCS8_PRIVATEKEY", "RSAPRIVATEBLOB", "RSAFULLPRIVATEBLOB",
                         "ECCPRIVATEBLOB", "CAPIPRIVATEBLOB"):
                self.probe("import", "any", blob, "any.der", PERM)


if __name__ == "__main__":
    unittest.main()
