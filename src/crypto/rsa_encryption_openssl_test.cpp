// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <gtest/gtest.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "crypto/rsa_encryption.h"

namespace cardmux::crypto {
namespace {

using EvpKey = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using EvpContext = std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)>;

/// Whom messages are for.
class Recipient {
  public:
    Recipient()
        : key_(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{2048}), EVP_PKEY_free) {
        public_key_.modulus = number(OSSL_PKEY_PARAM_RSA_N);
        public_key_.exponent = number(OSSL_PKEY_PARAM_RSA_E);
    }
    const RsaPublicKey& public_key() const { return public_key_; }

    Bytes read(const Bytes& encrypted, int padding, const EVP_MD* hash = nullptr,
               const std::string& label = "") const {
        const EvpContext context(EVP_PKEY_CTX_new(key_.get(), nullptr), EVP_PKEY_CTX_free);
        EVP_PKEY_decrypt_init(context.get());
        EVP_PKEY_CTX_set_rsa_padding(context.get(), padding);
        if (hash != nullptr) {
            EVP_PKEY_CTX_set_rsa_oaep_md(context.get(), hash);
            EVP_PKEY_CTX_set_rsa_mgf1_md(context.get(), hash);
            EVP_PKEY_CTX_set0_rsa_oaep_label(context.get(),
                                             OPENSSL_memdup(label.data(), label.size()),
                                             static_cast<int>(label.size()));
        }
        Bytes message(256);
        std::size_t size = message.size();
        if (EVP_PKEY_decrypt(context.get(), message.data(), &size, encrypted.data(),
                             encrypted.size()) != 1)
            return {};
        message.resize(size);
        return message;
    }

  private:
    Bytes number(const char* name) const {
        BIGNUM* value = nullptr;
        EVP_PKEY_get_bn_param(key_.get(), name, &value);
        Bytes bytes(static_cast<std::size_t>(BN_num_bytes(value)));
        BN_bn2bin(value, bytes.data());
        BN_free(value);
        return bytes;
    }
    EvpKey key_;
    RsaPublicKey public_key_;
};

TEST(RsaEncryption, the_recipient_reads_what_was_encrypted) {
    const Recipient recipient;
    const Bytes message = to_bytes(bytes_of("a session key"));
    const auto pkcs1 = rsa_encrypt_pkcs1(recipient.public_key(), message, system_random());
    EXPECT_EQ(recipient.read(pkcs1.value(), RSA_PKCS1_PADDING), message);
    for (const auto& [algorithm, hash] : {std::pair{HashAlgorithm::Sha1, EVP_sha1()},
                                          std::pair{HashAlgorithm::Sha384, EVP_sha384()}}) {
        const auto oaep = rsa_encrypt_oaep(recipient.public_key(),
                                           {algorithm, algorithm, to_bytes(bytes_of("for you"))},
                                           message, system_random());
        EXPECT_EQ(recipient.read(oaep.value(), RSA_PKCS1_OAEP_PADDING, hash, "for you"), message);
        EXPECT_NE(recipient.read(oaep.value(), RSA_PKCS1_OAEP_PADDING, hash, "for me"), message);
    }
}

TEST(RsaEncryption, messages_up_to_the_limit_fit) {
    const Recipient recipient;
    const RsaPublicKey& key = recipient.public_key();
    EXPECT_TRUE(rsa_encrypt_pkcs1(key, Bytes(245, 7), system_random()).ok());
    EXPECT_EQ(rsa_encrypt_pkcs1(key, Bytes(246, 7), system_random()).error().code,
              ErrorCode::DataSizeInvalid);
    EXPECT_TRUE(rsa_encrypt_oaep(key, {}, Bytes(214, 7), system_random()).ok());
    EXPECT_EQ(rsa_encrypt_oaep(key, {}, Bytes(215, 7), system_random()).error().code,
              ErrorCode::DataSizeInvalid);
}

}  // namespace
}  // namespace cardmux::crypto
