// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The signature mechanisms that `cardmux load` can ask for, and what each wants as input.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace cardmux::tool::load {

enum class KeyFamily : std::uint8_t { Rsa, Ec };

/// What C_Sign is given.
enum class SignInput : std::uint8_t {
    RsaBlock,    ///< modulus-size bytes, padded by us
    DigestInfo,  ///< DigestInfo around a SHA-256 hash
    Hash,
    Message,  ///< the module hashes
};

struct LoadMechanism {
    const char* name;  ///< without CKM_
    std::uint64_t type;
    KeyFamily family;
    SignInput input;
    bool is_pss;
    const char* hash;  ///< libcrypto's name
};

/// Null if it is not one of ours. With or without "CKM_".
const LoadMechanism* find_mechanism(std::string_view name);

/// RSA_PKCS or ECDSA.
const LoadMechanism& plain_mechanism(KeyFamily family);

/// "RSA_PKCS, RSA_X_509, ..."
std::string mechanism_names();

/// CK_RSA_PKCS_PSS_PARAMS: hash mechanism, mask generation, salt size.
struct PssNumbers {
    std::uint64_t hash_mechanism;
    std::uint64_t mask_generation;
    std::uint64_t salt_size;
};
PssNumbers pss_numbers(const LoadMechanism& mechanism);

}  // namespace cardmux::tool::load
