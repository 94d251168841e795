// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Uncompresses what a card has stored compressed: gzip (RFC 1952), or the zlib form (RFC 1950) that
// some programs write instead. The input is nobody's word: the output has a limit.
#pragma once

#include "base/bytes.h"

namespace cardmux::drivers::piv {

/// errors    CardDataMalformed: neither form, damaged, cut short, or more than `size_max` bytes;
///           OutOfMemory
Result<Bytes> inflate(ByteView compressed, std::size_t size_max);

}  // namespace cardmux::drivers::piv
