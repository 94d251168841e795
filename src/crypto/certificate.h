// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The fields of an X.509 certificate that a token shows (RFC 5280). Not for judging it: signature
// and extensions are not looked at. Parsed here and not by libcrypto's X509, since making that
// makes a key object (library_context_openssl.h), and a card's certificate is a stranger's input.
#pragma once

#include "base/bytes.h"
#include "crypto/public_key.h"

namespace cardmux::crypto {

struct Certificate {
    Bytes der;
    Bytes subject;            ///< Name, DER
    Bytes issuer;             ///< Name, DER
    Bytes serial_number;      ///< INTEGER, DER with tag and length
    std::string common_name;  ///< of the subject, UTF-8; the last if many, empty if none
    std::string not_before;   ///< YYYYMMDD, UTC; empty if written in no form of RFC 5280
    std::string not_after;    ///< as not_before
    Bytes public_key_info;    ///< SubjectPublicKeyInfo, DER
};

/// errors    CardDataMalformed: no certificate, or bytes after its end
Result<Certificate> parse_certificate(ByteView der);

}  // namespace cardmux::crypto
