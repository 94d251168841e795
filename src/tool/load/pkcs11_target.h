// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// One process's view of the module under load: loaded, initialised, logged in, with the key and
// what it takes to judge its signatures. Nothing here repairs or repeats anything: a failure is a
// finding.
#pragma once

#include <memory>
#include <string>

#include "api/pkcs11/pkcs11.h"
#include "tool/command.h"
#include "tool/load/load_options.h"
#include "tool/load/run_record.h"
#include "tool/load/signature_judge.h"
#include "tool/pkcs11_uri.h"

namespace cardmux::tool::load {

/// Why a process cannot take part in the load.
struct TargetFailure {
    Call call = Call::None;
    CK_RV code = code_not_started;
    ExitCode exit_code = ExitCode::Failed;
    std::string text;
};

/// Where to find the key.
struct KeySelector {
    Pkcs11Uri uri;
    bool any_key_will_do = true;  ///< if the one in `uri` is not there
};

struct Pkcs11Target {
    CK_FUNCTION_LIST* functions = nullptr;
    CK_SLOT_ID slot = 0;
    CK_SESSION_HANDLE session =
        CK_INVALID_HANDLE;  ///< keeps the login alive as long as the load runs
    CK_OBJECT_HANDLE key = CK_INVALID_HANDLE;
    Bytes key_id;
    bool always_authenticate = false;
    const LoadMechanism* mechanism = nullptr;
    std::unique_ptr<JudgeKey> judge_key;
};

/// Loads the module and goes as far as the key; fills `facts` on the way.
///
/// returns   false, with `failure` filled, if it cannot
/// waits     as long as the module does
bool open_target(const LoadOptions& options, const KeySelector& selector, TargetFacts& facts,
                 Pkcs11Target& target, TargetFailure& failure);

/// Closes the session and finalises the module.
void close_target(Pkcs11Target& target);

/// The template that finds the private key again.
struct PrivateKeyTemplate {
    explicit PrivateKeyTemplate(const Bytes& id);
    ~PrivateKeyTemplate() = default;
    CK_OBJECT_CLASS object_class = CKO_PRIVATE_KEY;
    Bytes id;
    CK_ATTRIBUTE attributes[2];
    CK_ULONG count;
    PrivateKeyTemplate(const PrivateKeyTemplate&) = delete;
    PrivateKeyTemplate& operator=(const PrivateKeyTemplate&) = delete;
};

}  // namespace cardmux::tool::load
