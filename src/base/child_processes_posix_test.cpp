// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <string>

#include "base/child_processes.h"

namespace cardmux {
namespace {

class ChildProcesses : public ::testing::Test {
  protected:
    void SetUp() override { ASSERT_EQ(pipe(ends_.data()), 0); }
    void TearDown() override {
        for (int end : ends_) close(end);
    }

    /// Whether a forked child of this process has the descriptor.
    static bool child_has(int descriptor) {
        const pid_t child = fork();
        if (child == 0) _exit(fcntl(descriptor, F_GETFD) >= 0 ? 1 : 0);
        int status = 0;
        EXPECT_EQ(waitpid(child, &status, 0), child);
        return status != 0;
    }

    std::array<int, 2> ends_{};
};

TEST_F(ChildProcesses, inherit_what_is_not_kept_from_them) {
    EXPECT_TRUE(child_has(ends_[0]));
}

TEST_F(ChildProcesses, do_not_inherit_what_is_kept_from_them) {
    const KeptFromChildren kept(ends_[0]);
    EXPECT_FALSE(child_has(ends_[0]));
    EXPECT_TRUE(child_has(ends_[1]));
    EXPECT_GE(fcntl(ends_[0], F_GETFD), 0) << "the parent keeps it";
}

TEST_F(ChildProcesses, inherit_it_again_when_it_is_no_longer_kept) {
    {
        KeptFromChildren kept(ends_[0]);
        const KeptFromChildren moved(std::move(kept));
        EXPECT_FALSE(child_has(ends_[0]));
    }
    EXPECT_TRUE(child_has(ends_[0]));
}

TEST_F(ChildProcesses, keep_another_file_that_has_the_number_now) {
    const KeptFromChildren kept(ends_[0]);
    std::array<int, 2> others{};
    ASSERT_EQ(pipe(others.data()), 0);
    ASSERT_EQ(dup2(others[0], ends_[0]), ends_[0]);
    EXPECT_TRUE(child_has(ends_[0]));
    for (int end : others) close(end);
}

TEST_F(ChildProcesses, that_are_other_programs_do_not_get_it) {
    const KeptFromChildren kept(ends_[0]);
    const auto shell_has = [](int descriptor) {
        return std::system(("test -e /proc/self/fd/" + std::to_string(descriptor)).c_str()) == 0;
    };
    EXPECT_FALSE(shell_has(ends_[0]));
    EXPECT_TRUE(shell_has(ends_[1]));
}

TEST_F(ChildProcesses, are_counted_and_are_another_generation) {
    const auto forks = fork_count();
    const auto generation = process_generation();
    const pid_t child = fork();
    if (child == 0) _exit(process_generation() == generation ? 1 : 0);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
    EXPECT_EQ(fork_count(), forks + 1);
    EXPECT_EQ(process_generation(), generation);
}

}  // namespace
}  // namespace cardmux
