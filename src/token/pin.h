// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// A PIN that an application gave us, shared by everybody who may have to present it again.
#pragma once

#include <atomic>
#include <memory>

#include "base/secret.h"

namespace cardmux::token {

struct Pin {
    explicit Pin(SecretBytes content) : bytes(std::move(content)) {}

    const SecretBytes bytes;
    /// The card said no once: never presented again of our own accord.
    std::atomic<bool> refused{false};
    /// The insertion in which the application itself presented it and the card said yes; 0: in
    /// none.
    std::atomic<std::uint64_t> accepted_insertion{0};
    /// The PinLedger's number of that login; 0: none.
    std::atomic<std::uint64_t> login_stamp{0};
};

using SharedPin = std::shared_ptr<Pin>;

}  // namespace cardmux::token
