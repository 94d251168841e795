// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "tool/signature_options.h"

#include <fmt/core.h>

#include <CLI/CLI.hpp>

namespace cardmux::tool {

void add_signature_options(CLI::App& command, SignatureOptions& options) {
    auto* hash = command.add_option("--hash", options.hash, "sha256, sha384 or sha512 [sha256]")
                     ->check(CLI::IsMember({"sha256", "sha384", "sha512"}));
    auto* pss = command.add_flag("--pss", options.pss, "RSA keys: PSS instead of PKCS #1 v1.5");
    command
        .add_option("--mechanism", options.mechanism,
                    "PKCS#11 name of all that, e.g. SHA256_RSA_PKCS_PSS or ECDSA_SHA384")
        ->excludes(hash)
        ->excludes(pss);
}

const load::LoadMechanism* choose_mechanism(const SignatureOptions& options, load::KeyFamily family,
                                            std::string& problem) {
    const bool is_rsa = family == load::KeyFamily::Rsa;
    if (options.pss && !is_rsa) {
        problem = "--pss is for RSA keys, and this is an EC key";
        return nullptr;
    }
    std::string name = options.mechanism;
    if (name.empty()) {
        std::string hash = options.hash;
        for (char& c : hash) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
        name = is_rsa ? hash + "_RSA_PKCS" + (options.pss ? "_PSS" : "") : "ECDSA_" + hash;
    }
    const load::LoadMechanism* mechanism = load::find_mechanism(name);
    const bool hashes = mechanism != nullptr && mechanism->input == load::SignInput::Message;
    if (hashes && mechanism->family == family) return mechanism;
    problem =
        fmt::format("{} is nothing that {} key can do here", name, is_rsa ? "an RSA" : "an EC");
    return nullptr;
}

}  // namespace cardmux::tool
