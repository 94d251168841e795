// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The registry values of one provider, with the names, types and meanings that Microsoft documents
// for Base CSP and Smart Card KSP. Read when a context is acquired, and when a key is opened, made
// or imported, so that a change needs no restart. Nonsense is refused: an event-log entry says so,
// and the default holds.
// Read with the process's rights, whoever the thread acts for. What is there and cannot be read is
// no absent value: an event-log entry says so, a person is asked for each PIN, no key is imported.
// What is said about keys (which length, may they be imported) is looked up under the name of
// Microsoft's provider for the same cards if it is not said under ours; how long a card is held is
// not, since there a short time is the remedy for an error that we do not have.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "api/windows/error_to_status.h"
#include "container/key_access.h"
#include "provider/provider.h"

namespace cardmux::api {

struct ProviderSettings {
    std::optional<Duration> hold;  ///< TransactionTimeoutMilliseconds; none: absent, refused
    std::uint32_t default_key_bits = 2048;   ///< DefaultPrivateKeyLenBits
    bool on_card_generation_only = false;    ///< RequireOnCardPrivateKeyGen
    bool may_import_exchange_keys = false;   ///< AllowPrivateExchangeKeyImport
    bool may_import_signature_keys = false;  ///< AllowPrivateSignatureKeyImport
    bool may_import_ecdh_keys = false;       ///< AllowPrivateECDHEKeyImport (KSP)
    bool may_import_ecdsa_keys = false;      ///< AllowPrivateECDSAKeyImport (KSP)
    container::PinRules pin_rules;           ///< PinCachePolicy, PinCacheSeconds (ours)
};

constexpr const char* csp_name_rsa_full = "Cardmux Smart Card Crypto Provider";
constexpr const char* csp_name_rsa_aes = "Cardmux Smart Card RSA and AES Crypto Provider";
constexpr const char* ksp_name = "Cardmux Smart Card Key Storage Provider";

constexpr const char* base_csp_name = "Microsoft Base Smart Card Crypto Provider";
constexpr const char* smart_card_ksp_name = "Microsoft Smart Card Key Storage Provider";

/// provider_name    UTF-8; one of ours, or what the caller registered us under
ProviderSettings read_provider_settings(WindowsInterface api, const std::string& provider_name);

/// Holds the process's cards as these settings say, which were read just now: for
/// TransactionTimeoutMilliseconds, else for provider::Settings::hold, whatever was read before.
void apply_hold(provider::Provider& cards, const ProviderSettings& settings);

}  // namespace cardmux::api
