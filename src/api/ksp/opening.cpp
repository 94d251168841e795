// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "api/ksp/opening.h"

#include "container/find_container.h"

namespace cardmux::ksp {
namespace {

constexpr std::uint32_t common_flags = flag::silent | flag::machine_key | flag::ignore_device_state;

/// The process's provider, whose cards are held as the registry says now.
Outcome<std::shared_ptr<provider::Provider>> cards(Ksp& ksp, const KspProvider& provider) {
    CARDMUX_TRY(ksp.read_settings(provider));
    CARDMUX_TRY_ASSIGN(auto all, ksp.world().provider());
    return all;
}

/// A reader that the caller named is told apart from there being none at all.
Refusal about_reader(const Error& error, bool is_named) {
    if (is_named && error.code == ErrorCode::ReaderUnavailable)
        return Refusal(status::scard_e_unknown_reader, error);
    return error;
}

bool is_wanted(const container::Container& container, std::uint32_t legacy_spec) {
    return legacy_spec == 0 || legacy_spec == static_cast<std::uint32_t>(container.key_spec);
}

/// Those that the name leaves to choose from.
Outcome<container::CardsThere> cards_for(Ksp& ksp, const KspProvider& provider,
                                         const container::ContainerName& name) {
    CARDMUX_TRY_ASSIGN(const auto all, cards(ksp, provider));
    auto there = container::cards_in(*all, name.reader, all->make_client(ksp.world().domain()),
                                     Deadline::never());
    if (!there) return about_reader(there.error(), name.reader.has_value());
    return *std::move(there);
}

bool means_no_card(const Refusal& refusal) {
    if (!refusal.cause || refusal.code != status::success) return false;
    const ErrorCode code = refusal.cause->code;
    return code == ErrorCode::CardAbsent || code == ErrorCode::CardRemoved ||
           code == ErrorCode::CardNotRecognized || code == ErrorCode::ReaderUnavailable;
}

}  // namespace

Outcome<container::ContainerName> parse_name(KspProvider& provider, const std::string& text) {
    CARDMUX_TRY_ASSIGN(container::ContainerName name, container::parse_container_name(text));
    const std::string reader = provider.state.lock()->reader;
    if (!name.reader && !reader.empty()) name.reader = reader;
    return name;
}

Outcome<Handle> open_provider(Ksp& ksp, const std::string& name, std::uint32_t flags) {
    CARDMUX_TRY(check_flags(flags, common_flags));
    auto provider = std::make_shared<KspProvider>();
    provider->name = name.empty() ? api::ksp_name : name;
    return ksp.add(std::move(provider));
}

Outcome<Handle> open_key(Ksp& ksp, Handle provider_handle, const std::string& text,
                         std::uint32_t legacy_spec, std::uint32_t flags) {
    constexpr std::uint32_t legacy_spec_max = 2;
    CARDMUX_TRY_ASSIGN(const auto provider, ksp.find_provider(provider_handle));
    CARDMUX_TRY(check_flags(flags, common_flags));
    if (legacy_spec > legacy_spec_max) return refuse(status::nte_invalid_parameter);
    CARDMUX_TRY_ASSIGN(const auto name, parse_name(*provider, text));
    CARDMUX_TRY_ASSIGN(const api::ProviderSettings settings, ksp.read_settings(*provider));
    token::Client client;
    CARDMUX_TRY_ASSIGN(container::FoundContainer found, find_named(ksp, name, client));
    if (!is_wanted(found.container, legacy_spec)) return refuse(status::nte_bad_keyset);
    auto key = std::make_shared<KspKey>();
    key->provider = provider;
    key->provider_handle = provider_handle;
    key->client = client;
    key->settings = settings;
    key->state.lock()->algorithm = &algorithm_of(found.key().key);
    key->public_key = found.key().key.public_key;
    key->container = std::move(found);
    return ksp.add(std::move(key));
}

Outcome<KeyListing> list_keys(Ksp& ksp, Handle provider_handle, const std::string& scope,
                              std::uint32_t flags) {
    CARDMUX_TRY_ASSIGN(const auto provider, ksp.find_provider(provider_handle));
    CARDMUX_TRY(check_flags(flags, common_flags));
    CARDMUX_TRY_ASSIGN(const auto name, parse_name(*provider, scope));
    if (!name.container.empty()) return refuse(status::nte_invalid_parameter);
    const auto there = cards_for(ksp, *provider, name);
    KeyListing list;
    if (!there.ok()) {
        if (means_no_card(there.error())) return list;
        return there.error();
    }
    if (there.value().left_out) list.end = there.value().left_out->error;
    for (const container::CardInReader& card : there.value().cards) {
        for (const container::Container& found : container::containers_of(*card.contents)) {
            const token::TokenKey* key = card.contents->find_key(found.key_reference);
            list.keys.push_back({found.name, algorithm_of(key->key).name,
                                 static_cast<std::uint32_t>(found.key_spec)});
        }
    }
    return list;
}

Outcome<container::FoundContainer> find_named(Ksp& ksp, const container::ContainerName& name,
                                              token::Client& client) {
    CARDMUX_TRY_ASSIGN(const auto all, ksp.world().provider());
    client = all->make_client(ksp.world().domain());
    auto found = container::find_container(*all, name, client, Deadline::never());
    if (!found) return about_reader(found.error(), name.reader.has_value());
    return std::move(found).value();
}

Outcome<container::CardInReader> card_of(Ksp& ksp, KspProvider& provider) {
    CARDMUX_TRY_ASSIGN(const auto name, parse_name(provider, ""));
    CARDMUX_TRY_ASSIGN(const auto there, cards_for(ksp, provider, name));
    CARDMUX_TRY_ASSIGN(auto card, container::first_card(there));
    return card;
}

Outcome<container::CardInReader> card_for_new_key(Ksp& ksp, const KspProvider& provider,
                                                  const container::ContainerName& name) {
    CARDMUX_TRY_ASSIGN(const auto there, cards_for(ksp, provider, name));
    CARDMUX_TRY_ASSIGN(auto card, container::card_for_new_container(there, name.container));
    return card;
}

Outcome<std::vector<const Algorithm*>> list_algorithms(Ksp& ksp, Handle provider,
                                                       std::uint32_t operations,
                                                       std::uint32_t flags) {
    CARDMUX_TRY(ksp.find_provider(provider));
    CARDMUX_TRY(check_flags(flags, common_flags));
    if ((operations & ~operation::all) != 0) return refuse(status::nte_invalid_parameter);
    std::vector<const Algorithm*> found;
    for (const Algorithm& algorithm : algorithms()) {
        if (operations == 0 || (algorithm.operations & operations) != 0)
            found.push_back(&algorithm);
    }
    if (found.empty()) return refuse(status::nte_not_supported);
    return found;
}

Outcome<void> check_algorithm(Ksp& ksp, Handle provider, const std::string& name,
                              std::uint32_t flags) {
    CARDMUX_TRY(ksp.find_provider(provider));
    CARDMUX_TRY(check_flags(flags, common_flags));
    if (find_algorithm(name) == nullptr) return refuse(status::nte_not_supported);
    return done();
}

}  // namespace cardmux::ksp
