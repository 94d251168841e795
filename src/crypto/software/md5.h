// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// MD5, for the pseudo-random function of TLS 1.0 and 1.1 and nothing else: two messages with the
// same MD5 are found in seconds, so that nothing is hashed with it to be signed. (A program may
// bring such a hash: rsa_padding.h.) Built on every system, so that the sanitizers and libcrypto
// look at it.
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"

namespace cardmux::crypto {

constexpr std::size_t md5_size = 16;

/// 16 bytes. What was computed on the way is overwritten.
///
/// source    RFC 1321, section 3
std::array<std::uint8_t, md5_size> md5(ByteView data);

}  // namespace cardmux::crypto
