#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""Writes the seeds of pkcs11_calls_fuzz: programs of calls that do what applications do.

Usage: write_pkcs11_seeds.py FOLDER. The encoding is that of pkcs11_arguments.cpp; functions are
named as in pkcs11_functions.cpp, whose order gives their numbers.
"""
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).parent
NAMES = re.findall(r'row<\w+>\("(\w+)"', (HERE / "pkcs11_functions.cpp").read_text())
TYPES = re.findall(r"CKA_\w+",
                   re.search(r"attribute_types = \{(.*?)\};",
                             (HERE / "pkcs11_arguments.cpp").read_text(), re.S).group(1))
# Places in the module's table of mechanisms (mechanisms.cpp).
EC_KEY_PAIR, RSA_PKCS, OAEP, SHA256_RSA, SHA256_PSS = 1, 2, 4, 7, 13
ECDSA, ECDSA_SHA256, SHA256 = 16, 19, 24

NULL, FIRST, OUT, PIN = b"\x00", b"\x00", b"\x01\xff", b"\x02"
HERE_IS = b"\x01\x00\x00"  # a structure to be filled
ONE = b"\x01"              # room for one number


def constant(value):
    return bytes([0xa0 + value])


def object_number(index):
    return bytes([0x60 + index])


def content(data):
    return b"\x03" + len(data).to_bytes(2, "little") + data


def attributes(*rows):
    return bytes([len(rows)]) + b"".join(bytes([TYPES.index(name)]) + value for name, value in rows)


def mechanism(place, parameter=b"\x00"):
    return b"\x01" + bytes([place]) + parameter


def number(value):
    return b"\x02" + constant(value)


def flag(value):
    return bytes([6, value])


def call(name, *arguments):
    return bytes([NAMES.index(name)]) + b"".join(arguments)


def beginning(card, flags=4, log_in=True):
    program = bytes([card]) + call("C_Initialize", b"\x01")
    program += call("C_GetSlotList", b"\x01", b"\x04", ONE)
    program += call("C_OpenSession", constant(0), constant(flags), NULL, ONE)
    if log_in:
        program += call("C_Login", FIRST, constant(1), PIN)
    return program


def find(object_class, key_id=None):
    rows = [("CKA_CLASS", number(object_class))]
    if key_id is not None:
        rows.append(("CKA_ID", flag(key_id)))
    return (call("C_FindObjectsInit", FIRST, attributes(*rows))
            + call("C_FindObjects", FIRST, b"\x08", ONE) + call("C_FindObjectsFinal", FIRST))


END = call("C_Logout", FIRST) + call("C_CloseSession", FIRST) + call("C_Finalize", NULL)
MESSAGE = content(b"to be signed")


def questions():
    program = beginning(0, log_in=False)
    for name in ("C_GetInfo", "C_GetFunctionList"):
        program += call(name, HERE_IS)
    for name in ("C_GetSlotInfo", "C_GetTokenInfo"):
        program += call(name, constant(0), HERE_IS)
    program += call("C_GetMechanismList", constant(0), b"\x40", ONE)
    program += call("C_GetMechanismInfo", constant(0), constant(1), HERE_IS)
    program += call("C_GetSessionInfo", FIRST, HERE_IS) + call("C_GetInterfaceList", HERE_IS, ONE)
    program += call("C_GetInterface", content(b"PKCS 11"), NULL, HERE_IS, constant(0))
    program += find(1) + call("C_GetObjectSize", FIRST, object_number(0), ONE)
    asked = attributes(("CKA_CLASS", b"\x04\x01"), ("CKA_VALUE", b"\x04\xff"),
                       ("CKA_SUBJECT", b"\x00"), ("CKA_LABEL", b"\x05"))
    program += call("C_GetAttributeValue", FIRST, object_number(0), asked)
    return program + call("C_GenerateRandom", FIRST, b"\x01\x08") + END


def signing(card, place, key_id, parameter=b"\x00"):
    program = beginning(card) + find(3, key_id)
    begin = call("C_SignInit", FIRST, mechanism(place, parameter), object_number(0))
    program += begin + call("C_Sign", FIRST, MESSAGE, NULL, ONE)
    program += call("C_Sign", FIRST, MESSAGE, OUT, ONE) + begin
    program += call("C_SignUpdate", FIRST, MESSAGE) + call("C_SignFinal", FIRST, OUT, ONE)
    program += find(2, key_id)
    program += call("C_VerifyInit", FIRST, mechanism(place, parameter), object_number(1))
    return program + call("C_Verify", FIRST, MESSAGE, content(bytes(64))) + END


def signing_with_pin():
    program = beginning(0) + find(3, 2)
    program += call("C_SignInit", FIRST, mechanism(ECDSA), object_number(0))
    program += call("C_Login", FIRST, constant(2), PIN)
    return program + call("C_Sign", FIRST, content(bytes(32)), OUT, ONE) + END


def decrypting(place, parameter=b"\x00"):
    program = beginning(1) + find(3, 3)
    begin = call("C_DecryptInit", FIRST, mechanism(place, parameter), object_number(0))
    program += begin + call("C_Decrypt", FIRST, content(bytes(255) + b"\x01"), OUT, ONE) + begin
    program += call("C_DecryptUpdate", FIRST, content(bytes(256)), OUT, ONE)
    return program + call("C_DecryptFinal", FIRST, OUT, ONE) + END


def digesting():
    program = beginning(0, log_in=False) + call("C_DigestInit", FIRST, mechanism(SHA256))
    program += call("C_DigestUpdate", FIRST, MESSAGE) + call("C_DigestFinal", FIRST, OUT, ONE)
    program += call("C_DigestInit", FIRST, mechanism(SHA256))
    return program + call("C_Digest", FIRST, MESSAGE, OUT, ONE) + END


def writing(card):
    program = beginning(card, flags=6)
    program += call("C_GenerateKeyPair", FIRST, mechanism(EC_KEY_PAIR),
                    attributes(("CKA_TOKEN", flag(1)), ("CKA_EC_PARAMS", b"\x03")),
                    attributes(("CKA_TOKEN", flag(1)), ("CKA_ID", flag(5))), ONE, ONE)
    program += call("C_CreateObject", FIRST, attributes(
        ("CKA_CLASS", number(3)), ("CKA_KEY_TYPE", number(3)), ("CKA_TOKEN", flag(1)),
        ("CKA_ID", flag(6)), ("CKA_EC_PARAMS", b"\x03"),
        ("CKA_VALUE", b"\x07\x20\x00" + b"\x11" * 32)), ONE)
    # The certificate of 9A in it, which is that of the card with keys here.
    recorded = (HERE / "seeds/piv_driver_fuzz/p256").read_bytes()
    for key_id, certificate in (1, recorded[235:235 + 408]), (5, b"0"):
        program += call("C_CreateObject", FIRST, attributes(
            ("CKA_CLASS", number(1)), ("CKA_CERTIFICATE_TYPE", number(0)), ("CKA_TOKEN", flag(1)),
            ("CKA_ID", flag(key_id)),
            ("CKA_VALUE", b"\x07" + len(certificate).to_bytes(2, "little") + certificate)), ONE)
    for index in (1, 2, 0):
        program += call("C_DestroyObject", FIRST, object_number(index))
    return program + END


def disturbed():
    program = beginning(0) + find(3, 1)
    for event in (call("reset_card"), call("lose_answer", b"\x01"), call("change_pin"),
                  call("pull_card"), call("insert_card")):
        program += event + call("C_SignInit", FIRST, mechanism(ECDSA), object_number(0))
        program += call("C_Sign", FIRST, content(bytes(32)), OUT, ONE)
    return program + call("C_CloseAllSessions", constant(0)) + END


def missing():
    program = beginning(0)
    for name, others in (("C_EncryptInit", 2), ("C_WrapKey", 5), ("C_DeriveKey", 5),
                         ("C_SetPIN", 4), ("C_WaitForSlotEvent", 2), ("C_SessionCancel", 1),
                         ("C_MessageSignInit", 2), ("C_SeedRandom", 2),
                         ("C_GetFunctionStatus", 0)):
        program += call(name, FIRST, bytes(others))
    return program + END


SEEDS = {
    "questions": questions(),
    "sign_ecdsa": signing(0, ECDSA_SHA256, 1),
    "sign_rsa": signing(1, SHA256_RSA, 1),
    "sign_pss": signing(1, SHA256_PSS, 1, b"\x01" + bytes([SHA256, 2]) + constant(32)),
    "sign_with_pin": signing_with_pin(),
    "decrypt": decrypting(RSA_PKCS),
    "decrypt_oaep": decrypting(OAEP, b"\x02" + bytes([SHA256, 2, 1, 0]) + constant(0)),
    "digest": digesting(),
    "write": writing(2),
    "write_with_keys": writing(0),
    "disturbed": disturbed(),
    "missing": missing(),
}


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, program in SEEDS.items():
        (folder / name).write_bytes(program)


if __name__ == "__main__":
    main()
