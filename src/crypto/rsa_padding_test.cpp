// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "crypto/rsa_padding.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "crypto/hash.h"
#include "crypto/test_vectors/raw_rsa.h"
#include "crypto/test_vectors/vector_file.h"

namespace cardmux::crypto {
namespace {

using test_vectors::Entry;

/// Gives out what it was told to.
class FixedRandom final : public RandomSource {
  public:
    explicit FixedRandom(Bytes content) : content_(std::move(content)) {}
    void fill(std::span<std::uint8_t> out) override {
        ASSERT_EQ(out.size(), content_.size());
        std::ranges::copy(content_, out.begin());
    }

  private:
    Bytes content_;
};

/// What a card gives back for the ciphertext of `entry`.
Bytes decrypted(const Entry& entry) {
    return test_vectors::raw_rsa(entry.bytes("n"), entry.bytes("d"), entry.bytes("Encryption"));
}

std::string text_of(const Result<SecretBytes>& message) {
    return message.ok() ? to_hex(message->view()) : name_of(message.error().code);
}

TEST(DigestInfo, begins_as_RFC_8017_prints_it) {
    const std::pair<HashAlgorithm, const char*> prefixes[] = {
        {HashAlgorithm::Sha1, "3021300906052b0e03021a05000414"},
        {HashAlgorithm::Sha224, "302d300d06096086480165030402040500041c"},
        {HashAlgorithm::Sha256, "3031300d060960864801650304020105000420"},
        {HashAlgorithm::Sha384, "3041300d060960864801650304020205000430"},
        {HashAlgorithm::Sha512, "3051300d060960864801650304020305000440"},
    };
    for (const auto& [algorithm, prefix] : prefixes) {
        const Bytes digest(hash_size(algorithm), 0xab);
        EXPECT_EQ(to_hex(*digest_info(algorithm, digest)), prefix + to_hex(digest));
        EXPECT_EQ(digest_info(algorithm, ByteView(digest).subspan(1)).error().code,
                  ErrorCode::DataSizeInvalid);
    }
    const Bytes digest(16, 0xab);
    EXPECT_EQ(to_hex(*md5_digest_info(digest)),
              "3020300c06082a864886f70d020505000410" + to_hex(digest));
    EXPECT_EQ(md5_digest_info(Bytes(20)).error().code, ErrorCode::DataSizeInvalid);
}

TEST(DigestInfo, may_lack_its_parameters) {
    const Bytes digest(32, 0xab);
    EXPECT_EQ(to_hex(*digest_info(HashAlgorithm::Sha256, digest, DigestParameters::Absent)),
              "302f300b06096086480165030402010420" + to_hex(digest));
    EXPECT_EQ(to_hex(*md5_digest_info(Bytes(16, 0xab), DigestParameters::Absent)),
              "301e300a06082a864886f70d02050410" + to_hex(Bytes(16, 0xab)));
}

TEST(Pkcs1Signature, has_at_least_eight_bytes_of_padding) {
    EXPECT_EQ(to_hex(*pad_pkcs1_signature(*from_hex("aabb"), 13)), "0001ffffffffffffffff00aabb");
    EXPECT_EQ(to_hex(*pad_pkcs1_signature({}, 11)), "0001ffffffffffffffff00");
    EXPECT_EQ(pad_pkcs1_signature(*from_hex("aabb"), 12).error().code, ErrorCode::DataSizeInvalid);
    EXPECT_EQ(pad_pkcs1_signature({}, 10).error().code, ErrorCode::DataSizeInvalid);
}

// Key 2 has 1025 bits: the encoding is one byte shorter than the modulus.
TEST(Pss, encodes_as_RSA_Laboratories_did) {
    const auto entries = test_vectors::read("rsa_pss.rsp", "Signature");
    ASSERT_EQ(entries.size(), 24U);
    for (const Entry& entry : entries) {
        const RsaPublicKey key{entry.bytes("n"), entry.bytes("e")};
        const Bytes digest = *hash(HashAlgorithm::Sha1, entry.bytes("Message"));
        FixedRandom random(entry.bytes("Salt"));
        const auto block =
            pad_pss({HashAlgorithm::Sha1, HashAlgorithm::Sha1, 20}, digest, key_bits(key), random);
        ASSERT_TRUE(block.ok());
        EXPECT_TRUE(*rsa_result_fits(key, *block, entry.bytes("Signature")));
    }
}

TEST(Pss, accepts_its_own_encodings_of_every_size_and_no_other_salt_size) {
    for (const std::size_t bits : {1024, 1025, 1026, 1031, 1032, 2048, 2049, 4096}) {
        for (const std::size_t salt_size : {0, 1, 20, 64, 94}) {
            const Bytes digest(32, 0x77);
            const auto block = pad_pss({HashAlgorithm::Sha256, HashAlgorithm::Sha384, salt_size},
                                       digest, bits, system_random());
            ASSERT_TRUE(block.ok()) << bits;
            const auto fits = [&](HashAlgorithm mgf, std::size_t salt) {
                return *pss_block_fits({HashAlgorithm::Sha256, mgf, salt}, digest, bits, *block);
            };
            EXPECT_TRUE(fits(HashAlgorithm::Sha384, salt_size));
            EXPECT_FALSE(fits(HashAlgorithm::Sha256, salt_size));
            EXPECT_FALSE(fits(HashAlgorithm::Sha384, salt_size + 1));
        }
    }
}

TEST(Pss, finds_every_single_flipped_bit) {
    const Bytes digest(32, 0x77);
    for (const std::size_t bits : {1024, 1025, 1030}) {
        Bytes block = *pad_pss({HashAlgorithm::Sha256, HashAlgorithm::Sha256, 32}, digest, bits,
                               system_random());
        for (std::size_t bit = 0; bit < block.size() * 8; ++bit) {
            block[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
            EXPECT_FALSE(*pss_block_fits({HashAlgorithm::Sha256, HashAlgorithm::Sha256, 32}, digest,
                                         bits, block))
                << bit;
            block[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
        }
    }
}

TEST(Pss, refuses_what_does_not_fit_the_modulus) {
    const auto code_of = [](std::size_t digest_size, std::size_t salt_size, std::size_t bits) {
        return pad_pss({HashAlgorithm::Sha512, HashAlgorithm::Sha512, salt_size},
                       Bytes(digest_size), bits, system_random());
    };
    EXPECT_TRUE(code_of(64, 62, 1024).ok());
    EXPECT_EQ(code_of(64, 63, 1024).error().code, ErrorCode::DataSizeInvalid);
    EXPECT_EQ(code_of(64, 62, 1017).error().code, ErrorCode::DataSizeInvalid);
    EXPECT_EQ(code_of(64, 0, 512).error().code, ErrorCode::DataSizeInvalid);
    EXPECT_EQ(code_of(64, 0, 0).error().code, ErrorCode::DataSizeInvalid);
    EXPECT_EQ(code_of(63, 0, 1024).error().code, ErrorCode::DataSizeInvalid);
    EXPECT_EQ(code_of(64, SIZE_MAX, 1024).error().code, ErrorCode::DataSizeInvalid);
}

TEST(Pkcs1Encryption, decrypts_RSA_Laboratories_ciphertexts) {
    const auto entries = test_vectors::read("rsa_pkcs1_decrypt.rsp", "Encryption");
    ASSERT_EQ(entries.size(), 18U);
    for (const Entry& entry : entries) {
        EXPECT_EQ(text_of(unpad_pkcs1_encryption(decrypted(entry))), entry.text("Message"));
    }
}

TEST(Pkcs1Encryption, takes_a_message_of_any_size_that_leaves_eight_bytes_of_padding) {
    EXPECT_EQ(text_of(unpad_pkcs1_encryption(*from_hex("0002 0101010101010101 00"))), "");
    EXPECT_EQ(text_of(unpad_pkcs1_encryption(*from_hex("0002 01010101010101ff 00 00aa"))), "00aa");
}

TEST(Pkcs1Encryption, gives_one_error_for_every_wrong_padding) {
    for (const char* hex :
         {"", "0002", "0102 0101010101010101 00 aa", "0001 0101010101010101 00 aa",
          "0000 0101010101010101 00 aa", "8002 0101010101010101 00 aa",
          "0002 01010101010101 00 aabb", "0002 00010101010101 01 aabb",
          "0002 0101010101010101 01 aa", "0002 0101010101010101"}) {
        EXPECT_EQ(text_of(unpad_pkcs1_encryption(*from_hex(hex))), "DataInvalid") << hex;
    }
}

TEST(Oaep, decrypts_RSA_Laboratories_ciphertexts) {
    const auto entries = test_vectors::read("rsa_oaep.rsp", "Encryption");
    ASSERT_EQ(entries.size(), 18U);
    for (const Entry& entry : entries) {
        EXPECT_EQ(
            text_of(unpad_oaep(decrypted(entry), HashAlgorithm::Sha1, HashAlgorithm::Sha1, {})),
            entry.text("Message"));
    }
}

TEST(Oaep, gives_one_error_for_every_flipped_bit_label_and_hash) {
    const Entry entry = test_vectors::read("rsa_oaep.rsp", "Encryption").front();
    Bytes block = decrypted(entry);
    const auto unpadded = [&](HashAlgorithm algorithm, HashAlgorithm mgf, std::string_view label) {
        return text_of(unpad_oaep(block, algorithm, mgf, bytes_of(label)));
    };
    constexpr auto sha1 = HashAlgorithm::Sha1;
    constexpr auto sha256 = HashAlgorithm::Sha256;
    EXPECT_EQ(unpadded(sha1, sha1, "label"), "DataInvalid");
    EXPECT_EQ(unpadded(sha256, sha1, ""), "DataInvalid");
    EXPECT_EQ(unpadded(sha1, sha256, ""), "DataInvalid");
    EXPECT_EQ(unpadded(HashAlgorithm::Sha512, sha1, ""), "DataInvalid") << "does not even fit";
    // Every bit of the seed, of the label's hash and of the zeros matters; those of the message are
    // the message. The seed and the hash are the first 41 bytes.
    for (std::size_t bit = 0; bit < 41 * 8; ++bit) {
        block[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
        EXPECT_EQ(unpadded(sha1, sha1, ""), "DataInvalid") << bit;
        block[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
    }
    EXPECT_EQ(unpadded(sha1, sha1, ""), entry.text("Message"));
}

}  // namespace
}  // namespace cardmux::crypto
