// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The one error type of Cardmux: a small flat value, made where the failure is seen and passed up
// unchanged. Codes say what the caller can do about it; each interface translates them in one table
// (api/pkcs11/error_to_ckr.cpp). Never thrown.
#pragma once

#include <cstdint>
#include <string>

namespace cardmux {

enum class ErrorCode : std::uint8_t {
    // The caller's own mistakes.
    InvalidArgument,  ///< a value that no call of this kind may have
    BufferTooSmall,   ///< detail: size needed, in bytes
    NotSupported,     ///< this card, driver or build cannot do it
    DataInvalid,      ///< the input has the wrong form (padding, structure)
    DataSizeInvalid,  ///< the input has the wrong length
    KeyNotFound,      ///< no such key on this card
    ObjectNotFound,   ///< no such object on this card
    AlreadyExists,    ///< the place or name on the card is taken
    // Waiting ended without the card's answer.
    TimedOut,      ///< the caller's deadline passed
    NoProgress,    ///< nothing at all moved on this card for detail milliseconds
    Cancelled,     ///< the caller, its client or its interface gave the operation up
    ShuttingDown,  ///< the provider is being taken down
    // The world around the card.
    ServiceUnavailable,  ///< no smart card service (pcscd) answers
    AccessDenied,        ///< the smart card service refuses this user
    ReaderUnavailable,   ///< the reader is unplugged or unknown
    CardAbsent,          ///< the reader is empty
    CardRemoved,         ///< the card left during or before this operation
    CardReset,           ///< somebody reset the card: its state is gone, the card is there
    CardChanged,         ///< another card is in the reader now
    CardBusy,            ///< another program has exclusive use of the card
    CardUnresponsive,    ///< the card or reader does not answer properly
    // What the card said.
    CardNotRecognized,     ///< no driver knows this card
    CardDataMalformed,     ///< the card's answer cannot be understood
    CardRefused,           ///< the card said no; status_word tells
    CardFull,              ///< no memory left on the card
    SecurityNotSatisfied,  ///< the card wants a PIN or a key first
    OutcomeUnknown,  ///< the command may or may not have been carried out; it was not repeated
    ResponseWrong,   ///< the card's result does not match its public key
    // Authority.
    LoginRequired,     ///< this client has to log in (again)
    PinIncorrect,      ///< detail: tries left
    PinBlocked,        ///< no tries left: unblock with the PUK
    PinFormatInvalid,  ///< length or characters no PIN of this card can have
    PinWithheld,       ///< we did not present the PIN, to save the card's tries; detail: tries left
    ManagementKeyRequired,  ///< to write, and none is known that the card accepts
    // Ours.
    OutOfMemory,
    SystemFailed,  ///< an operating system call failed; platform_code: errno or Win32 code
    Internal,      ///< a bug in Cardmux
};

/// The code's name as written above, for logs and --json.
const char* name_of(ErrorCode code);

/// One sentence for a person: what it means and what to do next.
const char* advice_for(ErrorCode code);

struct Error {
    ErrorCode code = ErrorCode::Internal;
    std::uint16_t status_word = 0;   ///< the card's, 0 if it gave none
    std::int64_t platform_code = 0;  ///< PC/SC's (as unsigned 32 bits) or the system's, 0 if none
    std::int64_t detail = 0;         ///< meaning fixed by the code
    const char* operation = "";      ///< static text: what was being done, e.g. "PIV VERIFY"
    const char* file = "";           ///< where it was born
    int line = 0;

    Error() = default;
    // NOLINTNEXTLINE(google-explicit-constructor): the place of birth is taken from the caller
    Error(ErrorCode code_, const char* operation_, const char* file_ = __builtin_FILE(),
          int line_ = __builtin_LINE())
        : code(code_), operation(operation_), file(file_), line(line_) {}

    Error with_status_word(std::uint16_t word) const;
    Error with_platform_code(std::int64_t value) const;
    Error with_detail(std::int64_t value) const;
};

/// "PIV VERIFY: PinIncorrect (tries left 2, status word 63C2): the PIN is wrong; ..."
std::string to_string(const Error& error);

}  // namespace cardmux
