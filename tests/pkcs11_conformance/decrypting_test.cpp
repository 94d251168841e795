// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Decrypting what libcrypto encrypted; the order of calls; sizes and short buffers.
#include "libcrypto_judge.h"
#include "module_under_test.h"

namespace conformance {
namespace {

const Bytes secret = bytes("a key of 16 byte");

class DecryptingTest : public ModuleTest {
  protected:
    void SetUp() override {
        ModuleTest::SetUp();
        session = open_logged_in();
        key = private_key(session, id_9d);
        info = attribute(session, key, CKA_PUBLIC_KEY_INFO);
    }

    CK_RV init(CK_MECHANISM mechanism = {CKM_RSA_PKCS, nullptr, 0}) {
        return p11.C_DecryptInit(session, &mechanism, key);
    }

    CK_RV decrypt(Bytes encrypted, Bytes& result, CK_ULONG room = 512) {
        result.resize(room);
        CK_ULONG size = room;
        const CK_RV code =
            p11.C_Decrypt(session, encrypted.data(), encrypted.size(), result.data(), &size);
        result.resize(code == CKR_OK ? size : 0);
        return code;
    }

    CK_SESSION_HANDLE session = 0;
    CK_OBJECT_HANDLE key = 0;
    Bytes info;
    Bytes plain;
};

TEST_F(DecryptingTest, rsa_pkcs_gives_the_secret) {
    ASSERT_EQ(init(), CKR_OK);
    EXPECT_EQ(decrypt(encrypt_pkcs1(info, secret), plain), CKR_OK);
    EXPECT_EQ(plain, secret);
}

TEST_F(DecryptingTest, rsa_x_509_gives_the_block) {
    Bytes block(256, 0x21);
    block[0] = 0;
    ASSERT_EQ(init({CKM_RSA_X_509, nullptr, 0}), CKR_OK);
    EXPECT_EQ(decrypt(rsa_public(info, block), plain), CKR_OK);
    EXPECT_EQ(plain, block);
}

TEST_F(DecryptingTest, oaep_gives_the_secret_with_each_hash) {
    CK_BYTE label[] = {'l', 'a', 'b'};
    struct Case {
        CK_MECHANISM_TYPE hash;
        CK_RSA_PKCS_MGF_TYPE mgf;
        const char* name;
    };
    for (const Case& each :
         {Case{CKM_SHA_1, CKG_MGF1_SHA1, "SHA1"}, Case{CKM_SHA256, CKG_MGF1_SHA256, "SHA256"},
          Case{CKM_SHA384, CKG_MGF1_SHA384, "SHA384"},
          Case{CKM_SHA512, CKG_MGF1_SHA512, "SHA512"}}) {
        CK_RSA_PKCS_OAEP_PARAMS parameters{each.hash, each.mgf, CKZ_DATA_SPECIFIED, label, 3};
        const CK_MECHANISM mechanism{CKM_RSA_PKCS_OAEP, &parameters, sizeof(parameters)};
        ASSERT_EQ(init(mechanism), CKR_OK) << each.name;
        EXPECT_EQ(decrypt(encrypt_oaep(info, each.name, {'l', 'a', 'b'}, secret), plain), CKR_OK);
        EXPECT_EQ(plain, secret) << each.name;
        ASSERT_EQ(init(mechanism), CKR_OK);
        EXPECT_EQ(decrypt(encrypt_oaep(info, each.name, {}, secret), plain),
                  CKR_ENCRYPTED_DATA_INVALID);
    }
}

TEST_F(DecryptingTest, takes_parts) {
    Bytes encrypted = encrypt_pkcs1(info, secret);
    plain.resize(256);
    CK_ULONG size = 77;
    ASSERT_EQ(init(), CKR_OK);
    EXPECT_EQ(p11.C_DecryptUpdate(session, encrypted.data(), 100, plain.data(), &size), CKR_OK);
    EXPECT_EQ(size, 0u);
    size = plain.size();
    EXPECT_EQ(p11.C_DecryptUpdate(session, encrypted.data() + 100, 156, plain.data(), &size),
              CKR_OK);
    size = plain.size();
    EXPECT_EQ(p11.C_DecryptFinal(session, plain.data(), &size), CKR_OK);
    plain.resize(size);
    EXPECT_EQ(plain, secret);
    EXPECT_EQ(p11.C_DecryptFinal(session, plain.data(), &size), CKR_OPERATION_NOT_INITIALIZED);
}

TEST_F(DecryptingTest, a_size_query_for_a_part_feeds_nothing) {
    Bytes encrypted = encrypt_pkcs1(info, secret);
    plain.resize(256);
    CK_ULONG size = 77;
    EXPECT_EQ(p11.C_DecryptUpdate(session, encrypted.data(), 100, nullptr, &size),
              CKR_OPERATION_NOT_INITIALIZED);
    ASSERT_EQ(init(), CKR_OK);
    for (CK_ULONG at = 0; at < 256; at += 128) {
        size = 77;
        EXPECT_EQ(p11.C_DecryptUpdate(session, encrypted.data() + at, 128, nullptr, &size), CKR_OK);
        EXPECT_EQ(size, 0u);
        size = plain.size();
        EXPECT_EQ(p11.C_DecryptUpdate(session, encrypted.data() + at, 128, plain.data(), &size),
                  CKR_OK);
    }
    EXPECT_EQ(p11.C_DecryptFinal(session, nullptr, &size), CKR_OK);
    EXPECT_GE(size, secret.size());
    EXPECT_LE(size, plain.size());
    size = plain.size();
    EXPECT_EQ(p11.C_DecryptFinal(session, plain.data(), &size), CKR_OK);
    plain.resize(size);
    EXPECT_EQ(plain, secret);
}

TEST_F(DecryptingTest, short_buffer_and_size_query_keep_the_operation) {
    Bytes encrypted = encrypt_pkcs1(info, secret);
    CK_ULONG size = 0;
    ASSERT_EQ(init(), CKR_OK);
    EXPECT_EQ(p11.C_Decrypt(session, encrypted.data(), encrypted.size(), nullptr, &size), CKR_OK);
    EXPECT_GE(size, secret.size());
    plain.resize(secret.size());
    size = secret.size() - 1;
    EXPECT_EQ(p11.C_Decrypt(session, encrypted.data(), encrypted.size(), plain.data(), &size),
              CKR_BUFFER_TOO_SMALL);
    EXPECT_EQ(size, secret.size());
    EXPECT_EQ(decrypt(encrypted, plain, size), CKR_OK);
    EXPECT_EQ(plain, secret);
    EXPECT_EQ(decrypt(encrypted, plain), CKR_OPERATION_NOT_INITIALIZED);
}

TEST_F(DecryptingTest, wrong_data_is_refused) {
    Bytes encrypted = encrypt_pkcs1(info, secret);
    ASSERT_EQ(init(), CKR_OK);
    EXPECT_EQ(decrypt(Bytes(255, 1), plain), CKR_ENCRYPTED_DATA_LEN_RANGE);
    ASSERT_EQ(init(), CKR_OK);
    EXPECT_EQ(decrypt(Bytes(1000, 1), plain), CKR_ENCRYPTED_DATA_LEN_RANGE);
    ASSERT_EQ(init(), CKR_OK);
    encrypted[100] = static_cast<CK_BYTE>(encrypted[100] ^ 1);
    EXPECT_EQ(decrypt(encrypted, plain), CKR_ENCRYPTED_DATA_INVALID);
    EXPECT_EQ(decrypt(encrypted, plain), CKR_OPERATION_NOT_INITIALIZED);
}

TEST_F(DecryptingTest, null_pointers_end_the_operation) {
    CK_ULONG size = 10;
    ASSERT_EQ(init(), CKR_OK);
    EXPECT_EQ(p11.C_Decrypt(session, nullptr, 256, nullptr, &size), CKR_ARGUMENTS_BAD);
    ASSERT_EQ(init(), CKR_OK);
    EXPECT_EQ(p11.C_DecryptFinal(session, nullptr, nullptr), CKR_ARGUMENTS_BAD);
    Bytes part(100, 1);
    ASSERT_EQ(init(), CKR_OK);
    EXPECT_EQ(p11.C_DecryptUpdate(session, part.data(), 100, part.data(), nullptr),
              CKR_ARGUMENTS_BAD);
    EXPECT_EQ(p11.C_DecryptFinal(session, part.data(), &size), CKR_OPERATION_NOT_INITIALIZED);
    ASSERT_EQ(init(), CKR_OK);
    EXPECT_EQ(p11.C_DecryptUpdate(session, nullptr, 100, part.data(), &size), CKR_ARGUMENTS_BAD);
    EXPECT_EQ(init(), CKR_OK);
    EXPECT_EQ(init(), CKR_OPERATION_ACTIVE);
}

TEST_F(DecryptingTest, init_refuses_wrong_keys_and_mechanisms) {
    EXPECT_EQ(init({CKM_SHA256_RSA_PKCS, nullptr, 0}), CKR_MECHANISM_INVALID);
    EXPECT_EQ(init({CKM_RSA_PKCS_OAEP, nullptr, 0}), CKR_MECHANISM_PARAM_INVALID);
    CK_MECHANISM mechanism{CKM_RSA_PKCS, nullptr, 0};
    EXPECT_EQ(p11.C_DecryptInit(session, &mechanism, private_key(session, id_9e)),
              CKR_KEY_FUNCTION_NOT_PERMITTED);
    EXPECT_EQ(p11.C_DecryptInit(session, &mechanism, 0), CKR_KEY_HANDLE_INVALID);
}

}  // namespace
}  // namespace conformance
