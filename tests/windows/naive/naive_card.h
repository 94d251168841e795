// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#pragma once

// How not to share a card: what the article "0x6 ERROR_INVALID_HANDLE when a multithreaded
// application accesses a BaseCSP smart card" lets one see of Base CSP. Every context owns its card
// handle; after an operation the transaction is held until a timer ends it, and whoever comes
// meanwhile goes on in it, by the handle that began it; a context that is released closes its
// handle, whoever has entered with it. One thread notices nothing. Not here: CryptoAPI and CNG,
// which reach this by naive_csp.cpp and naive_ksp.cpp.

// clang-format off
#include <windows.h>
#include <wincrypt.h>
#include <winscard.h>
// clang-format on

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace naive {

using Bytes = std::vector<std::uint8_t>;

/// What Win32 calls an error: SCARD_*, NTE_*, or 6. 0 is success.
using Error = LONG;

/// A context's own way to the first reader with a card.
class CardHandle {
  public:
    /// Null and an error if there is no card.
    static std::shared_ptr<CardHandle> open(Error& error);
    CardHandle(SCARDCONTEXT service, SCARDHANDLE card) : service_(service), card_(card) {}
    ~CardHandle() { close(); }
    CardHandle(const CardHandle&) = delete;
    CardHandle& operator=(const CardHandle&) = delete;
    /// Whoever may be using it.
    void close();
    SCARDHANDLE get() const { return card_; }

  private:
    SCARDCONTEXT service_;
    SCARDHANDLE card_;
};

/// The hold after an operation, of all contexts of the process, in milliseconds.
void set_transaction_timeout(DWORD timeout_ms);

/// The PIN of the process.
void set_pin(const std::string& pin);

/// One look at the card, as for "is my cache still good": what CryptGetUserKey and CryptGetKeyParam
/// cost in Base CSP.
///
/// waits    for the card
Error look(const CardHandle& handle);

/// The certificate of key 9A in DER; read from the card once in a process.
///
/// waits    for the card
Error read_certificate(const CardHandle& handle, Bytes& certificate);

/// RSA with key 9A over a padded block, most significant byte first.
///
/// waits    for the card
Error sign(const CardHandle& handle, const Bytes& block, Bytes& signature);

/// Blocks as PKCS #1 v1.5 pads a hash; empty if the hash is unknown or the key too short.
Bytes pad_hash(ALG_ID algorithm, const Bytes& hash, std::size_t modulus_bytes);

/// The public key of a certificate as CryptoAPI's PUBLICKEYBLOB; empty if it is not RSA.
Bytes public_key_blob(const Bytes& certificate);

/// Keeps this DLL in the process: its timer runs in it.
void stay_loaded();

}  // namespace naive
