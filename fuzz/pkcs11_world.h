// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The module inside a fuzz target, in a world with one simulated card and no thread of its own;
// and what a program can do besides calling the standard's functions.
#pragma once

#include "api/pkcs11/pkcs11.h"

namespace cardmux::fuzz {

/// Makes the world anew for one input: a reader with the card of this number.
void begin_world(unsigned card);

/// Exchanges the card if what the program did to it lasts, and puts it back.
void mend_world();

/// Whether the card came with keys.
bool card_has_keys();

/// C_Initialize with arguments that are right or wrong by the bits of `how`; threads are never
/// allowed, so that an input does the same each time.
CK_RV initialize(CK_BYTE how) noexcept;

/// C_GetInterface, whose name ends with a zero byte.
CK_RV get_interface(const char* name, CK_VERSION_PTR version, CK_INTERFACE_PTR_PTR interface,
                    CK_FLAGS flags) noexcept;

// Always CKR_OK.

CK_RV pull_card() noexcept;
CK_RV insert_card() noexcept;
CK_RV reset_card() noexcept;
/// The answer to the next command, or to one of those after it, never arrives.
CK_RV lose_answer(CK_BYTE later) noexcept;
/// Behind the module's back.
CK_RV change_pin() noexcept;

}  // namespace cardmux::fuzz
