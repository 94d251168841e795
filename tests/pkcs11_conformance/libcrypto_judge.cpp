// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "libcrypto_judge.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <cstdlib>
#include <cstring>
#include <memory>

namespace conformance {
namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using KeyUse = std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)>;
using Digest = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

Key key_of(const Bytes& der) {
    const unsigned char* at = der.data();
    return {d2i_PUBKEY(nullptr, &at, static_cast<long>(der.size())), &EVP_PKEY_free};
}

bool message_verifies(EVP_PKEY* key, const RsaScheme& scheme, const Bytes& message,
                      const Bytes& signature) {
    const Digest digest(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    EVP_PKEY_CTX* use = nullptr;
    const EVP_MD* hash = EVP_get_digestbyname(scheme.hash);
    if (EVP_DigestVerifyInit(digest.get(), &use, hash, nullptr, key) != 1) return false;
    if (scheme.padding == Padding::Pss) {
        if (EVP_PKEY_CTX_set_rsa_padding(use, RSA_PKCS1_PSS_PADDING) != 1) return false;
        if (EVP_PKEY_CTX_set_rsa_pss_saltlen(use, scheme.salt_size) != 1) return false;
    }
    return EVP_DigestVerify(digest.get(), signature.data(), signature.size(), message.data(),
                            message.size()) == 1;
}

Bytes encrypt(const KeyUse& use, const Bytes& plain) {
    std::size_t size = 0;
    if (EVP_PKEY_encrypt(use.get(), nullptr, &size, plain.data(), plain.size()) != 1) return {};
    Bytes result(size);
    if (EVP_PKEY_encrypt(use.get(), result.data(), &size, plain.data(), plain.size()) != 1)
        return {};
    return result;
}

}  // namespace

bool rsa_message_verifies(const Bytes& key, const RsaScheme& scheme, const Bytes& message,
                          const Bytes& signature) {
    const Key parsed = key_of(key);
    return parsed && message_verifies(parsed.get(), scheme, message, signature);
}

bool ecdsa_message_verifies(const Bytes& key, const char* hash, const Bytes& message,
                            const Bytes& signature) {
    const Key parsed = key_of(key);
    const int half = static_cast<int>(signature.size() / 2);
    const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> pair(ECDSA_SIG_new(),
                                                                     &ECDSA_SIG_free);
    ECDSA_SIG_set0(pair.get(), BN_bin2bn(signature.data(), half, nullptr),
                   BN_bin2bn(signature.data() + half, half, nullptr));
    unsigned char* der = nullptr;
    const int size = i2d_ECDSA_SIG(pair.get(), &der);
    const Bytes encoded(der, der + size);
    OPENSSL_free(der);
    return parsed && message_verifies(parsed.get(), {Padding::Pkcs1, hash, 0}, message, encoded);
}

Bytes hash_of(const char* hash, const Bytes& message) {
    Bytes result(EVP_MAX_MD_SIZE);
    unsigned size = 0;
    EVP_Digest(message.data(), message.size(), result.data(), &size, EVP_get_digestbyname(hash),
               nullptr);
    result.resize(size);
    return result;
}

Bytes sha256_digest_info(const Bytes& message) {
    // RFC 8017, 9.2, note 1.
    Bytes info = {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
                  0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20};
    const Bytes hash = hash_of("SHA256", message);
    info.insert(info.end(), hash.begin(), hash.end());
    return info;
}

Bytes rsa_public(const Bytes& key, const Bytes& block) {
    const Key parsed = key_of(key);
    const KeyUse use(EVP_PKEY_CTX_new(parsed.get(), nullptr), &EVP_PKEY_CTX_free);
    EVP_PKEY_encrypt_init(use.get());
    EVP_PKEY_CTX_set_rsa_padding(use.get(), RSA_NO_PADDING);
    return encrypt(use, block);
}

Bytes encrypt_pkcs1(const Bytes& key, const Bytes& plain) {
    const Key parsed = key_of(key);
    const KeyUse use(EVP_PKEY_CTX_new(parsed.get(), nullptr), &EVP_PKEY_CTX_free);
    EVP_PKEY_encrypt_init(use.get());
    EVP_PKEY_CTX_set_rsa_padding(use.get(), RSA_PKCS1_PADDING);
    return encrypt(use, plain);
}

Bytes encrypt_oaep(const Bytes& key, const char* hash, const Bytes& label, const Bytes& plain) {
    const Key parsed = key_of(key);
    const KeyUse use(EVP_PKEY_CTX_new(parsed.get(), nullptr), &EVP_PKEY_CTX_free);
    EVP_PKEY_encrypt_init(use.get());
    EVP_PKEY_CTX_set_rsa_padding(use.get(), RSA_PKCS1_OAEP_PADDING);
    EVP_PKEY_CTX_set_rsa_oaep_md(use.get(), EVP_get_digestbyname(hash));
    EVP_PKEY_CTX_set_rsa_mgf1_md(use.get(), EVP_get_digestbyname(hash));
    if (!label.empty()) {
        auto* copy = static_cast<unsigned char*>(OPENSSL_malloc(label.size()));
        std::memcpy(copy, label.data(), label.size());
        EVP_PKEY_CTX_set0_rsa_oaep_label(use.get(), copy, static_cast<int>(label.size()));
    }
    return encrypt(use, plain);
}

}  // namespace conformance
