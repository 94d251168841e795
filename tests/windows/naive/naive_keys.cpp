// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// What the naive provider knows of RSA: padding of a hash, the public key in a certificate.
#include <algorithm>
#include <map>

#include "windows/naive/naive_card.h"

namespace naive {
namespace {

/// DigestInfo without the hash. Source: RFC 8017, section 9.2, note 1.
const std::map<ALG_ID, Bytes> prefixes = {
    {CALG_SHA1,
     {0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2B, 0x0E, 0x03, 0x02, 0x1A, 0x05, 0x00, 0x04, 0x14}},
    {CALG_SHA_256,
     {0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01,
      0x05, 0x00, 0x04, 0x20}},
    {CALG_SHA_384,
     {0x30, 0x41, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02,
      0x05, 0x00, 0x04, 0x30}},
    {CALG_SHA_512,
     {0x30, 0x51, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03,
      0x05, 0x00, 0x04, 0x40}},
};

}  // namespace

Bytes pad_hash(ALG_ID algorithm, const Bytes& hash, std::size_t modulus_bytes) {
    const auto prefix = prefixes.find(algorithm);
    if (prefix == prefixes.end() || prefix->second.back() != hash.size()) return {};
    const std::size_t used = prefix->second.size() + hash.size();
    if (modulus_bytes < used + 11) return {};
    Bytes block = {0x00, 0x01};
    block.resize(modulus_bytes - used - 1, 0xFF);
    block.push_back(0x00);
    block.insert(block.end(), prefix->second.begin(), prefix->second.end());
    block.insert(block.end(), hash.begin(), hash.end());
    return block;
}

Bytes public_key_blob(const Bytes& certificate) {
    const PCCERT_CONTEXT found = CertCreateCertificateContext(
        X509_ASN_ENCODING, certificate.data(), static_cast<DWORD>(certificate.size()));
    if (found == nullptr) return {};
    const auto& key = found->pCertInfo->SubjectPublicKeyInfo.PublicKey;
    DWORD size = 0;
    Bytes blob;
    if (CryptDecodeObject(X509_ASN_ENCODING, RSA_CSP_PUBLICKEYBLOB, key.pbData, key.cbData, 0,
                          nullptr, &size)) {
        blob.resize(size);
        if (!CryptDecodeObject(X509_ASN_ENCODING, RSA_CSP_PUBLICKEYBLOB, key.pbData, key.cbData, 0,
                               blob.data(), &size)) {
            blob.clear();
        }
    }
    CertFreeCertificateContext(found);
    return blob;
}

}  // namespace naive
