// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The right to use keys, for one domain (who logged in: an interface of a process, in one logon):
// PINs given by the application or asked from a person, and how long they count. Outlives every
// context, as in Base CSP: a PIN given through one counts for the next. A PIN whose time is over
// ends no use that began with it: the domain is logged out when the last of them has ended.
//
//   give_pin() ... sign(), decrypt(), derive(), create_key() ...
#pragma once

#include <functional>
#include <map>
#include <vector>

#include "base/sync.h"
#include "container/container.h"
#include "container/pin_prompt.h"
#include "token/login_queue.h"

namespace cardmux::container {

/// How long a PIN counts. Values as PIN_CACHE_POLICY_TYPE (cardmod.h).
enum class PinCachePolicy : std::uint8_t {
    Normal = 0,        ///< until the card leaves (and comes back without proof) or the process ends
    Timed = 1,         ///< for PinRules::lifetime after it was given
    None = 2,          ///< for the one hold of the card in which it was given
    AlwaysPrompt = 3,  ///< never: a person is asked before each use; silent callers are refused
};

struct PinRules {
    PinCachePolicy policy = PinCachePolicy::Normal;
    Duration lifetime = Duration::zero();  ///< of a PIN, with Timed and None
};

/// A call's caller: who queues, and who may be asked.
struct Caller {
    token::Client client;
    Deadline deadline = Deadline::never();
    bool is_silent = false;  ///< nobody may be asked
    std::uintptr_t parent_window = 0;
    std::string purpose;               ///< shown with the question
    std::optional<Duration> patience;  ///< how long a question waits for the person
    PinRules rules;
};

/// A second copy in locked memory of its own.
crypto::PrivateKey copy_of(const crypto::PrivateKey& key);

class KeyAccess {
  public:
    /// `prompt` null: nobody can be asked.
    explicit KeyAccess(std::shared_ptr<PinPrompt> prompt) : prompt_(std::move(prompt)) {}

    /// The application gives the PIN of this card: presented at once, so that a wrong one is known
    /// early. With AlwaysPrompt it is neither presented nor kept (as in Base CSP).
    ///
    /// errors    AccessDenied: the caller's domain is unknown_domain; those of Token::login
    Result<void> give_pin(const CardInReader& card, const Caller& caller, const SecretBytes& pin);

    /// The application takes it back: the domain is logged out.
    void forget_pin(const CardInReader& card, token::DomainId domain);

    /// Token::sign with what authority it takes. For keys that want the PIN before each use
    /// (PinPolicy::Always) the PIN that counts is presented for the operation, or asked for.
    ///
    /// errors    AccessDenied: as give_pin; KeyNotFound: the container has another key by now, or
    ///           none, also if it was replaced while a person was asked; LoginRequired: nobody may
    ///           be asked, or this thread is inside a question already; Cancelled (detail:
    ///           cancelled_by_person): this question was closed, or one about the same card for
    ///           which this call waited; those of Token::sign and Token::login
    /// waits     for the card, and for a person if one is asked
    Result<Bytes> sign(const FoundContainer& container, const Caller& caller,
                       token::SignRequest request);

    /// errors    as sign; those of Token::decrypt
    Result<SecretBytes> decrypt(const FoundContainer& container, const Caller& caller,
                                token::DecryptRequest request);

    /// errors    as sign; those of Token::derive
    Result<SecretBytes> derive(const FoundContainer& container, const Caller& caller,
                               token::DeriveRequest request);

    /// Token::create_key with the domain's login: without one a person is asked for the PIN, and
    /// once more if it turns out that the login did not count. A key to be imported is copied for
    /// the card.
    ///
    /// errors    as sign, but for KeyNotFound; those of Token::create_key
    Result<std::uint8_t> create_key(const CardInReader& card, const Caller& caller,
                                    const token::NewKey& key);

    /// errors    as sign; those of Token::delete_key
    Result<void> delete_key(const FoundContainer& container, const Caller& caller);

    /// der       empty: the certificate is removed
    /// errors    as sign; those of Token::write_certificate
    Result<void> write_certificate(const FoundContainer& container, const Caller& caller,
                                   ByteView der);

    /// How many calls wait for another's question to end.
    std::size_t waiting_count() { return state_.lock()->waiting_count; }

  private:
    /// A PIN for one use; null: the card wants none, or the login counts.
    using PinForUse = std::shared_ptr<const SecretBytes>;

    /// How often a question came to nothing, for all who wait for it.
    struct Unanswered {
        std::uint64_t closed = 0;  ///< the person closed it
        std::uint64_t stuck = 0;   ///< nothing moved on the card: NoProgress
    };
    /// What counts for one token and domain. There while it is used or a PIN counts.
    struct Kept {
        std::weak_ptr<token::Token> token;
        std::shared_ptr<token::LoginQueue> logins = std::make_shared<token::LoginQueue>();
        PinForUse pin;  ///< null: none
        std::optional<TimePoint> until;
        int use_count = 0;  ///< leases
        Unanswered unanswered;
        bool is_logged_in = false;  ///< by us, and not logged out by us

        bool has_pin_that_counts() const { return pin && (!until || now() < *until); }
    };
    struct State {
        std::map<std::pair<const token::Token*, token::DomainId>, Kept> kept;
        bool is_asking = false;
        std::size_t waiting_count = 0;  ///< for the question on the screen
    };

    /// Whose PIN, and how often it wants to be presented.
    struct Subject {
        const CardInReader& card;
        drivers::PinPolicy policy;
    };
    static Subject subject_of(const FoundContainer& container);

    template <typename T>
    Result<T> use(const Subject& subject, const Caller& caller,
                  const std::function<Result<T>(const SecretBytes*)>& operation);
    Result<void> write(const CardInReader& card, const Caller& caller,
                       const std::function<Result<void>()>& operation);
    Result<PinForUse> authority(const Subject& subject, const Caller& caller);
    Result<PinForUse> ask(const Subject& subject, const Caller& caller);
    Result<PinForUse> ask_until_right(const CardInReader& card, const Caller& caller);
    Result<SecretBytes> ask_once(const CardInReader& card, const Caller& caller,
                                 const PinQuestion& question);
    Unanswered unanswered(const CardInReader& card, token::DomainId domain);
    PinForUse pin_that_counts(const CardInReader& card, const Caller& caller, bool for_operation);
    Result<PinForUse> log_in(const CardInReader& card, const Caller& caller,
                             const SecretBytes& pin);
    void begin_use(const CardInReader& card, token::DomainId domain);
    void end_use(const CardInReader& card, token::DomainId domain);
    void forget_failed(const CardInReader& card, token::DomainId domain, const PinForUse& pin);

    class AskingTurn;
    class Lease;

    const std::shared_ptr<PinPrompt> prompt_;
    /// Below the token's lock, so that whether a login counts and its end are one step.
    Guarded<State> state_{LockRank::Registry};
    Condition asked_;
};

}  // namespace cardmux::container
