// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <array>

#include "api/ksp/opening.h"
#include "api/ksp/properties.h"
#include "api/ksp/property_values.h"
#include "container/container_name.h"

namespace cardmux::ksp {
namespace {

constexpr std::uint32_t implementation = 0x1 | 0x8;  // HARDWARE, REMOVABLE
constexpr std::uint32_t version = 0 << 16 | 1;       // ours: 0.1

Outcome<Bytes> name_of(Ksp&, KspProvider& provider) {
    return utf16_of(provider.name);
}

Outcome<Bytes> reader_of(Ksp&, KspProvider& provider) {
    const std::string reader = provider.state.lock()->reader;
    if (reader.empty()) return refuse(status::nte_not_found);
    return utf16_of(reader);
}

Outcome<Bytes> guid_of(Ksp& ksp, KspProvider& provider) {
    CARDMUX_TRY_ASSIGN(const container::CardInReader card, card_of(ksp, provider));
    return container::guid_of(card.contents->identity);
}

Outcome<Bytes> user_store_of(Ksp& ksp, KspProvider& provider) {
    CARDMUX_TRY_ASSIGN(const container::CardInReader card, card_of(ksp, provider));
    return user_store(ksp, card);
}

/// No card that we know holds roots: the store of them is empty.
Outcome<Bytes> root_store_of(Ksp& ksp, KspProvider& provider) {
    CARDMUX_TRY(card_of(ksp, provider));
    return empty_store(ksp);
}

Outcome<Bytes> reader_icon_of(Ksp& ksp, KspProvider& provider) {
    CARDMUX_TRY_ASSIGN(const container::CardInReader card, card_of(ksp, provider));
    return reader_icon(ksp, card);
}

constexpr std::array<Property<KspProvider>, 13> table = {{
    {property::name, name_of},
    {"Impl Type", always<implementation>},
    {"Version", always<version>},
    {"Max Name Length", always<container::container_name_max>},
    {"Security Descr Support", always<0>},
    {"Enabled Use Count", always<0>},
    {property::use_context, use_context_of},
    {property::window, window_of},
    {property::reader, reader_of},
    {property::card_guid, guid_of},
    {property::user_store, user_store_of},
    {property::root_store, root_store_of},
    {"SmartCardReaderIcon", reader_icon_of},
}};

Outcome<void> set_reader(KspProvider& provider, ByteView value) {
    CARDMUX_TRY_ASSIGN(const std::string reader, utf8_of(value));
    provider.state.lock()->reader = reader;
    return done();
}

}  // namespace

Outcome<void> get_provider_property(Ksp& ksp, Handle handle, const std::string& name, Output& value,
                                    std::uint32_t flags) {
    CARDMUX_TRY_ASSIGN(const auto provider, ksp.find_provider(handle));
    return read_property<KspProvider>(
        table, name, flags, value,
        [&](const Property<KspProvider>& found) { return found.value(ksp, *provider); });
}

Outcome<void> set_provider_property(Ksp& ksp, Handle handle, const std::string& name,
                                    ByteView value, std::uint32_t flags) {
    CARDMUX_TRY_ASSIGN(const auto provider, ksp.find_provider(handle));
    CARDMUX_TRY(check_flags(flags, flag::silent | flag::persist));
    CARDMUX_TRY(check_limits(name, value));
    if ((flags & flag::persist) != 0) return refuse(status::nte_not_supported);
    if (name == property::reader) return set_reader(*provider, value);
    if (name == property::root_store) return refuse(status::scard_e_read_only_card);
    if (name == property::secure_pin) return refuse_session_pin(value);
    if (name == property::pin) {
        CARDMUX_TRY_ASSIGN(const container::CardInReader card, card_of(ksp, *provider));
        CARDMUX_TRY_ASSIGN(const container::Caller caller, ksp.caller_for(*provider, flags));
        return give_pin(ksp, card, caller, value);
    }
    return set_dialog_of(*provider, name, value);
}

}  // namespace cardmux::ksp
