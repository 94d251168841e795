// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "base/lock_file.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "base/random.h"
#include "base/sync.h"

namespace cardmux {
namespace {

using Kind = LockFile::Kind;

class LockFileTest : public ::testing::Test {
  protected:
    LockFileTest() {
        const std::string name = "cardmux-lock-" + std::to_string(system_random().next_u64());
        folder_ = (std::filesystem::temp_directory_path() / name).string();
        std::filesystem::create_directory(folder_);
    }
    ~LockFileTest() override { std::filesystem::remove_all(folder_); }

    std::string path() const { return folder_ + "/file"; }
    LockFile open() const {
        auto file = LockFile::open(path(), false);
        EXPECT_TRUE(file.ok());
        return std::move(file).value();
    }
    std::string folder_;
};

TEST_F(LockFileTest, excludes_others_from_the_same_bytes_only) {
    const LockFile one = open();
    const LockFile other = open();
    ASSERT_TRUE(one.lock(Kind::Exclusive, 100, 10).ok());
    EXPECT_FALSE(other.try_lock(Kind::Shared, 109, 1));
    EXPECT_TRUE(other.try_lock(Kind::Exclusive, 110, 1));
    EXPECT_TRUE(other.is_locked_by_other(0, 110));
    one.unlock(100, 10);
    EXPECT_TRUE(other.try_lock(Kind::Shared, 109, 1));
    EXPECT_TRUE(one.try_lock(Kind::Shared, 109, 1)) << "shared locks go together";
}

TEST_F(LockFileTest, waits_until_a_lock_is_gone_and_locks_more_meanwhile) {
    const LockFile one = open();
    const LockFile other = open();
    ASSERT_TRUE(one.lock(Kind::Exclusive, 5, 1).ok());
    std::atomic<bool> gained{false};
    std::thread waiting([&] {
        EXPECT_TRUE(other.lock(Kind::Shared, 5, 1).ok());
        gained = true;
    });
    sleep_for(std::chrono::milliseconds(20));
    EXPECT_TRUE(other.try_lock(Kind::Exclusive, 7, 1));
    EXPECT_TRUE(one.is_locked_by_other(7, 1));
    EXPECT_FALSE(gained);
    one.unlock(5, 1);
    waiting.join();
    EXPECT_TRUE(gained);
}

TEST_F(LockFileTest, says_whether_anybody_else_has_a_lock_up_to_the_end) {
    const LockFile one = open();
    const LockFile other = open();
    EXPECT_FALSE(one.is_locked_by_other(7, 0));
    ASSERT_TRUE(other.try_lock(Kind::Exclusive, std::uint64_t{1} << 61, 1));
    EXPECT_TRUE(one.is_locked_by_other(7, 0));
    EXPECT_FALSE(one.is_locked_by_other(7, 100));
    other.unlock(std::uint64_t{1} << 61, 1);
    EXPECT_FALSE(one.is_locked_by_other(7, 0)) << "asking leaves no lock behind";
    EXPECT_FALSE(other.is_locked_by_other(7, 0));
}

TEST_F(LockFileTest, waits_shared_for_a_whole_range) {
    const LockFile first = open();
    const LockFile second = open();
    const LockFile waiting = open();
    ASSERT_TRUE(first.lock(Kind::Exclusive, 10, 1).ok());
    ASSERT_TRUE(second.lock(Kind::Exclusive, 11, 1).ok());
    std::atomic<bool> gained{false};
    std::thread thread([&] {
        EXPECT_TRUE(waiting.lock(Kind::Shared, 10, 2).ok());
        gained = true;
    });
    first.unlock(10, 1);
    sleep_for(std::chrono::milliseconds(20));
    EXPECT_FALSE(gained);
    second.unlock(11, 1);
    thread.join();
    EXPECT_FALSE(first.try_lock(Kind::Exclusive, 11, 1)) << "the wait ends with the lock";
}

TEST_F(LockFileTest, is_unlocked_when_it_is_closed) {
    const LockFile other = open();
    {
        const LockFile one = open();
        ASSERT_TRUE(one.try_lock(Kind::Exclusive, 3, 1));
        EXPECT_TRUE(other.is_locked_by_other(3, 1));
    }
    EXPECT_TRUE(other.try_lock(Kind::Exclusive, 3, 1));
}

// Fails on Windows itself only: other systems' locks, and Wine's, are no obstacle to reading.
TEST_F(LockFileTest, lets_numbers_be_read_and_written_while_their_bytes_are_locked) {
    const LockFile one = open();
    const LockFile other = open();
    ASSERT_TRUE(one.lock(Kind::Exclusive, 0, 8).ok());
    EXPECT_TRUE(other.write_number(0, 5));
    EXPECT_EQ(other.read_number(0), 5U);
}

TEST_F(LockFileTest, is_not_there_before_it_is_made) {
    EXPECT_FALSE(LockFile::open_existing(path()).ok());
    (void)open();
    EXPECT_TRUE(LockFile::open_existing(path()).ok());
    EXPECT_FALSE(LockFile::open(folder_, false).ok()) << "a folder is no file";
}

TEST_F(LockFileTest, keeps_numbers_for_everybody) {
    const LockFile one = open();
    EXPECT_EQ(one.read_number(8), 0U);
    EXPECT_TRUE(one.write_number(8, 0x123456789abcdef0U));
    EXPECT_EQ(open().read_number(8), 0x123456789abcdef0U);
}

#if CARDMUX_CHECKED
TEST_F(LockFileTest, may_not_be_waited_for_with_a_lock_held) {
    const LockFile file = open();
    EXPECT_DEATH(
        {
            Guarded<int> held(LockRank::Queue, 0);
            const auto inside = held.lock();
            (void)file.lock(Kind::Shared, 0, 1);
        },
        "wait for another process");
}
#endif

}  // namespace
}  // namespace cardmux
