// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "api/ksp/derivation/keyed_hash.h"

#include <algorithm>
#include <functional>

#include "api/ksp/derivation/secret_message.h"
#include "crypto/hash.h"
#include "crypto/software/md5.h"

namespace cardmux::ksp {
namespace {

using crypto::HashAlgorithm;
using HashFunction = std::function<Result<SecretBytes>(ByteView message)>;
using MacFunction = std::function<Result<SecretBytes>(ByteView key, ByteView message)>;

constexpr std::size_t short_block = 64;

Result<SecretBytes> hmac_of(const HashFunction& hash, std::size_t block_size, ByteView key,
                            ByteView message) {
    constexpr std::uint8_t inner = 0x36;
    constexpr std::uint8_t outer = 0x5C;
    CARDMUX_TRY_ASSIGN(const SecretBytes short_key,
                       key.size() > block_size ? hash(key) : Result<SecretBytes>(SecretBytes(key)));
    SecretMessage pad({short_key.view(), Bytes(block_size - short_key.size())});
    for (std::uint8_t& byte : pad.bytes()) byte ^= inner;
    CARDMUX_TRY_ASSIGN(const SecretBytes first, hash(SecretMessage({pad.view(), message}).view()));
    for (std::uint8_t& byte : pad.bytes()) byte ^= inner ^ outer;
    return hash(SecretMessage({pad.view(), first.view()}).view());
}

Result<SecretBytes> hmac_md5(ByteView key, ByteView message) {
    const HashFunction hash = [](ByteView data) -> Result<SecretBytes> {
        auto digest = crypto::md5(data);
        SecretBytes secret(digest);
        wipe(digest);
        return secret;
    };
    return hmac_of(hash, short_block, key, message);
}

MacFunction mac_of(HashAlgorithm algorithm) {
    return [algorithm](ByteView key, ByteView message) { return hmac(algorithm, key, message); };
}

/// P_hash of RFC 5246, section 5: A(i) is the MAC of A(i-1), A(0) the seed, and the output the MACs
/// of A(i) and the seed, added to what `key` holds (RFC 4346 wants the sum of two).
Result<void> add_p_hash(const MacFunction& mac, ByteView secret, ByteView seed,
                        std::span<std::uint8_t> key) {
    CARDMUX_TRY_ASSIGN(SecretBytes a, mac(secret, seed));
    for (std::size_t at = 0; at < key.size();) {
        CARDMUX_TRY_ASSIGN(const SecretBytes part,
                           mac(secret, SecretMessage({a.view(), seed}).view()));
        const std::size_t size = std::min(part.size(), key.size() - at);
        for (std::size_t i = 0; i < size; ++i) key[at + i] ^= part.view()[i];
        at += size;
        CARDMUX_TRY_ASSIGN(a, mac(secret, a.view()));
    }
    return success();
}

}  // namespace

Result<SecretBytes> secret_hash(HashAlgorithm algorithm, ByteView message) {
    CARDMUX_TRY_ASSIGN(Bytes digest, crypto::hash(algorithm, message));
    SecretBytes secret(digest);
    wipe(digest);
    return secret;
}

Result<SecretBytes> hmac(HashAlgorithm algorithm, ByteView key, ByteView message) {
    const bool is_long = algorithm == HashAlgorithm::Sha384 || algorithm == HashAlgorithm::Sha512;
    const HashFunction hash = [algorithm](ByteView data) { return secret_hash(algorithm, data); };
    return hmac_of(hash, is_long ? 2 * short_block : short_block, key, message);
}

Result<SecretBytes> tls12_prf(HashAlgorithm algorithm, ByteView secret, ByteView seed,
                              std::size_t size) {
    SecretMessage key({Bytes(size)});
    CARDMUX_TRY(add_p_hash(mac_of(algorithm), secret, seed, key.bytes()));
    return SecretBytes(key.view());
}

Result<SecretBytes> tls10_prf(ByteView secret, ByteView seed, std::size_t size) {
    const std::size_t half = (secret.size() + 1) / 2;  // of an odd one both have the middle byte
    SecretMessage key({Bytes(size)});
    CARDMUX_TRY(add_p_hash(hmac_md5, secret.first(half), seed, key.bytes()));
    CARDMUX_TRY(add_p_hash(mac_of(HashAlgorithm::Sha1), secret.last(half), seed, key.bytes()));
    return SecretBytes(key.view());
}

std::size_t hkdf_size_max(HashAlgorithm algorithm) {
    constexpr std::size_t parts_max = 255;
    return parts_max * crypto::hash_size(algorithm);
}

Result<SecretBytes> hkdf(HashAlgorithm algorithm, ByteView secret, ByteView salt, ByteView info,
                         std::size_t size) {
    if (size > hkdf_size_max(algorithm)) return Error(ErrorCode::DataSizeInvalid, "HKDF");
    CARDMUX_TRY_ASSIGN(const SecretBytes extracted, hmac(algorithm, salt, secret));
    SecretMessage key({Bytes(size)});
    SecretBytes part;
    std::uint8_t counter = 1;
    for (std::size_t at = 0; at < size; ++counter) {
        const SecretMessage message({part.view(), info, ByteView(&counter, 1)});
        CARDMUX_TRY_ASSIGN(part, hmac(algorithm, extracted.view(), message.view()));
        const std::size_t taken = std::min(part.size(), size - at);
        std::ranges::copy(part.view().first(taken), key.bytes().subspan(at).begin());
        at += taken;
    }
    return SecretBytes(key.view());
}

}  // namespace cardmux::ksp
