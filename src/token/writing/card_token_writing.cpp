// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The token's calls that write to the card.
#include "token/card_token.h"
#include "token/derived_name.h"
#include "token/on_card.h"

namespace cardmux::token {
namespace {

/// RSA 4096 takes cards minutes, in which they say nothing.
constexpr Duration key_making_limit = std::chrono::minutes(5);

/// The caller waits no longer; what the card has begun goes on.
bool is_given_up(ErrorCode code) {
    return code == ErrorCode::TimedOut || code == ErrorCode::NoProgress ||
           code == ErrorCode::Cancelled || code == ErrorCode::ShuttingDown;
}

/// Does at the end of a scope what must be done however it is left, by an exception too.
template <typename Action>
class AtEnd {
  public:
    explicit AtEnd(Action action) : action_(std::move(action)) {}
    ~AtEnd() {
        try {
            action_();
        } catch (...) {
            // No memory for it: the next prepare() of the card looks after what was left.
        }
    }
    AtEnd(const AtEnd&) = delete;
    AtEnd& operator=(const AtEnd&) = delete;

  private:
    Action action_;
};

}  // namespace

/// Runs `work` on the card with what it takes to write. Once a command that writes went out, it is
/// not run again: not if the card is lost, not if another applet answered. A caller that gives up
/// before that is not surprised by a key afterwards.
template <typename T>
Result<T> CardToken::write_to_card(const Client& client, Purpose purpose, Deadline deadline,
                                   std::function<Result<T>(KeyWriter&)> work) {
    const char* const operation = purpose.operation;
    purpose.repeating = Repeating::No;
    if (!is_logged_in(client.domain)) return Error(ErrorCode::LoginRequired, operation);
    std::shared_ptr<const SecretBytes> key;
    if (management_key_) {
        CARDMUX_TRY_ASSIGN(SecretBytes bytes, management_key_());
        key = std::make_shared<const SecretBytes>(std::move(bytes));
    }
    const auto decision = std::make_shared<WriteDecision>();
    const auto authority_left = std::make_shared<std::atomic<bool>>(false);
    Result<T> result =
        on_card<T>(client, purpose, deadline,
                   [domain = client.domain, key, operation, work = std::move(work), authority_left,
                    decision, &random = random_](Shared& shared, Card& card) -> Result<T> {
                       const SharedPin pin = shared.state.lock()->logins.pin_of(domain);
                       if (!pin) return Error(ErrorCode::LoginRequired, operation);
                       const auto note = [&shared] { shared.state.lock()->outdate(); };
                       KeyWriter writer(*shared.side, card, {pin, key, decision, note}, random);
                       const AtEnd end([&] {
                           writer.finish();
                           shared.state.lock()->outdate();
                           *authority_left = shared.side->may_be_manager();
                       });
                       Result<T> done = work(writer);
                       if (done) return done;
                       if (writer.has_written() && card.loss())
                           return Error(ErrorCode::OutcomeUnknown, operation);
                       forget_if_void(shared, pin, done.error());
                       return done;
                   });
    if (*authority_left) reclaim_authority(client, deadline);
    if (!result && is_given_up(result.error().code) && !decision->abandon())
        return Error(ErrorCode::OutcomeUnknown, operation);
    return result;
}

/// The card was lost before the authority to write was taken away. Whether it has forgotten it by
/// itself is not known, and who comes next must not find it: preparing the card looks after it. The
/// aftercare does the same; here it is so that the caller returns only when it is done, and because
/// there is no aftercare without threads of ours.
void CardToken::reclaim_authority(const Client& client, Deadline deadline) {
    const auto reclaimed = on_card<void>(client, {"take authority away"}, deadline,
                                         [](Shared&, Card&) { return success(); });
    if (!reclaimed) LogLine(*log_, LogLevel::Warning, "authority_left").with(reclaimed.error());
}

Result<std::uint8_t> CardToken::create_key(const Client& client, NewKey key, Deadline deadline) {
    if (!key.container_name.empty() && !can_be_container_name(key.container_name))
        return Error(ErrorCode::InvalidArgument, "name a key");
    const auto wanted = std::make_shared<const NewKey>(std::move(key));
    Purpose purpose{.operation = "create key", .no_progress_limit = key_making_limit};
    if (wanted->key_reference) purpose.key = to_hex(Bytes{*wanted->key_reference});
    return write_to_card<std::uint8_t>(
        client, std::move(purpose), deadline,
        [wanted](KeyWriter& writer) { return writer.create(*wanted); });
}

Result<void> CardToken::delete_key(const Client& client, std::uint8_t reference, Deadline deadline,
                                   const crypto::PublicKey* public_key) {
    std::optional<crypto::PublicKey> meant;
    if (public_key != nullptr) meant = *public_key;
    return write_to_card<void>(client, {"delete key", to_hex(Bytes{reference})}, deadline,
                               [reference, meant = std::move(meant)](KeyWriter& writer) {
                                   return writer.remove(reference, meant ? &*meant : nullptr);
                               });
}

Result<void> CardToken::write_certificate(const Client& client, std::uint8_t reference,
                                          ByteView der, Deadline deadline) {
    return write_to_card<void>(client, {"write certificate", to_hex(Bytes{reference})}, deadline,
                               [reference, copy = to_bytes(der)](KeyWriter& writer) {
                                   return writer.certify(reference, copy);
                               });
}

}  // namespace cardmux::token
