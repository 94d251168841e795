// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "api/csp/key_blob.h"

#include <algorithm>

#include "crypto/der.h"

namespace cardmux::csp {
namespace {

constexpr std::size_t header_size = 8;
constexpr std::size_t rsa_header_size = 12;       // RSAPUBKEY: magic, bits, exponent
constexpr std::uint32_t rsa1_magic = 0x31415352;  // "RSA1"
constexpr std::uint32_t rsa2_magic = 0x32415352;  // "RSA2": with the private numbers
constexpr std::size_t exponent_size = 4;

Error bad_blob() {
    return Error(ErrorCode::DataInvalid, "read a key blob");
}

/// `at` + 4 bytes are there.
std::uint32_t number_at(ByteView bytes, std::size_t at) {
    return std::uint32_t{bytes[at]} | std::uint32_t{bytes[at + 1]} << 8 |
           std::uint32_t{bytes[at + 2]} << 16 | std::uint32_t{bytes[at + 3]} << 24;
}

void append_number(Bytes& to, std::uint32_t number) {
    for (unsigned shift = 0; shift < 32; shift += 8)
        to.push_back(static_cast<std::uint8_t>(number >> shift));
}

void append_header(Bytes& to, BlobType type, AlgorithmId algorithm) {
    append(to, Bytes{static_cast<std::uint8_t>(type), blob_version, 0, 0});
    append_number(to, algorithm);
}

}  // namespace

Bytes reversed(ByteView bytes) {
    return {bytes.rbegin(), bytes.rend()};
}

Result<BlobHeader> parse_blob_header(ByteView blob) {
    if (blob.size() < header_size) return bad_blob();
    return BlobHeader{blob[0], blob[1], number_at(blob, 4)};
}

namespace {

/// A blob's RSAPUBKEY and the numbers after it.
struct RsaBlob {
    PublicKeyBlob public_key;
    std::size_t modulus_size = 0;
    ByteView rest;  ///< what follows the modulus
};

Result<RsaBlob> parse_rsa_blob(ByteView blob, std::uint32_t magic) {
    CARDMUX_TRY_ASSIGN(const BlobHeader header, parse_blob_header(blob));
    const ByteView rest = blob.subspan(header_size);
    if (rest.size() < rsa_header_size || number_at(rest, 0) != magic) return bad_blob();
    const std::size_t modulus_size = (std::size_t{number_at(rest, 4)} + 7) / 8;
    if (rest.size() - rsa_header_size < modulus_size) return bad_blob();
    const Bytes modulus = reversed(rest.subspan(rsa_header_size, modulus_size));
    const Bytes exponent = reversed(rest.subspan(8, exponent_size));
    RsaBlob parsed;
    parsed.public_key.algorithm = header.algorithm;
    parsed.public_key.key.modulus = to_bytes(crypto::der::without_leading_zeros(modulus));
    parsed.public_key.key.exponent = to_bytes(crypto::der::without_leading_zeros(exponent));
    if (!crypto::is_usable(parsed.public_key.key)) return bad_blob();
    parsed.modulus_size = modulus_size;
    parsed.rest = rest.subspan(rsa_header_size + modulus_size);
    return parsed;
}

/// Big-endian, and no copy left behind.
SecretBytes secret_reversed(ByteView bytes) {
    Bytes big_endian = reversed(bytes);
    SecretBytes secret(big_endian);
    wipe(big_endian);
    return secret;
}

}  // namespace

Result<PublicKeyBlob> parse_public_key_blob(ByteView blob) {
    CARDMUX_TRY_ASSIGN(RsaBlob parsed, parse_rsa_blob(blob, rsa1_magic));
    return std::move(parsed.public_key);
}

Result<PrivateKeyBlob> parse_private_key_blob(ByteView blob) {
    CARDMUX_TRY_ASSIGN(RsaBlob parsed, parse_rsa_blob(blob, rsa2_magic));
    // The other numbers' sizes follow from the modulus': it has to have the size that it says.
    const std::size_t size = parsed.public_key.key.modulus.size();
    if (size != parsed.modulus_size || size % 2 != 0) return bad_blob();
    const std::size_t half = size / 2;
    constexpr std::size_t halves = 5;  // then the private exponent, which follows from them
    if (parsed.rest.size() < halves * half + size) return bad_blob();
    PrivateKeyBlob key;
    key.algorithm = parsed.public_key.algorithm;
    key.key.public_key = std::move(parsed.public_key.key);
    SecretBytes* const numbers[halves] = {&key.key.p, &key.key.q, &key.key.dp, &key.key.dq,
                                          &key.key.qinv};
    for (std::size_t i = 0; i < halves; ++i)
        *numbers[i] = secret_reversed(parsed.rest.subspan(i * half, half));
    return key;
}

Result<Bytes> make_public_key_blob(const PublicKeyBlob& key) {
    if (key.key.exponent.size() > exponent_size)
        return Error(ErrorCode::NotSupported, "make a key blob");
    Bytes blob;
    append_header(blob, BlobType::PublicKey, key.algorithm);
    append_number(blob, rsa1_magic);
    append_number(blob, static_cast<std::uint32_t>(crypto::key_bits(key.key)));
    Bytes exponent = reversed(key.key.exponent);
    exponent.resize(exponent_size);
    append(blob, exponent);
    append(blob, reversed(key.key.modulus));
    return blob;
}

Result<SimpleBlob> parse_simple_blob(ByteView blob) {
    CARDMUX_TRY_ASSIGN(const BlobHeader header, parse_blob_header(blob));
    constexpr std::size_t fixed = header_size + sizeof(AlgorithmId);
    if (blob.size() <= fixed) return bad_blob();
    return SimpleBlob{header.algorithm, number_at(blob, header_size), blob.subspan(fixed)};
}

SecretBytes make_plaintext_key_blob(AlgorithmId algorithm, ByteView key) {
    Bytes blob;
    blob.reserve(header_size + sizeof(std::uint32_t) + key.size());  // no copy left behind
    append_header(blob, BlobType::PlaintextKey, algorithm);
    append_number(blob, static_cast<std::uint32_t>(key.size()));
    append(blob, key);
    SecretBytes secret(blob);
    wipe(blob);
    return secret;
}

}  // namespace cardmux::csp
