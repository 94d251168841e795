// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <gtest/gtest.h>
#include <windows.h>

#include "base/acting_for_process.h"

namespace cardmux {
namespace {

/// 0 while this thread impersonates somebody whom the system names.
DWORD no_token() {
    HANDLE token = nullptr;
    if (!OpenThreadToken(GetCurrentThread(), TOKEN_QUERY, TRUE, &token)) return GetLastError();
    CloseHandle(token);
    return 0;
}

TEST(ActingForProcess, ends_with_whom_the_thread_acted_for_before) {
    ASSERT_TRUE(ImpersonateSelf(SecurityImpersonation));
    ASSERT_EQ(no_token(), 0U);
    {
        const ActingForProcess process;
        EXPECT_EQ(no_token(), DWORD{ERROR_NO_TOKEN});
        {
            const ActingForProcess again;
            EXPECT_EQ(no_token(), DWORD{ERROR_NO_TOKEN});
        }
        EXPECT_EQ(no_token(), DWORD{ERROR_NO_TOKEN});
    }
    EXPECT_EQ(no_token(), 0U);
    RevertToSelf();
}

TEST(ActingForProcess, changes_nothing_for_a_thread_that_impersonates_nobody) {
    {
        const ActingForProcess process;
        EXPECT_EQ(no_token(), DWORD{ERROR_NO_TOKEN});
    }
    EXPECT_EQ(no_token(), DWORD{ERROR_NO_TOKEN});
}

}  // namespace
}  // namespace cardmux
