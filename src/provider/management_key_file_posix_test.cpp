// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "provider/management_key_file.h"

namespace cardmux::provider {
namespace {

class ManagementKeyFile : public testing::Test {
  protected:
    ManagementKeyFile() {
        std::string name = (std::filesystem::temp_directory_path() / "cardmux-key-XXXXXX").string();
        folder_ = mkdtemp(name.data());
        path_ = folder_ + "/key";
    }
    ~ManagementKeyFile() override { std::filesystem::remove_all(folder_); }

    void write(const std::string& text, mode_t mode = 0600) {
        std::filesystem::remove(path_);
        std::ofstream(path_) << text;
        chmod(path_.c_str(), mode);
    }
    ErrorCode refusal() {
        const auto key = read_management_key(path_);
        return key ? ErrorCode::Internal : key.error().code;
    }

    std::string folder_;
    std::string path_;
};

TEST_F(ManagementKeyFile, is_a_key_in_hexadecimal) {
    for (const std::size_t size : {16, 24, 32}) {
        write(to_hex(Bytes(size, 0xAB)) + "\r\n");
        const auto key = read_management_key(path_);
        ASSERT_TRUE(key.ok()) << to_string(key.error());
        EXPECT_TRUE(equal(key->view(), Bytes(size, 0xAB)));
    }
    write(" 0102 0304 0506 0708 0102 0304 0506 0708 0102 0304 0506 0708 ");
    EXPECT_TRUE(read_management_key(path_).ok());
}

TEST_F(ManagementKeyFile, is_refused_if_others_can_read_or_write_it) {
    for (const mode_t mode : {0640, 0604, 0620, 0602, 0644, 0777}) {
        write(to_hex(Bytes(24, 1)), mode);
        EXPECT_EQ(refusal(), ErrorCode::ManagementKeyRequired) << mode;
    }
    write(to_hex(Bytes(24, 1)), 0400);
    EXPECT_TRUE(read_management_key(path_).ok());
}

TEST_F(ManagementKeyFile, is_refused_if_it_holds_no_key) {
    EXPECT_EQ(refusal(), ErrorCode::ManagementKeyRequired) << "not there";
    EXPECT_EQ(read_management_key(path_).error().platform_code, ENOENT);
    for (const std::string& text :
         {std::string(), std::string("key"), to_hex(Bytes(23, 1)), to_hex(Bytes(200, 1))}) {
        write(text);
        EXPECT_EQ(refusal(), ErrorCode::ManagementKeyRequired) << text;
    }
    path_ = folder_;
    EXPECT_EQ(refusal(), ErrorCode::ManagementKeyRequired) << "a folder";
}

}  // namespace
}  // namespace cardmux::provider
