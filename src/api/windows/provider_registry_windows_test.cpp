// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <gtest/gtest.h>
#include <windows.h>

#include "api/windows/logon_domain.h"
#include "api/windows/provider_registry.h"

namespace cardmux::api {
namespace {

constexpr const char* provider = "Cardmux test of registry values";
constexpr const char* path =
    "SOFTWARE\\Microsoft\\Cryptography\\Defaults\\Provider\\Cardmux test of registry values";

class ProviderRegistry : public testing::Test {
  protected:
    ProviderRegistry() { RegCreateKeyA(HKEY_LOCAL_MACHINE, path, &key_); }
    ~ProviderRegistry() override {
        RegCloseKey(key_);
        RegDeleteKeyA(HKEY_LOCAL_MACHINE, path);
    }
    void set(const char* name, DWORD value, DWORD type = REG_DWORD) {
        EXPECT_EQ(RegSetValueExA(key_, name, 0, type, reinterpret_cast<const BYTE*>(&value),
                                 sizeof value),
                  ERROR_SUCCESS);
    }
    static ProviderSettings read() {
        return read_provider_settings(WindowsInterface::Csp, provider);
    }

  private:
    HKEY key_ = nullptr;
};

TEST_F(ProviderRegistry, has_the_documented_defaults) {
    const ProviderSettings settings = read();
    EXPECT_EQ(settings.hold, std::chrono::milliseconds(1500));
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
    EXPECT_TRUE(read().may_import_exchange_keys);
}

TEST_F(ProviderRegistry, nonsense_leaves_the_default) {
    set("TransactionTimeoutMilliseconds", 100, REG_SZ);
    set("PinCachePolicy", 4);
    EXPECT_EQ(read().hold, std::chrono::milliseconds(1500));
    EXPECT_EQ(read().pin_rules.policy, container::PinCachePolicy::Normal);
    set("TransactionTimeoutMilliseconds", 5000);  // Windows would reset the card
    EXPECT_EQ(read().hold, std::chrono::milliseconds(1500));
}

TEST(LogonDomain, is_the_same_in_a_logon_session_and_differs_between_interfaces) {
    const token::DomainId csp = current_logon_domain(WindowsInterface::Csp);
    EXPECT_EQ(csp, current_logon_domain(WindowsInterface::Csp));
    EXPECT_NE(csp, current_logon_domain(WindowsInterface::Ksp));
    EXPECT_NE(csp, 1U);  // PKCS#11's
}

}  // namespace
}  // namespace cardmux::api
