// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// On numbers and points: library_context_openssl.h says why not on key objects.
#include "crypto/curve_openssl.h"
#include "crypto/library_context_openssl.h"
#include "crypto/public_operation.h"

namespace cardmux::crypto {
namespace {

Error rsa_failed(const LibraryUse& use) {
    return use.failed("RSA public operation");
}
Error ecdsa_failed(const LibraryUse& use) {
    return use.failed("ECDSA verification");
}

/// r and s, and what FIPS 186-5, section 6.4.2 computes from them.
struct EcdsaNumbers {
    BigNumber r;
    BigNumber s;
    BigNumber u1;
    BigNumber u2;

    bool are_there() const { return r && s && u1 && u2; }
    bool are_in_range(const BIGNUM* order) const {
        return !BN_is_zero(r.get()) && !BN_is_zero(s.get()) && BN_ucmp(r.get(), order) < 0 &&
               BN_ucmp(s.get(), order) < 0;
    }
};

/// u1 = hash / s and u2 = r / s, modulo the order; false if libcrypto fails.
bool divide(EcdsaNumbers& numbers, const BIGNUM* order, BN_CTX* scratch) {
    const BigNumber inverse(BN_mod_inverse(nullptr, numbers.s.get(), order, scratch));
    return inverse &&
           BN_mod_mul(numbers.u1.get(), numbers.u1.get(), inverse.get(), order, scratch) == 1 &&
           BN_mod_mul(numbers.u2.get(), numbers.r.get(), inverse.get(), order, scratch) == 1;
}

/// Whether the X coordinate of u1 * G + u2 * Q is r, modulo the order.
Result<bool> sum_fits(const EC_GROUP* group, const EC_POINT* key, const EcdsaNumbers& numbers,
                      BN_CTX* scratch, const LibraryUse& use) {
    const CurvePoint sum(EC_POINT_new(group));
    const BigNumber x(BN_new());
    if (!sum || !x) return ecdsa_failed(use);
    if (EC_POINT_mul(group, sum.get(), numbers.u1.get(), key, numbers.u2.get(), scratch) != 1) {
        return ecdsa_failed(use);
    }
    if (EC_POINT_is_at_infinity(group, sum.get()) == 1) return false;
    if (EC_POINT_get_affine_coordinates(group, sum.get(), x.get(), nullptr, scratch) != 1 ||
        BN_nnmod(x.get(), x.get(), EC_GROUP_get0_order(group), scratch) != 1) {
        return ecdsa_failed(use);
    }
    return BN_cmp(x.get(), numbers.r.get()) == 0;
}

}  // namespace

Result<Bytes> raise_to_public_exponent(const RsaPublicKey& key, ByteView input) {
    const LibraryUse use;
    const NumberScratch scratch(BN_CTX_new_ex(library_context()));
    const BigNumber modulus = number_of(key.modulus);
    const BigNumber exponent = number_of(key.exponent);
    const BigNumber base = number_of(input);
    const BigNumber power(BN_new());
    if (!scratch || !modulus || !exponent || !base || !power) return rsa_failed(use);
    if (BN_mod_exp(power.get(), base.get(), exponent.get(), modulus.get(), scratch.get()) != 1) {
        return rsa_failed(use);
    }
    Bytes raised(key.modulus.size());
    if (BN_bn2binpad(power.get(), raised.data(), static_cast<int>(raised.size())) < 0) {
        return rsa_failed(use);
    }
    return raised;
}

Result<bool> ecdsa_numbers_fit(const EcPublicKey& key, ByteView hash, ByteView signature) {
    const std::size_t size = field_size(key.curve);
    const LibraryUse use;
    const CurveGroup group = group_of(key.curve);
    const NumberScratch scratch(BN_CTX_new_ex(library_context()));
    if (!group || !scratch) return ecdsa_failed(use);
    const CurvePoint point(EC_POINT_new(group.get()));
    EcdsaNumbers numbers{number_of(signature.first(size)), number_of(signature.subspan(size)),
                         number_of(hash), BigNumber(BN_new())};
    if (!point || !numbers.are_there()) return ecdsa_failed(use);
    if (EC_POINT_oct2point(group.get(), point.get(), key.point.data(), key.point.size(),
                           scratch.get()) != 1) {
        use.check_memory();
        return Error(ErrorCode::DataInvalid, "ECDSA verification");
    }
    const BIGNUM* order = EC_GROUP_get0_order(group.get());
    if (!numbers.are_in_range(order)) return false;
    if (!divide(numbers, order, scratch.get())) return ecdsa_failed(use);
    return sum_fits(group.get(), point.get(), numbers, scratch.get(), use);
}

}  // namespace cardmux::crypto
