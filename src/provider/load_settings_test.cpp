// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "provider/settings.h"

namespace cardmux::provider {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

std::map<std::string, std::string>& variables() {
    static std::map<std::string, std::string> map;
    return map;
}

const char* lookup(const char* name) {
    const auto found = variables().find(name);
    return found == variables().end() ? nullptr : found->second.c_str();
}

/// Each test has its own folder and sees no file of this machine unless it says so.
class LoadSettings : public testing::Test {
  protected:
    void SetUp() override {
        std::string pattern = testing::TempDir() + "cardmux_settings_XXXXXX";
        ASSERT_NE(mkdtemp(pattern.data()), nullptr);
        folder_ = pattern;
        variables() = {{"CARDMUX_CONFIG", "/dev/null"}};
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    std::string write(const std::string& name, const std::string& text) {
        const auto path = folder_ / name;
        std::filesystem::create_directories(path.parent_path());
        std::ofstream(path) << text;
        return path;
    }
    void use_file(const std::string& text) {
        variables()["CARDMUX_CONFIG"] = write("cardmux.toml", text);
    }

    Settings load() {
        auto result = load_settings(lookup, problem_);
        EXPECT_TRUE(result.ok()) << problem_;
        return std::move(result).value_or({});
    }
    std::string problem() {
        auto result = load_settings(lookup, problem_);
        EXPECT_FALSE(result.ok());
        if (!result.ok()) {
            EXPECT_EQ(result.error().code, ErrorCode::InvalidArgument);
        }
        return problem_;
    }

    std::filesystem::path folder_;
    std::string problem_;
};

TEST_F(LoadSettings, are_the_defaults_where_nobody_says_anything) {
    const Settings settings = load();
    EXPECT_EQ(settings.hold, 100ms);
    EXPECT_EQ(settings.politeness, Politeness::Polite);
    EXPECT_EQ(settings.ride_through, 0ms);
    EXPECT_EQ(settings.no_progress_limit, 60s);
    EXPECT_FALSE(settings.leave_authority);
    EXPECT_EQ(settings.log_file, "");
}

TEST_F(LoadSettings, reads_every_key_of_a_file) {
    use_file(
        "hold = \"1500ms\"\nyield = \"often\"\nride_through = \"10s\"\n"
        "no_progress_limit = \"2min\"\nclass = \"bulk\"\nleave_authority = true\n"
        "reuse_pin_without_proof = true\nshared_folder = \"/run/x\"\nlog = \"-\"\n"
        "management_key_file = \"/run/k\"\n"
        "log_level = \"debug\"\n");
    const Settings settings = load();
    EXPECT_EQ(settings.hold, 1500ms);
    EXPECT_EQ(settings.politeness, Politeness::Often);
    EXPECT_EQ(settings.ride_through, 10s);
    EXPECT_EQ(settings.no_progress_limit, 2min);
    EXPECT_EQ(settings.service_class, transaction::ServiceClass::Bulk);
    EXPECT_TRUE(settings.leave_authority);
    EXPECT_TRUE(settings.reuse_pin_without_proof);
    EXPECT_EQ(settings.shared_folder, "/run/x");
    EXPECT_EQ(settings.management_key_file, "/run/k");
    EXPECT_EQ(settings.log_file, "-");
    EXPECT_EQ(settings.log_level, LogLevel::Debug);
}

TEST_F(LoadSettings, reads_every_variable_of_the_environment) {
    variables().insert({{"CARDMUX_HOLD", "0"},
                        {"CARDMUX_YIELD", "greedy"},
                        {"CARDMUX_RIDE_THROUGH", "500 ms"},
                        {"CARDMUX_NO_PROGRESS_LIMIT", "1s"},
                        {"CARDMUX_CLASS", "bulk"},
                        {"CARDMUX_LEAVE_AUTHORITY", "1"},
                        {"CARDMUX_REUSE_PIN_WITHOUT_PROOF", "yes"},
                        {"CARDMUX_SHARED_FOLDER", "/run/y"},
                        {"CARDMUX_LOG", "/tmp/cardmux.log"},
                        {"CARDMUX_LOG_LEVEL", "error"}});
    const Settings settings = load();
    EXPECT_EQ(settings.hold, 0ms);
    EXPECT_EQ(settings.politeness, Politeness::Greedy);
    EXPECT_EQ(settings.ride_through, 500ms);
    EXPECT_EQ(settings.no_progress_limit, 1s);
    EXPECT_EQ(settings.service_class, transaction::ServiceClass::Bulk);
    EXPECT_TRUE(settings.leave_authority);
    EXPECT_TRUE(settings.reuse_pin_without_proof);
    EXPECT_EQ(settings.shared_folder, "/run/y");
    EXPECT_EQ(settings.log_file, "/tmp/cardmux.log");
    EXPECT_EQ(settings.log_level, LogLevel::Error);
}

TEST_F(LoadSettings, let_the_environment_win_over_the_file) {
    use_file("hold = \"200ms\"\nclass = \"bulk\"\n");
    variables()["CARDMUX_HOLD"] = "300ms";
    const Settings settings = load();
    EXPECT_EQ(settings.hold, 300ms);
    EXPECT_EQ(settings.service_class, transaction::ServiceClass::Bulk);
}

TEST_F(LoadSettings, finds_the_users_file_by_the_xdg_rule) {
    variables().erase("CARDMUX_CONFIG");
    variables()["XDG_CONFIG_HOME"] = folder_;
    write("cardmux/cardmux.toml", "ride_through = \"7s\"\n");
    EXPECT_EQ(load().ride_through, 7s);
    variables().erase("XDG_CONFIG_HOME");
    variables()["HOME"] = folder_;
    write(".config/cardmux/cardmux.toml", "ride_through = \"8s\"\n");
    EXPECT_EQ(load().ride_through, 8s);
}

TEST_F(LoadSettings, refuses_an_unknown_key_and_names_the_nearest) {
    use_file("\n\nride_trough = \"10s\"\n");
    EXPECT_THAT(problem(),
                HasSubstr("cardmux.toml:3: unknown setting \"ride_trough\"; did you mean "
                          "\"ride_through\"?"));
}

TEST_F(LoadSettings, offers_no_name_for_a_key_that_is_near_to_none) {
    use_file("pkcs11_library_of_the_house = 1\n");
    EXPECT_THAT(problem(), testing::Not(HasSubstr("did you mean")));
}

TEST_F(LoadSettings, refuses_values_out_of_range_and_says_what_is_allowed) {
    for (const char* value : {"5s", "-1ms", "100", "ms", "1h", "1.5s", "99999999999999999999s",
                              "9223372036854775807min", "100ms!"}) {
        variables()["CARDMUX_HOLD"] = value;
        EXPECT_THAT(problem(), HasSubstr("CARDMUX_HOLD: ")) << value;
        EXPECT_THAT(problem(), HasSubstr("allowed: 0 to 4s")) << value;
    }
}

TEST_F(LoadSettings, refuses_values_of_the_wrong_kind) {
    use_file("hold = [1, 2]\n");
    EXPECT_THAT(problem(), HasSubstr("cardmux.toml:1: hold: wrong kind of value"));
    use_file("leave_authority = \"perhaps\"\n");
    EXPECT_THAT(problem(), HasSubstr("leave_authority: \"perhaps\" is not allowed"));
    use_file("shared_folder = \"here\"\n");
    EXPECT_THAT(problem(), HasSubstr("an absolute path"));
}

TEST_F(LoadSettings, says_where_a_file_is_no_toml) {
    use_file("hold = \"100ms\"\nyield = \n");
    EXPECT_THAT(problem(), HasSubstr("cardmux.toml:2: "));
}

/// Each of them undefined behaviour in toml++ 3.3 if it sees them. (UBSan saw it.)
TEST_F(LoadSettings, survive_characters_beyond_ascii_anywhere) {
    use_file("\u02BF = 1\n");
    EXPECT_THAT(problem(), HasSubstr("cardmux.toml:1: "));
    use_file("hold =022\x16\"\uFEBF\"\n");
    EXPECT_THAT(problem(), HasSubstr("cardmux.toml:1: "));
    use_file("log = \"\"\"/\\\n\u00A7\"\"\"\n");
    EXPECT_EQ(load().log_file, "/\u00A7");
}

TEST_F(LoadSettings, reads_characters_beyond_ascii_in_strings_and_comments) {
    use_file("\uFEFF# gr\u00F6\u00DFer\nlog = \"/tmp/100%/Gr\u00FC\u00DFe \\u20AC\"\n");
    EXPECT_EQ(load().log_file, "/tmp/100%/Gr\u00FC\u00DFe \u20AC");
    use_file("\"gr\u00FCn\" = 1\n");
    EXPECT_THAT(problem(), HasSubstr("unknown setting \"gr\u00FCn\""));
    use_file("log = \"\xFF\"\n");
    EXPECT_THAT(problem(), HasSubstr("cardmux.toml: is not UTF-8"));
}

TEST_F(LoadSettings, refuses_a_file_of_more_than_64_kib) {
    use_file("#" + std::string(65535, 'x'));
    load();
    use_file("#" + std::string(65536, 'x'));
    EXPECT_THAT(problem(), HasSubstr("larger than 64 KiB"));
}

TEST_F(LoadSettings, refuses_a_named_file_that_is_not_there_or_no_file) {
    variables()["CARDMUX_CONFIG"] = folder_ / "absent.toml";
    EXPECT_THAT(problem(), HasSubstr("absent.toml: cannot be opened"));
    variables()["CARDMUX_CONFIG"] = folder_;
    EXPECT_THAT(problem(), HasSubstr(": cannot be "));
}

TEST_F(LoadSettings, takes_an_empty_variable_for_none) {
    variables()["CARDMUX_HOLD"] = "";
    EXPECT_EQ(load().hold, 100ms);
}

}  // namespace
}  // namespace cardmux::provider
