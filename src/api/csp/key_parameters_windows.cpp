// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// CPGetKeyParam and CPSetKeyParam. A session key's are the software provider's; a card key's are
// known since its container was found: no card, no wait.
#include <cstring>

#include "api/csp/csp_boundary_windows.h"
#include "api/csp/csp_state_windows.h"
#include "api/csp/key_writing_windows.h"
#include "api/windows/pin_info.h"

namespace cardmux::csp {
namespace {

namespace status = api::status;

constexpr DWORD largest_label = 4096;  // bytes of KP_OAEP_PARAMS; standards use none at all

Outcome<void> put_pin_info(const Output& output, const CspContext& context,
                           const container::FoundContainer& found) {
    return put(output, api::pin_info(context.settings.pin_rules, found.key().key.pin_policy));
}

DWORD permissions_of(const CspKey& key, AlgorithmId algorithm) {
    DWORD permissions = CRYPT_READ | CRYPT_ENCRYPT | CRYPT_EXPORT_KEY;
    if (key.pair() != nullptr) permissions |= CRYPT_MAC;
    if (key.pair() != nullptr && algorithm == CALG_RSA_KEYX)
        permissions |= CRYPT_DECRYPT | CRYPT_IMPORT_KEY;
    return permissions;
}

/// What a card's pair and an imported public key have.
Outcome<void> answer_for_rsa(const CspKey& key, DWORD parameter, const Output& output) {
    const std::optional<PublicKeyBlob> rsa = key.public_key();
    if (!rsa) return refuse(status::nte_bad_key);
    switch (parameter) {
        case KP_ALGID:
            return put_number(output, rsa->algorithm);
        case KP_KEYLEN:
        case KP_BLOCKLEN:
            return put_number(output, static_cast<DWORD>(crypto::key_bits(rsa->key)));
        case KP_PERMISSIONS:
            return put_number(output, permissions_of(key, rsa->algorithm));
        default:
            return refuse(status::nte_bad_type);
    }
}

/// What the context knows of the same key may be newer: a certificate was written.
container::FoundContainer as_it_is_now(const CspContext& context,
                                       const container::FoundContainer& found) {
    auto now = context.found_container();
    const bool is_same = now && now->container.key_reference == found.container.key_reference &&
                         now->key().key.public_key == found.key().key.public_key;
    return is_same ? *std::move(now) : found;
}

Outcome<void> answer_for_pair(const CspContext& context, const CspKey& key, DWORD parameter,
                              const Output& output) {
    const container::FoundContainer& found = key.pair()->container;
    if (parameter == KP_PIN_ID) return put_number(output, api::user_pin_id);
    if (parameter == KP_PIN_INFO) return put_pin_info(output, context, found);
    if (parameter != KP_CERTIFICATE) return answer_for_rsa(key, parameter, output);
    const container::FoundContainer newest = as_it_is_now(context, found);
    const token::TokenCertificate* certificate = newest.certificate();
    if (certificate == nullptr) return refuse(status::scard_e_no_such_certificate);
    return put(output, certificate->certificate.der);
}

Outcome<void> answer(const CspContext& context, const CspKey& key, DWORD parameter,
                     const Output& output) {
    if (const SoftwareKey* session = key.session()) {
        const auto turn = context.software->take_turn();
        return software(
            CryptGetKeyParam(session->handle(), parameter, output.data, output.size, 0));
    }
    return key.pair() != nullptr ? answer_for_pair(context, key, parameter, output)
                                 : answer_for_rsa(key, parameter, output);
}

Outcome<void> set_label(CspKey& key, const BYTE* data) {
    DATA_BLOB label{};
    if (data != nullptr) std::memcpy(&label, data, sizeof label);
    if (label.cbData > largest_label || (label.pbData == nullptr && label.cbData != 0))
        return refuse(status::error_invalid_parameter);
    Bytes bytes;
    if (label.cbData != 0) bytes.assign(label.pbData, label.pbData + label.cbData);
    *key.oaep_label.lock() = std::move(bytes);
    return done();
}

/// The program says no length: what is there says it itself. Null: nothing, which removes it.
///
/// errors    NTE_BAD_DATA: no DER, or 64 kB and more, which no card holds
Outcome<ByteView> certificate_at(const BYTE* data) {
    constexpr BYTE sequence = 0x30;
    constexpr BYTE long_form = 0x80;  // X.690, 8.1.3.5: so many bytes of length follow
    if (data == nullptr) return ByteView();
    if (data[0] != sequence) return refuse(status::nte_bad_data);
    if (data[1] < long_form) return ByteView(data, std::size_t{2} + data[1]);
    const std::size_t count = data[1] - std::size_t{long_form};
    if (count == 0 || count > 2) return refuse(status::nte_bad_data);
    std::size_t length = data[2];
    if (count == 2) length = length << 8 | data[3];
    return ByteView(data, 2 + count + length);
}

Outcome<void> set_certificate(CspContext& context, const CspKey& key, const BYTE* data) {
    if (key.pair() == nullptr) return refuse(status::nte_bad_type);
    if (context.is_for_verification()) return refuse(status::nte_perm);
    CARDMUX_TRY_ASSIGN(const ByteView certificate, certificate_at(data));
    return write_certificate(context, key.pair()->container, certificate);
}

Outcome<void> set(CspContext& context, CspKey& key, DWORD parameter, const BYTE* data) {
    if (const SoftwareKey* session = key.session()) {
        const auto turn = context.software->take_turn();
        return software(CryptSetKeyParam(session->handle(), parameter, data, 0));
    }
    if (parameter == KP_OAEP_PARAMS) return set_label(key, data);
    if (parameter == KP_CERTIFICATE) return set_certificate(context, key, data);
    return refuse(status::nte_bad_type);
}

}  // namespace
}  // namespace cardmux::csp

using namespace cardmux::csp;  // NOLINT(google-build-using-namespace): the C functions' file
namespace api = cardmux::api;

BOOL WINAPI CPGetKeyParam(HCRYPTPROV hProv, HCRYPTKEY hKey, DWORD dwParam, BYTE* pbData,
                          DWORD* pcbData, DWORD dwFlags) noexcept {
    const Output output{pbData, pcbData};
    return sized_csp_call({"CPGetKeyParam", hProv}, output, [&]() -> Outcome<void> {
        if (dwFlags != 0) return refuse(api::status::nte_bad_flags);
        CARDMUX_TRY_ASSIGN(const SharedContext context, find_context(hProv));
        CARDMUX_TRY_ASSIGN(const SharedKey key, find_key(hProv, hKey));
        return answer(*context, *key, dwParam, output);
    });
}

BOOL WINAPI CPSetKeyParam(HCRYPTPROV hProv, HCRYPTKEY hKey, DWORD dwParam, const BYTE* pbData,
                          DWORD dwFlags) noexcept {
    return csp_call({"CPSetKeyParam", hProv}, [&]() -> Outcome<void> {
        if (dwFlags != 0) return refuse(api::status::nte_bad_flags);
        CARDMUX_TRY_ASSIGN(const SharedContext context, find_context(hProv));
        CARDMUX_TRY_ASSIGN(const SharedKey key, find_key(hProv, hKey));
        return set(*context, *key, dwParam, pbData);
    });
}
