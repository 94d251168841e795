// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "tool/load/load_mechanism.h"

namespace cardmux::tool::load {
namespace {

// Numbers: PKCS #11 v3.0, pkcs11t.h.
constexpr std::array mechanisms{
    LoadMechanism{"RSA_PKCS", 0x01, KeyFamily::Rsa, SignInput::DigestInfo, false, "SHA256"},
    LoadMechanism{"RSA_X_509", 0x03, KeyFamily::Rsa, SignInput::RsaBlock, false, "SHA256"},
    LoadMechanism{"RSA_PKCS_PSS", 0x0D, KeyFamily::Rsa, SignInput::Hash, true, "SHA256"},
    LoadMechanism{"SHA256_RSA_PKCS", 0x40, KeyFamily::Rsa, SignInput::Message, false, "SHA256"},
    LoadMechanism{"SHA384_RSA_PKCS", 0x41, KeyFamily::Rsa, SignInput::Message, false, "SHA384"},
    LoadMechanism{"SHA512_RSA_PKCS", 0x42, KeyFamily::Rsa, SignInput::Message, false, "SHA512"},
    LoadMechanism{"SHA256_RSA_PKCS_PSS", 0x43, KeyFamily::Rsa, SignInput::Message, true, "SHA256"},
    LoadMechanism{"SHA384_RSA_PKCS_PSS", 0x44, KeyFamily::Rsa, SignInput::Message, true, "SHA384"},
    LoadMechanism{"SHA512_RSA_PKCS_PSS", 0x45, KeyFamily::Rsa, SignInput::Message, true, "SHA512"},
    LoadMechanism{"ECDSA", 0x1041, KeyFamily::Ec, SignInput::Hash, false, "SHA256"},
    LoadMechanism{"ECDSA_SHA256", 0x1044, KeyFamily::Ec, SignInput::Message, false, "SHA256"},
    LoadMechanism{"ECDSA_SHA384", 0x1045, KeyFamily::Ec, SignInput::Message, false, "SHA384"},
    LoadMechanism{"ECDSA_SHA512", 0x1046, KeyFamily::Ec, SignInput::Message, false, "SHA512"},
};

}  // namespace

const LoadMechanism* find_mechanism(std::string_view name) {
    if (name.substr(0, 4) == "CKM_") name.remove_prefix(4);
    for (const LoadMechanism& mechanism : mechanisms)
        if (name == mechanism.name) return &mechanism;
    return nullptr;
}

const LoadMechanism& plain_mechanism(KeyFamily family) {
    return *find_mechanism(family == KeyFamily::Rsa ? "RSA_PKCS" : "ECDSA");
}

std::string mechanism_names() {
    std::string names;
    for (const LoadMechanism& mechanism : mechanisms)
        names += (names.empty() ? "" : ", ") + std::string(mechanism.name);
    return names;
}

PssNumbers pss_numbers(const LoadMechanism& mechanism) {
    const std::string_view hash = mechanism.hash;
    if (hash == "SHA384") return {0x260, 3, 48};
    if (hash == "SHA512") return {0x270, 4, 64};
    return {0x250, 2, 32};
}

}  // namespace cardmux::tool::load
