// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The token's calls that write to the card.
#include "token/card_token.h"

namespace cardmux::token {

Result<std::uint8_t> CardToken::create_key(const Client&, NewKey, Deadline) {
    return Error(ErrorCode::NotSupported, "create a key");
}

Result<void> CardToken::delete_key(const Client&, std::uint8_t, Deadline) {
    return Error(ErrorCode::NotSupported, "delete a key");
}

Result<void> CardToken::write_certificate(const Client&, std::uint8_t, ByteView, Deadline) {
    return Error(ErrorCode::NotSupported, "write a certificate");
}

}  // namespace cardmux::token
