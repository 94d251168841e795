// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// C_DestroyObject: what goes with what, and that nobody else notices (G1).
#include <atomic>
#include <thread>

#include "libcrypto_judge.h"
#include "libcrypto_maker.h"
#include "writable_card.h"

namespace conformance {
namespace {

class DestroyingTest : public WritingTest {
  protected:
    CK_RV read(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object) {
        CK_ATTRIBUTE request{CKA_ID, nullptr, 0};
        return p11.C_GetAttributeValue(session, object, &request, 1);
    }
    CK_OBJECT_HANDLE certify_key(CK_SESSION_HANDLE session, const KeyPair& key) {
        const auto made = certify(attribute(session, key.public_key, CKA_PUBLIC_KEY_INFO));
        CK_OBJECT_HANDLE certificate = CK_INVALID_HANDLE;
        EXPECT_EQ(create(session,
                         Template()
                             .number(CKA_CLASS, CKO_CERTIFICATE)
                             .number(CKA_CERTIFICATE_TYPE, CKC_X_509)
                             .flag(CKA_TOKEN)
                             .set(CKA_VALUE, made.der),
                         certificate),
                  CKR_OK);
        return certificate;
    }
};

TEST_F(DestroyingTest, a_certificate_goes_alone) {
    const CK_SESSION_HANDLE session = open_as_writer();
    const CK_SESSION_HANDLE other = open();
    const KeyPair key = make_key(session, id_9a);
    const CK_OBJECT_HANDLE certificate = certify_key(session, key);
    EXPECT_EQ(p11.C_DestroyObject(session, certificate), CKR_OK);
    EXPECT_EQ(read(other, certificate), CKR_OBJECT_HANDLE_INVALID);
    EXPECT_EQ(p11.C_DestroyObject(session, certificate), CKR_OBJECT_HANDLE_INVALID);
    EXPECT_EQ(find(other), (std::vector{key.public_key, key.private_key}));
    Bytes signature;
    EXPECT_EQ(sign_with(other, CKM_ECDSA_SHA256, key.private_key, signature), CKR_OK);
}

TEST_F(DestroyingTest, a_private_key_goes_with_all_that_is_its) {
    const CK_SESSION_HANDLE session = open_as_writer();
    const CK_SESSION_HANDLE other = open();
    const KeyPair kept = make_key(session, id_9c);
    const KeyPair key = make_key(session, id_9a);
    const CK_OBJECT_HANDLE certificate = certify_key(session, key);
    EXPECT_EQ(p11.C_DestroyObject(session, key.private_key), CKR_OK);
    for (const CK_OBJECT_HANDLE gone : {key.private_key, key.public_key, certificate})
        EXPECT_EQ(read(other, gone), CKR_OBJECT_HANDLE_INVALID);
    EXPECT_EQ(sign_init(other, CKM_ECDSA_SHA256, key.private_key), CKR_KEY_HANDLE_INVALID);
    EXPECT_EQ(find(other), (std::vector{kept.public_key, kept.private_key}));
}

TEST_F(DestroyingTest, a_place_that_was_emptied_takes_another_key) {
    const CK_SESSION_HANDLE session = open_as_writer();
    const KeyPair first = make_key(session, id_9a);
    EXPECT_EQ(p11.C_DestroyObject(session, first.private_key), CKR_OK);
    const KeyPair second = make_key(session, id_9a);
    EXPECT_NE(second.private_key, first.private_key);
    EXPECT_EQ(p11.C_DestroyObject(session, first.private_key), CKR_OBJECT_HANDLE_INVALID);
    EXPECT_EQ(private_key(session, id_9a), second.private_key);
}

TEST_F(DestroyingTest, a_public_key_does_not_go_alone) {
    const CK_SESSION_HANDLE session = open_as_writer();
    const KeyPair key = make_key(session, id_9a);
    EXPECT_EQ(attribute(session, key.public_key, CKA_DESTROYABLE), Bytes{CK_FALSE});
    EXPECT_EQ(attribute(session, key.private_key, CKA_DESTROYABLE), Bytes{CK_TRUE});
    EXPECT_EQ(p11.C_DestroyObject(session, key.public_key), CKR_ACTION_PROHIBITED);
    EXPECT_EQ(find(session).size(), 2u);
}

TEST_F(DestroyingTest, wants_a_session_that_writes_a_login_and_the_management_key) {
    use("instant,cards=1,plain");
    const CK_SESSION_HANDLE reader = open();
    const CK_SESSION_HANDLE writer = open_for_writing();
    const CK_OBJECT_HANDLE certificate = find_one(reader, CKO_CERTIFICATE, id_9a);
    EXPECT_EQ(p11.C_DestroyObject(reader, certificate), CKR_SESSION_READ_ONLY);
    EXPECT_EQ(p11.C_DestroyObject(writer, certificate), CKR_USER_NOT_LOGGED_IN);
    EXPECT_EQ(p11.C_DestroyObject(writer, 0), CKR_OBJECT_HANDLE_INVALID);
    ASSERT_EQ(log_in(reader), CKR_OK);
    EXPECT_EQ(p11.C_DestroyObject(reader, certificate), CKR_SESSION_READ_ONLY);
    // A plain card does not say that it still has the factory's management key.
    EXPECT_EQ(p11.C_DestroyObject(writer, certificate), CKR_TOKEN_WRITE_PROTECTED);
    EXPECT_EQ(read(reader, certificate), CKR_OK);
    Bytes signature;
    EXPECT_EQ(sign_with(reader, CKM_SHA256_RSA_PKCS, private_key(reader, id_9a), signature),
              CKR_OK);
}

/// A plain card shows a key by its certificate: a new one comes with its own, until a better one
/// takes its place.
TEST_F(DestroyingTest, a_key_of_a_plain_card_makes_room_for_one_that_certifies_itself) {
    name_management_key();
    use("instant,cards=1,plain");
    const CK_SESSION_HANDLE session = open_as_writer();
    EXPECT_EQ(p11.C_DestroyObject(session, private_key(session, id_9a)), CKR_OK);
    EXPECT_EQ(find(session).size(), 9u);
    const KeyPair made = make_key(session, id_9a);
    const CK_OBJECT_HANDLE own = find_one(session, CKO_CERTIFICATE, id_9a);
    ASSERT_NE(own, CK_INVALID_HANDLE);
    EXPECT_EQ(attribute(session, own, CKA_SUBJECT), attribute(session, own, CKA_ISSUER));
    const CK_OBJECT_HANDLE better = certify_key(session, made);
    EXPECT_EQ(find_one(session, CKO_CERTIFICATE, id_9a), better);
    EXPECT_EQ(private_key(session, id_9a), made.private_key);
    Bytes signature;
    EXPECT_EQ(sign_with(session, CKM_ECDSA_SHA256, made.private_key, signature), CKR_OK);
    // Without it the key no longer shows.
    EXPECT_EQ(p11.C_DestroyObject(session, better), CKR_OK);
    EXPECT_EQ(private_key(session, id_9a), CK_INVALID_HANDLE);
}

/// A signature that was begun with a key that is no more does not become another key's.
TEST_F(DestroyingTest, a_signature_is_never_made_with_the_key_that_came_after) {
    const CK_SESSION_HANDLE session = open_as_writer();
    const CK_SESSION_HANDLE signer = open();
    const KeyPair first = make_key(session, id_9a);
    ASSERT_EQ(sign_init(signer, CKM_ECDSA_SHA256, first.private_key), CKR_OK);
    EXPECT_EQ(p11.C_DestroyObject(session, first.private_key), CKR_OK);
    const KeyPair second = make_key(session, id_9a);
    Bytes signature;
    EXPECT_EQ(sign(signer, bytes("x"), signature), CKR_DEVICE_ERROR);
    EXPECT_EQ(sign_with(signer, CKM_ECDSA_SHA256, second.private_key, signature), CKR_OK);
}

// ---- threads ------------------------------------------------------------------------------------

/// G1: keys come and go, and who signs with another key never notices.
TEST_F(DestroyingTest, disturbs_nobody_who_signs_with_another_key) {
    const CK_SESSION_HANDLE session = open_as_writer();
    const KeyPair key = make_key(session, id_9a);
    const Bytes info = attribute(session, key.public_key, CKA_PUBLIC_KEY_INFO);
    constexpr int signers = 4;
    constexpr int writers = 2;
    std::atomic<int> working = writers;
    std::atomic<int> signatures = 0;
    std::atomic<int> failures = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < signers; ++i) {
        threads.emplace_back([&, own = open()] {
            while (working > 0) {
                Bytes signature;
                const CK_RV code = sign_with(own, CKM_ECDSA_SHA256, key.private_key, signature);
                const bool right =
                    code == CKR_OK &&
                    ecdsa_message_verifies(info, "SHA256", bytes("to be signed"), signature);
                ++(right ? signatures : failures);
            }
        });
    }
    for (int i = 0; i < writers; ++i) {
        const auto id = static_cast<CK_BYTE>(id_9c + i);
        threads.emplace_back([&, own = open_for_writing(), id] {
            for (int round = 0; round < 10; ++round) {
                const KeyPair mine = make_key(own, id);
                EXPECT_EQ(private_key(own, id), mine.private_key) << "its handle stays";
                const CK_OBJECT_HANDLE certificate = certify_key(own, mine);
                EXPECT_EQ(private_key(own, id), mine.private_key);
                if (round % 2 == 0) {
                    EXPECT_EQ(p11.C_DestroyObject(own, certificate), CKR_OK);
                }
                EXPECT_EQ(p11.C_DestroyObject(own, mine.private_key), CKR_OK);
                EXPECT_EQ(private_key(own, id), CK_INVALID_HANDLE);
            }
            --working;
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(failures, 0);
    EXPECT_GT(signatures, 0);
}

/// Two who mean the same place: one gets it.
TEST_F(DestroyingTest, one_of_many_gets_a_place_and_one_takes_a_key_away) {
    const CK_SESSION_HANDLE session = open_as_writer();
    constexpr int many = 6;
    std::atomic<int> made = 0;
    std::atomic<int> refused = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < many; ++i) {
        threads.emplace_back([&, own = open_for_writing()] {
            const CK_RV code = generate_ec(own, ec_public(), private_in(id_9a));
            if (code == CKR_OK) ++made;
            if (code == CKR_ATTRIBUTE_VALUE_INVALID) ++refused;
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(made, 1);
    EXPECT_EQ(refused, many - 1);
    threads.clear();
    const CK_OBJECT_HANDLE key = private_key(session, id_9a);
    std::atomic<int> removed = 0;
    std::atomic<int> too_late = 0;
    for (int i = 0; i < many; ++i) {
        threads.emplace_back([&, own = open_for_writing()] {
            const CK_RV code = p11.C_DestroyObject(own, key);
            if (code == CKR_OK) ++removed;
            if (code == CKR_OBJECT_HANDLE_INVALID) ++too_late;
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(removed, 1);
    EXPECT_EQ(too_late, many - 1);
}

}  // namespace
}  // namespace conformance
