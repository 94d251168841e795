// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Keys as CryptoAPI writes them (wincrypt.h, "key BLOBs"): numbers little-endian, unlike everything
// else here. Which blobs may be imported where is decided elsewhere.
#pragma once

#include "base/bytes.h"
#include "base/secret.h"
#include "crypto/private_key.h"

namespace cardmux::csp {

/// ALG_ID.
using AlgorithmId = std::uint32_t;

enum class BlobType : std::uint8_t {
    Simple = 1,  ///< a session key, encrypted with a public or another session key
    PublicKey = 6,
    PrivateKey = 7,
    PlaintextKey = 8,
    Opaque = 9,  ///< a session key as the software provider alone has it
    SymmetricWrap = 0xB,
};

constexpr std::uint8_t blob_version = 2;

/// BLOBHEADER.
struct BlobHeader {
    std::uint8_t type = 0;
    std::uint8_t version = 0;
    AlgorithmId algorithm = 0;
};

/// errors    DataInvalid: shorter than a header
Result<BlobHeader> parse_blob_header(ByteView blob);

struct PublicKeyBlob {
    AlgorithmId algorithm = 0;  ///< CALG_RSA_KEYX or CALG_RSA_SIGN
    crypto::RsaPublicKey key;
};

/// errors    DataInvalid: no RSA key, or one that cannot be
Result<PublicKeyBlob> parse_public_key_blob(ByteView blob);

/// errors    NotSupported: an exponent of more than 32 bits, which a blob has no room for
Result<Bytes> make_public_key_blob(const PublicKeyBlob& key);

struct PrivateKeyBlob {
    AlgorithmId algorithm = 0;  ///< CALG_RSA_KEYX or CALG_RSA_SIGN
    crypto::RsaPrivateKey key;
};

/// Whether its numbers belong together is the card's to say.
///
/// blob      in the clear
/// errors    DataInvalid: no RSA key, or one that cannot be
Result<PrivateKeyBlob> parse_private_key_blob(ByteView blob);

struct SimpleBlob {
    AlgorithmId algorithm = 0;           ///< of the session key
    AlgorithmId wrapping_algorithm = 0;  ///< CALG_RSA_KEYX, or the wrapping session key's
    ByteView wrapped;                    ///< little-endian; lives as long as the blob
};

/// errors    DataInvalid: too short
Result<SimpleBlob> parse_simple_blob(ByteView blob);

/// PLAINTEXTKEYBLOB of a session key.
SecretBytes make_plaintext_key_blob(AlgorithmId algorithm, ByteView key);

/// Little-endian to big-endian and back.
Bytes reversed(ByteView bytes);

}  // namespace cardmux::csp
