// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "api/ksp/derivation/key_derivation.h"

#include <algorithm>

#include "api/ksp/algorithms.h"
#include "api/ksp/derivation/keyed_hash.h"
#include "api/ksp/derivation/secret_message.h"
#include "api/ksp/little_endian.h"

namespace cardmux::ksp {
namespace {

using crypto::HashAlgorithm;
using Parameters = std::vector<KdfParameter>;

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

bool has(const Parameters& parameters, std::uint32_t type) {
    return std::ranges::find(parameters, type, &KdfParameter::type) != parameters.end();
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
    const bool by_secret = (flags & kdf::use_secret_as_hmac_key) != 0;
    if (has(parameters, kdf::hmac_key) == by_secret) return refuse(status::nte_invalid_parameter);
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

// ---- TLS ----------------------------------------------------------------------------------------

constexpr std::size_t tls_seed_size = 64;
constexpr std::size_t tls_key_size = 48;

/// Which of TLS' functions: that of a protocol's version (SChannel's numbers), and its hash.
enum class TlsFunction : std::uint8_t { Tls10, Tls12 };

/// errors    NTE_NOT_SUPPORTED: SSL 2 and 3, which have another function
Outcome<TlsFunction> tls_function(const Parameters& parameters) {
    const Bytes version = joined(parameters, kdf::tls_protocol);
    if (version.empty()) return TlsFunction::Tls10;
    if (version.size() != 4) return refuse(status::nte_invalid_parameter);
    switch (read_little_endian(version)) {
        case 0x0301:
        case 0x0302:
        case 0xFEFF:  // DTLS 1.0, which is TLS 1.1
            return TlsFunction::Tls10;
        case 0x0303:
            return TlsFunction::Tls12;
        default:
            return refuse(status::nte_not_supported);
    }
}

/// Only TLS 1.2 has a choice, and of these two.
Outcome<HashAlgorithm> tls_hash_of(const Parameters& parameters) {
    if (!has(parameters, kdf::hash_algorithm)) return HashAlgorithm::Sha256;
    CARDMUX_TRY_ASSIGN(const HashAlgorithm algorithm, hash_of(parameters));
    if (algorithm == HashAlgorithm::Sha256 || algorithm == HashAlgorithm::Sha384) return algorithm;
    return refuse(status::nte_invalid_parameter);
}

Outcome<SecretBytes> by_tls_prf(const Parameters& parameters, ByteView secret,
                                std::optional<std::size_t> size) {
    if (!has_only(parameters,
                  {kdf::hash_algorithm, kdf::tls_label, kdf::tls_seed, kdf::tls_protocol}))
        return refuse(status::nte_invalid_parameter);
    const Bytes label = joined(parameters, kdf::tls_label);
    const Bytes seed = joined(parameters, kdf::tls_seed);
    if (label.empty() || seed.size() != tls_seed_size ||
        size.value_or(tls_key_size) != tls_key_size)
        return refuse(status::nte_invalid_parameter);
    // A text of one byte a character; its zero, where the caller counts it, is no part of it.
    Bytes input(label.begin(), std::ranges::find(label, std::uint8_t{0}));
    append(input, seed);
    CARDMUX_TRY_ASSIGN(const TlsFunction function, tls_function(parameters));
    if (function == TlsFunction::Tls10) {
        if (has(parameters, kdf::hash_algorithm)) return refuse(status::nte_invalid_parameter);
        return tls10_prf(secret, input, tls_key_size);
    }
    CARDMUX_TRY_ASSIGN(const HashAlgorithm algorithm, tls_hash_of(parameters));
    return tls12_prf(algorithm, secret, input, tls_key_size);
}

/// Salt and hash are parameters here: a secret of a key storage provider has no properties, which
/// is where BCrypt takes them from.
Outcome<SecretBytes> by_hkdf(const Parameters& parameters, ByteView secret,
                             std::optional<std::size_t> size) {
    if (!has_only(parameters, {kdf::hash_algorithm, kdf::hkdf_salt, kdf::hkdf_info}) ||
        !has(parameters, kdf::hash_algorithm))
        return refuse(status::nte_invalid_parameter);
    CARDMUX_TRY_ASSIGN(const HashAlgorithm algorithm, hash_of(parameters));
    return hkdf(algorithm, secret, joined(parameters, kdf::hkdf_salt),
                joined(parameters, kdf::hkdf_info), size.value_or(crypto::hash_size(algorithm)));
}

}  // namespace

Outcome<SecretBytes> derive_key(const std::string& function, const Parameters& parameters,
                                std::uint32_t flags, ByteView secret,
                                std::optional<std::size_t> size) {
    if (function == "HASH") return by_hash(parameters, secret);
    if (function == "HMAC") return by_hmac(parameters, flags, secret);
    if (function == "SP800_56A_CONCAT") return by_concatenation(parameters, secret, size);
    if (function == "TLS_PRF") return by_tls_prf(parameters, secret, size);
    if (function == "HKDF") return by_hkdf(parameters, secret, size);
    if (function == "TRUNCATE") return by_truncation(parameters, secret);
    return refuse(status::nte_not_supported);
}

}  // namespace cardmux::ksp
