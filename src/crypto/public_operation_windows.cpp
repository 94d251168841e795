// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// RSA is computed here and not by BCryptEncrypt without padding: Wine (8.0) has no such padding,
// and which sizes of modulus Windows takes depends on its version. A card's key may have any.
#include "crypto/bcrypt_windows.h"
#include "crypto/curve.h"
#include "crypto/public_operation.h"
#include "crypto/software/big_number.h"
#include "crypto/software/curve_equation.h"

namespace cardmux::crypto {
namespace {

/// A hash as a number of exactly field-size bytes, zeros before it. What BCrypt itself does with
/// other sizes is left open by its documentation.
Bytes hash_number(ByteView hash, std::size_t size) {
    Bytes number(size - hash.size());
    append(number, hash);
    return number;
}

/// BCRYPT_ECCKEY_BLOB, X and Y.
Bytes key_blob(const EcPublicKey& key) {
    BCRYPT_ECCKEY_BLOB head{};
    head.dwMagic =
        key.curve == Curve::P256 ? BCRYPT_ECDSA_PUBLIC_P256_MAGIC : BCRYPT_ECDSA_PUBLIC_P384_MAGIC;
    head.cbKey = static_cast<ULONG>(field_size(key.curve));
    Bytes blob = to_bytes({reinterpret_cast<const std::uint8_t*>(&head), sizeof head});
    append(blob, ByteView(key.point).subspan(1));
    return blob;
}

Result<BcryptKey> import_key(const EcPublicKey& key) {
    const auto algorithm =
        key.curve == Curve::P256 ? BcryptAlgorithm::EcdsaP256 : BcryptAlgorithm::EcdsaP384;
    CARDMUX_TRY_ASSIGN(const BCRYPT_ALG_HANDLE provider, bcrypt_provider(algorithm));
    Bytes blob = key_blob(key);
    BCRYPT_KEY_HANDLE handle = nullptr;
    const NTSTATUS status = BCryptImportKeyPair(provider, nullptr, BCRYPT_ECCPUBLIC_BLOB, &handle,
                                                blob.data(), static_cast<ULONG>(blob.size()), 0);
    if (!BCRYPT_SUCCESS(status)) return bcrypt_failed(status, "ECDSA verification");
    return BcryptKey(handle);
}

}  // namespace

Result<Bytes> raise_to_public_exponent(const RsaPublicKey& key, ByteView input) {
    const OddModulus modulus(key.modulus);
    const auto base = modulus.residue(input);
    if (!base) return Error(ErrorCode::Internal, "RSA public operation");
    return modulus.bytes(modulus.power(*base, key.exponent));
}

Result<bool> ecdsa_numbers_fit(const EcPublicKey& key, ByteView hash, ByteView signature) {
    // Wine (8.0) imports what is no point, too, and then says "no" to every signature.
    if (!uncompressed_point(key.curve, key.point).ok()) {
        return Error(ErrorCode::DataInvalid, "ECDSA verification");
    }
    const std::size_t size = field_size(key.curve);
    const bool are_in_range = is_in_range_of_order(key.curve, signature.first(size)) &&
                              is_in_range_of_order(key.curve, signature.subspan(size));
    if (!are_in_range) return false;
    CARDMUX_TRY_ASSIGN(const BcryptKey handle, import_key(key));
    const Bytes number = hash_number(hash, size);
    const NTSTATUS status = BCryptVerifySignature(
        handle.get(), nullptr, bcrypt_input(number), static_cast<ULONG>(number.size()),
        bcrypt_input(signature), static_cast<ULONG>(signature.size()), 0);
    if (BCRYPT_SUCCESS(status)) return true;
    if (status == invalid_signature) return false;
    return bcrypt_failed(status, "ECDSA verification");
}

}  // namespace cardmux::crypto
