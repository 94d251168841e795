// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "simulation/piv/self_signed_certificate.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <array>

#include "iso7816/tlv_reader.h"
#include "iso7816/tlv_writer.h"

namespace cardmux::simulation {
namespace {

using iso7816::TlvReader;
using iso7816::TlvWriter;

template <auto free_function>
struct Free {
    template <typename T>
    void operator()(T* object) const {
        free_function(object);
    }
};

using Certificate = std::unique_ptr<X509, Free<X509_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Free<X509_EXTENSION_free>>;
using Number = std::unique_ptr<BIGNUM, Free<BN_clear_free>>;
using NumberScratch = std::unique_ptr<BN_CTX, Free<BN_CTX_free>>;
using Group = std::unique_ptr<EC_GROUP, Free<EC_GROUP_free>>;
using Point = std::unique_ptr<EC_POINT, Free<EC_POINT_free>>;

constexpr std::uint32_t der_sequence = 0x30;
constexpr std::uint32_t der_integer = 0x02;
constexpr std::uint32_t der_bit_string = 0x03;

Error failed() {
    ERR_clear_error();
    return Error(ErrorCode::Internal, "make self-signed certificate");
}

bool add_extension(X509& certificate, int kind, const char* value) {
    X509V3_CTX context{};
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, &certificate, &certificate, nullptr, nullptr, 0);
    const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, kind, value));
    return extension && X509_add_ext(&certificate, extension.get(), -1) == 1;
}

const char* key_usage(const PrivateKey& key, const CertificateText& text) {
    if (!text.can_encrypt) return "critical,digitalSignature";
    return is_rsa(key.algorithm()) ? "critical,digitalSignature,keyEncipherment"
                                   : "critical,digitalSignature,keyAgreement";
}

bool fill(X509& certificate, const PrivateKey& key, const CertificateText& text) {
    X509_NAME* const name = X509_get_subject_name(&certificate);
    const auto* const common_name = reinterpret_cast<const unsigned char*>(text.common_name.data());
    // GeneralizedTime is for 2050 and later only (RFC 5280, section 4.1.2.5).
    return X509_set_version(&certificate, X509_VERSION_3) == 1 &&
           ASN1_INTEGER_set_uint64(X509_get_serialNumber(&certificate), text.serial_number) == 1 &&
           ASN1_TIME_set_string(X509_getm_notBefore(&certificate), "200101000000Z") == 1 &&
           ASN1_TIME_set_string(X509_getm_notAfter(&certificate), "491231235959Z") == 1 &&
           X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, common_name,
                                      static_cast<int>(text.common_name.size()), -1, 0) == 1 &&
           X509_set_issuer_name(&certificate, name) == 1 &&
           X509_set_pubkey(&certificate, key.get()) == 1 &&
           add_extension(certificate, NID_basic_constraints, "critical,CA:FALSE") &&
           add_extension(certificate, NID_key_usage, key_usage(key, text)) &&
           add_extension(certificate, NID_subject_key_identifier, "hash");
}

Bytes to_der(X509& certificate) {
    Bytes der(static_cast<std::size_t>(std::max(0, i2d_X509(&certificate, nullptr))));
    unsigned char* at = der.data();
    i2d_X509(&certificate, &at);
    return der;
}

Bytes der_number(const BIGNUM& number) {
    Bytes bytes(static_cast<std::size_t>(BN_num_bytes(&number)) + 1);  // a zero in front: positive
    BN_bn2binpad(&number, bytes.data(), static_cast<int>(bytes.size()));
    if ((bytes[1] & 0x80) == 0) bytes.erase(bytes.begin());
    return bytes;
}

Bytes digest(const CryptoLibrary& library, const char* name, ByteView input) {
    Bytes result(EVP_MAX_MD_SIZE);
    std::size_t size = 0;
    if (EVP_Q_digest(library.get(), name, nullptr, input.data(), input.size(), result.data(),
                     &size) != 1) {
        size = 0;
    }
    result.resize(size);
    return result;
}

Number private_scalar(const PrivateKey& key) {
    BIGNUM* scalar = nullptr;
    EVP_PKEY_get_bn_param(key.get(), OSSL_PKEY_PARAM_PRIV_KEY, &scalar);
    return Number(scalar);
}

/// ECDSA whose nonce follows from key and hash. libcrypto 3.0 cannot do that (its nonces are
/// random).
Result<Bytes> sign_repeatably(const CryptoLibrary& library, const PrivateKey& key, ByteView hash) {
    const NumberScratch scratch(BN_CTX_new_ex(library.get()));
    const Group group(EC_GROUP_new_by_curve_name_ex(
        library.get(), nullptr,
        key.algorithm() == KeyAlgorithm::P256 ? NID_X9_62_prime256v1 : NID_secp384r1));
    const Number secret = private_scalar(key);
    if (!scratch || !group || !secret) return failed();
    const BIGNUM* const order = EC_GROUP_get0_order(group.get());

    Bytes seed = key.pkcs8();
    append(seed, hash);
    const Bytes wide = digest(library, "SHA512", seed);
    const Number nonce(BN_bin2bn(wide.data(), static_cast<int>(wide.size()), nullptr));
    const Number z(BN_bin2bn(hash.data(), static_cast<int>(hash.size()), nullptr));
    const Number r(BN_new());
    const Number s(BN_new());
    const Point point(EC_POINT_new(group.get()));
    // r = (nonce * G).x mod n;  s = (z + r * secret) / nonce mod n
    const bool computed =
        BN_nnmod(nonce.get(), nonce.get(), order, scratch.get()) == 1 &&
        EC_POINT_mul(group.get(), point.get(), nonce.get(), nullptr, nullptr, scratch.get()) == 1 &&
        EC_POINT_get_affine_coordinates(group.get(), point.get(), r.get(), nullptr,
                                        scratch.get()) == 1 &&
        BN_nnmod(r.get(), r.get(), order, scratch.get()) == 1 &&
        BN_mod_mul(s.get(), r.get(), secret.get(), order, scratch.get()) == 1 &&
        BN_mod_add(s.get(), s.get(), z.get(), order, scratch.get()) == 1 &&
        BN_mod_inverse(nonce.get(), nonce.get(), order, scratch.get()) != nullptr &&
        BN_mod_mul(s.get(), s.get(), nonce.get(), order, scratch.get()) == 1;
    if (!computed || BN_is_zero(r.get()) != 0 || BN_is_zero(s.get()) != 0) return failed();
    const Bytes pair =
        TlvWriter().add(der_integer, der_number(*r)).add(der_integer, der_number(*s)).take();
    return TlvWriter().add(der_sequence, pair).take();
}

/// The same certificate with an ECDSA signature that is the same each time.
Result<Bytes> sign_again(const CryptoLibrary& library, const PrivateKey& key, ByteView der) {
    CARDMUX_TRY_ASSIGN(const ByteView content, TlvReader(der).require(der_sequence));
    TlvReader parts(content);
    CARDMUX_TRY_ASSIGN(const auto signed_part, parts.next());
    CARDMUX_TRY_ASSIGN(const auto algorithm, parts.next());
    if (!signed_part || !algorithm) return failed();
    const Bytes to_sign = TlvWriter().add(der_sequence, signed_part->value).take();
    const char* const hash_name = key.algorithm() == KeyAlgorithm::P256 ? "SHA256" : "SHA384";
    CARDMUX_TRY_ASSIGN(const Bytes signature,
                       sign_repeatably(library, key, digest(library, hash_name, to_sign)));
    Bytes bits = {0};  // no unused bits
    append(bits, signature);
    const Bytes whole = TlvWriter()
                            .add(der_sequence, signed_part->value)
                            .add(der_sequence, algorithm->value)
                            .add(der_bit_string, bits)
                            .take();
    return TlvWriter().add(der_sequence, whole).take();
}

}  // namespace

Result<Bytes> self_signed_certificate(const CryptoLibrary& library, const PrivateKey& key,
                                      const CertificateText& text) {
    const Certificate certificate(X509_new_ex(library.get(), nullptr));
    const EVP_MD* const hash = key.algorithm() == KeyAlgorithm::P384 ? EVP_sha384() : EVP_sha256();
    if (!certificate || !fill(*certificate, key, text) ||
        X509_sign(certificate.get(), key.get(), hash) == 0) {
        return failed();
    }
    const Bytes der = to_der(*certificate);
    return is_rsa(key.algorithm()) ? Result<Bytes>(der) : sign_again(library, key, der);
}

}  // namespace cardmux::simulation
