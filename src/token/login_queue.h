// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// One login with a token at a time. A program whose threads all log in at once is answered as if
// they had done it one after the other: one is logged in, the rest are told so. And one mistyped
// PIN that eight threads bring at once costs one of the card's tries, not all of them.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "base/sync.h"

namespace cardmux::token {

class LoginQueue {
  public:
    using Login = std::function<Result<void>()>;

    /// Runs `login`, which presents `pin`, when all that came before have ended. If this very PIN
    /// was refused while this call waited, its answer is the same, and the card is not asked. A PIN
    /// brought after that answer is the user's own decision and goes to the card.
    ///
    /// errors    those of `login`; TimedOut
    /// waits     for the logins before it, until the deadline, no lock held; each of them ends by
    ///           itself, by the limits of the card's queue. NoProgress ends all waits at once, not
    ///           one after the other
    Result<void> run(const SecretBytes& pin, Deadline deadline, const Login& login);

    /// How many calls wait for another's login to end.
    std::size_t waiting_count();

  private:
    /// What a login came to that others wait for.
    struct Answer {
        SecretBytes pin;
        Error error;
        std::uint64_t number = 0;  ///< counted from 1

        bool holds_for(const SecretBytes& other) const;
    };
    struct State {
        bool is_busy = false;
        std::uint64_t last_ticket = 0;
        std::deque<std::uint64_t> waiting;  ///< tickets, in the order of arrival
        std::uint64_t answer_count = 0;
        std::vector<Answer> answers;  ///< while somebody waits for whom they may hold

        /// What this PIN came to since there were so many answers.
        std::optional<Error> answer_since(std::uint64_t count, const SecretBytes& pin) const;
    };

    /// Why this caller has to ask no more; else none, and it is its turn.
    std::optional<Error> wait_for_turn(const SecretBytes& pin, Deadline deadline);
    class Turn;
    void remember(const SecretBytes& pin, const Error& error);
    void pass_on();

    Guarded<State> state_{LockRank::Session};
    Condition turn_ended_;
};

}  // namespace cardmux::token
