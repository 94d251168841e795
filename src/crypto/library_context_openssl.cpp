// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "crypto/library_context_openssl.h"

#include <openssl/crypto.h>

#include <new>

namespace cardmux::crypto {
namespace {

bool is_about_memory(unsigned long code) {
    return ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE;
}

OSSL_LIB_CTX* make_library_context() {
    OSSL_LIB_CTX* const context = OSSL_LIB_CTX_new();
    if (context == nullptr) throw std::bad_alloc();
    return context;
}

}  // namespace

OSSL_LIB_CTX* library_context() {
    static OSSL_LIB_CTX* const context = make_library_context();
    return context;
}

void LibraryUse::check_memory() const {
    if (is_about_memory(ERR_peek_last_error())) throw std::bad_alloc();
    // libcrypto says the cause first, then what came of it.
    while (found_no_errors_) {
        const unsigned long code = ERR_get_error();
        if (code == 0) return;
        if (is_about_memory(code)) throw std::bad_alloc();
    }
}

}  // namespace cardmux::crypto
