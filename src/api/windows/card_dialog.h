// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The plain dialog that asks a person to insert a card.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"

namespace cardmux::api {

struct CardQuestion {
    std::string reader;                ///< empty: any
    std::string container;             ///< empty: any
    std::string purpose;               ///< what the application says; empty: nothing
    std::uintptr_t parent_window = 0;  ///< HWND; 0: none
};

/// Shows the dialog until `is_found` says so, which it is asked at once and twice a second: it
/// closes by itself then, and stays for a card that is not the one. One dialog at a time: who comes
/// later waits, and sees none if the card has come meanwhile.
///
/// is_found  runs on the calling thread; may use the card
/// errors    Cancelled (detail: cancelled_by_person); NotSupported: nobody would see it (a
///           service), or this thread is inside a question already, for a card or for a PIN
/// waits     for the person
Result<void> ask_for_card(const CardQuestion& question, const std::function<bool()>& is_found);

}  // namespace cardmux::api
