# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""Our CSP makes, certifies, imports and deletes keys on a simulated YubiKey. OpenSSL makes the
certificates and the keys to import, and judges signatures. Each call of probe() is a process."""
import re
import unittest

from csp_world import (BAD_DATA, BAD_FLAGS, BAD_KEYSET, BAD_KEYSET_PARAM, BAD_KEY_STATE, BAD_LEN,
                       CspWorld, EXISTS, INVALID_PARAMETER, NO_KEY, NO_SUCH_CERTIFICATE, PERM,
                       PIN, SILENT, SECURITY_VIOLATION, STORAGE_FULL, UNKNOWN_READER,
                       UNSUPPORTED_FEATURE)
from windows_world import MANAGEMENT_KEY, windows_path

NAME = "letter signing"
SIGNED = b"what is signed\0"
KEYEXCHANGE, SIGNATURE = "1", "2"
GUID = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
IMPORT_ALLOWED = {"AllowPrivateExchangeKeyImport": 1, "AllowPrivateSignatureKeyImport": 1}


class CspWriting(unittest.TestCase):
    def world(self, **values):
        return CspWorld("csp_writing_probe.exe", **values)

    @staticmethod
    def use_management_key(world, key):
        file = world.folder / "home" / "management_key"
        file.write_text(key)
        world.environment["CARDMUX_MANAGEMENT_KEY_FILE"] = windows_path(file)

    # What OpenSSL does

    @staticmethod
    def openssl(world, *words, stdin=b""):
        return world.run(["openssl", *words], stdin=stdin)

    def public_key(self, world, found):
        """The file of the key whose PUBLICKEYBLOB was found."""
        blob = world.folder / "public.blob"
        blob.write_bytes(bytes.fromhex(dict(found)["public"]))
        file = world.folder / "public.pem"
        self.openssl(world, "rsa", "-pubin", "-inform", "MSBLOB", "-in", blob, "-pubout", "-out",
                     file)
        return file

    def assert_signed(self, world, found, key):
        signature = world.folder / "signature"
        signature.write_bytes(bytes.fromhex(dict(found)["signature"]))
        self.assertIn("Verified OK", self.openssl(
            world, "dgst", "-sha256", "-verify", key, "-signature", signature, stdin=SIGNED).out)

    def certificate(self, world, key):
        """DER, of the key in the file, by an authority of its own."""
        authority, request, der = (world.folder / name for name in ("ca", "request", "der"))
        self.openssl(world, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=CA",
                     "-keyout", f"{authority}.key", "-out", f"{authority}.pem")
        self.openssl(world, "req", "-new", "-key", f"{authority}.key", "-subj", "/CN=somebody",
                     "-out", request)
        self.openssl(world, "x509", "-req", "-in", request, "-force_pubkey", key, "-CA",
                     f"{authority}.pem", "-CAkey", f"{authority}.key", "-CAcreateserial",
                     "-outform", "DER", "-out", der)
        return der.read_bytes()

    def private_key(self, world, spec=KEYEXCHANGE):
        """A new key: its PRIVATEKEYBLOB, and the file of its public part."""
        file, blob, public = (world.folder / name for name in ("key.pem", "key.blob", "key.pub"))
        self.openssl(world, "genrsa", "-out", file, "2048")
        self.openssl(world, "rsa", "-in", file, "-outform", "MSBLOB", "-out", blob)
        self.openssl(world, "rsa", "-in", file, "-pubout", "-out", public)
        data = bytearray(blob.read_bytes())
        if spec == SIGNATURE:
            data[4:8] = (0x2400).to_bytes(4, "little")  # CALG_RSA_SIGN
        return data.hex(), public

    # Making

    def test_a_key_is_made_certified_found_by_its_name_and_deleted(self):
        with self.world() as world:
            made, _ = world.probe("new", NAME, PIN, KEYEXCHANGE, "2048")
            self.assertEqual([each for each in made if each[0] not in ("public", "signature")], [
                ("without PIN", SILENT), ("any card", "ok"), ("PIN", "ok"), ("new", "ok"),
                ("name", NAME), ("no key yet", NO_KEY), ("make", "ok"),
                ("algorithm", "A400, bits 2048"), ("no certificate yet", NO_SUCH_CERTIFICATE),
                ("private part", BAD_KEY_STATE), ("its key", "ok"), ("new again", EXISTS)])
            key = self.public_key(world, made)
            self.assert_signed(world, made, key)

            der = self.certificate(world, key).hex()
            certified, _ = world.probe("certify", NAME, PIN, der)
            self.assertEqual([each for each in certified if each[0] != "store"], [
                ("acquire", "ok"), ("key", "ok"), ("without PIN", SILENT), ("PIN", "ok"),
                ("no certificate", BAD_DATA), ("certify", "ok"), ("same", "1")])
            self.assertIn(("store", NAME), certified)

            signed, _ = world.probe("sign", NAME.upper(), PIN)
            self.assert_signed(world, signed, key)

            deleted, _ = world.probe("delete", NAME, PIN)
            self.assertEqual(deleted, [
                ("without PIN", SILENT), ("any card", "ok"), ("PIN", "ok"), ("delete", "ok"),
                ("acquire", BAD_KEYSET), ("delete again", BAD_KEYSET)])
            self.assertEqual(world.card()["wrong_pins"], 0)

    def test_a_deleted_key_leaves_its_name_to_a_new_one(self):
        with self.world() as world:
            made, _ = world.probe("new", NAME, PIN, KEYEXCHANGE, "2048")
            found, _ = world.probe("delete-key", NAME, PIN)
            signed, _ = world.probe("sign", NAME, PIN)
            self.assertEqual([each for each in found if each[1][:6] != "error " and
                              each[0] != "signature"], [
                ("acquire", "ok"), ("PIN", "ok"), ("delete the other", NO_KEY),
                ("delete key", "ok"), ("key", NO_KEY), ("name", NAME), ("make", "ok"),
                ("bits", "2048")])
            self.assertIn(("signature", f"error {NO_KEY}"), found)
            with self.assertRaises(AssertionError):  # it is another key now
                self.assert_signed(world, signed, self.public_key(world, made))

    def test_a_store_s_certificates_are_written_for_the_keys_that_are_in_them(self):
        with self.world() as world:
            made, _ = world.probe("new", NAME, PIN, KEYEXCHANGE, "2048")
            ours = self.certificate(world, self.public_key(world, made)).hex()
            _, strange_key = self.private_key(world)
            strange = self.certificate(world, strange_key).hex()
            before = world.card()["apdus_by_ins"].get("DB", 0)
            mixed, _ = world.probe("store", NAME, PIN, ours, strange)
            self.assertIn(("store", BAD_DATA), mixed)
            self.assertEqual(world.card()["apdus_by_ins"].get("DB", 0), before,
                             "all or nothing is written")
            found, _ = world.probe("store", NAME, PIN, ours)
            written = world.card()["apdus_by_ins"]["DB"]
            self.assertEqual(found, [
                ("verify", "ok"), ("acquire", "ok"), ("empty", "ok"),
                ("no store", INVALID_PARAMETER), ("for verification", PERM),
                ("without PIN", SILENT), ("PIN", "ok"), ("store", "ok"), ("store again", "ok"),
                ("same", "1")])
            world.probe("store", NAME, PIN, ours)
            self.assertEqual(world.card()["apdus_by_ins"]["DB"], written, "it is there already")
            keys, _ = world.probe("certify", NAME, PIN, ours)
            self.assertEqual(sum(each[0] == "store" for each in keys), 4, "the others have theirs")

    def test_a_new_container_goes_to_the_first_card_that_takes_it(self):
        with self.world(options={"readers": 3}) as world:
            def where(reader):
                """What comes of a new name if this reader's card alone has its PIN."""
                return dict(world.probe("where", "at " + reader[-10:], PIN, reader)[0])

            first = where(world.readers[0])["first"]
            here = {"first": first, "card": "ok", "PIN": "ok", "new": "ok", "make": "ok",
                    "found": "ok"}
            self.assertEqual(where(first), {**here, "reader": first})
            filled, _ = world.probe("fill", "filling", PIN, first)
            self.assertEqual(filled[-1], ("after 19", STORAGE_FULL), "20 retired places")
            found = {reader: where(reader) for reader in world.readers if reader != first}
            second = [reader for reader in found if found[reader]["new"] == "ok"]
            self.assertEqual(len(second), 1, found)
            self.assertEqual(found[second[0]], {**here, "reader": second[0]})

    def test_a_new_container_that_no_card_takes_is_refused_by_the_first(self):
        with self.world(options={"readers": 2, "cards": ["plain"]}) as world:
            found = dict(world.probe("where", NAME, PIN, world.readers[0])[0])
            if found["new"] == SILENT:  # the PIN is the other's
                found = dict(world.probe("where", NAME, PIN, world.readers[1])[0])
            self.assertEqual(found["reader"], found["first"])
            self.assertEqual(found["make"], STORAGE_FULL)

    def test_a_certificate_is_removed_and_a_deleted_container_leaves_no_handle(self):
        with self.world() as world:
            made, _ = world.probe("new", NAME, PIN, KEYEXCHANGE, "2048")
            der = self.certificate(world, self.public_key(world, made)).hex()
            world.probe("certify", NAME, PIN, der)
            found, _ = world.probe("remove", NAME, PIN)
        self.assertEqual(found, [
            ("acquire", "ok"), ("PIN", "ok"), ("key", "ok"), ("certificate", "ok"),
            ("remove", "ok"), ("certificate", NO_SUCH_CERTIFICATE), ("delete", "ok"),
            ("handle of what is gone", "0")])

    def test_a_container_of_the_card_s_own_is_deleted(self):
        with self.world() as world:  # a YubiKey that cannot delete keys: it is overwritten
            deleted, _ = world.probe("delete", "piv-9d", PIN)
            self.assertEqual(deleted[3:], [("delete", "ok"), ("acquire", BAD_KEYSET),
                                           ("delete again", BAD_KEYSET)])
            self.assertEqual(world.probe("delete", "piv-9a", PIN)[0][3], ("delete", "ok"))

    def test_a_key_that_was_replaced_is_not_taken_for_the_old_one(self):
        with self.world() as world:
            world.probe("new", NAME, PIN, KEYEXCHANGE, "2048")
            found, _ = world.probe("replace", NAME, PIN)
        self.assertEqual([(what, which[:14]) for what, which in found[3:]], [
            ("make", "ok"), ("signature", f"error {NO_KEY}"), ("old key", "0")])

    def test_making_keys_disturbs_nobody_who_signs(self):
        with self.world() as world:
            found, _ = world.probe("while-signing", NAME, PIN)
            self.assertEqual(world.card()["wrong_pins"], 0)
        self.assertEqual(found[2:], [("new", "ok"), ("make", "ok"), ("delete", "ok")] * 5
                         + [("failures", "0")])

    def test_a_new_container_has_the_form_of_its_name(self):
        with self.world() as world:
            found, _ = world.probe("forms", NAME, PIN, world.readers[0])
        self.assertEqual([which for what, which in found if what in ("new", "make", "found")],
                         ["ok"] * 12)
        names = [which for what, which in found if what == "name"]
        self.assertEqual([names[0], names[2]], [NAME, NAME + "2"])
        for name in (names[1], names[3]):
            self.assertTrue(re.fullmatch(GUID, name), name)
        self.assertNotEqual(names[1], names[3])
        for what, code in (("new in no reader", UNKNOWN_READER), ("bad name", BAD_KEYSET_PARAM),
                           ("long name", BAD_KEYSET_PARAM)):
            self.assertIn((what, code), found)

    def test_what_cannot_be_made_is_refused(self):
        with self.world() as world:
            found, _ = world.probe("refusals", NAME, PIN)
            self.assertEqual(world.card()["apdus_by_ins"].get("47", 0), 0, "no key was made")
        self.assertEqual(found, [
            ("verify", "ok"), ("pair for verification", PERM), ("any card", "ok"), ("PIN", "ok"),
            ("there", "ok"), ("the other kind", STORAGE_FULL), ("new", "ok"),
            ("exportable", BAD_FLAGS), ("exportable", BAD_FLAGS), ("bits", BAD_LEN),
            ("bits", BAD_LEN), ("bits", BAD_LEN), ("new for verification", BAD_FLAGS),
            ("gone", BAD_KEYSET)])

    def test_a_key_has_the_length_that_the_registry_says(self):
        with self.world(DefaultPrivateKeyLenBits=3072) as world:
            made, _ = world.probe("new", NAME, PIN, KEYEXCHANGE, "0")
        self.assertIn(("algorithm", "A400, bits 3072"), made)

    def test_a_card_has_one_key_for_signatures_only(self):
        with self.world(options={"cards": ["empty"]}) as world:
            made, _ = world.probe("new", NAME, PIN, SIGNATURE, "2048")
            self.assertIn(("make", "ok"), made)
            self.assertIn(("algorithm", "2400, bits 2048"), made)
            self.assert_signed(world, made, self.public_key(world, made))
            second, _ = world.probe("new", "another", PIN, SIGNATURE, "2048")
            self.assertIn(("make", STORAGE_FULL), second)

    def test_a_card_that_is_full_or_keeps_no_names_takes_no_key(self):
        with self.world(options={"cards": ["plain"]}) as world:
            self.use_management_key(world, MANAGEMENT_KEY)
            full, _ = world.probe("new", NAME, PIN, KEYEXCHANGE, "2048")
            self.assertIn(("make", STORAGE_FULL), full)
            deleted, _ = world.probe("delete", "piv-9d", PIN)
            self.assertIn(("delete", "ok"), deleted)
            self.assertIn(("acquire", BAD_KEYSET), deleted)
            named, _ = world.probe("new", NAME, PIN, KEYEXCHANGE, "2048")
            self.assertIn(("make", UNSUPPORTED_FEATURE), named)
            self.assertEqual(world.card()["apdus_by_ins"].get("47", 0), 0, "no key was made")

    def test_without_the_management_key_nothing_is_written(self):
        with self.world() as world:
            self.use_management_key(world, "11" * 24)
            made, _ = world.probe("new", NAME, PIN, KEYEXCHANGE, "2048")
            self.assertIn(("make", SECURITY_VIOLATION), made)
            self.assertEqual(world.card()["apdus_by_ins"].get("47", 0), 0, "no key was made")

    # Importing

    def check_import(self, spec, how="import"):
        with self.world(**IMPORT_ALLOWED) as world:
            blob, public = self.private_key(world, spec)
            found, _ = world.probe(how, NAME, PIN, blob)
            self.assertIn(("import", "ok"), found)
            self.assert_signed(world, found, public)
            again, _ = world.probe("sign", NAME, PIN)
            self.assert_signed(world, again, public)

    def test_a_key_of_openssl_s_is_imported(self):
        self.check_import(KEYEXCHANGE)

    def test_a_key_under_a_session_key_is_imported(self):
        self.check_import(KEYEXCHANGE, "import-encrypted")

    def test_a_key_is_imported_only_if_the_registry_allows_it(self):
        for values in ({}, {"AllowPrivateSignatureKeyImport": 1},
                       {**IMPORT_ALLOWED, "RequireOnCardPrivateKeyGen": 1}):
            with self.subTest(values=values), self.world(**values) as world:
                blob, _ = self.private_key(world)
                found, _ = world.probe("import", NAME, PIN, blob)
                self.assertIn(("import", PERM), found)

    def test_a_damaged_key_is_not_imported(self):
        with self.world(**IMPORT_ALLOWED) as world:
            blob, _ = self.private_key(world)
            cut, _ = world.probe("import", NAME, PIN, blob[:-2])
            self.assertIn(("import", BAD_DATA), cut)
            self.assertEqual(world.card()["apdus_by_ins"].get("FE", 0), 0, "nothing was written")


if __name__ == "__main__":
    unittest.main()
