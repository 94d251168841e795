// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// G1: no call with a valid handle fails for what another thread does. Real threads, bounded counts.
#include <atomic>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <thread>

#include "libcrypto_judge.h"
#include "module_under_test.h"

namespace conformance {
namespace {

constexpr int thread_count = 16;
constexpr int rounds = 20;

class ThreadsTest : public ModuleTest {
  protected:
    /// Runs `body(index)` on many threads at once and waits for all.
    template <typename Body>
    static void on_threads(int count, Body body) {
        std::vector<std::thread> threads;
        for (int i = 0; i < count; ++i) threads.emplace_back([body, i] { body(i); });
        for (std::thread& thread : threads) thread.join();
    }

    void note(CK_RV code) {
        const std::lock_guard lock(mutex_);
        ++codes_[code];
    }
    /// Only these codes were met, or the test fails with all that were.
    void expect_only(std::vector<CK_RV> allowed) {
        for (const auto& [code, count] : codes_) {
            EXPECT_NE(std::find(allowed.begin(), allowed.end(), code), allowed.end())
                << "code " << std::hex << code << std::dec << ", " << count << " times";
        }
    }
    int count_of(CK_RV code) { return codes_[code]; }

    CK_RV sign_once(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key, const Bytes& data,
                    Bytes& signature) {
        const CK_RV code = sign_init(session, CKM_SHA256_RSA_PKCS, key);
        return code == CKR_OK ? sign(session, data, signature) : code;
    }

  private:
    std::mutex mutex_;
    std::map<CK_RV, int> codes_;
};

TEST_F(ThreadsTest, sign_each_in_a_session_of_its_own) {
    const CK_SESSION_HANDLE first = open_logged_in();
    const CK_OBJECT_HANDLE key = private_key(first, id_9a);
    const Bytes info = attribute(first, key, CKA_PUBLIC_KEY_INFO);
    std::atomic<int> wrong = 0;
    on_threads(thread_count, [&](int index) {
        const CK_SESSION_HANDLE session = open();
        for (int round = 0; round < rounds; ++round) {
            const Bytes data = {static_cast<CK_BYTE>(index), static_cast<CK_BYTE>(round)};
            Bytes signature;
            note(sign_once(session, key, data, signature));
            if (!rsa_message_verifies(info, {}, data, signature)) ++wrong;
        }
    });
    expect_only({CKR_OK});
    EXPECT_EQ(wrong, 0);
}

/// The PKCS #11 form of acquire, look up, use, release: what Base CSP fails at.
TEST_F(ThreadsTest, open_find_sign_and_close_under_each_other) {
    const CK_SESSION_HANDLE first = open_logged_in();
    const Bytes info = attribute(first, private_key(first, id_9a), CKA_PUBLIC_KEY_INFO);
    std::atomic<int> wrong = 0;
    on_threads(thread_count, [&](int index) {
        for (int round = 0; round < rounds; ++round) {
            const CK_SESSION_HANDLE session = open();
            const CK_OBJECT_HANDLE key = private_key(session, id_9a);
            const Bytes data = {static_cast<CK_BYTE>(index), static_cast<CK_BYTE>(round)};
            Bytes signature;
            note(sign_once(session, key, data, signature));
            if (!rsa_message_verifies(info, {}, data, signature)) ++wrong;
            note(p11.C_CloseSession(session));
        }
    });
    expect_only({CKR_OK});
    EXPECT_EQ(wrong, 0);
}

/// Both peers break here.
TEST_F(ThreadsTest, use_an_always_authenticate_key_with_their_own_logins) {
    const CK_SESSION_HANDLE first = open_logged_in();
    const CK_OBJECT_HANDLE key = private_key(first, id_9c);
    const Bytes info = attribute(first, public_key(first, id_9c), CKA_PUBLIC_KEY_INFO);
    std::atomic<int> wrong = 0;
    on_threads(thread_count, [&](int index) {
        const CK_SESSION_HANDLE session = open();
        for (int round = 0; round < rounds; ++round) {
            const Bytes data = {static_cast<CK_BYTE>(index), static_cast<CK_BYTE>(round)};
            Bytes signature;
            note(sign_init(session, CKM_ECDSA_SHA256, key));
            note(log_in(session, CKU_CONTEXT_SPECIFIC));
            note(sign(session, data, signature));
            if (!ecdsa_message_verifies(info, "SHA256", data, signature)) ++wrong;
        }
    });
    expect_only({CKR_OK});
    EXPECT_EQ(wrong, 0);
}

TEST_F(ThreadsTest, always_authenticate_key_refuses_without_its_own_login) {
    const CK_SESSION_HANDLE session = open_logged_in();
    const CK_OBJECT_HANDLE key = private_key(session, id_9c);
    Bytes signature;
    ASSERT_EQ(sign_init(session, CKM_ECDSA_SHA256, key), CKR_OK);
    EXPECT_EQ(sign(session, bytes("x"), signature), CKR_USER_NOT_LOGGED_IN);
    ASSERT_EQ(sign_init(session, CKM_ECDSA_SHA256, key), CKR_OK);
    EXPECT_EQ(log_in_with(session, CKU_CONTEXT_SPECIFIC, "999999"), CKR_PIN_INCORRECT);
    EXPECT_EQ(log_in(session, CKU_CONTEXT_SPECIFIC), CKR_OK);
    EXPECT_EQ(sign(session, bytes("x"), signature), CKR_OK);
    ASSERT_EQ(sign_init(session, CKM_ECDSA_SHA256, key), CKR_OK);
    EXPECT_EQ(sign(session, bytes("x"), signature), CKR_USER_NOT_LOGGED_IN);
}

/// A size query uses neither the operation nor its login up.
TEST_F(ThreadsTest, size_query_keeps_the_login_of_the_operation) {
    const CK_SESSION_HANDLE session = open_logged_in();
    ASSERT_EQ(sign_init(session, CKM_ECDSA_SHA256, private_key(session, id_9c)), CKR_OK);
    EXPECT_EQ(log_in(session, CKU_CONTEXT_SPECIFIC), CKR_OK);
    CK_BYTE data = 1;
    CK_ULONG size = 0;
    EXPECT_EQ(p11.C_Sign(session, &data, 1, nullptr, &size), CKR_OK);
    EXPECT_EQ(size, 64u);
    Bytes signature;
    EXPECT_EQ(sign(session, {1}, signature), CKR_OK);
}

TEST_F(ThreadsTest, sharing_one_session_get_the_standards_codes_and_no_wrong_signature) {
    const CK_SESSION_HANDLE session = open_logged_in();
    const CK_OBJECT_HANDLE key = private_key(session, id_9a);
    const Bytes info = attribute(session, key, CKA_PUBLIC_KEY_INFO);
    std::atomic<int> wrong = 0;
    on_threads(8, [&](int index) {
        for (int round = 0; round < rounds; ++round) {
            const Bytes data = {static_cast<CK_BYTE>(index), static_cast<CK_BYTE>(round)};
            Bytes signature;
            const CK_RV code = sign_once(session, key, data, signature);
            note(code);
            if (code == CKR_OK && !rsa_message_verifies(info, {}, data, signature)) ++wrong;
        }
    });
    expect_only({CKR_OK, CKR_OPERATION_ACTIVE, CKR_OPERATION_NOT_INITIALIZED});
    EXPECT_EQ(wrong, 0);
    EXPECT_GT(count_of(CKR_OK), 0);
}

TEST_F(ThreadsTest, closing_a_session_in_use_harms_nobody_else) {
    const CK_SESSION_HANDLE first = open_logged_in();
    const CK_OBJECT_HANDLE key = private_key(first, id_9a);
    for (int round = 0; round < rounds; ++round) {
        const CK_SESSION_HANDLE shared = open();
        on_threads(4, [&](int index) {
            Bytes signature;
            if (index == 0) {
                note(p11.C_CloseSession(shared));
            } else if (index == 1) {
                note(sign_once(shared, key, bytes("shared"), signature));
            } else {
                const CK_SESSION_HANDLE own = open();
                EXPECT_EQ(sign_once(own, key, bytes("own"), signature), CKR_OK);
                EXPECT_EQ(p11.C_CloseSession(own), CKR_OK);
            }
        });
    }
    expect_only({CKR_OK, CKR_SESSION_HANDLE_INVALID});
}

TEST_F(ThreadsTest, closing_the_last_session_lets_the_call_in_it_finish) {
    for (int round = 0; round < rounds; ++round) {
        const CK_SESSION_HANDLE session = open_logged_in();
        const CK_OBJECT_HANDLE key = private_key(session, id_9a);
        ASSERT_EQ(sign_init(session, CKM_SHA256_RSA_PKCS, key), CKR_OK);
        on_threads(2, [&](int index) {
            Bytes signature;
            note(index == 0 ? p11.C_CloseSession(session) : sign(session, bytes("x"), signature));
        });
    }
    expect_only({CKR_OK, CKR_SESSION_HANDLE_INVALID});
}

TEST_F(ThreadsTest, logging_out_while_others_sign_ends_with_the_codes_of_logout) {
    const CK_SESSION_HANDLE first = open();
    EXPECT_EQ(log_in(first), CKR_OK);
    std::atomic<int> working = thread_count;
    on_threads(thread_count + 1, [&](int index) {
        if (index == thread_count) {
            while (working > 0) {
                const CK_RV code = p11.C_Logout(first);
                EXPECT_TRUE(code == CKR_OK || code == CKR_USER_NOT_LOGGED_IN) << code;
                EXPECT_EQ(log_in(first), CKR_OK);
            }
            return;
        }
        const CK_SESSION_HANDLE session = open();
        for (int round = 0; round < rounds; ++round) {
            Bytes signature;
            const CK_OBJECT_HANDLE key = private_key(session, id_9a);
            if (key != CK_INVALID_HANDLE) note(sign_once(session, key, bytes("x"), signature));
        }
        --working;
    });
    expect_only({CKR_OK, CKR_USER_NOT_LOGGED_IN, CKR_KEY_HANDLE_INVALID});
    Bytes signature;
    EXPECT_EQ(sign_once(first, private_key(first, id_9a), bytes("x"), signature), CKR_OK);
}

TEST_F(ThreadsTest, finalising_while_others_work_ends_them_all) {
    for (int round = 0; round < 5; ++round) {
        const CK_SESSION_HANDLE first = open_logged_in();
        const CK_OBJECT_HANDLE key = private_key(first, id_9a);
        std::atomic<int> started = 0;
        on_threads(8, [&](int index) {
            if (index == 0) {
                while (started < 7) std::this_thread::yield();
                EXPECT_EQ(p11.C_Finalize(nullptr), CKR_OK);
                return;
            }
            CK_SESSION_HANDLE session = 0;
            note(p11.C_OpenSession(0, CKF_SERIAL_SESSION, nullptr, nullptr, &session));
            ++started;
            CK_RV code = CKR_OK;
            while (code != CKR_CRYPTOKI_NOT_INITIALIZED) {
                Bytes signature;
                code = sign_once(session, key, bytes("x"), signature);
                note(code);
                if (code != CKR_OK && code != CKR_CRYPTOKI_NOT_INITIALIZED) break;
            }
        });
        ASSERT_EQ(p11.C_Initialize(nullptr), CKR_OK);
    }
    expect_only({CKR_OK, CKR_CRYPTOKI_NOT_INITIALIZED});
}

TEST_F(ThreadsTest, initialize_at_once_and_only_one_does) {
    ASSERT_EQ(p11.C_Finalize(nullptr), CKR_OK);
    on_threads(thread_count, [&](int) { note(p11.C_Initialize(nullptr)); });
    expect_only({CKR_OK, CKR_CRYPTOKI_ALREADY_INITIALIZED});
    EXPECT_EQ(count_of(CKR_OK), 1);
}

// ---- where the application forbids threads, its own do the work --------------------------------

/// Threads of this process that are the module's own: it names them.
int threads_of_ours() {
    int count = 0;
    for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
        std::string name;
        std::ifstream(task.path() / "comm") >> name;
        if (name.starts_with("cardmux")) ++count;
    }
    return count;
}

class ForbiddenThreadsTest : public ThreadsTest {
  protected:
    void start(CK_FLAGS flags) {
        ASSERT_EQ(p11.C_Finalize(nullptr), CKR_OK);
        ASSERT_EQ(threads_of_ours(), 0);
        CK_C_INITIALIZE_ARGS arguments{};
        arguments.flags = CKF_OS_LOCKING_OK | flags;
        ASSERT_EQ(p11.C_Initialize(&arguments), CKR_OK);
    }

    /// Signs on eight threads; returns the most threads of ours that any of them saw.
    int sign_on_eight_threads() {
        const CK_SESSION_HANDLE first = open_logged_in();
        const CK_OBJECT_HANDLE key = private_key(first, id_9a);
        const Bytes info = attribute(first, key, CKA_PUBLIC_KEY_INFO);
        std::atomic<int> wrong = 0;
        std::atomic<int> most = 0;
        on_threads(8, [&](int index) {
            const CK_SESSION_HANDLE session = open();
            for (int round = 0; round < rounds; ++round) {
                const Bytes data = {static_cast<CK_BYTE>(index), static_cast<CK_BYTE>(round)};
                Bytes signature;
                note(sign_once(session, key, data, signature));
                if (!rsa_message_verifies(info, {}, data, signature)) ++wrong;
                const int seen = threads_of_ours();
                if (seen > most) most = seen;
            }
        });
        expect_only({CKR_OK});
        EXPECT_EQ(count_of(CKR_OK), 8 * rounds);
        EXPECT_EQ(wrong, 0);
        return most;
    }
};

TEST_F(ForbiddenThreadsTest, eight_threads_sign_and_none_is_of_ours) {
    start(CKF_LIBRARY_CANT_CREATE_OS_THREADS);
    EXPECT_EQ(sign_on_eight_threads(), 0);
    EXPECT_EQ(threads_of_ours(), 0);
}

/// Or the test above could not fail.
TEST_F(ForbiddenThreadsTest, where_they_are_allowed_there_are_some) {
    start(0);
    EXPECT_GT(sign_on_eight_threads(), 0);
}

}  // namespace
}  // namespace conformance
