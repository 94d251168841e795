// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// All functions of PKCS #11 as a fuzzer's program can call them, each with the codes that the
// standard lists for it; and what a person does to the card.
#pragma once

#include "fuzz/pkcs11_arguments.h"

namespace cardmux::fuzz {

/// What the numbers are that a function writes.
enum class Writes : std::uint8_t { Other, Sessions, Objects };

struct Function {
    const char* name;
    CK_RV (*call)(Arguments& arguments);
    std::vector<CK_RV> codes;  ///< besides those that every function may return
    Writes writes = Writes::Other;
};

/// A program names them by their index: new ones go to the end.
const std::vector<Function>& functions();

/// Whether the standard has this code for this function. Not CKR_GENERAL_ERROR and CKR_HOST_MEMORY,
/// which it has for each: here they would be a mistake of ours.
///
/// source    PKCS #11 2.40, chapter 5, "Return values" of each function (3.0 for its own functions)
bool may_return(const Function& function, CK_RV code);

}  // namespace cardmux::fuzz
