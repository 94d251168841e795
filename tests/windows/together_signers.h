// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The three ways to one key of the card, behind one face: CryptoAPI, CNG, PKCS #11.
#pragma once

#include <memory>
#include <string>

#include "signature_judge.h"

namespace together {

using signature_judge::Bytes;

/// The call that failed, or null, and its error.
struct Outcome {
    const char* call = nullptr;
    unsigned long error = 0;
};

/// One program's thread with a context, key or session of its own. Used by one thread.
class Signer {
  public:
    virtual ~Signer() = default;

    /// Gets the key ready. CryptoAPI and CNG present each PIN that they are given, and one counts
    /// for the process: `pin` is empty for all threads but one. With PKCS #11 each thread logs in,
    /// to find that it is.
    virtual Outcome prepare(const std::string& pin) = 0;

    /// Whether each thread brings the PIN.
    virtual bool wants_pin() const { return false; }

    /// PKCS #1 v1.5 with SHA-256 of `data`; big-endian. Prepared signers only.
    virtual Outcome sign(const Bytes& data, Bytes& signature) = 0;

    /// BCRYPT_RSAPUBLIC_BLOB of the key.
    const Bytes& public_blob() const { return public_blob_; }

  protected:
    Bytes public_blob_;
};

/// By the interface's name: "csp", "ksp", "pkcs11"; "finalize" is PKCS #11 with a C_Finalize after
/// each signature. Null for any other.
std::unique_ptr<Signer> make_signer(const std::string& interface_name);

}  // namespace together
