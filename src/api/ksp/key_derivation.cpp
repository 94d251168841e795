// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "api/ksp/key_derivation.h"

#include <algorithm>

#include "api/ksp/algorithms.h"
#include "api/ksp/little_endian.h"
#include "crypto/hash.h"

namespace cardmux::ksp {
namespace {

using crypto::HashAlgorithm;
using Parameters = std::vector<KdfParameter>;

/// Bytes around a secret: made in one piece, since one that grew would leave copies behind, and
/// overwritten at the end.
class SecretMessage {
  public:
    explicit SecretMessage(std::initializer_list<ByteView> parts) {
        std::size_t size = 0;
        for (const ByteView part : parts) size += part.size();
        bytes_.reserve(size);
        for (const ByteView part : parts) append(bytes_, part);
    }
    ~SecretMessage() { wipe(bytes_); }
    SecretMessage(const SecretMessage&) = delete;
    SecretMessage& operator=(const SecretMessage&) = delete;
    ByteView view() const { return bytes_; }
    std::span<std::uint8_t> bytes() { return bytes_; }

  private:
    Bytes bytes_;
};

/// All parameters of one type, joined in their order.
Bytes joined(const Parameters& parameters, std::uint32_t type) {
    Bytes all;
    for (const KdfParameter& parameter : parameters) {
        if (parameter.type == type) append(all, parameter.value);
    }
    return all;
}

bool has_only(const Parameters& parameters, std::initializer_list<std::uint32_t> types) {
    return std::ranges::all_of(parameters, [&](const KdfParameter& parameter) {
        return std::ranges::find(types, parameter.type) != types.end();
    });
}

Outcome<HashAlgorithm> hash_of(const Parameters& parameters) {
    const auto named = std::ranges::find(parameters, kdf::hash_algorithm, &KdfParameter::type);
    if (named == parameters.end()) return HashAlgorithm::Sha1;
    const auto name = utf8_of(named->value);
    if (!name) return refuse(status::nte_invalid_parameter);
    const auto algorithm = find_hash(*name);
    if (!algorithm) return refuse(status::nte_not_supported);
    return *algorithm;
}

Result<SecretBytes> secret_hash(HashAlgorithm algorithm, ByteView message) {
    CARDMUX_TRY_ASSIGN(Bytes digest, crypto::hash(algorithm, message));
    SecretBytes secret(digest);
    wipe(digest);
    return secret;
}

Outcome<SecretBytes> by_hash(const Parameters& parameters, ByteView secret) {
    if (!has_only(parameters, {kdf::hash_algorithm, kdf::secret_prepend, kdf::secret_append}))
        return refuse(status::nte_invalid_parameter);
    CARDMUX_TRY_ASSIGN(const HashAlgorithm algorithm, hash_of(parameters));
    const SecretMessage message(
        {joined(parameters, kdf::secret_prepend), secret, joined(parameters, kdf::secret_append)});
    return secret_hash(algorithm, message.view());
}

Outcome<SecretBytes> by_hmac(const Parameters& parameters, std::uint32_t flags, ByteView secret) {
    if (!has_only(parameters,
                  {kdf::hash_algorithm, kdf::secret_prepend, kdf::secret_append, kdf::hmac_key}))
        return refuse(status::nte_invalid_parameter);
    CARDMUX_TRY_ASSIGN(const HashAlgorithm algorithm, hash_of(parameters));
    const bool has_key =
        std::ranges::find(parameters, kdf::hmac_key, &KdfParameter::type) != parameters.end();
    const bool by_secret = (flags & kdf::use_secret_as_hmac_key) != 0;
    if (has_key == by_secret) return refuse(status::nte_invalid_parameter);
    const SecretMessage message(
        {joined(parameters, kdf::secret_prepend), secret, joined(parameters, kdf::secret_append)});
    const Bytes given = joined(parameters, kdf::hmac_key);
    return hmac(algorithm, by_secret ? secret : ByteView(given), message.view());
}

/// SP 800-56A rev. 1, 5.8.1: hashes of a counter (four bytes, big-endian), the secret and what the
/// parties know, as many as it takes.
Outcome<SecretBytes> by_concatenation(const Parameters& parameters, ByteView secret,
                                      std::optional<std::size_t> size) {
    if (!has_only(parameters, {kdf::hash_algorithm, kdf::algorithm_id, kdf::party_u_info,
                               kdf::party_v_info, kdf::public_info, kdf::private_info}))
        return refuse(status::nte_invalid_parameter);
    CARDMUX_TRY_ASSIGN(const HashAlgorithm algorithm, hash_of(parameters));
    Bytes info = joined(parameters, kdf::algorithm_id);
    for (const auto type :
         {kdf::party_u_info, kdf::party_v_info, kdf::public_info, kdf::private_info})
        append(info, joined(parameters, type));
    const std::size_t digest_size = crypto::hash_size(algorithm);
    const std::size_t wanted = size.value_or(digest_size);
    SecretMessage key({Bytes(wanted)});
    SecretMessage message({Bytes(4), secret, info});
    for (std::size_t done_bytes = 0, counter = 1; done_bytes < wanted; ++counter) {
        for (std::size_t i = 0; i < 4; ++i)
            message.bytes()[i] = static_cast<std::uint8_t>(counter >> (8 * (3 - i)));
        CARDMUX_TRY_ASSIGN(const SecretBytes digest, secret_hash(algorithm, message.view()));
        const std::size_t part = std::min(digest_size, wanted - done_bytes);
        std::ranges::copy(digest.view().first(part),
                          key.bytes().begin() + static_cast<std::ptrdiff_t>(done_bytes));
        done_bytes += part;
    }
    return SecretBytes(key.view());
}

/// Windows gives the raw secret with its last byte first.
Outcome<SecretBytes> by_truncation(const Parameters& parameters, ByteView secret) {
    if (!parameters.empty()) return refuse(status::nte_invalid_parameter);
    SecretMessage turned({secret});
    std::ranges::reverse(turned.bytes());
    return SecretBytes(turned.view());
}

}  // namespace

Result<SecretBytes> hmac(HashAlgorithm algorithm, ByteView key, ByteView message) {
    constexpr std::uint8_t inner = 0x36;
    constexpr std::uint8_t outer = 0x5C;
    const bool is_long = algorithm == HashAlgorithm::Sha384 || algorithm == HashAlgorithm::Sha512;
    const std::size_t block_size = is_long ? 128 : 64;
    CARDMUX_TRY_ASSIGN(const SecretBytes short_key, key.size() > block_size
                                                        ? secret_hash(algorithm, key)
                                                        : Result<SecretBytes>(SecretBytes(key)));
    SecretMessage pad({short_key.view(), Bytes(block_size - short_key.size())});
    for (std::uint8_t& byte : pad.bytes()) byte ^= inner;
    CARDMUX_TRY_ASSIGN(const SecretBytes first,
                       secret_hash(algorithm, SecretMessage({pad.view(), message}).view()));
    for (std::uint8_t& byte : pad.bytes()) byte ^= inner ^ outer;
    return secret_hash(algorithm, SecretMessage({pad.view(), first.view()}).view());
}

Outcome<SecretBytes> derive_key(const std::string& function, const Parameters& parameters,
                                std::uint32_t flags, ByteView secret,
                                std::optional<std::size_t> size) {
    if (function == "HASH") return by_hash(parameters, secret);
    if (function == "HMAC") return by_hmac(parameters, flags, secret);
    if (function == "SP800_56A_CONCAT") return by_concatenation(parameters, secret, size);
    if (function == "TRUNCATE") return by_truncation(parameters, secret);
    return refuse(status::nte_not_supported);
}

}  // namespace cardmux::ksp
