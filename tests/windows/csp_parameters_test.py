# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""What our CSP answers to every parameter, as docs/windows.md says."""
import unittest

from csp_world import (BAD_DATA, BAD_TYPE, CspWorld, DONE, FIXED_PARAMETER, INVALID_PARAMETER,
                       NO_KEY, NO_SMARTCARD, PIN, RSA_FULL, UNKNOWN_READER, UNSUPPORTED_FEATURE)

PROBE = "csp_parameters_probe.exe"

# Parameters of a provider that are answered; all others are NTE_BAD_TYPE. PP_SYM_KEYSIZE and
# PP_SESSION_KEYSIZE (19, 20) are the software provider's; Wine's knows neither.
PROVIDER_ANSWERS = (1, 2, 3, 4, 5, 6, 8, 16, 17, 22, 27, 34, 35, 36, 39, 42, 43, 45, 46, 47)
# What setting a provider's parameter to nothing (zero, an empty text, no blob) comes to.
PROVIDER_SETTINGS = {
    1: DONE,  # PP_CLIENT_HWND
    8: DONE,  # PP_KEYSET_SEC_DESCR
    21: DONE,  # PP_UI_PROMPT
    24: NO_KEY,  # PP_DELETEKEY: of no kind
    31: UNSUPPORTED_FEATURE,  # PP_ADMIN_PIN
    32: DONE, 33: DONE,  # PP_KEYEXCHANGE_PIN, PP_SIGNATURE_PIN: taken back
    42: INVALID_PARAMETER,  # PP_USER_CERTSTORE: no store
    43: INVALID_PARAMETER,  # PP_SMARTCARD_READER: no name
    44: DONE,  # PP_PIN_PROMPT_STRING
    45: FIXED_PARAMETER,  # PP_SMARTCARD_GUID: another card's
    46: UNSUPPORTED_FEATURE,  # PP_ROOT_CERTSTORE
    47: INVALID_PARAMETER, 48: INVALID_PARAMETER,  # PP_SECURE_*_PIN: a blob of nothing
    49: DONE,  # PP_DISMISS_PIN_UI_SEC
}
# Of a key: KP_PERMISSIONS, KP_ALGID, KP_BLOCKLEN, KP_KEYLEN; of a card's also KP_CERTIFICATE,
# KP_PIN_ID, KP_PIN_INFO.
PUBLIC_KEY_ANSWERS = (6, 7, 8, 9)
PAIR_ANSWERS = PUBLIC_KEY_ANSWERS + (26, 43, 44)
# KP_CERTIFICATE, KP_OAEP_PARAMS.
PAIR_SETTINGS = {26: BAD_DATA, 36: DONE}


def codes(found, what):
    """What came of each parameter, by its number."""
    return {int(name.split()[-1]): code for name, code in found
            if name.rsplit(" ", 1)[0] == what}


class CspParameters(unittest.TestCase):
    def test_every_parameter_of_a_provider_is_answered_or_unknown(self):
        with CspWorld(PROBE) as world:
            found, _ = world.probe("get")
            self.assertEqual(world.card()["private_key_operations"], 0)
        self.assertEqual(codes(found, "get"),
                         {number: DONE if number in PROVIDER_ANSWERS else BAD_TYPE
                          for number in range(1, 50)})
        self.assertEqual(set(codes(found, "size after").values()), {"0"}, "no size with an error")
        self.assertEqual(codes(found, "certificates in"), {42: "3", 46: "0"})

    def test_every_parameter_of_a_provider_is_set_or_refused(self):
        with CspWorld(PROBE) as world:
            found, _ = world.probe("set")
            self.assertEqual(world.card()["verify_attempts"], 0, "no PIN is presented")
        self.assertEqual(codes(found, "set"), {number: PROVIDER_SETTINGS.get(number, BAD_TYPE)
                                               for number in range(1, 50)})

    def test_every_parameter_of_a_key_is_answered_or_unknown(self):
        with CspWorld(PROBE) as world:
            found, _ = world.probe("key")
        numbers = range(1, 45)
        self.assertEqual(codes(found, "get"), {number: DONE if number in PAIR_ANSWERS else BAD_TYPE
                                               for number in numbers})
        self.assertEqual(codes(found, "get public"),
                         {number: DONE if number in PUBLIC_KEY_ANSWERS else BAD_TYPE
                          for number in numbers})
        self.assertEqual(codes(found, "set"),
                         {number: PAIR_SETTINGS.get(number, BAD_TYPE) for number in numbers})
        self.assertEqual(codes(found, "set public"),
                         {number: DONE if number == 36 else BAD_TYPE for number in numbers})
        # READ, ENCRYPT, DECRYPT, MAC, EXPORT_KEY, IMPORT_KEY; of the public key the first two and
        # EXPORT_KEY.
        self.assertIn(("permissions", "EB, of the public key 49"), found)
        self.assertIn(("PIN id", "1"), found)

    def test_the_answers_are_those_of_the_card(self):
        with CspWorld(PROBE) as world:
            found = dict(world.probe("answers")[0])
            reader = world.readers[0]
        self.assertEqual(found["text 4"], RSA_FULL[0])
        self.assertEqual(found["text 43"], reader)
        self.assertEqual(found["text 6"], found["text 36"])
        # The container's name ends with the card's id, which PP_SMARTCARD_GUID is.
        self.assertEqual(found["text 6"], "piv-9a-" + found["value 45"])
        for parameter, number in ((3, 0x0B), (5, 0x0200), (16, 1), (17, 4), (27, 0x20),
                                  (34, 1024), (35, 1024), (39, 1)):
            self.assertEqual(found[f"value {parameter}"], number.to_bytes(4, "little").hex())
        self.assertEqual(found["icon"], "000001000100", "the beginning of an .ico file")

    def test_a_protected_pin_counts_and_stays_protected(self):
        with CspWorld(PROBE) as world:
            found, _ = world.probe("protected", PIN)
            self.assertEqual(world.card()["verify_attempts"], 2)
        self.assertEqual(found[1:], [("protect", "ok"), ("PIN", "ok"), ("left alone", "1"),
                                     ("signature", "256"), ("taken back", "ok"),
                                     ("no whole block", INVALID_PARAMETER)] * 2)

    def test_a_context_of_no_card_is_given_one_by_its_reader_or_its_id(self):
        with CspWorld(PROBE, options={"readers": 2}) as world:
            for number, reader in enumerate(world.readers):
                found, _ = world.probe("choose", reader)
                self.assertEqual([each for each in found if each[0] != "id"], [
                    ("acquire", "ok"), ("no such reader", UNKNOWN_READER), ("reader", "ok"),
                    ("reader again", "ok"), ("its reader", reader), ("containers", "4"),
                    ("another reader", FIXED_PARAMETER), ("acquire", "ok"),
                    ("no such card", NO_SMARTCARD), ("card", "ok"), ("its reader", reader)], number)

    def test_a_context_of_no_card_has_no_card_s_parameters(self):
        with CspWorld(PROBE) as world:
            world.control("remove 0")
            found = dict(world.probe("no-card")[0])
        for parameter in (43, 45, 47):
            self.assertEqual(found[f"get {parameter}"], NO_SMARTCARD)
        self.assertEqual(found["PIN"], NO_SMARTCARD)
        self.assertEqual(found["get 6"], DONE)
        self.assertEqual(found["text 6"], "")


if __name__ == "__main__":
    unittest.main()
