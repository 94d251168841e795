// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The asymmetric arithmetic of a simulated card, by libcrypto: raw RSA without padding, ECDSA,
// ECDH. Nothing here is protected: no key of a simulated card is a secret.
#pragma once

#include <memory>

#include "base/bytes.h"
#include "simulation/piv/piv_card_options.h"

struct evp_pkey_st;
struct ossl_lib_ctx_st;

namespace cardmux::simulation {

/// A private copy of libcrypto's state, so that neither the host program's configuration nor its
/// providers (one of which may be us) are involved. Must outlive the keys made with it.
class CryptoLibrary {
  public:
    CryptoLibrary();
    ossl_lib_ctx_st* get() const { return library_.get(); }

  private:
    struct Free {
        void operator()(ossl_lib_ctx_st* library) const;
    };
    std::unique_ptr<ossl_lib_ctx_st, Free> library_;
};

bool is_rsa(KeyAlgorithm algorithm);

/// Size of an RSA modulus or of an EC coordinate, in bytes.
std::size_t field_size(KeyAlgorithm algorithm);

/// A value: copies share the key.
class PrivateKey {
  public:
    /// Makes a new key. RSA takes seconds.
    ///
    /// errors    Internal: libcrypto failed
    static Result<PrivateKey> generate(const CryptoLibrary& library, KeyAlgorithm algorithm);

    /// An EC key that follows from `seed`: the same each time.
    ///
    /// errors    InvalidArgument: not EC; Internal
    static Result<PrivateKey> derive(const CryptoLibrary& library, KeyAlgorithm algorithm,
                                     ByteView seed);

    /// errors    DataInvalid: no key, or not one of the kinds that a card has
    static Result<PrivateKey> from_pkcs8(const CryptoLibrary& library, ByteView der);

    /// An RSA key from its two primes, big-endian; the public exponent is 65537.
    ///
    /// errors    DataInvalid: they do not make a key of `algorithm`
    static Result<PrivateKey> from_primes(const CryptoLibrary& library, KeyAlgorithm algorithm,
                                          ByteView p, ByteView q);

    /// An EC key from its private scalar, big-endian.
    ///
    /// errors    DataInvalid: zero or not below the order; not EC
    static Result<PrivateKey> from_scalar(const CryptoLibrary& library, KeyAlgorithm algorithm,
                                          ByteView scalar);

    KeyAlgorithm algorithm() const { return algorithm_; }
    evp_pkey_st* get() const { return key_.get(); }

    /// The key as PKCS#8 DER.
    Bytes pkcs8() const;

    /// What the card says of the public key (SP 800-73-4 part 2, table 11): 81 modulus, 82
    /// exponent; or 86 with the point 04||X||Y.
    Bytes public_template() const;

    /// block^d mod n.
    ///
    /// block     big-endian, exactly the modulus size
    /// returns   modulus-size bytes
    /// errors    DataInvalid: wrong size, or not below the modulus; not RSA
    Result<Bytes> raw_rsa(ByteView block) const;

    /// ECDSA.
    ///
    /// hash      of any size; what is longer than the field is cut off at its end
    /// returns   DER: SEQUENCE of r and s
    /// errors    DataInvalid: not EC, or no hash
    Result<Bytes> sign_hash(ByteView hash) const;

    /// ECDH.
    ///
    /// point     the other's public key, 04||X||Y
    /// returns   the X coordinate, field-size bytes
    /// errors    DataInvalid: not a point of this curve; not EC
    Result<Bytes> agree(ByteView point) const;

  private:
    PrivateKey(const CryptoLibrary& library, KeyAlgorithm algorithm,
               std::shared_ptr<evp_pkey_st> key)
        : library_(&library), algorithm_(algorithm), key_(std::move(key)) {}
    static Result<PrivateKey> adopt(const CryptoLibrary& library, evp_pkey_st* key);

    const CryptoLibrary* library_;
    KeyAlgorithm algorithm_;
    std::shared_ptr<evp_pkey_st> key_;
};

}  // namespace cardmux::simulation
