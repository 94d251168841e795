// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The two public operations, as each system computes them. What is the same on all, such as which
// input is refused, is in signature_check.cpp. Private to src/crypto.
#pragma once

#include "crypto/public_key.h"

namespace cardmux::crypto {

/// input^e mod n, modulus-size bytes.
///
/// needs     a usable key (is_usable); `input` of modulus-size bytes and below the modulus
/// errors    Internal
Result<Bytes> raise_to_public_exponent(const RsaPublicKey& key, ByteView input);

/// Whether r and s (each field_size bytes) sign `hash`, after FIPS 186-5, section 6.4.2.
///
/// needs     a key of the right size that starts with 04; a signature of twice the field size; a
///           hash of field_size bytes or fewer
/// errors    DataInvalid: the key is no point on its curve; Internal;
///           SystemFailed (platform_code: the NTSTATUS)
Result<bool> ecdsa_numbers_fit(const EcPublicKey& key, ByteView hash, ByteView signature);

}  // namespace cardmux::crypto
