// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Keys that a Windows program imports, in CNG's forms of public keys and CryptoAPI's of all (CNG's
// of private keys: private_blob_fuzz): what is accepted is the same after writing and reading.
#include "api/csp/key_blob.h"
#include "api/ksp/public_blobs.h"
#include "fuzz/input.h"

namespace cardmux::fuzz {
namespace {

void check_for_cng(const char* type, ByteView blob) {
    const auto key = ksp::parse_public_blob(type, blob);
    if (!key.ok()) return;
    const auto written = ksp::encode_public_blob(type, *key);
    if (!written.ok()) return;  // an exponent too long for the legacy form
    const auto again = ksp::parse_public_blob(type, *written);
    require(again.ok() && again->key == key->key, "a key is the same after writing and reading");
}

void check_public_for_cryptoapi(ByteView blob) {
    const auto key = csp::parse_public_key_blob(blob);
    if (!key.ok()) return;
    require(crypto::is_usable(key->key), "a key that is read can be one");
    const auto written = csp::make_public_key_blob(*key);
    require(written.ok(), "an exponent of 32 bits can be written");
    const auto again = csp::parse_public_key_blob(*written);
    require(again.ok() && again->key == key->key && again->algorithm == key->algorithm,
            "a key is the same after writing and reading");
}

void check_private_for_cryptoapi(ByteView blob) {
    const auto key = csp::parse_private_key_blob(blob);
    if (!key.ok()) return;
    const std::size_t half = key->key.public_key.modulus.size() / 2;
    require(key->key.p.size() == half && key->key.qinv.size() == half,
            "each number is half as long as the modulus");
}

void check_simple(ByteView blob) {
    const auto simple = csp::parse_simple_blob(blob);
    if (!simple.ok()) return;
    require(simple->wrapped.data() >= blob.data() &&
                simple->wrapped.data() + simple->wrapped.size() <= blob.data() + blob.size(),
            "the wrapped key lies within the blob");
}

}  // namespace
}  // namespace cardmux::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace cardmux;
    const ByteView blob(data, size);
    for (const char* type : {"RSAPUBLICBLOB", "ECCPUBLICBLOB", "PUBLICBLOB", "CAPIPUBLICBLOB"})
        fuzz::check_for_cng(type, blob);
    (void)csp::parse_blob_header(blob).ok();
    fuzz::check_public_for_cryptoapi(blob);
    fuzz::check_private_for_cryptoapi(blob);
    fuzz::check_simple(blob);
    return 0;
}
