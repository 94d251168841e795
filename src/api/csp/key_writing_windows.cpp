// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "api/csp/key_writing_windows.h"

#include <algorithm>

#include "api/csp/csp_state_windows.h"

namespace cardmux::csp {
namespace {

namespace status = api::status;

/// CryptoAPI has one word for a kind of key that a card cannot make, for one that it cannot take,
/// and for a card that takes nothing.
Refusal not_written(const Error& error) {
    if (error.code != ErrorCode::NotSupported) return error;
    return refuse(status::scard_e_unsupported_feature);
}

Outcome<void> write(CspContext& context, const container::CardInReader& card,
                    const std::function<Result<void>()>& operation) {
    const Result<void> written = csp_state().access.write(card, context.caller(), operation);
    if (!written) return not_written(written.error());
    return done();
}

/// The card with what it holds now.
Outcome<container::CardInReader> read_again(const CspContext& context,
                                            container::CardInReader card) {
    CARDMUX_TRY_ASSIGN(card.contents, card.token->contents(context.client, Deadline::never()));
    return card;
}

Outcome<container::FoundContainer> container_of(const container::CardInReader& card,
                                                std::uint8_t key_reference) {
    const auto containers = container::containers_of(*card.contents);
    const auto found =
        std::ranges::find(containers, key_reference, &container::Container::key_reference);
    if (found == containers.end()) return refuse(status::nte_fail);  // made, and not to be seen
    return container::FoundContainer{card, *found};
}

/// From the card: the context's container is this one now.
Outcome<container::FoundContainer> take_over(CspContext& context, container::CardInReader card,
                                             std::uint8_t key_reference) {
    CARDMUX_TRY_ASSIGN(card, read_again(context, std::move(card)));
    CARDMUX_TRY_ASSIGN(container::FoundContainer found, container_of(card, key_reference));
    auto changing = context.changing.lock();
    changing->card = std::move(card);
    changing->found_container = found;
    changing->new_container.clear();
    return found;
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

Outcome<container::FoundContainer> make_key(CspContext& context, container::KeySpec spec,
                                            const MakeSource& source) {
    const auto card = context.card();
    if (!card) return refuse(status::scard_e_no_smartcard);
    CARDMUX_TRY_ASSIGN(const token::NewKey planned, plan(context, spec));
    std::uint8_t reference = 0;
    CARDMUX_TRY(write(context, *card, [&]() -> Result<void> {
        token::NewKey key;
        key.key_reference = planned.key_reference;
        key.purpose = planned.purpose;
        key.container_name = planned.container_name;
        key.replace = planned.replace;
        CARDMUX_TRY_ASSIGN(key.source, source());
        CARDMUX_TRY_ASSIGN(
            reference, card->token->create_key(context.client, std::move(key), Deadline::never()));
        return success();
    }));
    return take_over(context, *card, reference);
}

Outcome<void> delete_key(CspContext& context) {
    const auto found = context.found_container();
    if (!found) return refuse(status::nte_no_key);
    CARDMUX_TRY(write(context, found->card, [&] {
        return found->card.token->delete_key(context.client, found->container.key_reference,
                                             Deadline::never(), &found->key().key.public_key);
    }));
    auto card = read_again(context, found->card);
    auto changing = context.changing.lock();
    if (card.ok()) changing->card = std::move(card).value();
    changing->found_container.reset();
    changing->new_container = found->container.name;
    return done();
}

Outcome<void> write_certificate(CspContext& context, const container::FoundContainer& key,
                                ByteView der) {
    CARDMUX_TRY(write(context, key.card, [&] {
        return key.card.token->write_certificate(context.client, key.container.key_reference, der,
                                                 Deadline::never());
    }));
    const auto now = context.found_container();
    if (!now || now->container.key_reference != key.container.key_reference) return done();
    CARDMUX_TRY(take_over(context, key.card, key.container.key_reference));
    return done();
}

}  // namespace cardmux::csp
