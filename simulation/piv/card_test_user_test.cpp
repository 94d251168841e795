// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "simulation/piv/card_test_user.h"

#include <gtest/gtest.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "iso7816/tlv_reader.h"
#include "iso7816/tlv_writer.h"
#include "simulation/piv/block_cipher.h"

namespace cardmux::simulation {

using iso7816::CommandApdu;
using iso7816::LengthForm;
using iso7816::TlvReader;
using iso7816::TlvWriter;

CardTestUser::CardTestUser(PivCardOptions options) {
    auto made = SimulatedPivCard::create(std::move(options));
    if (!made.ok()) {
        ADD_FAILURE() << to_string(made.error());
        std::abort();
    }
    card_ = std::move(made).value();
    card_->reset();
}

Answer CardTestUser::send(const std::string& hex) {
    return send(from_hex(hex).value());
}

Answer CardTestUser::send(ByteView apdu) {
    const auto response = iso7816::parse_response(card_->transmit(apdu));
    if (!response.ok()) return {};
    return {.data = response->data, .word = response->status_word};
}

Answer CardTestUser::extended(std::uint8_t ins, std::uint8_t p1, std::uint8_t p2, ByteView data) {
    const CommandApdu command{.ins = ins,
                              .p1 = p1,
                              .p2 = p2,
                              .data = to_bytes(data),
                              .expected_size = iso7816::response_size_any};
    Answer answer = send(iso7816::encode(command, LengthForm::Extended).value());
    while (answer.word >> 8 == 0x61) {
        const Answer more = send("00C0000000");
        append(answer.data, more.data);
        answer.word = more.word;
    }
    return answer;
}

Answer CardTestUser::chained(std::uint8_t ins, std::uint8_t p1, std::uint8_t p2, ByteView data) {
    CommandApdu command{
        .cla = 0x10, .ins = ins, .p1 = p1, .p2 = p2, .data = {}, .expected_size = {}};
    for (; data.size() > 255; data = data.subspan(255)) {
        command.data = to_bytes(data.first(255));
        const Answer part = send(iso7816::encode(command, LengthForm::Short).value());
        if (part.word != 0x9000) return part;
    }
    command.cla = 0x00;
    command.data = to_bytes(data);
    command.expected_size = 256;
    Answer answer = send(iso7816::encode(command, LengthForm::Short).value());
    while (answer.word >> 8 == 0x61) {
        const Answer more = send("00C0000000");
        append(answer.data, more.data);
        answer.word = more.word;
    }
    return answer;
}

Answer CardTestUser::select() {
    return send("00A404000BA00000030800001000010000");
}

Answer CardTestUser::verify(const std::string& pin) {
    Bytes apdu = {0x00, 0x20, 0x00, 0x80, 0x08};
    append(apdu, bytes_of(pin));
    apdu.resize(13, 0xFF);
    return send(apdu);
}

Answer CardTestUser::get_object(std::uint32_t tag) {
    const Bytes name = {static_cast<std::uint8_t>(tag >> 16), static_cast<std::uint8_t>(tag >> 8),
                        static_cast<std::uint8_t>(tag)};
    return extended(0xCB, 0x3F, 0xFF, TlvWriter().add(0x5C, name).bytes());
}

Answer CardTestUser::put_object(std::uint32_t tag, ByteView content) {
    const Bytes name = {static_cast<std::uint8_t>(tag >> 16), static_cast<std::uint8_t>(tag >> 8),
                        static_cast<std::uint8_t>(tag)};
    return extended(0xDB, 0x3F, 0xFF, TlvWriter().add(0x5C, name).add(0x53, content).bytes());
}

Answer CardTestUser::use_key(KeyAlgorithm algorithm, std::uint8_t slot, std::uint8_t tag,
                             ByteView input) {
    const Bytes inner = TlvWriter().add(0x82, {}).add(tag, input).take();
    Answer answer = extended(0x87, static_cast<std::uint8_t>(algorithm), slot,
                             TlvWriter().add(0x7C, inner).bytes());
    const auto outer = TlvReader(answer.data).require(0x7C);
    if (!outer.ok()) return answer;
    const auto result = TlvReader(outer.value()).require(0x82);
    answer.data = result.ok() ? to_bytes(result.value()) : Bytes();
    return answer;
}

Answer CardTestUser::authenticate_manager() {
    const CryptoLibrary library;
    const ManagementKey key = default_management_key(ManagementAlgorithm::TripleDes);
    const Answer witness = send("0087039B047C02800000");
    if (witness.word != 0x9000 || witness.data.size() != 12) return witness;
    const auto clear =
        cipher_block(library, key, CipherDirection::Decrypt, ByteView(witness.data).subspan(4));
    const Bytes challenge = {1, 2, 3, 4, 5, 6, 7, 8};
    const Bytes inner = TlvWriter().add(0x80, clear.value()).add(0x81, challenge).take();
    Bytes apdu = {0x00, 0x87, 0x03, 0x9B, 0x16};
    append(apdu, TlvWriter().add(0x7C, inner).bytes());
    apdu.push_back(0x00);
    const Answer proof = send(apdu);
    if (proof.word != 0x9000) return proof;
    const auto expected = cipher_block(library, key, CipherDirection::Encrypt, challenge);
    EXPECT_TRUE(equal(ByteView(proof.data).subspan(4), expected.value()));
    return proof;
}

PublicKey public_key_of_certificate(ByteView der) {
    const unsigned char* at = der.data();
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(
        d2i_X509(nullptr, &at, static_cast<long>(der.size())), X509_free);
    if (!certificate) return nullptr;
    return {X509_get_pubkey(certificate.get()), EVP_PKEY_free};
}

PublicKey public_key_of_template(ByteView content) {
    const TlvReader reader(content);
    const std::unique_ptr<OSSL_PARAM_BLD, decltype(&OSSL_PARAM_BLD_free)> builder(
        OSSL_PARAM_BLD_new(), OSSL_PARAM_BLD_free);
    const auto point = reader.require(0x86);
    const std::unique_ptr<BIGNUM, decltype(&BN_free)> n(BN_new(), BN_free);
    const std::unique_ptr<BIGNUM, decltype(&BN_free)> e(BN_new(), BN_free);
    if (point.ok()) {
        OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME,
                                        point->size() == 65 ? "P-256" : "P-384", 0);
        OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point->data(),
                                         point->size());
    } else {
        const auto modulus = reader.require(0x81).value();
        const auto exponent = reader.require(0x82).value();
        BN_bin2bn(modulus.data(), static_cast<int>(modulus.size()), n.get());
        BN_bin2bn(exponent.data(), static_cast<int>(exponent.size()), e.get());
        OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get());
        OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get());
    }
    const std::unique_ptr<OSSL_PARAM, decltype(&OSSL_PARAM_free)> parameters(
        OSSL_PARAM_BLD_to_param(builder.get()), OSSL_PARAM_free);
    const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(
        EVP_PKEY_CTX_new_from_name(nullptr, point.ok() ? "EC" : "RSA", nullptr), EVP_PKEY_CTX_free);
    EVP_PKEY* key = nullptr;
    EVP_PKEY_fromdata_init(context.get());
    EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get());
    return {key, EVP_PKEY_free};
}

Bytes raw_public_operation(const PublicKey& key, ByteView signature) {
    const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(
        EVP_PKEY_CTX_new(key.get(), nullptr), EVP_PKEY_CTX_free);
    Bytes block(signature.size());
    std::size_t size = block.size();
    EVP_PKEY_encrypt_init(context.get());
    EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_NO_PADDING);
    if (EVP_PKEY_encrypt(context.get(), block.data(), &size, signature.data(), signature.size()) !=
        1) {
        return {};
    }
    return block;
}

bool verifies(const PublicKey& key, ByteView hash, ByteView der_signature) {
    const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(
        EVP_PKEY_CTX_new(key.get(), nullptr), EVP_PKEY_CTX_free);
    EVP_PKEY_verify_init(context.get());
    return EVP_PKEY_verify(context.get(), der_signature.data(), der_signature.size(), hash.data(),
                           hash.size()) == 1;
}

Bytes some_block(std::size_t size) {
    Bytes block(size, 0xFF);
    block[0] = 0x00;
    block[1] = 0x01;
    for (std::size_t i = 0; i < 52 && i < size; ++i) {
        block[size - 1 - i] = static_cast<std::uint8_t>(i);
    }
    return block;
}

}  // namespace cardmux::simulation
