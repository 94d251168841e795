// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// How each of CardToken's operations gets to the card. Private to its two source files.
#pragma once

#include "token/card_token.h"

namespace cardmux::token {

/// Runs `work` on the card once it is known to be the token's own and its applet is selected.
template <typename T>
Result<T> CardToken::on_card(const Client& client, const Purpose& purpose, Deadline deadline,
                             std::function<Result<T>(Shared&, Card&)> work) {
    transaction::Request request{client.id, client.service_class, deadline, purpose.operation};
    if (const auto known = shared_->state.lock()->contents) {
        request.card = known->identity.serial_number;
    }
    request.key = purpose.key;
    request.no_progress_limit = purpose.no_progress_limit;
    return manager_->perform<T>(request,
                                [shared = shared_, work = std::move(work),
                                 repeating = purpose.repeating](Card& card) -> Result<T> {
                                    if (const auto prepared = shared->side->prepare(card);
                                        !prepared) {
                                        note(*shared, prepared.error());
                                        return prepared.error();
                                    }
                                    Result<T> result = work(*shared, card);
                                    if (repeating == Repeating::Yes && !result && !card.loss() &&
                                        shared->side->forgets_selection(result.error())) {
                                        // Another applet answered: find ours again, once.
                                        CARDMUX_TRY(shared->side->prepare(card));
                                        result = work(*shared, card);
                                    }
                                    auto state = shared->state.lock();
                                    state->tries_left = shared->side->tries_left();
                                    return result;
                                });
}

}  // namespace cardmux::token
