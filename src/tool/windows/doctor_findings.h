// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// What `cardmux doctor` looks at on Windows, each a question of its own. A finding that is a
// problem names its exit code and the next step.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "tool/command.h"

namespace cardmux::tool::windows {

struct Finding {
    std::string about;  ///< "service", "reader", ...
    std::string text;
    ExitCode problem = ExitCode::Ok;
    std::string next;
};

std::vector<Finding> findings_about_service();
/// waits     for the service's answer
std::vector<Finding> findings_about_readers();
/// Whether the CSPs and the KSP are registered, from which DLL, and what of their values is
/// nonsense.
std::vector<Finding> findings_about_registration();
/// Microsoft's providers: the timeout in each registry view.
std::vector<Finding> findings_about_base_csp();
std::vector<Finding> findings_about_certificates();

}  // namespace cardmux::tool::windows
