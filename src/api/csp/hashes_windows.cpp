// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Hashes: all of them the software provider's.
#include "api/csp/csp_boundary_windows.h"
#include "api/csp/csp_state_windows.h"

namespace cardmux::csp {
namespace {

namespace status = api::status;

/// A hash and its context, both alive until the call ends.
struct HashCall {
    SharedContext context;
    SharedHash hash;
    HCRYPTHASH software() const { return hash->software->handle(); }
};

Outcome<HashCall> enter_hash(api::Handle context, api::Handle hash) {
    HashCall call;
    CARDMUX_TRY_ASSIGN(call.context, find_context(context));
    CARDMUX_TRY_ASSIGN(call.hash, find_hash(context, hash));
    return call;
}

/// A hash of this owner and algorithm, which `make` has the software provider make.
template <typename Make>
Outcome<void> make_hash(const CspContext& context, const CspHash& like, const Make& make,
                        HCRYPTHASH* handle) {
    HCRYPTHASH made = 0;
    {
        const auto turn = context.software->take_turn();
        CARDMUX_TRY(software(make(&made)));
    }
    auto hash = std::make_shared<CspHash>(like);
    hash->software = std::make_shared<SoftwareHash>(context.software, made);
    return hand_out(std::move(hash), handle);
}

bool has_key(ALG_ID algorithm) {
    return algorithm == CALG_HMAC || algorithm == CALG_MAC;
}

/// The session key that a keyed hash wants; null for others.
Outcome<SharedKey> hash_key(api::Handle context, ALG_ID algorithm, api::Handle key) {
    if (!has_key(algorithm) && key == 0) return SharedKey();
    CARDMUX_TRY_ASSIGN(SharedKey found, find_key(context, key));
    if (found->session() == nullptr) return refuse(status::nte_bad_key);
    return found;
}

Outcome<void> create(const CspContext& context, const CspHash& like, const SharedKey& key,
                     HCRYPTHASH* handle) {
    const HCRYPTKEY session = key ? key->session()->handle() : 0;
    return make_hash(
        context, like,
        [&](HCRYPTHASH* hash) {
            return CryptCreateHash(context.software->handle(), like.algorithm, session, 0, hash);
        },
        handle);
}

Outcome<void> duplicate(const HashCall& call, HCRYPTHASH* handle) {
    return make_hash(
        *call.context, *call.hash,
        [&](HCRYPTHASH* copy) { return CryptDuplicateHash(call.software(), nullptr, 0, copy); },
        handle);
}

/// The value's size without the value: asking for it does not finish the hash.
Outcome<DWORD> size_of(const HashCall& call) {
    DWORD hash_size = 0;
    DWORD size = sizeof hash_size;
    CARDMUX_TRY(software(CryptGetHashParam(call.software(), HP_HASHSIZE,
                                           reinterpret_cast<BYTE*>(&hash_size), &size, 0)));
    return hash_size;
}

Outcome<void> answer(const HashCall& call, DWORD parameter, const Output& output) {
    const auto turn = call.context->software->take_turn();
    if (parameter == HP_HASHVAL) {
        CARDMUX_TRY_ASSIGN(const DWORD size, size_of(call));
        CARDMUX_TRY_ASSIGN(const bool wanted, has_room(output, size));
        if (!wanted) return done();
    }
    return software(CryptGetHashParam(call.software(), parameter, output.data, output.size, 0));
}

}  // namespace
}  // namespace cardmux::csp

using namespace cardmux::csp;  // NOLINT(google-build-using-namespace): the C functions' file
namespace api = cardmux::api;

BOOL WINAPI CPCreateHash(HCRYPTPROV hProv, ALG_ID Algid, HCRYPTKEY hKey, DWORD dwFlags,
                         HCRYPTHASH* phHash) noexcept {
    return csp_call({"CPCreateHash", hProv}, [&]() -> Outcome<void> {
        if (phHash == nullptr) return refuse(api::status::error_invalid_parameter);
        if (dwFlags != 0) return refuse(api::status::nte_bad_flags);
        CARDMUX_TRY_ASSIGN(const SharedContext context, find_context(hProv));
        CARDMUX_TRY_ASSIGN(const SharedKey key, hash_key(hProv, Algid, hKey));
        return create(*context, {hProv, Algid, nullptr}, key, phHash);
    });
}

BOOL WINAPI CPHashData(HCRYPTPROV hProv, HCRYPTHASH hHash, const BYTE* pbData, DWORD cbData,
                       DWORD dwFlags) noexcept {
    return csp_call({"CPHashData", hProv}, [&]() -> Outcome<void> {
        if (pbData == nullptr && cbData != 0) return refuse(api::status::error_invalid_parameter);
        if (dwFlags != 0) return refuse(api::status::nte_bad_flags);  // nobody is asked for data
        CARDMUX_TRY_ASSIGN(const HashCall call, enter_hash(hProv, hHash));
        const auto turn = call.context->software->take_turn();
        return software(CryptHashData(call.software(), pbData, cbData, 0));
    });
}

BOOL WINAPI CPHashSessionKey(HCRYPTPROV hProv, HCRYPTHASH hHash, HCRYPTKEY hKey,
                             DWORD dwFlags) noexcept {
    return csp_call({"CPHashSessionKey", hProv}, [&]() -> Outcome<void> {
        CARDMUX_TRY(check_flags(dwFlags, CRYPT_LITTLE_ENDIAN));
        CARDMUX_TRY_ASSIGN(const HashCall call, enter_hash(hProv, hHash));
        CARDMUX_TRY_ASSIGN(const SharedKey key, find_key(hProv, hKey));
        if (key->session() == nullptr) return refuse(api::status::nte_bad_key);
        const auto turn = call.context->software->take_turn();
        return software(CryptHashSessionKey(call.software(), key->session()->handle(), dwFlags));
    });
}

BOOL WINAPI CPSetHashParam(HCRYPTPROV hProv, HCRYPTHASH hHash, DWORD dwParam, const BYTE* pbData,
                           DWORD dwFlags) noexcept {
    return csp_call({"CPSetHashParam", hProv}, [&]() -> Outcome<void> {
        if (pbData == nullptr) return refuse(api::status::error_invalid_parameter);
        if (dwFlags != 0) return refuse(api::status::nte_bad_flags);
        CARDMUX_TRY_ASSIGN(const HashCall call, enter_hash(hProv, hHash));
        const auto turn = call.context->software->take_turn();
        return software(CryptSetHashParam(call.software(), dwParam, pbData, 0));
    });
}

BOOL WINAPI CPGetHashParam(HCRYPTPROV hProv, HCRYPTHASH hHash, DWORD dwParam, BYTE* pbData,
                           DWORD* pcbData, DWORD dwFlags) noexcept {
    const Output output{pbData, pcbData};
    return sized_csp_call({"CPGetHashParam", hProv}, output, [&]() -> Outcome<void> {
        if (dwFlags != 0) return refuse(api::status::nte_bad_flags);
        CARDMUX_TRY_ASSIGN(const HashCall call, enter_hash(hProv, hHash));
        return answer(call, dwParam, output);
    });
}

BOOL WINAPI CPDestroyHash(HCRYPTPROV hProv, HCRYPTHASH hHash) noexcept {
    return csp_call({"CPDestroyHash", hProv}, [&] { return release_hash(hProv, hHash); });
}

BOOL WINAPI CPDuplicateHash(HCRYPTPROV hProv, HCRYPTHASH hHash, DWORD* pdwReserved, DWORD dwFlags,
                            HCRYPTHASH* phHash) noexcept {
    return csp_call({"CPDuplicateHash", hProv}, [&]() -> Outcome<void> {
        if (phHash == nullptr || pdwReserved != nullptr)
            return refuse(api::status::error_invalid_parameter);
        if (dwFlags != 0) return refuse(api::status::nte_bad_flags);
        CARDMUX_TRY_ASSIGN(const HashCall call, enter_hash(hProv, hHash));
        return duplicate(call, phHash);
    });
}
