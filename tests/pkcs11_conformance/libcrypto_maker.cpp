// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "libcrypto_maker.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>

namespace conformance {
namespace {

template <auto release>
struct Release {
    template <typename T>
    void operator()(T* object) const {
        release(object);
    }
};
using Key = std::unique_ptr<EVP_PKEY, Release<EVP_PKEY_free>>;
using Number = std::unique_ptr<BIGNUM, Release<BN_clear_free>>;

template <typename T, typename Encoder>
Bytes encode(T* object, Encoder encoder) {
    Bytes der(static_cast<std::size_t>(encoder(object, nullptr)));
    unsigned char* at = der.data();
    encoder(object, &at);
    return der;
}

Bytes number_of(const EVP_PKEY* key, const char* name) {
    BIGNUM* read = nullptr;
    if (EVP_PKEY_get_bn_param(key, name, &read) != 1) return {};
    const Number number(read);
    Bytes bytes(static_cast<std::size_t>(BN_num_bytes(read)));
    BN_bn2bin(read, bytes.data());
    return bytes;
}

LooseKey open_up(const EVP_PKEY* key, std::initializer_list<const char*> names) {
    LooseKey loose{encode(key, i2d_PUBKEY)};
    for (const char* name : names) loose.numbers[name] = number_of(key, name);
    return loose;
}

}  // namespace

LooseKey make_rsa_key(unsigned bits, unsigned exponent) {
    const std::unique_ptr<EVP_PKEY_CTX, Release<EVP_PKEY_CTX_free>> context(
        EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
    EVP_PKEY_keygen_init(context.get());
    EVP_PKEY_CTX_set_rsa_keygen_bits(context.get(), static_cast<int>(bits));
    const Number wanted(BN_new());
    BN_set_word(wanted.get(), exponent);
    EVP_PKEY_CTX_set1_rsa_keygen_pubexp(context.get(), wanted.get());
    EVP_PKEY* made = nullptr;
    EVP_PKEY_generate(context.get(), &made);
    const Key key(made);
    return open_up(made, {OSSL_PKEY_PARAM_RSA_N, OSSL_PKEY_PARAM_RSA_E, OSSL_PKEY_PARAM_RSA_D,
                          OSSL_PKEY_PARAM_RSA_FACTOR1, OSSL_PKEY_PARAM_RSA_FACTOR2,
                          OSSL_PKEY_PARAM_RSA_EXPONENT1, OSSL_PKEY_PARAM_RSA_EXPONENT2,
                          OSSL_PKEY_PARAM_RSA_COEFFICIENT1});
}

LooseKey make_ec_key(const char* curve) {
    const Key key(EVP_EC_gen(curve));
    LooseKey loose = open_up(key.get(), {OSSL_PKEY_PARAM_PRIV_KEY});
    std::size_t size = 0;
    EVP_PKEY_get_octet_string_param(key.get(), OSSL_PKEY_PARAM_PUB_KEY, nullptr, 0, &size);
    loose.point.resize(size);
    EVP_PKEY_get_octet_string_param(key.get(), OSSL_PKEY_PARAM_PUB_KEY, loose.point.data(), size,
                                    &size);
    return loose;
}

MadeCertificate certify(const Bytes& public_key_info, const char* common_name) {
    const unsigned char* at = public_key_info.data();
    const Key subject(d2i_PUBKEY(nullptr, &at, static_cast<long>(public_key_info.size())));
    const Key authority(EVP_EC_gen("P-256"));
    const std::unique_ptr<X509, Release<X509_free>> made(X509_new());
    X509_set_version(made.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 0x4711);
    X509_gmtime_adj(X509_getm_notBefore(made.get()), 0);
    X509_gmtime_adj(X509_getm_notAfter(made.get()), 86400);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(made.get()), "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(common_name), -1, -1, 0);
    X509_NAME_add_entry_by_txt(X509_get_issuer_name(made.get()), "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>("test CA"), -1, -1, 0);
    X509_set_pubkey(made.get(), subject.get());
    X509_sign(made.get(), authority.get(), EVP_sha256());
    return {encode(made.get(), i2d_X509), encode(X509_get_subject_name(made.get()), i2d_X509_NAME),
            encode(X509_get_issuer_name(made.get()), i2d_X509_NAME),
            encode(X509_get0_serialNumber(made.get()), i2d_ASN1_INTEGER)};
}

}  // namespace conformance
