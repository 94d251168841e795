// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "api/ksp/using_keys.h"

#include "crypto/rsa_encryption.h"
#include "crypto/rsa_padding.h"

namespace cardmux::ksp {
namespace {

using crypto::EcPublicKey;
using crypto::HashAlgorithm;
using crypto::RsaPublicKey;

constexpr std::uint32_t padding_flags =
    flag::no_padding | flag::pad_pkcs1 | flag::pad_oaep | flag::pad_pss;
constexpr std::uint32_t other_flags = flag::silent | flag::machine_key;

/// What is signed, and how: the same for signing and for verifying.
struct Signing {
    token::SignatureScheme scheme;
    Bytes input;
    std::vector<Bytes> other_inputs;  ///< of which the signature may be as well
};

enum class Use : std::uint8_t { Sign, Verify };

Outcome<HashAlgorithm> hash_named(const std::string& name) {
    const auto algorithm = find_hash(name);
    if (!algorithm) return refuse(status::nte_not_supported);
    return *algorithm;
}

/// errors    NTE_INVALID_PARAMETER: no padding said, or its structure is missing; NTE_BAD_FLAGS: a
///           structure without a flag that says which, or a padding that `allowed` lacks
Outcome<std::uint32_t> padding_of(const Padding& padding, std::uint32_t allowed) {
    const std::uint32_t flags = padding.flags;
    CARDMUX_TRY(check_flags(flags, allowed | other_flags));
    const std::uint32_t wanted = flags & padding_flags;
    if (wanted == 0)
        return refuse(padding.is_given ? status::nte_bad_flags : status::nte_invalid_parameter);
    if ((wanted & (wanted - 1)) != 0) return refuse(status::nte_bad_flags);
    const bool is_oid_optional = (flags & flag::optional_hash_oid) != 0;
    if (is_oid_optional && wanted != flag::pad_pkcs1) return refuse(status::nte_bad_flags);
    return wanted;
}

/// MD5 is signed as well, if the program brings such a hash.
Outcome<Bytes> digest_info(const std::string& hash_name, ByteView hash,
                           crypto::DigestParameters parameters) {
    if (hash_name == "MD5") {
        CARDMUX_TRY_ASSIGN(Bytes info, crypto::md5_digest_info(hash, parameters));
        return info;
    }
    CARDMUX_TRY_ASSIGN(const HashAlgorithm algorithm, hash_named(hash_name));
    CARDMUX_TRY_ASSIGN(Bytes info, crypto::digest_info(algorithm, hash, parameters));
    return info;
}

Outcome<Signing> pkcs1_signing(const Padding& padding, ByteView hash) {
    if (!padding.is_given) return refuse(status::nte_invalid_parameter);
    if (padding.hash_name.empty()) return Signing{token::RsaPkcs1{}, to_bytes(hash), {}};
    Signing signing{token::RsaPkcs1{}, {}, {}};
    CARDMUX_TRY_ASSIGN(signing.input,
                       digest_info(padding.hash_name, hash, crypto::DigestParameters::Null));
    if ((padding.flags & flag::optional_hash_oid) == 0) return signing;
    CARDMUX_TRY_ASSIGN(Bytes brief,
                       digest_info(padding.hash_name, hash, crypto::DigestParameters::Absent));
    signing.other_inputs = {std::move(brief), to_bytes(hash)};
    return signing;
}

Outcome<Signing> pss_signing(const Padding& padding, ByteView hash) {
    if (!padding.is_given) return refuse(status::nte_invalid_parameter);
    CARDMUX_TRY_ASSIGN(const HashAlgorithm algorithm, hash_named(padding.hash_name));
    if (hash.size() != crypto::hash_size(algorithm)) return refuse(status::nte_invalid_parameter);
    return Signing{token::RsaPss{algorithm, algorithm, padding.salt_size}, to_bytes(hash), {}};
}

Outcome<Signing> describe_signing(const KspKey& key, const Padding& padding, ByteView hash,
                                  Use use) {
    if (hash.empty()) return refuse(status::nte_invalid_parameter);
    if (std::holds_alternative<EcPublicKey>(*key.public_key)) {
        CARDMUX_TRY(check_flags(padding.flags, other_flags));
        if (padding.is_given) return refuse(status::nte_invalid_parameter);
        return Signing{token::Ecdsa{}, to_bytes(hash), {}};
    }
    std::uint32_t allowed = flag::no_padding | flag::pad_pkcs1 | flag::pad_pss;
    if (use == Use::Verify) allowed |= flag::optional_hash_oid;
    CARDMUX_TRY_ASSIGN(const std::uint32_t wanted, padding_of(padding, allowed));
    if (wanted == flag::pad_pkcs1) return pkcs1_signing(padding, hash);
    if (wanted == flag::pad_pss) return pss_signing(padding, hash);
    return Signing{token::RsaRaw{}, to_bytes(hash), {}};
}

std::size_t signature_size(const crypto::PublicKey& key) {
    const auto* elliptic = std::get_if<EcPublicKey>(&key);
    if (elliptic != nullptr) return 2 * crypto::field_size(elliptic->curve);
    return std::get<RsaPublicKey>(key).modulus.size();
}

/// errors    NTE_BAD_KEY_STATE, NTE_NO_KEY
Outcome<void> check_private(const KspKey& key) {
    if (!key.public_key) return refuse(status::nte_bad_key_state);
    if (!key.container) return refuse(status::nte_no_key);
    return done();
}

Outcome<bool> pkcs1_signature_fits(const RsaPublicKey& key, const Signing& signing,
                                   ByteView signature) {
    std::vector<Bytes> inputs = signing.other_inputs;
    inputs.push_back(signing.input);
    for (const Bytes& input : inputs) {
        CARDMUX_TRY_ASSIGN(const Bytes block,
                           crypto::pad_pkcs1_signature(input, key.modulus.size()));
        CARDMUX_TRY_ASSIGN(const bool fits, crypto::rsa_result_fits(key, block, signature));
        if (fits) return true;
    }
    return false;
}

Outcome<bool> rsa_signature_fits(const RsaPublicKey& key, const Signing& signing,
                                 ByteView signature) {
    if (signature.size() != key.modulus.size()) return false;
    if (const auto* pss = std::get_if<token::RsaPss>(&signing.scheme)) {
        const auto block = crypto::rsa_public_operation(key, signature);
        if (!block) return false;  // a number that no signature can be
        return crypto::pss_block_fits({pss->hash_algorithm, pss->mgf_algorithm, pss->salt_size},
                                      signing.input, crypto::key_bits(key), *block);
    }
    if (std::holds_alternative<token::RsaPkcs1>(signing.scheme))
        return pkcs1_signature_fits(key, signing, signature);
    if (signing.input.size() != key.modulus.size()) return refuse(status::nte_invalid_parameter);
    return crypto::rsa_result_fits(key, signing.input, signature);
}

Outcome<crypto::OaepParameters> oaep_of(const Padding& padding) {
    if (!padding.is_given) return refuse(status::nte_invalid_parameter);
    CARDMUX_TRY_ASSIGN(const HashAlgorithm algorithm, hash_named(padding.hash_name));
    return crypto::OaepParameters{algorithm, algorithm, padding.label};
}

constexpr std::uint32_t encryption_paddings = flag::no_padding | flag::pad_pkcs1 | flag::pad_oaep;

Outcome<token::DecryptionScheme> describe_decryption(const Padding& padding) {
    CARDMUX_TRY_ASSIGN(const std::uint32_t wanted, padding_of(padding, encryption_paddings));
    if (wanted == flag::no_padding) return token::DecryptionScheme(token::RsaRaw{});
    if (wanted == flag::pad_pkcs1) return token::DecryptionScheme(token::RsaPkcs1{});
    CARDMUX_TRY_ASSIGN(const crypto::OaepParameters oaep, oaep_of(padding));
    return token::DecryptionScheme(
        token::RsaOaep{oaep.hash_algorithm, oaep.mgf_algorithm, oaep.label});
}

}  // namespace

Outcome<void> sign_hash(Ksp& ksp, KspKey& key, const Padding& padding, ByteView hash,
                        Output& signature) {
    CARDMUX_TRY(check_private(key));
    const bool can_sign = key.container->key().key.can_sign;
    if (signature.is_query && hash.empty() && can_sign) {
        signature.size = signature_size(*key.public_key);
        return done();
    }
    CARDMUX_TRY_ASSIGN(Signing signing, describe_signing(key, padding, hash, Use::Sign));
    if (!can_sign) return refuse(status::nte_perm);
    if (signature.ends_with_size(signature_size(*key.public_key))) return signature.only_size();
    token::SignRequest request;
    request.scheme = signing.scheme;
    request.input = std::move(signing.input);
    CARDMUX_TRY_ASSIGN(
        const Bytes bytes,
        ksp.access().sign(*key.container, ksp.caller_for(key, padding.flags), std::move(request)));
    return signature.give(bytes);
}

Outcome<void> verify_signature(KspKey& key, const Padding& padding, ByteView hash,
                               ByteView signature) {
    if (!key.public_key) return refuse(status::nte_bad_key_state);
    CARDMUX_TRY_ASSIGN(const Signing signing, describe_signing(key, padding, hash, Use::Verify));
    if (const auto* rsa = std::get_if<RsaPublicKey>(&*key.public_key)) {
        CARDMUX_TRY_ASSIGN(const bool fits, rsa_signature_fits(*rsa, signing, signature));
        return fits ? done() : Outcome<void>(refuse(status::nte_bad_signature));
    }
    if (signature.size() != signature_size(*key.public_key))
        return refuse(status::nte_bad_signature);
    CARDMUX_TRY_ASSIGN(
        const bool fits,
        crypto::ecdsa_signature_fits(std::get<EcPublicKey>(*key.public_key), hash, signature));
    return fits ? done() : Outcome<void>(refuse(status::nte_bad_signature));
}

Outcome<void> encrypt(Ksp& ksp, KspKey& key, const Padding& padding, ByteView message,
                      Output& encrypted) {
    if (!key.public_key) return refuse(status::nte_bad_key_state);
    const auto* rsa = std::get_if<RsaPublicKey>(&*key.public_key);
    if (rsa == nullptr) return refuse(status::nte_not_supported);
    CARDMUX_TRY_ASSIGN(const std::uint32_t wanted, padding_of(padding, encryption_paddings));
    if (encrypted.ends_with_size(rsa->modulus.size())) return encrypted.only_size();
    RandomSource& random = *ksp.world().random;
    Result<Bytes> bytes = Error(ErrorCode::Internal, "encrypt");
    if (wanted == flag::no_padding) {
        bytes = crypto::rsa_public_operation(*rsa, message);
    } else if (wanted == flag::pad_pkcs1) {
        bytes = crypto::rsa_encrypt_pkcs1(*rsa, message, random);
    } else {
        CARDMUX_TRY_ASSIGN(const crypto::OaepParameters oaep, oaep_of(padding));
        bytes = crypto::rsa_encrypt_oaep(*rsa, oaep, message, random);
    }
    if (!bytes) return bytes.error();
    return encrypted.give(*bytes);
}

Outcome<void> decrypt(Ksp& ksp, KspKey& key, const Padding& padding, ByteView encrypted,
                      Output& message) {
    CARDMUX_TRY(check_private(key));
    const auto* rsa = std::get_if<RsaPublicKey>(&*key.public_key);
    if (rsa == nullptr) return refuse(status::nte_not_supported);
    token::DecryptRequest request;
    CARDMUX_TRY_ASSIGN(request.scheme, describe_decryption(padding));
    if (!key.container->key().key.can_decrypt) return refuse(status::nte_perm);
    if (message.is_query) {  // what fits for certain; the call says what it was
        message.size = rsa->modulus.size();
        return done();
    }
    request.input = to_bytes(encrypted);
    CARDMUX_TRY_ASSIGN(const SecretBytes secret,
                       ksp.access().decrypt(*key.container, ksp.caller_for(key, padding.flags),
                                            std::move(request)));
    return message.give(secret.view());
}

Outcome<Handle> agree(Ksp& ksp, KspKey& key, KspKey& peer, std::uint32_t flags) {
    CARDMUX_TRY(check_flags(flags, other_flags));
    CARDMUX_TRY(check_private(key));
    if (!peer.public_key) return refuse(status::nte_bad_key_state);
    const auto* ours = std::get_if<EcPublicKey>(&*key.public_key);
    const auto* theirs = std::get_if<EcPublicKey>(&*peer.public_key);
    if (ours == nullptr) return refuse(status::nte_not_supported);
    if (!key.container->key().key.can_derive) return refuse(status::nte_perm);
    if (theirs == nullptr || theirs->curve != ours->curve)
        return refuse(status::nte_invalid_parameter);
    token::DeriveRequest request;
    request.peer_point = theirs->point;
    CARDMUX_TRY_ASSIGN(
        SecretBytes secret,
        ksp.access().derive(*key.container, ksp.caller_for(key, flags), std::move(request)));
    auto kept = std::make_shared<KspSecret>();
    kept->provider_handle = key.provider_handle;
    kept->secret = std::move(secret);
    return ksp.add(std::move(kept));
}

Outcome<void> derive(KspSecret& secret, const std::string& function,
                     const std::vector<KdfParameter>& parameters, Output& key,
                     std::uint32_t flags) {
    CARDMUX_TRY(check_flags(flags, kdf::use_secret_as_hmac_key | flag::silent));
    std::optional<std::size_t> size;
    if (!key.is_query) size = key.room.size();
    CARDMUX_TRY_ASSIGN(const SecretBytes derived,
                       derive_key(function, parameters, flags, secret.secret.view(), size));
    // A caller that wants less gets the first bytes (BCryptDeriveKey).
    const std::size_t wanted =
        key.is_query ? derived.size() : std::min(derived.size(), key.room.size());
    return key.give(derived.view().first(wanted));
}

}  // namespace cardmux::ksp
