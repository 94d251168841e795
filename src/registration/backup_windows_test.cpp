// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Putting back what cannot all be put back: keys whose access list lets nobody write. And a key
// that somebody else empties in between, as CNG may do with a provider's.
#include <gtest/gtest.h>
#include <windows.h>

#include "registration/backup.h"
// after windows.h
#include <sddl.h>

#include "base/wide_text_windows.h"

namespace cardmux::registration {
namespace {

const RegistryKey top{RegistryRoot::CurrentUser, RegistryView::Programs64,
                      "Software\\Cardmux backup test"};
const RegistryKey locked = top.child("locked");
const RegistryKey open_one = top.child("open");

constexpr const wchar_t* all_may_all = L"D:(A;;KA;;;WD)";
constexpr const wchar_t* nobody_may_write = L"D:(D;;0x2;;;WD)(A;;KA;;;WD)";  // KEY_SET_VALUE

void set_access(const RegistryKey& key, const wchar_t* access) {
    HKEY opened = nullptr;
    PSECURITY_DESCRIPTOR descriptor = nullptr;
    ASSERT_NE(ConvertStringSecurityDescriptorToSecurityDescriptorW(access, SDDL_REVISION_1,
                                                                   &descriptor, nullptr),
              0);
    ASSERT_EQ(RegOpenKeyExW(HKEY_CURRENT_USER, to_wide(key.path).c_str(), 0, WRITE_DAC, &opened),
              ERROR_SUCCESS);
    EXPECT_EQ(RegSetKeySecurity(opened, DACL_SECURITY_INFORMATION, descriptor), ERROR_SUCCESS);
    RegCloseKey(opened);
    LocalFree(descriptor);
}

class PutBack : public testing::Test {
  protected:
    PutBack() {
        for (const RegistryKey& key : {locked, open_one}) {
            EXPECT_TRUE(write_value(key, "Type", number_value(1)).ok());
            EXPECT_TRUE(save_value(backup_, key, "Type").ok());
            EXPECT_TRUE(save_value(backup_, key, "Added").ok());
        }
    }
    ~PutBack() override {
        set_access(locked, all_may_all);
        (void)remove_key(top);
    }
    static void change(const RegistryKey& key) {
        EXPECT_TRUE(write_value(key, "Type", number_value(24)).ok());
        EXPECT_TRUE(write_value(key, "Added", text_value("ours")).ok());
    }
    Backup backup_;
};

TEST_F(PutBack, names_what_cannot_be_put_back_and_puts_the_rest_back) {
    change(locked);
    change(open_one);
    set_access(locked, nobody_may_write);
    const auto left = put_back(backup_, {});
    ASSERT_EQ(left.size(), 2U);
    EXPECT_EQ(left[0].what, to_string(locked) + ": Type");
    EXPECT_EQ(left[0].error.code, ErrorCode::AccessDenied);
    EXPECT_EQ(left[1].what, to_string(locked) + ": Added");
    EXPECT_EQ(**read_value(open_one, "Type"), number_value(1));
    EXPECT_FALSE(read_value(open_one, "Added")->has_value());
}

TEST_F(PutBack, names_nothing_that_was_never_changed) {
    set_access(locked, nobody_may_write);
    EXPECT_TRUE(put_back(backup_, {}).empty());
}

TEST_F(PutBack, names_nothing_once_it_can_be_put_back) {
    change(locked);
    set_access(locked, nobody_may_write);
    EXPECT_FALSE(put_back(backup_, {}).empty());
    set_access(locked, all_may_all);
    EXPECT_TRUE(put_back(backup_, {}).empty());
    EXPECT_TRUE(*is_as_before(backup_));
}

class EmptiedKey : public testing::Test {
  protected:
    EmptiedKey() {
        EXPECT_TRUE(write_value(top, "TransactionTimeoutMilliseconds", number_value(700)).ok());
        EXPECT_TRUE(write_value(top, "PinCachePolicy", odd_).ok());
        EXPECT_TRUE(write_value(top, "", text_value("theirs")).ok());
        EXPECT_TRUE(write_value(image_, "Image", text_value("old.dll")).ok());
        EXPECT_TRUE(write_value(interface_, "Flags", number_value(7)).ok());
        EXPECT_TRUE(save_all_below(backup_, top).ok());
        EXPECT_TRUE(remove_key(top).ok());
    }
    ~EmptiedKey() override { (void)remove_key(top); }

    const RegistryKey image_ = top.child("UM");
    const RegistryKey interface_ = image_.child("00010001");
    const RegistryValue odd_{3, {0x01, 0x02, 0xFF}};
    Backup backup_;
};

TEST_F(EmptiedKey, has_everything_again_when_it_is_put_back) {
    EXPECT_EQ(backup_.values.size(), 5U);
    EXPECT_TRUE(put_back(backup_, {top}).empty());
    EXPECT_EQ(**read_value(top, "PinCachePolicy"), odd_);
    EXPECT_EQ(**read_value(top, ""), text_value("theirs"));
    EXPECT_EQ(**read_value(interface_, "Flags"), number_value(7));
    EXPECT_TRUE(*is_as_before(backup_));
}

TEST_F(EmptiedKey, gets_its_settings_and_keeps_what_was_made_meanwhile) {
    EXPECT_TRUE(write_value(image_, "Image", text_value("new.dll")).ok());
    EXPECT_TRUE(write_value(top, "PinCachePolicy", number_value(2)).ok());
    EXPECT_TRUE(put_back_what_is_gone(backup_, top).ok());
    EXPECT_EQ(**read_value(top, "TransactionTimeoutMilliseconds"), number_value(700));
    EXPECT_EQ(**read_value(top, ""), text_value("theirs"));
    EXPECT_EQ(**read_value(top, "PinCachePolicy"), number_value(2));
    EXPECT_EQ(**read_value(image_, "Image"), text_value("new.dll"));
    EXPECT_FALSE(read_value(interface_, "Flags")->has_value());
}

}  // namespace
}  // namespace cardmux::registration
