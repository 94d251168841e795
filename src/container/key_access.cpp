// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "container/key_access.h"

#include <algorithm>

#include "container/asking_thread.h"

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

Result<void> check_known(const Caller& caller) {
    if (caller.client.domain != token::unknown_domain) return success();
    return Error(ErrorCode::AccessDenied, "tell whose PIN counts for the caller");
}

/// The token takes its key away; a login that did not count is made again, with another.
token::NewKey copy_of_wish(const token::NewKey& key) {
    token::NewKey copy;
    copy.key_reference = key.key_reference;
    copy.purpose = key.purpose;
    copy.container_name = key.container_name;
    copy.replace = key.replace;
    if (const auto* kind = std::get_if<crypto::KeyKind>(&key.source)) {
        copy.source = *kind;
    } else {
        copy.source = container::copy_of(std::get<crypto::PrivateKey>(key.source));
    }
    return copy;
}

bool is_about_the_card(const Error& error) {
    return error.code == ErrorCode::NoProgress || error.code == ErrorCode::TimedOut;
}

/// Whoever is asked should know beforehand which try this is. Costs none.
///
/// errors    NoProgress, TimedOut: the card does not move
Result<std::optional<int>> tries_left(const CardInReader& card, const Caller& caller) {
    if (const auto known = card.token->pin_tries_left()) return known;
    auto read = card.token->read_pin_tries(caller.client, caller.deadline);
    if (!read && is_about_the_card(read.error())) return read.error();
    return std::move(read).value_or(std::nullopt);
}

/// Nobody is asked about a card that does not move: the PIN could not be presented.
///
/// errors    as tries_left
Result<PinQuestion> question_about(const CardInReader& card, const Caller& caller) {
    PinQuestion question;
    question.reader = card.reader;
    question.card = card.contents->label;
    if (!card.contents->identity.serial_number.empty())
        question.card += " " + card.contents->identity.serial_number;
    question.purpose = caller.purpose;
    CARDMUX_TRY_ASSIGN(question.tries_left, tries_left(card, caller));
    question.parent_window = caller.parent_window;
    question.patience = caller.patience;
    return question;
}

/// The key that was found is used, and no other: the token looks, whatever happens meanwhile.
template <typename Request>
void ask_for_key(const FoundContainer& container, Request& request) {
    request.key_reference = container.container.key_reference;
    request.public_key = container.key().key.public_key;
}

/// So that nobody is asked for the PIN of a key that is gone. No APDU but after a change or a new
/// insertion.
Result<void> check_is_the_same(const FoundContainer& container, const Caller& caller) {
    CARDMUX_TRY_ASSIGN(const auto now,
                       container.card.token->contents(caller.client, caller.deadline));
    const token::TokenKey* key = now->find_key(container.container.key_reference);
    if (key != nullptr && key->key.public_key == container.key().key.public_key) return success();
    return Error(ErrorCode::KeyNotFound, "use a container's key");
}

}  // namespace

crypto::PrivateKey copy_of(const crypto::PrivateKey& key) {
    if (const auto* rsa = std::get_if<crypto::RsaPrivateKey>(&key)) {
        return crypto::RsaPrivateKey{rsa->public_key, rsa->p.clone(),  rsa->q.clone(),
                                     rsa->dp.clone(), rsa->dq.clone(), rsa->qinv.clone()};
    }
    const auto& elliptic = std::get<crypto::EcPrivateKey>(key);
    return crypto::EcPrivateKey{elliptic.public_key, elliptic.scalar.clone()};
}

/// One question at a time on the screen; passed on also by an exception. By the deadline it may not
/// have been gained.
class KeyAccess::AskingTurn {
  public:
    AskingTurn(KeyAccess& access, Deadline deadline) : access_(access) {
        auto state = access_.state_.lock();
        ++state->waiting_count;
        while (state->is_asking && state.wait(access_.asked_, deadline)) {
        }
        --state->waiting_count;
        is_gained_ = !std::exchange(state->is_asking, true);
    }
    ~AskingTurn() {
        if (!is_gained_) return;
        access_.state_.lock()->is_asking = false;
        access_.asked_.notify_all();
    }
    AskingTurn(const AskingTurn&) = delete;
    AskingTurn& operator=(const AskingTurn&) = delete;

    bool is_gained() const { return is_gained_; }

  private:
    KeyAccess& access_;
    bool is_gained_ = false;
};

/// A use of what counts for a domain, from before the login until after the operation: while there
/// is one, the domain is not logged out because a PIN's time is over.
class KeyAccess::Lease {
  public:
    Lease(KeyAccess& access, const CardInReader& card, token::DomainId domain)
        : access_(access), card_(card), domain_(domain) {
        access_.begin_use(card_, domain_);
    }
    ~Lease() { access_.end_use(card_, domain_); }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;

  private:
    KeyAccess& access_;
    const CardInReader& card_;
    token::DomainId domain_;
};

// ---- what is kept -------------------------------------------------------------------------------

void KeyAccess::begin_use(const CardInReader& card, token::DomainId domain) {
    auto state = state_.lock();
    std::erase_if(state->kept, [](const auto& entry) { return entry.second.token.expired(); });
    Kept& kept = state->kept[{card.token.get(), domain}];
    kept.token = card.token;
    ++kept.use_count;
}

/// With None and AlwaysPrompt a PIN that a person typed serves one use: here that ends.
void KeyAccess::end_use(const CardInReader& card, token::DomainId domain) {
    auto state = state_.lock();
    const auto found = state->kept.find({card.token.get(), domain});
    if (found == state->kept.end()) return;
    Kept& kept = found->second;
    if (--kept.use_count > 0 || kept.has_pin_that_counts()) return;
    if (kept.is_logged_in) card.token->logout(domain);
    state->kept.erase(found);
}

void KeyAccess::forget_pin(const CardInReader& card, token::DomainId domain) {
    auto state = state_.lock();
    const auto found = state->kept.find({card.token.get(), domain});
    if (found != state->kept.end()) {
        found->second.pin.reset();
        found->second.is_logged_in = false;
    }
    card.token->logout(domain);
}

/// A use with it failed: it counts no more, unless another one has taken its place meanwhile.
void KeyAccess::forget_failed(const CardInReader& card, token::DomainId domain,
                              const PinForUse& pin) {
    auto state = state_.lock();
    const auto found = state->kept.find({card.token.get(), domain});
    if (found != state->kept.end() && found->second.pin == pin) found->second.pin.reset();
}

/// Null if none counts (any more).
KeyAccess::PinForUse KeyAccess::pin_that_counts(const CardInReader& card, const Caller& caller,
                                                bool for_operation) {
    if (caller.rules.policy == PinCachePolicy::AlwaysPrompt) return nullptr;
    auto state = state_.lock();
    const auto found = state->kept.find({card.token.get(), caller.client.domain});
    if (found == state->kept.end()) return nullptr;
    Kept& kept = found->second;
    if (!kept.has_pin_that_counts()) kept.pin.reset();
    const bool counts = for_operation || card.token->is_logged_in(caller.client.domain);
    return counts ? kept.pin : nullptr;
}

/// needs     a lease
Result<KeyAccess::PinForUse> KeyAccess::log_in(const CardInReader& card, const Caller& caller,
                                               const SecretBytes& pin) {
    const auto key =
        std::pair<const token::Token*, token::DomainId>(card.token.get(), caller.client.domain);
    auto accepted = std::make_shared<const SecretBytes>(pin.clone());
    const auto logins = state_.lock()->kept.at(key).logins;
    CARDMUX_TRY(logins->run(pin, caller.deadline, [&] {
        return card.token->login(caller.client, pin, caller.deadline);
    }));
    auto state = state_.lock();
    Kept& kept = state->kept.at(key);
    kept.is_logged_in = true;
    if (caller.rules.policy != PinCachePolicy::AlwaysPrompt) {
        kept.pin = accepted;
        kept.until = end_of(caller.rules);
    }
    return accepted;
}

Result<void> KeyAccess::give_pin(const CardInReader& card, const Caller& caller,
                                 const SecretBytes& pin) {
    CARDMUX_TRY(check_known(caller));
    if (caller.rules.policy == PinCachePolicy::AlwaysPrompt) return success();
    const Lease lease(*this, card, caller.client.domain);
    CARDMUX_TRY(log_in(card, caller, pin));
    return success();
}

// ---- asking -------------------------------------------------------------------------------------

/// needs     a lease
KeyAccess::Unanswered KeyAccess::unanswered(const CardInReader& card, token::DomainId domain) {
    return state_.lock()->kept.at({card.token.get(), domain}).unanswered;
}

/// needs     the asking turn, a lease
Result<SecretBytes> KeyAccess::ask_once(const CardInReader& card, const Caller& caller,
                                        const PinQuestion& question) {
    // A person takes minutes, and what was asked of the card just now has left a hold behind.
    card.token->end_hold(caller.deadline);
    auto answer = prompt_->ask(question);
    if (answer) return answer;
    // A process with no desktop is as one that may not ask.
    if (answer.error().code == ErrorCode::NotSupported)
        return Error(ErrorCode::LoginRequired, answer.error().operation);
    if (answer.error().detail == cancelled_by_person)
        ++state_.lock()->kept.at({card.token.get(), caller.client.domain}).unanswered.closed;
    return answer;
}

Result<KeyAccess::PinForUse> KeyAccess::ask_until_right(const CardInReader& card,
                                                        const Caller& caller) {
    CARDMUX_TRY_ASSIGN(PinQuestion question, question_about(card, caller));
    for (;;) {
        CARDMUX_TRY_ASSIGN(const SecretBytes pin, ask_once(card, caller, question));
        auto accepted = log_in(card, caller, pin);
        if (accepted) return accepted;
        const ErrorCode code = accepted.error().code;
        if (code != ErrorCode::PinIncorrect && code != ErrorCode::PinFormatInvalid)
            return accepted.error();
        question.was_wrong = true;
        question.tries_left = card.token->pin_tries_left();
    }
}

Result<KeyAccess::PinForUse> KeyAccess::ask(const Subject& subject, const Caller& caller) {
    if (caller.is_silent || !prompt_) return Error(ErrorCode::LoginRequired, "ask for the PIN");
    if (AskingThread::is_this())
        return Error(ErrorCode::LoginRequired, "ask for the PIN while this thread asks for one");
    assert_no_lock_held("ask for the PIN");
    const token::DomainId domain = caller.client.domain;
    const Unanswered before = unanswered(subject.card, domain);
    const AskingTurn turn(*this, caller.deadline);
    if (!turn.is_gained()) return Error(ErrorCode::TimedOut, "wait for another question");
    const AskingThread inside;
    const bool always = subject.policy == drivers::PinPolicy::Always;
    // Somebody may have been asked, for the same card, while this call waited, and have said no.
    if (PinForUse pin = pin_that_counts(subject.card, caller, always)) return pin;
    const Unanswered meanwhile = unanswered(subject.card, domain);
    if (meanwhile.closed != before.closed)
        return Error(ErrorCode::Cancelled, "ask for the PIN").with_detail(cancelled_by_person);
    // One try after the other would have the last of many wait many times as long as one.
    if (meanwhile.stuck != before.stuck) return Error(ErrorCode::NoProgress, "ask for the PIN");
    auto answered = ask_until_right(subject.card, caller);
    if (!answered && answered.error().code == ErrorCode::NoProgress)
        ++state_.lock()->kept.at({subject.card.token.get(), domain}).unanswered.stuck;
    return answered;
}

/// The PIN to present for this use, or null if the card wants none; the domain is logged in then.
Result<KeyAccess::PinForUse> KeyAccess::authority(const Subject& subject, const Caller& caller) {
    if (subject.policy == drivers::PinPolicy::Never) return PinForUse();
    const bool always = subject.policy == drivers::PinPolicy::Always;
    if (PinForUse pin = pin_that_counts(subject.card, caller, always)) return pin;
    return ask(subject, caller);
}

// ---- using --------------------------------------------------------------------------------------

KeyAccess::Subject KeyAccess::subject_of(const FoundContainer& container) {
    return {container.card, container.key().key.pin_policy};
}

template <typename T>
Result<T> KeyAccess::use(const Subject& subject, const Caller& caller,
                         const std::function<Result<T>(const SecretBytes*)>& operation) {
    CARDMUX_TRY(check_known(caller));
    constexpr int attempts = 2;  // the login may turn out not to count any more: asked once more
    const Lease lease(*this, subject.card, caller.client.domain);
    for (int attempt = 1;; ++attempt) {
        CARDMUX_TRY_ASSIGN(const PinForUse pin, authority(subject, caller));
        Result<T> result = operation(pin.get());
        if (result.ok() || !is_about_the_login(result.error())) return result;
        forget_failed(subject.card, caller.client.domain, pin);
        if (caller.is_silent || !prompt_ || attempt == attempts) return result;
    }
}

Result<Bytes> KeyAccess::sign(const FoundContainer& container, const Caller& caller,
                              token::SignRequest request) {
    CARDMUX_TRY(check_is_the_same(container, caller));
    ask_for_key(container, request);
    return use<Bytes>(subject_of(container), caller, [&](const SecretBytes* pin) {
        request.operation_pin = pin;
        return container.card.token->sign(caller.client, request, caller.deadline);
    });
}

Result<SecretBytes> KeyAccess::decrypt(const FoundContainer& container, const Caller& caller,
                                       token::DecryptRequest request) {
    CARDMUX_TRY(check_is_the_same(container, caller));
    ask_for_key(container, request);
    return use<SecretBytes>(subject_of(container), caller, [&](const SecretBytes* pin) {
        request.operation_pin = pin;
        return container.card.token->decrypt(caller.client, request, caller.deadline);
    });
}

Result<SecretBytes> KeyAccess::derive(const FoundContainer& container, const Caller& caller,
                                      token::DeriveRequest request) {
    CARDMUX_TRY(check_is_the_same(container, caller));
    ask_for_key(container, request);
    return use<SecretBytes>(subject_of(container), caller, [&](const SecretBytes* pin) {
        request.operation_pin = pin;
        return container.card.token->derive(caller.client, request, caller.deadline);
    });
}

/// operation  one call of Token's that writes
Result<void> KeyAccess::write(const CardInReader& card, const Caller& caller,
                              const std::function<Result<void>()>& operation) {
    return use<void>({card, drivers::PinPolicy::Once}, caller,
                     [&](const SecretBytes* /*pin*/) { return operation(); });
}

Result<std::uint8_t> KeyAccess::create_key(const CardInReader& card, const Caller& caller,
                                           const token::NewKey& key) {
    std::uint8_t place = 0;
    CARDMUX_TRY(write(card, caller, [&]() -> Result<void> {
        CARDMUX_TRY_ASSIGN(
            place, card.token->create_key(caller.client, copy_of_wish(key), caller.deadline));
        return success();
    }));
    return place;
}

Result<void> KeyAccess::delete_key(const FoundContainer& container, const Caller& caller) {
    CARDMUX_TRY(check_is_the_same(container, caller));
    return write(container.card, caller, [&] {
        return container.card.token->delete_key(caller.client, container.container.key_reference,
                                                caller.deadline, &container.key().key.public_key);
    });
}

Result<void> KeyAccess::write_certificate(const FoundContainer& container, const Caller& caller,
                                          ByteView der) {
    CARDMUX_TRY(check_is_the_same(container, caller));
    return write(container.card, caller, [&] {
        return container.card.token->write_certificate(
            caller.client, container.container.key_reference, der, caller.deadline);
    });
}

}  // namespace cardmux::container
