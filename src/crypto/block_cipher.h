// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Single blocks of 3DES and AES, for the management keys of cards: proofs that both sides know one.
// Not for data: there is no mode of operation here.
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "base/secret.h"

namespace cardmux::crypto {

enum class BlockCipher : std::uint8_t { TripleDes, Aes128, Aes192, Aes256 };

/// Bytes of a block: 8 or 16.
constexpr std::size_t block_size(BlockCipher cipher) {
    return cipher == BlockCipher::TripleDes ? 8 : 16;
}

/// Bytes of a key: 24, 16, 24 or 32.
constexpr std::size_t key_size(BlockCipher cipher) {
    switch (cipher) {
        case BlockCipher::Aes128:
            return 16;
        case BlockCipher::Aes256:
            return 32;
        default:
            return 24;
    }
}

/// key       key_size bytes. 3DES: three keys, whose parity bits are not looked at
/// block     block_size bytes
/// errors    DataSizeInvalid: of the key or the block; Internal, SystemFailed
Result<Bytes> encrypt_block(BlockCipher cipher, const SecretBytes& key, ByteView block);
/// errors    as encrypt_block
Result<Bytes> decrypt_block(BlockCipher cipher, const SecretBytes& key, ByteView block);

}  // namespace cardmux::crypto
