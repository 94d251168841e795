// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "tool/simulate_cards.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>

#include "simulation/simulation_spec.h"

namespace cardmux::tool {
namespace {

using nlohmann::json;
using simulation::SimulatedPivCard;

/// The words as in CARDMUX_SIMULATE. The readers are named after a YubiKey, so the cards answer as
/// one unless the word "plain" is there.
std::string spec_text(const std::string& profile, const std::vector<std::string>& settings) {
    const bool plain = std::count(settings.begin(), settings.end(), "plain") > 0;
    const bool said = plain || std::count(settings.begin(), settings.end(), "yubico") > 0;
    std::string text = profile + (said ? "" : ",yubico");
    for (const std::string& setting : settings) text += "," + setting;
    return text;
}

}  // namespace

Result<std::shared_ptr<SimulatedPivCard>> make_simulated_card(
    const std::string& profile, const std::vector<std::string>& settings, int number,
    std::string& problem) {
    CARDMUX_TRY_ASSIGN(const auto spec,
                       simulation::parse_simulation_spec(spec_text(profile, settings), problem));
    auto card = SimulatedPivCard::create(simulation::card_options(spec, number));
    if (!card.ok()) problem = "cannot make such a card";
    return card;
}

json describe_card(const SimulatedPivCard& card) {
    const simulation::CardStatistics statistics = card.statistics();
    json by_ins = json::object();
    for (const auto& [ins, count] : statistics.apdus_by_ins) {
        by_ins[fmt::format("{:02X}", ins)] = count;
    }
    return {{"serial_number", card.options().serial_number},
            {"apdus", statistics.apdus},
            {"apdus_by_ins", by_ins},
            {"private_key_operations", statistics.private_key_operations},
            {"verify_attempts", statistics.verify_attempts},
            {"wrong_pins", statistics.wrong_pins},
            {"selects", statistics.selects},
            {"resets", statistics.resets},
            {"pin_tries_left", card.pin_tries_left()},
            {"pin_verified", card.is_pin_verified()}};
}

bool trouble_card(SimulatedPivCard& card, const std::string& what, const std::string& argument) {
    if (what == "delay") {
        unsigned duration_ms = 0;
        const char* end = argument.data() + argument.size();
        const auto parsed = std::from_chars(argument.data(), end, duration_ms);
        if (argument.empty() || parsed.ec != std::errc() || parsed.ptr != end) return false;
        card.set_delay(std::chrono::milliseconds(duration_ms));
        return true;
    }
    if (what == "pin") {
        if (!argument.empty()) card.change_pin_behind_back(argument);
        return !argument.empty();
    }
    if (!argument.empty()) return false;
    if (what == "glitch")
        card.reset();
    else if (what == "lose")
        card.lose_next_answer();
    else if (what == "forget")
        card.clear_statistics();
    else
        return false;
    return true;
}

}  // namespace cardmux::tool
