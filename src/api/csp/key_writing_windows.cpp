// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "api/csp/key_writing_windows.h"

#include <algorithm>

#include "api/csp/csp_state_windows.h"
#include "container/matching_certificates.h"

namespace cardmux::csp {
namespace {

namespace status = api::status;

/// CryptoAPI has one word for a kind of key that a card cannot make, for one that it cannot take,
/// and for a card that takes nothing.
Refusal not_written(const Error& error) {
    if (error.code != ErrorCode::NotSupported) return error;
    return refuse(status::scard_e_unsupported_feature);
}

/// The card with what it holds now.
Outcome<container::CardInReader> read_again(const CspContext& context,
                                            container::CardInReader card) {
    CARDMUX_TRY_ASSIGN(card.contents, card.token->contents(context.client, Deadline::never()));
    return card;
}

/// None: there is no key.
std::optional<container::FoundContainer> container_at(const container::CardInReader& card,
                                                      std::uint8_t key_reference) {
    const auto containers = container::containers_of(*card.contents);
    const auto found =
        std::ranges::find(containers, key_reference, &container::Container::key_reference);
    if (found == containers.end()) return std::nullopt;
    return container::FoundContainer{card, *found};
}

/// What the context knows of its card is what the card holds now.
Outcome<void> look_again(CspContext& context) {
    CARDMUX_TRY_ASSIGN(auto card, read_again(context, *context.card()));
    auto changing = context.changing.lock();
    if (auto& found = changing->found_container)
        found = container_at(card, found->container.key_reference);
    changing->card = std::move(card);
    return done();
}

/// From the card: the context's container is this one now.
///
/// errors    NTE_FAIL: it was made, and is not to be seen
Outcome<container::FoundContainer> take_over(CspContext& context, std::uint8_t key_reference) {
    CARDMUX_TRY(look_again(context));
    auto changing = context.changing.lock();
    changing->found_container = container_at(*changing->card, key_reference);
    if (!changing->found_container) return refuse(status::nte_fail);
    changing->new_container.clear();
    return *changing->found_container;
}

/// Which key is to be made: all but its source.
Outcome<token::NewKey> plan(const CspContext& context, container::KeySpec spec) {
    auto changing = context.changing.lock();
    token::NewKey key;
    key.purpose = spec == container::KeySpec::Signature ? token::KeyPurpose::Signature
                                                        : token::KeyPurpose::KeyExchange;
    if (const auto& found = changing->found_container) {
        // A container of a PIV card is one place for one key.
        if (found->container.key_spec != spec) return refuse(status::nte_token_keyset_storage_full);
        key.key_reference = found->container.key_reference;
        key.container_name = found->key().container_name;
        key.replace = true;
        return key;
    }
    if (changing->new_container.empty()) return refuse(status::nte_bad_keyset);
    key.container_name = changing->new_container;
    key.key_reference = container::place_of(spec);
    if (key.key_reference && changing->card->contents->find_key(*key.key_reference) != nullptr)
        return refuse(status::nte_token_keyset_storage_full);
    return key;
}

}  // namespace

Outcome<std::string> make_container_name(const CspContext& context) {
    constexpr std::size_t guid_size = 16;
    Bytes random(guid_size);
    CARDMUX_TRY(software(CryptGenRandom(context.software->handle(), guid_size, random.data())));
    random[6] = static_cast<std::uint8_t>((random[6] & 0x0F) | 0x40);  // RFC 4122, 4.4: random
    random[8] = static_cast<std::uint8_t>((random[8] & 0x3F) | 0x80);
    std::string name;
    for (std::size_t at = 0; at < guid_size; ++at) {
        if (at == 4 || at == 6 || at == 8 || at == 10) name.push_back('-');
        name += to_hex(Bytes{random[at]});
    }
    return name;
}

Outcome<void> may_protect(const CspContext& context, DWORD flags) {
    if (context.is_silent() && (flags & CRYPT_USER_PROTECTED) != 0)
        return refuse(status::nte_silent_context);
    return done();
}

Outcome<container::FoundContainer> make_key(CspContext& context, container::KeySpec spec,
                                            KeySource source) {
    const auto card = context.card();
    if (!card) return refuse(status::scard_e_no_smartcard);
    CARDMUX_TRY_ASSIGN(token::NewKey key, plan(context, spec));
    key.source = std::move(source);
    const auto reference = csp_state().access.create_key(*card, context.caller(), key);
    if (!reference) return not_written(reference.error());
    return take_over(context, *reference);
}

Outcome<void> delete_key(CspContext& context) {
    const auto found = context.found_container();
    if (!found) return refuse(status::nte_no_key);
    const auto deleted = csp_state().access.delete_key(*found, context.caller());
    if (!deleted) return not_written(deleted.error());
    (void)look_again(context).ok();  // it is deleted, whether or not the card can be read
    auto changing = context.changing.lock();
    changing->found_container.reset();
    changing->new_container = found->container.name;
    return done();
}

Outcome<void> write_certificate(CspContext& context, const container::FoundContainer& key,
                                ByteView der) {
    const auto written = csp_state().access.write_certificate(key, context.caller(), der);
    if (!written) return not_written(written.error());
    return look_again(context);
}

Outcome<void> write_certificates(CspContext& context, const std::vector<Bytes>& ders) {
    const auto card = context.card();
    if (!card) return refuse(status::scard_e_no_smartcard);
    CARDMUX_TRY_ASSIGN(const auto now, read_again(context, *card));
    CARDMUX_TRY_ASSIGN(const auto matching, container::match_certificates(now, ders));
    for (const container::MatchingCertificate& one : matching)
        CARDMUX_TRY(write_certificate(context, one.container, one.der));
    return done();
}

}  // namespace cardmux::csp
