// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "simulation/world/checkers/signature_judge.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

namespace cardmux::simulation {
namespace {

using Key = std::shared_ptr<EVP_PKEY>;

/// Read once for each certificate: to parse one takes longer than to check a signature.
Key key_of(const SimulatedPivCard& card, std::uint8_t key) {
    static auto& known = *new std::map<Bytes, Key>;
    const Bytes certificate = card.certificate(key);
    Key& found = known[certificate];
    if (found) return found;
    const unsigned char* at = certificate.data();
    const std::unique_ptr<X509, decltype(&X509_free)> parsed(
        d2i_X509(nullptr, &at, static_cast<long>(certificate.size())), &X509_free);
    if (parsed) found = Key(X509_get_pubkey(parsed.get()), EVP_PKEY_free);
    return found;
}

Bytes to_der(ByteView signature) {
    const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> pair(ECDSA_SIG_new(),
                                                                     &ECDSA_SIG_free);
    const std::size_t half = signature.size() / 2;
    const auto number = [half](ByteView bytes) {
        return BN_bin2bn(bytes.data(), static_cast<int>(half), nullptr);
    };
    ECDSA_SIG_set0(pair.get(), number(signature.first(half)), number(signature.subspan(half)));
    Bytes der(static_cast<std::size_t>(i2d_ECDSA_SIG(pair.get(), nullptr)));
    unsigned char* at = der.data();
    i2d_ECDSA_SIG(pair.get(), &at);
    return der;
}

}  // namespace

bool is_signature_of(const SimulatedPivCard& card, std::uint8_t key, ByteView hash,
                     ByteView signature) {
    const Key parsed = key_of(card, key);
    if (!parsed || signature.empty() || signature.size() % 2 != 0) return false;
    const Bytes der = to_der(signature);
    const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> use(
        EVP_PKEY_CTX_new(parsed.get(), nullptr), &EVP_PKEY_CTX_free);
    return use && EVP_PKEY_verify_init(use.get()) == 1 &&
           EVP_PKEY_verify(use.get(), der.data(), der.size(), hash.data(), hash.size()) == 1;
}

}  // namespace cardmux::simulation
