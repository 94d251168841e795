// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Names of PKCS#11 return codes and of the calls that `cardmux load` makes.
#pragma once

#include <cstdint>
#include <string>

namespace cardmux::tool::load {

/// The calls of the load, and what else can go wrong, numbered for shared memory.
enum class Call : std::uint8_t {
    None,
    Initialize,
    GetSlotList,
    GetTokenInfo,
    OpenSession,
    Login,
    FindObjectsInit,
    FindObjects,
    FindObjectsFinal,
    GetAttributeValue,
    SignInit,
    LoginForOperation,
    Sign,
    CloseSession,
    Finalize,
};

/// "C_Sign"; "" for None.
const char* name_of(Call call);

// Findings of this program that need a number beside the return codes: no CKR code has these
// values.
constexpr std::uint64_t code_key_not_found = 0xFFFFFFF0;  ///< C_FindObjects found no key
constexpr std::uint64_t code_not_started = 0xFFFFFFF1;    ///< a process could not take part

/// "CKR_DEVICE_ERROR", or "CKR_0x80000001" for a code that the standard does not name.
std::string name_of_return_code(std::uint64_t code);

}  // namespace cardmux::tool::load
