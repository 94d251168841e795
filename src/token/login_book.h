// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The client's half of authority: which domains are logged in to one token, and with which PIN.
// Guarded by its owner; waits for nothing.
#pragma once

#include <map>

#include "token/pin.h"
#include "token/token.h"

namespace cardmux::token {

class LoginBook {
  public:
    void log_in(DomainId domain, SharedPin pin);
    /// Whether anybody is still logged in afterwards.
    bool log_out(DomainId domain);

    /// The PIN of a domain that is logged in; null if it is not.
    SharedPin pin_of(DomainId domain) const;

    /// Remembers a PIN that was accepted for single operations (always-authenticate keys).
    void accept_for_operations(DomainId domain, SharedPin pin);

    /// The PIN with this very content that the card has accepted from this domain and not refused
    /// since; null if there is none.
    SharedPin find_accepted(DomainId domain, const SecretBytes& content) const;

    /// The card refused it, or it may not be presented: every domain that used it must log in
    /// again.
    void forget(const SharedPin& pin);

  private:
    std::map<DomainId, SharedPin> logged_in_;
    std::map<DomainId, SharedPin> for_operations_;
};

}  // namespace cardmux::token
