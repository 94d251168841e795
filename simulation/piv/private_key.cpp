// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "simulation/piv/private_key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>

#include "iso7816/tlv_writer.h"

namespace cardmux::simulation {
namespace {

template <auto free_function>
struct Free {
    template <typename T>
    void operator()(T* object) const {
        free_function(object);
    }
};

using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Free<EVP_PKEY_CTX_free>>;
using Number = std::unique_ptr<BIGNUM, Free<BN_clear_free>>;
using NumberScratch = std::unique_ptr<BN_CTX, Free<BN_CTX_free>>;
using Group = std::unique_ptr<EC_GROUP, Free<EC_GROUP_free>>;
using Point = std::unique_ptr<EC_POINT, Free<EC_POINT_free>>;
using ParameterBuilder = std::unique_ptr<OSSL_PARAM_BLD, Free<OSSL_PARAM_BLD_free>>;
using Parameters = std::unique_ptr<OSSL_PARAM, Free<OSSL_PARAM_free>>;
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;

/// libcrypto's error queue belongs to the thread, which is the host program's: leave nothing in it.
Error failed(ErrorCode code) {
    ERR_clear_error();
    return Error(code, "simulated card's arithmetic");
}

struct AlgorithmFacts {
    KeyAlgorithm algorithm;
    int bits;
    const char* group;  ///< null: RSA
    int curve;
};

constexpr std::array<AlgorithmFacts, 5> algorithm_facts = {{
    {KeyAlgorithm::Rsa2048, 2048, nullptr, NID_undef},
    {KeyAlgorithm::Rsa3072, 3072, nullptr, NID_undef},
    {KeyAlgorithm::Rsa4096, 4096, nullptr, NID_undef},
    {KeyAlgorithm::P256, 256, "P-256", NID_X9_62_prime256v1},
    {KeyAlgorithm::P384, 384, "P-384", NID_secp384r1},
}};

const AlgorithmFacts& facts_of(KeyAlgorithm algorithm) {
    const auto* const found =
        std::find_if(algorithm_facts.begin(), algorithm_facts.end(),
                     [&](const AlgorithmFacts& facts) { return facts.algorithm == algorithm; });
    return found == algorithm_facts.end() ? algorithm_facts.front() : *found;
}

Number to_number(ByteView bytes) {
    return Number(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
}

Bytes from_number(const BIGNUM& number) {
    Bytes bytes(static_cast<std::size_t>(BN_num_bytes(&number)));
    BN_bn2bin(&number, bytes.data());
    return bytes;
}

Bytes number_parameter(const EVP_PKEY& key, const char* name) {
    BIGNUM* number = nullptr;
    EVP_PKEY_get_bn_param(&key, name, &number);
    const Number owner(number);
    return owner ? from_number(*owner) : Bytes();
}

Bytes point_parameter(const EVP_PKEY& key) {
    Bytes point(1 + 2 * 48);
    std::size_t size = 0;
    EVP_PKEY_get_octet_string_param(&key, OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size(),
                                    &size);
    point.resize(size);
    return point;
}

/// Null if the parameters do not make a key.
EVP_PKEY* make_key(const CryptoLibrary& library, const char* type, OSSL_PARAM_BLD& builder,
                   int selection = EVP_PKEY_KEYPAIR) {
    const Parameters parameters(OSSL_PARAM_BLD_to_param(&builder));
    const KeyContext context(EVP_PKEY_CTX_new_from_name(library.get(), type, nullptr));
    EVP_PKEY* key = nullptr;
    if (!parameters || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
        EVP_PKEY_fromdata(context.get(), &key, selection, parameters.get()) != 1) {
        return nullptr;
    }
    return key;
}

struct RsaNumbers {
    Number n{BN_new()}, e{BN_new()}, d{BN_new()}, p, q, dp{BN_new()}, dq{BN_new()}, qinv{BN_new()};
};

/// All numbers of an RSA key from p and q. False if they are no pair of primes for it.
bool complete(RsaNumbers& key, BN_CTX& scratch) {
    const Number one(BN_new());
    const Number p1(BN_dup(key.p.get()));
    const Number q1(BN_dup(key.q.get()));
    const Number phi(BN_new());
    return BN_one(one.get()) == 1 && BN_set_word(key.e.get(), RSA_F4) == 1 &&
           BN_sub_word(p1.get(), 1) == 1 && BN_sub_word(q1.get(), 1) == 1 &&
           BN_mul(key.n.get(), key.p.get(), key.q.get(), &scratch) == 1 &&
           BN_mul(phi.get(), p1.get(), q1.get(), &scratch) == 1 &&
           BN_mod_inverse(key.d.get(), key.e.get(), phi.get(), &scratch) != nullptr &&
           BN_mod(key.dp.get(), key.d.get(), p1.get(), &scratch) == 1 &&
           BN_mod(key.dq.get(), key.d.get(), q1.get(), &scratch) == 1 &&
           BN_mod_inverse(key.qinv.get(), key.q.get(), key.p.get(), &scratch) != nullptr;
}

}  // namespace

// One for all cards, never freed: every thread that has used a context keeps a note of it until the
// thread ends (libcrypto 3.0), and would follow it into freed memory then, or when the process
// exits.
void CryptoLibrary::Free::operator()(ossl_lib_ctx_st*) const {}

CryptoLibrary::CryptoLibrary() {
    static OSSL_LIB_CTX* const library = OSSL_LIB_CTX_new();
    library_.reset(library);
}

bool is_rsa(KeyAlgorithm algorithm) {
    return facts_of(algorithm).group == nullptr;
}

std::size_t field_size(KeyAlgorithm algorithm) {
    return static_cast<std::size_t>(facts_of(algorithm).bits) / 8;
}

Result<PrivateKey> PrivateKey::adopt(const CryptoLibrary& library, evp_pkey_st* key) {
    if (key == nullptr) return failed(ErrorCode::DataInvalid);
    std::shared_ptr<evp_pkey_st> owner(key, EVP_PKEY_free);
    const bool rsa = EVP_PKEY_is_a(key, "RSA") == 1;
    for (const AlgorithmFacts& facts : algorithm_facts) {
        const bool same_kind = facts.group == nullptr ? rsa : EVP_PKEY_is_a(key, "EC") == 1;
        if (same_kind && EVP_PKEY_get_bits(key) == facts.bits) {
            return PrivateKey(library, facts.algorithm, std::move(owner));
        }
    }
    return failed(ErrorCode::DataInvalid);
}

Result<PrivateKey> PrivateKey::generate(const CryptoLibrary& library, KeyAlgorithm algorithm) {
    const AlgorithmFacts& facts = facts_of(algorithm);
    EVP_PKEY* key =
        facts.group == nullptr
            ? EVP_PKEY_Q_keygen(library.get(), nullptr, "RSA", static_cast<std::size_t>(facts.bits))
            : EVP_PKEY_Q_keygen(library.get(), nullptr, "EC", facts.group);
    if (key == nullptr) return failed(ErrorCode::Internal);
    return adopt(library, key);
}

Result<PrivateKey> PrivateKey::derive(const CryptoLibrary& library, KeyAlgorithm algorithm,
                                      ByteView seed) {
    if (is_rsa(algorithm)) return failed(ErrorCode::InvalidArgument);
    const Group group(
        EC_GROUP_new_by_curve_name_ex(library.get(), nullptr, facts_of(algorithm).curve));
    std::array<unsigned char, 64> digest{};
    std::size_t digest_size = 0;
    const NumberScratch scratch(BN_CTX_new_ex(library.get()));
    if (!group || !scratch ||
        EVP_Q_digest(library.get(), "SHA512", nullptr, seed.data(), seed.size(), digest.data(),
                     &digest_size) != 1) {
        return failed(ErrorCode::Internal);
    }
    // 512 bits modulo (order - 1), plus one: 1..order-1, evenly enough for a test key.
    const Number range(BN_dup(EC_GROUP_get0_order(group.get())));
    const Number scalar = to_number(digest);
    if (BN_sub_word(range.get(), 1) != 1 ||
        BN_mod(scalar.get(), scalar.get(), range.get(), scratch.get()) != 1 ||
        BN_add_word(scalar.get(), 1) != 1) {
        return failed(ErrorCode::Internal);
    }
    return from_scalar(library, algorithm, from_number(*scalar));
}

Result<PrivateKey> PrivateKey::from_pkcs8(const CryptoLibrary& library, ByteView der) {
    const unsigned char* at = der.data();
    return adopt(library, d2i_AutoPrivateKey_ex(nullptr, &at, static_cast<long>(der.size()),
                                                library.get(), nullptr));
}

Result<PrivateKey> PrivateKey::from_primes(const CryptoLibrary& library, KeyAlgorithm algorithm,
                                           ByteView p, ByteView q) {
    if (!is_rsa(algorithm) || p.empty() || q.empty() || p.size() > 512 || q.size() > 512) {
        return failed(ErrorCode::DataInvalid);
    }
    const NumberScratch scratch(BN_CTX_new_ex(library.get()));
    RsaNumbers key;
    key.p = to_number(p);
    key.q = to_number(q);
    if (BN_cmp(key.p.get(), key.q.get()) < 0) std::swap(key.p, key.q);
    if (!scratch || !complete(key, *scratch)) return failed(ErrorCode::DataInvalid);

    const ParameterBuilder builder(OSSL_PARAM_BLD_new());
    const std::array<std::pair<const char*, const BIGNUM*>, 8> members = {{
        {OSSL_PKEY_PARAM_RSA_N, key.n.get()},
        {OSSL_PKEY_PARAM_RSA_E, key.e.get()},
        {OSSL_PKEY_PARAM_RSA_D, key.d.get()},
        {OSSL_PKEY_PARAM_RSA_FACTOR1, key.p.get()},
        {OSSL_PKEY_PARAM_RSA_FACTOR2, key.q.get()},
        {OSSL_PKEY_PARAM_RSA_EXPONENT1, key.dp.get()},
        {OSSL_PKEY_PARAM_RSA_EXPONENT2, key.dq.get()},
        {OSSL_PKEY_PARAM_RSA_COEFFICIENT1, key.qinv.get()},
    }};
    for (const auto& [name, number] : members) {
        if (OSSL_PARAM_BLD_push_BN(builder.get(), name, number) != 1) {
            return failed(ErrorCode::Internal);
        }
    }
    auto made = adopt(library, make_key(library, "RSA", *builder));
    if (made.ok() && made->algorithm() != algorithm) return failed(ErrorCode::DataInvalid);
    return made;
}

Result<PrivateKey> PrivateKey::from_scalar(const CryptoLibrary& library, KeyAlgorithm algorithm,
                                           ByteView scalar) {
    if (is_rsa(algorithm) || scalar.size() > field_size(algorithm)) {
        return failed(ErrorCode::DataInvalid);
    }
    const AlgorithmFacts& facts = facts_of(algorithm);
    const Group group(EC_GROUP_new_by_curve_name_ex(library.get(), nullptr, facts.curve));
    const Number number = to_number(scalar);
    if (!group || BN_is_zero(number.get()) != 0 ||
        BN_cmp(number.get(), EC_GROUP_get0_order(group.get())) >= 0) {
        return failed(ErrorCode::DataInvalid);
    }
    const Point point(EC_POINT_new(group.get()));
    Bytes encoded(1 + 2 * field_size(algorithm));
    const ParameterBuilder builder(OSSL_PARAM_BLD_new());
    if (EC_POINT_mul(group.get(), point.get(), number.get(), nullptr, nullptr, nullptr) != 1 ||
        EC_POINT_point2oct(group.get(), point.get(), POINT_CONVERSION_UNCOMPRESSED, encoded.data(),
                           encoded.size(), nullptr) != encoded.size() ||
        OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, facts.group,
                                        0) != 1 ||
        OSSL_PARAM_BLD_push_BN_pad(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, number.get(),
                                   field_size(algorithm)) != 1 ||
        OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, encoded.data(),
                                         encoded.size()) != 1) {
        return failed(ErrorCode::Internal);
    }
    return adopt(library, make_key(library, "EC", *builder));
}

Bytes PrivateKey::pkcs8() const {
    const std::unique_ptr<PKCS8_PRIV_KEY_INFO, Free<PKCS8_PRIV_KEY_INFO_free>> info(
        EVP_PKEY2PKCS8(key_.get()));
    if (!info) return {};
    Bytes der(static_cast<std::size_t>(std::max(0, i2d_PKCS8_PRIV_KEY_INFO(info.get(), nullptr))));
    unsigned char* at = der.data();
    i2d_PKCS8_PRIV_KEY_INFO(info.get(), &at);
    return der;
}

Bytes PrivateKey::public_template() const {
    iso7816::TlvWriter writer;
    if (is_rsa(algorithm_)) {
        writer.add(0x81, number_parameter(*key_, OSSL_PKEY_PARAM_RSA_N))
            .add(0x82, number_parameter(*key_, OSSL_PKEY_PARAM_RSA_E));
    } else {
        writer.add(0x86, point_parameter(*key_));
    }
    return writer.take();
}

Result<Bytes> PrivateKey::raw_rsa(ByteView block) const {
    const std::size_t size = field_size(algorithm_);
    if (!is_rsa(algorithm_) || block.size() != size) return failed(ErrorCode::DataInvalid);
    const KeyContext context(EVP_PKEY_CTX_new_from_pkey(library_->get(), key_.get(), nullptr));
    Bytes result(size);
    std::size_t result_size = size;
    if (!context || EVP_PKEY_decrypt_init(context.get()) != 1 ||
        EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_NO_PADDING) != 1 ||
        EVP_PKEY_decrypt(context.get(), result.data(), &result_size, block.data(), block.size()) !=
            1 ||
        result_size != size) {
        return failed(ErrorCode::DataInvalid);
    }
    return result;
}

Result<Bytes> PrivateKey::sign_hash(ByteView hash) const {
    if (is_rsa(algorithm_) || hash.empty()) return failed(ErrorCode::DataInvalid);
    const KeyContext context(EVP_PKEY_CTX_new_from_pkey(library_->get(), key_.get(), nullptr));
    const ByteView cut = hash.first(std::min(hash.size(), field_size(algorithm_)));
    Bytes signature(static_cast<std::size_t>(EVP_PKEY_get_size(key_.get())));
    std::size_t size = signature.size();
    if (!context || EVP_PKEY_sign_init(context.get()) != 1 ||
        EVP_PKEY_sign(context.get(), signature.data(), &size, cut.data(), cut.size()) != 1) {
        return failed(ErrorCode::DataInvalid);
    }
    signature.resize(size);
    return signature;
}

Result<Bytes> PrivateKey::agree(ByteView point) const {
    if (is_rsa(algorithm_) || point.size() != 1 + 2 * field_size(algorithm_) || point[0] != 4) {
        return failed(ErrorCode::DataInvalid);
    }
    const ParameterBuilder builder(OSSL_PARAM_BLD_new());
    OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME,
                                    facts_of(algorithm_).group, 0);
    OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                     point.size());
    const Key other(make_key(*library_, "EC", *builder, EVP_PKEY_PUBLIC_KEY));
    const KeyContext context(EVP_PKEY_CTX_new_from_pkey(library_->get(), key_.get(), nullptr));
    Bytes secret(field_size(algorithm_));
    std::size_t size = secret.size();
    // EVP_PKEY_derive_set_peer refuses a point that is not on the curve.
    if (!other || !context || EVP_PKEY_derive_init(context.get()) != 1 ||
        EVP_PKEY_derive_set_peer(context.get(), other.get()) != 1 ||
        EVP_PKEY_derive(context.get(), secret.data(), &size) != 1 || size != secret.size()) {
        return failed(ErrorCode::DataInvalid);
    }
    return secret;
}

}  // namespace cardmux::simulation
