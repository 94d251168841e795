// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Where providers stand in the registry, and the values that Microsoft documents for them ("Smart
// Card Group Policy and Registry Settings").
#pragma once

#include <array>
#include <string>

#include "api/windows/provider_registry.h"
#include "base/registry_windows.h"

namespace cardmux::registration {

constexpr const char* microsoft_csp = api::base_csp_name;
constexpr const char* microsoft_ksp = api::smart_card_ksp_name;
constexpr const char* timeout_value = "TransactionTimeoutMilliseconds";

inline constexpr std::array documented_values{
    "TransactionTimeoutMilliseconds", "DefaultPrivateKeyLenBits",
    "RequireOnCardPrivateKeyGen",     "AllowPrivateExchangeKeyImport",
    "AllowPrivateSignatureKeyImport", "AllowPrivateECDHEKeyImport",
    "AllowPrivateECDSAKeyImport",
};

inline RegistryKey csp_key(const std::string& name, RegistryView view = RegistryView::Programs64) {
    return {RegistryRoot::LocalMachine, view,
            "SOFTWARE\\Microsoft\\Cryptography\\Defaults\\Provider\\" + name};
}

inline RegistryKey ksp_key(const std::string& name) {
    return {RegistryRoot::LocalMachine, RegistryView::Programs64,
            "SYSTEM\\CurrentControlSet\\Control\\Cryptography\\Providers\\" + name};
}

/// Where the event viewer looks for the words of our events (Win32 "Event Sources").
inline RegistryKey event_source_key() {
    return {RegistryRoot::LocalMachine, RegistryView::Programs64,
            "SYSTEM\\CurrentControlSet\\Services\\EventLog\\Application\\Cardmux"};
}

/// Which provider and which driver belong to a card's answer to reset.
inline RegistryKey smart_cards_key() {
    return {RegistryRoot::LocalMachine, RegistryView::Programs64,
            "SOFTWARE\\Microsoft\\Cryptography\\Calais\\SmartCards"};
}

}  // namespace cardmux::registration
