// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// A settings file and an environment of strangers: what is accepted lies within the ranges of
// docs/settings.md, and what is refused has a reason that can be printed.
#include <sys/mman.h>
#include <unistd.h>

#include <map>
#include <string>

#include "fuzz/input.h"
#include "provider/settings.h"

namespace cardmux::fuzz {
namespace {

using namespace std::chrono_literals;

constexpr const char* names[] = {"CARDMUX_HOLD",
                                 "CARDMUX_YIELD",
                                 "CARDMUX_RIDE_THROUGH",
                                 "CARDMUX_NO_PROGRESS_LIMIT",
                                 "CARDMUX_CLASS",
                                 "CARDMUX_LEAVE_AUTHORITY",
                                 "CARDMUX_REUSE_PIN_WITHOUT_PROOF",
                                 "CARDMUX_MANAGEMENT_KEY_FILE",
                                 "CARDMUX_SHARED_FOLDER",
                                 "CARDMUX_LOG",
                                 "CARDMUX_LOG_LEVEL"};

std::map<std::string, std::string>& variables() {
    static auto& map = *new std::map<std::string, std::string>;
    return map;
}

const char* lookup(const char* name) {
    const auto found = variables().find(name);
    return found == variables().end() ? nullptr : found->second.c_str();
}

/// A file in memory, the same one for each input.
std::string write_file(ByteView content) {
    static const int file = memfd_create("settings", 0);
    require(ftruncate(file, 0) == 0 && pwrite(file, content.data(), content.size(), 0) ==
                                           static_cast<ssize_t>(content.size()),
            "the file can be written");
    return "/proc/self/fd/" + std::to_string(file);
}

bool is_path_or_empty(const std::string& path) {
    return path.empty() || path.front() == '/';
}

void check(const provider::Settings& settings) {
    require(settings.hold >= 0ms && settings.hold <= 4s, "hold is in its range");
    require(settings.ride_through >= 0ms && settings.ride_through <= 60min,
            "ride_through is in its range");
    require(settings.no_progress_limit >= 100ms && settings.no_progress_limit <= 60min,
            "no_progress_limit is in its range");
    require(is_path_or_empty(settings.management_key_file), "management_key_file is absolute");
    require(is_path_or_empty(settings.shared_folder), "shared_folder is absolute");
    require(settings.log_file == "-" || is_path_or_empty(settings.log_file), "log is absolute");
}

}  // namespace
}  // namespace cardmux::fuzz

/// The file's text, then the values of the variables in the order above, each as a block.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace cardmux;
    fuzz::Input input(data, size);
    fuzz::variables() = {{"CARDMUX_CONFIG", fuzz::write_file(input.block())}};
    for (const char* name : fuzz::names) {
        const ByteView value = input.block();
        fuzz::variables()[name] = std::string(value.begin(), value.end());
    }
    std::string problem;
    const auto settings = provider::load_settings(fuzz::lookup, problem);
    fuzz::require(settings.ok() == problem.empty(), "settings that are refused have a reason");
    if (settings.ok()) fuzz::check(*settings);
    return 0;
}
