// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "container/find_container.h"

#include <algorithm>

#include "token/derived_name.h"

namespace cardmux::container {
namespace {

/// A service that hangs must not hang its callers, who may have no limit of their own.
constexpr Duration service_patience = std::chrono::seconds(5);
constexpr Duration patience_with_one_of_many = std::chrono::seconds(3);

Result<std::vector<provider::SlotStatus>> slots_of(provider::Provider& provider,
                                                   Deadline deadline) {
    return provider.slots(deadline.or_at(now() + service_patience));
}

Result<CardInReader> read_card(provider::Provider& provider, const provider::SlotStatus& status,
                               const token::Client& client, Deadline deadline) {
    const std::shared_ptr<provider::Slot> slot = provider.slot(status.id);
    if (!slot) return Error(ErrorCode::ReaderUnavailable, "find the card");
    constexpr int attempts = 3;  // a card that was exchanged has a new token
    for (int attempt = 1;; ++attempt) {
        CardInReader card{status.id, status.reader, slot->token(), nullptr};
        auto contents = card.token->contents(client, deadline);
        if (contents) {
            card.contents = *contents;
            return card;
        }
        if (contents.error().code != ErrorCode::CardChanged || attempt == attempts)
            return contents.error();
    }
}

bool has_name(const Container& container, const std::string& name) {
    if (name.empty()) return container.is_default;
    return token::is_same_container_name(container.name, name);
}

std::optional<FoundContainer> find_on(const CardInReader& card, const std::string& name) {
    for (const Container& container : containers_of(*card.contents)) {
        if (has_name(container, name)) return FoundContainer{card, container};
    }
    return std::nullopt;
}

bool is_occupied(ErrorCode code) {
    return code == ErrorCode::CardBusy || code == ErrorCode::TimedOut ||
           code == ErrorCode::NoProgress;
}

/// Every card that is in a reader and can be read.
///
/// errors    as all_cards
Result<CardsThere> present_cards(provider::Provider& provider,
                                 const std::vector<provider::SlotStatus>& slots,
                                 const token::Client& client, Deadline deadline) {
    CardsThere there;
    std::optional<Error> first_error;
    const auto present = std::ranges::count_if(
        slots, [](const provider::SlotStatus& status) { return status.reader_present; });
    if (present == 0) return Error(ErrorCode::ReaderUnavailable, "find a reader");
    const auto inserted = std::ranges::count_if(slots, &provider::SlotStatus::card_present);
    for (const provider::SlotStatus& status : slots) {
        if (!status.card_present) continue;
        const Deadline limit =
            inserted == 1 ? deadline : deadline.or_at(now() + patience_with_one_of_many);
        auto card = read_card(provider, status, client, limit);
        if (card) {
            there.cards.push_back(std::move(card).value());
            continue;
        }
        if (!first_error) first_error = card.error();
        if (!there.left_out && is_occupied(card.error().code))
            there.left_out = LeftOut{status.id, card.error()};
    }
    if (!there.cards.empty()) return there;
    return first_error.value_or(Error(ErrorCode::CardAbsent, "find a card"));
}

/// With ride_through, a card that was known a moment ago, or the first that comes back into a
/// reader that was seen before: each has its share of that time, since a card can be waited for in
/// one reader only. Nothing without.
std::optional<CardInReader> returning_card(provider::Provider& provider,
                                           const std::vector<provider::SlotStatus>& slots,
                                           const token::Client& client, Deadline deadline) {
    const Duration patience = provider.settings().ride_through;
    if (patience == Duration::zero()) return std::nullopt;
    for (const provider::SlotStatus& status : slots) {
        const Deadline limit =
            deadline.or_at(now() + patience / static_cast<Duration::rep>(slots.size()));
        auto card = read_card(provider, status, client, limit);
        if (card) return std::move(card).value();
    }
    return std::nullopt;
}

bool is_away(ErrorCode code) {
    return code == ErrorCode::CardAbsent || code == ErrorCode::CardRemoved ||
           code == ErrorCode::ReaderUnavailable;
}

/// Of the reader that is named, else of all.
Result<std::vector<std::shared_ptr<token::Token>>> tokens_in(
    provider::Provider& provider, const std::optional<std::string>& reader, Deadline deadline) {
    CARDMUX_TRY_ASSIGN(const auto slots, slots_of(provider, deadline));
    std::vector<std::shared_ptr<token::Token>> tokens;
    for (const provider::SlotStatus& status : slots) {
        const auto slot = provider.slot(status.id);
        if (slot && reader.value_or(status.reader) == status.reader)
            tokens.push_back(slot->token());
    }
    return tokens;
}

}  // namespace

Result<CardInReader> card_in(provider::Provider& provider, const std::string& reader,
                             const token::Client& client, Deadline deadline) {
    CARDMUX_TRY_ASSIGN(const auto slots, slots_of(provider, deadline));
    const auto status = std::ranges::find(slots, reader, &provider::SlotStatus::reader);
    if (status == slots.end()) return Error(ErrorCode::ReaderUnavailable, "find the reader");
    return read_card(provider, *status, client, deadline);
}

Result<CardsThere> all_cards(provider::Provider& provider, const token::Client& client,
                             Deadline deadline) {
    CARDMUX_TRY_ASSIGN(const auto slots, slots_of(provider, deadline));
    auto there = present_cards(provider, slots, client, deadline);
    if (there || !is_away(there.error().code)) return there;
    if (auto returned = returning_card(provider, slots, client, deadline))
        return CardsThere{{*std::move(returned)}, {}};
    return there;
}

Result<CardsThere> cards_in(provider::Provider& provider, const std::optional<std::string>& reader,
                            const token::Client& client, Deadline deadline) {
    if (!reader) return all_cards(provider, client, deadline);
    CARDMUX_TRY_ASSIGN(CardInReader card, card_in(provider, *reader, client, deadline));
    return CardsThere{{std::move(card)}, {}};
}

Result<void> distrust_cards(provider::Provider& provider, const std::optional<std::string>& reader,
                            Deadline deadline) {
    CARDMUX_TRY_ASSIGN(const auto tokens, tokens_in(provider, reader, deadline));
    for (const auto& token : tokens) token->distrust_contents();
    return success();
}

void end_holds(provider::Provider& provider, const std::optional<std::string>& reader,
               Deadline deadline) {
    const auto tokens = tokens_in(provider, reader, deadline);
    if (!tokens) return;
    for (const auto& token : *tokens) token->end_hold(deadline);
}

Result<FoundContainer> find_container(provider::Provider& provider, const ContainerName& name,
                                      const token::Client& client, Deadline deadline) {
    CARDMUX_TRY_ASSIGN(const auto there, cards_in(provider, name.reader, client, deadline));
    const std::optional<LeftOut>& left_out = there.left_out;
    for (const CardInReader& card : there.cards) {
        // The default is the first card's: no later one takes the place of one not looked at.
        if (name.container.empty() && left_out && left_out->slot < card.slot) break;
        if (auto found = find_on(card, name.container)) return *std::move(found);
    }
    if (left_out) return left_out->error;
    if (name.container.empty()) return Error(ErrorCode::ObjectNotFound, "find a default container");
    return Error(ErrorCode::KeyNotFound, "find a container");
}

}  // namespace cardmux::container
