// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <gtest/gtest.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>

#include <array>

#include "iso7816/tlv_reader.h"
#include "iso7816/tlv_writer.h"
#include "simulation/piv/card_test_user.h"
#include "simulation/piv/private_key.h"

namespace cardmux::simulation {
namespace {

constexpr std::uint8_t challenge = 0x81;

Bytes rsa_number(const PrivateKey& key, const char* name) {
    BIGNUM* number = nullptr;
    EVP_PKEY_get_bn_param(key.get(), name, &number);
    Bytes bytes(static_cast<std::size_t>(BN_num_bytes(number)));
    BN_bn2bin(number, bytes.data());
    BN_clear_free(number);
    return bytes;
}

class PivKeyCommands : public testing::Test {
  protected:
    void SetUp() override {
        user.select();
        ASSERT_EQ(user.authenticate_manager().word, 0x9000);
    }

    Answer generate(std::uint8_t slot, const std::string& algorithm_template) {
        return user.extended(0x47, 0x00, slot, from_hex(algorithm_template).value());
    }
    static PublicKey generated(const Answer& answer) {
        const auto content = iso7816::TlvReader(answer.data).require(0x7F49);
        return content.ok() ? public_key_of_template(content.value()) : nullptr;
    }

    CardTestUser user{{.provisioned = false, .behavior = {.yubico = true}}};
};

TEST_F(PivKeyCommands, makes_rsa_keys_and_uses_them) {
    const Answer answer = generate(0x9A, "AC03800107");
    ASSERT_EQ(answer.word, 0x9000);
    const PublicKey key = generated(answer);
    ASSERT_NE(key, nullptr);
    user.verify();
    const Bytes block = some_block(256);
    const Answer signature = user.use_key(KeyAlgorithm::Rsa2048, 0x9A, challenge, block);
    EXPECT_EQ(raw_public_operation(key, signature.data), block);
}

TEST_F(PivKeyCommands, makes_ec_keys_in_every_slot_and_uses_them) {
    for (const std::uint8_t slot : std::array<std::uint8_t, 5>{0x9A, 0x9D, 0x9E, 0x82, 0x95}) {
        const Answer answer = generate(slot, slot == 0x9D ? "AC03800114" : "AC03800111");
        ASSERT_EQ(answer.word, 0x9000);
        const PublicKey key = generated(answer);
        user.verify();
        const bool is_p384 = slot == 0x9D;
        const Bytes hash = some_block(is_p384 ? 48 : 32);
        const Answer signature =
            user.use_key(is_p384 ? KeyAlgorithm::P384 : KeyAlgorithm::P256, slot, challenge, hash);
        EXPECT_TRUE(verifies(key, hash, signature.data));
    }
}

TEST_F(PivKeyCommands, makes_keys_for_the_manager_only) {
    CardTestUser other({.provisioned = false});
    other.select();
    other.verify();
    EXPECT_EQ(other.send("0047009A05AC0380011100").word, 0x6982);
}

TEST_F(PivKeyCommands, refuses_keys_that_it_cannot_make) {
    EXPECT_EQ(generate(0x9A, "AC03800106").word, 0x6A80);
    EXPECT_EQ(generate(0x9A, "AC028000").word, 0x6A80);
    EXPECT_EQ(generate(0x9A, "AC0481020711").word, 0x6A80);
    EXPECT_EQ(generate(0x9B, "AC03800111").word, 0x6A86);
    EXPECT_EQ(generate(0x81, "AC03800111").word, 0x6A86);
    EXPECT_EQ(generate(0x9A, "AC06800111AA0107").word, 0x6A80);
}

TEST_F(PivKeyCommands, gives_keys_the_pin_policy_that_is_asked_for) {
    ASSERT_EQ(generate(0x9A, "AC06800111AA0101").word, 0x9000);  // never
    ASSERT_EQ(generate(0x9E, "AC06800111AA0103").word, 0x9000);  // always
    ASSERT_EQ(generate(0x9C, "AC06800111AA0102").word, 0x9000);  // once
    ASSERT_EQ(generate(0x9D, "AC06800111AA0100").word, 0x9000);  // the standard's: once
    const auto sign = [&](std::uint8_t slot) {
        return user.use_key(KeyAlgorithm::P256, slot, challenge, some_block(32)).word;
    };
    EXPECT_EQ(sign(0x9A), 0x9000);
    EXPECT_EQ(sign(0x9E), 0x6982);
    EXPECT_EQ(sign(0x9C), 0x6982);
    EXPECT_EQ(sign(0x9D), 0x6982);
    user.verify();
    EXPECT_EQ(sign(0x9E), 0x9000);
    EXPECT_EQ(sign(0x9E), 0x6982);
    EXPECT_EQ(sign(0x9C), 0x9000);
    EXPECT_EQ(sign(0x9D), 0x9000);
}

TEST_F(PivKeyCommands, knows_pin_policies_as_a_yubikey_only) {
    CardTestUser plain({.provisioned = false});
    plain.select();
    plain.authenticate_manager();
    EXPECT_EQ(plain.send("0047009A08AC06800111AA010100").word, 0x6A80);
    EXPECT_EQ(plain.send("0047009A05AC0380011100").word, 0x9000);
}

TEST_F(PivKeyCommands, imports_ec_keys) {
    const CryptoLibrary library;
    for (const KeyAlgorithm algorithm : {KeyAlgorithm::P256, KeyAlgorithm::P384}) {
        const Bytes scalar(field_size(algorithm), 0x11);
        const auto key = PrivateKey::from_scalar(library, algorithm, scalar);
        ASSERT_TRUE(key.ok());
        const Bytes data = iso7816::TlvWriter().add(0x06, scalar).take();
        const auto number = static_cast<std::uint8_t>(algorithm);
        ASSERT_EQ(user.extended(0xFE, number, 0x9A, data).word, 0x9000);
        user.verify();
        const Bytes hash = some_block(field_size(algorithm));
        const Answer signature = user.use_key(algorithm, 0x9A, challenge, hash);
        EXPECT_TRUE(verifies(public_key_of_template(key->public_template()), hash, signature.data));
    }
}

TEST_F(PivKeyCommands, imports_rsa_keys_by_their_primes) {
    const CryptoLibrary library;
    const PrivateKey key = PrivateKey::generate(library, KeyAlgorithm::Rsa2048).value();
    const Bytes data = iso7816::TlvWriter()
                           .add(0x01, rsa_number(key, OSSL_PKEY_PARAM_RSA_FACTOR1))
                           .add(0x02, rsa_number(key, OSSL_PKEY_PARAM_RSA_FACTOR2))
                           .take();
    EXPECT_EQ(user.chained(0xFE, 0x07, 0x9D, data).word, 0x9000);
    user.verify();
    const Bytes block = some_block(256);
    const Answer signature = user.use_key(KeyAlgorithm::Rsa2048, 0x9D, challenge, block);
    EXPECT_EQ(raw_public_operation(public_key_of_template(key.public_template()), signature.data),
              block);
}

TEST_F(PivKeyCommands, refuses_to_import_what_is_no_key) {
    const auto import = [&](std::uint8_t algorithm, std::uint8_t slot, const Bytes& data) {
        return user.extended(0xFE, algorithm, slot, data).word;
    };
    EXPECT_EQ(import(0x11, 0x9A, iso7816::TlvWriter().add(0x06, Bytes(32, 0)).take()), 0x6A80);
    EXPECT_EQ(import(0x11, 0x9A, iso7816::TlvWriter().add(0x06, Bytes(32, 0xFF)).take()), 0x6A80);
    EXPECT_EQ(import(0x11, 0x9A, iso7816::TlvWriter().add(0x06, Bytes(33, 1)).take()), 0x6A80);
    EXPECT_EQ(import(0x07, 0x9A, iso7816::TlvWriter().add(0x01, Bytes(128, 1)).take()), 0x6A80);
    EXPECT_EQ(import(0x07, 0x9A, iso7816::TlvWriter().add(0x01, {}).add(0x02, {}).take()), 0x6A80);
    EXPECT_EQ(import(0x12, 0x9A, iso7816::TlvWriter().add(0x06, Bytes(32, 1)).take()), 0x6A86);
    EXPECT_EQ(import(0x11, 0x9B, iso7816::TlvWriter().add(0x06, Bytes(32, 1)).take()), 0x6A86);
    user.card().reset();
    user.select();
    EXPECT_EQ(import(0x11, 0x9A, iso7816::TlvWriter().add(0x06, Bytes(32, 1)).take()), 0x6982);
}

}  // namespace
}  // namespace cardmux::simulation
