// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// libcrypto's plain functions. They are marked as deprecated, but EVP looks for an engine first and
// reads the host program's openssl.cnf (library_context_openssl.h).
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/aes.h>
#include <openssl/des.h>

#include <algorithm>

#include "crypto/block_cipher.h"

namespace cardmux::crypto {
namespace {

/// A key schedule, overwritten at the end: it is the key in another form.
template <typename Schedule>
struct Wiped {
    Schedule value{};
    Wiped() = default;
    ~Wiped() { wipe({reinterpret_cast<std::uint8_t*>(&value), sizeof value}); }
    Wiped(const Wiped&) = delete;
    Wiped& operator=(const Wiped&) = delete;
};

Result<void> check_sizes(BlockCipher cipher, const SecretBytes& key, ByteView block) {
    if (key.size() == key_size(cipher) && block.size() == block_size(cipher)) return success();
    return Error(ErrorCode::DataSizeInvalid, "use a block cipher");
}

Bytes run_des(const SecretBytes& key, ByteView block, int direction) {
    Wiped<DES_key_schedule[3]> schedules;
    for (std::size_t i = 0; i < 3; ++i) {
        Wiped<DES_cblock> part;
        std::copy_n(key.view().data() + i * sizeof part.value, sizeof part.value, part.value);
        DES_set_key_unchecked(&part.value, &schedules.value[i]);
    }
    DES_cblock in;
    DES_cblock out;
    std::copy_n(block.data(), sizeof in, in);
    DES_ecb3_encrypt(&in, &out, &schedules.value[0], &schedules.value[1], &schedules.value[2],
                     direction);
    return {std::begin(out), std::end(out)};
}

template <auto set_key, auto run>
Result<Bytes> run_aes(const SecretBytes& key, ByteView block) {
    Wiped<AES_KEY> schedule;
    const int bits = static_cast<int>(key.size() * 8);
    if (set_key(key.view().data(), bits, &schedule.value) != 0)
        return Error(ErrorCode::Internal, "use a block cipher");
    Bytes out(block.size());
    run(block.data(), out.data(), &schedule.value);
    return out;
}

}  // namespace

Result<Bytes> encrypt_block(BlockCipher cipher, const SecretBytes& key, ByteView block) {
    CARDMUX_TRY(check_sizes(cipher, key, block));
    if (cipher == BlockCipher::TripleDes) return run_des(key, block, DES_ENCRYPT);
    return run_aes<AES_set_encrypt_key, AES_encrypt>(key, block);
}

Result<Bytes> decrypt_block(BlockCipher cipher, const SecretBytes& key, ByteView block) {
    CARDMUX_TRY(check_sizes(cipher, key, block));
    if (cipher == BlockCipher::TripleDes) return run_des(key, block, DES_DECRYPT);
    return run_aes<AES_set_decrypt_key, AES_decrypt>(key, block);
}

}  // namespace cardmux::crypto
