// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "simulation/simulation_spec.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <set>

namespace cardmux::simulation {
namespace {

constexpr int cards_max = 64;

/// One word, at its first '=': "cards=1" is cards and 1; "61xx" has no value.
struct Word {
    std::string_view name;
    std::optional<std::string_view> value;
};

Word split(std::string_view text) {
    const std::size_t at = text.find('=');
    if (at == std::string_view::npos) return {.name = text, .value = std::nullopt};
    return {.name = text.substr(0, at), .value = text.substr(at + 1)};
}

Error refuse(std::string& problem, std::string_view word, const std::string& allowed) {
    problem = "'" + std::string(word) + "': " + allowed;
    return Error(ErrorCode::InvalidArgument, "simulation specification");
}

template <typename Number>
std::optional<Number> read_number(std::string_view text, Number least, Number most) {
    Number number{};
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
    if (number < least || number > most) return std::nullopt;
    return number;
}

std::optional<KeyAlgorithm> read_algorithm(std::string_view text) {
    if (text == "rsa2048") return KeyAlgorithm::Rsa2048;
    if (text == "rsa3072") return KeyAlgorithm::Rsa3072;
    if (text == "rsa4096") return KeyAlgorithm::Rsa4096;
    if (text == "p256") return KeyAlgorithm::P256;
    if (text == "p384") return KeyAlgorithm::P384;
    return std::nullopt;
}

/// What to say of a value that `set` refuses.
struct Setting {
    const char* name;
    const char* allowed;
    bool (*set)(PivCardOptions& card, std::string_view value);
};

bool set_tries(PivCardOptions& card, std::string_view value) {
    const auto tries = read_number(value, 1, 15);
    if (tries) card.pin_tries = card.puk_tries = *tries;
    return tries.has_value();
}

bool set_serial(PivCardOptions& card, std::string_view value) {
    const auto serial = read_number<std::uint32_t>(value, 1, 0xFFFFFF00);
    if (serial) card.serial_number = *serial;
    return serial.has_value();
}

bool set_signature_key(PivCardOptions& card, std::string_view value) {
    const auto algorithm = read_algorithm(value);
    if (algorithm) card.signature_key_algorithm = *algorithm;
    return algorithm.has_value();
}

bool set_key(PivCardOptions& card, std::string_view value) {
    const auto algorithm = read_algorithm(value);
    if (algorithm) card.key_algorithm = card.signature_key_algorithm = *algorithm;
    return algorithm.has_value();
}

bool set_pin(std::string& pin, std::string_view value) {
    pin = value;
    return value.size() >= 6 && value.size() <= 8;
}

bool set_no_logout(PivCardOptions& card, std::string_view value) {
    card.behavior.has_logout = false;
    card.behavior.logout_refusal = value == "6B00" ? 0x6B00 : 0x6A86;
    return value == "6B00" || value == "6A86";
}

constexpr const char* algorithms_allowed = "rsa2048, rsa3072, rsa4096, p256 or p384";

constexpr std::array<Setting, 8> settings = {{
    {"key", algorithms_allowed, set_key},
    {"signkey", algorithms_allowed, set_signature_key},
    {"pin", "6 to 8 characters",
     [](PivCardOptions& card, std::string_view value) { return set_pin(card.pin, value); }},
    {"puk", "6 to 8 characters",
     [](PivCardOptions& card, std::string_view value) { return set_pin(card.puk, value); }},
    {"tries", "1 to 15", set_tries},
    {"serial", "1 to 4294967040", set_serial},
    {"state", "the name of a file",
     [](PivCardOptions& card, std::string_view value) {
         card.state_file = value;
         return !value.empty();
     }},
    {"no-logout", "6A86 or 6B00", set_no_logout},
}};

struct Flag {
    const char* name;
    void (*set)(PivCardOptions& card);
};

constexpr std::array<Flag, 9> flags = {{
    {"empty", [](PivCardOptions& card) { card.provisioned = false; }},
    {"yubico", [](PivCardOptions& card) { card.behavior.yubico = true; }},
    {"plain", [](PivCardOptions& card) { card.behavior.yubico = false; }},
    {"no-logout", [](PivCardOptions& card) { card.behavior.has_logout = false; }},
    {"chaining-only", [](PivCardOptions& card) { card.behavior.extended_length = false; }},
    {"61xx", [](PivCardOptions& card) { card.behavior.answers_61_always = true; }},
    {"keeps-authority", [](PivCardOptions& card) { card.behavior.keeps_authority = true; }},
    {"select-drops-authority",
     [](PivCardOptions& card) { card.behavior.select_drops_authority = true; }},
    {"no-discovery", [](PivCardOptions& card) { card.behavior.has_discovery = false; }},
}};

std::string known_words() {
    std::string text = "no such word; there are instant, fixed:10ms, yubikey5, certum, nitrokey3";
    text += ", cards=N, readers=N, shared-keys";
    for (const Setting& setting : settings) {
        if (setting.name != std::string_view("no-logout"))
            text += std::string(", ") + setting.name + "=...";
    }
    for (const Flag& flag : flags) text += std::string(", ") + flag.name;
    return text;
}

std::string allowed_count() {
    return "0 to " + std::to_string(cards_max);
}

Result<void> apply_word(SimulationSpec& spec, std::string_view text, std::string& problem) {
    const Word word = split(text);
    if (text == "shared-keys") {
        spec.shared_keys = true;
        return success();
    }
    if (word.value && (word.name == "cards" || word.name == "readers")) {
        const auto count = read_number(*word.value, 0, cards_max);
        if (!count) return refuse(problem, text, allowed_count());
        (word.name == "cards" ? spec.cards : spec.readers) = *count;
        return success();
    }
    return apply_card_word(spec.card, text, problem);
}

std::vector<std::string_view> split_at_commas(std::string_view text) {
    std::vector<std::string_view> words;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(','), text.size());
        if (end != 0) words.push_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return words;
}

/// Words that exclude each other have the same kind.
std::string kind_of(std::string_view text) {
    if (TimeProfile::parse(text).ok()) return "profile";
    return text == "plain" ? "yubico" : std::string(split(text).name);
}

}  // namespace

Result<void> apply_card_word(PivCardOptions& card, std::string_view text, std::string& problem) {
    const auto profile = TimeProfile::parse(text);
    if (profile.ok()) {
        card.time_profile = profile.value();
        return success();
    }
    if (text.starts_with("fixed")) {
        return refuse(problem, text, "a time such as fixed:10ms, fixed:500us or fixed:1.5s");
    }
    const Word word = split(text);
    for (const Flag& flag : flags) {
        if (text != flag.name) continue;
        flag.set(card);
        return success();
    }
    for (const Setting& setting : settings) {
        if (word.name != setting.name) continue;
        if (!word.value || !setting.set(card, *word.value)) {
            return refuse(problem, text, setting.allowed);
        }
        return success();
    }
    return refuse(problem, text, known_words());
}

Result<SimulationSpec> parse_simulation_spec(std::string_view text, std::string& problem) {
    SimulationSpec spec;
    std::set<std::string> seen;
    std::vector<std::string_view> words = split_at_commas(text);
    // "signkey" holds against "key", whichever comes first.
    std::stable_partition(words.begin(), words.end(),
                          [](std::string_view word) { return word.starts_with("key="); });
    for (const std::string_view word : words) {
        if (!seen.insert(kind_of(word)).second) return refuse(problem, word, "said twice");
        CARDMUX_TRY(apply_word(spec, word, problem));
    }
    if (!seen.contains("readers")) spec.readers = spec.cards;
    if (spec.readers < spec.cards) {
        return refuse(problem, "readers=" + std::to_string(spec.readers),
                      "at least as many as cards (" + std::to_string(spec.cards) + ")");
    }
    return spec;
}

PivCardOptions card_options(const SimulationSpec& spec, int index) {
    PivCardOptions card = spec.card;
    if (spec.shared_keys) card.key_set = spec.card.serial_number;
    card.serial_number += static_cast<std::uint32_t>(index);
    if (!card.state_file.empty() && index > 0) card.state_file += "." + std::to_string(index + 1);
    return card;
}

Result<Simulation> build_simulation(const SimulationSpec& spec, std::string& problem) {
    Simulation simulation{
        .transport = std::make_shared<SimulatedTransport>(), .cards = {}, .readers = {}};
    for (int i = 0; i < spec.readers; ++i) {
        const std::string reader =
            "Cardmux Simulated Reader " + std::string(i < 10 ? "0" : "") + std::to_string(i);
        simulation.readers.push_back(reader);
        simulation.transport->add_reader(reader);
        if (i >= spec.cards) continue;
        auto card = SimulatedPivCard::create(card_options(spec, i));
        if (!card.ok()) {
            problem = "simulated card " + std::to_string(i + 1) + ": " + to_string(card.error());
            return card.error();
        }
        simulation.transport->insert(reader, card.value());
        simulation.cards.push_back(std::move(card).value());
    }
    return simulation;
}

}  // namespace cardmux::simulation
