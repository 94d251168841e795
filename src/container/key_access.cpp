// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "container/key_access.h"

#include <algorithm>

namespace cardmux::container {
namespace {

/// What another PIN, from the application or a person, can mend.
bool is_about_the_login(const Error& error) {
    return error.code == ErrorCode::LoginRequired || error.code == ErrorCode::PinWithheld ||
           error.code == ErrorCode::PinIncorrect;
}

std::optional<TimePoint> end_of(const PinRules& rules) {
    if (rules.policy == PinCachePolicy::Normal) return std::nullopt;
    return now() + rules.lifetime;
}

/// Whoever is asked should know beforehand which try this is. Costs none.
std::optional<int> tries_left(const CardInReader& card, const Caller& caller) {
    if (const auto known = card.token->pin_tries_left()) return known;
    return card.token->read_pin_tries(caller.client, caller.deadline).value_or(std::nullopt);
}

PinQuestion question_about(const CardInReader& card, const Caller& caller) {
    PinQuestion question;
    question.reader = card.reader;
    question.card = card.contents->label;
    if (!card.contents->identity.serial_number.empty())
        question.card += " " + card.contents->identity.serial_number;
    question.purpose = caller.purpose;
    question.tries_left = tries_left(card, caller);
    question.parent_window = caller.parent_window;
    question.patience = caller.patience;
    return question;
}

}  // namespace

/// One question at a time on the screen; passed on also by an exception.
class KeyAccess::AskingTurn {
  public:
    explicit AskingTurn(KeyAccess& access) : access_(access) {
        auto state = access_.state_.lock();
        while (state->is_asking) state.wait(access_.asked_, Deadline::never());
        state->is_asking = true;
    }
    ~AskingTurn() {
        access_.state_.lock()->is_asking = false;
        access_.asked_.notify_all();
    }
    AskingTurn(const AskingTurn&) = delete;
    AskingTurn& operator=(const AskingTurn&) = delete;

  private:
    KeyAccess& access_;
};

// ---- what is kept -------------------------------------------------------------------------------

std::shared_ptr<token::LoginQueue> KeyAccess::login_queue(const CardInReader& card,
                                                          token::DomainId domain) {
    auto state = state_.lock();
    std::erase_if(state->kept, [](const auto& entry) { return entry.second.token.expired(); });
    Kept& kept = state->kept[{card.token.get(), domain}];
    if (!kept.logins) {
        kept.token = card.token;
        kept.logins = std::make_shared<token::LoginQueue>();
    }
    return kept.logins;
}

void KeyAccess::keep(const CardInReader& card, const Caller& caller, PinForUse pin) {
    auto state = state_.lock();
    Kept& kept = state->kept[{card.token.get(), caller.client.domain}];
    kept.token = card.token;
    kept.pin = std::move(pin);
    kept.until = end_of(caller.rules);
}

void KeyAccess::forget_pin(const CardInReader& card, token::DomainId domain) {
    {
        auto state = state_.lock();
        const auto found = state->kept.find({card.token.get(), domain});
        if (found != state->kept.end()) found->second.pin.reset();
    }
    card.token->logout(domain);
}

/// Null if none counts (any more).
KeyAccess::PinForUse KeyAccess::pin_that_counts(const CardInReader& card, const Caller& caller,
                                                bool for_operation) {
    if (caller.rules.policy == PinCachePolicy::AlwaysPrompt) return nullptr;
    PinForUse pin;
    bool is_over = false;
    {
        auto state = state_.lock();
        const auto found = state->kept.find({card.token.get(), caller.client.domain});
        if (found == state->kept.end()) return nullptr;
        pin = found->second.pin;
        is_over = pin && found->second.until && now() >= *found->second.until;
    }
    if (is_over) {
        forget_pin(card, caller.client.domain);
        return nullptr;
    }
    return for_operation || card.token->is_logged_in(caller.client.domain) ? pin : nullptr;
}

Result<void> KeyAccess::log_in(const CardInReader& card, const Caller& caller,
                               const SecretBytes& pin) {
    CARDMUX_TRY(login_queue(card, caller.client.domain)->run(pin, [&] {
        return card.token->login(caller.client, pin, caller.deadline);
    }));
    keep(card, caller, std::make_shared<const SecretBytes>(pin.clone()));
    return success();
}

Result<void> KeyAccess::give_pin(const CardInReader& card, const Caller& caller,
                                 const SecretBytes& pin) {
    if (caller.rules.policy == PinCachePolicy::AlwaysPrompt) return success();
    return log_in(card, caller, pin);
}

// ---- asking -------------------------------------------------------------------------------------

Result<KeyAccess::PinForUse> KeyAccess::ask_until_right(const FoundContainer& container,
                                                        const Caller& caller) {
    PinQuestion question = question_about(container.card, caller);
    for (;;) {
        auto answer = prompt_->ask(question);
        // A process with no desktop is as one that may not ask.
        if (!answer && answer.error().code == ErrorCode::NotSupported)
            return Error(ErrorCode::LoginRequired, answer.error().operation);
        CARDMUX_TRY_ASSIGN(const SecretBytes pin, std::move(answer));
        const Result<void> accepted = log_in(container.card, caller, pin);
        if (accepted) return PinForUse(std::make_shared<const SecretBytes>(pin.clone()));
        const ErrorCode code = accepted.error().code;
        if (code != ErrorCode::PinIncorrect && code != ErrorCode::PinFormatInvalid)
            return accepted.error();
        question.was_wrong = true;
        question.tries_left = container.card.token->pin_tries_left();
    }
}

Result<KeyAccess::PinForUse> KeyAccess::ask(const FoundContainer& container, const Caller& caller) {
    if (caller.is_silent || !prompt_) return Error(ErrorCode::LoginRequired, "ask for the PIN");
    assert_no_lock_held("ask for the PIN");
    const AskingTurn turn(*this);
    const bool always = container.key().key.pin_policy == drivers::PinPolicy::Always;
    // Somebody may have been asked, for the same card, while this call waited.
    if (PinForUse pin = pin_that_counts(container.card, caller, always)) return pin;
    return ask_until_right(container, caller);
}

/// The PIN to present for this use, or null if the card wants none; the domain is logged in then.
Result<KeyAccess::PinForUse> KeyAccess::authority(const FoundContainer& container,
                                                  const Caller& caller) {
    const drivers::PinPolicy policy = container.key().key.pin_policy;
    if (policy == drivers::PinPolicy::Never) return PinForUse();
    const bool always = policy == drivers::PinPolicy::Always;
    if (PinForUse pin = pin_that_counts(container.card, caller, always)) return pin;
    return ask(container, caller);
}

/// With None and AlwaysPrompt a PIN that a person typed serves this one use.
void KeyAccess::end_single_use(const CardInReader& card, const Caller& caller) {
    if (caller.rules.policy == PinCachePolicy::AlwaysPrompt) {
        forget_pin(card, caller.client.domain);
    } else {
        (void)pin_that_counts(card, caller, false);  // if its time is over, it is forgotten now
    }
}

// ---- using --------------------------------------------------------------------------------------

template <typename T>
Result<T> KeyAccess::use(const FoundContainer& container, const Caller& caller,
                         const std::function<Result<T>(const SecretBytes*)>& operation) {
    constexpr int attempts = 2;  // the login may turn out not to count any more: asked once more
    for (int attempt = 1;; ++attempt) {
        CARDMUX_TRY_ASSIGN(const PinForUse pin, authority(container, caller));
        Result<T> result = operation(pin.get());
        end_single_use(container.card, caller);
        if (result.ok() || !is_about_the_login(result.error())) return result;
        forget_pin(container.card, caller.client.domain);
        if (caller.is_silent || !prompt_ || attempt == attempts) return result;
    }
}

Result<Bytes> KeyAccess::sign(const FoundContainer& container, const Caller& caller,
                              token::SignRequest request) {
    request.key_reference = container.container.key_reference;
    return use<Bytes>(container, caller, [&](const SecretBytes* pin) {
        request.operation_pin = pin;
        return container.card.token->sign(caller.client, request, caller.deadline);
    });
}

Result<SecretBytes> KeyAccess::decrypt(const FoundContainer& container, const Caller& caller,
                                       token::DecryptRequest request) {
    request.key_reference = container.container.key_reference;
    return use<SecretBytes>(container, caller, [&](const SecretBytes* pin) {
        request.operation_pin = pin;
        return container.card.token->decrypt(caller.client, request, caller.deadline);
    });
}

Result<SecretBytes> KeyAccess::derive(const FoundContainer& container, const Caller& caller,
                                      token::DeriveRequest request) {
    request.key_reference = container.container.key_reference;
    return use<SecretBytes>(container, caller, [&](const SecretBytes* pin) {
        request.operation_pin = pin;
        return container.card.token->derive(caller.client, request, caller.deadline);
    });
}

}  // namespace cardmux::container
