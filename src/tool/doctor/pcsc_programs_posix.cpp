// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <set>

#include "tool/doctor/pcsc_programs.h"

namespace cardmux::tool {
namespace {

struct Advice {
    std::string_view program;  ///< as the system names processes: 15 characters at most
    const char* text;
};

constexpr std::array known_programs{
    Advice{
        "scdaemon",
        "GnuPG's card daemon takes a card for itself and keeps it: `gpgconf --kill scdaemon`, and "
        "for good put `pcsc-shared` and `disable-ccid` into ~/.gnupg/scdaemon.conf"},
    Advice{"gsd-smartcard",
           "GNOME's watcher asks every card now and then: if it disturbs, `systemctl --user mask "
           "org.gnome.SettingsDaemon.Smartcard.service`"},
};

constexpr const char* default_socket = "/run/pcscd/pcscd.comm";
constexpr std::string_view socket_variable = "PCSCLITE_CSOCK_NAME=";

std::string first_line(const std::filesystem::path& file) {
    std::ifstream stream(file);
    std::string line;
    std::getline(stream, line);
    return line;
}

/// False also for a process that may not be looked into.
bool has_pcsc_library(const std::filesystem::path& process) {
    std::ifstream maps(process / "maps");
    std::string line;
    while (std::getline(maps, line))
        if (line.find("/libpcsclite.so") != std::string::npos) return true;
    return false;
}

/// By the environment that the process was started with; one that may not be looked into is taken
/// for a user of the system's own service.
bool uses_our_service(const std::filesystem::path& process) {
    std::ifstream environment(process / "environ");
    std::string setting;
    while (std::getline(environment, setting, '\0'))
        if (setting.starts_with(socket_variable))
            return setting.substr(socket_variable.size()) == service_socket();
    return service_socket() == default_socket;
}

std::uint32_t parent_of(std::uint32_t process) {
    std::ifstream status("/proc/" + std::to_string(process) + "/status");
    std::string word;
    std::uint32_t parent = 0;
    while (status >> word)
        if (word == "PPid:" && status >> parent) return parent;
    return 0;
}

std::set<std::uint32_t> ourselves_and_parents() {
    std::set<std::uint32_t> found;
    auto process = static_cast<std::uint32_t>(getpid());
    while (process > 1 && found.insert(process).second) process = parent_of(process);
    return found;
}

std::optional<std::uint32_t> process_number(const std::filesystem::path& folder) {
    const std::string name = folder.filename();
    std::uint32_t number = 0;
    const auto [end, failure] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (failure != std::errc() || end != name.data() + name.size()) return std::nullopt;
    return number;
}

}  // namespace

std::string advice_about(const std::string& program) {
    for (const Advice& known : known_programs)
        if (known.program == program) return known.text;
    return {};
}

std::vector<PcscProgram> find_pcsc_programs() {
    std::vector<PcscProgram> programs;
    const auto ours = ourselves_and_parents();
    std::error_code failure;
    for (const auto& entry : std::filesystem::directory_iterator("/proc", failure)) {
        const auto number = process_number(entry.path());
        if (!number || ours.contains(*number) || !uses_our_service(entry.path())) continue;
        PcscProgram program;
        program.process = *number;
        program.name = first_line(entry.path() / "comm");
        program.advice = advice_about(program.name);
        if (program.name == "pcscd") continue;  // the service itself
        if (!program.advice.empty() || has_pcsc_library(entry.path()))
            programs.push_back(std::move(program));
    }
    return programs;
}

std::string service_socket() {
    const char* chosen = std::getenv("PCSCLITE_CSOCK_NAME");
    return chosen == nullptr ? default_socket : chosen;
}

}  // namespace cardmux::tool
