// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Under Wine every token is "full", and UAC is off: with UAC on in this process's view of the
// registry, the process is one whose rights were raised.
#include <gtest/gtest.h>
#include <windows.h>

#include <cstring>

#include "provider/process_variable.h"
#include "provider/settings.h"

namespace cardmux::provider {
namespace {

constexpr const char* machine = "Software\\Cardmux test of the environment";
constexpr const char* policies = "SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System";

/// Another HKEY_LOCAL_MACHINE for this process, for as long as it lives.
class Machine {
  public:
    explicit Machine(DWORD uac) {
        RegCreateKeyA(HKEY_CURRENT_USER, machine, &key_);
        HKEY system = nullptr;
        RegCreateKeyA(key_, policies, &system);
        RegSetValueExA(system, "EnableLUA", 0, REG_DWORD, reinterpret_cast<const BYTE*>(&uac),
                       sizeof uac);
        RegCloseKey(system);
        RegOverridePredefKey(HKEY_LOCAL_MACHINE, key_);
    }
    ~Machine() {
        RegOverridePredefKey(HKEY_LOCAL_MACHINE, nullptr);
        RegCloseKey(key_);
        RegDeleteTreeA(HKEY_CURRENT_USER, machine);
    }
    Machine(const Machine&) = delete;
    Machine& operator=(const Machine&) = delete;

  private:
    HKEY key_ = nullptr;
};

class ProcessVariable : public testing::Test {
  protected:
    ProcessVariable() { SetEnvironmentVariableA("CARDMUX_LOG", "C:\\log"); }
    ~ProcessVariable() override { SetEnvironmentVariableA("CARDMUX_LOG", nullptr); }
};

TEST_F(ProcessVariable, is_what_the_environment_says) {
    const Machine without_uac(0);
    ASSERT_NE(process_variable("CARDMUX_LOG"), nullptr);
    EXPECT_STREQ(process_variable("CARDMUX_LOG"), "C:\\log");
    EXPECT_EQ(process_variable("CARDMUX_NONE"), nullptr);
    EXPECT_EQ(ignored_variables(), "");
}

TEST_F(ProcessVariable, is_not_looked_at_where_uac_has_raised_the_rights) {
    const Machine with_uac(1);
    EXPECT_EQ(process_variable("CARDMUX_LOG"), nullptr);
    EXPECT_NE(ignored_variables().find("CARDMUX_LOG"), std::string::npos);
    std::string problem;
    const auto settings = load_settings(&process_variable, problem);
    ASSERT_TRUE(settings.ok()) << problem;
    EXPECT_EQ(settings->log_file, "");
}

}  // namespace
}  // namespace cardmux::provider
