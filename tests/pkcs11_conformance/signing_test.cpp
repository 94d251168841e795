// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Signing with every mechanism, judged by libcrypto; the order of calls; sizes and short buffers.
#include <algorithm>

#include "libcrypto_judge.h"
#include "module_under_test.h"

namespace conformance {
namespace {

const Bytes message = bytes("The quick brown fox jumps over the lazy dog");

class SigningTest : public ModuleTest {
  protected:
    void SetUp() override {
        ModuleTest::SetUp();
        session = open_logged_in();
        rsa = private_key(session, id_9a);
        rsa_info = attribute(session, rsa, CKA_PUBLIC_KEY_INFO);
    }

    Bytes signature_of(CK_MECHANISM mechanism, const Bytes& data) {
        Bytes signature;
        EXPECT_EQ(p11.C_SignInit(session, &mechanism, rsa), CKR_OK);
        EXPECT_EQ(sign(session, data, signature), CKR_OK);
        return signature;
    }

    /// The EC key is in 9C, which wants its PIN each time.
    Bytes ec_signature_of(CK_MECHANISM_TYPE type, const Bytes& data) {
        Bytes signature;
        EXPECT_EQ(sign_init(session, type, private_key(session, id_9c)), CKR_OK);
        EXPECT_EQ(log_in(session, CKU_CONTEXT_SPECIFIC), CKR_OK);
        EXPECT_EQ(sign(session, data, signature), CKR_OK);
        return signature;
    }

    CK_SESSION_HANDLE session = 0;
    CK_OBJECT_HANDLE rsa = 0;
    Bytes rsa_info;
};

TEST_F(SigningTest, rsa_pkcs_takes_a_digest_info) {
    const Bytes signature = signature_of({CKM_RSA_PKCS, nullptr, 0}, sha256_digest_info(message));
    EXPECT_TRUE(rsa_message_verifies(rsa_info, {}, message, signature));
}

TEST_F(SigningTest, rsa_x_509_is_the_raw_operation) {
    Bytes block(256, 0x5a);
    block[0] = 0;
    EXPECT_EQ(rsa_public(rsa_info, signature_of({CKM_RSA_X_509, nullptr, 0}, block)), block);
}

TEST_F(SigningTest, rsa_x_509_fills_up_with_zero_in_front) {
    Bytes expected(256 - message.size(), 0);
    expected.insert(expected.end(), message.begin(), message.end());
    EXPECT_EQ(rsa_public(rsa_info, signature_of({CKM_RSA_X_509, nullptr, 0}, message)), expected);
}

TEST_F(SigningTest, rsa_with_each_hash_verifies) {
    const std::vector<std::pair<CK_MECHANISM_TYPE, const char*>> cases = {
        {CKM_SHA1_RSA_PKCS, "SHA1"},     {CKM_SHA224_RSA_PKCS, "SHA224"},
        {CKM_SHA256_RSA_PKCS, "SHA256"}, {CKM_SHA384_RSA_PKCS, "SHA384"},
        {CKM_SHA512_RSA_PKCS, "SHA512"},
    };
    for (const auto& [type, hash] : cases) {
        const Bytes signature = signature_of({type, nullptr, 0}, message);
        EXPECT_TRUE(rsa_message_verifies(rsa_info, {Padding::Pkcs1, hash, 0}, message, signature))
            << hash;
    }
}

struct PssCase {
    CK_MECHANISM_TYPE type;
    CK_RSA_PKCS_PSS_PARAMS parameters;
    const char* hash;
};

TEST_F(SigningTest, pss_with_each_hash_verifies) {
    std::vector<PssCase> cases = {
        {CKM_SHA1_RSA_PKCS_PSS, {CKM_SHA_1, CKG_MGF1_SHA1, 20}, "SHA1"},
        {CKM_SHA224_RSA_PKCS_PSS, {CKM_SHA224, CKG_MGF1_SHA224, 28}, "SHA224"},
        {CKM_SHA256_RSA_PKCS_PSS, {CKM_SHA256, CKG_MGF1_SHA256, 0}, "SHA256"},
        {CKM_SHA384_RSA_PKCS_PSS, {CKM_SHA384, CKG_MGF1_SHA384, 48}, "SHA384"},
        {CKM_SHA512_RSA_PKCS_PSS, {CKM_SHA512, CKG_MGF1_SHA512, 190}, "SHA512"},
    };
    for (auto& each : cases) {
        const int salt = static_cast<int>(each.parameters.sLen);
        const Bytes signature =
            signature_of({each.type, &each.parameters, sizeof(each.parameters)}, message);
        EXPECT_TRUE(
            rsa_message_verifies(rsa_info, {Padding::Pss, each.hash, salt}, message, signature))
            << each.hash;
    }
}

TEST_F(SigningTest, pss_of_a_finished_hash_verifies) {
    CK_RSA_PKCS_PSS_PARAMS parameters{CKM_SHA256, CKG_MGF1_SHA256, 32};
    CK_MECHANISM mechanism{CKM_RSA_PKCS_PSS, &parameters, sizeof(parameters)};
    const Bytes signature = signature_of(mechanism, hash_of("SHA256", message));
    EXPECT_TRUE(rsa_message_verifies(rsa_info, {Padding::Pss, "SHA256", 32}, message, signature));
    Bytes none;
    EXPECT_EQ(p11.C_SignInit(session, &mechanism, rsa), CKR_OK);
    EXPECT_EQ(sign(session, bytes("no hash"), none), CKR_DATA_LEN_RANGE);
}

TEST_F(SigningTest, ecdsa_with_each_hash_verifies) {
    const Bytes info = attribute(session, public_key(session, id_9c), CKA_PUBLIC_KEY_INFO);
    const std::vector<std::pair<CK_MECHANISM_TYPE, const char*>> cases = {
        {CKM_ECDSA_SHA1, "SHA1"},     {CKM_ECDSA_SHA224, "SHA224"}, {CKM_ECDSA_SHA256, "SHA256"},
        {CKM_ECDSA_SHA384, "SHA384"}, {CKM_ECDSA_SHA512, "SHA512"},
    };
    for (const auto& [type, hash] : cases) {
        const Bytes signature = ec_signature_of(type, message);
        EXPECT_EQ(signature.size(), 64u);
        EXPECT_TRUE(ecdsa_message_verifies(info, hash, message, signature)) << hash;
        const Bytes of_hash = ec_signature_of(CKM_ECDSA, hash_of(hash, message));
        EXPECT_TRUE(ecdsa_message_verifies(info, hash, message, of_hash)) << hash;
    }
}

TEST_F(SigningTest, in_parts_gives_the_signature_of_the_whole) {
    ASSERT_EQ(sign_init(session, CKM_SHA256_RSA_PKCS, rsa), CKR_OK);
    for (CK_BYTE byte : message) EXPECT_EQ(p11.C_SignUpdate(session, &byte, 1), CKR_OK);
    Bytes signature(256);
    CK_ULONG size = 0;
    EXPECT_EQ(p11.C_SignFinal(session, nullptr, &size), CKR_OK);
    EXPECT_EQ(size, 256u);
    EXPECT_EQ(p11.C_SignFinal(session, signature.data(), &size), CKR_OK);
    EXPECT_TRUE(rsa_message_verifies(rsa_info, {}, message, signature));
    EXPECT_EQ(p11.C_SignFinal(session, signature.data(), &size), CKR_OPERATION_NOT_INITIALIZED);
}

TEST_F(SigningTest, a_whole_message_cannot_follow_parts) {
    ASSERT_EQ(sign_init(session, CKM_SHA256_RSA_PKCS, rsa), CKR_OK);
    Bytes part = message;
    EXPECT_EQ(p11.C_SignUpdate(session, part.data(), part.size()), CKR_OK);
    Bytes signature;
    EXPECT_EQ(sign(session, message, signature), CKR_OPERATION_NOT_INITIALIZED);
    signature.resize(256);
    CK_ULONG size = signature.size();
    EXPECT_EQ(p11.C_SignFinal(session, signature.data(), &size), CKR_OK);
}

TEST_F(SigningTest, asking_for_the_size_and_a_short_buffer_keep_the_operation) {
    ASSERT_EQ(sign_init(session, CKM_SHA256_RSA_PKCS, rsa), CKR_OK);
    Bytes data = message;
    Bytes signature(256);
    CK_ULONG size = 0;
    EXPECT_EQ(p11.C_Sign(session, data.data(), data.size(), nullptr, &size), CKR_OK);
    EXPECT_EQ(size, 256u);
    size = 255;
    EXPECT_EQ(p11.C_Sign(session, data.data(), data.size(), signature.data(), &size),
              CKR_BUFFER_TOO_SMALL);
    EXPECT_EQ(size, 256u);
    EXPECT_EQ(p11.C_Sign(session, data.data(), data.size(), signature.data(), &size), CKR_OK);
    EXPECT_TRUE(rsa_message_verifies(rsa_info, {}, message, signature));
    EXPECT_EQ(p11.C_Sign(session, data.data(), data.size(), signature.data(), &size),
              CKR_OPERATION_NOT_INITIALIZED);
}

TEST_F(SigningTest, the_end_of_parts_takes_size_queries_and_short_buffers) {
    Bytes data = message;
    Bytes signature(256);
    CK_ULONG size = 0;
    ASSERT_EQ(sign_init(session, CKM_SHA256_RSA_PKCS, rsa), CKR_OK);
    EXPECT_EQ(p11.C_SignUpdate(session, data.data(), data.size()), CKR_OK);
    EXPECT_EQ(p11.C_SignFinal(session, nullptr, &size), CKR_OK);
    EXPECT_EQ(size, 256u);
    size = 255;
    EXPECT_EQ(p11.C_SignFinal(session, signature.data(), &size), CKR_BUFFER_TOO_SMALL);
    EXPECT_EQ(size, 256u);
    EXPECT_EQ(p11.C_SignFinal(session, signature.data(), &size), CKR_OK);
    EXPECT_TRUE(rsa_message_verifies(rsa_info, {}, message, signature));
    EXPECT_EQ(p11.C_SignFinal(session, signature.data(), &size), CKR_OPERATION_NOT_INITIALIZED);
    ASSERT_EQ(sign_init(session, CKM_SHA256_RSA_PKCS, rsa), CKR_OK);
    EXPECT_EQ(p11.C_SignFinal(session, signature.data(), nullptr), CKR_ARGUMENTS_BAD);
    EXPECT_EQ(p11.C_SignFinal(session, signature.data(), &size), CKR_OPERATION_NOT_INITIALIZED);
}

TEST_F(SigningTest, null_pointers_end_the_operation) {
    Bytes signature(256);
    CK_ULONG size = signature.size();
    ASSERT_EQ(sign_init(session, CKM_SHA256_RSA_PKCS, rsa), CKR_OK);
    EXPECT_EQ(p11.C_Sign(session, nullptr, 5, signature.data(), &size), CKR_ARGUMENTS_BAD);
    ASSERT_EQ(sign_init(session, CKM_SHA256_RSA_PKCS, rsa), CKR_OK);
    EXPECT_EQ(p11.C_Sign(session, signature.data(), 5, signature.data(), nullptr),
              CKR_ARGUMENTS_BAD);
    ASSERT_EQ(sign_init(session, CKM_SHA256_RSA_PKCS, rsa), CKR_OK);
    EXPECT_EQ(p11.C_SignUpdate(session, nullptr, 5), CKR_ARGUMENTS_BAD);
    EXPECT_EQ(p11.C_SignUpdate(session, signature.data(), 5), CKR_OPERATION_NOT_INITIALIZED);
}

TEST_F(SigningTest, init_while_active_is_refused_and_without_mechanism_cancels) {
    ASSERT_EQ(sign_init(session, CKM_SHA256_RSA_PKCS, rsa), CKR_OK);
    EXPECT_EQ(sign_init(session, CKM_SHA256_RSA_PKCS, rsa), CKR_OPERATION_ACTIVE);
    EXPECT_EQ(p11.C_SignInit(session, nullptr, 0), CKR_OK);
    EXPECT_EQ(p11.C_SignInit(session, nullptr, 0), CKR_OPERATION_NOT_INITIALIZED);
    EXPECT_EQ(sign_init(session, CKM_SHA256_RSA_PKCS, rsa), CKR_OK);
}

TEST_F(SigningTest, init_refuses_wrong_keys_and_mechanisms) {
    EXPECT_EQ(sign_init(session, CKM_RSA_PKCS, 0), CKR_KEY_HANDLE_INVALID);
    EXPECT_EQ(sign_init(session, CKM_RSA_PKCS, find_one(session, CKO_CERTIFICATE, id_9a)),
              CKR_KEY_HANDLE_INVALID);
    EXPECT_EQ(sign_init(session, CKM_RSA_PKCS, public_key(session, id_9a)),
              CKR_KEY_TYPE_INCONSISTENT);
    EXPECT_EQ(sign_init(session, CKM_ECDSA, rsa), CKR_KEY_TYPE_INCONSISTENT);
    EXPECT_EQ(sign_init(session, CKM_AES_CBC, rsa), CKR_MECHANISM_INVALID);
    EXPECT_EQ(sign_init(session, CKM_RSA_PKCS_PSS, rsa), CKR_MECHANISM_PARAM_INVALID);
    EXPECT_EQ(sign_init(session, CKM_RSA_PKCS, private_key(session, id_9d)),
              CKR_KEY_FUNCTION_NOT_PERMITTED);
    EXPECT_EQ(sign_init(4, CKM_RSA_PKCS, rsa), CKR_SESSION_HANDLE_INVALID);
}

TEST_F(SigningTest, too_much_data_is_refused) {
    Bytes signature;
    ASSERT_EQ(sign_init(session, CKM_RSA_PKCS, rsa), CKR_OK);
    EXPECT_EQ(sign(session, Bytes(246, 1), signature), CKR_DATA_LEN_RANGE);
    ASSERT_EQ(sign_init(session, CKM_RSA_PKCS, rsa), CKR_OK);
    EXPECT_EQ(sign(session, Bytes(245, 1), signature), CKR_OK);
    ASSERT_EQ(sign_init(session, CKM_RSA_X_509, rsa), CKR_OK);
    EXPECT_EQ(sign(session, Bytes(257, 1), signature), CKR_DATA_LEN_RANGE);
    ASSERT_EQ(sign_init(session, CKM_RSA_PKCS, rsa), CKR_OK);
    EXPECT_EQ(sign(session, Bytes(100000, 1), signature), CKR_DATA_LEN_RANGE);
}

TEST_F(SigningTest, needs_a_login_unless_the_card_needs_none) {
    const CK_OBJECT_HANDLE free_key = private_key(session, id_9e);
    Bytes signature;
    EXPECT_EQ(p11.C_CloseSession(session), CKR_OK);
    session = open();
    EXPECT_EQ(private_key(session, id_9a), CK_INVALID_HANDLE);
    const CK_OBJECT_HANDLE key = private_key(session, id_9e);
    EXPECT_NE(key, CK_INVALID_HANDLE);
    EXPECT_NE(free_key, CK_INVALID_HANDLE);
    ASSERT_EQ(sign_init(session, CKM_SHA256_RSA_PKCS, key), CKR_OK);
    EXPECT_EQ(sign(session, message, signature), CKR_OK);
}

TEST_F(SigningTest, an_operation_begun_before_logout_cannot_be_finished) {
    Bytes signature;
    ASSERT_EQ(sign_init(session, CKM_SHA256_RSA_PKCS, rsa), CKR_OK);
    EXPECT_EQ(p11.C_Logout(session), CKR_OK);
    EXPECT_EQ(sign(session, message, signature), CKR_USER_NOT_LOGGED_IN);
}

// ---- verifying, which is done in software
// --------------------------------------------------------

class VerifyingTest : public SigningTest {
  protected:
    CK_RV verify(CK_MECHANISM mechanism, CK_BYTE id, Bytes data, Bytes signature) {
        EXPECT_EQ(p11.C_VerifyInit(session, &mechanism, public_key(session, id)), CKR_OK);
        return p11.C_Verify(session, data.data(), data.size(), signature.data(), signature.size());
    }
};

TEST_F(VerifyingTest, tells_right_from_wrong_with_each_family) {
    CK_RSA_PKCS_PSS_PARAMS parameters{CKM_SHA256, CKG_MGF1_SHA256, 32};
    const std::vector<CK_MECHANISM> mechanisms = {
        {CKM_SHA256_RSA_PKCS, nullptr, 0},
        {CKM_RSA_X_509, nullptr, 0},
        {CKM_SHA256_RSA_PKCS_PSS, &parameters, sizeof(parameters)},
    };
    for (const CK_MECHANISM& mechanism : mechanisms) {
        Bytes signature = signature_of(mechanism, message);
        EXPECT_EQ(verify(mechanism, id_9a, message, signature), CKR_OK);
        EXPECT_EQ(verify(mechanism, id_9a, bytes("other"), signature), CKR_SIGNATURE_INVALID);
        signature[9] = static_cast<CK_BYTE>(signature[9] ^ 1);
        EXPECT_EQ(verify(mechanism, id_9a, message, signature), CKR_SIGNATURE_INVALID);
        EXPECT_EQ(verify(mechanism, id_9a, message, Bytes(255)), CKR_SIGNATURE_LEN_RANGE);
    }
    const Bytes signature = ec_signature_of(CKM_ECDSA_SHA256, message);
    EXPECT_EQ(verify({CKM_ECDSA_SHA256, nullptr, 0}, id_9c, message, signature), CKR_OK);
    EXPECT_EQ(verify({CKM_ECDSA_SHA256, nullptr, 0}, id_9c, bytes("other"), signature),
              CKR_SIGNATURE_INVALID);
}

TEST_F(VerifyingTest, calls_what_no_key_can_have_made_invalid) {
    CK_RSA_PKCS_PSS_PARAMS parameters{CKM_SHA256, CKG_MGF1_SHA256, 32};
    const std::vector<CK_MECHANISM> mechanisms = {
        {CKM_SHA256_RSA_PKCS, nullptr, 0},
        {CKM_RSA_X_509, nullptr, 0},
        {CKM_SHA256_RSA_PKCS_PSS, &parameters, sizeof(parameters)},
    };
    for (const CK_MECHANISM& mechanism : mechanisms) {
        // Not below the modulus.
        EXPECT_EQ(verify(mechanism, id_9a, message, Bytes(256, 0xFF)), CKR_SIGNATURE_INVALID);
        EXPECT_EQ(verify(mechanism, id_9a, message, Bytes(256, 0)), CKR_SIGNATURE_INVALID);
        EXPECT_EQ(verify(mechanism, id_9a, message, Bytes(257, 0xFF)), CKR_SIGNATURE_LEN_RANGE);
    }
    const CK_MECHANISM ecdsa{CKM_ECDSA_SHA256, nullptr, 0};
    const Bytes right = ec_signature_of(CKM_ECDSA_SHA256, message);
    for (const int filler : {0x00, 0xFF}) {
        // r, then s, is 0 or not below the order.
        for (const std::ptrdiff_t half : {0, 32}) {
            Bytes signature = right;
            std::fill_n(signature.begin() + half, 32, static_cast<CK_BYTE>(filler));
            EXPECT_EQ(verify(ecdsa, id_9c, message, signature), CKR_SIGNATURE_INVALID);
        }
    }
    EXPECT_EQ(verify(ecdsa, id_9c, message, Bytes(63, 1)), CKR_SIGNATURE_LEN_RANGE);
    EXPECT_EQ(verify(ecdsa, id_9c, message, Bytes(65, 1)), CKR_SIGNATURE_LEN_RANGE);
}

TEST_F(VerifyingTest, takes_parts) {
    const Bytes signature = signature_of({CKM_SHA256_RSA_PKCS, nullptr, 0}, message);
    CK_MECHANISM mechanism{CKM_SHA256_RSA_PKCS, nullptr, 0};
    ASSERT_EQ(p11.C_VerifyInit(session, &mechanism, public_key(session, id_9a)), CKR_OK);
    EXPECT_EQ(p11.C_VerifyInit(session, &mechanism, public_key(session, id_9a)),
              CKR_OPERATION_ACTIVE);
    Bytes data = message;
    Bytes value = signature;
    EXPECT_EQ(p11.C_VerifyUpdate(session, data.data(), 10), CKR_OK);
    EXPECT_EQ(p11.C_VerifyUpdate(session, data.data() + 10, data.size() - 10), CKR_OK);
    EXPECT_EQ(p11.C_VerifyFinal(session, value.data(), value.size()), CKR_OK);
    EXPECT_EQ(p11.C_VerifyFinal(session, value.data(), value.size()),
              CKR_OPERATION_NOT_INITIALIZED);
}

// ---- digests, in software too
// --------------------------------------------------------------------

TEST_F(ModuleTest, digests_are_libcryptos) {
    const CK_SESSION_HANDLE session = open();
    const std::vector<std::pair<CK_MECHANISM_TYPE, const char*>> cases = {
        {CKM_SHA_1, "SHA1"},    {CKM_SHA224, "SHA224"}, {CKM_SHA256, "SHA256"},
        {CKM_SHA384, "SHA384"}, {CKM_SHA512, "SHA512"},
    };
    for (const auto& [type, hash] : cases) {
        CK_MECHANISM mechanism{type, nullptr, 0};
        Bytes data = message;
        Bytes digest(64);
        CK_ULONG size = 0;
        ASSERT_EQ(p11.C_DigestInit(session, &mechanism), CKR_OK);
        EXPECT_EQ(p11.C_DigestInit(session, &mechanism), CKR_OPERATION_ACTIVE);
        EXPECT_EQ(p11.C_Digest(session, data.data(), data.size(), digest.data(), &size),
                  CKR_BUFFER_TOO_SMALL);
        EXPECT_EQ(p11.C_Digest(session, data.data(), data.size(), digest.data(), &size), CKR_OK);
        digest.resize(size);
        EXPECT_EQ(digest, hash_of(hash, message));
        ASSERT_EQ(p11.C_DigestInit(session, &mechanism), CKR_OK);
        EXPECT_EQ(p11.C_DigestUpdate(session, data.data(), data.size()), CKR_OK);
        size = 0;
        EXPECT_EQ(p11.C_DigestFinal(session, nullptr, &size), CKR_OK);
        EXPECT_EQ(size, digest.size());
        EXPECT_EQ(p11.C_DigestFinal(session, digest.data(), &size), CKR_OK);
        EXPECT_EQ(digest, hash_of(hash, message));
        ASSERT_EQ(p11.C_DigestInit(session, &mechanism), CKR_OK);
        EXPECT_EQ(p11.C_DigestFinal(session, digest.data(), nullptr), CKR_ARGUMENTS_BAD);
        EXPECT_EQ(p11.C_DigestFinal(session, digest.data(), &size), CKR_OPERATION_NOT_INITIALIZED);
    }
    CK_MECHANISM mechanism{CKM_ECDSA, nullptr, 0};
    EXPECT_EQ(p11.C_DigestInit(session, &mechanism), CKR_MECHANISM_INVALID);
    EXPECT_EQ(p11.C_DigestFinal(session, nullptr, nullptr), CKR_OPERATION_NOT_INITIALIZED);
    EXPECT_EQ(p11.C_DigestKey(session, 1), CKR_OPERATION_NOT_INITIALIZED);
}

}  // namespace
}  // namespace conformance
