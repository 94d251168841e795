// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// All settings in one value. From /etc/cardmux/cardmux.toml, then the user's cardmux.toml (on
// Windows %ProgramData%\Cardmux\cardmux.toml alone), then the environment (CARDMUX_...);
// docs/settings.md has the table. Names here are the names there.
#pragma once

#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/log.h"
#include "transaction/client.h"

namespace cardmux::provider {

/// How far we step back for other PC/SC programs under our own full load.
enum class Politeness : std::uint8_t {
    Greedy,  ///< never
    Polite,  ///< a gap after 6.5 s: the default
    Often,   ///< a gap after 2.85 s
};

#ifdef _WIN32
/// As Base CSP's TransactionTimeoutMilliseconds: other programs wait in line there, not polling.
inline constexpr Duration default_hold = std::chrono::milliseconds(1500);
#else
inline constexpr Duration default_hold = std::chrono::milliseconds(100);
#endif

struct Settings {
    Duration hold = default_hold;  ///< transaction kept open after an operation
    Politeness politeness = Politeness::Polite;
    Duration ride_through = Duration::zero();  ///< how long calls wait for a card that is away
    Duration no_progress_limit = std::chrono::seconds(60);
    transaction::ServiceClass service_class = transaction::ServiceClass::Interactive;
    bool leave_authority = false;  ///< leave our PIN authority on the card after a hold
    bool reuse_pin_without_proof =
        false;                        ///< after a removal, even if the card cannot prove itself
    std::string management_key_file;  ///< the key for writing to cards; empty: none
    std::string shared_folder;        ///< where processes agree on turns; empty: the default
    std::string log_file;             ///< "-": standard error; empty: no log
    LogLevel log_level = LogLevel::Info;
};

/// What the caller's system says: `get` is secure_getenv in the module, a map in tests. The files
/// are the ones that exist of the two, or the one that CARDMUX_CONFIG names.
using EnvironmentLookup = const char* (*)(const char* name);

/// errors    InvalidArgument: a value out of its range or a file that cannot be read; `problem`
///           says which, where and what is allowed. SystemFailed: no file descriptor was free
Result<Settings> load_settings(EnvironmentLookup get, std::string& problem);

}  // namespace cardmux::provider
