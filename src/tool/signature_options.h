// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// How `sign` and `verify` are told which kind of signature: by parts (--hash, --pss), or by
// PKCS#11's name of a mechanism that hashes (--mechanism SHA256_RSA_PKCS_PSS).
#pragma once

#include <string>

#include "tool/load/load_mechanism.h"

namespace CLI {
class App;
}

namespace cardmux::tool {

struct SignatureOptions {
    std::string hash = "sha256";
    bool pss = false;
    std::string mechanism;
};

/// Adds --hash, --pss and --mechanism.
void add_signature_options(CLI::App& command, SignatureOptions& options);

/// The mechanism for a key of this family. Null, with `problem` saying why, if there is none.
const load::LoadMechanism* choose_mechanism(const SignatureOptions& options, load::KeyFamily family,
                                            std::string& problem);

}  // namespace cardmux::tool
