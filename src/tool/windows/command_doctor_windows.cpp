// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "tool/answer.h"
#include "tool/windows/commands.h"
#include "tool/windows/doctor_findings.h"

namespace cardmux::tool::windows {
namespace {

using nlohmann::json;

constexpr const char* examples = R"(Examples:
  cardmux doctor
  cardmux doctor --json

Changes nothing. The exit code is that of the first problem listed.)";

struct DoctorOptions {
    bool json = false;
};

void print_finding(const Finding& finding) {
    fmt::print("{} {:<12} {}\n", finding.problem == ExitCode::Ok ? "  " : "! ", finding.about,
               finding.text);
    if (!finding.next.empty()) fmt::print("     next: {}\n", finding.next);
}

ExitCode run_doctor(const DoctorOptions& options) {
    ExitCode exit_code = ExitCode::Ok;
    json list = json::array();
    for (const auto look :
         {findings_about_service, findings_about_readers, findings_about_registration,
          findings_about_base_csp, findings_about_certificates})
        for (const Finding& finding : look()) {
            if (exit_code == ExitCode::Ok) exit_code = finding.problem;
            if (!options.json) print_finding(finding);
            list.push_back({{"about", finding.about},
                            {"text", finding.text},
                            {"problem", finding.problem != ExitCode::Ok},
                            {"next", finding.next}});
        }
    if (!options.json && exit_code == ExitCode::Ok) fmt::print("no problem found\n");
    give_answer({{"findings", list}});
    return exit_code;
}

}  // namespace

void add_doctor_command(CLI::App& app, CommandContext& context) {
    auto options = std::make_shared<DoctorOptions>();
    CLI::App* command = app.add_subcommand(
        "doctor", "Service, readers, cards, providers, certificates; what to do next");
    command->footer(examples);
    command->add_flag("--json", options->json, "One JSON object on stdout");
    command->callback([options, &context] { context.exit_code = run_doctor(*options); });
}

}  // namespace cardmux::tool::windows
