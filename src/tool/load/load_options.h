// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// What `cardmux load` was asked to do. Filled by the command line, read by everything else.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/secret.h"

namespace cardmux::tool::load {

enum class LoadMode : std::uint8_t {
    Plain,  ///< one session a thread, signing in a loop
    Churn,  ///< open a session, find the key, read its attributes, sign, close: again and again
};

struct LoadOptions {
    std::string module;
    bool is_simulated_module = false;  ///< the cards are inside the module: no reader, PIN known
    unsigned threads = 4;              ///< in each process
    unsigned processes = 1;
    double seconds = 10;
    std::uint64_t count =
        0;  ///< if not 0: end after so many signatures in all, not after `seconds`
    LoadMode mode = LoadMode::Plain;
    std::string mechanism;      ///< empty: the plain one of the key's type
    std::string service_class;  ///< "interactive", "bulk" or empty: as the environment says
    std::string key;            ///< empty: the key with CKA_ID 01, or the first
    std::optional<std::uint64_t> slot;
    std::string token_label;
    std::vector<std::pair<std::string, std::string>>
        environment;        ///< set before the module is loaded
    double time_limit = 0;  ///< seconds after which the run is killed; 0: `seconds` and 30 more
    bool measure_limit = true;
    double limit_seconds = 2;
    SecretBytes pin;
    bool has_pin = false;

    unsigned client_count() const { return threads * processes; }
    double run_limit() const {
        if (time_limit > 0) return time_limit;
        return count != 0 ? 600 : seconds + 30;
    }
};

}  // namespace cardmux::tool::load
