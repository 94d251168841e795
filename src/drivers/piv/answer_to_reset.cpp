// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "drivers/piv/answer_to_reset.h"

#include <algorithm>
#include <string_view>

namespace cardmux::drivers::piv {
namespace {

constexpr std::uint8_t category_compact_tlv = 0x80;
constexpr std::uint8_t category_compact_tlv_and_status = 0x00;
constexpr std::uint8_t tag_card_capabilities = 0x7;
constexpr std::size_t software_functions_3_index = 2;
constexpr std::uint8_t extended_length_bit = 0x40;

struct Layout {
    bool offers_t1 = false;
    ByteView historical;
};

/// TS T0 { TAi TBi TCi TDi } historical bytes, check byte. The upper half of T0 and of each TDi
/// says which interface bytes follow, the lower half of T0 how many historical bytes, of TDi a
/// protocol.
Layout layout_of(ByteView atr) {
    Layout layout;
    if (atr.size() < 2) return layout;
    const std::size_t historical_size = atr[1] & 0x0F;
    std::uint8_t present = atr[1] >> 4;
    std::size_t position = 2;
    while (present != 0) {
        for (int bit = 0; bit < 3; ++bit) position += (present >> bit) & 1;
        const bool has_more = (present & 0x8) != 0;
        present = 0;
        if (has_more) {
            if (position >= atr.size()) return layout;
            if ((atr[position] & 0x0F) == 1) layout.offers_t1 = true;
            present = atr[position++] >> 4;
        }
    }
    if (position + historical_size <= atr.size())
        layout.historical = atr.subspan(position, historical_size);
    return layout;
}

/// The card capabilities among COMPACT-TLV objects: half a byte of tag, half a byte of length.
bool capabilities_have_extended_length(ByteView objects) {
    while (!objects.empty()) {
        const std::uint8_t tag = objects[0] >> 4;
        const std::size_t size = objects[0] & 0x0F;
        if (size + 1 > objects.size()) return false;
        if (tag == tag_card_capabilities && size > software_functions_3_index)
            return (objects[1 + software_functions_3_index] & extended_length_bit) != 0;
        objects = objects.subspan(1 + size);
    }
    return false;
}

bool contains(ByteView bytes, std::string_view text) {
    const ByteView wanted = bytes_of(text);
    return std::search(bytes.begin(), bytes.end(), wanted.begin(), wanted.end()) != bytes.end();
}

}  // namespace

ByteView historical_bytes(ByteView atr) {
    return layout_of(atr).historical;
}

bool offers_extended_length(ByteView atr) {
    const Layout layout = layout_of(atr);
    if (!layout.offers_t1 || layout.historical.empty()) return false;
    ByteView objects = layout.historical.subspan(1);
    switch (layout.historical[0]) {
        case category_compact_tlv:
            break;
        case category_compact_tlv_and_status:
            objects = objects.first(objects.size() - std::min<std::size_t>(objects.size(), 3));
            break;
        default:
            return contains(layout.historical, "Yubikey4");
    }
    return capabilities_have_extended_length(objects);
}

bool is_named_yubikey(ByteView atr) {
    const ByteView name = historical_bytes(atr);
    return contains(name, "YubiKey") || contains(name, "Yubikey");
}

}  // namespace cardmux::drivers::piv
