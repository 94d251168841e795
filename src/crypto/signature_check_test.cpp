// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The public operations against NIST's and RSA Laboratories' vectors (test_vectors/SOURCE.md).
#include <gtest/gtest.h>

#include "crypto/der.h"
#include "crypto/hash.h"
#include "crypto/public_key.h"
#include "crypto/rsa_padding.h"
#include "crypto/test_vectors/raw_rsa.h"
#include "crypto/test_vectors/vector_file.h"

namespace cardmux::crypto {
namespace {

using test_vectors::Entry;

HashAlgorithm algorithm_of(const std::string& name) {
    if (name == "SHA1" || name == "SHA-1") return HashAlgorithm::Sha1;
    if (name == "SHA224") return HashAlgorithm::Sha224;
    if (name == "SHA256" || name == "SHA-256") return HashAlgorithm::Sha256;
    if (name == "SHA384" || name == "SHA-384") return HashAlgorithm::Sha384;
    EXPECT_TRUE(name == "SHA512" || name == "SHA-512") << name;
    return HashAlgorithm::Sha512;
}

/// A number of the vectors in exactly `size` bytes: they leave leading zeros out here and there.
Bytes padded(ByteView number, std::size_t size) {
    const ByteView digits = der::without_leading_zeros(number);
    if (digits.size() > size) return {};
    Bytes bytes(size - digits.size());
    append(bytes, digits);
    return bytes;
}

Bytes joined(const Entry& entry, const char* first, const char* second, std::size_t size) {
    Bytes bytes = padded(entry.bytes(first), size);
    append(bytes, padded(entry.bytes(second), size));
    return bytes;
}

Curve curve_of(const Entry& entry) {
    return entry.section.starts_with("P-256") ? Curve::P256 : Curve::P384;
}

EcPublicKey ec_key_of(const Entry& entry) {
    EcPublicKey key{curve_of(entry), Bytes{0x04}};
    append(key.point, joined(entry, "Qx", "Qy", field_size(key.curve)));
    return key;
}

RsaPublicKey rsa_key_of(const Entry& entry) {
    return {entry.bytes("n"), entry.bytes("e")};
}

TEST(EcdsaSignature, agrees_with_NIST_on_what_is_right_and_wrong) {
    const auto entries = test_vectors::read("ecdsa_verify.rsp", "Result");
    ASSERT_EQ(entries.size(), 54U);
    for (const Entry& entry : entries) {
        const EcPublicKey key = ec_key_of(entry);
        const Bytes digest = *hash(algorithm_of(entry.section.substr(6)), entry.bytes("Msg"));
        const auto fits =
            ecdsa_signature_fits(key, digest, joined(entry, "R", "S", field_size(key.curve)));
        // "Q changed" may leave the curve, which is an error rather than "no".
        if (entry.is_right()) {
            ASSERT_TRUE(fits.ok());
            EXPECT_TRUE(*fits) << entry.section << " " << entry.text("R");
        } else {
            EXPECT_FALSE(fits.ok() && *fits) << entry.section << entry.text("R");
        }
    }
}

TEST(EcPublicKey, agrees_with_NIST_on_which_points_are_on_the_curve) {
    const auto entries = test_vectors::read("point_validity.rsp", "Result");
    ASSERT_EQ(entries.size(), 24U);
    for (const Entry& entry : entries) {
        EXPECT_EQ(encode_public_key_info(ec_key_of(entry)).ok(), entry.is_right())
            << entry.text("Qx");
    }
}

Entry right_ecdsa_entry(Curve curve) {
    for (const Entry& entry : test_vectors::read("ecdsa_verify.rsp", "Result")) {
        if (entry.is_right() && curve_of(entry) == curve) return entry;
    }
    return {};
}

TEST(EcdsaSignature, refuses_numbers_out_of_range) {
    for (const Curve curve : {Curve::P256, Curve::P384}) {
        const Entry entry = right_ecdsa_entry(curve);
        const std::size_t size = field_size(curve);
        const EcPublicKey key = ec_key_of(entry);
        const Bytes digest = *hash(algorithm_of(entry.section.substr(6)), entry.bytes("Msg"));
        const Bytes right = joined(entry, "R", "S", size);
        ASSERT_TRUE(*ecdsa_signature_fits(key, digest, right));
        for (const std::size_t begin : {std::size_t{0}, size}) {
            for (const std::uint8_t filling : Bytes{0x00, 0xff}) {
                Bytes wrong = right;
                std::fill_n(wrong.begin() + static_cast<std::ptrdiff_t>(begin), size, filling);
                EXPECT_FALSE(*ecdsa_signature_fits(key, digest, wrong));
            }
        }
        EXPECT_FALSE(*ecdsa_signature_fits(key, digest, ByteView(right).first(2 * size - 1)));
        EXPECT_FALSE(*ecdsa_signature_fits(key, digest, {}));
    }
}

TEST(EcdsaSignature, finds_every_single_flipped_bit) {
    const Entry entry = right_ecdsa_entry(Curve::P256);
    const EcPublicKey key = ec_key_of(entry);
    const Bytes digest = *hash(algorithm_of(entry.section.substr(6)), entry.bytes("Msg"));
    Bytes signature = joined(entry, "R", "S", 32);
    for (std::size_t bit = 0; bit < 512; bit += 7) {
        signature[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
        EXPECT_FALSE(*ecdsa_signature_fits(key, digest, signature)) << bit;
        signature[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
    }
    EXPECT_TRUE(*ecdsa_signature_fits(key, digest, signature));
}

TEST(EcdsaSignature, refuses_a_key_that_is_no_point) {
    const Entry entry = right_ecdsa_entry(Curve::P256);
    EcPublicKey key = ec_key_of(entry);
    const Bytes signature = joined(entry, "R", "S", 32);
    key.point.back() ^= 1;
    EXPECT_EQ(ecdsa_signature_fits(key, Bytes(32), signature).error().code, ErrorCode::DataInvalid);
    key.point.pop_back();
    EXPECT_EQ(ecdsa_signature_fits(key, Bytes(32), signature).error().code, ErrorCode::DataInvalid);
}

TEST(RsaResult, agrees_with_NIST_on_pkcs1_signatures) {
    const auto entries = test_vectors::read("rsa_pkcs1_verify.rsp", "Result");
    ASSERT_EQ(entries.size(), 42U);
    for (const Entry& entry : entries) {
        const HashAlgorithm algorithm = algorithm_of(entry.text("SHAAlg"));
        const RsaPublicKey key = rsa_key_of(entry);
        const std::size_t size = key.modulus.size();
        const Bytes info = *digest_info(algorithm, *hash(algorithm, entry.bytes("Msg")));
        const auto fits =
            rsa_result_fits(key, *pad_pkcs1_signature(info, size), padded(entry.bytes("S"), size));
        ASSERT_TRUE(fits.ok());
        EXPECT_EQ(*fits, entry.is_right()) << entry.text("Result") << entry.text("S");
    }
}

TEST(RsaResult, refuses_wrong_sizes_and_results_not_below_the_modulus) {
    const Entry entry = test_vectors::read("rsa_pkcs1_verify.rsp", "Result").front();
    const RsaPublicKey key = rsa_key_of(entry);
    const Bytes one = padded(Bytes{1}, key.modulus.size());
    EXPECT_TRUE(*rsa_result_fits(key, one, one));
    EXPECT_FALSE(*rsa_result_fits(key, one, ByteView(one).subspan(1)));
    EXPECT_FALSE(*rsa_result_fits(key, ByteView(one).subspan(1), one));
    EXPECT_FALSE(*rsa_result_fits(key, one, {}));
    Bytes above = key.modulus;  // n + 1, which raised to e is 1 again
    above.back() = static_cast<std::uint8_t>(above.back() + 1);
    EXPECT_FALSE(*rsa_result_fits(key, one, above));
}

TEST(RsaPublicOperation, gives_the_block_of_a_right_signature) {
    for (const Entry& entry : test_vectors::read("rsa_pkcs1_verify.rsp", "Result")) {
        if (!entry.is_right()) continue;
        const RsaPublicKey key = rsa_key_of(entry);
        const Bytes signature = padded(entry.bytes("S"), key.modulus.size());
        const auto block = rsa_public_operation(key, signature);
        ASSERT_TRUE(block.ok());
        EXPECT_EQ(*block, test_vectors::raw_rsa(key.modulus, key.exponent, signature));
        EXPECT_EQ(to_hex(ByteView(*block).first(4)), "0001ffff");
        EXPECT_EQ(rsa_public_operation(key, key.modulus).error().code, ErrorCode::DataInvalid);
        EXPECT_EQ(rsa_public_operation(key, {}).error().code, ErrorCode::DataInvalid);
    }
}

TEST(RsaResult, refuses_a_key_that_cannot_be_one) {
    const Entry entry = test_vectors::read("rsa_pkcs1_verify.rsp", "Result").front();
    const RsaPublicKey good = rsa_key_of(entry);
    const Bytes block(good.modulus.size());
    std::vector<RsaPublicKey> bad(7, good);
    bad[0].modulus.clear();
    bad[1].modulus.back() &= 0xfe;
    bad[2].modulus.insert(bad[2].modulus.begin(), 0);
    bad[3].exponent = {1};
    bad[4].exponent = {4};
    bad[5].exponent.clear();
    bad[6].exponent = Bytes(33, 0xff);
    for (const RsaPublicKey& key : bad) {
        EXPECT_EQ(rsa_result_fits(key, block, block).error().code, ErrorCode::DataInvalid);
        EXPECT_EQ(encode_public_key_info(key).error().code, ErrorCode::DataInvalid);
    }
}

TEST(PssBlock, agrees_with_NIST_on_pss_signatures) {
    const auto entries = test_vectors::read("rsa_pss_verify.rsp", "Result");
    ASSERT_EQ(entries.size(), 42U);
    constexpr std::size_t salt_size = 10;  // said at the head of NIST's file
    for (const Entry& entry : entries) {
        const HashAlgorithm algorithm = algorithm_of(entry.text("SHAAlg"));
        const RsaPublicKey key = rsa_key_of(entry);
        const Bytes block = test_vectors::raw_rsa(key.modulus, key.exponent, entry.bytes("S"));
        const auto fits =
            pss_block_fits({algorithm, algorithm, salt_size}, *hash(algorithm, entry.bytes("Msg")),
                           key_bits(key), block);
        ASSERT_TRUE(fits.ok());
        EXPECT_EQ(*fits, entry.is_right()) << entry.text("Result") << entry.text("S");
    }
}

}  // namespace
}  // namespace cardmux::crypto
