// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// What libcrypto, used directly, says of the module's results. Nothing here is code of ours that
// the module also uses.
#pragma once

#include <string>
#include <vector>

namespace conformance {

using Bytes = std::vector<unsigned char>;

enum class Padding { Pkcs1, Pss, Raw };

struct RsaScheme {
    Padding padding = Padding::Pkcs1;
    const char* hash = "SHA256";
    int salt_size = 32;
};

/// Whether `signature` is right for the whole message. `key`: SubjectPublicKeyInfo, DER.
bool rsa_message_verifies(const Bytes& key, const RsaScheme& scheme, const Bytes& message,
                          const Bytes& signature);
/// r and s joined, as PKCS #11 has it.
bool ecdsa_message_verifies(const Bytes& key, const char* hash, const Bytes& message,
                            const Bytes& signature);

Bytes hash_of(const char* hash, const Bytes& message);
/// DigestInfo of SHA-256.
Bytes sha256_digest_info(const Bytes& message);

/// signature^e mod n.
Bytes rsa_public(const Bytes& key, const Bytes& block);

Bytes encrypt_pkcs1(const Bytes& key, const Bytes& plain);
/// `label` may be empty.
Bytes encrypt_oaep(const Bytes& key, const char* hash, const Bytes& label, const Bytes& plain);

}  // namespace conformance
