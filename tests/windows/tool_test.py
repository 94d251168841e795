# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""What cardmux.exe changes in the registry and puts back, under Wine, without a card. Under Wine
everybody may write to HKLM: what happens without the rights of an administrator is not shown here,
but for keys that nobody may write."""
import getpass
import json
import os
import pathlib
import re
import shutil
import subprocess
import unittest

from tool_case import (BASE_CSP, BASE_KSP, BUILD, CARDS, CNG, EVENTS, OUR_AES_CSP, OUR_CSP,
                       OUR_DLLS, OUR_KSP, PROVIDERS, PROVIDERS_32, SECONDS, TIMEOUT, WINE, ToolTest)

OUR_KSP_KEY = CNG + "\\Providers\\" + OUR_KSP
ATR = "3bfc180000813180459067464a00680804000000000e"


def backup_of(*values, absent=(), files=()):
    return {"absent_keys": list(absent), "values": list(values), "copied_files": list(files),
            "was_registered_with_cng": False}


def saved_value(path, name, text):
    data = (text + "\0").encode("utf-16-le").hex()
    return {"root": "HKLM", "view": 64, "path": path, "name": name,
            "value": {"type": 1, "data": data}}


class Trust(ToolTest):
    """Any user may make %ProgramData%\\Cardmux, and what is in it, before an administrator does."""
    STRANGER = 65534

    def refused(self, words, reason):
        answer = self.tool(*words, code=1)
        self.assertIn(reason, answer["error"]["text"])

    @unittest.skipIf(os.geteuid() != 0, "wants to give a file away")
    def test_believes_no_backup_of_another_user(self):
        before = self.exports()
        self.planted("backup.json", backup_of(), self.STRANGER)
        self.planted("basecsp.json", backup_of(), self.STRANGER)
        for words in (["register"], ["unregister"], ["basecsp", "restore"],
                      ["basecsp", "set-timeout", "100"]):
            self.refused(words, "others than administrators may have written it")
        self.assert_same(before)

    def test_believes_no_backup_that_others_may_write(self):
        self.planted("backup.json", backup_of()).chmod(0o666)
        self.refused(["unregister"], "others than administrators may have written it")

    def test_believes_no_backup_with_a_second_name(self):
        target = self.folder / "theirs.json"
        target.write_text(json.dumps(backup_of()))
        file = self.planted("backup.json", {})
        file.unlink()
        os.link(target, file)
        self.refused(["unregister"], "others than administrators may have written it")

    def test_restores_no_value_that_registering_does_not_write(self):
        run = r"SOFTWARE\Microsoft\Windows\CurrentVersion\Run"
        before = self.export("HKLM\\" + run)
        self.planted("backup.json", backup_of(saved_value(run, "Trap", "evil.exe")))
        self.planted("basecsp.json", backup_of(saved_value(run, "Trap", "evil.exe")))
        for words in (["register"], ["unregister"], ["basecsp", "restore"]):
            self.refused(words, "it names what Cardmux never changes")
        self.assertEqual(self.export("HKLM\\" + run), before)

    def test_restores_no_other_value_of_a_key_that_basecsp_changes(self):
        key = r"SOFTWARE\Microsoft\Cryptography\Defaults\Provider" + "\\" + BASE_CSP
        self.planted("basecsp.json", backup_of(saved_value(key, "Image Path", "evil.dll")))
        self.refused(["basecsp", "restore"], "it names what Cardmux never changes")

    def test_removes_no_key_that_registering_does_not_make(self):
        absent = {"root": "HKLM", "view": 64, "path": r"SOFTWARE\Microsoft\Trap"}
        self.planted("backup.json", backup_of(absent=[absent]))
        self.refused(["unregister"], "it names what Cardmux never changes")

    def test_removes_no_file_that_registering_does_not_copy(self):
        theirs = self.folder / "theirs.txt"
        theirs.write_text("theirs")
        for name in ("Z:" + str(theirs).replace("/", "\\"),
                     r"C:\windows\system32\..\system32\cardmux.dll",
                     r"C:\windows\system32\advapi32.dll"):
            self.planted("backup.json", backup_of(files=[name]))
            self.refused(["unregister"], "it names what Cardmux never changes")
        self.assertTrue(theirs.exists())


class Links(ToolTest):
    """Links in the place of our folders. Wine shows a Unix link to a folder as a link."""

    def setUp(self):
        super().setUp()
        self.theirs = self.folder / "theirs"
        self.theirs.mkdir(mode=0o700)
        (self.theirs / "card-00.turn").write_text("theirs")
        self.turns = self.shared / "turns"
        self.shared.mkdir(exist_ok=True)
        self.addCleanup(shutil.rmtree, self.shared, ignore_errors=True)

    def assert_untouched(self):
        self.assertEqual(self.theirs.stat().st_mode & 0o777, 0o700)
        self.assertEqual((self.theirs / "card-00.turn").read_text(), "theirs")

    def test_takes_over_no_folder_through_a_link(self):
        shutil.rmtree(self.turns, ignore_errors=True)
        self.turns.symlink_to(self.theirs)
        self.addCleanup(self.turns.unlink, missing_ok=True)
        before = self.exports()
        self.tool("register", code=1)
        self.assert_untouched()
        self.assert_same(before)

    def test_takes_nothing_away_but_files_of_turns(self):
        self.addCleanup(self.wine, self.folder / "cardmux.exe", "unregister", code=6)
        self.tool("register")
        (self.turns / "card-01.turn").write_text("")
        (self.turns / "note.txt").write_text("theirs")
        (self.turns / "below").symlink_to(self.theirs)
        (self.turns / "card-02.turn").symlink_to(self.theirs)
        self.tool("unregister")
        self.assert_untouched()
        left = sorted(entry.name for entry in self.turns.iterdir())
        self.assertEqual(left, ["below", "card-02.turn", "note.txt"])


class Register(ToolTest):
    def setUp(self):
        super().setUp()
        self.unregister_at_the_end()

    def test_registers_all_and_unregisters_byte_for_byte(self):
        before = self.exports()
        answer = self.tool("register")
        self.assertTrue(answer["ok"])
        dll = answer["csp_image"].replace("\\", "\\\\")
        for name, kind in ((OUR_CSP, 1), (OUR_AES_CSP, 0x18)):
            entry = self.texts(PROVIDERS + "\\" + name)
            self.assertIn(f'"Image Path"="{dll}"', entry)
            self.assertIn(f'"Type"=dword:{kind:08x}', entry)
        self.assertEqual(dll.lower(), r"c:\\windows\\system32\\cardmux.dll")
        # There the name alone is the documented form.
        self.assertIn('"Image"="cardmux.dll"', self.texts(CNG + "\\Providers\\" + OUR_KSP))
        self.assertEqual(self.system_files(), sorted(OUR_DLLS))
        turns = pathlib.Path(self.environment["WINEPREFIX"], "drive_c/ProgramData/Cardmux/turns")
        self.assertTrue(turns.is_dir(), "processes of all users have a folder to agree in")
        self.assertTrue(self.tool("unregister")["ok"])
        self.assertFalse(turns.exists())
        self.assertEqual(self.system_files(), [])
        self.assert_same(before)

    def test_regsvr32_does_the_same(self):
        before = self.exports()
        shutil.copy(BUILD / "cardmux.dll", self.folder)
        self.wine("regsvr32", "/s", self.folder / "cardmux.dll")
        self.assertIn("system32", self.texts(PROVIDERS + "\\" + OUR_CSP))
        self.assertEqual(self.system_files(), sorted(OUR_DLLS))
        self.wine("regsvr32", "/s", "/u", self.folder / "cardmux.dll")
        self.assert_same(before)

    def test_what_fails_half_way_is_undone(self):
        """regsvr32 does not look for the forwarders first: the last one is missing."""
        before = self.exports()
        shutil.copy(BUILD / "cardmux.dll", self.folder)
        (self.folder / "cardmux-pkcs11.dll").unlink()
        ended = subprocess.run([WINE, "regsvr32", "/s", self.folder / "cardmux.dll"],
                               env=self.environment, stdin=subprocess.DEVNULL,
                               capture_output=True, timeout=SECONDS)
        self.assertNotEqual(ended.returncode, 0)
        self.assertEqual(self.system_files(), [])
        self.assert_same(before)
        self.tool("unregister", code=6)

    def test_registering_twice_keeps_the_first_backup(self):
        before = self.exports()
        self.tool("register")
        self.given_dlls(self.folder / "other", b"MZ")
        answer = self.tool("register", "--dll-folder", "other", "--in-place", "--anyway")
        self.assertIn("other", answer["csp_image"])
        self.assertIn("other", self.texts(CNG + "\\Providers\\" + OUR_KSP))
        self.tool("unregister")
        self.assert_same(before)
        self.assertEqual(self.system_files(), [])

    def test_the_event_viewer_finds_our_words(self):
        before = self.exports()
        shutil.copy(BUILD / "cardmux.dll", self.folder)
        self.tool("register")
        source = self.texts(EVENTS + r"\Application\Cardmux")
        found = re.search('"EventMessageFile"="(.*)"', source)
        ended = self.wine(self.folder / "dll_probe.exe", "message",
                          found.group(1).replace("\\\\", "\\"), "The PIN is stale: 100%")
        self.assertEqual(ended.stdout.split(), b"found The PIN is stale: 100%".split())
        self.tool("unregister")
        self.assert_same(before)

    def test_registers_no_dll_in_place_that_others_may_change(self):
        """Under Wine a file always belongs to the user, who is no administrators' group."""
        before = self.exports()
        answer = self.tool("register", "--in-place", code=2)
        self.assertIn("others than administrators may change", answer["error"]["text"])
        self.assertIn("System32", answer["error"]["next"])
        self.assert_same(before)

    def test_wants_all_dlls(self):
        (self.folder / "cardmuxksp.dll").unlink()
        answer = self.tool("register", code=2)
        self.assertIn("cardmuxksp.dll", answer["error"]["text"])

    def test_what_was_there_comes_back_with_its_type(self):
        """Somebody's values under our name, of types that we would not write."""
        self.given_key(PROVIDERS + "\\" + OUR_CSP,
                       **{"Image Path": ("REG_EXPAND_SZ", r"%SystemRoot%\old.dll"),
                          "Type": ("REG_BINARY", "0102ff"), "Theirs": ("REG_SZ", "kept")})
        before = self.exports()
        self.tool("register")
        self.assertIn('"Type"=dword:00000001', self.texts(PROVIDERS + "\\" + OUR_CSP))
        self.assertIn('"Theirs"="kept"', self.texts(PROVIDERS + "\\" + OUR_CSP))
        self.tool("unregister")
        self.assert_same(before)

    def given_ksp_key(self):
        self.given_key(OUR_KSP_KEY, **{TIMEOUT: ("REG_DWORD", "700"),
                                       "PinCachePolicy": ("REG_BINARY", "0102ff"),
                                       "Theirs": ("REG_SZ", "kept")})
        for name, kind, data in (("Image", "REG_EXPAND_SZ", r"%SystemRoot%\old.dll"),
                                 ("Theirs", "REG_SZ", "kept too")):
            self.set_value(OUR_KSP_KEY + r"\UM", name, kind, data)

    def test_what_was_in_the_key_of_the_ksp_comes_back_with_its_type(self):
        self.given_ksp_key()
        before = self.exports()
        self.tool("register")
        entry = self.texts(OUR_KSP_KEY)
        self.assertIn('"Image"="cardmux.dll"', entry)
        self.assertIn(f'"{TIMEOUT}"=dword:000002bc', entry)
        self.tool("unregister")
        self.assert_same(before)

    def test_the_key_of_the_ksp_comes_back_after_windows_removed_it(self):
        """BCryptUnregisterProvider may; Wine's does nothing."""
        self.given_ksp_key()
        before = self.exports()
        self.tool("register")
        self.set_value(OUR_KSP_KEY, "DefaultPrivateKeyLenBits", "REG_DWORD", "2048")
        self.tool("register")
        self.assertIn("DefaultPrivateKeyLenBits", self.texts(OUR_KSP_KEY))
        self.assertEqual(self.reg("delete", OUR_KSP_KEY, "/f").returncode, 0)
        self.tool("unregister")
        self.assert_same(before)

    def test_settings_made_after_registering_go_with_their_key(self):
        before = self.exports()
        self.tool("register")
        self.set_value(PROVIDERS + "\\" + OUR_CSP, TIMEOUT, "REG_DWORD", "100")
        self.set_value(OUR_KSP_KEY, TIMEOUT, "REG_DWORD", "100")
        self.tool("register")
        self.tool("unregister")
        self.assert_same(before)

    def test_a_key_that_nobody_may_write_leaves_all_as_it_was(self):
        key = PROVIDERS + "\\" + OUR_AES_CSP
        self.given_key(key, Type=("REG_DWORD", "7"))
        before = self.exports()
        self.locked(key)
        answer = self.tool("register", code=1)
        self.assertIn("(nothing is changed)", answer["error"]["text"])
        self.assertIn("administrator", answer["error"]["next"])
        self.assertNotIn("not_put_back", answer)
        self.assertEqual(self.system_files(), [])
        self.assert_same(before)
        self.tool("unregister", code=6)

    def test_unregister_names_what_it_cannot_put_back_and_does_the_rest(self):
        key = PROVIDERS + "\\" + OUR_AES_CSP
        self.given_key(key, Type=("REG_DWORD", "7"))
        before = self.exports()
        self.tool("register")
        unlock = self.locked(key)
        answer = self.tool("unregister", code=1)
        self.assertEqual(answer["not_put_back"],
                         [f"{key}: {name}" for name in ("Image Path", "Type", "SigInFile")])
        self.assertIn(f"{key}: Type", answer["error"]["text"])
        self.assertNotIn("nothing is changed", answer["error"]["text"])
        self.assertIsNone(self.export(PROVIDERS + "\\" + OUR_CSP))
        self.assertEqual(self.system_files(), sorted(OUR_DLLS))
        unlock()
        self.tool("unregister")
        self.assert_same(before)
        self.assertEqual(self.system_files(), [])

    def test_foreign_files_in_the_system_folder_stay_and_nothing_is_changed(self):
        for name in OUR_DLLS:
            file = self.system / name
            file.write_bytes(b"theirs")
            self.addCleanup(file.unlink, missing_ok=True)
            before = self.exports()
            answer = self.tool("register", code=1)
            self.assertIn("nothing is changed", answer["error"]["text"])
            self.assertTrue(answer["error"]["text"].lower().endswith(
                "are ours: c:\\windows\\system32\\" + name), answer)
            self.assertEqual(file.read_bytes(), b"theirs")
            self.assertEqual(self.system_files(), [name])
            self.assert_same(before)
            self.tool("unregister", code=6)
            file.unlink()

    def test_names_our_files_whose_backup_is_lost(self):
        self.tool("register")
        backup = self.shared / "backup.json"
        lost = backup.rename(self.shared / "lost.json")
        self.addCleanup(lost.rename, backup)  # before unregistering, which needs it
        answer = self.tool("register", code=1)
        for name in OUR_DLLS:
            self.assertIn(name, answer["error"]["text"])
        self.assertIn("delete them", answer["error"]["next"])
        self.remove_system_files()
        self.tool("register")

    def test_warns_of_binding_before_anything_is_changed(self):
        file = self.system / OUR_DLLS[0]
        file.write_bytes(b"theirs")
        ended = self.wine(self.folder / "cardmux.exe", "register", "--bind-atr", ATR, code=1)
        self.assertIn(b"RunAsPPL", ended.stderr)

    def held(self):
        """A program that has the registered DLL loaded."""
        program = subprocess.Popen(
            [WINE, self.folder / "dll_probe.exe", "hold", r"C:\windows\system32\cardmux.dll"],
            env=self.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.addCleanup(program.stdout.close)
        self.addCleanup(program.wait)
        self.addCleanup(program.stdin.close)
        self.assertEqual(program.stdout.readline().strip(), b"held")
        return program

    def test_a_newer_one_takes_the_place_of_a_dll_in_use(self):
        shutil.copy(BUILD / "cardmux.dll", self.folder)
        self.tool("register")
        self.held()
        newer = self.given_dlls(self.folder / "newer", b"newer")
        self.tool("register", "--dll-folder", newer.name)
        self.assertEqual((self.system / "cardmux.dll").read_bytes(), b"newer")
        self.tool("unregister")
        self.assertEqual([name for name in self.system_files() if name in OUR_DLLS], [])

    def test_registers_again_after_a_dll_in_use_was_unregistered(self):
        before = self.exports()
        shutil.copy(BUILD / "cardmux.dll", self.folder)
        self.tool("register")
        program = self.held()
        self.tool("unregister")
        self.assertFalse((self.system / "cardmux.dll").exists(), "the name is free")
        again = self.given_dlls(self.folder / "again", b"again")
        self.tool("register", "--dll-folder", again.name)
        self.assertEqual((self.system / "cardmux.dll").read_bytes(), b"again")
        program.stdin.close()
        program.wait()
        self.tool("unregister")
        self.assert_same(before)

    def test_binds_a_card_in_an_entry_of_its_own(self):
        before = self.exports()
        self.tool("register", "--bind-atr", ATR)
        entry = self.texts(CARDS + "\\Cardmux " + ATR)
        self.assertIn(f'"Crypto Provider"="{OUR_CSP}"', entry)
        self.assertIn(f'"Smart Card Key Storage Provider"="{OUR_KSP}"', entry)
        self.tool("unregister")
        self.assert_same(before)

    def test_binds_a_card_in_the_entry_that_knows_it(self):
        key = CARDS + "\\Their PIV card"
        masked = ATR[:-4] + "0000"
        self.given_key(key, **{"ATR": ("REG_BINARY", masked),
                               "ATRMask": ("REG_BINARY", "ff" * 20 + "0000"),
                               "Crypto Provider": ("REG_SZ", BASE_CSP)})
        before = self.exports()
        answer = self.tool("register", "--bind-atr", ATR)
        self.assertIn("RunAsPPL", answer["warning"])
        self.assertIn(f'"Crypto Provider"="{OUR_CSP}"', self.texts(key))
        self.tool("unregister")
        self.assert_same(before)

    def test_binds_a_card_in_an_entry_with_bits_that_its_mask_leaves_out(self):
        key = CARDS + "\\Their PIV card"
        self.given_key(key, **{"ATR": ("REG_BINARY", ATR[:-4] + "1234"),
                               "ATRMask": ("REG_BINARY", "ff" * 20 + "0000")})
        self.tool("register", "--bind-atr", ATR)
        self.assertIn(f'"Crypto Provider"="{OUR_CSP}"', self.texts(key))

    def test_refuses_a_folder_without_the_dll(self):
        before = self.exports()
        self.assertIn("error", self.tool("register", "--dll-folder", "nowhere", code=2))
        self.assert_same(before)


class Basecsp(ToolTest):
    def test_sets_the_timeout_in_all_places_and_restores_exactly(self):
        self.given_key(PROVIDERS + "\\" + BASE_CSP, Type=("REG_DWORD", "1"))
        self.given_key(PROVIDERS_32 + "\\" + BASE_CSP, **{TIMEOUT: ("REG_DWORD", "1500")})
        self.given_key(CNG + "\\Providers\\" + BASE_KSP, **{TIMEOUT: ("REG_SZ", "odd")})
        before = self.exports()
        self.tool("basecsp", "backup")
        self.assertEqual(len(self.tool("basecsp", "set-timeout", "100")["changed"]), 3)
        shown = self.tool("basecsp", "show")["providers"]
        self.assertEqual([place["values"][TIMEOUT] for place in shown], [100, 100, 100])
        self.tool("basecsp", "set-timeout", "500")
        self.tool("basecsp", "restore")
        self.assert_same(before)

    def test_sets_nothing_without_a_backup(self):
        self.given_key(PROVIDERS + "\\" + BASE_CSP, Type=("REG_DWORD", "1"))
        before = self.exports()
        answer = self.tool("basecsp", "set-timeout", "100", code=1)
        self.assertIn("basecsp backup", answer["error"]["next"])
        self.tool("basecsp", "restore", code=6)
        self.assert_same(before)

    def test_what_fails_half_way_leaves_what_was_set_before(self):
        ksp = CNG + "\\Providers\\" + BASE_KSP
        self.given_key(PROVIDERS + "\\" + BASE_CSP, Type=("REG_DWORD", "1"))
        self.given_key(ksp, **{TIMEOUT: ("REG_DWORD", "1500")})
        before = self.exports()
        self.tool("basecsp", "backup")
        self.tool("basecsp", "set-timeout", "100")
        set_before = self.exports()
        unlock = self.locked(ksp)
        answer = self.tool("basecsp", "set-timeout", "500", code=1)
        self.assertIn("(nothing is changed)", answer["error"]["text"])
        self.assert_same(set_before)
        answer = self.tool("basecsp", "restore", code=1)
        self.assertEqual(answer["not_put_back"], [f"{ksp}: {TIMEOUT}"])
        unlock()
        self.tool("basecsp", "restore")
        self.assert_same(before)

    def test_makes_no_provider_where_there_is_none(self):
        before = self.exports()
        self.tool("basecsp", "backup")
        self.tool("basecsp", "set-timeout", "100", code=6)
        self.tool("basecsp", "restore")
        self.assert_same(before)

    def test_a_second_backup_does_not_take_the_first_ones_place(self):
        self.given_key(PROVIDERS + "\\" + BASE_CSP, Type=("REG_DWORD", "1"))
        before = self.exports()
        self.tool("basecsp", "backup")
        self.tool("basecsp", "set-timeout", "100")
        self.tool("basecsp", "backup", code=1)
        self.tool("basecsp", "restore")
        self.assert_same(before)


class Certs(ToolTest):
    def providers(self):
        return {entry["subject"]: entry["provider"]
                for entry in self.tool("certs", "list")["certificates"]}

    def test_adopts_none_whose_card_is_not_here(self):
        """It would name a container that nobody can open. Those of cards: messages_test.py."""
        self.given_certificate("csp", BASE_CSP, 1)
        self.given_certificate("ksp", BASE_KSP, 0)
        self.given_certificate("software", "Microsoft Enhanced Cryptographic Provider v1.0", 1)
        before = self.exports()
        answer = self.tool("certs", "adopt")
        self.assertEqual(answer["adopted"], [])
        self.assertEqual(sorted(entry["subject"] for entry in answer["skipped"]), ["csp", "ksp"])
        self.assertEqual(self.providers()["csp"], BASE_CSP)
        self.assertEqual(self.tool("certs", "restore")["restored"], 0)
        self.assert_same(before)

    def test_a_backup_that_cannot_be_read_is_not_taken_for_none(self):
        """It would be overwritten, and what it holds would never come back."""
        (local,) = pathlib.Path(self.environment["WINEPREFIX"]).glob(
            f"drive_c/users/{getpass.getuser()}/AppData/Local")
        backup = local / "Cardmux" / "certificates.json"
        backup.mkdir(parents=True)
        self.addCleanup(backup.rmdir)
        self.given_certificate("csp", BASE_CSP, 1)
        for words in (["certs", "adopt"], ["certs", "restore"]):
            answer = self.tool(*words, code=1)
            self.assertIn("read the backup of the certificates", answer["error"]["text"])
            self.assertIn("certificates.json", answer["error"]["next"])


class PinFile(ToolTest):
    """What an editor or a shell writes besides the PIN would cost the card's tries."""

    def test_refuses_a_file_whose_first_line_cannot_be_the_pin(self):
        file = self.folder / "pin.txt"
        for content, reason in ((b"\xef\xbb\xbf123456\r\n", "byte order mark"),
                                ("\ufeff123456\r\n".encode("utf-16-le"), "UTF-16"),
                                ("123456\r\n".encode("utf-16-le"), "UTF-16"),
                                (b"123456 \r\n", "blank"), (b"\r\n", "empty"),
                                (b"1" * 257, "256")):
            file.write_bytes(content)
            answer = self.tool("load", "--csp", "none", "--pin-file", "pin.txt", code=4)
            self.assertIn(reason, answer["error"]["text"])


class Doctor(ToolTest):
    def about(self, word, findings):
        return [finding for finding in findings if finding["about"] == word]

    def test_says_what_is_registered_from_where_and_what_is_nonsense(self):
        self.addCleanup(self.wine, self.folder / "cardmux.exe", "unregister")
        self.tool("register")
        self.set_value(PROVIDERS + "\\" + OUR_CSP, TIMEOUT, "REG_SZ", "soon")
        # What the providers refuse: provider_values.h. Nobody makes a key of 2050 bits.
        for name, value in (("DefaultPrivateKeyLenBits", "4097"), (TIMEOUT, "4001"),
                            ("PinCachePolicy", "4"), ("PinCacheSeconds", "0")):
            self.set_value(PROVIDERS + "\\" + OUR_AES_CSP, name, "REG_DWORD", value)
        self.set_value(CNG + "\\Providers\\" + OUR_KSP, "DefaultPrivateKeyLenBits", "REG_DWORD",
                       "2050")
        self.set_value(CNG + "\\Providers\\" + OUR_KSP, "PinCachePolicy", "REG_DWORD", "1")
        ended = self.wine(self.folder / "cardmux.exe", "doctor", "--json", code=5)  # no service
        findings = json.loads(ended.stdout)["findings"]
        providers = self.about("provider", findings)
        self.assertEqual(len(providers), 3)
        self.assertTrue(all("cardmux.dll" in entry["text"] for entry in providers), providers)
        settings = self.about("setting", findings)
        self.assertEqual([entry["problem"] for entry in settings], [True] * 7)
        self.assertEqual(settings[-1]["text"], OUR_KSP + ": PinCachePolicy is 1 without a "
                         "PinCacheSeconds that is allowed; the default is used")
        self.assertEqual(len(self.about("base csp", findings)), 3)


if __name__ == "__main__":
    unittest.main()
