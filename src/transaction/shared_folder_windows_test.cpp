// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <gtest/gtest.h>

#include <filesystem>

#include "base/known_folder_windows.h"
#include "base/random.h"
#include "transaction/shared_folder.h"

namespace cardmux::transaction {
namespace {

namespace files = std::filesystem;

class WindowsSharedFolder : public ::testing::Test {
  protected:
    WindowsSharedFolder()
        : root_(temporary_folder() + "\\cardmux-" + std::to_string(system_random().next_u64())) {}
    ~WindowsSharedFolder() override {
        files::remove_all(root_);
        if (made_for_all_) files::remove_all(for_all());
    }

    static std::string for_all() { return path_of(KnownFolder::ProgramData) + "\\Cardmux\\turns"; }
    void make_for_all() { made_for_all_ = files::create_directories(for_all()); }

    std::string root_;

  private:
    bool made_for_all_ = false;
};

TEST_F(WindowsSharedFolder, is_made_with_the_folder_that_it_is_in) {
    const auto prepared = prepare_shared_folder(root_ + "\\turns");
    ASSERT_TRUE(prepared.ok()) << to_string(prepared.error());
    EXPECT_FALSE(*prepared);
    EXPECT_TRUE(files::is_directory(root_ + "\\turns"));
    EXPECT_TRUE(prepare_shared_folder(root_ + "\\turns").ok()) << "and may be there already";
    EXPECT_FALSE(prepare_shared_folder(root_ + "\\none\\none\\turns").ok());
}

TEST_F(WindowsSharedFolder, is_no_file) {
    ASSERT_TRUE(prepare_shared_folder(root_).ok());
    std::FILE* file = std::fopen((root_ + "\\turns").c_str(), "w");
    ASSERT_NE(file, nullptr);
    std::fclose(file);
    const auto prepared = prepare_shared_folder(root_ + "\\turns");
    ASSERT_FALSE(prepared.ok());
    EXPECT_EQ(prepared.error().code, ErrorCode::SystemFailed);
}

TEST_F(WindowsSharedFolder, is_the_users_unless_registration_made_one_for_all) {
    const std::string own = path_of(KnownFolder::LocalData) + "\\Cardmux\\turns";
    if (files::exists(for_all())) GTEST_SKIP() << for_all() << " is there already";
    EXPECT_EQ(default_shared_folder(), own);
    make_for_all();
    EXPECT_EQ(default_shared_folder(), for_all());
    const auto prepared = prepare_shared_folder(for_all());
    ASSERT_TRUE(prepared.ok()) << to_string(prepared.error());
    EXPECT_TRUE(*prepared);
}

}  // namespace
}  // namespace cardmux::transaction
