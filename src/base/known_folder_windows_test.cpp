// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "base/known_folder_windows.h"

#include <gtest/gtest.h>
#include <windows.h>

#include <filesystem>

namespace cardmux {
namespace {

TEST(KnownFolder, is_the_systems_whatever_the_environment_says) {
    const std::string for_all = path_of(KnownFolder::ProgramData);
    const std::string own = path_of(KnownFolder::LocalData);
    EXPECT_TRUE(std::filesystem::is_directory(for_all)) << for_all;
    EXPECT_TRUE(std::filesystem::is_directory(own)) << own;
    EXPECT_NE(for_all, own);
    SetEnvironmentVariableA("ProgramData", "C:\\elsewhere");
    SetEnvironmentVariableA("LOCALAPPDATA", "C:\\elsewhere");
    EXPECT_EQ(path_of(KnownFolder::ProgramData), for_all);
    EXPECT_EQ(path_of(KnownFolder::LocalData), own);
}

TEST(TemporaryFolder, is_there) {
    EXPECT_TRUE(std::filesystem::is_directory(temporary_folder())) << temporary_folder();
    EXPECT_FALSE(temporary_folder().ends_with('\\'));
}

}  // namespace
}  // namespace cardmux
