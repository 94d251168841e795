// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "base/known_folder_windows.h"
#include "base/wide_text_windows.h"
#include "provider/settings_places.h"

namespace cardmux::provider {
namespace {

TEST(SettingsPlaces, are_one_file_for_the_machine) {
    const auto files = settings_files([](const char*) -> const char* { return "C:\\elsewhere"; });
    ASSERT_EQ(files.size(), 1U);
    EXPECT_EQ(files[0], path_of(KnownFolder::ProgramData) + "\\Cardmux\\cardmux.toml");
}

TEST(SettingsPlaces, take_paths_of_drives_and_shares_for_absolute) {
    for (const char* path : {"C:\\log.txt", "z:/log.txt", "\\\\server\\share\\log.txt"}) {
        EXPECT_TRUE(is_absolute(path)) << path;
    }
    for (const char* path :
         {"", "log.txt", "\\log.txt", "/log.txt", "C:log.txt", "C:", "\\\\", "-"}) {
        EXPECT_FALSE(is_absolute(path)) << path;
    }
}

TEST(SettingsPlaces, open_files_by_their_names_in_utf8) {
    const std::string path = temporary_folder() + "\\cardmux-Grüße-€.toml";
    std::ofstream(std::filesystem::path(to_wide(path))) << "hold = 0\n";
    std::string word;
    open_settings_file(path) >> word;
    EXPECT_EQ(word, "hold");
    std::filesystem::remove(std::filesystem::path(to_wide(path)));
    EXPECT_FALSE(open_settings_file(path));
}

}  // namespace
}  // namespace cardmux::provider
