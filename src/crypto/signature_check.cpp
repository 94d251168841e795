// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Which keys and inputs the public operations take, and what they say of signatures.
#include <algorithm>

#include "crypto/public_key.h"
#include "crypto/public_operation.h"

namespace cardmux::crypto {
namespace {

/// The leftmost field-size bytes: both orders have exactly as many bits as the field (FIPS
/// 186-5, 6.4.2).
ByteView leftmost(ByteView hash, Curve curve) {
    return hash.first(std::min(hash.size(), field_size(curve)));
}

}  // namespace

Result<Bytes> rsa_public_operation(const RsaPublicKey& key, ByteView input) {
    const bool is_possible = is_usable(key) && input.size() == key.modulus.size() &&
                             std::ranges::lexicographical_compare(input, key.modulus);
    if (!is_possible) return Error(ErrorCode::DataInvalid, "RSA public operation");
    return raise_to_public_exponent(key, input);
}

Result<bool> rsa_result_fits(const RsaPublicKey& key, ByteView block, ByteView result) {
    if (!is_usable(key)) return Error(ErrorCode::DataInvalid, "RSA public operation");
    if (block.size() != key.modulus.size()) return false;
    const Result<Bytes> raised = rsa_public_operation(key, result);
    if (raised.ok()) return equal(*raised, block);
    if (raised.error().code == ErrorCode::DataInvalid) return false;
    return raised.error();
}

Result<bool> ecdsa_signature_fits(const EcPublicKey& key, ByteView hash, ByteView signature) {
    const std::size_t size = field_size(key.curve);
    if (key.point.size() != 1 + 2 * size || key.point[0] != 0x04) {
        return Error(ErrorCode::DataInvalid, "ECDSA verification");
    }
    if (signature.size() != 2 * size) return false;
    return ecdsa_numbers_fit(key, leftmost(hash, key.curve), signature);
}

}  // namespace cardmux::crypto
