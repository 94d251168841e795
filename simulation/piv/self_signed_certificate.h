// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Certificates for the keys of a new card: signed by themselves, valid from 2020 to 2049, the same
// bytes each time. A certificate that differed from process to process could not verify what
// another process has signed.
#pragma once

#include <cstdint>
#include <string>

#include "simulation/piv/private_key.h"

namespace cardmux::simulation {

struct CertificateText {
    std::string common_name;
    std::uint64_t serial_number = 1;
    bool can_encrypt = false;  ///< key usage also has key encipherment or key agreement
};

/// returns   DER
/// errors    Internal: libcrypto failed
Result<Bytes> self_signed_certificate(const CryptoLibrary& library, const PrivateKey& key,
                                      const CertificateText& text);

}  // namespace cardmux::simulation
