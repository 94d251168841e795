// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Looks for a secret in all memory of this process that can be written, without becoming a place
// where it lies: it is kept masked, and compared so.
#pragma once

#include <string>
#include <vector>

namespace memory_search {

/// A secret as this program keeps it: each byte exclusive-or'ed with `mask`.
struct MaskedSecret {
    static constexpr unsigned char mask = 0xA5;
    std::vector<unsigned char> bytes;
};

/// From the hexadecimal digits of the masked bytes.
MaskedSecret masked_secret(const std::string& digits);

struct Places {
    int all = 0;
    int locked = 0;    ///< in pages that are never swapped (VmFlags: lo)
    int undumped = 0;  ///< in pages that no core dump has (VmFlags: dd)
    std::string mappings;
};

Places find_in_memory(const MaskedSecret& secret);

}  // namespace memory_search
