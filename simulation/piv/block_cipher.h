// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The management key's cipher: single blocks, 3DES or AES in ECB, by libcrypto.
#pragma once

#include "simulation/piv/private_key.h"

namespace cardmux::simulation {

enum class CipherDirection : std::uint8_t { Encrypt, Decrypt };

/// 8 for 3DES, 16 for AES.
std::size_t block_size(ManagementAlgorithm algorithm);
std::size_t management_key_size(ManagementAlgorithm algorithm);

/// Whether `number` is one of the algorithms; 00 is another name of 3DES.
///
/// errors    NotSupported
Result<ManagementAlgorithm> management_algorithm_of(std::uint8_t number);

struct ManagementKey {
    ManagementAlgorithm algorithm = ManagementAlgorithm::TripleDes;
    Bytes key;
};

/// The key that cards come with: 01..08 repeated to the algorithm's key size.
ManagementKey default_management_key(ManagementAlgorithm algorithm);

/// One block.
///
/// errors    DataInvalid: not exactly one block; the key has the wrong size
Result<Bytes> cipher_block(const CryptoLibrary& library, const ManagementKey& key,
                           CipherDirection direction, ByteView block);

}  // namespace cardmux::simulation
