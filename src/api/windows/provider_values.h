// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Which numbers the registry values of our providers may have: what the providers refuse, and what
// `cardmux doctor` calls nonsense, is the same. Names, types and meanings are Microsoft's for Base
// CSP and Smart Card KSP, the limits ours; PinCache* are ours.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace cardmux::api {

/// A REG_DWORD.
struct ProviderValue {
    const char* name;
    std::uint32_t least;
    std::uint32_t most;
    std::uint32_t step = 1;  ///< only multiples of it

    constexpr bool allows(std::uint32_t number) const {
        return number >= least && number <= most && number % step == 0;
    }
};

constexpr std::uint32_t any_flag = UINT32_MAX;  ///< not 0 means yes

inline constexpr std::array provider_values{
    // Windows resets a card that is left idle in a transaction for five seconds (Windows 8 and
    // later), so no hold may come near that.
    ProviderValue{"TransactionTimeoutMilliseconds", 0, 4000},
    ProviderValue{"DefaultPrivateKeyLenBits", 1024, 4096, 1024},
    ProviderValue{"RequireOnCardPrivateKeyGen", 0, any_flag},
    ProviderValue{"AllowPrivateExchangeKeyImport", 0, any_flag},
    ProviderValue{"AllowPrivateSignatureKeyImport", 0, any_flag},
    ProviderValue{"AllowPrivateECDHEKeyImport", 0, any_flag},
    ProviderValue{"AllowPrivateECDSAKeyImport", 0, any_flag},
    ProviderValue{"PinCachePolicy", 0, 3},
    ProviderValue{"PinCacheSeconds", 1, 366 * 24 * 3600},
};

/// PinCachePolicy 1 without a time would end every PIN at once: the policy is refused then.
///
/// policy, seconds    none: absent, or not allowed
constexpr bool is_pin_time_missing(std::optional<std::uint32_t> policy,
                                   std::optional<std::uint32_t> seconds) {
    constexpr std::uint32_t timed = 1;
    return policy == timed && !seconds;
}
constexpr const char* pin_time_is_missing =
    "PinCachePolicy is 1 without a PinCacheSeconds that is allowed";

/// name    one of the table
consteval const ProviderValue& provider_value(std::string_view name) {
    const auto* value = provider_values.begin();
    while (name != value->name) ++value;  // a name that is not there fails to compile
    return *value;
}

}  // namespace cardmux::api
