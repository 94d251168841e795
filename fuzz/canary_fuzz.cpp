// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Must be found failing. Its mistake lies behind two objects, one inside the other: a fuzzer gets
// there in seconds if it sees how far it has come, and never if it is blind or does not run.
#include "fuzz/input.h"
#include "iso7816/tlv_reader.h"

namespace {

using cardmux::iso7816::Tlv;
using cardmux::iso7816::TlvReader;

/// The first object, with an empty value and no tag if there is none.
Tlv first_of(TlvReader reader) {
    const auto object = reader.next();
    return object.ok() && object->has_value() ? **object : Tlv{};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // One small step after the other: a fuzzer climbs stairs, not walls.
    const Tlv outer = first_of(TlvReader(cardmux::ByteView(data, size)));
    if (outer.tag != 0x7C) return 0;
    if (outer.value.size() < 2) return 0;
    const Tlv inner = first_of(TlvReader(outer.value));
    if (inner.tag == 0) return 0;
    cardmux::fuzz::require(inner.tag != 0x53, "the canary lives");
    return 0;
}
