// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Our half of each operation against the openssl command line as the other half. The command also
// plays the card: its raw RSA operation is all that a PIV card does.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "crypto/hash.h"
#include "crypto/rsa_padding.h"

namespace cardmux::crypto {
namespace {

struct NamedHash {
    HashAlgorithm algorithm;
    const char* name;
};
constexpr NamedHash named_hashes[] = {{HashAlgorithm::Sha1, "sha1"},
                                      {HashAlgorithm::Sha224, "sha224"},
                                      {HashAlgorithm::Sha256, "sha256"},
                                      {HashAlgorithm::Sha384, "sha384"},
                                      {HashAlgorithm::Sha512, "sha512"}};

/// A folder with a key in it, in which the openssl command works.
class OpensslCommand : public testing::Test {
  protected:
    OpensslCommand() : folder_(testing::TempDir() + "cardmux_XXXXXX") {
        EXPECT_NE(mkdtemp(folder_.data()), nullptr);
    }
    ~OpensslCommand() override { std::filesystem::remove_all(folder_); }

    bool run(const std::string& arguments) const {
        const std::string command =
            "cd " + folder_ + " && timeout 30 openssl " + arguments + " >output.txt 2>&1";
        return std::system(command.c_str()) == 0;
    }

    void write(const char* name, ByteView content) const {
        std::ofstream file(folder_ + "/" + name, std::ios::binary);
        file.write(reinterpret_cast<const char*>(content.data()),
                   static_cast<std::streamsize>(content.size()));
    }

    Bytes read(const char* name) const {
        std::ifstream file(folder_ + "/" + name, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    }

    PublicKey make_key(const std::string& kind) const {
        EXPECT_TRUE(run("genpkey -out key.pem " + kind));
        EXPECT_TRUE(run("pkey -in key.pem -pubout -outform der -out public.der"));
        const auto key = parse_public_key_info(read("public.der"));
        EXPECT_TRUE(key.ok());
        EXPECT_EQ(*encode_public_key_info(*key), read("public.der"));
        return *key;
    }

    /// What a card does with its private key.
    Bytes raw_operation(ByteView block) const {
        write("block", block);
        EXPECT_TRUE(
            run("pkeyutl -decrypt -inkey key.pem -pkeyopt rsa_padding_mode:none"
                " -in block -out result"));
        return read("result");
    }

  private:
    std::string folder_;
};

std::string pss_options(const NamedHash& hash, const NamedHash& mgf, std::size_t salt_size) {
    return std::string(" -pkeyopt rsa_padding_mode:pss -pkeyopt digest:") + hash.name +
           " -pkeyopt rsa_mgf1_md:" + mgf.name +
           " -pkeyopt rsa_pss_saltlen:" + std::to_string(salt_size);
}

TEST_F(OpensslCommand, verifies_our_pkcs1_signatures) {
    const auto key =
        std::get<RsaPublicKey>(make_key("-algorithm RSA -pkeyopt rsa_keygen_bits:2048"));
    const auto check = [&](const Bytes& digest, const Bytes& info, const std::string& name) {
        const Bytes block = *pad_pkcs1_signature(info, 256);
        const Bytes signature = raw_operation(block);
        EXPECT_TRUE(*rsa_result_fits(key, block, signature));
        write("digest", digest);
        write("signature", signature);
        EXPECT_TRUE(run(
            "pkeyutl -verify -inkey key.pem -in digest -sigfile signature -pkeyopt digest:" + name))
            << name;
    };
    for (const NamedHash& hash : named_hashes) {
        const Bytes digest(hash_size(hash.algorithm), 0x3c);
        check(digest, *digest_info(hash.algorithm, digest), hash.name);
    }
    const Bytes digest(16, 0x3c);
    check(digest, *md5_digest_info(digest), "md5");
}

TEST_F(OpensslCommand, verifies_our_pss_signatures_and_we_its) {
    const auto key =
        std::get<RsaPublicKey>(make_key("-algorithm RSA -pkeyopt rsa_keygen_bits:2050"));
    const std::pair<NamedHash, NamedHash> pairs[] = {{named_hashes[2], named_hashes[2]},
                                                     {named_hashes[4], named_hashes[0]},
                                                     {named_hashes[1], named_hashes[3]}};
    for (const auto& [hash, mgf] : pairs) {
        for (const std::size_t salt_size : {0, 20, 64}) {
            const Bytes digest(hash_size(hash.algorithm), 0x3c);
            const std::string options = pss_options(hash, mgf, salt_size);
            write("digest", digest);
            const auto block =
                pad_pss({hash.algorithm, mgf.algorithm, salt_size}, digest, 2050, system_random());
            write("signature", raw_operation(*block));
            EXPECT_TRUE(
                run("pkeyutl -verify -inkey key.pem -in digest -sigfile signature" + options));

            ASSERT_TRUE(run("pkeyutl -sign -inkey key.pem -in digest -out theirs" + options));
            ASSERT_TRUE(
                run("pkeyutl -encrypt -inkey key.pem -in theirs -out their_block"
                    " -pkeyopt rsa_padding_mode:none"));
            const Bytes their_block = read("their_block");
            EXPECT_TRUE(*pss_block_fits({hash.algorithm, mgf.algorithm, salt_size}, digest, 2050,
                                        their_block));
            EXPECT_TRUE(*rsa_result_fits(key, their_block, read("theirs")));
        }
    }
}

TEST_F(OpensslCommand, encrypts_what_we_decrypt) {
    make_key("-algorithm RSA -pkeyopt rsa_keygen_bits:2048");
    const Bytes message = to_bytes(bytes_of("to be kept between us"));
    write("message", message);
    ASSERT_TRUE(run("pkeyutl -encrypt -inkey key.pem -in message -out encrypted"));
    EXPECT_TRUE(equal(unpad_pkcs1_encryption(raw_operation(read("encrypted")))->view(), message));
    for (const NamedHash& hash : named_hashes) {
        for (const NamedHash& mgf : {named_hashes[0], named_hashes[2]}) {
            for (const std::string label : {"", "c0ffee00"}) {
                const std::string with_label =
                    label.empty() ? "" : " -pkeyopt rsa_oaep_label:" + label;
                ASSERT_TRUE(
                    run("pkeyutl -encrypt -inkey key.pem -in message -out encrypted"
                        " -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:" +
                        std::string(hash.name) + " -pkeyopt rsa_mgf1_md:" + mgf.name + with_label));
                const auto decrypted = unpad_oaep(raw_operation(read("encrypted")), hash.algorithm,
                                                  mgf.algorithm, *from_hex(label));
                ASSERT_TRUE(decrypted.ok()) << hash.name << mgf.name << label;
                EXPECT_TRUE(equal(decrypted->view(), message));
            }
        }
    }
}

TEST_F(OpensslCommand, makes_ecdsa_signatures_that_we_verify) {
    for (const auto& [curve, name] : {std::pair(Curve::P256, "P-256"), {Curve::P384, "P-384"}}) {
        const auto key = std::get<EcPublicKey>(
            make_key("-algorithm EC -pkeyopt ec_paramgen_curve:" + std::string(name)));
        for (const std::size_t digest_size : {20, 32, 48, 64}) {
            const Bytes digest(digest_size, 0x3c);
            write("digest", digest);
            ASSERT_TRUE(run("pkeyutl -sign -inkey key.pem -in digest -out signature"));
            const Bytes der = read("signature");
            const auto joined = ecdsa_from_der(der, curve);
            ASSERT_TRUE(joined.ok());
            EXPECT_TRUE(*ecdsa_signature_fits(key, digest, *joined)) << name << digest_size;
            EXPECT_EQ(*ecdsa_to_der(*joined, curve), der);
        }
    }
}

}  // namespace
}  // namespace cardmux::crypto
