// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <windows.h>

#include "tool/windows/load/public_blob.h"
//
#include <bcrypt.h>
#include <wincrypt.h>

#include <algorithm>
#include <cstring>

namespace cardmux::tool::windows {
namespace {

constexpr std::uint32_t magic_rsa = 0x31415352;         // RSA1
constexpr std::uint32_t magic_ecdsa_p256 = 0x31534345;  // ECS1
constexpr std::uint32_t magic_ecdsa_p384 = 0x33534345;  // ECS3
constexpr std::uint32_t magic_ecdsa_p521 = 0x35534345;  // ECS5

const wchar_t* algorithm_of(std::uint32_t magic) {
    switch (magic) {
        case magic_rsa:
            return BCRYPT_RSA_ALGORITHM;
        case magic_ecdsa_p256:
            return BCRYPT_ECDSA_P256_ALGORITHM;
        case magic_ecdsa_p384:
            return BCRYPT_ECDSA_P384_ALGORITHM;
        case magic_ecdsa_p521:
            return BCRYPT_ECDSA_P521_ALGORITHM;
        default:
            return nullptr;
    }
}

/// BCrypt wants pointers to what it does not change.
UCHAR* bytes_for_bcrypt(ByteView bytes) {
    return const_cast<UCHAR*>(bytes.data());
}

class Algorithm {
  public:
    explicit Algorithm(const wchar_t* name) {
        if (BCryptOpenAlgorithmProvider(&handle_, name, nullptr, 0) < 0) handle_ = nullptr;
    }
    ~Algorithm() {
        if (handle_ != nullptr) BCryptCloseAlgorithmProvider(handle_, 0);
    }
    Algorithm(const Algorithm&) = delete;
    Algorithm& operator=(const Algorithm&) = delete;
    BCRYPT_ALG_HANDLE get() const { return handle_; }

  private:
    BCRYPT_ALG_HANDLE handle_ = nullptr;
};

class Hash {
  public:
    explicit Hash(const Algorithm& algorithm) {
        if (BCryptCreateHash(algorithm.get(), &handle_, nullptr, 0, nullptr, 0, 0) < 0)
            handle_ = nullptr;
    }
    ~Hash() {
        if (handle_ != nullptr) BCryptDestroyHash(handle_);
    }
    Hash(const Hash&) = delete;
    Hash& operator=(const Hash&) = delete;
    bool finish(ByteView data, Bytes& value) const {
        return handle_ != nullptr &&
               BCryptHashData(handle_, bytes_for_bcrypt(data), static_cast<ULONG>(data.size()),
                              0) >= 0 &&
               BCryptFinishHash(handle_, value.data(), static_cast<ULONG>(value.size()), 0) >= 0;
    }

  private:
    BCRYPT_HASH_HANDLE handle_ = nullptr;
};

}  // namespace

Result<Bytes> rsa_blob_from_csp(ByteView blob) {
    constexpr std::size_t head_size = sizeof(BLOBHEADER) + sizeof(RSAPUBKEY);
    BLOBHEADER header{};
    RSAPUBKEY key{};
    if (blob.size() < head_size) return Error(ErrorCode::DataInvalid, "read a PUBLICKEYBLOB");
    std::memcpy(&header, blob.data(), sizeof header);
    std::memcpy(&key, blob.data() + sizeof header, sizeof key);
    const std::size_t modulus_size = key.bitlen / 8;
    if (header.bType != PUBLICKEYBLOB || key.magic != magic_rsa ||
        blob.size() != head_size + modulus_size)
        return Error(ErrorCode::DataInvalid, "read a PUBLICKEYBLOB");
    const BCRYPT_RSAKEY_BLOB head{
        magic_rsa, key.bitlen, sizeof(DWORD), static_cast<ULONG>(modulus_size), 0, 0};
    Bytes result(sizeof head);
    std::memcpy(result.data(), &head, sizeof head);
    for (int shift = 24; shift >= 0; shift -= 8)
        result.push_back(static_cast<std::uint8_t>(key.pubexp >> shift));
    const ByteView modulus = blob.subspan(head_size);
    result.insert(result.end(), modulus.rbegin(), modulus.rend());
    return result;
}

Result<Bytes> numbered_hash(std::uint64_t run, std::uint32_t client, std::uint64_t counter,
                            bool sha1) {
    Bytes message(40, 0);
    std::memcpy(message.data(), &run, sizeof run);
    std::memcpy(message.data() + 8, &client, sizeof client);
    std::memcpy(message.data() + 16, &counter, sizeof counter);
    std::memcpy(message.data() + 24, "cardmux load run", 16);
    const Algorithm algorithm(sha1 ? BCRYPT_SHA1_ALGORITHM : BCRYPT_SHA256_ALGORITHM);
    Bytes value(sha1 ? 20 : 32);
    const Hash hash(algorithm);
    if (algorithm.get() == nullptr || !hash.finish(message, value))
        return Error(ErrorCode::SystemFailed, "hash with BCrypt");
    return value;
}

struct PublicKey::State {
    explicit State(const wchar_t* name) : algorithm(name) {}
    ~State() {
        if (key != nullptr) BCryptDestroyKey(key);
    }
    Algorithm algorithm;
    BCRYPT_KEY_HANDLE key = nullptr;
    bool is_rsa = true;
};

PublicKey::PublicKey(std::unique_ptr<State> state) : state_(std::move(state)) {}
PublicKey::PublicKey(PublicKey&&) noexcept = default;
PublicKey& PublicKey::operator=(PublicKey&&) noexcept = default;
PublicKey::~PublicKey() = default;

Result<PublicKey> PublicKey::from(ByteView blob) {
    std::uint32_t magic = 0;
    if (blob.size() > sizeof magic) std::memcpy(&magic, blob.data(), sizeof magic);
    const wchar_t* name = algorithm_of(magic);
    if (name == nullptr) return Error(ErrorCode::DataInvalid, "read a public key");
    auto state = std::make_unique<State>(name);
    state->is_rsa = magic == magic_rsa;
    const wchar_t* kind = state->is_rsa ? BCRYPT_RSAPUBLIC_BLOB : BCRYPT_ECCPUBLIC_BLOB;
    const NTSTATUS status =
        BCryptImportKeyPair(state->algorithm.get(), nullptr, kind, &state->key,
                            bytes_for_bcrypt(blob), static_cast<ULONG>(blob.size()), 0);
    if (status < 0)
        return Error(ErrorCode::DataInvalid, "BCryptImportKeyPair")
            .with_platform_code(static_cast<std::uint32_t>(status));
    return PublicKey(std::move(state));
}

bool PublicKey::accepts(ByteView hash, ByteView signature, bool sha1) const {
    BCRYPT_PKCS1_PADDING_INFO padding{sha1 ? BCRYPT_SHA1_ALGORITHM : BCRYPT_SHA256_ALGORITHM};
    return BCryptVerifySignature(state_->key, state_->is_rsa ? &padding : nullptr,
                                 bytes_for_bcrypt(hash), static_cast<ULONG>(hash.size()),
                                 bytes_for_bcrypt(signature), static_cast<ULONG>(signature.size()),
                                 state_->is_rsa ? BCRYPT_PAD_PKCS1 : 0) >= 0;
}

}  // namespace cardmux::tool::windows
