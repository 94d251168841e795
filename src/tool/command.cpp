// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "tool/command.h"

#include <fmt/core.h>

#include <cstdio>
#include <cstring>

#include "tool/answer.h"

namespace cardmux::tool {

ExitCode exit_code_for(const Error& error) {
    switch (error.code) {
        case ErrorCode::InvalidArgument:
        case ErrorCode::NotSupported:
            return ExitCode::Usage;
        case ErrorCode::ReaderUnavailable:
        case ErrorCode::CardAbsent:
        case ErrorCode::CardRemoved:
        case ErrorCode::CardChanged:
        case ErrorCode::CardNotRecognized:
            return ExitCode::NoCard;
        case ErrorCode::LoginRequired:
        case ErrorCode::PinIncorrect:
        case ErrorCode::PinBlocked:
        case ErrorCode::PinFormatInvalid:
        case ErrorCode::PinWithheld:
            return ExitCode::Pin;
        case ErrorCode::ServiceUnavailable:
        case ErrorCode::AccessDenied:
            return ExitCode::NoService;
        case ErrorCode::KeyNotFound:
        case ErrorCode::ObjectNotFound:
            return ExitCode::NotFound;
        case ErrorCode::TimedOut:
        case ErrorCode::NoProgress:
            return ExitCode::TimedOut;
        default:
            return ExitCode::Failed;
    }
}

const char* name_of(ExitCode code) {
    switch (code) {
        case ExitCode::Ok:
            return "Ok";
        case ExitCode::Failed:
            return "Failed";
        case ExitCode::Usage:
            return "Usage";
        case ExitCode::NoCard:
            return "NoCard";
        case ExitCode::Pin:
            return "Pin";
        case ExitCode::NoService:
            return "NoService";
        case ExitCode::NotFound:
            return "NotFound";
        case ExitCode::TimedOut:
            return "TimedOut";
    }
    return "Failed";  // a program's own code, passed on
}

ExitCode report_error(const std::string& what, const Error& error) {
    fmt::print(stderr, "cardmux: {}: {}\n", what, to_string(error));
    note_failure(name_of(error.code), what + ": " + to_string(error), advice_for(error.code));
    return exit_code_for(error);
}

ExitCode report_problem(ExitCode code, const std::string& what, const std::string& next_step) {
    fmt::print(stderr, "cardmux: {}\n  next: {}\n", what, next_step);
    note_failure(name_of(code), what, next_step);
    return code;
}

ExitCode report_system_error(const std::string& do_what, const Error& error) {
    if (error.code != ErrorCode::SystemFailed || error.platform_code == 0)
        return report_error(do_what, error);
    const std::string why = std::strerror(static_cast<int>(error.platform_code));
    fmt::print(stderr, "cardmux: cannot {}: {}\n", do_what, why);
    note_failure(name_of(error.code), "cannot " + do_what + ": " + why, advice_for(error.code));
    return exit_code_for(error);
}

}  // namespace cardmux::tool
