// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// CPEncrypt and CPDecrypt: with session and public keys in software, with a private key on the
// card.
#include <cstring>

#include "api/csp/csp_boundary_windows.h"
#include "api/csp/csp_state_windows.h"

namespace cardmux::csp {
namespace {

namespace status = api::status;

/// What both functions work on.
struct Cipher {
    SharedContext context;
    SharedKey key;
    SharedHash hash;  ///< of the plaintext as it passes; null: none
    bool is_final = false;
    DWORD flags = 0;
    Output data{};

    HCRYPTHASH software_hash() const { return hash ? hash->software->handle() : 0; }
};

Outcome<Cipher> enter(api::Handle context, api::Handle key, api::Handle hash) {
    Cipher cipher;
    CARDMUX_TRY_ASSIGN(cipher.context, find_context(context));
    CARDMUX_TRY_ASSIGN(cipher.key, find_key(context, key));
    if (hash != 0) {
        CARDMUX_TRY_ASSIGN(cipher.hash, find_hash(context, hash));
    }
    return cipher;
}

Outcome<void> encrypt(const Cipher& cipher, DWORD room) {
    const bool is_public = cipher.key->session() == nullptr;
    CARDMUX_TRY(check_flags(cipher.flags, is_public ? CRYPT_OAEP : 0));
    // A public key encrypts one block.
    if (is_public && !cipher.is_final) return refuse(status::nte_bad_flags);
    const auto turn = cipher.context->software->take_turn();
    CARDMUX_TRY_ASSIGN(const SharedSoftwareKey key, software_key(*cipher.context, *cipher.key));
    return software(CryptEncrypt(key->handle(), cipher.software_hash(), cipher.is_final,
                                 cipher.flags, cipher.data.data, cipher.data.size, room));
}

Outcome<token::DecryptionScheme> scheme_for(DWORD flags, CspKey& key) {
    if (flags == 0) return token::DecryptionScheme(token::RsaPkcs1{});
    if (flags == CRYPT_DECRYPT_RSA_NO_PADDING_CHECK)
        return token::DecryptionScheme(token::RsaRaw{});
    if (flags != CRYPT_OAEP) return refuse(status::nte_bad_flags);
    token::RsaOaep oaep;
    oaep.label = *key.oaep_label.lock();
    return token::DecryptionScheme(oaep);
}

Outcome<void> check_card_key(const Cipher& cipher) {
    if (cipher.context->is_for_verification()) return refuse(status::nte_perm);
    const container::FoundContainer& found = cipher.key->pair()->container;
    if (found.container.key_spec != container::KeySpec::KeyExchange)
        return refuse(status::nte_bad_key);
    if (!cipher.is_final) return refuse(status::nte_bad_flags);
    if (*cipher.data.size != block_size(found)) return refuse(status::nte_bad_len);
    return done();
}

Outcome<void> hash_plaintext(const Cipher& cipher) {
    if (!cipher.hash) return done();
    const auto turn = cipher.context->software->take_turn();
    return software(CryptHashData(cipher.software_hash(), cipher.data.data, *cipher.data.size, 0));
}

Outcome<void> decrypt_by_card(const Cipher& cipher) {
    CARDMUX_TRY(check_card_key(cipher));
    token::DecryptRequest request;
    request.input = reversed({cipher.data.data, *cipher.data.size});
    CARDMUX_TRY_ASSIGN(request.scheme, scheme_for(cipher.flags, *cipher.key));
    CARDMUX_TRY_ASSIGN(const SecretBytes plain,
                       csp_state().access.decrypt(cipher.key->pair()->container,
                                                  cipher.context->caller(), std::move(request)));
    const ByteView bytes = plain.view();
    // Never longer than what it replaces: a padded block, or the block itself.
    if (bytes.size() > *cipher.data.size) return Error(ErrorCode::ResponseWrong, "decrypt");
    if (!bytes.empty()) std::memcpy(cipher.data.data, bytes.data(), bytes.size());
    *cipher.data.size = static_cast<DWORD>(bytes.size());
    return hash_plaintext(cipher);
}

Outcome<void> decrypt(const Cipher& cipher) {
    if (cipher.key->pair() != nullptr) return decrypt_by_card(cipher);
    const SoftwareKey* session = cipher.key->session();
    if (session == nullptr) return refuse(status::nte_bad_key);
    CARDMUX_TRY(check_flags(cipher.flags, 0));
    const auto turn = cipher.context->software->take_turn();
    return software(CryptDecrypt(session->handle(), cipher.software_hash(), cipher.is_final, 0,
                                 cipher.data.data, cipher.data.size));
}

}  // namespace
}  // namespace cardmux::csp

using namespace cardmux::csp;  // NOLINT(google-build-using-namespace): the C functions' file
namespace api = cardmux::api;

BOOL WINAPI CPEncrypt(HCRYPTPROV hProv, HCRYPTKEY hKey, HCRYPTHASH hHash, BOOL fFinal,
                      DWORD dwFlags, BYTE* pbData, DWORD* pcbData, DWORD cbBufLen) noexcept {
    return csp_call({"CPEncrypt", hProv}, [&]() -> Outcome<void> {
        if (pcbData == nullptr) return refuse(api::status::error_invalid_parameter);
        CARDMUX_TRY_ASSIGN(Cipher cipher, enter(hProv, hKey, hHash));
        cipher.is_final = fFinal != FALSE;
        cipher.flags = dwFlags;
        cipher.data = {pbData, pcbData};
        return encrypt(cipher, cbBufLen);
    });
}

BOOL WINAPI CPDecrypt(HCRYPTPROV hProv, HCRYPTKEY hKey, HCRYPTHASH hHash, BOOL fFinal,
                      DWORD dwFlags, BYTE* pbData, DWORD* pcbData) noexcept {
    const CspCall call{"CPDecrypt", hProv, api::CallPurpose::UseKey};
    return csp_call(call, [&]() -> Outcome<void> {
        if (pbData == nullptr || pcbData == nullptr)
            return refuse(api::status::error_invalid_parameter);
        CARDMUX_TRY_ASSIGN(Cipher cipher, enter(hProv, hKey, hHash));
        cipher.is_final = fFinal != FALSE;
        cipher.flags = dwFlags;
        cipher.data = {pbData, pcbData};
        return decrypt(cipher);
    });
}
