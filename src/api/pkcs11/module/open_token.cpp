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
    seen->update(contents, *handles_);
    return seen->objects();
}

std::shared_ptr<const Object> OpenToken::find(CK_OBJECT_HANDLE handle) {
    auto seen = seen_.lock();
    return seen->objects() ? seen->objects()->find(handle) : nullptr;
}

bool OpenToken::log_out() {
    const bool was_logged_in = token_->logout(domain_);
    seen_.lock()->rename_private(*handles_);
    return was_logged_in;
}

}  // namespace cardmux::pkcs11
