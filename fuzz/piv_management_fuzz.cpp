// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// A PIV card that answers anything at all while keys and certificates are written to it.
#include "fuzz/use_piv_management.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace cardmux;
    fuzz::Input input(data, size);
    const ByteView atr = input.block();
    fuzz::HostileCard card(input);
    fuzz::use_piv_management(card, atr.first(std::min<std::size_t>(atr.size(), 33)));
    return 0;
}
