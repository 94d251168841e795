// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Which attributes a key or certificate on a card has. What the card does not tell is not claimed:
// PIV does not say how a key came onto it, so none is CKA_LOCAL or was "always" sensitive.
#pragma once

#include <vector>

#include "api/pkcs11/module/token_objects.h"

namespace cardmux::pkcs11 {

/// Certificates first, then public and private keys, in the token's order; without handles.
std::vector<Object> describe_objects(const token::TokenContents& contents);

}  // namespace cardmux::pkcs11
