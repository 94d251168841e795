// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// MGF1 (RFC 8017, appendix B.2.1), applied in place. Private to src/crypto.
#pragma once

#include <span>

#include "crypto/public_key.h"

namespace cardmux::crypto {

/// XORs `target` with the mask that `seed` generates. Overwrites what it computed on the way.
///
/// errors    Internal
Result<void> apply_mgf1(HashAlgorithm algorithm, ByteView seed, std::span<std::uint8_t> target);

}  // namespace cardmux::crypto
