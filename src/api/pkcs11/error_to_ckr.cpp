// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "api/pkcs11/error_to_ckr.h"

#include <algorithm>
#include <array>

namespace cardmux::pkcs11 {
namespace {

/// The standard tells "no token" from "the token left" by whether the caller had a session with it.
CK_RV gone(Situation situation) {
    return situation == Situation::Slot ? CKR_TOKEN_NOT_PRESENT : CKR_DEVICE_REMOVED;
}

/// C_Sign, C_Decrypt and their Final forms: they take no PIN and no key, so the standard has no
/// codes about those for them.
bool uses_key(Situation situation) {
    return situation == Situation::Signature || situation == Situation::Decryption;
}

CK_RV about_key(Situation situation, CK_RV code) {
    return uses_key(situation) ? CKR_DEVICE_ERROR : code;
}

CK_RV about_pin(Situation situation, CK_RV code) {
    return uses_key(situation) || situation == Situation::Creation ? CKR_USER_NOT_LOGGED_IN : code;
}

CK_RV by_input(Situation situation, CK_RV plain, CK_RV encrypted) {
    return situation == Situation::Decryption ? encrypted : plain;
}

/// Functions that make objects have codes for what a template says.
CK_RV by_template(Situation situation, CK_RV otherwise, CK_RV of_template) {
    return situation == Situation::Creation ? of_template : otherwise;
}

struct NamedCode {
    CK_RV code;
    const char* name;
};

constexpr std::array named_codes = {
    NamedCode{CKR_HOST_MEMORY, "CKR_HOST_MEMORY"},
    NamedCode{CKR_SLOT_ID_INVALID, "CKR_SLOT_ID_INVALID"},
    NamedCode{CKR_GENERAL_ERROR, "CKR_GENERAL_ERROR"},
    NamedCode{CKR_FUNCTION_FAILED, "CKR_FUNCTION_FAILED"},
    NamedCode{CKR_ARGUMENTS_BAD, "CKR_ARGUMENTS_BAD"},
    NamedCode{CKR_CANT_LOCK, "CKR_CANT_LOCK"},
    NamedCode{CKR_ACTION_PROHIBITED, "CKR_ACTION_PROHIBITED"},
    NamedCode{CKR_ATTRIBUTE_READ_ONLY, "CKR_ATTRIBUTE_READ_ONLY"},
    NamedCode{CKR_ATTRIBUTE_SENSITIVE, "CKR_ATTRIBUTE_SENSITIVE"},
    NamedCode{CKR_ATTRIBUTE_TYPE_INVALID, "CKR_ATTRIBUTE_TYPE_INVALID"},
    NamedCode{CKR_ATTRIBUTE_VALUE_INVALID, "CKR_ATTRIBUTE_VALUE_INVALID"},
    NamedCode{CKR_DATA_INVALID, "CKR_DATA_INVALID"},
    NamedCode{CKR_DATA_LEN_RANGE, "CKR_DATA_LEN_RANGE"},
    NamedCode{CKR_DEVICE_ERROR, "CKR_DEVICE_ERROR"},
    NamedCode{CKR_DEVICE_MEMORY, "CKR_DEVICE_MEMORY"},
    NamedCode{CKR_DEVICE_REMOVED, "CKR_DEVICE_REMOVED"},
    NamedCode{CKR_ENCRYPTED_DATA_INVALID, "CKR_ENCRYPTED_DATA_INVALID"},
    NamedCode{CKR_ENCRYPTED_DATA_LEN_RANGE, "CKR_ENCRYPTED_DATA_LEN_RANGE"},
    NamedCode{CKR_FUNCTION_CANCELED, "CKR_FUNCTION_CANCELED"},
    NamedCode{CKR_FUNCTION_NOT_PARALLEL, "CKR_FUNCTION_NOT_PARALLEL"},
    NamedCode{CKR_FUNCTION_NOT_SUPPORTED, "CKR_FUNCTION_NOT_SUPPORTED"},
    NamedCode{CKR_KEY_HANDLE_INVALID, "CKR_KEY_HANDLE_INVALID"},
    NamedCode{CKR_KEY_TYPE_INCONSISTENT, "CKR_KEY_TYPE_INCONSISTENT"},
    NamedCode{CKR_KEY_INDIGESTIBLE, "CKR_KEY_INDIGESTIBLE"},
    NamedCode{CKR_KEY_FUNCTION_NOT_PERMITTED, "CKR_KEY_FUNCTION_NOT_PERMITTED"},
    NamedCode{CKR_MECHANISM_INVALID, "CKR_MECHANISM_INVALID"},
    NamedCode{CKR_MECHANISM_PARAM_INVALID, "CKR_MECHANISM_PARAM_INVALID"},
    NamedCode{CKR_OBJECT_HANDLE_INVALID, "CKR_OBJECT_HANDLE_INVALID"},
    NamedCode{CKR_OPERATION_ACTIVE, "CKR_OPERATION_ACTIVE"},
    NamedCode{CKR_OPERATION_NOT_INITIALIZED, "CKR_OPERATION_NOT_INITIALIZED"},
    NamedCode{CKR_PIN_INCORRECT, "CKR_PIN_INCORRECT"},
    NamedCode{CKR_PIN_LOCKED, "CKR_PIN_LOCKED"},
    NamedCode{CKR_SESSION_HANDLE_INVALID, "CKR_SESSION_HANDLE_INVALID"},
    NamedCode{CKR_SESSION_PARALLEL_NOT_SUPPORTED, "CKR_SESSION_PARALLEL_NOT_SUPPORTED"},
    NamedCode{CKR_SESSION_READ_ONLY, "CKR_SESSION_READ_ONLY"},
    NamedCode{CKR_SIGNATURE_INVALID, "CKR_SIGNATURE_INVALID"},
    NamedCode{CKR_SIGNATURE_LEN_RANGE, "CKR_SIGNATURE_LEN_RANGE"},
    NamedCode{CKR_TEMPLATE_INCOMPLETE, "CKR_TEMPLATE_INCOMPLETE"},
    NamedCode{CKR_TEMPLATE_INCONSISTENT, "CKR_TEMPLATE_INCONSISTENT"},
    NamedCode{CKR_TOKEN_NOT_PRESENT, "CKR_TOKEN_NOT_PRESENT"},
    NamedCode{CKR_TOKEN_NOT_RECOGNIZED, "CKR_TOKEN_NOT_RECOGNIZED"},
    NamedCode{CKR_TOKEN_WRITE_PROTECTED, "CKR_TOKEN_WRITE_PROTECTED"},
    NamedCode{CKR_USER_ALREADY_LOGGED_IN, "CKR_USER_ALREADY_LOGGED_IN"},
    NamedCode{CKR_USER_NOT_LOGGED_IN, "CKR_USER_NOT_LOGGED_IN"},
    NamedCode{CKR_USER_TYPE_INVALID, "CKR_USER_TYPE_INVALID"},
    NamedCode{CKR_RANDOM_SEED_NOT_SUPPORTED, "CKR_RANDOM_SEED_NOT_SUPPORTED"},
    NamedCode{CKR_CURVE_NOT_SUPPORTED, "CKR_CURVE_NOT_SUPPORTED"},
    NamedCode{CKR_BUFFER_TOO_SMALL, "CKR_BUFFER_TOO_SMALL"},
    NamedCode{CKR_CRYPTOKI_NOT_INITIALIZED, "CKR_CRYPTOKI_NOT_INITIALIZED"},
    NamedCode{CKR_CRYPTOKI_ALREADY_INITIALIZED, "CKR_CRYPTOKI_ALREADY_INITIALIZED"},
};

}  // namespace

const char* name_of_ckr(CK_RV code) {
    const auto* const found = std::find_if(named_codes.begin(), named_codes.end(),
                                           [&](const NamedCode& row) { return row.code == code; });
    return found == named_codes.end() ? "CKR_?" : found->name;
}

CK_RV to_ckr(ErrorCode code, Situation situation) {
    switch (code) {
        case ErrorCode::InvalidArgument:
            return by_template(situation, CKR_ARGUMENTS_BAD, CKR_ATTRIBUTE_VALUE_INVALID);
        case ErrorCode::BufferTooSmall:
            return CKR_BUFFER_TOO_SMALL;
        case ErrorCode::NotSupported:
            return CKR_FUNCTION_NOT_SUPPORTED;
        case ErrorCode::DataInvalid:
            return by_template(situation,
                               by_input(situation, CKR_DATA_INVALID, CKR_ENCRYPTED_DATA_INVALID),
                               CKR_TEMPLATE_INCONSISTENT);
        case ErrorCode::DataSizeInvalid:
            return by_template(
                situation, by_input(situation, CKR_DATA_LEN_RANGE, CKR_ENCRYPTED_DATA_LEN_RANGE),
                CKR_ATTRIBUTE_VALUE_INVALID);
        case ErrorCode::KeyNotFound:
            return by_template(situation, about_key(situation, CKR_KEY_HANDLE_INVALID),
                               CKR_ATTRIBUTE_VALUE_INVALID);
        case ErrorCode::ObjectNotFound:
            return by_template(situation, about_key(situation, CKR_OBJECT_HANDLE_INVALID),
                               CKR_ATTRIBUTE_VALUE_INVALID);
        // The value is CKA_ID's: the place that it names is taken.
        case ErrorCode::AlreadyExists:
            return CKR_ATTRIBUTE_VALUE_INVALID;
        // "Could not be performed, the state is as before": the caller may try again.
        case ErrorCode::TimedOut:
        case ErrorCode::NoProgress:
        case ErrorCode::CardBusy:
        case ErrorCode::SystemFailed:
            return CKR_FUNCTION_FAILED;
        case ErrorCode::Cancelled:
            return CKR_FUNCTION_CANCELED;
        case ErrorCode::ShuttingDown:
            return CKR_CRYPTOKI_NOT_INITIALIZED;
        case ErrorCode::ServiceUnavailable:
        case ErrorCode::ReaderUnavailable:
        case ErrorCode::CardAbsent:
        case ErrorCode::CardRemoved:
        case ErrorCode::CardChanged:
            return gone(situation);
        case ErrorCode::AccessDenied:
            return situation == Situation::Slot ? CKR_TOKEN_NOT_PRESENT : CKR_DEVICE_ERROR;
        // The standard has "not recognized" for functions of slots only.
        case ErrorCode::CardNotRecognized:
            return situation == Situation::Slot ? CKR_TOKEN_NOT_RECOGNIZED : CKR_DEVICE_ERROR;
        case ErrorCode::CardReset:
        case ErrorCode::CardUnresponsive:
        case ErrorCode::CardDataMalformed:
        case ErrorCode::CardRefused:
        case ErrorCode::OutcomeUnknown:
        case ErrorCode::ResponseWrong:
            return CKR_DEVICE_ERROR;
        case ErrorCode::CardFull:
            return CKR_DEVICE_MEMORY;
        case ErrorCode::SecurityNotSatisfied:
        case ErrorCode::LoginRequired:
        case ErrorCode::PinWithheld:
            return CKR_USER_NOT_LOGGED_IN;
        // Not CKR_USER_NOT_LOGGED_IN: programs would ask for the PIN, which does not help.
        case ErrorCode::ManagementKeyRequired:
            return CKR_TOKEN_WRITE_PROTECTED;
        // Not CKR_PIN_LEN_RANGE, which C_Login may not return; programs then ask for the PIN again.
        case ErrorCode::PinIncorrect:
        case ErrorCode::PinFormatInvalid:
            return about_pin(situation, CKR_PIN_INCORRECT);
        case ErrorCode::PinBlocked:
            return about_pin(situation, CKR_PIN_LOCKED);
        case ErrorCode::OutOfMemory:
            return CKR_HOST_MEMORY;
        case ErrorCode::Internal:
            return CKR_GENERAL_ERROR;
    }
    return CKR_GENERAL_ERROR;
}

}  // namespace cardmux::pkcs11
