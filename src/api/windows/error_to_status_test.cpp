// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "api/windows/error_to_status.h"

#include <gtest/gtest.h>

namespace cardmux::api {
namespace {

constexpr auto last_code = static_cast<int>(ErrorCode::Internal);

TEST(ErrorToStatus, is_never_the_error_of_base_csp) {
    constexpr Status error_invalid_handle = 6;
    for (int code = 0; code <= last_code; ++code) {
        for (const auto api : {WindowsInterface::Csp, WindowsInterface::Ksp}) {
            for (const auto purpose :
                 {CallPurpose::OpenContainer, CallPurpose::UseKey, CallPurpose::Other}) {
                const Status status =
                    status_for(Error(static_cast<ErrorCode>(code), "test"), api, purpose);
                EXPECT_NE(status, error_invalid_handle) << code;
                EXPECT_NE(status, status::success) << code;
                EXPECT_FALSE(name_of_status(status).starts_with("0x")) << code;
            }
        }
    }
}

TEST(ErrorToStatus, says_what_base_csp_says) {
    const auto csp = [](ErrorCode code, CallPurpose purpose = CallPurpose::UseKey) {
        return status_for(Error(code, "test"), WindowsInterface::Csp, purpose);
    };
    EXPECT_EQ(csp(ErrorCode::CardAbsent), 0x8010000CU);     // SCARD_E_NO_SMARTCARD
    EXPECT_EQ(csp(ErrorCode::CardRemoved), 0x80100069U);    // SCARD_W_REMOVED_CARD
    EXPECT_EQ(csp(ErrorCode::LoginRequired), 0x80090022U);  // NTE_SILENT_CONTEXT
    EXPECT_EQ(csp(ErrorCode::PinIncorrect), 0x8010006BU);   // SCARD_W_WRONG_CHV
    EXPECT_EQ(csp(ErrorCode::PinBlocked), 0x8010006CU);     // SCARD_W_CHV_BLOCKED
    EXPECT_EQ(csp(ErrorCode::KeyNotFound, CallPurpose::OpenContainer), 0x80090016U);
    EXPECT_EQ(csp(ErrorCode::ObjectNotFound, CallPurpose::OpenContainer), 0x80100030U);
}

TEST(ErrorToStatus, tells_a_person_who_cancels_from_a_program) {
    const Error by_program(ErrorCode::Cancelled, "test");
    EXPECT_EQ(status_for(by_program, WindowsInterface::Ksp, CallPurpose::UseKey), 0x80100002U);
    EXPECT_EQ(status_for(by_program.with_detail(1), WindowsInterface::Ksp, CallPurpose::UseKey),
              0x8010006EU);
}

}  // namespace
}  // namespace cardmux::api
