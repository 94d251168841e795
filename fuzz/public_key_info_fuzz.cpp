// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Public keys and ECDSA signatures in DER: what is accepted is accepted by libcrypto, too, and
// stays the same when written and read again.
#include <openssl/err.h>
#include <openssl/x509.h>

#include "crypto/public_key.h"
#include "fuzz/input.h"

namespace cardmux::fuzz {
namespace {

bool is_key_for_libcrypto(ByteView der) {
    const unsigned char* at = der.data();
    EVP_PKEY* key = d2i_PUBKEY(nullptr, &at, static_cast<long>(der.size()));
    EVP_PKEY_free(key);
    ERR_clear_error();
    return key != nullptr && at == der.data() + der.size();
}

void check_key(ByteView der) {
    const auto key = crypto::parse_public_key_info(der);
    if (!key.ok()) return;
    const auto encoded = crypto::encode_public_key_info(*key);
    require(encoded.ok(), "a key that was read can be written");
    require(is_key_for_libcrypto(*encoded), "libcrypto accepts the key as we write it");
    const auto again = crypto::parse_public_key_info(*encoded);
    require(again.ok() && *again == *key, "a key is the same after writing and reading");
}

void check_signature(ByteView der, crypto::Curve curve) {
    const auto joined = crypto::ecdsa_from_der(der, curve);
    if (!joined.ok()) return;
    const auto again = crypto::ecdsa_to_der(*joined, curve);
    require(again.ok() && equal(*again, der), "a signature has one encoding only");
}

}  // namespace
}  // namespace cardmux::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace cardmux;
    fuzz::check_key({data, size});
    fuzz::check_signature({data, size}, crypto::Curve::P256);
    fuzz::check_signature({data, size}, crypto::Curve::P384);
    return 0;
}
