// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// What `cardmux doctor` found, in the order in which it looked.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tool/command.h"

namespace cardmux::tool {

enum class State : std::uint8_t { Fine, Note, Problem };

struct Finding {
    State state = State::Fine;
    std::string text;
    std::string next_step;
    ExitCode exit_code = ExitCode::Failed;  ///< if it is a problem
};

class Findings {
  public:
    void add(Finding finding) { findings_.push_back(std::move(finding)); }

    /// Of the first problem; Ok without one.
    ExitCode exit_code() const;

    /// Notes the first problem as the command's failure, for --json.
    void note_first_problem() const;

    nlohmann::json to_json() const;
    std::string to_text() const;

  private:
    std::vector<Finding> findings_;
};

}  // namespace cardmux::tool
