// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "transport/pcsc_error.h"

#include "transport/pcsc_calls.h"

namespace cardmux::transport {
namespace {

struct Row {
    std::uint32_t code;
    ErrorCode meaning;
};

constexpr std::uint32_t word(LONG code) {
    return static_cast<std::uint32_t>(code);
}

constexpr Row rows[] = {
    // The card is there, its state is gone: reconnect, begin again.
    {word(SCARD_W_RESET_CARD), ErrorCode::CardReset},
    {word(SCARD_W_UNPOWERED_CARD), ErrorCode::CardReset},
    // The card is gone.
    {word(SCARD_W_REMOVED_CARD), ErrorCode::CardRemoved},
    {word(SCARD_E_NO_SMARTCARD), ErrorCode::CardRemoved},
    // Bad contact, or a card this reader cannot talk to: power it down once, then give up.
    {word(SCARD_W_UNRESPONSIVE_CARD), ErrorCode::CardUnresponsive},
    {word(SCARD_W_UNSUPPORTED_CARD), ErrorCode::CardUnresponsive},
    {word(SCARD_E_CARD_UNSUPPORTED), ErrorCode::CardUnresponsive},
    {word(SCARD_E_PROTO_MISMATCH), ErrorCode::CardUnresponsive},
    {word(SCARD_E_INVALID_ATR), ErrorCode::CardUnresponsive},
    {word(SCARD_F_COMM_ERROR), ErrorCode::CardUnresponsive},
    {word(SCARD_E_COMM_DATA_LOST), ErrorCode::CardUnresponsive},
    {word(SCARD_F_WAITED_TOO_LONG), ErrorCode::CardUnresponsive},
    {word(SCARD_F_UNKNOWN_ERROR), ErrorCode::CardUnresponsive},
    // pcsc-lite's SCardTransmit, where the reader's driver failed.
    {word(SCARD_E_NOT_TRANSACTED), ErrorCode::CardUnresponsive},
    // pcsc-lite gives SCARD_E_UNSUPPORTED_FEATURE this number too; we ask for no feature.
    {word(SCARD_E_UNEXPECTED), ErrorCode::CardUnresponsive},
    // The reader is unplugged.
    {word(SCARD_E_READER_UNAVAILABLE), ErrorCode::ReaderUnavailable},
    {word(SCARD_E_UNKNOWN_READER), ErrorCode::ReaderUnavailable},
    {word(SCARD_E_NO_READERS_AVAILABLE), ErrorCode::ReaderUnavailable},
    {word(SCARD_E_READER_UNSUPPORTED), ErrorCode::ReaderUnavailable},
    // The service went away, and with it everything we had from it: start anew.
    {word(SCARD_E_INVALID_HANDLE), ErrorCode::ServiceUnavailable},
    {word(SCARD_E_NO_SERVICE), ErrorCode::ServiceUnavailable},
    {word(SCARD_E_SERVICE_STOPPED), ErrorCode::ServiceUnavailable},
    {word(SCARD_E_SYSTEM_CANCELLED), ErrorCode::ServiceUnavailable},
    {word(SCARD_E_UNKNOWN_RES_MNG), ErrorCode::ServiceUnavailable},
    {word(SCARD_P_SHUTDOWN), ErrorCode::ServiceUnavailable},
    {word(SCARD_F_INTERNAL_ERROR), ErrorCode::ServiceUnavailable},
    // Windows mixes its general codes in, above all over remote desktop.
    {6, ErrorCode::ServiceUnavailable},     // ERROR_INVALID_HANDLE
    {109, ErrorCode::ServiceUnavailable},   // ERROR_BROKEN_PIPE
    {1702, ErrorCode::ServiceUnavailable},  // RPC_S_INVALID_BINDING
    {1722, ErrorCode::ServiceUnavailable},  // RPC_S_SERVER_UNAVAILABLE
    {1726, ErrorCode::ServiceUnavailable},  // RPC_S_CALL_FAILED
    {1727, ErrorCode::ServiceUnavailable},  // RPC_S_CALL_FAILED_DNE
    // Somebody has it for himself, or the service asks for patience: try again, a few times.
    {word(SCARD_E_SHARING_VIOLATION), ErrorCode::CardBusy},
    {word(SCARD_E_NOT_READY), ErrorCode::CardBusy},
    {word(SCARD_E_SERVER_TOO_BUSY), ErrorCode::CardBusy},
    // Not for this user (polkit, on Linux).
    {word(SCARD_W_SECURITY_VIOLATION), ErrorCode::AccessDenied},
    {word(SCARD_E_NO_ACCESS), ErrorCode::AccessDenied},
    {5, ErrorCode::AccessDenied},  // ERROR_ACCESS_DENIED
    // Ends of a wait.
    {word(SCARD_E_CANCELLED), ErrorCode::Cancelled},
    {word(SCARD_E_TIMEOUT), ErrorCode::TimedOut},
    // Ours.
    {word(SCARD_E_NO_MEMORY), ErrorCode::OutOfMemory},
    {0x80100022, ErrorCode::NotSupported},  // SCARD_E_UNSUPPORTED_FEATURE as Windows has it
    {word(SCARD_E_INVALID_PARAMETER), ErrorCode::Internal},
    {word(SCARD_E_INVALID_VALUE), ErrorCode::Internal},
    {word(SCARD_E_INSUFFICIENT_BUFFER), ErrorCode::Internal},
    {word(SCARD_E_PCI_TOO_SMALL), ErrorCode::Internal},
};

ErrorCode meaning_of(std::uint32_t code) {
    for (const Row& row : rows)
        if (row.code == code) return row.meaning;
    return ErrorCode::SystemFailed;
}

}  // namespace

Error pcsc_error(std::uint32_t code, const char* operation, const char* file, int line) {
    return Error(meaning_of(code), operation, file, line).with_platform_code(code);
}

}  // namespace cardmux::transport
