# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""The uses that people have for a card's certificates, by the system's own message functions (here
Wine's crypt32): mail signed and decrypted, code signed, a logon. The other side is OpenSSL."""
import json
import unittest

import authenticode

from windows_world import NCRYPT, WINE, WINSCARD, WindowsWorld  # also finds private_pcscd
from private_pcscd import PIN

PROBE = "messages_probe.exe"
TOOL = "cardmux.exe"
DLL = "cardmuxcsp.dll"
RSA_FULL = ("Cardmux Smart Card Crypto Provider", 1)
RSA_AES = ("Cardmux Smart Card RSA and AES Crypto Provider", 24)
KSP = "Cardmux Smart Card Key Storage Provider"
BASE_CSP = "Microsoft Base Smart Card Crypto Provider"
BASE_KSP = "Microsoft Smart Card Key Storage Provider"
MY = r"HKCU\Software\Microsoft\SystemCertificates\My"
SIGNER, RECIPIENT = "piv-9a", "piv-9d"  # how their containers' names begin
MAIL = b"Content-Type: text/plain\r\n\r\nThe contract is in the drawer.\r\n" * 40
BAD_SIGNATURE = "80090006"
BAD_DATA = "80090005"
NO_KEY = "8009000D"
NOT_FOUND = "80092004"
CODE_TYPE = bytes.fromhex("060a2b060104018237020104")  # SPC_INDIRECT_DATA_OBJID


class MessagesWorld(WindowsWorld):
    """With a card's certificates in MY, and as files for OpenSSL."""

    def __init__(self, provider=RSA_FULL, files=(), **options):
        super().__init__(files=[PROBE, TOOL, DLL, "cardmux.dll", WINSCARD, *files], **options)
        self.provider = provider

    def __enter__(self):
        super().__enter__()
        try:
            self.register_csp(self.provider[0], DLL, self.provider[1])
            self.probe("publish")
        except BaseException as error:
            self.__exit__(type(error), error, None)
            raise
        return self

    def __exit__(self, error_type, error, trace):
        try:
            self.probe("withdraw")
        finally:
            super().__exit__(error_type, error, trace)

    def probe(self, *words):
        """The findings, as pairs of what and which."""
        ended = self.run_windows(PROBE, self.provider[0], str(self.provider[1]), *words)
        return [tuple(line.split(": ", 1)) for line in ended.out.splitlines()]

    def write(self, name, content):
        (self.folder / name).write_bytes(content)
        return name

    def read(self, name):
        return (self.folder / name).read_bytes()

    def certificate(self, container):
        """The file with its certificate, as PEM."""
        name = container + ".pem"
        self.run(["openssl", "x509", "-inform", "DER", "-in", container + ".der", "-out", name])
        return name

    def verify(self, *words, command="cms", code=0):
        """What OpenSSL took for signed."""
        self.run(["openssl", command, "-verify", "-binary", "-inform", "DER", "-purpose", "any",
                  "-CAfile", self.certificate(SIGNER), "-out", "verified", *words], code=code)
        return self.read("verified") if code == 0 else None

    def encrypt(self, content, cipher):
        """To a stranger and to the card."""
        self.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem",
                  "-subj", "/CN=A stranger", "-out", "stranger.pem"])
        self.run(["openssl", "cms", "-encrypt", "-binary", cipher, "-outform", "DER", "-in",
                  self.write("plain", content), "-out", "encrypted", "stranger.pem",
                  self.certificate(RECIPIENT)])


class AdoptingWorld(MessagesWorld):
    """With certificates in MY as the propagation service of Windows leaves them: they name
    Microsoft's provider, and its container."""
    FILES = (NCRYPT, "certificate_probe.exe")

    def __init__(self):
        super().__init__(files=self.FILES)
        self._given = []

    def __enter__(self):
        super().__enter__()
        self.register_ksp(KSP, "cardmux.dll")
        self.probe("withdraw")
        return self

    def __exit__(self, error_type, error, trace):
        try:
            for file in self._given:
                self.run_windows("certificate_probe.exe", "remove", file)
        finally:
            super().__exit__(error_type, error, trace)

    def give(self, file, provider, kind, container="le-0123-4567", flags=0):
        self.run_windows("certificate_probe.exe", "add", file, container, provider, str(kind),
                         "1" if kind else "0", str(flags))
        self._given.append(file)

    def withdraw(self):
        """What was published."""
        self.probe("withdraw")
        self.run_windows(PROBE, KSP, "0", "withdraw")

    def flags(self, file):
        return int(self.run_windows("certificate_probe.exe", "flags", file).out, 16)

    def tool(self, *words):
        return json.loads(self.run_windows(TOOL, *words, "--json").out)

    def links(self):
        return sorted((entry["provider"], entry["container"][:6], entry["type"], entry["key_spec"])
                      for entry in self.tool("certs", "list")["certificates"])

    def store(self):
        self.run([WINE, "reg", "export", MY, "my.reg", "/y"])
        return self.read("my.reg")


class Messages(unittest.TestCase):
    def check_signed_mail(self, provider):
        with MessagesWorld(provider) as world:
            world.write("mail", MAIL)
            for how, words in (("sign", ()), ("sign-detached", ("-content", "mail"))):
                before = world.card()["private_key_operations"]
                found = world.probe(how, PIN, SIGNER, "mail", "message")
                self.assertEqual([each for each in found if each[1] != "ok"], [])
                self.assertIn(("written", "ok"), found)
                # Wine's CryptSignMessage signs for a size query too, and asks us for a size and a
                # value in each: of these four only the values cost the card anything.
                self.assertEqual(world.card()["private_key_operations"], before + 2)
                self.assertEqual(world.verify("-in", "message", *words), MAIL)
            self.assertNotIn(MAIL, world.read("message"))
            # OpenSSL would notice.
            world.write("other", MAIL + b"!")
            world.verify("-in", "message", "-content", "other", code=4)
            self.assertEqual(world.card()["wrong_pins"], 0)

    def test_mail_is_signed_with_type_1(self):
        self.check_signed_mail(RSA_FULL)

    def test_mail_is_signed_with_type_24(self):
        self.check_signed_mail(RSA_AES)

    def test_mail_is_signed_with_a_certificate_that_the_tool_published(self):
        with MessagesWorld() as world:
            world.probe("withdraw")
            world.write("mail", MAIL)
            self.assertIn(("certificate in MY", NOT_FOUND),
                          world.probe("sign", PIN, SIGNER, "mail", "message"))
            world.run_windows(TOOL, "certs", "publish")
            found = world.probe("sign", PIN, SIGNER, "mail", "message")
            self.assertIn(("written", "ok"), found)
            self.assertEqual(world.verify("-in", "message"), MAIL)

    def test_mail_is_signed_with_a_certificate_that_was_adopted(self):
        with AdoptingWorld() as world:
            world.write("mail", MAIL)
            world.give(SIGNER + ".der", BASE_CSP, 1)
            before = world.store()
            self.assertEqual(len(world.tool("certs", "adopt")["adopted"]), 1)
            self.assertEqual(world.links(), [(RSA_FULL[0], SIGNER, 1, 1)])
            found = world.probe("sign", PIN, SIGNER, "mail", "message")
            self.assertIn(("written", "ok"), found)
            self.assertEqual(world.verify("-in", "message"), MAIL)
            self.assertEqual(world.tool("certs", "adopt")["adopted"], [])
            self.assertEqual(world.tool("certs", "restore")["restored"], 1)
            self.assertEqual(world.store(), before)

    def test_a_certificate_of_microsofts_ksp_is_adopted_for_ours(self):
        with AdoptingWorld() as world:
            world.give(RECIPIENT + ".der", BASE_KSP, 0)
            before = world.store()
            self.assertEqual(len(world.tool("certs", "adopt")["adopted"]), 1)
            self.assertEqual(world.links(), [(KSP, RECIPIENT, 0, 0)])
            world.tool("certs", "restore")
            self.assertEqual(world.store(), before)

    def test_how_a_key_is_opened_is_adopted_and_restored(self):
        """CRYPT_KEY_PROV_INFO's flags: what is about Microsoft's container stays behind."""
        keep_context, new_keyset, machine, silent, verify = 1, 8, 0x20, 0x40, 0xF0000000
        for provider, kind in ((BASE_CSP, 1), (BASE_KSP, 0)):
            with AdoptingWorld() as world:
                world.give(SIGNER + ".der", provider, kind,
                           flags=keep_context | machine | silent | new_keyset | verify)
                before = world.store()
                self.assertEqual(len(world.tool("certs", "adopt")["adopted"]), 1)
                self.assertEqual(world.flags(SIGNER + ".der"), keep_context | machine | silent)
                world.tool("certs", "restore")
                self.assertEqual(world.store(), before)

    def test_a_link_without_a_container_comes_back_without_one(self):
        with AdoptingWorld() as world:
            world.give(SIGNER + ".der", BASE_CSP, 1, container="-")
            before = world.store()
            self.assertEqual(len(world.tool("certs", "adopt")["adopted"]), 1)
            self.assertEqual(world.links(), [(RSA_FULL[0], SIGNER, 1, 1)])
            world.tool("certs", "restore")
            self.assertEqual(world.store(), before)

    def test_restore_leaves_alone_what_others_have_written_since(self):
        with AdoptingWorld() as world:
            world.give(SIGNER + ".der", BASE_CSP, 1)
            world.tool("certs", "adopt")
            world.give(SIGNER + ".der", BASE_KSP, 0)
            before = world.store()
            self.assertEqual(world.tool("certs", "restore")["restored"], 0)
            self.assertEqual(world.store(), before)
            world._given.pop()

    def test_restore_gives_back_what_was_overwritten_last(self):
        """The propagation service writes Microsoft's link again, and not as it was."""
        with AdoptingWorld() as world:
            world.give(SIGNER + ".der", BASE_CSP, 1)
            world.tool("certs", "adopt")
            world.give(SIGNER + ".der", BASE_KSP, 0, container="le-other", flags=0x40)
            world._given.pop()
            before = world.store()
            self.assertEqual(len(world.tool("certs", "adopt")["adopted"]), 1)
            self.assertEqual(world.links(), [(KSP, SIGNER, 0, 0)])
            self.assertEqual(world.tool("certs", "restore")["restored"], 1)
            self.assertEqual(world.store(), before)

    def test_what_publish_finds_under_microsofts_name_it_adopts(self):
        silent = 0x40
        with AdoptingWorld() as world:
            world.give(SIGNER + ".der", BASE_CSP, 1, flags=silent)
            world.give(RECIPIENT + ".der", BASE_KSP, 0)
            before = world.store()
            answer = world.tool("certs", "publish")
            self.assertEqual((len(answer["published"]), len(answer["adopted"])), (2, 2))
            self.assertIn((KSP, RECIPIENT, 0, 0), world.links())
            self.assertEqual(world.flags(SIGNER + ".der"), silent)
            self.assertEqual(world.tool("certs", "restore")["restored"], 2)
            world.withdraw()
            self.assertEqual(world.store(), before)

    def test_publish_leaves_what_was_adopted_for_restore(self):
        with AdoptingWorld() as world:
            world.give(SIGNER + ".der", BASE_CSP, 1, flags=0x40)
            before = world.store()
            world.tool("certs", "adopt")
            answer = world.tool("certs", "publish")
            self.assertEqual((len(answer["published"]), answer["adopted"]), (3, []))
            self.assertEqual(world.tool("certs", "restore")["restored"], 1)
            world.withdraw()
            self.assertEqual(world.store(), before)

    def test_publish_leaves_anothers_link_alone(self):
        with AdoptingWorld() as world:
            world.give(SIGNER + ".der", "Their Provider", 1)
            before = world.store()
            answer = world.tool("certs", "publish")
            self.assertEqual((len(answer["published"]), answer["adopted"]), (3, []))
            self.assertEqual([each["why"] for each in answer["skipped"]], ["names Their Provider"])
            world.withdraw()
            self.assertEqual(world.store(), before)

    def test_certificates_of_elliptic_keys_are_published_for_the_ksp(self):
        with AdoptingWorld() as world:
            self.assertEqual(len(world.tool("certs", "publish")["published"]), 4)
            self.assertEqual([link for link in world.links() if link[0] == KSP],
                             [(KSP, "piv-9c", 0, 0)])
            self.assertEqual(len([link for link in world.links() if link[0] == RSA_FULL[0]]), 3)
            world.withdraw()

    def check_decrypted_mail(self, provider, cipher):
        with MessagesWorld(provider) as world:
            world.encrypt(MAIL, cipher)
            found = world.probe("decrypt", PIN, "encrypted", "decrypted")
            self.assertIn(("decrypt", "ok"), found)
            self.assertEqual(world.read("decrypted"), MAIL)
            self.assertEqual(world.card()["private_key_operations"], 1)

    def test_mail_is_decrypted_aes_256_with_type_1(self):
        self.check_decrypted_mail(RSA_FULL, "-aes256")

    def test_mail_is_decrypted_aes_256_with_type_24(self):
        self.check_decrypted_mail(RSA_AES, "-aes256")

    def test_mail_is_decrypted_3des(self):
        self.check_decrypted_mail(RSA_FULL, "-des3")

    def test_a_damaged_message_is_refused(self):
        """The wrapped key is changed: what the card makes of it is no key."""
        with MessagesWorld() as world:
            world.encrypt(MAIL, "-aes256")
            message = bytearray(world.read("encrypted"))
            content = message.rindex(bytes.fromhex("06092a864886f70d010701"))
            message[content - 20] ^= 1  # within the last recipient's key
            world.write("encrypted", bytes(message))
            found = world.probe("decrypt", PIN, "encrypted", "decrypted")
            self.assertIn(("decrypt", BAD_DATA), found)
            self.assertEqual(world.card()["private_key_operations"], 1)

    def test_code_is_signed(self):
        with MessagesWorld() as world:
            content = authenticode.indirect_data(authenticode.small_program())
            world.write("content", content)
            found = world.probe("sign-code", PIN, SIGNER, "content", "message")
            self.assertIn(("written", "ok"), found)
            self.assertIn(CODE_TYPE + authenticode.der(0xA0, content), world.read("message"))
            # Windows, and Authenticode, sign the content without tag and length; Wine with them.
            world.verify("-in", "message", "-content", "content", command="smime")
            other = authenticode.small_program(code=b"\x31\xc9\xc3")
            world.write("content", authenticode.indirect_data(other))
            world.verify("-in", "message", "-content", "content", command="smime", code=4)

    def test_the_calls_of_smart_card_logon(self):
        with MessagesWorld() as world:
            found = world.probe("log-on", PIN, world.readers[0])
            card = world.card()
        key = [("open", "ok"), ("user key", "ok"), ("PIN", "ok"), ("certificate", "ok"),
               ("challenge", "ok"), ("signature", "ok"), ("right", "ok"),
               ("of another challenge", BAD_SIGNATURE), ("release", "ok")]
        curve = [("open", "ok"), ("user key", NO_KEY), ("release", "ok")]  # CryptoAPI has no name
        self.assertEqual(found, [("reader", "ok"),
                                 ("container", "piv-9a"), *key, ("container", "piv-9c"), *curve,
                                 ("container", "piv-9d"), *key, ("container", "piv-9e"), *key,
                                 ("certificate store", "ok"),
                                 ("certificates that lead to their key", "3"), ("release", "ok")])
        self.assertEqual(card["private_key_operations"], 3)
        self.assertEqual((card["wrong_pins"], card["pin_tries_left"]), (0, 3))


if __name__ == "__main__":
    unittest.main()
