// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Asking a person for the PIN: what is shown, and who shows it. On Windows a dialog; in tests a
// list of answers. Never called inside a transaction or with a lock held.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"

namespace cardmux::container {

struct PinQuestion {
    std::string reader;
    std::string card;     ///< its label and serial number
    std::string purpose;  ///< what the application says; empty: nothing
    std::optional<int> tries_left;
    bool was_wrong = false;            ///< the PIN given before was refused
    std::uintptr_t parent_window = 0;  ///< HWND; 0: none
    /// The question is taken back after that time, as if the person had closed it.
    std::optional<Duration> patience;
};

class PinPrompt {
  public:
    virtual ~PinPrompt() = default;
    /// errors    Cancelled (detail: cancelled_by_person); NotSupported: there is nobody to ask (no
    ///           desktop)
    /// waits     for the person
    virtual Result<SecretBytes> ask(const PinQuestion& question) = 0;
};

/// Error::detail of Cancelled: the person closed the question, nobody else gave up.
constexpr std::int64_t cancelled_by_person = 1;

}  // namespace cardmux::container
