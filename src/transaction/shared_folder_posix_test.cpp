// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "transaction/shared_folder.h"

namespace cardmux::transaction {
namespace {

class SharedFolder : public ::testing::Test {
  protected:
    SharedFolder() {
        std::string name =
            (std::filesystem::temp_directory_path() / "cardmux-folder-XXXXXX").string();
        root_ = mkdtemp(name.data());
    }
    ~SharedFolder() override { std::filesystem::remove_all(root_); }

    /// A user who is not root: this one, or as root any other.
    static std::uint32_t some_user() { return geteuid() != 0 ? geteuid() : 12345; }

    std::string make_runtime_folder(std::uint32_t user, std::uint32_t owner) {
        const std::string folder = root_ + "/run/user/" + std::to_string(user);
        std::filesystem::create_directories(folder);
        if (geteuid() == 0) {
            EXPECT_EQ(chown(folder.c_str(), owner, owner), 0);
        }
        return folder;
    }

    std::string root_;
};

TEST_F(SharedFolder, is_the_users_runtime_folder_whatever_the_environment_says) {
    const std::string folder = make_runtime_folder(some_user(), some_user());
    for (const char* elsewhere : {"/elsewhere", ""}) {
        setenv("XDG_RUNTIME_DIR", elsewhere, 1);
        EXPECT_EQ(shared_folder_of(some_user(), root_), folder + "/cardmux");
    }
    unsetenv("XDG_RUNTIME_DIR");
    EXPECT_EQ(shared_folder_of(some_user(), root_), folder + "/cardmux");
}

TEST_F(SharedFolder, is_a_temporary_one_without_a_runtime_folder) {
    const std::string name = "/tmp/cardmux-" + std::to_string(some_user());
    EXPECT_EQ(shared_folder_of(some_user(), root_), root_ + name);
}

TEST_F(SharedFolder, is_not_one_that_belongs_to_somebody_else) {
    const std::uint32_t user = some_user() + 1;
    make_runtime_folder(user, some_user());
    EXPECT_EQ(shared_folder_of(user, root_), root_ + "/tmp/cardmux-" + std::to_string(user));
}

TEST_F(SharedFolder, is_for_all_users_if_such_a_one_is_there) {
    make_runtime_folder(some_user(), some_user());
    std::filesystem::create_directories(root_ + "/run/cardmux");
    EXPECT_EQ(shared_folder_of(some_user(), root_), root_ + "/run/cardmux");
}

TEST_F(SharedFolder, is_one_for_root_logged_in_or_not) {
    EXPECT_EQ(shared_folder_of(0, root_), root_ + "/run/cardmux");
    make_runtime_folder(0, 0);
    EXPECT_EQ(shared_folder_of(0, root_), root_ + "/run/cardmux");
}

TEST_F(SharedFolder, is_made_for_its_user_alone) {
    const std::string folder = root_ + "/new";
    const auto for_all = prepare_shared_folder(folder);
    ASSERT_TRUE(for_all.ok());
    EXPECT_FALSE(*for_all);
    struct stat about {};
    ASSERT_EQ(stat(folder.c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 0777, 0700U);
}

TEST_F(SharedFolder, is_for_all_users_if_it_is_like_tmp) {
    ASSERT_EQ(chmod(root_.c_str(), 01777), 0);
    const auto for_all = prepare_shared_folder(root_);
    ASSERT_TRUE(for_all.ok());
    EXPECT_TRUE(*for_all);
}

}  // namespace
}  // namespace cardmux::transaction
