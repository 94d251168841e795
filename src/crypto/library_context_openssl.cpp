// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "crypto/library_context_openssl.h"

#include <openssl/crypto.h>

namespace cardmux::crypto {

OSSL_LIB_CTX* library_context() {
    static OSSL_LIB_CTX* const context = OSSL_LIB_CTX_new();
    return context;
}

}  // namespace cardmux::crypto
