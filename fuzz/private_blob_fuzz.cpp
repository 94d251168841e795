// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Private keys that a Windows program imports, in every form: what is accepted is a whole key, as
// far as libcrypto can tell without knowing whether its primes are some.
#include <openssl/bn.h>

#include "api/ksp/private_blobs.h"
#include "crypto/key_agreement.h"
#include "fuzz/input.h"

namespace cardmux::fuzz {
namespace {

/// A number, and what the checks need of libcrypto's arithmetic.
class Number {
  public:
    explicit Number(ByteView bytes)
        : value_(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr)) {}
    ~Number() { BN_clear_free(value_); }
    Number(const Number&) = delete;
    Number& operator=(const Number&) = delete;
    BIGNUM* get() const { return value_; }

  private:
    BIGNUM* value_;
};

/// Whether a * b = 1 modulo `modulus`.
bool are_inverse(const Number& a, const Number& b, const BIGNUM* modulus) {
    BN_CTX* context = BN_CTX_new();
    BIGNUM* product = BN_new();
    BN_mod_mul(product, a.get(), b.get(), modulus, context);
    const bool is_one = BN_is_one(product);
    BN_free(product);
    BN_CTX_free(context);
    return is_one;
}

bool is_exponent_modulo(const Number& e, const Number& d, ByteView prime) {
    const Number less_one(prime);
    BN_sub_word(less_one.get(), 1);
    return are_inverse(e, d, less_one.get());
}

void check_rsa(const crypto::RsaPrivateKey& key) {
    const Number e(key.public_key.exponent);
    const std::size_t half = key.public_key.modulus.size() / 2;
    for (const SecretBytes* number : {&key.p, &key.q, &key.dp, &key.dq, &key.qinv})
        require(number->size() == half, "each number is half as long as the modulus");
    require(is_exponent_modulo(e, Number(key.dp.view()), key.p.view()), "dp is d modulo p - 1");
    require(is_exponent_modulo(e, Number(key.dq.view()), key.q.view()), "dq is d modulo q - 1");
    require(are_inverse(Number(key.q.view()), Number(key.qinv.view()), Number(key.p.view()).get()),
            "qinv is the inverse of q");
}

/// curve_name    empty: the blob has to say its curve
void check(const char* type, ByteView blob, const char* curve_name) {
    const auto parsed = ksp::parse_private_blob(type, blob, curve_name);
    if (!parsed.ok()) return;
    if (const auto* rsa = std::get_if<crypto::RsaPrivateKey>(&parsed->key)) {
        check_rsa(*rsa);
        return;
    }
    const auto& elliptic = std::get<crypto::EcPrivateKey>(parsed->key);
    require(crypto::agreement_peer(elliptic.public_key.curve, elliptic.public_key.point).ok(),
            "the point is on the curve");
    require(elliptic.scalar.size() == crypto::field_size(elliptic.public_key.curve),
            "the scalar is as long as the field");
}

}  // namespace
}  // namespace cardmux::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    for (const char* type : {"RSAPRIVATEBLOB", "RSAFULLPRIVATEBLOB", "ECCPRIVATEBLOB",
                             "PRIVATEBLOB", "CAPIPRIVATEBLOB", "PKCS8_PRIVATEKEY"})
        cardmux::fuzz::check(type, {data, size}, "");
    cardmux::fuzz::check("ECCPRIVATEBLOB", {data, size}, "nistP256");
    cardmux::fuzz::check("ECCPRIVATEBLOB", {data, size}, "nistP384");
    return 0;
}
