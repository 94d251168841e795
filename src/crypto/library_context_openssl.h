// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// How this layer uses libcrypto without touching the host program's: a library context of our own,
// and the thread's error queue left as it was found (SSL_get_error, for one, looks into it).
//
// Private to src/crypto. Here work numbers, curve points and plain hash functions, and neither key
// objects (RSA, EC_KEY, EVP_PKEY, X509) nor EVP: making a key object asks the engine that the
// program has made its default, and starting an EVP digest reads the program's openssl.cnf, both of
// them also in a context of our own (seen with 3.0; library_context_openssl_test.cpp). The engine,
// or what the file names, may be one that loads us: we would be entered from inside ourselves.
#pragma once

#include <openssl/err.h>
#include <openssl/types.h>

#include "base/error.h"

namespace cardmux::crypto {

/// The one library context, made at first use. It has read no openssl.cnf, and should it ever need
/// a provider, that is the built-in default. It lives as long as the process: other threads may be
/// inside while the process exits. Any thread. Throws std::bad_alloc; the next call tries again.
OSSL_LIB_CTX* library_context();

/// Stands at the top of each function that calls libcrypto.
class LibraryUse {
  public:
    LibraryUse() : found_no_errors_(ERR_peek_error() == 0) { ERR_set_mark(); }
    ~LibraryUse() { ERR_pop_to_mark(); }
    LibraryUse(const LibraryUse&) = delete;
    LibraryUse& operator=(const LibraryUse&) = delete;

    /// Throws std::bad_alloc if libcrypto failed for want of memory, as the standard library does:
    /// to be asked before a refusal is taken for a verdict on the caller's data. Where the program
    /// has left errors in the queue, only the newest of ours can be looked at.
    void check_memory() const;

    /// What to return when libcrypto refuses what it has no reason to refuse.
    Error failed(const char* operation) const {
        check_memory();
        return Error(ErrorCode::Internal, operation);
    }

  private:
    bool found_no_errors_;
};

}  // namespace cardmux::crypto
