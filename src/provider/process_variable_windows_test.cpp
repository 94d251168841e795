// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Under Wine every token is "full", and UAC is off: with UAC on in this process's view of the
// registry, the process is one whose rights were raised.
#include <gtest/gtest.h>
#include <windows.h>

#include <cstring>

#include "base/machine_registry_windows_test.h"
#include "provider/process_variable.h"
#include "provider/settings.h"

namespace cardmux::provider {
namespace {

/// What UAC's policy says, for this process.
class Machine {
  public:
    explicit Machine(DWORD uac) {
        RegSetKeyValueA(HKEY_LOCAL_MACHINE, policies, "EnableLUA", REG_DWORD, &uac, sizeof uac);
    }

  private:
    static constexpr const char* policies =
        "SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System";
    const MachineRegistry registry_;
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
