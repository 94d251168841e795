// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "crypto/bcrypt_windows.h"

#include <gtest/gtest.h>

#include <array>
#include <barrier>
#include <set>
#include <thread>

#include "crypto/hash.h"

namespace cardmux::crypto {
namespace {

TEST(BcryptProvider, is_one_handle_for_all_threads) {
    std::array<BCRYPT_ALG_HANDLE, 16> handles{};
    std::barrier together(16);  // ctest runs each test in its own process: nobody was here before
    std::vector<std::thread> threads;
    for (BCRYPT_ALG_HANDLE& handle : handles) {
        threads.emplace_back([&] {
            together.arrive_and_wait();
            handle = bcrypt_provider(BcryptAlgorithm::EcdsaP384).value_or(nullptr);
        });
    }
    for (std::thread& thread : threads) thread.join();
    ASSERT_NE(handles[0], nullptr);
    EXPECT_EQ(std::set(handles.begin(), handles.end()).size(), 1U);
}

TEST(BcryptProvider, is_another_for_each_algorithm) {
    std::set<BCRYPT_ALG_HANDLE> handles;
    for (const auto algorithm :
         {BcryptAlgorithm::Sha1, BcryptAlgorithm::Sha256, BcryptAlgorithm::Sha384,
          BcryptAlgorithm::Sha512, BcryptAlgorithm::EcdsaP256, BcryptAlgorithm::EcdsaP384}) {
        const auto handle = bcrypt_provider(algorithm);
        ASSERT_TRUE(handle.ok());
        handles.insert(*handle);
    }
    EXPECT_EQ(handles.size(), 6U);
}

TEST(BcryptProvider, hashes_right_on_many_threads_at_once) {
    const std::string text(100000, 'x');
    const Bytes right = *hash(HashAlgorithm::Sha256, bytes_of(text));
    std::array<bool, 8> works{};
    std::vector<std::thread> threads;
    for (bool& one : works) {
        threads.emplace_back([&] {
            one = true;
            for (int time = 0; time < 50; ++time) {
                const auto digest = hash(HashAlgorithm::Sha256, bytes_of(text));
                one = one && digest.ok() && *digest == right;
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(works, (std::array<bool, 8>{true, true, true, true, true, true, true, true}));
}

TEST(BcryptFailure, names_the_status) {
    const Error error = bcrypt_failed(invalid_signature, "ECDSA verification");
    EXPECT_EQ(error.code, ErrorCode::SystemFailed);
    EXPECT_EQ(error.platform_code, 0xc000a000);
}

}  // namespace
}  // namespace cardmux::crypto
