// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// What the module asks of the card, and what it makes of a card that is pulled, put back, exchanged
// or reset. The same calls as a program's, with the simulated card at hand.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "module_under_test.h"
#include "test_world.h"

namespace conformance {
namespace {

/// A bank card, say: it answers, and knows none of our applets.
class ForeignCard final : public cardmux::simulation::SimulatedCard {
  public:
    cardmux::Bytes atr() const override { return {0x3B, 0x00}; }
    void reset() override {}
    void power_off() override {}
    cardmux::Bytes transmit(cardmux::ByteView) override { return {0x6A, 0x82}; }
};

/// Threads of this process that are the module's own.
int threads_of_ours() {
    int count = 0;
    for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
        std::string name;
        std::ifstream(task.path() / "comm") >> name;
        if (name.starts_with("cardmux")) ++count;
    }
    return count;
}

class CardTest : public ModuleTest {
  protected:
    void SetUp() override {
        make_test_world("instant,cards=1");
        ModuleTest::SetUp();
    }

    cardmux::simulation::SimulatedPivCard& card() { return *test_world().cards.at(0); }
    const std::string& reader() { return test_world().readers.at(0); }
    std::uint64_t apdus() { return card().statistics().apdus; }
    void pull() { EXPECT_TRUE(test_world().transport->remove(reader())); }
    void put_back() {
        EXPECT_TRUE(test_world().transport->insert(reader(), test_world().cards[0]));
    }
    void put_in_another() { put_in({.serial_number = 77}); }
    void put_in(const cardmux::simulation::PivCardOptions& options) {
        auto other = cardmux::simulation::SimulatedPivCard::create(options);
        ASSERT_TRUE(other.ok());
        EXPECT_TRUE(test_world().transport->insert(reader(), *other));
    }

    CK_RV sign_something(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key) {
        Bytes signature;
        const CK_RV code = sign_init(session, CKM_SHA256_RSA_PKCS, key);
        return code == CKR_OK ? sign(session, bytes("x"), signature) : code;
    }

    /// Of the token in the slot, as the module says.
    std::string serial_number() {
        CK_TOKEN_INFO info{};
        EXPECT_EQ(p11.C_GetTokenInfo(0, &info), CKR_OK);
        return {std::begin(info.serialNumber), std::end(info.serialNumber)};
    }

    /// Until the provider has noticed: a bounded number of times.
    void wait_for_token(bool present) {
        CK_SLOT_INFO info{};
        for (int i = 0; i < 1000; ++i) {
            ASSERT_EQ(p11.C_GetSlotInfo(0, &info), CKR_OK);
            if (((info.flags & CKF_TOKEN_PRESENT) != 0) == present) return;
            cardmux::sleep_for(std::chrono::milliseconds(5));
        }
        FAIL() << "the provider did not notice";
    }
};

TEST_F(CardTest, initialize_slots_and_sessions_ask_no_card) {
    const CK_SLOT_ID id = slot();
    CK_SLOT_INFO info{};
    EXPECT_EQ(p11.C_GetSlotInfo(id, &info), CKR_OK);
    const CK_SESSION_HANDLE session = open();
    CK_SESSION_INFO session_info{};
    EXPECT_EQ(p11.C_GetSessionInfo(session, &session_info), CKR_OK);
    EXPECT_EQ(p11.C_CloseSession(session), CKR_OK);
    EXPECT_EQ(apdus(), 0u);
}

/// Its time is printed and not judged: counts tell whether it waits for anything.
TEST_F(CardTest, initialize_connects_to_nothing_and_starts_no_thread) {
    ASSERT_EQ(p11.C_Finalize(nullptr), CKR_OK);
    ASSERT_EQ(threads_of_ours(), 0);
    const int connections_before = service_connections();
    CK_C_INITIALIZE_ARGS arguments{};
    arguments.flags = CKF_OS_LOCKING_OK;
    const cardmux::TimePoint start = cardmux::now();
    EXPECT_EQ(p11.C_Initialize(&arguments), CKR_OK);
    std::printf("C_Initialize took %.3f ms\n", cardmux::milliseconds(cardmux::now() - start));
    EXPECT_EQ(service_connections(), connections_before);
    EXPECT_EQ(threads_of_ours(), 0);
    EXPECT_EQ(apdus(), 0u);
    find(open());
    EXPECT_GT(service_connections(), connections_before);
    EXPECT_GT(threads_of_ours(), 0);
}

TEST_F(CardTest, start_to_first_signature_takes_a_dozen_apdus_at_most) {
    CK_TOKEN_INFO info{};
    EXPECT_EQ(p11.C_GetTokenInfo(slot(), &info), CKR_OK);
    const CK_SESSION_HANDLE session = open_logged_in();
    EXPECT_EQ(sign_something(session, private_key(session, id_9a)), CKR_OK);
    EXPECT_LE(apdus(), 12u);
}

TEST_F(CardTest, reading_what_is_known_asks_no_card) {
    const CK_SESSION_HANDLE session = open_logged_in();
    const CK_OBJECT_HANDLE key = private_key(session, id_9a);
    const std::uint64_t before = apdus();
    EXPECT_EQ(find(open()).size(), 12u);
    attribute(session, key, CKA_MODULUS);
    CK_TOKEN_INFO info{};
    EXPECT_EQ(p11.C_GetTokenInfo(slot(), &info), CKR_OK);
    EXPECT_EQ(apdus(), before);
}

TEST_F(CardTest, asking_for_a_size_asks_no_card) {
    const CK_SESSION_HANDLE session = open_logged_in();
    ASSERT_EQ(sign_init(session, CKM_SHA256_RSA_PKCS, private_key(session, id_9a)), CKR_OK);
    const std::uint64_t before = apdus();
    CK_BYTE data = 1;
    CK_ULONG size = 0;
    EXPECT_EQ(p11.C_Sign(session, &data, 1, nullptr, &size), CKR_OK);
    size = 1;
    EXPECT_EQ(p11.C_Sign(session, &data, 1, &data, &size), CKR_BUFFER_TOO_SMALL);
    EXPECT_EQ(apdus(), before);
}

TEST_F(CardTest, a_short_buffer_for_a_decryption_asks_the_card_once) {
    const CK_SESSION_HANDLE session = open_logged_in();
    CK_MECHANISM mechanism{CKM_RSA_X_509, nullptr, 0};
    ASSERT_EQ(p11.C_DecryptInit(session, &mechanism, private_key(session, id_9d)), CKR_OK);
    Bytes block(256, 1);
    Bytes plain(256);
    CK_ULONG size = 0;
    EXPECT_EQ(p11.C_Decrypt(session, block.data(), 256, nullptr, &size), CKR_OK);
    EXPECT_EQ(card().statistics().private_key_operations, 0u);
    size = 255;
    EXPECT_EQ(p11.C_Decrypt(session, block.data(), 256, plain.data(), &size), CKR_BUFFER_TOO_SMALL);
    EXPECT_EQ(p11.C_Decrypt(session, block.data(), 256, plain.data(), &size), CKR_OK);
    EXPECT_EQ(card().statistics().private_key_operations, 1u);
}

TEST_F(CardTest, a_right_pin_for_an_operation_costs_no_try_and_is_verified_before_the_key) {
    const CK_SESSION_HANDLE session = open_logged_in();
    const CK_OBJECT_HANDLE key = private_key(session, id_9c);
    for (int i = 0; i < 3; ++i) {
        Bytes signature;
        ASSERT_EQ(sign_init(session, CKM_ECDSA_SHA256, key), CKR_OK);
        EXPECT_EQ(log_in(session, CKU_CONTEXT_SPECIFIC), CKR_OK);
        EXPECT_EQ(sign(session, bytes("x"), signature), CKR_OK);
        const auto last = card().statistics().last_apdus;
        EXPECT_EQ(last.at(last.size() - 2).ins, 0x20);
        EXPECT_EQ(last.back().ins, 0x87);
    }
    EXPECT_EQ(card().pin_tries_left(), 3);
}

TEST_F(CardTest, logout_takes_the_authority_from_the_card) {
    const CK_SESSION_HANDLE session = open_logged_in();
    EXPECT_TRUE(card().is_pin_verified());
    EXPECT_EQ(p11.C_Logout(session), CKR_OK);
    for (int i = 0; i < 1000 && card().is_pin_verified(); ++i) {
        cardmux::sleep_for(std::chrono::milliseconds(5));
    }
    EXPECT_FALSE(card().is_pin_verified());
}

TEST_F(CardTest, a_reset_goes_unnoticed) {
    const CK_SESSION_HANDLE session = open_logged_in();
    const CK_OBJECT_HANDLE key = private_key(session, id_9a);
    for (int i = 0; i < 10; ++i) {
        EXPECT_TRUE(test_world().transport->reset(reader()));
        EXPECT_EQ(sign_something(session, key), CKR_OK);
    }
    EXPECT_EQ(card().pin_tries_left(), 3);
}

TEST_F(CardTest, a_removal_leaves_sessions_and_the_same_card_serves_them_again) {
    const CK_SESSION_HANDLE session = open_logged_in();
    const CK_OBJECT_HANDLE key = private_key(session, id_9a);
    EXPECT_EQ(sign_something(session, key), CKR_OK);
    pull();
    EXPECT_EQ(sign_something(session, key), CKR_DEVICE_REMOVED);
    wait_for_token(false);
    CK_TOKEN_INFO info{};
    CK_SESSION_HANDLE other = 0;
    EXPECT_EQ(p11.C_GetTokenInfo(0, &info), CKR_TOKEN_NOT_PRESENT);
    EXPECT_EQ(p11.C_OpenSession(0, CKF_SERIAL_SESSION, nullptr, nullptr, &other),
              CKR_TOKEN_NOT_PRESENT);
    put_back();
    wait_for_token(true);
    // The card proves itself with its 9E key, so the PIN may be presented again.
    EXPECT_EQ(sign_something(session, key), CKR_OK);
    EXPECT_EQ(private_key(session, id_9a), key);
}

TEST_F(CardTest, another_card_ends_the_sessions_for_good) {
    const CK_SESSION_HANDLE session = open_logged_in();
    const CK_SESSION_HANDLE second = open();
    const CK_OBJECT_HANDLE key = private_key(session, id_9a);
    EXPECT_EQ(sign_something(session, key), CKR_OK);
    put_in_another();
    CK_RV code = sign_something(session, key);
    for (int i = 0; i < 1000 && code == CKR_OK; ++i) code = sign_something(session, key);
    EXPECT_EQ(code, CKR_DEVICE_REMOVED);
    EXPECT_EQ(sign_something(session, key), CKR_SESSION_HANDLE_INVALID);
    EXPECT_EQ(sign_something(second, key), CKR_SESSION_HANDLE_INVALID);
    wait_for_token(true);
    const CK_SESSION_HANDLE fresh = open();
    CK_SESSION_INFO info{};
    EXPECT_EQ(p11.C_GetSessionInfo(fresh, &info), CKR_OK);
    EXPECT_EQ(info.state, CKS_RO_PUBLIC_SESSION);
    EXPECT_EQ(log_in(fresh), CKR_OK);
    EXPECT_NE(private_key(fresh, id_9a), key);
    EXPECT_EQ(p11.C_CloseSession(session), CKR_OK);
    EXPECT_EQ(sign_something(fresh, private_key(fresh, id_9a)), CKR_OK);
}

TEST_F(CardTest, sessions_with_an_exchanged_card_are_over_once_its_successor_is_known) {
    const CK_SESSION_HANDLE session = open_logged_in();
    const CK_OBJECT_HANDLE key = private_key(session, id_9a);
    const std::string first_serial = serial_number();
    put_in_another();
    for (int i = 0; i < 1000 && serial_number() == first_serial; ++i) {
        cardmux::sleep_for(std::chrono::milliseconds(5));
    }
    ASSERT_NE(serial_number(), first_serial);
    const std::uint64_t before = apdus();
    CK_SESSION_INFO session_info{};
    CK_ATTRIBUTE label{CKA_LABEL, nullptr, 0};
    EXPECT_EQ(p11.C_GetSessionInfo(session, &session_info), CKR_SESSION_HANDLE_INVALID);
    EXPECT_EQ(p11.C_GetAttributeValue(session, key, &label, 1), CKR_SESSION_HANDLE_INVALID);
    EXPECT_EQ(sign_something(session, key), CKR_SESSION_HANDLE_INVALID);
    EXPECT_EQ(apdus(), before);
    EXPECT_EQ(p11.C_CloseSession(session), CKR_OK);
    EXPECT_EQ(find(open()).size(), 9u);  // the other three want a login
}

TEST_F(CardTest, a_larger_key_in_the_place_of_the_one_that_was_found_writes_past_no_buffer) {
    const auto session = open();
    const auto key = private_key(session, id_9e);
    ASSERT_EQ(sign_init(session, CKM_SHA256_RSA_PKCS, key), CKR_OK);
    pull();
    put_in({.key_algorithm = cardmux::simulation::KeyAlgorithm::
                Rsa3072});  // the same card, after another program was at it
    Bytes data = bytes("x");
    constexpr std::size_t announced = 256;
    Bytes room(512, 0xEE);
    CK_ULONG size = announced;
    EXPECT_EQ(p11.C_Sign(session, data.data(), data.size(), room.data(), &size), CKR_DEVICE_ERROR);
    EXPECT_EQ(room, Bytes(512, 0xEE));
}

TEST_F(CardTest, a_key_that_was_replaced_since_it_was_found_does_not_sign_and_its_handle_is_gone) {
    const auto session = open();
    const auto found = private_key(session, id_9e);
    ASSERT_EQ(sign_init(session, CKM_SHA256_RSA_PKCS, found), CKR_OK);
    pull();
    put_in({.key_set = 5});  // the same card with other keys of the same kind
    Bytes signature;
    EXPECT_EQ(sign(session, bytes("x"), signature), CKR_DEVICE_ERROR);
    EXPECT_EQ(sign_something(session, found), CKR_KEY_HANDLE_INVALID);
    EXPECT_EQ(sign_something(session, private_key(session, id_9e)), CKR_OK);
}

TEST_F(CardTest, without_a_service_there_is_no_slot_and_no_error) {
    ASSERT_EQ(p11.C_Finalize(nullptr), CKR_OK);
    make_test_world("instant,cards=1");
    test_world().transport->stop_service();
    ASSERT_EQ(p11.C_Initialize(nullptr), CKR_OK);
    CK_ULONG count = 9;
    EXPECT_EQ(p11.C_GetSlotList(CK_FALSE, nullptr, &count), CKR_OK);
    EXPECT_EQ(count, 0u);
    CK_SLOT_INFO slot_info{};
    CK_TOKEN_INFO token_info{};
    CK_MECHANISM_INFO mechanism_info{};
    CK_SESSION_HANDLE session = 0;
    EXPECT_EQ(p11.C_GetSlotInfo(0, &slot_info), CKR_SLOT_ID_INVALID);
    EXPECT_EQ(p11.C_GetTokenInfo(0, &token_info), CKR_SLOT_ID_INVALID);
    EXPECT_EQ(p11.C_GetMechanismList(0, nullptr, &count), CKR_SLOT_ID_INVALID);
    EXPECT_EQ(p11.C_GetMechanismInfo(0, CKM_RSA_PKCS, &mechanism_info), CKR_SLOT_ID_INVALID);
    EXPECT_EQ(p11.C_OpenSession(0, CKF_SERIAL_SESSION, nullptr, nullptr, &session),
              CKR_SLOT_ID_INVALID);
    EXPECT_EQ(p11.C_CloseAllSessions(0), CKR_SLOT_ID_INVALID);
    EXPECT_EQ(p11.C_InitToken(0, nullptr, 0, nullptr), CKR_SLOT_ID_INVALID);
}

TEST_F(CardTest, a_card_of_no_kind_that_we_know_gets_the_codes_that_each_function_has_for_it) {
    EXPECT_TRUE(test_world().transport->insert(reader(), std::make_shared<ForeignCard>()));
    CK_TOKEN_INFO info{};
    EXPECT_EQ(p11.C_GetTokenInfo(slot(), &info), CKR_TOKEN_NOT_RECOGNIZED);
    const CK_SESSION_HANDLE session = open();
    EXPECT_EQ(p11.C_FindObjectsInit(session, nullptr, 0), CKR_DEVICE_ERROR);
    EXPECT_EQ(log_in(session), CKR_DEVICE_ERROR);
}

}  // namespace
}  // namespace conformance
