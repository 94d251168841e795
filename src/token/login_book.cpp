// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "token/login_book.h"

namespace cardmux::token {

void LoginBook::log_in(DomainId domain, SharedPin pin) {
    logged_in_[domain] = std::move(pin);
}

bool LoginBook::log_out(DomainId domain) {
    logged_in_.erase(domain);
    for_operations_.erase(domain);
    return !logged_in_.empty();
}

SharedPin LoginBook::pin_of(DomainId domain) const {
    const auto found = logged_in_.find(domain);
    return found == logged_in_.end() ? nullptr : found->second;
}

void LoginBook::accept_for_operations(DomainId domain, SharedPin pin) {
    for_operations_[domain] = std::move(pin);
}

SharedPin LoginBook::find_accepted(DomainId domain, const SecretBytes& content) const {
    for (const auto* book : {&logged_in_, &for_operations_}) {
        const auto found = book->find(domain);
        if (found == book->end() || found->second->refused) continue;
        if (found->second->bytes.equals(content)) return found->second;
    }
    return nullptr;
}

void LoginBook::forget(const SharedPin& pin) {
    const auto is_same = [&](const auto& entry) { return entry.second == pin; };
    std::erase_if(logged_in_, is_same);
    std::erase_if(for_operations_, is_same);
}

}  // namespace cardmux::token
