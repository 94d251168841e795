// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "registration/card_binding.h"

#include "api/windows/provider_registry.h"
#include "registration/provider_keys.h"

namespace cardmux::registration {
namespace {

constexpr std::uint32_t binary_type = 3;  // REG_BINARY

/// Bits that the mask leaves out count on neither side; no mask: all bits count.
bool matches(const Bytes& answer, const RegistryValue& stored,
             const std::optional<RegistryValue>& mask) {
    if (stored.data.size() != answer.size()) return false;
    for (std::size_t i = 0; i < answer.size(); ++i) {
        const int bits = mask && i < mask->data.size() ? mask->data[i] : 0xFF;
        if (((answer[i] ^ stored.data[i]) & bits) != 0) return false;
    }
    return true;
}

/// returns   the entry that matches; without one, none
Result<std::optional<RegistryKey>> find_entry(const Bytes& answer) {
    CARDMUX_TRY_ASSIGN(const auto names, names_of_subkeys(smart_cards_key()));
    for (const std::string& name : names) {
        const RegistryKey key = smart_cards_key().child(name);
        CARDMUX_TRY_ASSIGN(const auto stored, read_value(key, "ATR"));
        CARDMUX_TRY_ASSIGN(const auto mask, read_value(key, "ATRMask"));
        if (stored && matches(answer, *stored, mask)) return std::optional<RegistryKey>(key);
    }
    return std::optional<RegistryKey>();
}

}  // namespace

Result<std::vector<RegistryWrite>> writes_to_bind(const Bytes& answer_to_reset) {
    if (answer_to_reset.size() < 2 || answer_to_reset.size() > 33)
        return Error(ErrorCode::InvalidArgument, "bind a card by its answer to reset");
    CARDMUX_TRY_ASSIGN(auto entry, find_entry(answer_to_reset));
    std::vector<RegistryWrite> writes;
    if (!entry) {
        entry = smart_cards_key().child("Cardmux " + to_hex(answer_to_reset));
        writes.push_back({*entry, "ATR", {binary_type, answer_to_reset}});
        writes.push_back({*entry, "ATRMask", {binary_type, Bytes(answer_to_reset.size(), 0xFF)}});
    }
    writes.push_back({*entry, "Crypto Provider", text_value(api::csp_name_rsa_full)});
    writes.push_back({*entry, "Smart Card Key Storage Provider", text_value(api::ksp_name)});
    return writes;
}

}  // namespace cardmux::registration
