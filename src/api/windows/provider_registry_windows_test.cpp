// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <gtest/gtest.h>
#include <windows.h>

#include <string>
#include <vector>

#include "api/windows/logon_domain.h"
#include "api/windows/provider_registry.h"
#include "base/machine_registry_windows_test.h"

namespace cardmux::api {
namespace {

constexpr const char* provider = "Cardmux test of registry values";

/// A provider's key with values that last as long as this; the key itself if it was not there.
class ProviderKey {
  public:
    explicit ProviderKey(const std::string& name)
        : path_("SOFTWARE\\Microsoft\\Cryptography\\Defaults\\Provider\\" + name) {
        DWORD made = 0;
        RegCreateKeyExA(HKEY_LOCAL_MACHINE, path_.c_str(), 0, nullptr, 0, KEY_ALL_ACCESS, nullptr,
                        &key_, &made);
        is_new_ = made == REG_CREATED_NEW_KEY;
    }
    ~ProviderKey() {
        for (const std::string& name : values_) RegDeleteValueA(key_, name.c_str());
        RegCloseKey(key_);
        if (is_new_) RegDeleteKeyA(HKEY_LOCAL_MACHINE, path_.c_str());
    }
    ProviderKey(const ProviderKey&) = delete;
    ProviderKey& operator=(const ProviderKey&) = delete;

    void set(const char* name, DWORD value, DWORD type = REG_DWORD) {
        values_.emplace_back(name);
        EXPECT_EQ(RegSetValueExA(key_, name, 0, type, reinterpret_cast<const BYTE*>(&value),
                                 sizeof value),
                  ERROR_SUCCESS);
    }

  private:
    const std::string path_;
    HKEY key_ = nullptr;
    bool is_new_ = false;
    std::vector<std::string> values_;
};

class ProviderRegistry : public testing::Test {
  protected:
    void set(const char* name, DWORD value, DWORD type = REG_DWORD) { key_.set(name, value, type); }
    static ProviderSettings read() {
        return read_provider_settings(WindowsInterface::Csp, provider);
    }

  private:
    const MachineRegistry registry_;
    ProviderKey key_{provider};
};

TEST_F(ProviderRegistry, has_the_documented_defaults) {
    const ProviderSettings settings = read();
    EXPECT_FALSE(settings.hold.has_value());  // the setting's, whatever it is
    EXPECT_EQ(settings.default_key_bits, 2048U);
    EXPECT_FALSE(settings.may_import_exchange_keys);
    EXPECT_EQ(settings.pin_rules.policy, container::PinCachePolicy::Normal);
}

TEST_F(ProviderRegistry, a_change_needs_no_restart) {
    set("TransactionTimeoutMilliseconds", 100);
    EXPECT_EQ(read().hold, std::chrono::milliseconds(100));
    set("TransactionTimeoutMilliseconds", 0);
    set("PinCachePolicy", 2);
    set("AllowPrivateExchangeKeyImport", 7);
    EXPECT_EQ(read().hold, Duration::zero());
    EXPECT_EQ(read().pin_rules.policy, container::PinCachePolicy::None);
    EXPECT_EQ(read().pin_rules.lifetime, Duration::zero());
    EXPECT_TRUE(read().may_import_exchange_keys);
}

TEST_F(ProviderRegistry, nonsense_leaves_the_default) {
    set("TransactionTimeoutMilliseconds", 100, REG_SZ);
    set("PinCachePolicy", 4);
    EXPECT_FALSE(read().hold.has_value());
    EXPECT_EQ(read().pin_rules.policy, container::PinCachePolicy::Normal);
    set("TransactionTimeoutMilliseconds", 5000);  // Windows would reset the card
    EXPECT_FALSE(read().hold.has_value());
    set("PinCachePolicy", 2);
    EXPECT_EQ(read().pin_rules.lifetime, std::chrono::milliseconds(1500));
}

TEST_F(ProviderRegistry, a_pin_for_some_time_wants_the_time) {
    set("PinCachePolicy", 1);
    EXPECT_EQ(read().pin_rules.policy, container::PinCachePolicy::Normal);
    set("PinCacheSeconds", 0);
    EXPECT_EQ(read().pin_rules.policy, container::PinCachePolicy::Normal);
    set("PinCacheSeconds", 5);
    EXPECT_EQ(read().pin_rules.policy, container::PinCachePolicy::Timed);
    EXPECT_EQ(read().pin_rules.lifetime, std::chrono::seconds(5));
}

TEST_F(ProviderRegistry, a_length_that_no_call_makes_leaves_the_default) {
    for (const DWORD bits : {1023, 2050, 3000, 4097, 5120}) {
        set("DefaultPrivateKeyLenBits", bits);
        EXPECT_EQ(read().default_key_bits, 2048U) << bits;
    }
    for (const DWORD bits : {1024, 3072, 4096}) {
        set("DefaultPrivateKeyLenBits", bits);
        EXPECT_EQ(read().default_key_bits, bits);
    }
}

TEST_F(ProviderRegistry, what_is_said_about_keys_of_base_csp_counts_if_it_is_not_said_of_us) {
    ProviderKey base_csp(base_csp_name);
    base_csp.set("RequireOnCardPrivateKeyGen", 1);
    base_csp.set("AllowPrivateExchangeKeyImport", 1);
    base_csp.set("AllowPrivateSignatureKeyImport", 1);
    base_csp.set("DefaultPrivateKeyLenBits", 3072);
    set("AllowPrivateSignatureKeyImport", 0);
    EXPECT_TRUE(read().on_card_generation_only);
    EXPECT_TRUE(read().may_import_exchange_keys);
    EXPECT_FALSE(read().may_import_signature_keys);
    EXPECT_EQ(read().default_key_bits, 3072U);
    EXPECT_FALSE(read_provider_settings(WindowsInterface::Ksp, provider).may_import_exchange_keys)
        << "the KSP's are Smart Card KSP's";
    base_csp.set("DefaultPrivateKeyLenBits", 1024);  // Microsoft's own default
    EXPECT_EQ(read().default_key_bits, 2048U);
    set("DefaultPrivateKeyLenBits", 1024);
    EXPECT_EQ(read().default_key_bits, 1024U);
}

TEST_F(ProviderRegistry, how_long_base_csp_holds_a_card_is_not_ours_to_follow) {
    ProviderKey base_csp(base_csp_name);
    base_csp.set("TransactionTimeoutMilliseconds", 100);
    EXPECT_FALSE(read().hold.has_value());
}

TEST(ProviderRegistryThatFails, leaves_no_prohibition_out) {
    // No key has a name of 300 characters; the system says so, and not that it is absent.
    const ProviderSettings settings =
        read_provider_settings(WindowsInterface::Csp, std::string(300, 'x'));
    EXPECT_EQ(settings.pin_rules.policy, container::PinCachePolicy::AlwaysPrompt);
    EXPECT_TRUE(settings.on_card_generation_only);
    EXPECT_FALSE(settings.may_import_exchange_keys);
    EXPECT_FALSE(settings.may_import_ecdsa_keys);
}

TEST(LogonDomain, is_the_same_in_a_logon_session_and_differs_between_interfaces) {
    const token::DomainId csp = current_logon_domain(WindowsInterface::Csp);
    EXPECT_EQ(csp, current_logon_domain(WindowsInterface::Csp));
    EXPECT_NE(csp, current_logon_domain(WindowsInterface::Ksp));
    EXPECT_NE(csp, 1U);  // PKCS#11's
}

/// Impersonates the process's own user, at a level, for as long as it lives.
class Impersonation {
  public:
    explicit Impersonation(SECURITY_IMPERSONATION_LEVEL level) {
        HANDLE process = nullptr;
        HANDLE token = nullptr;
        began_ = OpenProcessToken(GetCurrentProcess(), TOKEN_DUPLICATE, &process) &&
                 DuplicateTokenEx(process, TOKEN_IMPERSONATE | TOKEN_QUERY, nullptr, level,
                                  TokenImpersonation, &token) &&
                 SetThreadToken(nullptr, token);
        CloseHandle(process);
        CloseHandle(token);
    }
    ~Impersonation() { RevertToSelf(); }
    Impersonation(const Impersonation&) = delete;
    Impersonation& operator=(const Impersonation&) = delete;
    bool began() const { return began_; }

  private:
    bool began_ = false;
};

TEST_F(ProviderRegistry, is_read_for_whomever_the_thread_acts) {
    set("PinCachePolicy", 3);
    const Impersonation self(SecurityIdentification);
    ASSERT_TRUE(self.began());
    EXPECT_EQ(read().pin_rules.policy, container::PinCachePolicy::AlwaysPrompt);
    HANDLE token = nullptr;
    EXPECT_TRUE(OpenThreadToken(GetCurrentThread(), TOKEN_QUERY, TRUE, &token)) << "as before";
    CloseHandle(token);
}

TEST(LogonDomain, is_that_of_whom_the_thread_impersonates) {
    const token::DomainId own = current_logon_domain(WindowsInterface::Csp);
    const Impersonation self(SecurityIdentification);
    ASSERT_TRUE(self.began());
    EXPECT_EQ(current_logon_domain(WindowsInterface::Csp), own);
}

TEST(LogonDomain, of_an_anonymous_caller_is_not_that_of_the_process) {
    const Impersonation anonymous(SecurityAnonymous);
    ASSERT_TRUE(anonymous.began());
    EXPECT_EQ(current_logon_domain(WindowsInterface::Csp), token::unknown_domain);
    EXPECT_EQ(current_logon_domain(WindowsInterface::Ksp), token::unknown_domain);
}

}  // namespace
}  // namespace cardmux::api
