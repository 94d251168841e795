// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "tool/doctor/findings.h"

#include <fmt/core.h>

#include "tool/answer.h"

namespace cardmux::tool {
namespace {

using nlohmann::json;

const char* name_of(State state) {
    switch (state) {
        case State::Fine:
            return "ok";
        case State::Note:
            return "note";
        case State::Problem:
            return "problem";
    }
    return "";
}

}  // namespace

ExitCode Findings::exit_code() const {
    for (const Finding& finding : findings_)
        if (finding.state == State::Problem) return finding.exit_code;
    return ExitCode::Ok;
}

void Findings::note_first_problem() const {
    for (const Finding& finding : findings_)
        if (finding.state == State::Problem)
            return note_failure(tool::name_of(finding.exit_code), finding.text, finding.next_step);
}

json Findings::to_json() const {
    json list = json::array();
    for (const Finding& finding : findings_)
        list.push_back({{"state", name_of(finding.state)},
                        {"text", finding.text},
                        {"next", finding.next_step}});
    return {{"ok", exit_code() == ExitCode::Ok}, {"findings", list}};
}

std::string Findings::to_text() const {
    std::string text;
    for (const Finding& finding : findings_) {
        text += fmt::format("{:<8} {}\n", name_of(finding.state), finding.text);
        if (!finding.next_step.empty()) text += fmt::format("         -> {}\n", finding.next_step);
    }
    return text;
}

}  // namespace cardmux::tool
