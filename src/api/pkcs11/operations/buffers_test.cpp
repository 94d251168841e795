// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "api/pkcs11/operations/buffers.h"

#include <gtest/gtest.h>

#include <array>

namespace cardmux::pkcs11 {
namespace {

TEST(OutputBuffer, writes_what_fits_and_tells_its_size) {
    std::array<CK_BYTE, 4> room{};
    CK_ULONG size = room.size();
    EXPECT_TRUE(OutputBuffer(room.data(), &size).write(Bytes{1, 2, 3}).ok());
    EXPECT_EQ(size, 3u);
    EXPECT_EQ(room, (std::array<CK_BYTE, 4>{1, 2, 3, 0}));
}

TEST(OutputBuffer, refuses_what_does_not_fit_and_writes_nothing) {
    std::array<CK_BYTE, 4> room{};
    CK_ULONG size = 3;
    const auto written = OutputBuffer(room.data(), &size).write(Bytes{1, 2, 3, 4});
    ASSERT_FALSE(written.ok());
    EXPECT_EQ(written.error().cause->code, ErrorCode::ResponseWrong);
    EXPECT_EQ(room, (std::array<CK_BYTE, 4>{}));
    EXPECT_FALSE(OutputBuffer(nullptr, &size).write(Bytes{1}).ok());
}

}  // namespace
}  // namespace cardmux::pkcs11
