// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <fstream>
#include <sstream>
#include <string>

#include "base/secret.h"

namespace cardmux {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool under_sanitizer = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool under_sanitizer = true;
#else
constexpr bool under_sanitizer = false;
#endif
#else
constexpr bool under_sanitizer = false;
#endif

/// The kernel's flags of the pages that `address` lies in; empty if it lies in none.
std::string flags_of_pages_at(const void* address) {
    const auto wanted = reinterpret_cast<std::uintptr_t>(address);
    std::ifstream pages("/proc/self/smaps");
    bool is_here = false;
    for (std::string line; std::getline(pages, line);) {
        std::uintptr_t begin = 0;
        std::uintptr_t end = 0;
        char dash = 0;
        std::istringstream range(line);
        if (range >> std::hex >> begin >> dash >> end && dash == '-') {
            is_here = begin <= wanted && wanted < end;
        }
        if (is_here && line.starts_with("VmFlags:")) return line + " ";
    }
    return {};
}

SecretBytes secret(std::string_view text) {
    return SecretBytes(bytes_of(text));
}

TEST(SecretBytes, lie_in_pages_that_are_locked_and_in_no_core_dump) {
    rlimit limit{};
    ASSERT_EQ(getrlimit(RLIMIT_MEMLOCK, &limit), 0);
    if (under_sanitizer) GTEST_SKIP() << "sanitizers turn mlock off";
    if (limit.rlim_cur < 65536) GTEST_SKIP() << "this user may not lock memory";
    const SecretBytes pin = secret("123456");
    const std::string flags = flags_of_pages_at(pin.view().data());
    EXPECT_NE(flags.find(" lo "), std::string::npos) << flags;
    EXPECT_NE(flags.find(" dd "), std::string::npos) << flags;
}

TEST(SecretBytes, give_their_pages_back_when_released) {
    const void* address = nullptr;
    {
        const SecretBytes pin = secret("123456");
        address = pin.view().data();
        ASSERT_NE(flags_of_pages_at(address), "");
    }
    EXPECT_EQ(flags_of_pages_at(address).find(" lo "), std::string::npos);
}

/// Whether a forked child reads `expected` there.
bool child_reads(const SecretBytes& where, const Bytes& expected) {
    const pid_t child = fork();
    if (child == 0) _exit(equal(where.view(), expected) ? 0 : 1);
    int status = -1;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

TEST(SecretBytes, are_zeros_in_a_forked_child) {
    const SecretBytes pin = secret("123456");
    const SecretBytes copy = pin.clone();
    EXPECT_TRUE(child_reads(pin, Bytes(6)));
    EXPECT_TRUE(child_reads(copy, Bytes(6)));
    EXPECT_TRUE(pin.equals(secret("123456")));
}

TEST(SecretBytes, are_kept_in_a_forked_child_on_demand) {
    SecretBytes pin = secret("123456");
    pin.keep_in_children();
    EXPECT_TRUE(child_reads(pin, to_bytes(bytes_of("123456"))));
    EXPECT_TRUE(child_reads(pin.clone(), Bytes(6)));
    SecretBytes().keep_in_children();
}

}  // namespace
}  // namespace cardmux
