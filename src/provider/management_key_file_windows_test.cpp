// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Aim: the file of the management key is read as it stands, and what cannot be read is no key.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/random.h"
#include "provider/management_key_file.h"

namespace cardmux::provider {
namespace {

TEST(ManagementKeyFileOnWindows, is_read_and_is_no_key_where_it_is_not) {
    const std::string name = "cardmux-key-" + std::to_string(system_random().next_u64());
    const auto path = std::filesystem::temp_directory_path() / name;
    std::ofstream(path, std::ios::binary) << "010203040506070801020304050607080102030405060708\r\n";
    const auto key = read_management_key(path.string());
    std::filesystem::remove(path);
    ASSERT_TRUE(key.ok()) << to_string(key.error());
    EXPECT_EQ(key->size(), 24U);
    const auto missing = read_management_key(path.string());
    ASSERT_FALSE(missing.ok());
    EXPECT_EQ(missing.error().code, ErrorCode::ManagementKeyRequired);
    EXPECT_NE(missing.error().platform_code, 0);
}

}  // namespace
}  // namespace cardmux::provider
