// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "simulation/piv/block_cipher.h"

#include <openssl/err.h>
#include <openssl/evp.h>

namespace cardmux::simulation {
namespace {

const char* cipher_name(ManagementAlgorithm algorithm) {
    switch (algorithm) {
        case ManagementAlgorithm::TripleDes:
            return "DES-EDE3-ECB";
        case ManagementAlgorithm::Aes128:
            return "AES-128-ECB";
        case ManagementAlgorithm::Aes192:
            return "AES-192-ECB";
        case ManagementAlgorithm::Aes256:
            return "AES-256-ECB";
    }
    return "";
}

Error failed() {
    ERR_clear_error();
    return Error(ErrorCode::DataInvalid, "simulated card's block cipher");
}

}  // namespace

std::size_t block_size(ManagementAlgorithm algorithm) {
    return algorithm == ManagementAlgorithm::TripleDes ? 8 : 16;
}

std::size_t management_key_size(ManagementAlgorithm algorithm) {
    switch (algorithm) {
        case ManagementAlgorithm::TripleDes:
            return 24;
        case ManagementAlgorithm::Aes128:
            return 16;
        case ManagementAlgorithm::Aes192:
            return 24;
        case ManagementAlgorithm::Aes256:
            return 32;
    }
    return 0;
}

Result<ManagementAlgorithm> management_algorithm_of(std::uint8_t number) {
    switch (number) {
        case 0x00:
        case 0x03:
            return ManagementAlgorithm::TripleDes;
        case 0x08:
            return ManagementAlgorithm::Aes128;
        case 0x0A:
            return ManagementAlgorithm::Aes192;
        case 0x0C:
            return ManagementAlgorithm::Aes256;
        default:
            return Error(ErrorCode::NotSupported, "management key algorithm");
    }
}

ManagementKey default_management_key(ManagementAlgorithm algorithm) {
    ManagementKey key{.algorithm = algorithm, .key = {}};
    for (std::size_t i = 0; i < management_key_size(algorithm); ++i) {
        key.key.push_back(static_cast<std::uint8_t>(i % 8 + 1));
    }
    return key;
}

Result<Bytes> cipher_block(const CryptoLibrary& library, const ManagementKey& key,
                           CipherDirection direction, ByteView block) {
    const std::size_t size = block_size(key.algorithm);
    if (block.size() != size || key.key.size() != management_key_size(key.algorithm)) {
        return failed();
    }
    const std::unique_ptr<EVP_CIPHER, decltype(&EVP_CIPHER_free)> cipher(
        EVP_CIPHER_fetch(library.get(), cipher_name(key.algorithm), nullptr), EVP_CIPHER_free);
    const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(
        EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
    Bytes result(size);
    int written = 0;
    if (!cipher || !context ||
        EVP_CipherInit_ex2(context.get(), cipher.get(), key.key.data(), nullptr,
                           direction == CipherDirection::Encrypt ? 1 : 0, nullptr) != 1 ||
        EVP_CIPHER_CTX_set_padding(context.get(), 0) != 1 ||
        EVP_CipherUpdate(context.get(), result.data(), &written, block.data(),
                         static_cast<int>(size)) != 1 ||
        written != static_cast<int>(size)) {
        return failed();
    }
    return result;
}

}  // namespace cardmux::simulation
