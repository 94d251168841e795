// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Keys that OpenSSL makes, in the forms that Windows programs import them in. For tests.
#pragma once

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <memory>

#include "api/ksp/little_endian.h"
#include "crypto/private_key.h"

namespace cardmux::ksp {

class OpensslKey {
  public:
    static OpensslKey rsa(unsigned bits) { return OpensslKey(EVP_RSA_gen(bits)); }
    static OpensslKey ec(crypto::Curve curve) {
        return OpensslKey(EVP_EC_gen(curve == crypto::Curve::P256 ? "P-256" : "P-384"));
    }

    /// Big-endian, `size` bytes; 0: as many as it takes.
    Bytes number(const char* name, std::size_t size = 0) const {
        BIGNUM* value = nullptr;
        EVP_PKEY_get_bn_param(key_.get(), name, &value);
        Bytes bytes(size != 0 ? size : static_cast<std::size_t>(BN_num_bytes(value)));
        BN_bn2binpad(value, bytes.data(), static_cast<int>(bytes.size()));
        BN_free(value);
        return bytes;
    }
    Bytes n() const { return number(OSSL_PKEY_PARAM_RSA_N); }
    std::size_t half() const { return n().size() / 2; }

    Bytes rsa_private_blob(bool is_full) const {
        Bytes blob;
        const Bytes e = number(OSSL_PKEY_PARAM_RSA_E);
        append_u32(blob, is_full ? 0x33415352 : 0x32415352);
        for (const std::size_t size : {8 * n().size(), e.size(), n().size(), half(), half()})
            append_u32(blob, static_cast<std::uint32_t>(size));
        append(blob, e);
        append(blob, n());
        append(blob, number(OSSL_PKEY_PARAM_RSA_FACTOR1, half()));
        append(blob, number(OSSL_PKEY_PARAM_RSA_FACTOR2, half()));
        if (!is_full) return blob;
        append(blob, number(OSSL_PKEY_PARAM_RSA_EXPONENT1, half()));
        append(blob, number(OSSL_PKEY_PARAM_RSA_EXPONENT2, half()));
        append(blob, number(OSSL_PKEY_PARAM_RSA_COEFFICIENT1, half()));
        append(blob, number(OSSL_PKEY_PARAM_RSA_D, n().size()));
        return blob;
    }
    Bytes capi_private_blob() const {
        Bytes blob;
        for (const std::uint32_t word : {0x00000207U, 0x0000A400U, 0x32415352U})
            append_u32(blob, word);
        append_u32(blob, static_cast<std::uint32_t>(8 * n().size()));
        append(blob, turned(number(OSSL_PKEY_PARAM_RSA_E, 4)));
        append(blob, turned(n()));
        for (const char* name : {OSSL_PKEY_PARAM_RSA_FACTOR1, OSSL_PKEY_PARAM_RSA_FACTOR2,
                                 OSSL_PKEY_PARAM_RSA_EXPONENT1, OSSL_PKEY_PARAM_RSA_EXPONENT2,
                                 OSSL_PKEY_PARAM_RSA_COEFFICIENT1})
            append(blob, turned(number(name, half())));
        append(blob, turned(number(OSSL_PKEY_PARAM_RSA_D, n().size())));
        return blob;
    }
    /// magic     ECS2, ECS4, ECK2 or ECK4
    Bytes ecc_private_blob(std::uint32_t magic) const {
        Bytes blob;
        append_u32(blob, magic);
        const std::size_t size = point().size() / 2;
        append_u32(blob, static_cast<std::uint32_t>(size));
        append(blob, ByteView(point()).subspan(1));
        append(blob, number(OSSL_PKEY_PARAM_PRIV_KEY, size));
        return blob;
    }
    Bytes pkcs8() const {
        PKCS8_PRIV_KEY_INFO* info = EVP_PKEY2PKCS8(key_.get());
        unsigned char* der = nullptr;
        const int size = i2d_PKCS8_PRIV_KEY_INFO(info, &der);
        Bytes bytes(der, der + size);
        OPENSSL_free(der);
        PKCS8_PRIV_KEY_INFO_free(info);
        return bytes;
    }
    /// 04 X Y
    Bytes point() const {
        Bytes bytes(200);
        std::size_t size = 0;
        EVP_PKEY_get_octet_string_param(key_.get(), OSSL_PKEY_PARAM_PUB_KEY, bytes.data(),
                                        bytes.size(), &size);
        bytes.resize(size);
        return bytes;
    }
    EVP_PKEY* get() const { return key_.get(); }

  private:
    explicit OpensslKey(EVP_PKEY* key) : key_(key, EVP_PKEY_free) {}
    static Bytes turned(const Bytes& number) { return {number.rbegin(), number.rend()}; }

    std::shared_ptr<EVP_PKEY> key_;
};

}  // namespace cardmux::ksp
