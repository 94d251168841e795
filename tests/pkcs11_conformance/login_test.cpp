// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Logins of many threads at once, and what they cost the card: the simulated card is at hand.
#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

#include "module_under_test.h"
#include "test_world.h"

namespace conformance {
namespace {

constexpr int thread_count = 8;
/// For threads that have said that they will call to have called. Longer costs nothing but time.
constexpr std::chrono::milliseconds until_all_have_called(300);

class LoginTest : public ModuleTest {
  protected:
    void SetUp() override {
        make_test_world("instant,cards=1");
        ModuleTest::SetUp();
        session = open();
        find(session);  // reads the card, so that what follows is logins only
    }

    cardmux::simulation::SimulatedPivCard& card() { return *test_world().cards.at(0); }

    void free_card() { card().set_delay(cardmux::Duration::zero()); }

    /// Logs in by as many threads, all while the card hangs: the first one's VERIFY is on its way
    /// when the last one comes. Then does `what_ends_it`.
    std::map<CK_RV, int> log_in_at_once(CK_USER_TYPE user, const std::string& with_pin,
                                        const std::function<void()>& what_ends_it) {
        std::mutex mutex;
        std::map<CK_RV, int> codes;
        std::atomic<int> called = 0;
        card().set_delay(std::chrono::hours(1));
        std::vector<std::thread> threads;
        for (const CK_SESSION_HANDLE own : sessions) {
            threads.emplace_back([&, own] {
                ++called;
                const CK_RV code = log_in_with(own, user, with_pin);
                const std::lock_guard lock(mutex);
                ++codes[code];
            });
        }
        while (called < thread_count) std::this_thread::yield();
        cardmux::sleep_for(until_all_have_called);
        what_ends_it();
        for (std::thread& thread : threads) thread.join();
        return codes;
    }
    std::map<CK_RV, int> log_in_at_once(CK_USER_TYPE user, const std::string& with_pin) {
        return log_in_at_once(user, with_pin, [this] { free_card(); });
    }

    void open_one_for_each_thread() {
        for (int i = 0; i < thread_count; ++i) sessions.push_back(open());
    }

    CK_STATE state(CK_SESSION_HANDLE of) {
        CK_SESSION_INFO info{};
        EXPECT_EQ(p11.C_GetSessionInfo(of, &info), CKR_OK);
        return info.state;
    }

    CK_SESSION_HANDLE session = 0;
    std::vector<CK_SESSION_HANDLE> sessions;
};

using Codes = std::map<CK_RV, int>;

TEST_F(LoginTest, of_eight_right_ones_at_once_one_logs_in) {
    open_one_for_each_thread();
    EXPECT_EQ(log_in_at_once(CKU_USER, pin),
              (Codes{{CKR_OK, 1}, {CKR_USER_ALREADY_LOGGED_IN, thread_count - 1}}));
    EXPECT_EQ(card().pin_tries_left(), 3);
}

TEST_F(LoginTest, a_mistyped_pin_of_eight_threads_costs_one_try) {
    open_one_for_each_thread();
    EXPECT_EQ(log_in_at_once(CKU_USER, "123465"), (Codes{{CKR_PIN_INCORRECT, thread_count}}));
    EXPECT_EQ(card().pin_tries_left(), 2);
    EXPECT_EQ(log_in(session), CKR_OK);
}

TEST_F(LoginTest, the_same_wrong_pin_once_more_goes_to_the_card) {
    for (const int left : {2, 1}) {
        EXPECT_EQ(log_in_with(session, CKU_USER, "123465"), CKR_PIN_INCORRECT);
        EXPECT_EQ(card().pin_tries_left(), left);
    }
    EXPECT_EQ(log_in(session), CKR_OK);
    EXPECT_EQ(card().pin_tries_left(), 3);
}

TEST_F(LoginTest, a_mistyped_pin_for_eight_operations_costs_one_try) {
    open_one_for_each_thread();
    ASSERT_EQ(log_in(session), CKR_OK);
    for (const CK_SESSION_HANDLE own : sessions) {
        ASSERT_EQ(sign_init(own, CKM_ECDSA_SHA256, private_key(own, id_9c)), CKR_OK);
    }
    EXPECT_EQ(log_in_at_once(CKU_CONTEXT_SPECIFIC, "123465"),
              (Codes{{CKR_PIN_INCORRECT, thread_count}}));
    EXPECT_EQ(card().pin_tries_left(), 2);
    for (const CK_SESSION_HANDLE own : sessions) {
        Bytes signature;
        EXPECT_EQ(log_in(own, CKU_CONTEXT_SPECIFIC), CKR_OK);
        EXPECT_EQ(sign(own, bytes("x"), signature), CKR_OK);
    }
}

TEST_F(LoginTest, a_pin_locked_by_the_login_for_an_operation_ends_the_users_login) {
    ASSERT_EQ(log_in(session), CKR_OK);
    const CK_OBJECT_HANDLE key = private_key(session, id_9c);
    ASSERT_EQ(sign_init(session, CKM_ECDSA_SHA256, key), CKR_OK);
    EXPECT_EQ(log_in_with(session, CKU_CONTEXT_SPECIFIC, "999999"), CKR_PIN_INCORRECT);
    EXPECT_EQ(log_in_with(session, CKU_CONTEXT_SPECIFIC, "999998"), CKR_PIN_INCORRECT);
    EXPECT_EQ(state(session), CKS_RO_USER_FUNCTIONS);
    EXPECT_EQ(log_in_with(session, CKU_CONTEXT_SPECIFIC, "999997"), CKR_PIN_LOCKED);
    EXPECT_EQ(state(session), CKS_RO_PUBLIC_SESSION);
    Bytes signature;
    EXPECT_EQ(sign(session, bytes("x"), signature), CKR_USER_NOT_LOGGED_IN);
    EXPECT_EQ(private_key(session, id_9c), CK_INVALID_HANDLE);
    EXPECT_EQ(sign_init(session, CKM_ECDSA_SHA256, key), CKR_KEY_HANDLE_INVALID);
    EXPECT_EQ(log_in(session), CKR_PIN_LOCKED);
}

/// The one on the card may still finish; nobody behind it is left.
TEST_F(LoginTest, logins_that_wait_end_when_the_module_is_finalised) {
    open_one_for_each_thread();
    std::thread finaliser;
    Codes codes = log_in_at_once(CKU_USER, pin, [&] {
        finaliser = std::thread([&] { EXPECT_EQ(p11.C_Finalize(nullptr), CKR_OK); });
        CK_INFO info{};
        while (p11.C_GetInfo(&info) != CKR_CRYPTOKI_NOT_INITIALIZED) std::this_thread::yield();
        free_card();
    });
    finaliser.join();
    EXPECT_LE(codes[CKR_OK], 1);
    EXPECT_EQ(
        codes[CKR_OK] + codes[CKR_USER_ALREADY_LOGGED_IN] + codes[CKR_CRYPTOKI_NOT_INITIALIZED],
        thread_count);
}

}  // namespace
}  // namespace conformance
