// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "api/ksp/derivation/key_derivation.h"

#include <gtest/gtest.h>

#include "api/ksp/derivation/keyed_hash.h"
#include "api/ksp/little_endian.h"
#include "crypto/hash.h"

namespace cardmux::ksp {
namespace {

using crypto::HashAlgorithm;

Bytes hex(const std::string& text) {
    return from_hex(text).value_or({});
}

std::string derived(const std::string& function, const std::vector<KdfParameter>& parameters,
                    std::uint32_t flags = 0) {
    const auto key = derive_key(function, parameters, flags, hex("0102030405"), std::nullopt);
    return key.ok() ? to_hex(key->view()) : "";
}

Status code(const std::string& function, const std::vector<KdfParameter>& parameters,
            std::uint32_t flags = 0) {
    const auto key = derive_key(function, parameters, flags, hex("0102"), std::nullopt);
    return key.ok() ? status::success : key.error().code;
}

std::string sha(HashAlgorithm algorithm, const std::string& input) {
    return to_hex(crypto::hash(algorithm, hex(input)).value_or({}));
}

const KdfParameter sha256{kdf::hash_algorithm, utf16_of("SHA256")};

TEST(KeyDerivation, hash_takes_what_stands_before_and_behind_in_its_order) {
    EXPECT_EQ(derived("HASH", {}), sha(HashAlgorithm::Sha1, "0102030405"));
    EXPECT_EQ(derived("HASH", {sha256,
                               {kdf::secret_append, hex("cc")},
                               {kdf::secret_prepend, hex("aa")},
                               {kdf::secret_prepend, hex("bb")}}),
              sha(HashAlgorithm::Sha256, "aabb0102030405cc"));
}

TEST(KeyDerivation, hmac_takes_a_key_or_the_secret_as_one) {
    const KdfParameter key{kdf::hmac_key, hex("0b0b")};
    EXPECT_EQ(derived("HMAC", {sha256, key}),
              to_hex(hmac(HashAlgorithm::Sha256, hex("0b0b"), hex("0102030405")).value().view()));
    EXPECT_EQ(
        derived("HMAC", {sha256}, kdf::use_secret_as_hmac_key),
        to_hex(hmac(HashAlgorithm::Sha256, hex("0102030405"), hex("0102030405")).value().view()));
    EXPECT_EQ(code("HMAC", {sha256}), status::nte_invalid_parameter);
    EXPECT_EQ(code("HMAC", {key}, kdf::use_secret_as_hmac_key), status::nte_invalid_parameter);
}

TEST(KeyDerivation, truncate_gives_the_secret_turned_round) {
    EXPECT_EQ(derived("TRUNCATE", {}), "0504030201");
}

TEST(KeyDerivation, concatenation_counts_its_hashes) {
    const std::vector<KdfParameter> parameters = {
        sha256, {kdf::party_v_info, hex("dd")}, {kdf::algorithm_id, hex("aa")}};
    const auto key = derive_key("SP800_56A_CONCAT", parameters, 0, hex("0102"), 40);
    ASSERT_TRUE(key.ok());
    EXPECT_EQ(to_hex(key->view()), (sha(HashAlgorithm::Sha256, "000000010102aadd") +
                                    sha(HashAlgorithm::Sha256, "000000020102aadd"))
                                       .substr(0, 80));
}

// The values are those of `openssl kdf ... TLS1-PRF` (OpenSSL 3.0).
TEST(KeyDerivation, tls_prf_takes_the_function_of_the_protocol) {
    const KdfParameter label{kdf::tls_label, to_bytes(bytes_of("master secret"))};
    const KdfParameter seed{kdf::tls_seed, Bytes(64, 0x42)};
    const KdfParameter tls12{kdf::tls_protocol, little_endian(0x0303, 4)};
    const std::string old =
        "2d9cb496ab75743a297dee93b15b59b20b7f84692662041434"
        "5bf7cd84ffa3017652b182c5bb9c181a668146cb373c20";
    EXPECT_EQ(derived("TLS_PRF", {label, seed}), old);
    for (const std::uint64_t version : {0x0301, 0x0302, 0xFEFF})
        EXPECT_EQ(derived("TLS_PRF", {{kdf::tls_protocol, little_endian(version, 4)}, label, seed}),
                  old);
    KdfParameter counted = label;
    counted.value.push_back(0);
    EXPECT_EQ(derived("TLS_PRF", {counted, seed}), old) << "the zero is no part of the label";
    EXPECT_EQ(derived("TLS_PRF", {label, seed, tls12}),
              "eef0c7b3d14691272b1ef6a48cba2ff3589c62d1f0d131da7a"
              "053fde7cb7b44305182518536236f09597885e20a94c6b");
    EXPECT_EQ(derived("TLS_PRF", {label, seed, tls12, {kdf::hash_algorithm, utf16_of("SHA384")}}),
              "cffac032e575f8c9bae1f1161019cc5dd70814699917d74fbd"
              "4f6d174c7af1784b35ee92175a748f649c0e2f8f4a9dde");
}

TEST(KeyDerivation, tls_prf_refuses_what_it_does_not_make) {
    const KdfParameter label{kdf::tls_label, to_bytes(bytes_of("x"))};
    const KdfParameter seed{kdf::tls_seed, Bytes(64)};
    EXPECT_EQ(code("TLS_PRF", {seed}), status::nte_invalid_parameter);
    EXPECT_EQ(code("TLS_PRF", {label}), status::nte_invalid_parameter);
    EXPECT_EQ(code("TLS_PRF", {label, {kdf::tls_seed, Bytes(63)}}), status::nte_invalid_parameter);
    EXPECT_EQ(code("TLS_PRF", {label, seed, sha256}), status::nte_invalid_parameter) << "TLS 1.0";
    EXPECT_EQ(code("TLS_PRF", {label, seed, {kdf::tls_protocol, Bytes(3)}}),
              status::nte_invalid_parameter);
    for (const std::uint64_t ssl : {0x0002, 0x0300})
        EXPECT_EQ(code("TLS_PRF", {label, seed, {kdf::tls_protocol, little_endian(ssl, 4)}}),
                  status::nte_not_supported);
    const auto wrong_size = derive_key("TLS_PRF", {label, seed}, 0, hex("0102"), 47);
    EXPECT_EQ(wrong_size.error().code, status::nte_invalid_parameter);
}

TEST(KeyDerivation, hkdf_gives_as_much_as_is_asked_for) {
    const std::vector<KdfParameter> parameters = {
        sha256, {kdf::hkdf_salt, hex("aabb")}, {kdf::hkdf_info, hex("cc")}};
    const auto key = derive_key("HKDF", parameters, 0, hex("0102030405"), 42);
    ASSERT_TRUE(key.ok());
    // `openssl kdf ... HKDF` (OpenSSL 3.0)
    EXPECT_EQ(
        to_hex(key->view()),
        "56fa8152d8453c1ed797d78c02e6254aedaafec494d33c2f19d50ebc28c9caabbb38ba2124499d6f75e9");
    EXPECT_EQ(derived("HKDF", parameters), to_hex(key->view()).substr(0, 64)) << "without a size";
    EXPECT_EQ(code("HKDF", {}), status::nte_invalid_parameter) << "no hash";
    const auto too_much = derive_key("HKDF", parameters, 0, hex("01"), 255 * 32 + 1);
    ASSERT_FALSE(too_much.ok());
    EXPECT_EQ(too_much.error().cause->code, ErrorCode::DataSizeInvalid);
}

TEST(KeyDerivation, what_is_not_there_is_refused) {
    EXPECT_EQ(code("PBKDF2", {}), status::nte_not_supported);
    EXPECT_EQ(code("HASH", {{kdf::hash_algorithm, utf16_of("MD4")}}), status::nte_not_supported);
    EXPECT_EQ(code("HASH", {{kdf::hash_algorithm, {0x41}}}), status::nte_invalid_parameter);
    EXPECT_EQ(code("HASH", {{kdf::hmac_key, {}}}), status::nte_invalid_parameter);
}

}  // namespace
}  // namespace cardmux::ksp
