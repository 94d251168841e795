// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "crypto/rsa_padding.h"

#include <algorithm>

#include "crypto/der.h"
#include "crypto/hash.h"
#include "crypto/mask_generation.h"
#include "crypto/software/md5.h"

namespace cardmux::crypto {
namespace {

constexpr std::size_t pkcs1_overhead = 11;
constexpr std::uint8_t pss_trailer = 0xbc;

// Object identifiers of the hashes, content octets: RFC 8017, appendix B.1.
constexpr std::uint8_t oid_sha1[] = {0x2b, 0x0e, 0x03, 0x02, 0x1a};
constexpr std::uint8_t oid_sha2[] = {0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x00};
// RFC 8017, 9.2, note 1.
constexpr std::uint8_t oid_md5[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x05};

Bytes oid_of(HashAlgorithm algorithm) {
    if (algorithm == HashAlgorithm::Sha1) return to_bytes(oid_sha1);
    Bytes oid = to_bytes(oid_sha2);
    switch (algorithm) {
        case HashAlgorithm::Sha1:
            break;
        case HashAlgorithm::Sha256:
            oid.back() = 1;
            break;
        case HashAlgorithm::Sha384:
            oid.back() = 2;
            break;
        case HashAlgorithm::Sha512:
            oid.back() = 3;
            break;
        case HashAlgorithm::Sha224:
            oid.back() = 4;
            break;
    }
    return oid;
}

Bytes encode_digest_info(ByteView oid, ByteView hash, DigestParameters parameters) {
    Bytes identifier;
    der::append_element(identifier, der::object_identifier, oid);
    if (parameters == DigestParameters::Null) der::append_element(identifier, der::null, {});
    Bytes content;
    der::append_element(content, der::sequence, identifier);
    der::append_element(content, der::octet_string, hash);
    Bytes whole;
    der::append_element(whole, der::sequence, content);
    return whole;
}

/// Where the parts of an EMSA-PSS encoding lie in a block of modulus size (RFC 8017, 9.1.1).
struct PssLayout {
    std::size_t leading_zeros = 0;  ///< 1 where emBits is a multiple of eight, else 0
    std::size_t masked_size = 0;    ///< maskedDB
    std::size_t hash_size = 0;
    std::uint8_t first_byte_mask = 0;  ///< the bits of maskedDB's first byte that may be set

    std::span<std::uint8_t> masked(Bytes& block) const {
        return std::span(block).subspan(leading_zeros, masked_size);
    }
    std::span<std::uint8_t> digest(Bytes& block) const {
        return std::span(block).subspan(leading_zeros + masked_size, hash_size);
    }
};

Result<PssLayout> pss_layout(const PssParameters& parameters, ByteView hash,
                             std::size_t modulus_bits) {
    const Error wrong_size(ErrorCode::DataSizeInvalid, "encode PSS");
    const std::size_t digest_size = hash_size(parameters.hash_algorithm);
    if (hash.size() != digest_size || modulus_bits < 2) return wrong_size;
    const std::size_t encoded_bits = modulus_bits - 1;
    const std::size_t encoded_size = (encoded_bits + 7) / 8;
    if (encoded_size < digest_size + 2 || parameters.salt_size > encoded_size - digest_size - 2) {
        return wrong_size;
    }
    PssLayout layout;
    layout.leading_zeros = (modulus_bits + 7) / 8 - encoded_size;
    layout.masked_size = encoded_size - digest_size - 1;
    layout.hash_size = digest_size;
    layout.first_byte_mask = static_cast<std::uint8_t>(0xff >> (8 * encoded_size - encoded_bits));
    return layout;
}

/// H = Hash(eight zero bytes, hash, salt).
Result<Bytes> pss_hash(HashAlgorithm algorithm, ByteView message_hash, ByteView salt) {
    Bytes input(8);
    append(input, message_hash);
    append(input, salt);
    return hash(algorithm, input);
}

}  // namespace

Result<Bytes> pad_pkcs1_signature(ByteView payload, std::size_t modulus_size) {
    if (modulus_size < pkcs1_overhead || payload.size() > modulus_size - pkcs1_overhead) {
        return Error(ErrorCode::DataSizeInvalid, "encode PKCS #1 signature");
    }
    Bytes block(modulus_size - payload.size(), 0xff);
    block.front() = 0x00;
    block[1] = 0x01;
    block.back() = 0x00;
    append(block, payload);
    return block;
}

Result<Bytes> digest_info(HashAlgorithm algorithm, ByteView hash, DigestParameters parameters) {
    if (hash.size() != hash_size(algorithm))
        return Error(ErrorCode::DataSizeInvalid, "encode DigestInfo");
    return encode_digest_info(oid_of(algorithm), hash, parameters);
}

Result<Bytes> md5_digest_info(ByteView hash, DigestParameters parameters) {
    if (hash.size() != md5_size)
        return Error(ErrorCode::DataSizeInvalid, "encode DigestInfo of MD5");
    return encode_digest_info(oid_md5, hash, parameters);
}

Result<Bytes> pad_pss(const PssParameters& parameters, ByteView hash, std::size_t modulus_bits,
                      RandomSource& random) {
    CARDMUX_TRY_ASSIGN(const PssLayout layout, pss_layout(parameters, hash, modulus_bits));
    Bytes salt(parameters.salt_size);
    random.fill(salt);
    CARDMUX_TRY_ASSIGN(const Bytes digest, pss_hash(parameters.hash_algorithm, hash, salt));
    Bytes block(layout.leading_zeros + layout.masked_size + layout.hash_size + 1);
    const auto masked = layout.masked(block);
    masked[masked.size() - parameters.salt_size - 1] = 0x01;
    std::ranges::copy(salt, masked.end() - static_cast<std::ptrdiff_t>(parameters.salt_size));
    CARDMUX_TRY(apply_mgf1(parameters.mgf_algorithm, digest, masked));
    masked[0] &= layout.first_byte_mask;
    std::ranges::copy(digest, layout.digest(block).begin());
    block.back() = pss_trailer;
    return block;
}

Result<bool> pss_block_fits(const PssParameters& parameters, ByteView hash,
                            std::size_t modulus_bits, ByteView block) {
    const auto found = pss_layout(parameters, hash, modulus_bits);
    if (!found.ok() || block.size() != (modulus_bits + 7) / 8) return false;
    const PssLayout& layout = *found;
    Bytes copy = to_bytes(block);
    const auto masked = layout.masked(copy);
    const auto stray_bits = static_cast<std::uint8_t>(~layout.first_byte_mask);
    const bool starts_right = (layout.leading_zeros == 0 || copy[0] == 0) &&
                              (masked[0] & stray_bits) == 0 && copy.back() == pss_trailer;
    if (!starts_right) return false;
    CARDMUX_TRY(apply_mgf1(parameters.mgf_algorithm, layout.digest(copy), masked));
    masked[0] &= layout.first_byte_mask;
    const auto salt = masked.last(parameters.salt_size);
    const auto zeros = masked.first(masked.size() - parameters.salt_size - 1);
    const bool is_padded =
        std::ranges::all_of(zeros, [](std::uint8_t byte) { return byte == 0; }) &&
        masked[zeros.size()] == 0x01;
    if (!is_padded) return false;
    CARDMUX_TRY_ASSIGN(const Bytes expected, pss_hash(parameters.hash_algorithm, hash, salt));
    return equal(expected, layout.digest(copy));
}

}  // namespace cardmux::crypto
