// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// CPExportKey and CPImportKey: public keys as values, session keys through the software provider,
// a session key that was encrypted for the card opened by the card, private keys to the card.
#include "api/csp/csp_boundary_windows.h"
#include "api/csp/csp_state_windows.h"
#include "api/csp/key_writing_windows.h"

namespace cardmux::csp {
namespace {

namespace status = api::status;

// ---- export -------------------------------------------------------------------------------------

struct Export {
    BlobType type = BlobType::PublicKey;
    DWORD flags = 0;
    SharedKey key;
    SharedKey wrapping_key;  ///< null: none
};

Outcome<void> export_public(const Export& wish, const Output& output) {
    CARDMUX_TRY(check_flags(wish.flags, 0));
    if (wish.wrapping_key) return refuse(status::nte_bad_key);  // nobody's secret
    const std::optional<PublicKeyBlob> key = wish.key->public_key();
    if (!key) return refuse(status::nte_bad_key);
    CARDMUX_TRY_ASSIGN(const Bytes blob, make_public_key_blob(*key));
    return put(output, blob);
}

/// Whatever the software provider gives out, it takes in again: import_session(). Version 3 of a
/// blob is refused both ways.
Outcome<void> export_session(const CspContext& context, const Export& wish, const Output& output) {
    CARDMUX_TRY(check_flags(wish.flags, CRYPT_OAEP));
    const auto turn = context.software->take_turn();
    SharedSoftwareKey wrapping;
    if (wish.wrapping_key) {
        CARDMUX_TRY_ASSIGN(wrapping, software_key(context, *wish.wrapping_key));
    }
    return software(CryptExportKey(wish.key->session()->handle(), wrapping ? wrapping->handle() : 0,
                                   static_cast<DWORD>(wish.type), wish.flags, output.data,
                                   output.size));
}

Outcome<void> export_key(const CspContext& context, const Export& wish, const Output& output) {
    if (wish.key->session() != nullptr) return export_session(context, wish, output);
    if (wish.type == BlobType::PublicKey) return export_public(wish, output);
    // What is on the card stays there.
    if (wish.type == BlobType::PrivateKey) return refuse(status::nte_bad_key_state);
    return refuse(status::nte_bad_type);
}

// ---- import -------------------------------------------------------------------------------------

struct Import {
    ByteView blob;
    BlobHeader header;
    DWORD flags = 0;
    api::Handle owner = 0;
    SharedKey wrapping_key;  ///< null: none
};

Outcome<void> import_public(const Import& wish, HCRYPTKEY* handle) {
    if (wish.wrapping_key) return refuse(status::nte_bad_key);
    if (wish.header.algorithm != CALG_RSA_KEYX && wish.header.algorithm != CALG_RSA_SIGN)
        return refuse(status::nte_bad_algid);
    CARDMUX_TRY_ASSIGN(PublicKeyBlob key, parse_public_key_blob(wish.blob));
    return hand_out(std::make_shared<CspKey>(wish.owner, PublicKeyOnly{std::move(key)}), handle);
}

Outcome<void> import_session(CspContext& context, const Import& wish, ByteView blob,
                             HCRYPTKEY* handle) {
    const SoftwareKey* wrapping = wish.wrapping_key ? wish.wrapping_key->session() : nullptr;
    SharedSoftwareKey key;
    {
        const auto turn = context.software->take_turn();
        CARDMUX_TRY_ASSIGN(key, import_software_key(context.software, blob, wrapping,
                                                    wish.flags & ~DWORD{CRYPT_OAEP}));
    }
    return hand_out(std::make_shared<CspKey>(wish.owner, SessionKey{std::move(key)}), handle);
}

/// The container whose key opens a blob that was made for the card.
Outcome<container::FoundContainer> opening_key(const CspContext& context, const Import& wish) {
    if (context.is_for_verification()) return refuse(status::nte_perm);
    if (wish.wrapping_key) {
        const CardKeyPair* pair = wish.wrapping_key->pair();
        if (pair == nullptr) return refuse(status::nte_bad_key);
        return pair->container;
    }
    auto found = context.found_container();
    if (!found) return refuse(status::nte_no_key);
    return *std::move(found);
}

/// errors    NTE_BAD_DATA, those of the card
Outcome<void> import_for_card(CspContext& context, const Import& wish, const SimpleBlob& simple,
                              HCRYPTKEY* handle) {
    CARDMUX_TRY_ASSIGN(const container::FoundContainer found, opening_key(context, wish));
    if (found.container.key_spec != container::KeySpec::KeyExchange)
        return refuse(status::nte_no_key);
    token::DecryptRequest request;
    request.input = reversed(simple.wrapped);
    request.scheme = token::RsaPkcs1{};
    if ((wish.flags & CRYPT_OAEP) != 0) request.scheme = token::RsaOaep{};
    CARDMUX_TRY_ASSIGN(const SecretBytes key,
                       csp_state().access.decrypt(found, context.caller(), std::move(request)));
    const SecretBytes opened = make_plaintext_key_blob(simple.algorithm, key.view());
    Import in_clear = wish;
    in_clear.wrapping_key.reset();
    return import_session(context, in_clear, opened.view(), handle);
}

Outcome<void> import_simple(CspContext& context, const Import& wish, HCRYPTKEY* handle) {
    CARDMUX_TRY_ASSIGN(const SimpleBlob simple, parse_simple_blob(wish.blob));
    if (simple.wrapping_algorithm == CALG_RSA_KEYX)
        return import_for_card(context, wish, simple, handle);
    if (!wish.wrapping_key || wish.wrapping_key->session() == nullptr)
        return refuse(status::nte_bad_algid);
    return import_session(context, wish, wish.blob, handle);
}

/// What follows the header, as the session key finds it.
Outcome<SecretBytes> decrypt_blob(const CspContext& context, ByteView blob,
                                  const SoftwareKey& session) {
    Bytes clear = to_bytes(blob);
    const WipedAtEnd wiped(clear);
    DWORD size = static_cast<DWORD>(clear.size() - sizeof(BLOBHEADER));
    Outcome<void> opened = done();
    {
        const auto turn = context.software->take_turn();
        HCRYPTKEY copy = 0;  // the key's own state stays what it is
        opened = software(CryptDuplicateKey(session.handle(), nullptr, 0, &copy));
        if (opened.ok()) {
            opened =
                software(CryptDecrypt(copy, 0, TRUE, 0, clear.data() + sizeof(BLOBHEADER), &size));
            CryptDestroyKey(copy);
        }
    }
    CARDMUX_TRY(opened);
    return SecretBytes(ByteView(clear).first(sizeof(BLOBHEADER) + size));
}

Outcome<SecretBytes> private_blob_in_clear(const CspContext& context, const Import& wish) {
    if (!wish.wrapping_key) return SecretBytes(wish.blob);
    const SoftwareKey* session = wish.wrapping_key->session();
    if (session == nullptr) return refuse(status::nte_bad_key);
    return decrypt_blob(context, wish.blob, *session);
}

/// Written to the card, if the registry allows it. Nothing can be exported from there, whatever
/// the flags wish.
Outcome<void> import_private(CspContext& context, const Import& wish, HCRYPTKEY* handle) {
    const bool is_signature = wish.header.algorithm == CALG_RSA_SIGN;
    if (!is_signature && wish.header.algorithm != CALG_RSA_KEYX)
        return refuse(status::nte_bad_algid);
    const api::ProviderSettings& settings = context.settings;
    const bool allowed =
        is_signature ? settings.may_import_signature_keys : settings.may_import_exchange_keys;
    if (context.is_for_verification() || !allowed || settings.on_card_generation_only)
        return refuse(status::nte_perm);
    CARDMUX_TRY(may_protect(context, wish.flags));
    CARDMUX_TRY_ASSIGN(const SecretBytes blob, private_blob_in_clear(context, wish));
    CARDMUX_TRY_ASSIGN(PrivateKeyBlob key, parse_private_key_blob(blob.view()));
    const auto spec =
        is_signature ? container::KeySpec::Signature : container::KeySpec::KeyExchange;
    CARDMUX_TRY_ASSIGN(container::FoundContainer found,
                       make_key(context, spec, crypto::PrivateKey(std::move(key.key))));
    return hand_out(std::make_shared<CspKey>(wish.owner, CardKeyPair{std::move(found)}), handle);
}

Outcome<void> import_key(CspContext& context, const Import& wish, HCRYPTKEY* handle) {
    constexpr DWORD known = CRYPT_EXPORTABLE | CRYPT_USER_PROTECTED | CRYPT_NO_SALT |
                            CRYPT_IPSEC_HMAC_KEY | CRYPT_ARCHIVABLE |
                            CRYPT_FORCE_KEY_PROTECTION_HIGH;
    const auto type = static_cast<BlobType>(wish.header.type);
    if (wish.header.version != blob_version) return refuse(status::nte_bad_ver);
    CARDMUX_TRY(check_flags(wish.flags, type == BlobType::Simple ? known | CRYPT_OAEP : known));
    switch (type) {
        case BlobType::PublicKey:
            return import_public(wish, handle);
        case BlobType::Simple:
            return import_simple(context, wish, handle);
        case BlobType::PlaintextKey:
        case BlobType::Opaque:
        case BlobType::SymmetricWrap:
            return import_session(context, wish, wish.blob, handle);
        case BlobType::PrivateKey:
            return import_private(context, wish, handle);
        default:
            return refuse(status::nte_bad_type);
    }
}

/// Null for handle 0.
Outcome<SharedKey> find_wrapping_key(api::Handle context, api::Handle key) {
    if (key == 0) return SharedKey();
    return find_key(context, key);
}

}  // namespace
}  // namespace cardmux::csp

using namespace cardmux::csp;  // NOLINT(google-build-using-namespace): the C functions' file
namespace api = cardmux::api;

BOOL WINAPI CPExportKey(HCRYPTPROV hProv, HCRYPTKEY hKey, HCRYPTKEY hPubKey, DWORD dwBlobType,
                        DWORD dwFlags, BYTE* pbData, DWORD* pcbData) noexcept {
    const Output output{pbData, pcbData};
    return sized_csp_call({"CPExportKey", hProv}, output, [&]() -> Outcome<void> {
        CARDMUX_TRY_ASSIGN(const SharedContext context, find_context(hProv));
        Export wish{static_cast<BlobType>(dwBlobType), dwFlags, nullptr, nullptr};
        CARDMUX_TRY_ASSIGN(wish.key, find_key(hProv, hKey));
        CARDMUX_TRY_ASSIGN(wish.wrapping_key, find_wrapping_key(hProv, hPubKey));
        return export_key(*context, wish, output);
    });
}

BOOL WINAPI CPImportKey(HCRYPTPROV hProv, const BYTE* pbData, DWORD cbData, HCRYPTKEY hPubKey,
                        DWORD dwFlags, HCRYPTKEY* phKey) noexcept {
    const CspCall call{"CPImportKey", hProv, api::CallPurpose::UseKey};
    return csp_call(call, [&]() -> Outcome<void> {
        if (pbData == nullptr || phKey == nullptr)
            return refuse(api::status::error_invalid_parameter);
        CARDMUX_TRY_ASSIGN(const SharedContext context, find_context(hProv));
        Import wish{{pbData, cbData}, {}, dwFlags, hProv, nullptr};
        CARDMUX_TRY_ASSIGN(wish.header, parse_blob_header(wish.blob));
        CARDMUX_TRY_ASSIGN(wish.wrapping_key, find_wrapping_key(hProv, hPubKey));
        return import_key(*context, wish, phKey);
    });
}
