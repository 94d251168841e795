// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "api/pkcs11/module/open_token.h"

namespace cardmux::pkcs11 {

OpenToken::OpenToken(std::shared_ptr<provider::Provider> provider, CK_SLOT_ID slot,
                     std::shared_ptr<token::Token> token, token::DomainId domain,
                     std::shared_ptr<HandleSource> handles)
    : provider_(std::move(provider)),
      slot_(slot),
      token_(std::move(token)),
      domain_(domain),
      handles_(std::move(handles)) {}

OpenToken::~OpenToken() {
    token_->logout(domain_);
}

Outcome<std::shared_ptr<const TokenObjects>> OpenToken::objects(const token::Client& client) {
    CARDMUX_TRY_ASSIGN(const std::shared_ptr<const token::TokenContents> contents,
                       token_->contents(client, Deadline::never()));
    auto seen = seen_.lock();
    // Who was told before another wrote, and comes here after it, must not bring back what was.
    const bool is_older =
        seen->contents && contents->reading_number < seen->contents->reading_number;
    if (seen->contents != contents && !is_older) {
        seen->objects = TokenObjects::make(*contents, seen->objects.get(), *handles_);
        seen->contents = contents;
    }
    return seen->objects;
}

std::shared_ptr<const Object> OpenToken::find(CK_OBJECT_HANDLE handle) {
    auto seen = seen_.lock();
    return seen->objects ? seen->objects->find(handle) : nullptr;
}

void OpenToken::log_out() {
    token_->logout(domain_);
    auto seen = seen_.lock();
    if (seen->objects) seen->objects = seen->objects->with_new_private_handles(*handles_);
}

}  // namespace cardmux::pkcs11
