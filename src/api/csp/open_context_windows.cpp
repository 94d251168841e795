// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "api/csp/open_context_windows.h"

#include <algorithm>
#include <vector>

#include "api/csp/csp_state_windows.h"
#include "api/csp/key_writing_windows.h"
#include "api/windows/card_dialog.h"

namespace cardmux::csp {
namespace {

namespace status = api::status;

// ---- what is there ------------------------------------------------------------------------------

/// A reader that was named and is not there is another error than no reader at all.
Refusal not_opened(const Error& error, const container::ContainerName& name) {
    if (name.reader && error.code == ErrorCode::ReaderUnavailable)
        return refuse(status::scard_e_unknown_reader);
    return error;
}

/// The cards that the name leaves to choose from.
Outcome<container::CardsThere> cards_for(const CspContext& context,
                                         const container::ContainerName& name) {
    auto there =
        container::cards_in(*context.provider, name.reader, context.client, Deadline::never());
    if (!there) return not_opened(there.error(), name);
    return *std::move(there);
}

/// The card of a context without a container.
Outcome<void> open_card(CspContext& context, const container::ContainerName& name) {
    CARDMUX_TRY_ASSIGN(const auto there, cards_for(context, name));
    CARDMUX_TRY_ASSIGN(container::CardInReader card, container::first_card(there));
    context.changing.lock()->card = std::move(card);
    return done();
}

Outcome<void> open_container(CspContext& context, const container::ContainerName& name) {
    auto found =
        container::find_container(*context.provider, name, context.client, Deadline::never());
    if (!found) return not_opened(found.error(), name);
    auto changing = context.changing.lock();
    changing->card = found->card;
    changing->found_container = *std::move(found);
    return done();
}

/// A context for public data that names nothing: no card is touched.
bool is_of_no_card(const CspContext& context, const container::ContainerName& name) {
    return context.is_for_verification() && !name.reader && name.container.empty();
}

/// Public data of a card or a container.
Outcome<void> open_for_verification(CspContext& context, const container::ContainerName& name) {
    if (is_of_no_card(context, name)) return done();
    return name.container.empty() ? open_card(context, name) : open_container(context, name);
}

Outcome<void> open(CspContext& context, const container::ContainerName& name) {
    if (context.is_for_verification()) return open_for_verification(context, name);
    Outcome<void> opened = open_container(context, name);
    const bool has_none = !opened.ok() && opened.error().cause &&
                          opened.error().cause->code == ErrorCode::ObjectNotFound;
    const bool needs_none = (context.flags & CRYPT_DEFAULT_CONTAINER_OPTIONAL) != 0;
    return has_none && needs_none ? open_card(context, name) : opened;
}

/// Base CSP's rule: who can neither be asked for the PIN nor has given it may not even begin.
Outcome<void> may_begin(const CspContext& context, const container::CardInReader& card) {
    if (context.is_silent() && !card.token->is_logged_in(context.client.domain))
        return refuse(status::nte_silent_context);
    return done();
}

/// No key of this name, in the reader or on any card.
Outcome<void> check_is_new(CspContext& context, const container::ContainerName& name) {
    if (name.container.empty()) return done();
    const auto existing =
        container::find_container(*context.provider, name, context.client, Deadline::never());
    if (existing) return refuse(status::nte_exists);
    if (existing.error().code == ErrorCode::KeyNotFound) return done();
    return not_opened(existing.error(), name);
}

/// The key comes later, by CPGenKey or CPImportKey; until then nothing is written.
Outcome<void> create_container(CspContext& context, const container::ContainerName& name) {
    CARDMUX_TRY(check_is_new(context, name));
    std::string new_name = name.container;
    if (new_name.empty()) {
        CARDMUX_TRY_ASSIGN(new_name, make_container_name(context));
    }
    CARDMUX_TRY_ASSIGN(const auto there, cards_for(context, name));
    CARDMUX_TRY_ASSIGN(container::CardInReader card,
                       container::card_for_new_container(there, new_name));
    CARDMUX_TRY(may_begin(context, card));
    auto changing = context.changing.lock();
    changing->card = std::move(card);
    changing->new_container = std::move(new_name);
    return done();
}

Outcome<void> delete_container(CspContext& context, const container::ContainerName& name) {
    CARDMUX_TRY(open_container(context, name));
    CARDMUX_TRY(may_begin(context, *context.card()));
    return delete_key(context);
}

Outcome<void> carry_out(CspContext& context, const container::ContainerName& name) {
    if ((context.flags & CRYPT_NEWKEYSET) != 0) return create_container(context, name);
    if ((context.flags & CRYPT_DELETEKEYSET) != 0) return delete_container(context, name);
    return open(context, name);
}

// ---- a card that is not there yet ---------------------------------------------------------------

/// A card in a reader; what a person changes by inserting one.
struct Seen {
    provider::SlotId slot = 0;
    Bytes atr;
    bool operator==(const Seen&) const = default;
};

/// In the reader that is named, or in all. No APDU, and no wait once the readers have been seen.
std::vector<Seen> look(const CspContext& context, const container::ContainerName& name) {
    std::vector<Seen> seen;
    const auto slots = context.provider->slots(Deadline::after(std::chrono::milliseconds(100)));
    if (!slots) return seen;
    for (const provider::SlotStatus& slot : *slots) {
        if (slot.card_present && name.reader.value_or(slot.reader) == slot.reader)
            seen.push_back({slot.id, slot.atr});
    }
    return seen;
}

/// Base CSP asks for a card where the name may be on one that is not inserted; not if the reader
/// that is named has a card, or is not there.
bool another_card_may_help(const container::ContainerName& name, const Refusal& refusal) {
    if (!refusal.cause) return false;
    const ErrorCode code = refusal.cause->code;
    if (code == ErrorCode::CardAbsent) return true;
    if (name.reader) return false;
    return code == ErrorCode::ReaderUnavailable ||
           (code == ErrorCode::KeyNotFound && !name.container.empty());
}

/// A person takes minutes, and what was asked of the cards just now has left holds behind.
void let_cards_go(const CspContext& context, const container::ContainerName& name) {
    container::end_holds(*context.provider, name.reader, Deadline::after(std::chrono::seconds(1)));
}

/// Tries again whenever something was inserted; and now and then with what is there: a card may
/// have been pulled and another put in between two looks, or be just waking up.
Outcome<void> open_what_comes(CspContext& context, const container::ContainerName& name,
                              std::vector<Seen> seen, Outcome<void> outcome) {
    const std::string purpose = *csp_state().prompt.lock();
    const api::CardQuestion question{name.reader.value_or(""), name.container, purpose,
                                     context.changing.lock()->window};
    constexpr int looks_between_tries = 4;  // two seconds; what is known costs no APDU then either
    int looks = 0;
    const Result<void> asked = api::ask_for_card(question, [&] {
        std::vector<Seen> now = look(context, name);
        const bool tries_anyway = !now.empty() && ++looks % looks_between_tries == 0;
        if (now == seen && !tries_anyway) return false;
        seen = std::move(now);
        outcome = carry_out(context, name);
        if (outcome.ok() || !another_card_may_help(name, outcome.error())) return true;
        let_cards_go(context, name);
        return false;
    });
    // With nobody to ask it is as it was.
    if (asked || asked.error().code == ErrorCode::NotSupported) return outcome;
    return asked.error();
}

}  // namespace

Outcome<void> open_context(CspContext& context, const std::string& text) {
    CARDMUX_TRY_ASSIGN(const container::ContainerName name, container::parse_container_name(text));
    if (!context.believes_readings() && !is_of_no_card(context, name))
        CARDMUX_TRY(container::distrust_cards(*context.provider, name.reader, Deadline::never()));
    std::vector<Seen> seen = look(context, name);
    Outcome<void> outcome = carry_out(context, name);
    const bool may_ask = !context.is_silent() && !context.is_for_verification();
    if (outcome.ok() || !may_ask || !another_card_may_help(name, outcome.error())) return outcome;
    let_cards_go(context, name);
    return open_what_comes(context, name, std::move(seen), std::move(outcome));
}

Outcome<void> choose_reader(CspContext& context, const std::string& reader) {
    const auto card = context.card();
    if (!card) return open_card(context, {reader, ""});
    return card->reader == reader ? done() : refuse(status::nte_fixedparameter);
}

Outcome<void> choose_card(CspContext& context, ByteView guid) {
    const auto has_it = [&](const container::CardInReader& card) {
        return std::ranges::equal(container::guid_of(card.contents->identity), guid);
    };
    if (const auto card = context.card())
        return has_it(*card) ? done() : refuse(status::nte_fixedparameter);
    CARDMUX_TRY_ASSIGN(const auto there, cards_for(context, {}));
    const auto found = std::ranges::find_if(there.cards, has_it);
    if (found == there.cards.end() && there.left_out) return there.left_out->error;
    if (found == there.cards.end()) return refuse(status::scard_e_no_smartcard);
    context.changing.lock()->card = *found;
    return done();
}

}  // namespace cardmux::csp
