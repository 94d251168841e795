// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <memory>

#include "base/clock.h"
#include "base/lock_file.h"

namespace cardmux {
namespace {

using Kind = LockFile::Kind;

class PosixLockFile : public ::testing::Test {
  protected:
    PosixLockFile() {
        std::string name =
            (std::filesystem::temp_directory_path() / "cardmux-lock-XXXXXX").string();
        folder_ = mkdtemp(name.data());
    }
    ~PosixLockFile() override { std::filesystem::remove_all(folder_); }

    std::string path() const { return folder_ + "/file"; }
    LockFile open() const {
        auto file = LockFile::open(path(), false);
        EXPECT_TRUE(file.ok());
        return std::move(file).value();
    }
    unsigned mode() const {
        struct stat about {};
        EXPECT_EQ(stat(path().c_str(), &about), 0);
        return about.st_mode & 0777;
    }

    std::string folder_;
};

TEST_F(PosixLockFile, does_not_count_its_own_locks) {
    const LockFile one = open();
    ASSERT_TRUE(one.try_lock(Kind::Exclusive, 110, 1));
    EXPECT_FALSE(one.is_locked_by_other(0, 0));
    EXPECT_TRUE(open().is_locked_by_other(0, 0));
}

TEST_F(PosixLockFile, follows_no_link) {
    ASSERT_TRUE(LockFile::open(folder_ + "/real", false).ok());
    std::filesystem::create_symlink(folder_ + "/real", path());
    EXPECT_FALSE(LockFile::open(path(), false).ok());
    EXPECT_FALSE(LockFile::open_existing(path()).ok());
}

TEST_F(PosixLockFile, is_made_for_its_owner_or_for_all) {
    EXPECT_FALSE(LockFile::open_existing(path()).ok());
    (void)open();
    EXPECT_EQ(mode(), 0600U);
    std::filesystem::remove(path());
    ASSERT_TRUE(LockFile::open(path(), true).ok());
    EXPECT_EQ(mode(), 0666U);
}

TEST_F(PosixLockFile, is_not_kept_locked_by_a_forked_child) {
    auto file = std::make_unique<LockFile>(open());
    ASSERT_TRUE(file->try_lock(Kind::Exclusive, 0, 1));
    const pid_t child = fork();
    if (child == 0) {
        for (;;) pause();
    }
    sleep_for(std::chrono::milliseconds(50));
    file.reset();
    const LockFile other = open();
    bool gained = false;
    for (int i = 0; i < 400 && !gained; ++i) {
        gained = other.try_lock(Kind::Exclusive, 0, 1);
        if (!gained) sleep_for(std::chrono::milliseconds(5));
    }
    EXPECT_TRUE(gained);
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
}

}  // namespace
}  // namespace cardmux
