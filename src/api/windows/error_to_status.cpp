// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "api/windows/error_to_status.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace cardmux::api {
namespace {

namespace s = status;

struct NamedStatus {
    Status status;
    const char* name;
};

constexpr std::array named = {
    NamedStatus{s::success, "ERROR_SUCCESS"},
    NamedStatus{s::error_not_enough_memory, "ERROR_NOT_ENOUGH_MEMORY"},
    NamedStatus{s::error_invalid_parameter, "ERROR_INVALID_PARAMETER"},
    NamedStatus{s::error_busy, "ERROR_BUSY"},
    NamedStatus{s::error_more_data, "ERROR_MORE_DATA"},
    NamedStatus{s::error_no_more_items, "ERROR_NO_MORE_ITEMS"},
    NamedStatus{s::error_timeout, "ERROR_TIMEOUT"},
    NamedStatus{s::nte_bad_uid, "NTE_BAD_UID"},
    NamedStatus{s::nte_bad_hash, "NTE_BAD_HASH"},
    NamedStatus{s::nte_bad_key, "NTE_BAD_KEY"},
    NamedStatus{s::nte_bad_len, "NTE_BAD_LEN"},
    NamedStatus{s::nte_bad_data, "NTE_BAD_DATA"},
    NamedStatus{s::nte_bad_signature, "NTE_BAD_SIGNATURE"},
    NamedStatus{s::nte_bad_ver, "NTE_BAD_VER"},
    NamedStatus{s::nte_bad_algid, "NTE_BAD_ALGID"},
    NamedStatus{s::nte_bad_flags, "NTE_BAD_FLAGS"},
    NamedStatus{s::nte_bad_type, "NTE_BAD_TYPE"},
    NamedStatus{s::nte_bad_key_state, "NTE_BAD_KEY_STATE"},
    NamedStatus{s::nte_bad_hash_state, "NTE_BAD_HASH_STATE"},
    NamedStatus{s::nte_no_key, "NTE_NO_KEY"},
    NamedStatus{s::nte_no_memory, "NTE_NO_MEMORY"},
    NamedStatus{s::nte_exists, "NTE_EXISTS"},
    NamedStatus{s::nte_perm, "NTE_PERM"},
    NamedStatus{s::nte_not_found, "NTE_NOT_FOUND"},
    NamedStatus{s::nte_bad_public_key, "NTE_BAD_PUBLIC_KEY"},
    NamedStatus{s::nte_bad_keyset, "NTE_BAD_KEYSET"},
    NamedStatus{s::nte_provider_dll_fail, "NTE_PROVIDER_DLL_FAIL"},
    NamedStatus{s::nte_bad_keyset_param, "NTE_BAD_KEYSET_PARAM"},
    NamedStatus{s::nte_fail, "NTE_FAIL"},
    NamedStatus{s::nte_silent_context, "NTE_SILENT_CONTEXT"},
    NamedStatus{s::nte_token_keyset_storage_full, "NTE_TOKEN_KEYSET_STORAGE_FULL"},
    NamedStatus{s::nte_fixedparameter, "NTE_FIXEDPARAMETER"},
    NamedStatus{s::nte_invalid_handle, "NTE_INVALID_HANDLE"},
    NamedStatus{s::nte_invalid_parameter, "NTE_INVALID_PARAMETER"},
    NamedStatus{s::nte_buffer_too_small, "NTE_BUFFER_TOO_SMALL"},
    NamedStatus{s::nte_not_supported, "NTE_NOT_SUPPORTED"},
    NamedStatus{s::nte_no_more_items, "NTE_NO_MORE_ITEMS"},
    NamedStatus{s::nte_decryption_failure, "NTE_DECRYPTION_FAILURE"},
    NamedStatus{s::nte_internal_error, "NTE_INTERNAL_ERROR"},
    NamedStatus{s::scard_f_internal_error, "SCARD_F_INTERNAL_ERROR"},
    NamedStatus{s::scard_e_cancelled, "SCARD_E_CANCELLED"},
    NamedStatus{s::scard_e_unknown_reader, "SCARD_E_UNKNOWN_READER"},
    NamedStatus{s::scard_e_timeout, "SCARD_E_TIMEOUT"},
    NamedStatus{s::scard_e_sharing_violation, "SCARD_E_SHARING_VIOLATION"},
    NamedStatus{s::scard_e_no_smartcard, "SCARD_E_NO_SMARTCARD"},
    NamedStatus{s::scard_e_unknown_card, "SCARD_E_UNKNOWN_CARD"},
    NamedStatus{s::scard_e_system_cancelled, "SCARD_E_SYSTEM_CANCELLED"},
    NamedStatus{s::scard_f_comm_error, "SCARD_F_COMM_ERROR"},
    NamedStatus{s::scard_p_shutdown, "SCARD_P_SHUTDOWN"},
    NamedStatus{s::scard_e_no_service, "SCARD_E_NO_SERVICE"},
    NamedStatus{s::scard_e_unexpected, "SCARD_E_UNEXPECTED"},
    NamedStatus{s::scard_e_unsupported_feature, "SCARD_E_UNSUPPORTED_FEATURE"},
    NamedStatus{s::scard_e_no_access, "SCARD_E_NO_ACCESS"},
    NamedStatus{s::scard_e_invalid_chv, "SCARD_E_INVALID_CHV"},
    NamedStatus{s::scard_e_no_such_certificate, "SCARD_E_NO_SUCH_CERTIFICATE"},
    NamedStatus{s::scard_e_no_readers_available, "SCARD_E_NO_READERS_AVAILABLE"},
    NamedStatus{s::scard_e_no_key_container, "SCARD_E_NO_KEY_CONTAINER"},
    NamedStatus{s::scard_e_read_only_card, "SCARD_E_READ_ONLY_CARD"},
    NamedStatus{s::scard_w_unresponsive_card, "SCARD_W_UNRESPONSIVE_CARD"},
    NamedStatus{s::scard_w_reset_card, "SCARD_W_RESET_CARD"},
    NamedStatus{s::scard_w_removed_card, "SCARD_W_REMOVED_CARD"},
    NamedStatus{s::scard_w_security_violation, "SCARD_W_SECURITY_VIOLATION"},
    NamedStatus{s::scard_w_wrong_chv, "SCARD_W_WRONG_CHV"},
    NamedStatus{s::scard_w_chv_blocked, "SCARD_W_CHV_BLOCKED"},
    NamedStatus{s::scard_w_cancelled_by_user, "SCARD_W_CANCELLED_BY_USER"},
    NamedStatus{s::scard_w_card_not_authenticated, "SCARD_W_CARD_NOT_AUTHENTICATED"},
};

/// Errors that each interface has codes of its own for.
Status of_arguments(const Error& error, WindowsInterface api, CallPurpose purpose) {
    const bool csp = api == WindowsInterface::Csp;
    const bool opening = purpose == CallPurpose::OpenContainer;
    switch (error.code) {
        case ErrorCode::InvalidArgument:
            if (csp && opening) return s::nte_bad_keyset_param;
            return csp ? s::error_invalid_parameter : s::nte_invalid_parameter;
        case ErrorCode::BufferTooSmall:
            return csp ? s::error_more_data : s::nte_buffer_too_small;
        case ErrorCode::NotSupported:
            return csp ? s::nte_bad_algid : s::nte_not_supported;
        case ErrorCode::DataSizeInvalid:
            return csp ? s::nte_bad_len : s::nte_invalid_parameter;
        case ErrorCode::KeyNotFound:
            return opening ? s::nte_bad_keyset : s::nte_no_key;
        default:
            return s::nte_bad_data;  // DataInvalid
    }
}

Status of_world(const Error& error) {
    switch (error.code) {
        case ErrorCode::ServiceUnavailable:
            return s::scard_e_no_service;
        case ErrorCode::AccessDenied:
            return s::scard_e_no_access;
        case ErrorCode::ReaderUnavailable:
            return s::scard_e_no_readers_available;
        case ErrorCode::CardAbsent:
            return s::scard_e_no_smartcard;
        case ErrorCode::CardReset:
            return s::scard_w_reset_card;
        case ErrorCode::CardBusy:
            return s::scard_e_sharing_violation;
        case ErrorCode::CardUnresponsive:
            return s::scard_w_unresponsive_card;
        default:
            return s::scard_w_removed_card;  // CardRemoved, CardChanged
    }
}

Status of_authority(const Error& error) {
    switch (error.code) {
        case ErrorCode::LoginRequired:
            return s::nte_silent_context;
        case ErrorCode::PinIncorrect:
            return s::scard_w_wrong_chv;
        case ErrorCode::PinBlocked:
            return s::scard_w_chv_blocked;
        case ErrorCode::PinFormatInvalid:
            return s::scard_e_invalid_chv;
        default:
            return s::scard_w_card_not_authenticated;  // PinWithheld
    }
}

}  // namespace

Status status_for(const Error& error, WindowsInterface api, CallPurpose purpose) {
    switch (error.code) {
        case ErrorCode::InvalidArgument:
        case ErrorCode::BufferTooSmall:
        case ErrorCode::NotSupported:
        case ErrorCode::DataInvalid:
        case ErrorCode::DataSizeInvalid:
        case ErrorCode::KeyNotFound:
            return of_arguments(error, api, purpose);
        case ErrorCode::ObjectNotFound:
            return purpose == CallPurpose::OpenContainer ? s::scard_e_no_key_container
                                                         : s::nte_not_found;
        case ErrorCode::AlreadyExists:
            return s::nte_exists;
        case ErrorCode::TimedOut:
        case ErrorCode::NoProgress:
            return s::scard_e_timeout;
        case ErrorCode::Cancelled:
            return error.detail == 1 ? s::scard_w_cancelled_by_user : s::scard_e_cancelled;
        case ErrorCode::ShuttingDown:
            return s::scard_e_system_cancelled;
        case ErrorCode::ServiceUnavailable:
        case ErrorCode::AccessDenied:
        case ErrorCode::ReaderUnavailable:
        case ErrorCode::CardAbsent:
        case ErrorCode::CardRemoved:
        case ErrorCode::CardReset:
        case ErrorCode::CardChanged:
        case ErrorCode::CardBusy:
        case ErrorCode::CardUnresponsive:
            return of_world(error);
        case ErrorCode::CardNotRecognized:
            return s::scard_e_unknown_card;
        case ErrorCode::CardDataMalformed:
        case ErrorCode::CardRefused:
        case ErrorCode::OutcomeUnknown:
        case ErrorCode::ResponseWrong:
            return s::scard_e_unexpected;
        case ErrorCode::CardFull:
            return s::nte_token_keyset_storage_full;
        case ErrorCode::SecurityNotSatisfied:
        case ErrorCode::ManagementKeyRequired:
            return s::scard_w_security_violation;
        case ErrorCode::LoginRequired:
        case ErrorCode::PinIncorrect:
        case ErrorCode::PinBlocked:
        case ErrorCode::PinFormatInvalid:
        case ErrorCode::PinWithheld:
            return of_authority(error);
        case ErrorCode::OutOfMemory:
            return s::nte_no_memory;
        case ErrorCode::SystemFailed:
            return s::nte_fail;
        case ErrorCode::Internal:
            return api == WindowsInterface::Csp ? s::nte_fail : s::nte_internal_error;
    }
    return s::nte_fail;
}

std::string name_of_status(Status status) {
    const auto* found = std::ranges::find(named, status, &NamedStatus::status);
    if (found != named.end()) return found->name;
    char text[16];
    std::snprintf(text, sizeof text, "0x%08X", status);
    return text;
}

}  // namespace cardmux::api
