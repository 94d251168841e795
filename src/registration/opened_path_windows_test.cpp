// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "registration/opened_path_windows.h"

#include <gtest/gtest.h>
#include <sddl.h>

namespace cardmux::registration {
namespace {

/// Of a security descriptor as text (Win32, "Security Descriptor String Format").
bool may(const wchar_t* text, DWORD rights) {
    PSECURITY_DESCRIPTOR descriptor = nullptr;
    EXPECT_NE(ConvertStringSecurityDescriptorToSecurityDescriptorW(text, SDDL_REVISION_1,
                                                                   &descriptor, nullptr),
              0);
    const bool answer = others_may(descriptor, rights);
    LocalFree(descriptor);
    return answer;
}

TEST(OthersMay, not_change_what_administrators_own_and_others_only_read) {
    EXPECT_FALSE(may(L"O:BAD:(A;;FA;;;SY)(A;;FA;;;BA)(A;;FRFX;;;BU)", rights_to_change));
    EXPECT_FALSE(may(L"O:SYD:(A;;FA;;;BA)", rights_to_change));
    EXPECT_FALSE(
        may(L"O:S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464D:(A;;FR;;;WD)",
            rights_to_change));
}

TEST(OthersMay, change_what_they_own_or_write) {
    EXPECT_TRUE(may(L"O:S-1-5-21-1-2-3-1001D:(A;;FA;;;BA)", rights_to_change));
    EXPECT_TRUE(may(L"O:BAD:(A;;FA;;;BA)(A;;0x2;;;BU)", rights_to_change));
    EXPECT_TRUE(may(L"O:BAD:(A;;FA;;;BA)(A;;FW;;;AU)", rights_to_change));
    EXPECT_TRUE(may(L"O:BAD:(A;;FA;;;BA)(A;;WD;;;S-1-5-21-1-2-3-1001)", rights_to_change));
    EXPECT_TRUE(may(L"O:BA", rights_to_change)) << "without a list all may do all";
}

TEST(OthersMay, not_be_judged_by_what_is_for_things_inside_only) {
    EXPECT_FALSE(may(L"O:BAD:(A;;FA;;;BA)(A;OICIIO;FA;;;CO)", rights_to_change));
}

/// C:\ as Windows makes it: users may add folders, and cannot replace others' with that.
TEST(OthersMay, add_folders_above_without_replacing_one) {
    const wchar_t* drive =
        L"O:S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464"
        L"D:(A;OICI;FA;;;BA)(A;OICI;FA;;;SY)(A;OICI;0x1200a9;;;BU)(A;OICIIO;0x1301bf;;;AU)"
        L"(A;;0x4;;;AU)";
    EXPECT_TRUE(may(drive, rights_to_change));
    EXPECT_FALSE(may(drive, rights_to_replace));
}

}  // namespace
}  // namespace cardmux::registration
