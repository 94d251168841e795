// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "api/ksp/key_derivation.h"

#include <gtest/gtest.h>

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

TEST(KeyDerivation, hmac_is_that_of_rfc_4231) {
    const auto short_key =
        hmac(HashAlgorithm::Sha256, bytes_of("Jefe"), bytes_of("what do ya want for nothing?"));
    EXPECT_EQ(to_hex(short_key.value().view()),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    const auto long_key = hmac(HashAlgorithm::Sha512, Bytes(131, 0xAA),
                               bytes_of("Test Using Larger Than Block-Size Key - Hash Key First"));
    EXPECT_EQ(to_hex(long_key.value().view()),
              "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352"
              "6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598");
}

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

TEST(KeyDerivation, what_is_not_there_is_refused) {
    EXPECT_EQ(code("TLS_PRF", {}), status::nte_not_supported);
    EXPECT_EQ(code("HASH", {{kdf::hash_algorithm, utf16_of("MD4")}}), status::nte_not_supported);
    EXPECT_EQ(code("HASH", {{kdf::hash_algorithm, {0x41}}}), status::nte_invalid_parameter);
    EXPECT_EQ(code("HASH", {{kdf::hmac_key, {}}}), status::nte_invalid_parameter);
}

}  // namespace
}  // namespace cardmux::ksp
