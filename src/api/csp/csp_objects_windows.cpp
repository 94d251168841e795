// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "api/csp/csp_objects_windows.h"

#include "api/csp/csp_state_windows.h"
#include "api/windows/logon_domain.h"

namespace cardmux::csp {
namespace {

AlgorithmId algorithm_of(container::KeySpec spec) {
    return spec == container::KeySpec::Signature ? CALG_RSA_SIGN : CALG_RSA_KEYX;
}

}  // namespace

std::size_t block_size(const container::FoundContainer& found) {
    return (crypto::key_bits(found.key().key.public_key) + 7) / 8;
}

container::Caller CspContext::caller() {
    container::Caller caller;
    caller.client = client;
    // Of the thread that calls now, not of who acquired: nobody signs with another's PIN.
    caller.client.domain = api::current_logon_domain(api::WindowsInterface::Csp);
    caller.is_silent = is_silent() || is_for_verification();
    caller.rules = settings.pin_rules;
    {
        auto now_set = changing.lock();
        caller.parent_window = now_set->window;
        caller.purpose = now_set->prompt;
        caller.patience = now_set->patience;
    }
    if (caller.purpose.empty()) caller.purpose = *csp_state().prompt.lock();
    return caller;
}

const SoftwareKey* CspKey::session() const {
    const SessionKey* key = std::get_if<SessionKey>(&content);
    return key == nullptr ? nullptr : key->software.get();
}

std::optional<PublicKeyBlob> CspKey::public_key() const {
    if (const auto* only = std::get_if<PublicKeyOnly>(&content)) return only->key;
    if (pair() == nullptr) return std::nullopt;
    const container::FoundContainer& found = pair()->container;
    const auto* rsa = std::get_if<crypto::RsaPublicKey>(&found.key().key.public_key);
    if (rsa == nullptr) return std::nullopt;
    return PublicKeyBlob{algorithm_of(found.container.key_spec), *rsa};
}

Outcome<SharedSoftwareKey> software_key(const CspContext& context, CspKey& key) {
    if (const auto* session = std::get_if<SessionKey>(&key.content)) return session->software;
    const std::optional<PublicKeyBlob> public_key = key.public_key();
    if (!public_key) return refuse(api::status::nte_bad_key);
    CARDMUX_TRY_ASSIGN(const Bytes blob, make_public_key_blob(*public_key));
    CARDMUX_TRY_ASSIGN(SharedSoftwareKey imported,
                       import_software_key(context.software, blob, nullptr, 0));
    Bytes label = *key.oaep_label.lock();
    if (label.empty()) return imported;
    DATA_BLOB parameters{static_cast<DWORD>(label.size()), label.data()};
    CARDMUX_TRY(software(CryptSetKeyParam(imported->handle(), KP_OAEP_PARAMS,
                                          reinterpret_cast<const BYTE*>(&parameters), 0)));
    return imported;
}

}  // namespace cardmux::csp
