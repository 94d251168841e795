// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The CSP's one state in a process: the living handles, those that were released, and who gave
// which PIN. Made at first use, kept until the process ends.
#pragma once

#include "api/csp/csp_objects_windows.h"
#include "api/csp/csp_outcome.h"
#include "container/key_access.h"

namespace cardmux::csp {

struct CspState {
    api::HandleNumbers numbers{system_random()};
    api::HandleTable<CspContext> contexts{api::WindowsHandleKind::CspContext, numbers};
    api::HandleTable<CspKey> keys{api::WindowsHandleKind::CspKey, numbers};
    api::HandleTable<CspHash> hashes{api::WindowsHandleKind::CspHash, numbers};
    api::ReleasedHandles released;
    container::KeyAccess access;
    /// PP_UI_PROMPT, which counts for the process. UTF-8.
    Guarded<std::string> prompt{LockRank::Session};

    CspState();
};

CspState& csp_state();

using SharedContext = std::shared_ptr<CspContext>;
using SharedKey = std::shared_ptr<CspKey>;
using SharedHash = std::shared_ptr<CspHash>;

/// errors    NTE_BAD_UID
Outcome<SharedContext> find_context(api::Handle handle);

/// errors    NTE_BAD_KEY: also if it is another context's
Outcome<SharedKey> find_key(api::Handle context, api::Handle handle);

/// errors    NTE_BAD_HASH: also if it is another context's
Outcome<SharedHash> find_hash(api::Handle context, api::Handle handle);

/// Gives a program a handle, which ends with its owner, at the latest.
///
/// errors    NTE_BAD_UID: the context was released meanwhile
Outcome<void> hand_out(SharedKey key, HCRYPTKEY* handle);
Outcome<void> hand_out(SharedHash hash, HCRYPTHASH* handle);

/// Ends a handle. Calls that are inside finish.
///
/// errors    NTE_BAD_UID; as find_key, find_hash
Outcome<void> release_key(api::Handle context, api::Handle key);
Outcome<void> release_hash(api::Handle context, api::Handle hash);

/// Ends a context with all its keys and hashes. Calls that are inside finish.
///
/// errors    NTE_BAD_UID
Outcome<void> release_context(api::Handle handle);

}  // namespace cardmux::csp
