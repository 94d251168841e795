# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""A small Windows program and what a signer of code signs of it. source: Microsoft, "Windows
Authenticode Portable Executable Signature Format", 2008, and the PE/COFF specification.

    program = small_program()
    indirect_data(program)       # DER of SpcIndirectDataContent
    value_of(indirect_data(...)) # what its signature is over: without tag and length
"""
import hashlib
import struct

OPTIONAL_HEADER = 0x58        # in the file below: after the DOS, PE and COFF headers
CHECKSUM = OPTIONAL_HEADER + 64
CERTIFICATE_TABLE = OPTIONAL_HEADER + 112 + 4 * 8
HEADERS_SIZE = 0x200
PE_IMAGE_DATA = bytes.fromhex("060a2b06010401823702010f")  # 1.3.6.1.4.1.311.2.1.15
SHA256 = bytes.fromhex("300d06096086480165030402010500")   # AlgorithmIdentifier


def small_program(code=b"\x31\xc0\xc3"):
    """A 64-bit program of one section that returns 0."""
    dos = b"MZ" + bytes(58) + struct.pack("<I", 0x40)
    coff = b"PE\0\0" + struct.pack("<HHIIIHH", 0x8664, 1, 0, 0, 0, 240, 0x22)
    optional = struct.pack("<HBBIIIII", 0x20B, 2, 0, 0x200, 0, 0, 0x1000, 0x1000)
    optional += struct.pack("<QIIHHHHHHIIIIHH", 0x140000000, 0x1000, 0x200, 6, 0, 0, 0, 6, 0, 0,
                            0x2000, HEADERS_SIZE, 0, 3, 0)
    optional += struct.pack("<QQQQII", 0x100000, 0x1000, 0x100000, 0x1000, 0, 16) + bytes(16 * 8)
    section = b".text\0\0\0" + struct.pack("<IIIIIIHHI", len(code), 0x1000, 0x200, HEADERS_SIZE, 0,
                                           0, 0, 0, 0x60000020)
    return (dos + coff + optional + section).ljust(HEADERS_SIZE, b"\0") + code.ljust(0x200, b"\0")


def digest(program):
    """All but the checksum and the place that says where the signatures are."""
    hashed = hashlib.sha256(program[:CHECKSUM])
    hashed.update(program[CHECKSUM + 4:CERTIFICATE_TABLE])
    hashed.update(program[CERTIFICATE_TABLE + 8:])
    return hashed.digest()


def der(tag, *contents):
    content = b"".join(contents)
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(octets)]) + octets + content


def indirect_data(program):
    file = der(0xA0, der(0xA2, der(0x80, "<<<Obsolete>>>".encode("utf-16-be"))))
    data = der(0x30, PE_IMAGE_DATA, der(0x30, der(0x03, b"\0"), file))
    return der(0x30, data, der(0x30, SHA256, der(0x04, digest(program))))


def value_of(encoded):
    """Without tag and length."""
    octets = encoded[1] & 0x7F if encoded[1] & 0x80 else 0
    return encoded[2 + octets:]
