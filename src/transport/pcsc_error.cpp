// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "transport/pcsc_error.h"

#include <optional>

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

/// winscard's own.
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
    // Somebody has it for himself, or the service asks for patience: try again, a few times.
    {word(SCARD_E_SHARING_VIOLATION), ErrorCode::CardBusy},
    {word(SCARD_E_NOT_READY), ErrorCode::CardBusy},
    {word(SCARD_E_SERVER_TOO_BUSY), ErrorCode::CardBusy},
    // Not for this user (polkit, on Linux).
    {word(SCARD_W_SECURITY_VIOLATION), ErrorCode::AccessDenied},
    {word(SCARD_E_NO_ACCESS), ErrorCode::AccessDenied},
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

/// Windows mixes its general codes in: what the reader's driver said, and what became of the call
/// to the service, above all over remote desktop.
constexpr Row win32_rows[] = {
    {6, ErrorCode::ServiceUnavailable},     // ERROR_INVALID_HANDLE
    {109, ErrorCode::ServiceUnavailable},   // ERROR_BROKEN_PIPE
    {1062, ErrorCode::ServiceUnavailable},  // ERROR_SERVICE_NOT_ACTIVE
    {1115, ErrorCode::ServiceUnavailable},  // ERROR_SHUTDOWN_IN_PROGRESS
    {55, ErrorCode::ReaderUnavailable},     // ERROR_DEV_NOT_EXIST
    {433, ErrorCode::ReaderUnavailable},    // ERROR_NO_SUCH_DEVICE
    {1167, ErrorCode::ReaderUnavailable},   // ERROR_DEVICE_NOT_CONNECTED
    {1617, ErrorCode::ReaderUnavailable},   // ERROR_DEVICE_REMOVED
    {1110, ErrorCode::CardRemoved},         // ERROR_MEDIA_CHANGED
    {1112, ErrorCode::CardRemoved},         // ERROR_NO_MEDIA_IN_DRIVE
    {170, ErrorCode::CardBusy},             // ERROR_BUSY
    {1723, ErrorCode::CardBusy},            // RPC_S_SERVER_TOO_BUSY
    {5, ErrorCode::AccessDenied},           // ERROR_ACCESS_DENIED
    {1223, ErrorCode::Cancelled},           // ERROR_CANCELLED
    {8, ErrorCode::OutOfMemory},            // ERROR_NOT_ENOUGH_MEMORY
    {14, ErrorCode::OutOfMemory},           // ERROR_OUTOFMEMORY
    {1450, ErrorCode::OutOfMemory},         // ERROR_NO_SYSTEM_RESOURCES
    {50, ErrorCode::NotSupported},          // ERROR_NOT_SUPPORTED
    {87, ErrorCode::Internal},              // ERROR_INVALID_PARAMETER
    {122, ErrorCode::Internal},             // ERROR_INSUFFICIENT_BUFFER
};

/// RPC_S_, RPC_X_ and EPT_S_ codes: the call did not get to the service, or its answer not to us.
bool is_about_the_call(std::uint32_t code) {
    return (code >= 1700 && code <= 1783) || (code >= 1817 && code <= 1833);
}

template <std::size_t count>
std::optional<ErrorCode> look_up(const Row (&table)[count], std::uint32_t code) {
    for (const Row& row : table)
        if (row.code == code) return row.meaning;
    return std::nullopt;
}

/// What is no other thing is the reader's or its driver's failure (ERROR_GEN_FAILURE 31,
/// ERROR_BAD_COMMAND 22, ERROR_SEM_TIMEOUT 121, ERROR_IO_DEVICE 1117 ...): as with a bad contact.
ErrorCode meaning_of_win32(std::uint32_t code) {
    if (const auto known = look_up(win32_rows, code)) return *known;
    return is_about_the_call(code) ? ErrorCode::ServiceUnavailable : ErrorCode::CardUnresponsive;
}

ErrorCode meaning_of(std::uint32_t code) {
    constexpr std::uint32_t low_word = 0xFFFF;
    constexpr std::uint32_t win32_in_hresult = 0x80070000;
    if (code <= low_word) return meaning_of_win32(code);
    if ((code & ~low_word) == win32_in_hresult) return meaning_of_win32(code & low_word);
    return look_up(rows, code).value_or(ErrorCode::SystemFailed);
}

}  // namespace

Error pcsc_error(std::uint32_t code, const char* operation, const char* file, int line) {
    return Error(meaning_of(code), operation, file, line).with_platform_code(code);
}

}  // namespace cardmux::transport
