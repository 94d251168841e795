// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "token/card_token.h"

#include "token/on_card.h"
#include "token/scheme_encoding.h"
#include "token/token_contents.h"

namespace cardmux::token {

namespace {

/// A result that does not fit the public key is computed once more; then it is an error.
constexpr int result_attempts = 2;

}  // namespace

CardToken::CardToken(std::shared_ptr<transaction::TransactionManager> manager,
                     const TokenSettings& settings, RandomSource& random,
                     std::shared_ptr<LogSink> log)
    : manager_(std::move(manager)),
      random_(random),
      log_(std::move(log)),
      management_key_(settings.management_key),
      shared_(std::make_shared<Shared>(
          std::make_shared<CardSide>(settings.drivers, settings.card, random, log_))) {}

void CardToken::note(Shared& shared, const Error& error) {
    if (error.code == ErrorCode::CardChanged) shared.state.lock()->changed = true;
}

bool CardToken::is_changed() const {
    return shared_->state.lock()->changed;
}

// ---- what the card holds ------------------------------------------------------------------------

Result<std::shared_ptr<const TokenContents>> CardToken::contents(const Client& client,
                                                                 Deadline deadline) {
    using Reading = std::shared_ptr<const CardSide::Reading>;
    const std::uint64_t left_count = manager_->card_left_count();
    const std::uint64_t insertion = manager_->insertion();
    std::uint64_t outdated_count = 0;
    {
        auto state = shared_->state.lock();
        outdated_count = state->outdated_count;
        const bool still_holds = state->contents && state->contents_insertion == insertion &&
                                 state->contents_left_count == left_count;
        if (state->changed) return Error(ErrorCode::CardChanged, "read the card");
        if (still_holds) return state->contents;
    }
    CARDMUX_TRY_ASSIGN(
        const Reading reading,
        on_card<Reading>(client, {"read"}, deadline,
                         [](Shared& shared, Card& card) -> Result<Reading> {
                             if (std::exchange(shared.state.lock()->distrusts_card_side, false))
                                 shared.side->distrust_reading();
                             return shared.side->read(card);
                         }));
    {
        // Read for somebody else a moment ago? Then those contents are the same, and stay the same
        // object.
        auto state = shared_->state.lock();
        if (state->contents && state->contents_insertion == reading->insertion &&
            state->contents_left_count == left_count) {
            return state->contents;
        }
    }
    auto contents = make_contents(*reading, *log_);
    auto state = shared_->state.lock();
    if (state->outdated_count != outdated_count) return contents;  // perhaps read before that
    state->contents = contents;
    state->contents_insertion = reading->insertion;
    state->contents_left_count = left_count;
    return contents;
}

void CardToken::distrust_contents() {
    shared_->state.lock()->distrust();
}

// ---- authority ----------------------------------------------------------------------------------

Result<void> CardToken::present_for_application(const Client& client, const SharedPin& pin,
                                                Deadline deadline) {
    return on_card<void>(client, {"login"}, deadline, [pin](Shared& shared, Card& card) {
        return shared.side->present_for_application(card, pin);
    });
}

Result<void> CardToken::login(const Client& client, const SecretBytes& pin, Deadline deadline) {
    const auto shared_pin = std::make_shared<Pin>(pin.clone());
    CARDMUX_TRY(present_for_application(client, shared_pin, deadline));
    shared_->state.lock()->logins.log_in(client.domain, shared_pin);
    return success();
}

Result<void> CardToken::check_operation_pin(const Client& client, const SecretBytes& pin,
                                            Deadline deadline) {
    if (shared_->state.lock()->logins.find_accepted(client.domain, pin)) return success();
    const auto shared_pin = std::make_shared<Pin>(pin.clone());
    CARDMUX_TRY(present_for_application(client, shared_pin, deadline));
    shared_->state.lock()->logins.accept_for_operations(client.domain, shared_pin);
    return success();
}

void CardToken::cancel(const Client& client) {
    manager_->cancel(client.id);
}

bool CardToken::is_logged_in(DomainId domain) const {
    return shared_->state.lock()->logins.pin_of(domain) != nullptr;
}

bool CardToken::logout(DomainId domain) {
    bool was_logged_in = false;
    bool somebody_left = false;
    {
        auto state = shared_->state.lock();
        was_logged_in = state->logins.pin_of(domain) != nullptr;
        somebody_left = state->logins.log_out(domain);
    }
    if (!somebody_left) manager_->release_hold();
    return was_logged_in;
}

void CardToken::end_hold(Deadline deadline) {
    manager_->end_hold(deadline);
}

Result<std::optional<int>> CardToken::read_pin_tries(const Client& client, Deadline deadline) {
    return on_card<std::optional<int>>(
        client, {"ask for the tries left"}, deadline,
        [](Shared& shared, Card& card) { return shared.side->ask_for_tries(card); });
}

std::optional<int> CardToken::pin_tries_left() const {
    return shared_->state.lock()->tries_left;
}

/// Makes both halves of authority hold for this key and this client.
Result<void> CardToken::authorise(Shared& shared, Card& card, const KeyUse& use) {
    using drivers::PinPolicy;
    if (use.key.pin_policy == PinPolicy::Never) return success();
    if (use.key.pin_policy == PinPolicy::Always) {
        if (!use.operation_pin)
            return Error(ErrorCode::LoginRequired, "use a key that always asks");
        if (use.application_presents) {
            return shared.side->present_for_application(card, use.operation_pin);
        }
    }
    const bool always = use.key.pin_policy == PinPolicy::Always;
    const SharedPin pin =
        always ? use.operation_pin : shared.state.lock()->logins.pin_of(use.domain);
    if (!pin) return Error(ErrorCode::LoginRequired, "use a key");
    const auto presented = shared.side->present_ourselves(
        card, pin, always ? CardSide::Need::JustVerified : CardSide::Need::Verified);
    if (!presented) forget_if_void(shared, pin, presented.error());
    return presented;
}

/// A PIN that we must not present any more counts for nobody who logged in with it.
void CardToken::forget_if_void(Shared& shared, const SharedPin& pin, const Error& error) {
    if (error.code == ErrorCode::LoginRequired || error.code == ErrorCode::PinWithheld)
        shared.state.lock()->logins.forget(pin);
}

// ---- keys ---------------------------------------------------------------------------------------

Result<Bytes> CardToken::operate(Shared& shared, Card& card, const KeyUse& use) {
    if (!use.derives) return shared.side->operate(card, use.key, use.block);
    CARDMUX_TRY_ASSIGN(const SecretBytes secret, shared.side->derive(card, use.key, use.block));
    return to_bytes(secret.view());  // wiped by derive(), or when it does not fit
}

bool CardToken::fits(const KeyUse& use, ByteView result) {
    return use.derives ? derived_secret_fits(use.key.public_key, result)
                       : result_fits(use.key.public_key, use.block, result);
}

Result<Bytes> CardToken::use_key_on_card(Shared& shared, Card& card, const KeyUse& use) {
    // What is derived cannot be checked with the public key.
    if (use.derives) CARDMUX_TRY(shared.side->check_holds(card, use.key));
    CARDMUX_TRY(authorise(shared, card, use));
    auto result = operate(shared, card, use);
    const bool lost_silently =
        !result && result.error().code == ErrorCode::SecurityNotSatisfied && !card.loss();
    if (!lost_silently || use.key.pin_policy != drivers::PinPolicy::Once) return result;
    // The card forgot the PIN without telling: once more with it, and that is all.
    CARDMUX_TRY(authorise(shared, card, use));
    return operate(shared, card, use);
}

/// A card that knows no such key, by number or by algorithm, is not what was read of it: somebody
/// may have put another key there.
Result<Bytes> CardToken::use_or_distrust(Shared& shared, Card& card, const KeyUse& use) {
    auto result = use_key_on_card(shared, card, use);
    if (!result && (result.error().code == ErrorCode::KeyNotFound ||
                    result.error().code == ErrorCode::CardDataMalformed)) {
        shared.state.lock()->distrust();
    }
    return result;
}

template <typename Request>
Result<CardToken::KeyUse> CardToken::describe_use(const Client& client, const Request& request,
                                                  Deadline deadline) {
    CARDMUX_TRY_ASSIGN(const auto card_contents, contents(client, deadline));
    const TokenKey* key = card_contents->find_key(request.key_reference);
    if (key == nullptr || key->key.public_key != request.public_key)
        return Error(ErrorCode::KeyNotFound, "use a key");
    const SecretBytes* const operation_pin = request.operation_pin;
    KeyUse use;
    use.key = key->key;
    use.domain = client.domain;
    auto state = shared_->state.lock();
    if (use.key.pin_policy == drivers::PinPolicy::Always) {
        if (operation_pin == nullptr) {
            return Error(ErrorCode::LoginRequired, "use a key that always asks");
        }
        use.operation_pin = state->logins.find_accepted(client.domain, *operation_pin);
        use.application_presents = use.operation_pin == nullptr;
        if (use.application_presents) {
            use.operation_pin = std::make_shared<Pin>(operation_pin->clone());
        }
    } else if (use.key.pin_policy == drivers::PinPolicy::Once &&
               !state->logins.pin_of(client.domain)) {
        return Error(ErrorCode::LoginRequired, "use a key");
    }
    return use;
}

/// One private-key operation whose result is right, or an error.
Result<Bytes> CardToken::use_key(const Client& client, KeyUse use, const char* operation,
                                 Deadline deadline) {
    const auto shared_use = std::make_shared<const KeyUse>(std::move(use));
    const Purpose purpose{operation, to_hex(Bytes{shared_use->key.reference})};
    for (int attempt = 0; attempt < result_attempts; ++attempt) {
        CARDMUX_TRY_ASSIGN(
            Bytes result,
            on_card<Bytes>(client, purpose, deadline, [shared_use](Shared& shared, Card& card) {
                return use_or_distrust(shared, card, *shared_use);
            }));
        if (fits(*shared_use, result)) return result;
        wipe(result);
        LogLine(*log_, LogLevel::Error, "result_wrong").with("operation", operation);
    }
    distrust_contents();
    return Error(ErrorCode::ResponseWrong, operation);
}

Result<Bytes> CardToken::sign(const Client& client, const SignRequest& request, Deadline deadline) {
    CARDMUX_TRY_ASSIGN(KeyUse use, describe_use(client, request, deadline));
    CARDMUX_TRY_ASSIGN(
        use.block, encode_for_signing(use.key.public_key, request.scheme, request.input, random_));
    return use_key(client, std::move(use), "sign", deadline);
}

Result<SecretBytes> CardToken::decrypt(const Client& client, const DecryptRequest& request,
                                       Deadline deadline) {
    CARDMUX_TRY_ASSIGN(KeyUse use, describe_use(client, request, deadline));
    CARDMUX_TRY_ASSIGN(use.block, encode_for_decryption(use.key.public_key, request.input));
    CARDMUX_TRY_ASSIGN(Bytes block, use_key(client, std::move(use), "decrypt", deadline));
    auto decoded = decode_decrypted(request.scheme, block);
    wipe(block);
    return decoded;
}

Result<SecretBytes> CardToken::derive(const Client& client, const DeriveRequest& request,
                                      Deadline deadline) {
    CARDMUX_TRY_ASSIGN(KeyUse use, describe_use(client, request, deadline));
    if (!use.key.can_derive) return Error(ErrorCode::NotSupported, "derive");
    CARDMUX_TRY_ASSIGN(use.block, encode_for_deriving(use.key.public_key, request.peer_point));
    use.derives = true;
    CARDMUX_TRY_ASSIGN(Bytes x, use_key(client, std::move(use), "derive", deadline));
    SecretBytes secret(x);
    wipe(x);
    return secret;
}

}  // namespace cardmux::token
