// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <iterator>
#include <optional>
#include <string_view>

#include "provider/settings.h"
#include "provider/settings_places.h"
#include "provider/settings_text.h"

// With exceptions: without them its functions are noexcept, and end the host's process when there
// is no memory. So does (3.3.0) its copy of a file's name.
#define TOML_EXCEPTIONS 1
#define TOML_HEADER_ONLY 1
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

namespace cardmux::provider {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t file_size_max = 65536;  // far above any settings; keeps a wrong path harmless

struct Unit {
    std::string_view name;
    Duration value;
};
constexpr std::array<Unit, 3> units{{{"ms", 1ms}, {"s", 1s}, {"min", 1min}}};

std::optional<Duration> parse_duration(std::string_view text, Duration smallest, Duration largest) {
    std::int64_t count = 0;
    const char* end = text.data() + text.size();
    const auto [rest, failed] = std::from_chars(text.data(), end, count);
    if (failed != std::errc() || count < 0) return std::nullopt;
    std::string_view name(rest, static_cast<std::size_t>(end - rest));
    while (!name.empty() && name.front() == ' ') name.remove_prefix(1);
    if (name.empty() && count == 0) name = units.front().name;  // nothing needs no unit
    for (const Unit& unit : units) {
        if (unit.name != name || count > largest / unit.value) continue;
        const Duration value = count * unit.value;
        if (value >= smallest) return value;
    }
    return std::nullopt;
}

bool set_duration(Duration& to, std::string_view text, Duration smallest, Duration largest) {
    const auto value = parse_duration(text, smallest, largest);
    if (value) to = *value;
    return value.has_value();
}

template <typename T>
struct Choice {
    std::string_view name;
    T value;
};

template <typename T, std::size_t count>
bool set_choice(T& to, std::string_view text, const Choice<T> (&choices)[count]) {
    for (const Choice<T>& choice : choices) {
        if (choice.name != text) continue;
        to = choice.value;
        return true;
    }
    return false;
}

constexpr Choice<bool> switches[] = {{"true", true},   {"1", true},  {"yes", true}, {"on", true},
                                     {"false", false}, {"0", false}, {"no", false}, {"off", false}};
constexpr Choice<Politeness> politenesses[] = {
    {"greedy", Politeness::Greedy}, {"polite", Politeness::Polite}, {"often", Politeness::Often}};
constexpr Choice<transaction::ServiceClass> classes[] = {
    {"interactive", transaction::ServiceClass::Interactive},
    {"bulk", transaction::ServiceClass::Bulk}};
constexpr Choice<LogLevel> levels[] = {{"error", LogLevel::Error},
                                       {"warning", LogLevel::Warning},
                                       {"info", LogLevel::Info},
                                       {"debug", LogLevel::Debug}};

/// One row for each setting; docs/settings.md is the same table for people.
struct Setting {
    std::string_view key;  ///< in the file
    const char* variable;  ///< in the environment
    const char* allowed;
    bool (*set)(Settings& settings, std::string_view text);  ///< false: not allowed
};

constexpr const char* switch_values = "true or false";

constexpr Setting table[] = {
    {"hold", "CARDMUX_HOLD", "0 to 4s, with a unit (ms, s), e.g. \"100ms\"",
     [](Settings& s, std::string_view text) { return set_duration(s.hold, text, 0ms, 4s); }},
    {"yield", "CARDMUX_YIELD", "greedy, polite or often",
     [](Settings& s, std::string_view text) {
         return set_choice(s.politeness, text, politenesses);
     }},
    {"ride_through", "CARDMUX_RIDE_THROUGH", "0 to 60min, with a unit (ms, s, min), e.g. \"10s\"",
     [](Settings& s, std::string_view text) {
         return set_duration(s.ride_through, text, 0ms, 60min);
     }},
    {"no_progress_limit", "CARDMUX_NO_PROGRESS_LIMIT",
     "100ms to 60min, with a unit (ms, s, min), e.g. \"60s\"",
     [](Settings& s, std::string_view text) {
         return set_duration(s.no_progress_limit, text, 100ms, 60min);
     }},
    {"class", "CARDMUX_CLASS", "interactive or bulk",
     [](Settings& s, std::string_view text) { return set_choice(s.service_class, text, classes); }},
    {"leave_authority", "CARDMUX_LEAVE_AUTHORITY", switch_values,
     [](Settings& s, std::string_view text) {
         return set_choice(s.leave_authority, text, switches);
     }},
    {"reuse_pin_without_proof", "CARDMUX_REUSE_PIN_WITHOUT_PROOF", switch_values,
     [](Settings& s, std::string_view text) {
         return set_choice(s.reuse_pin_without_proof, text, switches);
     }},
    {"management_key_file", "CARDMUX_MANAGEMENT_KEY_FILE", "an absolute path",
     [](Settings& s, std::string_view text) {
         s.management_key_file = text;
         return is_absolute(text);
     }},
    {"shared_folder", "CARDMUX_SHARED_FOLDER", "an absolute path",
     [](Settings& s, std::string_view text) {
         s.shared_folder = text;
         return is_absolute(text);
     }},
    {"log", "CARDMUX_LOG", "an absolute path, or - for standard error",
     [](Settings& s, std::string_view text) {
         s.log_file = text;
         return text == "-" || is_absolute(text);
     }},
    {"log_level", "CARDMUX_LOG_LEVEL", "error, warning, info or debug",
     [](Settings& s, std::string_view text) { return set_choice(s.log_level, text, levels); }},
};

/// How many characters have to be added, removed or exchanged (Levenshtein).
std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i);
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t exchanged = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, exchanged}));
        }
    }
    return row.back();
}

std::string unknown_key(std::string_view key) {
    const Setting* nearest = std::min_element(
        std::begin(table), std::end(table), [key](const Setting& a, const Setting& b) {
            return edit_distance(key, a.key) < edit_distance(key, b.key);
        });
    std::string text = "unknown setting \"" + std::string(key) + "\"";
    if (edit_distance(key, nearest->key) <= nearest->key.size() / 2) {
        text += "; did you mean \"" + std::string(nearest->key) + "\"?";
    }
    return text;
}

/// "" if all went well, else what is wrong.
std::string apply(Settings& settings, const Setting& setting, std::string_view text) {
    if (setting.set(settings, text)) return {};
    return "\"" + std::string(text) + "\" is not allowed; allowed: " + setting.allowed;
}

/// A value as one would write it in the environment; none for what no setting can be.
std::optional<std::string> text_of(const toml::node& node) {
    if (const auto* text = node.as_string()) return from_ascii(text->get());
    if (const auto* number = node.as_integer()) return std::to_string(number->get());
    if (const auto* boolean = node.as_boolean()) return boolean->get() ? "true" : "false";
    return std::nullopt;
}

std::string place(const std::string& path, const toml::source_region& source) {
    return path + ":" + std::to_string(source.begin.line) + ": ";
}

std::string apply_table(Settings& settings, const toml::table& values, const std::string& path) {
    for (const auto& [name, node] : values) {
        const std::string key = from_ascii(name.str());
        const auto* setting = std::find_if(std::begin(table), std::end(table),
                                           [&key](const Setting& s) { return s.key == key; });
        if (setting == std::end(table)) return place(path, node.source()) + unknown_key(key);
        const auto text = text_of(node);
        const std::string wrong =
            text ? apply(settings, *setting, *text)
                 : std::string("wrong kind of value; allowed: ") + setting->allowed;
        if (!wrong.empty()) return place(path, node.source()).append(key) + ": " + wrong;
    }
    return {};
}

std::string apply_toml(Settings& settings, const std::string& text, const std::string& path) {
    try {
        return apply_table(settings, toml::parse(text), path);  // no path: as above
    } catch (const toml::parse_error& error) {
        return place(path, error.source()) + from_ascii(error.description());
    }
}

enum class Presence : std::uint8_t { Required, Optional };

/// Whether a file that may well be there could not be opened: its settings must not be passed over.
bool lacked_descriptors(int failure) {
    return failure == EMFILE || failure == ENFILE;
}

/// `code`: what kind of error it is, if it is another one than InvalidArgument.
std::string apply_file(Settings& settings, const std::string& path, Presence presence,
                       ErrorCode& code) {
    errno = 0;
    std::ifstream file = open_settings_file(path);
    if (!file) {
        if (lacked_descriptors(errno)) {
            code = ErrorCode::SystemFailed;
            return path + ": cannot be opened: too many open files";
        }
        return presence == Presence::Optional ? std::string() : path + ": cannot be opened";
    }
    std::string text(file_size_max + 1, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (file.bad() || (file.gcount() == 0 && !file.eof())) return path + ": cannot be read";
    if (static_cast<std::size_t>(file.gcount()) > file_size_max)
        return path + ": larger than 64 KiB";
    text.resize(static_cast<std::size_t>(file.gcount()));
    const std::optional<std::string> ascii = to_ascii(text);
    if (!ascii) return path + ": is not UTF-8";
    return apply_toml(settings, *ascii, path);
}

/// An empty variable counts as absent.
std::optional<std::string> variable(EnvironmentLookup get, const char* name) {
    const char* value = get(name);
    if (value == nullptr || *value == '\0') return std::nullopt;
    return value;
}

std::string apply_files(Settings& settings, EnvironmentLookup get, ErrorCode& code) {
    if (const auto only = variable(get, "CARDMUX_CONFIG")) {
        return apply_file(settings, *only, Presence::Required, code);
    }
    for (const std::string& file : settings_files(get)) {
        auto wrong = apply_file(settings, file, Presence::Optional, code);
        if (!wrong.empty()) return wrong;
    }
    return {};
}

std::string apply_environment(Settings& settings, EnvironmentLookup get) {
    for (const Setting& setting : table) {
        const auto text = variable(get, setting.variable);
        if (!text) continue;
        if (auto wrong = apply(settings, setting, *text); !wrong.empty()) {
            return std::string(setting.variable) + ": " + wrong;
        }
    }
    return {};
}

}  // namespace

Result<Settings> load_settings(EnvironmentLookup get, std::string& problem) {
    Settings settings;
    ErrorCode code = ErrorCode::InvalidArgument;
    problem = apply_files(settings, get, code);
    if (problem.empty()) problem = apply_environment(settings, get);
    if (!problem.empty()) return Error(code, "load settings");
    return settings;
}

}  // namespace cardmux::provider
