// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// One token from the first session with it to the last: what these sessions share. It has a login
// domain of its own, so that a login ends with the last session (the standard's rule) even while
// another thread opens a new one: the new session has a new OpenToken, and a new domain.
#pragma once

#include <atomic>
#include <memory>

#include "api/pkcs11/module/seen_objects.h"
#include "base/sync.h"
#include "provider/provider.h"
#include "token/login_queue.h"

namespace cardmux::pkcs11 {

class OpenToken {
  public:
    OpenToken(std::shared_ptr<provider::Provider> provider, CK_SLOT_ID slot,
              std::shared_ptr<token::Token> token, token::DomainId domain,
              std::shared_ptr<HandleSource> handles);
    /// Logs out. Runs when the last session is closed and the last call with it has returned.
    ~OpenToken();
    OpenToken(const OpenToken&) = delete;
    OpenToken& operator=(const OpenToken&) = delete;

    CK_SLOT_ID slot() const { return slot_; }
    token::DomainId domain() const { return domain_; }
    token::Token& token() const { return *token_; }
    bool is_for(const std::shared_ptr<token::Token>& token) const { return token_ == token; }
    bool is_logged_in() const { return token_->is_logged_in(domain_); }
    /// Every PIN that an application gives goes through it.
    token::LoginQueue& logins() { return logins_; }

    /// Another card is in the reader: these sessions are over, for good.
    void mark_dead() { is_dead_ = true; }
    bool is_dead() const { return is_dead_; }

    /// The module is no more, the token goes on for others: who waits for another's login to end
    /// must not begin one then.
    void refuse_logins() { refuses_logins_ = true; }
    bool refuses_logins() const { return refuses_logins_; }

    /// The card's objects as they are now, private ones too.
    ///
    /// errors    those of Token::contents
    /// waits     for the card the first time; later for nothing
    Outcome<std::shared_ptr<const TokenObjects>> objects(const token::Client& client);

    /// Finds an object that objects() has shown before. No APDU.
    std::shared_ptr<const Object> find(CK_OBJECT_HANDLE handle);

    /// Ends the login of all these sessions. Handles of private objects are invalid from now on.
    /// False: there was none (any more).
    bool log_out();

  private:
    const std::shared_ptr<provider::Provider> provider_;  ///< the token's world, kept alive
    const CK_SLOT_ID slot_;
    const std::shared_ptr<token::Token> token_;
    const token::DomainId domain_;
    const std::shared_ptr<HandleSource> handles_;
    std::atomic<bool> is_dead_ = false;
    std::atomic<bool> refuses_logins_ = false;
    token::LoginQueue logins_;
    Guarded<SeenObjects> seen_{LockRank::Session};
};

}  // namespace cardmux::pkcs11
