// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// What the smart card service says of itself, its readers and cards. winscard.dll is loaded for the
// question only: the tool works where there is none.
#pragma once

#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace cardmux::tool::windows {

struct ReaderState {
    std::string name;
    Bytes atr;  ///< empty: no card
    bool is_in_use = false;
    bool is_exclusive = false;
    bool is_mute = false;
};

/// errors    ServiceUnavailable: no winscard.dll, or the service does not answer; platform_code
/// waits     for nothing but the service's answer
Result<std::vector<ReaderState>> list_readers();

/// Whether the reader's card has PIV, as our driver asks it: by its Discovery Object, else by
/// SELECT, which is not sent where PIV is selected already (another program's authority would go).
///
/// errors    ServiceUnavailable: the card cannot be asked; platform_code
/// waits     for those that hold the card in a transaction
Result<bool> has_piv(const std::string& reader);

/// "running", "stopped", ..., or why it is not known.
std::string state_of_service();

/// Programs that have winscard.dll loaded, as far as this user may look: "name.exe (1234)".
std::vector<std::string> programs_with_smart_cards();

}  // namespace cardmux::tool::windows
