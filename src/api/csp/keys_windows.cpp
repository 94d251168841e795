// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Keys: the container's, new ones, copies, their end; random numbers.
#include "api/csp/csp_boundary_windows.h"
#include "api/csp/csp_state_windows.h"
#include "api/csp/key_writing_windows.h"

namespace cardmux::csp {
namespace {

namespace status = api::status;

constexpr DWORD key_length = 0xFFFF0000;  // the upper half of the flags: bits

/// A session key, which `make` has the software provider make.
template <typename Make>
Outcome<void> make_session(const CspContext& context, api::Handle owner, const Make& make,
                           HCRYPTKEY* handle) {
    HCRYPTKEY made = 0;
    {
        const auto turn = context.software->take_turn();
        CARDMUX_TRY(software(make(&made)));
    }
    auto key = std::make_shared<SoftwareKey>(context.software, made);
    return hand_out(std::make_shared<CspKey>(owner, SessionKey{std::move(key)}), handle);
}

/// From what was read when the container was found: no card, no wait.
Outcome<void> get_user_key(CspContext& context, api::Handle owner, DWORD spec, HCRYPTKEY* handle) {
    auto found = context.found_container();
    if (!found || spec != static_cast<DWORD>(found->container.key_spec))
        return refuse(status::nte_no_key);
    auto key = std::make_shared<CspKey>(owner, CardKeyPair{*std::move(found)});
    if (!key->public_key()) return refuse(status::nte_no_key);  // an elliptic curve
    return hand_out(std::move(key), handle);
}

bool is_key_pair(ALG_ID algorithm) {
    return algorithm == AT_KEYEXCHANGE || algorithm == AT_SIGNATURE || algorithm == CALG_RSA_KEYX ||
           algorithm == CALG_RSA_SIGN;
}

container::KeySpec spec_of(ALG_ID algorithm) {
    return algorithm == AT_SIGNATURE || algorithm == CALG_RSA_SIGN
               ? container::KeySpec::Signature
               : container::KeySpec::KeyExchange;
}

/// The card makes it, hence it never leaves the card.
Outcome<void> generate_pair(CspContext& context, api::Handle owner, ALG_ID algorithm, DWORD flags,
                            HCRYPTKEY* handle) {
    if (context.is_for_verification()) return refuse(status::nte_perm);
    CARDMUX_TRY(
        check_flags(flags, key_length | CRYPT_USER_PROTECTED | CRYPT_FORCE_KEY_PROTECTION_HIGH));
    CARDMUX_TRY(may_protect(context, flags));
    std::size_t bits = flags >> 16;
    if (bits == 0) bits = context.settings.default_key_bits;
    if (bits < 1024 || bits > 4096 || bits % 1024 != 0) return refuse(status::nte_bad_len);
    CARDMUX_TRY_ASSIGN(
        container::FoundContainer found,
        make_key(context, spec_of(algorithm), crypto::KeyKind(crypto::RsaKind{bits})));
    return hand_out(std::make_shared<CspKey>(owner, CardKeyPair{std::move(found)}), handle);
}

Outcome<void> generate(CspContext& context, api::Handle owner, ALG_ID algorithm, DWORD flags,
                       HCRYPTKEY* handle) {
    constexpr DWORD known = key_length | CRYPT_EXPORTABLE | CRYPT_USER_PROTECTED |
                            CRYPT_CREATE_SALT | CRYPT_UPDATE_KEY | CRYPT_NO_SALT | CRYPT_PREGEN |
                            CRYPT_ARCHIVABLE | CRYPT_FORCE_KEY_PROTECTION_HIGH;
    if (is_key_pair(algorithm)) return generate_pair(context, owner, algorithm, flags, handle);
    CARDMUX_TRY(check_flags(flags, known));
    return make_session(
        context, owner,
        [&](HCRYPTKEY* key) {
            return CryptGenKey(context.software->handle(), algorithm, flags, key);
        },
        handle);
}

Outcome<void> duplicate(const CspContext& context, const SharedKey& key, HCRYPTKEY* handle) {
    const SoftwareKey* session = key->session();
    if (session == nullptr) {
        auto copy = std::make_shared<CspKey>(key->owner, key->content);
        Bytes label = *key->oaep_label.lock();
        *copy->oaep_label.lock() = std::move(label);
        return hand_out(std::move(copy), handle);
    }
    return make_session(
        context, key->owner,
        [&](HCRYPTKEY* copy) { return CryptDuplicateKey(session->handle(), nullptr, 0, copy); },
        handle);
}

}  // namespace
}  // namespace cardmux::csp

using namespace cardmux::csp;  // NOLINT(google-build-using-namespace): the C functions' file
namespace api = cardmux::api;

BOOL WINAPI CPGetUserKey(HCRYPTPROV hProv, DWORD dwKeySpec, HCRYPTKEY* phUserKey) noexcept {
    return csp_call({"CPGetUserKey", hProv}, [&]() -> Outcome<void> {
        if (phUserKey == nullptr) return refuse(api::status::error_invalid_parameter);
        CARDMUX_TRY_ASSIGN(const SharedContext context, find_context(hProv));
        return get_user_key(*context, hProv, dwKeySpec, phUserKey);
    });
}

BOOL WINAPI CPGenKey(HCRYPTPROV hProv, ALG_ID Algid, DWORD dwFlags, HCRYPTKEY* phKey) noexcept {
    return csp_call({"CPGenKey", hProv}, [&]() -> Outcome<void> {
        if (phKey == nullptr) return refuse(api::status::error_invalid_parameter);
        CARDMUX_TRY_ASSIGN(const SharedContext context, find_context(hProv));
        return generate(*context, hProv, Algid, dwFlags, phKey);
    });
}

BOOL WINAPI CPDeriveKey(HCRYPTPROV hProv, ALG_ID Algid, HCRYPTHASH hBaseData, DWORD dwFlags,
                        HCRYPTKEY* phKey) noexcept {
    constexpr DWORD known =
        key_length | CRYPT_EXPORTABLE | CRYPT_CREATE_SALT | CRYPT_UPDATE_KEY | CRYPT_NO_SALT;
    return csp_call({"CPDeriveKey", hProv}, [&]() -> Outcome<void> {
        if (phKey == nullptr) return refuse(api::status::error_invalid_parameter);
        CARDMUX_TRY(check_flags(dwFlags, known));
        CARDMUX_TRY_ASSIGN(const SharedContext context, find_context(hProv));
        CARDMUX_TRY_ASSIGN(const SharedHash hash, find_hash(hProv, hBaseData));
        return make_session(
            *context, hProv,
            [&](HCRYPTKEY* key) {
                return CryptDeriveKey(context->software->handle(), Algid, hash->software->handle(),
                                      dwFlags, key);
            },
            phKey);
    });
}

BOOL WINAPI CPDestroyKey(HCRYPTPROV hProv, HCRYPTKEY hKey) noexcept {
    return csp_call({"CPDestroyKey", hProv}, [&] { return release_key(hProv, hKey); });
}

BOOL WINAPI CPDuplicateKey(HCRYPTPROV hProv, HCRYPTKEY hKey, DWORD* pdwReserved, DWORD dwFlags,
                           HCRYPTKEY* phKey) noexcept {
    return csp_call({"CPDuplicateKey", hProv}, [&]() -> Outcome<void> {
        if (phKey == nullptr || pdwReserved != nullptr)
            return refuse(api::status::error_invalid_parameter);
        if (dwFlags != 0) return refuse(api::status::nte_bad_flags);
        CARDMUX_TRY_ASSIGN(const SharedContext context, find_context(hProv));
        CARDMUX_TRY_ASSIGN(const SharedKey key, find_key(hProv, hKey));
        return duplicate(*context, key, phKey);
    });
}

BOOL WINAPI CPGenRandom(HCRYPTPROV hProv, DWORD dwLen, BYTE* pbBuffer) noexcept {
    return csp_call({"CPGenRandom", hProv}, [&]() -> Outcome<void> {
        if (pbBuffer == nullptr && dwLen != 0) return refuse(api::status::error_invalid_parameter);
        CARDMUX_TRY_ASSIGN(const SharedContext context, find_context(hProv));
        if (dwLen == 0) return done();
        return software(CryptGenRandom(context->software->handle(), dwLen, pbBuffer));
    });
}
