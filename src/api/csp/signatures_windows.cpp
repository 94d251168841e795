// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// CPSignHash and CPVerifySignature. A question for the size costs no card and leaves the hash as it
// is. Signatures are little-endian, as all numbers of CryptoAPI.
#include <cwchar>

#include "api/csp/csp_boundary_windows.h"
#include "api/csp/csp_state_windows.h"
#include "crypto/rsa_padding.h"

namespace cardmux::csp {
namespace {

namespace status = api::status;

constexpr DWORD known_flags = CRYPT_NOHASHOID | CRYPT_TYPE2_FORMAT;  // no X9.31

/// What PKCS #1 v1.5 signs of a hash.
///
/// errors    NTE_BAD_ALGID: no signature is made of such a hash
Outcome<Bytes> signature_input(ALG_ID algorithm, ByteView hash, DWORD flags) {
    // SSL 3's and TLS 1.0's two hashes in one have never had an identifier.
    if ((flags & CRYPT_NOHASHOID) != 0 || algorithm == CALG_SSL3_SHAMD5) return to_bytes(hash);
    const auto with = [&](crypto::HashAlgorithm of) -> Outcome<Bytes> {
        CARDMUX_TRY_ASSIGN(Bytes info, crypto::digest_info(of, hash));
        return info;
    };
    switch (algorithm) {
        case CALG_SHA1:
            return with(crypto::HashAlgorithm::Sha1);
        case CALG_SHA_256:
            return with(crypto::HashAlgorithm::Sha256);
        case CALG_SHA_384:
            return with(crypto::HashAlgorithm::Sha384);
        case CALG_SHA_512:
            return with(crypto::HashAlgorithm::Sha512);
        case CALG_MD5: {
            CARDMUX_TRY_ASSIGN(Bytes info, crypto::md5_digest_info(hash));
            return info;
        }
        default:
            return refuse(status::nte_bad_algid);
    }
}

/// The container that signs.
///
/// errors    NTE_PERM: a context for public data only; NTE_NO_KEY: no such key
Outcome<container::FoundContainer> signing_key(const CspContext& context, DWORD spec) {
    if (context.is_for_verification()) return refuse(status::nte_perm);
    auto found = context.found_container();
    if (!found || spec != static_cast<DWORD>(found->container.key_spec) ||
        !std::holds_alternative<crypto::RsaPublicKey>(found->key().key.public_key))
        return refuse(status::nte_no_key);
    return *std::move(found);
}

/// Hashes the description, as Microsoft's software providers do, and finishes the hash.
Outcome<Bytes> finish(const CspContext& context, const CspHash& hash, const wchar_t* description) {
    const auto turn = context.software->take_turn();
    if (description != nullptr && *description != 0) {
        CARDMUX_TRY(software(
            CryptHashData(hash.software->handle(), reinterpret_cast<const BYTE*>(description),
                          static_cast<DWORD>(std::wcslen(description) * sizeof(wchar_t)), 0)));
    }
    return finish_software_hash(*hash.software);
}

struct Signing {
    SharedContext context;
    SharedHash hash;
    DWORD key_spec = 0;
    const wchar_t* description = nullptr;
    DWORD flags = 0;
};

Outcome<void> sign(const Signing& signing, const Output& output) {
    CARDMUX_TRY(check_flags(signing.flags, known_flags));
    CspContext& context = *signing.context;
    CARDMUX_TRY_ASSIGN(const container::FoundContainer found,
                       signing_key(context, signing.key_spec));
    CARDMUX_TRY_ASSIGN(const bool wanted, has_room(output, block_size(found)));
    if (!wanted) return done();
    CARDMUX_TRY_ASSIGN(const Bytes value, finish(context, *signing.hash, signing.description));
    token::SignRequest request;
    request.scheme = token::RsaPkcs1{};
    CARDMUX_TRY_ASSIGN(request.input,
                       signature_input(signing.hash->algorithm, value, signing.flags));
    CARDMUX_TRY_ASSIGN(const Bytes signature,
                       csp_state().access.sign(found, context.caller(), std::move(request)));
    return put(output, reversed(signature));
}

struct Verifying {
    SharedContext context;
    SharedHash hash;
    SharedKey key;
    const wchar_t* description = nullptr;
    DWORD flags = 0;
};

Outcome<void> verify(const Verifying& verifying, ByteView signature) {
    CARDMUX_TRY(check_flags(verifying.flags, known_flags));
    if (verifying.key->session() != nullptr) return refuse(status::nte_bad_key);
    const auto turn = verifying.context->software->take_turn();
    CARDMUX_TRY_ASSIGN(const SharedSoftwareKey key,
                       software_key(*verifying.context, *verifying.key));
    return software(CryptVerifySignatureW(verifying.hash->software->handle(), signature.data(),
                                          static_cast<DWORD>(signature.size()), key->handle(),
                                          verifying.description, verifying.flags));
}

}  // namespace
}  // namespace cardmux::csp

using namespace cardmux::csp;  // NOLINT(google-build-using-namespace): the C functions' file
namespace api = cardmux::api;

BOOL WINAPI CPSignHash(HCRYPTPROV hProv, HCRYPTHASH hHash, DWORD dwKeySpec, LPCWSTR sDescription,
                       DWORD dwFlags, BYTE* pbSignature, DWORD* pcbSignature) noexcept {
    const Output output{pbSignature, pcbSignature};
    const CspCall call{"CPSignHash", hProv, api::CallPurpose::UseKey};
    return sized_csp_call(call, output, [&]() -> Outcome<void> {
        Signing signing{nullptr, nullptr, dwKeySpec, sDescription, dwFlags};
        CARDMUX_TRY_ASSIGN(signing.context, find_context(hProv));
        CARDMUX_TRY_ASSIGN(signing.hash, find_hash(hProv, hHash));
        return sign(signing, output);
    });
}

BOOL WINAPI CPVerifySignature(HCRYPTPROV hProv, HCRYPTHASH hHash, const BYTE* pbSignature,
                              DWORD cbSignature, HCRYPTKEY hPubKey, LPCWSTR sDescription,
                              DWORD dwFlags) noexcept {
    return csp_call({"CPVerifySignature", hProv}, [&]() -> Outcome<void> {
        if (pbSignature == nullptr) return refuse(api::status::error_invalid_parameter);
        Verifying verifying{nullptr, nullptr, nullptr, sDescription, dwFlags};
        CARDMUX_TRY_ASSIGN(verifying.context, find_context(hProv));
        CARDMUX_TRY_ASSIGN(verifying.hash, find_hash(hProv, hHash));
        CARDMUX_TRY_ASSIGN(verifying.key, find_key(hProv, hPubKey));
        return verify(verifying, {pbSignature, cbSignature});
    });
}
