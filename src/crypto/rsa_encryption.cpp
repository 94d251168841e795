// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "crypto/rsa_encryption.h"

#include <algorithm>

#include "base/secret.h"
#include "crypto/hash.h"
#include "crypto/mask_generation.h"

namespace cardmux::crypto {
namespace {

constexpr std::size_t pkcs1_overhead = 11;

void fill_without_zeros(std::span<std::uint8_t> out, RandomSource& random) {
    random.fill(out);
    for (std::uint8_t& byte : out) {
        while (byte == 0) random.fill(std::span(&byte, 1));
    }
}

}  // namespace

Result<Bytes> rsa_encrypt_pkcs1(const RsaPublicKey& key, ByteView message, RandomSource& random) {
    const std::size_t size = key.modulus.size();
    if (message.size() + pkcs1_overhead > size)
        return Error(ErrorCode::DataSizeInvalid, "encrypt with PKCS #1");
    Bytes block(size);
    const WipedAtEnd wiped(block);  // it holds the message
    const std::size_t separator = size - message.size() - 1;
    block[1] = 0x02;
    fill_without_zeros(std::span(block).subspan(2, separator - 2), random);
    std::ranges::copy(message, block.begin() + static_cast<std::ptrdiff_t>(separator + 1));
    return rsa_public_operation(key, block);
}

Result<Bytes> rsa_encrypt_oaep(const RsaPublicKey& key, const OaepParameters& parameters,
                               ByteView message, RandomSource& random) {
    const std::size_t size = key.modulus.size();
    const std::size_t digest_size = hash_size(parameters.hash_algorithm);
    if (message.size() + 2 * digest_size + 2 > size)
        return Error(ErrorCode::DataSizeInvalid, "encrypt with OAEP");
    CARDMUX_TRY_ASSIGN(const Bytes label_hash, hash(parameters.hash_algorithm, parameters.label));
    Bytes block(size);
    const WipedAtEnd wiped(block);  // it holds the message
    const auto seed = std::span(block).subspan(1, digest_size);
    const auto db = std::span(block).subspan(1 + digest_size);
    random.fill(seed);
    std::ranges::copy(label_hash, db.begin());
    db[db.size() - message.size() - 1] = 0x01;
    std::ranges::copy(message, db.end() - static_cast<std::ptrdiff_t>(message.size()));
    CARDMUX_TRY(apply_mgf1(parameters.mgf_algorithm, seed, db));
    CARDMUX_TRY(apply_mgf1(parameters.mgf_algorithm, db, seed));
    return rsa_public_operation(key, block);
}

}  // namespace cardmux::crypto
