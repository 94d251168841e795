// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "api/windows/pin_info.h"

namespace cardmux::api {
namespace {

constexpr std::uint32_t version = 6;  // of PIN_INFO and of PIN_CACHE_POLICY
constexpr std::uint32_t alphanumeric_pin = 0;
constexpr std::uint32_t empty_pin = 3;
constexpr std::uint32_t primary_card_pin = 5;
constexpr std::uint32_t set_of_user = 1U << user_pin_id;
constexpr std::uint32_t nobody = 0;  // the PUK unblocks, which is no PIN of these interfaces

}  // namespace

Bytes pin_info(const container::PinRules& rules, drivers::PinPolicy policy) {
    const std::uint32_t type = policy == drivers::PinPolicy::Never ? empty_pin : alphanumeric_pin;
    std::uint32_t seconds = 0;
    if (rules.policy == container::PinCachePolicy::Timed)
        seconds = static_cast<std::uint32_t>(
            std::chrono::duration_cast<std::chrono::seconds>(rules.lifetime).count());
    Bytes info;
    // Version, type, purpose, who may change it, who may unblock it, PIN_CACHE_POLICY, flags.
    for (const std::uint32_t number :
         {version, type, primary_card_pin, set_of_user, nobody, version,
          static_cast<std::uint32_t>(rules.policy), seconds, std::uint32_t{0}}) {
        for (unsigned shift = 0; shift < 32; shift += 8)
            info.push_back(static_cast<std::uint8_t>(number >> shift));
    }
    return info;
}

}  // namespace cardmux::api
