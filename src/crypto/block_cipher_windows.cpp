// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <algorithm>

#include "crypto/bcrypt_windows.h"
#include "crypto/block_cipher.h"

namespace cardmux::crypto {
namespace {

/// One block of CBC, BCrypt's own mode, behind zeros: that is the plain cipher. (Wine's 3DES has no
/// other mode.)
Result<Bytes> run(BlockCipher cipher, const SecretBytes& key, ByteView block,
                  decltype(&BCryptEncrypt) operation) {
    if (key.size() != key_size(cipher) || block.size() != block_size(cipher))
        return Error(ErrorCode::DataSizeInvalid, "use a block cipher");
    const bool is_des = cipher == BlockCipher::TripleDes;
    CARDMUX_TRY_ASSIGN(const BCRYPT_ALG_HANDLE provider,
                       bcrypt_provider(is_des ? BcryptAlgorithm::TripleDes : BcryptAlgorithm::Aes));
    BCRYPT_KEY_HANDLE handle = nullptr;
    NTSTATUS status = BCryptGenerateSymmetricKey(
        provider, &handle, nullptr, 0, bcrypt_input(key.view()), static_cast<ULONG>(key.size()), 0);
    if (!BCRYPT_SUCCESS(status)) return bcrypt_failed(status, "use a block cipher");
    const BcryptKey owner(handle);
    Bytes before(block.size(), 0);
    Bytes out(block.size());
    ULONG size = 0;
    status = operation(handle, bcrypt_input(block), static_cast<ULONG>(block.size()), nullptr,
                       before.data(), static_cast<ULONG>(before.size()), out.data(),
                       static_cast<ULONG>(out.size()), &size, 0);
    if (!BCRYPT_SUCCESS(status)) return bcrypt_failed(status, "use a block cipher");
    return out;
}

}  // namespace

Result<Bytes> encrypt_block(BlockCipher cipher, const SecretBytes& key, ByteView block) {
    return run(cipher, key, block, BCryptEncrypt);
}

Result<Bytes> decrypt_block(BlockCipher cipher, const SecretBytes& key, ByteView block) {
    return run(cipher, key, block, BCryptDecrypt);
}

}  // namespace cardmux::crypto
