// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The report of every load, and what only Windows has: contexts released under those inside.
#include <fmt/core.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "tool/windows/load/load_run.h"

namespace cardmux::tool::windows {
namespace {

using nlohmann::json;

std::uint64_t total(const std::vector<load::ObservedError>& errors) {
    std::uint64_t count = 0;
    for (const load::ObservedError& error : errors) count += error.count;
    return count;
}

json to_json(const std::vector<load::ObservedError>& errors) {
    json list = json::array();
    for (const load::ObservedError& error : errors)
        list.push_back({{"code", error.code}, {"call", error.call}, {"count", error.count}});
    return list;
}

json seconds_to_json(const std::optional<double>& seconds) {
    return seconds ? json(std::round(*seconds * 1000) / 1000) : json(nullptr);
}

std::string list_text(const std::vector<load::ObservedError>& errors) {
    std::string text;
    for (const load::ObservedError& error : errors)
        text += fmt::format("    {:<32} {:<26} {:>7} times\n", error.code, error.call, error.count);
    return text;
}

}  // namespace

json to_json(const RunReport& report) {
    json object = load::to_json(report.common);
    object["calls"] = report.calls;
    object["expected"] = total(report.expected);
    object["expected_list"] = to_json(report.expected);
    object["releases"] = report.releases;
    object["releases_under_use"] = report.releases_under_use;
    object["first_error_s"] = seconds_to_json(report.first_error_s);
    object["first_invalid_handle_s"] = seconds_to_json(report.first_invalid_handle_s);
    return object;
}

std::string to_text(const RunReport& report) {
    std::string text = load::to_text(report.common);
    text += fmt::format("  calls          {}\n", report.calls);
    if (report.first_invalid_handle_s)
        text += fmt::format("  0x6 ERROR_INVALID_HANDLE first after {:.3f} s\n",
                            *report.first_invalid_handle_s);
    if (report.releases != 0)
        text += fmt::format(
            "  released       {} contexts, {} of them while threads were inside a call\n",
            report.releases, report.releases_under_use);
    if (!report.expected.empty())
        text += fmt::format(
            "  expected       {} calls with a handle that this program had "
            "released, refused as documented\n{}",
            total(report.expected), list_text(report.expected));
    return text;
}

}  // namespace cardmux::tool::windows
