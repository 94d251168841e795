// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// That we are a good guest in a program that uses OpenSSL itself: its engines, its configuration
// and its error queue. Each test runs in a child process, since OpenSSL's state is the process's.
#define OPENSSL_SUPPRESS_DEPRECATED  // engines
#include "crypto/library_context_openssl.h"

#include <gtest/gtest.h>
#include <openssl/engine.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "crypto/certificate.h"
#include "crypto/hash.h"
#include "crypto/rsa_padding.h"
#include "crypto/test_vectors/certificates.h"
#include "crypto/test_vectors/vector_file.h"

namespace cardmux::crypto {
namespace {

/// Calls everything that this layer offers; false if something does not answer as it should.
bool everything_works() {
    const auto rsa = test_vectors::read("rsa_pkcs1_verify.rsp", "Result").front();
    const RsaPublicKey rsa_key{rsa.bytes("n"), rsa.bytes("e")};
    const Bytes block(256, 1);
    const auto certificate = parse_certificate(*from_hex(test_vectors::p256_certificate));
    if (!certificate.ok()) return false;
    const auto ec_key = parse_public_key_info(certificate->public_key_info);
    const Bytes digest = *hash(HashAlgorithm::Sha256, block);
    return ec_key.ok() && encode_public_key_info(*ec_key).ok() &&
           encode_public_key_info(rsa_key).ok() && rsa_result_fits(rsa_key, block, block).ok() &&
           ecdsa_signature_fits(std::get<EcPublicKey>(*ec_key), digest, Bytes(64, 1)).ok() &&
           pad_pss({}, digest, 2048, system_random()).ok() &&
           !unpad_oaep(block, HashAlgorithm::Sha1, HashAlgorithm::Sha1, {}).ok();
}

/// Ends a child process: 0 if all is well, else which step failed.
[[noreturn]] void leave(int step) {
    std::_Exit(step);
}

/// Runs the body in a process that has done nothing else yet (the binary is started anew).
class LibraryContext : public testing::Test {
  protected:
    LibraryContext() { testing::FLAGS_gtest_death_test_style = "threadsafe"; }
};

int times_asked = 0;

int count_being_asked(ENGINE*) {
    ++times_asked;
    return 1;
}

void make_counting_engine_the_default() {
    ENGINE* engine = ENGINE_new();
    ENGINE_set_id(engine, "counting");
    ENGINE_set_name(engine, "counts how often it is asked");
    ENGINE_set_init_function(engine, count_being_asked);
    ENGINE_set_RSA(engine, RSA_PKCS1_OpenSSL());
    ENGINE_set_EC(engine, EC_KEY_OpenSSL());
    ENGINE_add(engine);
    // Registered and not yet started: the first to ask for RSA or EC starts it.
    ENGINE_register_RSA(engine);
    ENGINE_register_EC(engine);
}

TEST_F(LibraryContext, does_not_ask_the_programs_default_engine) {
    const auto child = [] {
        make_counting_engine_the_default();
        if (!everything_works()) leave(1);
        if (times_asked != 0) leave(2);
        // The engine does count: making a key object asks it.
        RSA_free(RSA_new());
        leave(times_asked == 1 ? 0 : 3);
    };
    EXPECT_EXIT(child(), testing::ExitedWithCode(0), "");
}

TEST_F(LibraryContext, does_not_read_the_programs_configuration) {
    const std::string path = testing::TempDir() + "cardmux_no_algorithms.cnf";
    std::ofstream(path) << "openssl_conf = init\n[init]\nalg_section = algorithms\n"
                        << "[algorithms]\ndefault_properties = provider=none_such\n";
    const auto child = [&path] {
        // If we made OpenSSL read a configuration, it would be read now, and then never again.
        setenv("OPENSSL_CONF", "/nowhere/openssl.cnf", 1);
        if (!everything_works()) leave(1);
        setenv("OPENSSL_CONF", path.c_str(), 1);
        EVP_MD_free(EVP_MD_fetch(nullptr, "SHA256", nullptr));  // the first use reads it
        if (EVP_MD_fetch(nullptr, "SHA512", nullptr) != nullptr) leave(2);
        // And now that the program's own context knows no algorithm, ours still does.
        leave(everything_works() ? 0 : 3);
    };
    EXPECT_EXIT(child(), testing::ExitedWithCode(0), "");
    std::remove(path.c_str());
}

TEST_F(LibraryContext, leaves_the_threads_error_queue_as_it_was) {
    const Bytes no_point(65, 0x04);
    EXPECT_FALSE(encode_public_key_info(EcPublicKey{Curve::P256, no_point}).ok());
    EXPECT_EQ(ERR_peek_error(), 0U);
    ERR_raise(ERR_LIB_USER, 42);
    EXPECT_FALSE(encode_public_key_info(EcPublicKey{Curve::P256, no_point}).ok());
    EXPECT_EQ(ERR_GET_REASON(ERR_peek_last_error()), 42);
    ERR_clear_error();
}

TEST_F(LibraryContext, can_be_first_used_by_many_threads_at_once) {
    const auto child = [] {
        std::vector<std::thread> threads;
        std::array<bool, 16> works{};
        for (bool& one : works) threads.emplace_back([&one] { one = everything_works(); });
        for (std::thread& thread : threads) thread.join();
        leave(std::ranges::count(works, false) == 0 ? 0 : 1);
    };
    EXPECT_EXIT(child(), testing::ExitedWithCode(0), "");
}

void use_after_cleanup() {
    (void)everything_works();
}

TEST_F(LibraryContext, can_be_called_after_libcrypto_has_cleaned_up_at_exit) {
    const auto child = [] {
        // Registered before libcrypto's own handler, so it runs after that one.
        std::atexit(use_after_cleanup);
        std::exit(everything_works() ? 0 : 1);
    };
    EXPECT_EXIT(child(), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace cardmux::crypto
