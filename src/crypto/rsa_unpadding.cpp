// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Taking encryption padding off. A caller that could tell one wrong padding from another, by error
// or by time, could decrypt with our help (Bleichenbacher 1998, Manger 2001): everything up to the
// one answer "wrong" goes over the whole block, whatever it holds. OpenSSL's function for PKCS #1
// v1.5 answers a random message instead of "wrong" in newer releases, which PKCS #11 does not
// allow.
#include <algorithm>

#include "crypto/constant_time.h"
#include "crypto/hash.h"
#include "crypto/mask_generation.h"
#include "crypto/rsa_padding.h"

namespace cardmux::crypto {
namespace {

using constant_time::Mask;

constexpr std::size_t pkcs1_overhead = 11;
constexpr std::size_t pkcs1_separator_min = 10;  ///< 00 02 and eight bytes that are not zero

Error wrong_padding() {
    return Error(ErrorCode::DataInvalid, "decrypt");
}

struct Separator {
    Mask is_right = 0;        ///< whether the whole padding is
    std::uint32_t index = 0;  ///< of the byte between padding and message
};

Separator find_pkcs1_separator(ByteView block) {
    Mask found = 0;
    std::uint32_t index = 0;
    for (std::uint32_t i = 2; i < block.size(); ++i) {
        const Mask is_first = constant_time::is_zero(block[i]) & ~found;
        index = constant_time::select(is_first, i, index);
        found |= is_first;
    }
    const Mask is_right = constant_time::is_zero(block[0]) &
                          constant_time::are_equal(block[1], std::uint32_t{2}) & found &
                          ~constant_time::is_less(index, pkcs1_separator_min);
    return {is_right, index};
}

/// DB of RSAES-OAEP: lHash, zeros, 01, message (RFC 8017, 7.1.2 step 3g).
Separator find_oaep_separator(ByteView db, ByteView label_hash) {
    Mask found = 0;
    Mask wrong = ~constant_time::are_equal(db.first(label_hash.size()), label_hash);
    std::uint32_t index = 0;
    for (auto i = static_cast<std::uint32_t>(label_hash.size()); i < db.size(); ++i) {
        const Mask is_one = constant_time::are_equal(db[i], std::uint32_t{1});
        const Mask is_zero = constant_time::is_zero(db[i]);
        const Mask is_first = is_one & ~found;
        index = constant_time::select(is_first, i, index);
        wrong |= ~found & ~is_one & ~is_zero;
        found |= is_first;
    }
    return {found & ~wrong, index};
}

/// The one place where right and wrong part. The message's length shows from here on, as it must.
Result<SecretBytes> message_after(const Separator& separator, ByteView block) {
    if (constant_time::opaque(separator.is_right) == 0) return wrong_padding();
    return SecretBytes(block.subspan(separator.index + 1));
}

}  // namespace

Result<SecretBytes> unpad_pkcs1_encryption(ByteView block) {
    if (block.size() < pkcs1_overhead) return wrong_padding();
    return message_after(find_pkcs1_separator(block), block);
}

Result<SecretBytes> unpad_oaep(ByteView block, HashAlgorithm algorithm, HashAlgorithm mgf_algorithm,
                               ByteView label) {
    const std::size_t digest_size = hash_size(algorithm);
    if (block.size() < 2 * digest_size + 2) return wrong_padding();
    CARDMUX_TRY_ASSIGN(const Bytes label_hash, hash(algorithm, label));
    Bytes copy = to_bytes(block);
    const WipedAtEnd wiped(copy);
    const std::span<std::uint8_t> seed = std::span(copy).subspan(1, digest_size);
    const std::span<std::uint8_t> db = std::span(copy).subspan(1 + digest_size);
    CARDMUX_TRY(apply_mgf1(mgf_algorithm, db, seed));
    CARDMUX_TRY(apply_mgf1(mgf_algorithm, seed, db));
    Separator separator = find_oaep_separator(db, label_hash);
    separator.is_right &= constant_time::is_zero(block[0]);
    return message_after(separator, db);
}

}  // namespace cardmux::crypto
