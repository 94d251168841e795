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

/// A handle that ends with its owner, at the latest.
///
/// errors    NTE_BAD_UID: the context was released meanwhile
Outcome<api::Handle> add_key(SharedKey key);
/// errors    as add_key
Outcome<api::Handle> add_hash(SharedHash hash);

/// For the log: this thread released it now.
void note_release(api::Handle handle);

/// Ends a context with all its keys and hashes. Calls that are inside finish.
///
/// errors    NTE_BAD_UID
Outcome<void> release_context(api::Handle handle);

}  // namespace cardmux::csp
