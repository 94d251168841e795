// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Aim: each recovery class of PC/SC return codes leads to the error whose recovery it is. The codes
// are written as numbers, so that a header that names them otherwise is found too.
#include "transport/pcsc_error.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace cardmux::transport {
namespace {

struct Expectation {
    ErrorCode meaning;
    std::vector<std::uint32_t> codes;
};

const std::vector<Expectation> expectations = {
    {ErrorCode::CardReset, {0x80100068, 0x80100067}},
    {ErrorCode::CardRemoved, {0x80100069, 0x8010000C}},
    {ErrorCode::CardUnresponsive,
     {0x80100066, 0x80100065, 0x8010001C, 0x8010000F, 0x80100015, 0x80100013, 0x8010002F,
      0x80100007, 0x80100014, 0x80100016, 0x8010001F}},
    {ErrorCode::ReaderUnavailable, {0x80100017, 0x80100009, 0x8010002E, 0x8010001A}},
    {ErrorCode::ServiceUnavailable,
     {0x80100003, 0x8010001D, 0x8010001E, 0x80100012, 0x8010002B, 0x80100018, 0x80100001, 6, 109,
      1702, 1722, 1726, 1727}},
    {ErrorCode::CardBusy, {0x8010000B, 0x80100010, 0x80100031}},
    {ErrorCode::AccessDenied, {0x8010006A, 0x80100027, 5}},
    {ErrorCode::Cancelled, {0x80100002}},
    {ErrorCode::TimedOut, {0x8010000A}},
    {ErrorCode::OutOfMemory, {0x80100006}},
    {ErrorCode::NotSupported, {0x80100022}},
    {ErrorCode::Internal, {0x80100004, 0x80100011, 0x80100008, 0x80100019}},
};

TEST(PcscError, gives_each_code_the_meaning_of_its_recovery_class) {
    std::set<std::uint32_t> seen;
    for (const Expectation& expectation : expectations) {
        for (std::uint32_t code : expectation.codes) {
            EXPECT_EQ(pcsc_error(code, "SCardTransmit").code, expectation.meaning)
                << std::hex << code;
            EXPECT_TRUE(seen.insert(code).second) << std::hex << code << " is listed twice";
        }
    }
}

TEST(PcscError, recovers_from_the_general_codes_of_windows) {
    const std::vector<Expectation> general = {
        {ErrorCode::CardUnresponsive, {22, 23, 31, 121, 995, 1117, 1460, 1785, 4711}},
        {ErrorCode::ServiceUnavailable,
         {1062, 1115, 1700, 1717, 1753, 1783, 1818, 1825, 0x800706BA /* 1722 */}},
        {ErrorCode::ReaderUnavailable, {55, 433, 1167, 1617}},
        {ErrorCode::CardRemoved, {1110, 1112}},
        {ErrorCode::CardBusy, {170, 1723}},
        {ErrorCode::OutOfMemory, {8, 14, 1450}},
        {ErrorCode::Cancelled, {1223}},
        {ErrorCode::NotSupported, {50}},
        {ErrorCode::Internal, {87, 122}},
    };
    for (const Expectation& expectation : general) {
        for (std::uint32_t code : expectation.codes) {
            const Error error = pcsc_error(code, "SCardTransmit");
            EXPECT_EQ(error.code, expectation.meaning) << code;
            EXPECT_EQ(error.platform_code, code);
        }
    }
}

TEST(PcscError, keeps_the_code_the_operation_and_the_place) {
    const Error error = pcsc_error(0x80100069, "SCardBeginTransaction");
    EXPECT_EQ(error.platform_code, 0x80100069);
    EXPECT_STREQ(error.operation, "SCardBeginTransaction");
    EXPECT_NE(std::string(error.file).find("pcsc_error_test.cpp"), std::string::npos);
    EXPECT_EQ(error.status_word, 0);
}

TEST(PcscError, makes_an_unknown_code_a_system_failure_that_names_it) {
    const Error error = pcsc_error(0x801000FF, "SCardConnect");
    EXPECT_EQ(error.code, ErrorCode::SystemFailed);
    EXPECT_EQ(error.platform_code, 0x801000FF);
}

}  // namespace
}  // namespace cardmux::transport
