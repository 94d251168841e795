// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Certificates of strangers. Where libcrypto's own parser accepts the same bytes, both see the same
// fields.
#include <openssl/err.h>
#include <openssl/x509.h>

#include <memory>

#include "crypto/certificate.h"
#include "fuzz/input.h"

namespace cardmux::fuzz {
namespace {

using X509Owner = std::unique_ptr<X509, decltype(&X509_free)>;

template <typename T>
Bytes encoded(int (*encode)(const T*, unsigned char**), const T* object) {
    unsigned char* bytes = nullptr;
    const int size = encode(object, &bytes);
    if (size <= 0) return {};
    Bytes copy(bytes, bytes + size);
    OPENSSL_free(bytes);
    return copy;
}

void compare(const crypto::Certificate& ours, ByteView der) {
    const unsigned char* at = der.data();
    const X509Owner theirs(d2i_X509(nullptr, &at, static_cast<long>(der.size())), X509_free);
    ERR_clear_error();
    if (!theirs) return;
    require(at == der.data() + der.size(), "a certificate ends where the bytes do");
    require(ours.subject == encoded(i2d_X509_NAME, X509_get_subject_name(theirs.get())), "subject");
    require(ours.issuer == encoded(i2d_X509_NAME, X509_get_issuer_name(theirs.get())), "issuer");
    require(ours.serial_number == encoded(i2d_ASN1_INTEGER, X509_get0_serialNumber(theirs.get())),
            "serial number");
    // libcrypto writes the key anew; ours is as it was found. The same only where it is strict DER.
    if (crypto::parse_public_key_info(ours.public_key_info).ok()) {
        const Bytes key = encoded<X509_PUBKEY>(i2d_X509_PUBKEY, X509_get_X509_PUBKEY(theirs.get()));
        require(ours.public_key_info == key, "public key");
    }
}

}  // namespace
}  // namespace cardmux::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace cardmux;
    const ByteView der(data, size);
    const auto certificate = crypto::parse_certificate(der);
    if (certificate.ok()) fuzz::compare(*certificate, der);
    return 0;
}
