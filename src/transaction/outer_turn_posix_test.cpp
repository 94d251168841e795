// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// What becomes of a turn when its process is killed or forks.
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "transaction/outer_turn.h"

namespace cardmux::transaction {
namespace {

constexpr auto interactive = ServiceClass::Interactive;

class TurnOfProcess : public ::testing::Test {
  protected:
    TurnOfProcess() {
        std::string name =
            (std::filesystem::temp_directory_path() / "cardmux-turn-XXXXXX").string();
        folder_ = mkdtemp(name.data());
    }
    ~TurnOfProcess() override { std::filesystem::remove_all(folder_); }

    std::unique_ptr<OuterTurn> open() {
        auto turn = open_shared_turn(folder_, "world", "Reader 0");
        EXPECT_TRUE(turn.ok());
        return turn ? std::move(turn).value() : nullptr;
    }

    std::string folder_;
};

/// Waits, bounded, until `condition` holds.
template <typename Condition>
bool soon(Condition condition) {
    for (int i = 0; i < 1000; ++i) {
        if (condition()) return true;
        sleep_for(std::chrono::milliseconds(5));
    }
    return condition();
}

TEST_F(TurnOfProcess, comes_free_at_once_when_its_process_is_killed) {
    const pid_t child = fork();
    if (child == 0) {
        auto turn = open_shared_turn(folder_, "world", "Reader 0");
        if (!turn || !(*turn)->take(interactive)) _exit(1);
        for (;;) pause();
    }
    ASSERT_GT(child, 0);
    ASSERT_TRUE(soon([&] { return process_with_turn(folder_, "world", "Reader 0").has_value(); }));
    EXPECT_EQ(process_with_turn(folder_, "world", "Reader 0"), static_cast<std::uint32_t>(child));
    std::atomic<bool> gained{false};
    auto turn = open();
    std::thread waiting([&] {
        ASSERT_TRUE(turn->take(interactive));
        gained = true;
    });
    sleep_for(std::chrono::milliseconds(50));
    EXPECT_FALSE(gained);
    kill(child, SIGKILL);
    waiting.join();
    EXPECT_TRUE(gained);
    int status = 0;
    waitpid(child, &status, 0);
    turn->give();
    EXPECT_FALSE(process_with_turn(folder_, "world", "Reader 0").has_value());
}

TEST_F(TurnOfProcess, is_not_kept_alive_by_a_forked_child) {
    auto turn = open();
    ASSERT_TRUE(turn->take(interactive));
    const pid_t child = fork();
    if (child == 0) {
        for (;;) pause();
    }
    ASSERT_GT(child, 0);
    sleep_for(std::chrono::milliseconds(50));
    turn.reset();  // closed without give(), as when the process dies
    auto next = open();
    EXPECT_TRUE(next->take(interactive));
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
}

TEST_F(TurnOfProcess, refuses_a_folder_that_somebody_else_could_have_put_there) {
    const std::string link = folder_ + "/link";
    std::filesystem::create_symlink(folder_, link);
    const auto turn = open_shared_turn(link, "world", "Reader 0");
    ASSERT_FALSE(turn.ok());
    EXPECT_EQ(turn.error().code, ErrorCode::SystemFailed);
}

}  // namespace
}  // namespace cardmux::transaction
