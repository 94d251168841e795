// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "tool/load/signature_judge.h"

#include <fmt/core.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <array>
#include <cstring>

namespace cardmux::tool::load {
namespace {

template <auto release>
struct Releaser {
    template <typename T>
    void operator()(T* pointer) const {
        release(pointer);
    }
};
using Library = std::unique_ptr<OSSL_LIB_CTX, Releaser<OSSL_LIB_CTX_free>>;
using Key = std::unique_ptr<EVP_PKEY, Releaser<EVP_PKEY_free>>;
using KeyUse = std::unique_ptr<EVP_PKEY_CTX, Releaser<EVP_PKEY_CTX_free>>;
using Number = std::unique_ptr<BIGNUM, Releaser<BN_free>>;
using Hash = std::unique_ptr<EVP_MD, Releaser<EVP_MD_free>>;
using HashUse = std::unique_ptr<EVP_MD_CTX, Releaser<EVP_MD_CTX_free>>;
using ParameterBuilder = std::unique_ptr<OSSL_PARAM_BLD, Releaser<OSSL_PARAM_BLD_free>>;
using Parameters = std::unique_ptr<OSSL_PARAM, Releaser<OSSL_PARAM_free>>;
using EcdsaPair = std::unique_ptr<ECDSA_SIG, Releaser<ECDSA_SIG_free>>;
using X509Certificate = std::unique_ptr<X509, Releaser<X509_free>>;

/// DigestInfo of SHA-256 up to the hash (RFC 8017, 9.2, note 1).
constexpr std::array<std::uint8_t, 19> sha256_digest_info{0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60,
                                                          0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02,
                                                          0x01, 0x05, 0x00, 0x04, 0x20};

Number number_of(ByteView bytes) {
    return Number(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
}

Key key_from(OSSL_LIB_CTX* library, const char* type, OSSL_PARAM* parameters) {
    KeyUse use(EVP_PKEY_CTX_new_from_name(library, type, nullptr));
    EVP_PKEY* key = nullptr;
    if (!use || EVP_PKEY_fromdata_init(use.get()) <= 0) return nullptr;
    if (EVP_PKEY_fromdata(use.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters) <= 0) return nullptr;
    return Key(key);
}

/// The group's name in libcrypto, from a DER object identifier. Empty if it has none.
std::string group_name(ByteView parameters) {
    const std::uint8_t* position = parameters.data();
    ASN1_OBJECT* object = d2i_ASN1_OBJECT(nullptr, &position, static_cast<long>(parameters.size()));
    if (object == nullptr) return {};
    const int id = OBJ_obj2nid(object);
    ASN1_OBJECT_free(object);
    return id == NID_undef ? std::string() : std::string(OBJ_nid2sn(id));
}

/// The point without the OCTET STRING around it, if it has one.
Bytes bare_point(ByteView point) {
    const std::uint8_t* position = point.data();
    ASN1_OCTET_STRING* wrapped =
        d2i_ASN1_OCTET_STRING(nullptr, &position, static_cast<long>(point.size()));
    if (wrapped == nullptr) return to_bytes(point);
    const std::uint8_t* data = ASN1_STRING_get0_data(wrapped);
    Bytes bare(data, data + ASN1_STRING_length(wrapped));
    ASN1_OCTET_STRING_free(wrapped);
    return bare;
}

Bytes numbered_message(std::uint64_t run, std::uint32_t client, std::uint64_t counter) {
    Bytes message(40, 0);
    std::memcpy(message.data(), &run, sizeof run);
    std::memcpy(message.data() + 8, &client, sizeof client);
    std::memcpy(message.data() + 16, &counter, sizeof counter);
    std::memcpy(message.data() + 24, "cardmux load run", 16);
    return message;
}

/// 00 01 FF.. 00 payload (RFC 8017, 9.2).
Bytes padded_block(ByteView payload, std::size_t size) {
    Bytes block(size, 0xFF);
    block[0] = 0;
    block[1] = 1;
    block[size - payload.size() - 1] = 0;
    std::memcpy(block.data() + size - payload.size(), payload.data(), payload.size());
    return block;
}

}  // namespace

struct JudgeKey::State {
    // A library context of its own: the module under load may use, set up or tear down libcrypto's
    // default one as it likes.
    Library library{OSSL_LIB_CTX_new()};
    Key key;
};

JudgeKey::JudgeKey(std::unique_ptr<State> state) : state_(std::move(state)) {}
JudgeKey::JudgeKey(JudgeKey&&) noexcept = default;
JudgeKey& JudgeKey::operator=(JudgeKey&&) noexcept = default;
JudgeKey::~JudgeKey() = default;

Result<JudgeKey> JudgeKey::from_rsa(ByteView modulus, ByteView exponent) {
    auto state = std::make_unique<State>();
    const Number n = number_of(modulus);
    const Number e = number_of(exponent);
    const ParameterBuilder builder(OSSL_PARAM_BLD_new());
    OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get());
    OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get());
    const Parameters parameters(OSSL_PARAM_BLD_to_param(builder.get()));
    state->key = key_from(state->library.get(), "RSA", parameters.get());
    if (!state->key) return Error(ErrorCode::DataInvalid, "read an RSA public key");
    return JudgeKey(std::move(state));
}

Result<JudgeKey> JudgeKey::from_ec(ByteView curve, ByteView point) {
    auto state = std::make_unique<State>();
    const std::string group = group_name(curve);
    const Bytes bare = bare_point(point);
    const ParameterBuilder builder(OSSL_PARAM_BLD_new());
    OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, group.c_str(), 0);
    OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, bare.data(),
                                     bare.size());
    const Parameters parameters(OSSL_PARAM_BLD_to_param(builder.get()));
    state->key = key_from(state->library.get(), "EC", parameters.get());
    if (!state->key) return Error(ErrorCode::DataInvalid, "read an EC public key");
    return JudgeKey(std::move(state));
}

Result<JudgeKey> JudgeKey::from_certificate(ByteView der) {
    auto state = std::make_unique<State>();
    X509* empty = X509_new_ex(state->library.get(), nullptr);
    const std::uint8_t* position = der.data();
    // d2i frees `empty` itself if it fails.
    const X509Certificate certificate(d2i_X509(&empty, &position, static_cast<long>(der.size())));
    if (certificate) state->key.reset(X509_get_pubkey(certificate.get()));
    if (!state->key) return Error(ErrorCode::DataInvalid, "read a certificate");
    return JudgeKey(std::move(state));
}

Result<JudgeKey> JudgeKey::from_public_key_info(ByteView der) {
    auto state = std::make_unique<State>();
    const std::uint8_t* position = der.data();
    state->key.reset(d2i_PUBKEY_ex(nullptr, &position, static_cast<long>(der.size()),
                                   state->library.get(), nullptr));
    if (!state->key) return Error(ErrorCode::DataInvalid, "read a public key");
    return JudgeKey(std::move(state));
}

KeyFamily JudgeKey::family() const {
    return EVP_PKEY_is_a(state_->key.get(), "EC") == 1 ? KeyFamily::Ec : KeyFamily::Rsa;
}

std::size_t JudgeKey::signature_size() const {
    const auto bits = static_cast<std::size_t>(EVP_PKEY_get_bits(state_->key.get()));
    const std::size_t size = (bits + 7) / 8;
    return family() == KeyFamily::Ec ? 2 * size : size;
}

Bytes JudgeKey::public_key_info() const {
    std::uint8_t* der = nullptr;
    const int size = i2d_PUBKEY(state_->key.get(), &der);
    if (size <= 0) return {};
    Bytes bytes(der, der + size);
    OPENSSL_free(der);
    return bytes;
}

std::string JudgeKey::describe() const {
    return fmt::format("{} {}", family() == KeyFamily::Ec ? "EC" : "RSA",
                       EVP_PKEY_get_bits(state_->key.get()));
}

struct SignatureJudge::State {
    const LoadMechanism* mechanism = nullptr;
    std::size_t signature_size = 0;
    Hash hash;
    HashUse hash_use;
    KeyUse use;

    Bytes hash_of(ByteView message) const {
        Bytes result(static_cast<std::size_t>(EVP_MD_get_size(hash.get())));
        unsigned size = 0;
        EVP_DigestInit_ex2(hash_use.get(), hash.get(), nullptr);
        EVP_DigestUpdate(hash_use.get(), message.data(), message.size());
        EVP_DigestFinal_ex(hash_use.get(), result.data(), &size);
        return result;
    }
    bool prepare(OSSL_LIB_CTX* library, EVP_PKEY* key);
};

bool SignatureJudge::State::prepare(OSSL_LIB_CTX* library, EVP_PKEY* key) {
    hash.reset(EVP_MD_fetch(library, mechanism->hash, nullptr));
    hash_use.reset(EVP_MD_CTX_new());
    use.reset(EVP_PKEY_CTX_new_from_pkey(library, key, nullptr));
    if (!hash || !hash_use || !use || EVP_PKEY_verify_init(use.get()) <= 0) return false;
    if (mechanism->family == KeyFamily::Ec) return true;
    const int padding = mechanism->is_pss ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING;
    if (EVP_PKEY_CTX_set_rsa_padding(use.get(), padding) <= 0) return false;
    // Without a hash set, libcrypto compares what is between the padding and the end as it is.
    const bool brings_digest_info =
        mechanism->input == SignInput::DigestInfo || mechanism->input == SignInput::RsaBlock;
    if (brings_digest_info) return true;
    if (EVP_PKEY_CTX_set_signature_md(use.get(), hash.get()) <= 0) return false;
    return !mechanism->is_pss ||
           EVP_PKEY_CTX_set_rsa_pss_saltlen(use.get(), RSA_PSS_SALTLEN_DIGEST) > 0;
}

SignatureJudge::SignatureJudge(std::unique_ptr<State> state) : state_(std::move(state)) {}
SignatureJudge::SignatureJudge(SignatureJudge&&) noexcept = default;
SignatureJudge& SignatureJudge::operator=(SignatureJudge&&) noexcept = default;
SignatureJudge::~SignatureJudge() = default;

Result<SignatureJudge> SignatureJudge::create(const JudgeKey& key, const LoadMechanism& mechanism) {
    if (key.family() != mechanism.family)
        return Error(ErrorCode::DataInvalid, "use this mechanism with this key");
    auto state = std::make_unique<State>();
    state->mechanism = &mechanism;
    state->signature_size = key.signature_size();
    if (!state->prepare(key.state_->library.get(), key.state_->key.get()))
        return Error(ErrorCode::Internal, "prepare the check of signatures");
    return SignatureJudge(std::move(state));
}

Challenge SignatureJudge::make_challenge(std::uint64_t run, std::uint32_t client,
                                         std::uint64_t counter) const {
    Bytes message = numbered_message(run, client, counter);
    const Bytes hash = state_->hash_of(message);
    switch (state_->mechanism->input) {
        case SignInput::Message:
            return {std::move(message), hash};
        case SignInput::Hash:
            return {hash, hash};
        case SignInput::DigestInfo:
        case SignInput::RsaBlock:
            break;
    }
    Bytes info(sha256_digest_info.begin(), sha256_digest_info.end());
    append(info, hash);
    if (state_->mechanism->input == SignInput::DigestInfo) return {info, info};
    return {padded_block(info, state_->signature_size), info};
}

Challenge SignatureJudge::challenge_for(ByteView message) const {
    return {to_bytes(message), state_->hash_of(message)};
}

bool SignatureJudge::accepts(const Challenge& challenge, ByteView signature) const {
    if (signature.size() != state_->signature_size) return false;
    const Bytes& checked = challenge.checked;
    if (state_->mechanism->family == KeyFamily::Rsa)
        return EVP_PKEY_verify(state_->use.get(), signature.data(), signature.size(),
                               checked.data(), checked.size()) == 1;
    const std::size_t half = signature.size() / 2;
    const EcdsaPair pair(ECDSA_SIG_new());
    ECDSA_SIG_set0(pair.get(), number_of(signature.first(half)).release(),
                   number_of(signature.subspan(half)).release());
    std::array<std::uint8_t, 256> der{};
    std::uint8_t* position = der.data();
    const int size = i2d_ECDSA_SIG(pair.get(), nullptr);
    if (size <= 0 || static_cast<std::size_t>(size) > der.size()) return false;
    i2d_ECDSA_SIG(pair.get(), &position);
    return EVP_PKEY_verify(state_->use.get(), der.data(), static_cast<std::size_t>(size),
                           checked.data(), checked.size()) == 1;
}

}  // namespace cardmux::tool::load
