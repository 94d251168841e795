// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "tool/load/pkcs11_names.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

namespace cardmux::tool::load {
namespace {

struct CodeName {
    std::uint64_t code;
    const char* name;
};

// PKCS #11 v3.0, pkcs11t.h, ascending.
constexpr std::array code_names{
    CodeName{0x000, "CKR_OK"},
    CodeName{0x001, "CKR_CANCEL"},
    CodeName{0x002, "CKR_HOST_MEMORY"},
    CodeName{0x003, "CKR_SLOT_ID_INVALID"},
    CodeName{0x005, "CKR_GENERAL_ERROR"},
    CodeName{0x006, "CKR_FUNCTION_FAILED"},
    CodeName{0x007, "CKR_ARGUMENTS_BAD"},
    CodeName{0x008, "CKR_NO_EVENT"},
    CodeName{0x009, "CKR_NEED_TO_CREATE_THREADS"},
    CodeName{0x00A, "CKR_CANT_LOCK"},
    CodeName{0x010, "CKR_ATTRIBUTE_READ_ONLY"},
    CodeName{0x011, "CKR_ATTRIBUTE_SENSITIVE"},
    CodeName{0x012, "CKR_ATTRIBUTE_TYPE_INVALID"},
    CodeName{0x013, "CKR_ATTRIBUTE_VALUE_INVALID"},
    CodeName{0x01B, "CKR_ACTION_PROHIBITED"},
    CodeName{0x020, "CKR_DATA_INVALID"},
    CodeName{0x021, "CKR_DATA_LEN_RANGE"},
    CodeName{0x030, "CKR_DEVICE_ERROR"},
    CodeName{0x031, "CKR_DEVICE_MEMORY"},
    CodeName{0x032, "CKR_DEVICE_REMOVED"},
    CodeName{0x050, "CKR_FUNCTION_CANCELED"},
    CodeName{0x051, "CKR_FUNCTION_NOT_PARALLEL"},
    CodeName{0x054, "CKR_FUNCTION_NOT_SUPPORTED"},
    CodeName{0x060, "CKR_KEY_HANDLE_INVALID"},
    CodeName{0x062, "CKR_KEY_SIZE_RANGE"},
    CodeName{0x063, "CKR_KEY_TYPE_INCONSISTENT"},
    CodeName{0x068, "CKR_KEY_FUNCTION_NOT_PERMITTED"},
    CodeName{0x070, "CKR_MECHANISM_INVALID"},
    CodeName{0x071, "CKR_MECHANISM_PARAM_INVALID"},
    CodeName{0x082, "CKR_OBJECT_HANDLE_INVALID"},
    CodeName{0x090, "CKR_OPERATION_ACTIVE"},
    CodeName{0x091, "CKR_OPERATION_NOT_INITIALIZED"},
    CodeName{0x0A0, "CKR_PIN_INCORRECT"},
    CodeName{0x0A1, "CKR_PIN_INVALID"},
    CodeName{0x0A2, "CKR_PIN_LEN_RANGE"},
    CodeName{0x0A3, "CKR_PIN_EXPIRED"},
    CodeName{0x0A4, "CKR_PIN_LOCKED"},
    CodeName{0x0B0, "CKR_SESSION_CLOSED"},
    CodeName{0x0B1, "CKR_SESSION_COUNT"},
    CodeName{0x0B3, "CKR_SESSION_HANDLE_INVALID"},
    CodeName{0x0B4, "CKR_SESSION_PARALLEL_NOT_SUPPORTED"},
    CodeName{0x0B5, "CKR_SESSION_READ_ONLY"},
    CodeName{0x0B6, "CKR_SESSION_EXISTS"},
    CodeName{0x0C0, "CKR_SIGNATURE_INVALID"},
    CodeName{0x0C1, "CKR_SIGNATURE_LEN_RANGE"},
    CodeName{0x0D0, "CKR_TEMPLATE_INCOMPLETE"},
    CodeName{0x0D1, "CKR_TEMPLATE_INCONSISTENT"},
    CodeName{0x0E0, "CKR_TOKEN_NOT_PRESENT"},
    CodeName{0x0E1, "CKR_TOKEN_NOT_RECOGNIZED"},
    CodeName{0x0E2, "CKR_TOKEN_WRITE_PROTECTED"},
    CodeName{0x100, "CKR_USER_ALREADY_LOGGED_IN"},
    CodeName{0x101, "CKR_USER_NOT_LOGGED_IN"},
    CodeName{0x102, "CKR_USER_PIN_NOT_INITIALIZED"},
    CodeName{0x103, "CKR_USER_TYPE_INVALID"},
    CodeName{0x104, "CKR_USER_ANOTHER_ALREADY_LOGGED_IN"},
    CodeName{0x105, "CKR_USER_TOO_MANY_TYPES"},
    CodeName{0x120, "CKR_RANDOM_SEED_NOT_SUPPORTED"},
    CodeName{0x121, "CKR_RANDOM_NO_RNG"},
    CodeName{0x130, "CKR_DOMAIN_PARAMS_INVALID"},
    CodeName{0x150, "CKR_BUFFER_TOO_SMALL"},
    CodeName{0x160, "CKR_SAVED_STATE_INVALID"},
    CodeName{0x170, "CKR_INFORMATION_SENSITIVE"},
    CodeName{0x180, "CKR_STATE_UNSAVEABLE"},
    CodeName{0x190, "CKR_CRYPTOKI_NOT_INITIALIZED"},
    CodeName{0x191, "CKR_CRYPTOKI_ALREADY_INITIALIZED"},
    CodeName{0x1A0, "CKR_MUTEX_BAD"},
    CodeName{0x1A1, "CKR_MUTEX_NOT_LOCKED"},
    CodeName{0x1B7, "CKR_OPERATION_CANCEL_FAILED"},
    CodeName{0x200, "CKR_FUNCTION_REJECTED"},
    CodeName{code_key_not_found, "key not found"},
    CodeName{code_not_started, "not started"},
};

constexpr std::array call_names{"",
                                "C_Initialize",
                                "C_GetSlotList",
                                "C_GetTokenInfo",
                                "C_OpenSession",
                                "C_Login",
                                "C_FindObjectsInit",
                                "C_FindObjects",
                                "C_FindObjectsFinal",
                                "C_GetAttributeValue",
                                "C_SignInit",
                                "C_Login (for the operation)",
                                "C_Sign",
                                "C_CloseSession",
                                "C_Finalize"};

}  // namespace

const char* name_of(Call call) {
    return call_names.at(static_cast<std::size_t>(call));
}

std::string name_of_return_code(std::uint64_t code) {
    const auto* found = std::lower_bound(
        code_names.begin(), code_names.end(), code,
        [](const CodeName& entry, std::uint64_t wanted) { return entry.code < wanted; });
    if (found != code_names.end() && found->code == code) return found->name;
    return fmt::format("CKR_0x{:08X}", code);
}

}  // namespace cardmux::tool::load
