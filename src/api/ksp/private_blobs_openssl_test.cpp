// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <gtest/gtest.h>

#include "api/ksp/openssl_key_test.h"
#include "api/ksp/private_blobs.h"

namespace cardmux::ksp {
namespace {

using crypto::Curve;

Status code(const Outcome<PrivateBlobKey>& parsed) {
    return parsed.ok() ? status::success : parsed.error().code;
}

const OpensslKey& rsa() {
    static const OpensslKey key = OpensslKey::rsa(1024);
    return key;
}

const OpensslKey& p384() {
    static const OpensslKey key = OpensslKey::ec(Curve::P384);
    return key;
}

struct Form {
    const char* type;
    Bytes blob;
};

std::vector<Form> rsa_forms() {
    return {{"RSAPRIVATEBLOB", rsa().rsa_private_blob(false)},
            {"RSAFULLPRIVATEBLOB", rsa().rsa_private_blob(true)},
            {"PRIVATEBLOB", rsa().rsa_private_blob(true)},
            {"CAPIPRIVATEBLOB", rsa().capi_private_blob()},
            {"PKCS8_PRIVATEKEY", rsa().pkcs8()}};
}

std::vector<Form> ec_forms() {
    return {{"ECCPRIVATEBLOB", p384().ecc_private_blob(0x34534345)},
            {"PRIVATEBLOB", p384().ecc_private_blob(0x344B4345)},
            {"PKCS8_PRIVATEKEY", p384().pkcs8()}};
}

TEST(PrivateBlobs, hold_openssls_rsa_numbers) {
    for (const Form& form : rsa_forms()) {
        const auto parsed = parse_private_blob(form.type, form.blob);
        ASSERT_TRUE(parsed.ok()) << form.type;
        const auto& key = std::get<crypto::RsaPrivateKey>(parsed->key);
        EXPECT_EQ(key.public_key.modulus, rsa().n()) << form.type;
        EXPECT_EQ(key.public_key.exponent, (Bytes{1, 0, 1}));
        const std::size_t half = rsa().half();
        const auto has = [&](const SecretBytes& number, const char* name) {
            return equal(number.view(), rsa().number(name, half));
        };
        EXPECT_TRUE(has(key.p, OSSL_PKEY_PARAM_RSA_FACTOR1)) << form.type;
        EXPECT_TRUE(has(key.q, OSSL_PKEY_PARAM_RSA_FACTOR2));
        EXPECT_TRUE(has(key.dp, OSSL_PKEY_PARAM_RSA_EXPONENT1));
        EXPECT_TRUE(has(key.dq, OSSL_PKEY_PARAM_RSA_EXPONENT2));
        EXPECT_TRUE(has(key.qinv, OSSL_PKEY_PARAM_RSA_COEFFICIENT1));
    }
}

TEST(PrivateBlobs, hold_openssls_elliptic_numbers_and_may_say_what_for) {
    for (const Form& form : ec_forms()) {
        const auto parsed = parse_private_blob(form.type, form.blob);
        ASSERT_TRUE(parsed.ok()) << form.type;
        const auto& key = std::get<crypto::EcPrivateKey>(parsed->key);
        EXPECT_EQ(key.public_key.curve, Curve::P384);
        EXPECT_EQ(key.public_key.point, p384().point());
        EXPECT_TRUE(equal(key.scalar.view(), p384().number(OSSL_PKEY_PARAM_PRIV_KEY, 48)));
    }
    EXPECT_EQ(parse_private_blob("ECCPRIVATEBLOB", ec_forms()[0].blob)->derives, false);
    EXPECT_EQ(parse_private_blob("ECCPRIVATEBLOB", ec_forms()[1].blob)->derives, true);
    EXPECT_EQ(parse_private_blob("PKCS8_PRIVATEKEY", ec_forms()[2].blob)->derives, std::nullopt);
    const OpensslKey p256 = OpensslKey::ec(Curve::P256);
    EXPECT_EQ(code(parse_private_blob("PKCS8_PRIVATEKEY", p256.pkcs8())), status::success);
}

TEST(PrivateBlobs, that_are_cut_short_or_go_on_are_bad_data) {
    std::vector<Form> forms = rsa_forms();
    for (Form& form : ec_forms()) forms.push_back(std::move(form));
    for (const Form& form : forms) {
        for (std::size_t size = 0; size < form.blob.size(); ++size) {
            const auto parsed = parse_private_blob(form.type, ByteView(form.blob).first(size));
            ASSERT_EQ(code(parsed), status::nte_bad_data) << form.type << " " << size;
        }
        Bytes longer = form.blob;
        longer.push_back(0);
        EXPECT_EQ(code(parse_private_blob(form.type, longer)), status::nte_bad_data) << form.type;
    }
}

TEST(PrivateBlobs, that_contradict_themselves_are_bad_data) {
    Bytes wrong_prime = rsa().rsa_private_blob(false);
    wrong_prime[24 + 3 + 128 + 20] ^= 1;
    EXPECT_EQ(code(parse_private_blob("RSAPRIVATEBLOB", wrong_prime)), status::nte_bad_data);
    Bytes wrong_size = rsa().rsa_private_blob(false);
    wrong_size[4] ^= 8;
    EXPECT_EQ(code(parse_private_blob("RSAPRIVATEBLOB", wrong_size)), status::nte_bad_data);
    Bytes huge = rsa().rsa_private_blob(false);
    for (std::size_t i = 16; i < 20; ++i) huge[i] = 0xFF;
    EXPECT_EQ(code(parse_private_blob("RSAPRIVATEBLOB", huge)), status::nte_bad_data);
    Bytes off_the_curve = p384().ecc_private_blob(0x34534345);
    off_the_curve[20] ^= 1;
    EXPECT_EQ(code(parse_private_blob("ECCPRIVATEBLOB", off_the_curve)), status::nte_bad_data);
    Bytes no_scalar = p384().ecc_private_blob(0x34534345);
    std::fill(no_scalar.end() - 48, no_scalar.end(), std::uint8_t{0});
    EXPECT_EQ(code(parse_private_blob("ECCPRIVATEBLOB", no_scalar)), status::nte_bad_data);
    EXPECT_EQ(code(parse_private_blob("RSAPRIVATEBLOB", rsa().rsa_private_blob(true))),
              status::nte_bad_data)
        << "RSA3 is of another type";
}

TEST(PrivateBlobs, of_other_kinds_are_told_apart) {
    EXPECT_EQ(code(parse_private_blob("ECCPRIVATEBLOB", p384().ecc_private_blob(0x36534345))),
              status::nte_not_supported)
        << "P-521";
    EXPECT_EQ(code(parse_private_blob("OpaqueTransport", {})), status::nte_not_supported);
    EXPECT_EQ(code(parse_private_blob("RSAPUBLICBLOB", {})), status::nte_bad_type);
    // EncryptedPrivateKeyInfo: an algorithm comes first.
    EXPECT_EQ(code(parse_private_blob("PKCS8_PRIVATEKEY", Bytes{0x30, 0x02, 0x30, 0x00})),
              status::nte_not_supported);
}

}  // namespace
}  // namespace cardmux::ksp
