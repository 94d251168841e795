// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// What happens to a process with the module in it: fork, and exit without C_Finalize. Each child
// has a time limit of its own (alarm), so that a hang is a failure and no more.
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <thread>

#include "module_under_test.h"

// For AddressSanitizer: a child that ends among the threads of its parent, or while its own still
// work, leaves their memory. That is no leak.
extern "C" [[gnu::visibility("default")]] const char* __asan_default_options() {
    return "detect_leaks=0";
}

namespace conformance {
namespace {

constexpr unsigned child_seconds = 30;

/// g++ 12's ThreadSanitizer has no place for threads that a forked child starts ("dup thread").
#if defined(__SANITIZE_THREAD__)
constexpr bool threads_after_fork = false;
#else
constexpr bool threads_after_fork = true;
#endif

/// Nor does g++ 12's AddressSanitizer free its allocator's locks in a child: what another thread
/// held at the fork stays locked for ever.
#if defined(__SANITIZE_ADDRESS__)
constexpr bool memory_after_fork_among_threads = false;
#else
constexpr bool memory_after_fork_among_threads = true;
#endif

class ProcessTest : public ModuleTest {
  protected:
    /// The exit code of a child that runs `body`; 128 and more: killed by a signal.
    template <typename Body>
    static int in_child(Body body) {
        const pid_t child = fork();
        if (child == 0) {
            alarm(child_seconds);
            body();
            _exit(0);
        }
        int status = 0;
        EXPECT_EQ(waitpid(child, &status, 0), child);
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }

    /// Ends a child with the number of the step that went wrong.
    static void step(int number, bool succeeded) {
        if (!succeeded) _exit(number);
    }

    CK_RV sign_something(CK_SESSION_HANDLE session) {
        Bytes signature;
        const CK_RV code = sign_init(session, CKM_SHA256_RSA_PKCS, private_key(session, id_9a));
        return code == CKR_OK ? sign(session, bytes("x"), signature) : code;
    }
};

TEST_F(ProcessTest, forked_child_starts_clean_and_can_initialize) {
    if (!threads_after_fork) GTEST_SKIP() << "threads of a forked child";
    const CK_SESSION_HANDLE session = open_logged_in();
    EXPECT_EQ(sign_something(session), CKR_OK);
    EXPECT_EQ(in_child([&] {
                  CK_SESSION_INFO info{};
                  step(1, p11.C_GetSessionInfo(session, &info) == CKR_CRYPTOKI_NOT_INITIALIZED);
                  step(2, p11.C_Finalize(nullptr) == CKR_CRYPTOKI_NOT_INITIALIZED);
                  step(3, p11.C_Initialize(nullptr) == CKR_OK);
                  step(4, p11.C_GetSessionInfo(session, &info) == CKR_SESSION_HANDLE_INVALID);
                  const CK_SESSION_HANDLE own = open_logged_in();
                  step(5, sign_something(own) == CKR_OK);
                  step(6, p11.C_Finalize(nullptr) == CKR_OK);
              }),
              0);
    EXPECT_EQ(sign_something(session), CKR_OK);
}

TEST_F(ProcessTest, fork_while_others_sign_harms_neither_side) {
    const CK_SESSION_HANDLE first = open_logged_in();
    std::atomic<bool> stop = false;
    std::atomic<int> failures = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            const CK_SESSION_HANDLE session = open();
            while (!stop) {
                if (sign_something(session) != CKR_OK) ++failures;
            }
        });
    }
    for (int i = 0; i < 10; ++i) {
        EXPECT_EQ(in_child([&] {
                      CK_ULONG count = 0;
                      step(1, p11.C_GetSlotList(CK_TRUE, nullptr, &count) ==
                                  CKR_CRYPTOKI_NOT_INITIALIZED);
                  }),
                  0);
    }
    stop = true;
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(failures, 0);
    EXPECT_EQ(sign_something(first), CKR_OK);
}

TEST_F(ProcessTest, children_work_on_their_own_while_the_parents_threads_sign) {
    if (!threads_after_fork) GTEST_SKIP() << "threads of a forked child";
    if (!memory_after_fork_among_threads) GTEST_SKIP() << "memory of a child of busy threads";
    const CK_SESSION_HANDLE first = open_logged_in();
    std::atomic<bool> stop = false;
    std::atomic<int> failures = 0;
    std::atomic<int> signatures = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            const CK_SESSION_HANDLE session = open();
            while (!stop) {
                if (sign_something(session) != CKR_OK) ++failures;
                ++signatures;
            }
        });
    }
    for (int i = 0; i < 10; ++i) {
        const int before = signatures;
        EXPECT_EQ(in_child([&] {
                      CK_SESSION_INFO info{};
                      step(1, p11.C_GetSessionInfo(first, &info) == CKR_CRYPTOKI_NOT_INITIALIZED);
                      step(2, p11.C_Initialize(nullptr) == CKR_OK);
                      step(3, p11.C_GetSessionInfo(first, &info) == CKR_SESSION_HANDLE_INVALID);
                      const CK_SESSION_HANDLE own = open();
                      step(4, log_in(own) == CKR_OK);
                      step(5, sign_something(own) == CKR_OK);
                      step(6, p11.C_Finalize(nullptr) == CKR_OK);
                  }),
                  0);
        while (signatures == before) std::this_thread::yield();
    }
    stop = true;
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(failures, 0);
    EXPECT_EQ(sign_something(first), CKR_OK);
}

TEST_F(ProcessTest, exit_without_finalize_neither_crashes_nor_hangs) {
    if (!threads_after_fork) GTEST_SKIP() << "threads of a forked child";
    ASSERT_EQ(p11.C_Finalize(nullptr), CKR_OK);
    EXPECT_EQ(in_child([&] {
                  step(1, p11.C_Initialize(nullptr) == CKR_OK);
                  const CK_SESSION_HANDLE session = open_logged_in();
                  step(2, sign_something(session) == CKR_OK);
                  std::exit(0);
              }),
              0);
}

/// Nothing but calls of the module: the test's own things are being destroyed meanwhile.
void sign_for_ever(CK_FUNCTION_LIST& p11, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key) {
    CK_MECHANISM mechanism{CKM_RSA_PKCS, nullptr, 0};
    CK_BYTE data = 1;
    CK_BYTE signature[256];
    CK_ULONG size = sizeof(signature);
    while (p11.C_SignInit(session, &mechanism, key) == CKR_OK) {
        p11.C_Sign(session, &data, 1, signature, &size);
    }
}

TEST_F(ProcessTest, exit_while_others_sign_neither_crashes_nor_hangs) {
    if (!threads_after_fork) GTEST_SKIP() << "threads of a forked child";
    ASSERT_EQ(p11.C_Finalize(nullptr), CKR_OK);
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(in_child([&] {
                      step(1, p11.C_Initialize(nullptr) == CKR_OK);
                      const CK_SESSION_HANDLE session = open_logged_in();
                      const CK_OBJECT_HANDLE key = private_key(session, id_9a);
                      for (int t = 0; t < 4; ++t) {
                          const CK_SESSION_HANDLE own = open();
                          std::thread([&list = p11, own, key] {
                              sign_for_ever(list, own, key);
                          }).detach();
                      }
                      step(2, sign_something(session) == CKR_OK);
                      std::exit(0);
                  }),
                  0);
    }
}

}  // namespace
}  // namespace conformance
