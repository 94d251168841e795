// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "base/error.h"

#include <array>
#include <cstdio>

namespace cardmux {
namespace {

struct CodeText {
    const char* name;
    const char* advice;
};

/// One switch for both texts, without a default: a new code does not compile until it has them.
// NOLINTNEXTLINE(readability-function-size): a table
CodeText text_of(ErrorCode code) {
    switch (code) {
        case ErrorCode::InvalidArgument:
            return {"InvalidArgument", "a value given to this call is not allowed here"};
        case ErrorCode::BufferTooSmall:
            return {"BufferTooSmall", "call again with a buffer of the size needed"};
        case ErrorCode::NotSupported:
            return {"NotSupported", "this card or this version of Cardmux cannot do that"};
        case ErrorCode::DataInvalid:
            return {"DataInvalid", "the input does not have the form this operation needs"};
        case ErrorCode::DataSizeInvalid:
            return {"DataSizeInvalid", "the input does not have the length this operation needs"};
        case ErrorCode::KeyNotFound:
            return {"KeyNotFound", "the card has no such key; 'cardmux list' shows what it has"};
        case ErrorCode::ObjectNotFound:
            return {"ObjectNotFound",
                    "the card has no such object; 'cardmux list' shows what it has"};
        case ErrorCode::AlreadyExists:
            return {"AlreadyExists",
                    "the card has such a key already; take another name or place, or replace it"};
        case ErrorCode::TimedOut:
            return {"TimedOut", "the card did not get to it in time; allow more time or less load"};
        case ErrorCode::NoProgress:
            return {
                "NoProgress",
                "nothing moved on this card; 'cardmux doctor' tells who holds it, or unplug the "
                "reader"};
        case ErrorCode::Cancelled:
            return {"Cancelled", "the operation was given up by its caller"};
        case ErrorCode::ShuttingDown:
            return {"ShuttingDown", "the module is being finalised; initialise it again to go on"};
        case ErrorCode::ServiceUnavailable:
            return {"ServiceUnavailable", "start the smart card service (pcscd)"};
        case ErrorCode::AccessDenied:
            return {"AccessDenied",
                    "the smart card service refuses this user; 'cardmux doctor' tells which rule"};
        case ErrorCode::ReaderUnavailable:
            return {"ReaderUnavailable", "plug the reader in"};
        case ErrorCode::CardAbsent:
            return {"CardAbsent", "insert the card"};
        case ErrorCode::CardRemoved:
            return {"CardRemoved", "put the card back"};
        case ErrorCode::CardReset:
            return {"CardReset", "another program keeps resetting the card; try again"};
        case ErrorCode::CardChanged:
            return {"CardChanged",
                    "another card is in the reader; open it anew or put back the first"};
        case ErrorCode::CardBusy:
            return {"CardBusy", "another program has the card for itself; end it or let it share"};
        case ErrorCode::CardUnresponsive:
            return {"CardUnresponsive", "take the card out, clean its contacts, put it back"};
        case ErrorCode::CardNotRecognized:
            return {"CardNotRecognized",
                    "the card answers no application that Cardmux knows (PIV)"};
        case ErrorCode::CardDataMalformed:
            return {"CardDataMalformed", "the card's data are damaged; write the object anew"};
        case ErrorCode::CardRefused:
            return {"CardRefused", "the card refused the command; its status word tells why"};
        case ErrorCode::CardFull:
            return {"CardFull", "delete an object from the card first"};
        case ErrorCode::SecurityNotSatisfied:
            return {"SecurityNotSatisfied",
                    "the card wants its PIN, a touch or a management key first"};
        case ErrorCode::OutcomeUnknown:
            return {
                "OutcomeUnknown",
                "the line broke after the command was sent; look at the card before repeating it"};
        case ErrorCode::ResponseWrong:
            return {"ResponseWrong",
                    "the card's result does not fit its certificate; the certificate may belong to "
                    "another key"};
        case ErrorCode::LoginRequired:
            return {"LoginRequired", "log in with the card's PIN"};
        case ErrorCode::PinIncorrect:
            return {"PinIncorrect", "the PIN is wrong"};
        case ErrorCode::PinBlocked:
            return {"PinBlocked", "the PIN is blocked; unblock it with the PUK"};
        case ErrorCode::PinFormatInvalid:
            return {"PinFormatInvalid", "a PIV PIN has 6 to 8 characters"};
        case ErrorCode::PinWithheld:
            return {
                "PinWithheld",
                "the PIN was not presented, to save the card's tries; log in with the right PIN"};
        case ErrorCode::ManagementKeyRequired:
            return {"ManagementKeyRequired",
                    "writing needs the card's management key; name its file in the setting "
                    "management_key_file, or have the card keep it behind the PIN"};
        case ErrorCode::OutOfMemory:
            return {"OutOfMemory", "free some memory"};
        case ErrorCode::SystemFailed:
            return {"SystemFailed", "the operating system refused; its error number tells why"};
        case ErrorCode::Internal:
            return {"Internal", "this is a bug in Cardmux; please report it with the log"};
    }
    return {"Unknown", ""};
}

bool detail_is_tries(ErrorCode code) {
    return code == ErrorCode::PinIncorrect || code == ErrorCode::PinWithheld;
}

}  // namespace

const char* name_of(ErrorCode code) {
    return text_of(code).name;
}

const char* advice_for(ErrorCode code) {
    return text_of(code).advice;
}

Error Error::with_status_word(std::uint16_t word) const {
    Error copy = *this;
    copy.status_word = word;
    return copy;
}

Error Error::with_platform_code(std::int64_t value) const {
    Error copy = *this;
    copy.platform_code = value;
    return copy;
}

Error Error::with_detail(std::int64_t value) const {
    Error copy = *this;
    copy.detail = value;
    return copy;
}

std::string to_string(const Error& error) {
    std::string facts;
    std::array<char, 64> text{};
    const auto add = [&](const char* format, auto value) {
        std::snprintf(text.data(), text.size(), format, value);
        facts += facts.empty() ? " (" : ", ";
        facts += text.data();
    };
    if (detail_is_tries(error.code) && error.detail >= 0)
        add("tries left %lld", static_cast<long long>(error.detail));
    if (error.status_word != 0) add("status word %04X", static_cast<unsigned>(error.status_word));
    if (error.platform_code != 0) {
        add("code 0x%llX", static_cast<unsigned long long>(error.platform_code));
    }
    if (!facts.empty()) facts += ")";
    return std::string(error.operation) + ": " + name_of(error.code) + facts + ": " +
           advice_for(error.code);
}

}  // namespace cardmux
