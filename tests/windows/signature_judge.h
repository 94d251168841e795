// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Whether an RSA signature with SHA-256 is right, by BCrypt, which knows only the public key.
#pragma once

// clang-format off
#include <windows.h>
#include <bcrypt.h>
// clang-format on

#include <vector>

namespace signature_judge {

using Bytes = std::vector<BYTE>;

/// A BCRYPT_RSAPUBLIC_BLOB of big-endian numbers.
inline Bytes make_public_blob(const Bytes& modulus, const Bytes& exponent) {
    BCRYPT_RSAKEY_BLOB head{};
    head.Magic = BCRYPT_RSAPUBLIC_MAGIC;
    head.BitLength = static_cast<ULONG>(8 * modulus.size());
    head.cbPublicExp = static_cast<ULONG>(exponent.size());
    head.cbModulus = static_cast<ULONG>(modulus.size());
    const auto* bytes = reinterpret_cast<const BYTE*>(&head);
    Bytes blob(bytes, bytes + sizeof head);
    blob.insert(blob.end(), exponent.begin(), exponent.end());
    blob.insert(blob.end(), modulus.begin(), modulus.end());
    return blob;
}

inline Bytes sha256(const Bytes& data) {
    Bytes hash(32);
    BCRYPT_ALG_HANDLE algorithm = nullptr;
    BCRYPT_HASH_HANDLE state = nullptr;
    if (BCryptOpenAlgorithmProvider(&algorithm, BCRYPT_SHA256_ALGORITHM, nullptr, 0) != 0 ||
        BCryptCreateHash(algorithm, &state, nullptr, 0, nullptr, 0, 0) != 0 ||
        BCryptHashData(state, const_cast<BYTE*>(data.data()), static_cast<ULONG>(data.size()), 0) !=
            0 ||
        BCryptFinishHash(state, hash.data(), static_cast<ULONG>(hash.size()), 0) != 0) {
        hash.clear();
    }
    if (state != nullptr) BCryptDestroyHash(state);
    if (algorithm != nullptr) BCryptCloseAlgorithmProvider(algorithm, 0);
    return hash;
}

/// Whether BCrypt takes the signature for the data's. `padding` is the one that `flags` says.
inline bool is_right(const Bytes& public_blob, const Bytes& data, const Bytes& signature,
                     void* padding, ULONG flags) {
    const Bytes hash = sha256(data);
    BCRYPT_ALG_HANDLE algorithm = nullptr;
    BCRYPT_KEY_HANDLE key = nullptr;
    auto* blob = const_cast<BYTE*>(public_blob.data());
    const bool right =
        BCryptOpenAlgorithmProvider(&algorithm, BCRYPT_RSA_ALGORITHM, nullptr, 0) == 0 &&
        BCryptImportKeyPair(algorithm, nullptr, BCRYPT_RSAPUBLIC_BLOB, &key, blob,
                            static_cast<ULONG>(public_blob.size()), 0) == 0 &&
        BCryptVerifySignature(key, padding, const_cast<BYTE*>(hash.data()),
                              static_cast<ULONG>(hash.size()), const_cast<BYTE*>(signature.data()),
                              static_cast<ULONG>(signature.size()), flags) == 0;
    if (key != nullptr) BCryptDestroyKey(key);
    if (algorithm != nullptr) BCryptCloseAlgorithmProvider(algorithm, 0);
    return right;
}

/// The same for PKCS #1 v1.5.
inline bool is_right(const Bytes& public_blob, const Bytes& data, const Bytes& signature) {
    BCRYPT_PKCS1_PADDING_INFO padding = {BCRYPT_SHA256_ALGORITHM};
    return is_right(public_blob, data, signature, &padding, BCRYPT_PAD_PKCS1);
}

}  // namespace signature_judge
