// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "windows/process_world_windows.h"

#include <gtest/gtest.h>
#include <windows.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "base/known_folder_windows.h"
#include "windows/module_windows.h"

namespace cardmux::windows {
namespace {

/// One test: a process has one provider, and goes through this once.
TEST(ProcessProvider, is_one_from_the_first_right_settings_until_the_process_ends) {
    SetEnvironmentVariableW(L"CARDMUX_HOLD", L"1 hour");
    const auto refused = process_provider();
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, ErrorCode::InvalidArgument);

    const std::string file = temporary_folder() + "\\cardmux_process_world_test.toml";
    std::ofstream(file) << "hold = \"20ms\"\nride_through = \"3s\"\n";
    SetEnvironmentVariableA("CARDMUX_CONFIG", file.c_str());
    SetEnvironmentVariableW(L"CARDMUX_HOLD", L"30ms");
    const auto provider = process_provider();
    std::filesystem::remove(file);
    ASSERT_TRUE(provider.ok());
    EXPECT_EQ((*provider)->settings().hold, std::chrono::milliseconds(30));
    EXPECT_EQ((*provider)->settings().ride_through, std::chrono::seconds(3));

    SetEnvironmentVariableW(L"CARDMUX_HOLD", L"40ms");
    const auto again = process_provider();
    ASSERT_TRUE(again.ok());
    EXPECT_EQ(*again, *provider);

    EXPECT_FALSE(process_is_ending());
    note_process_end();
    EXPECT_TRUE(process_is_ending());
    const auto late = process_provider();
    ASSERT_FALSE(late.ok());
    EXPECT_EQ(late.error().code, ErrorCode::ShuttingDown);
}

}  // namespace
}  // namespace cardmux::windows
