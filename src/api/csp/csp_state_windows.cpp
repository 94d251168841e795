// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "api/csp/csp_state_windows.h"

#include "api/windows/pin_dialog.h"

namespace cardmux::csp {
namespace {

namespace status = api::status;

/// One of this context's objects.
template <typename T>
Outcome<std::shared_ptr<T>> find_owned(api::HandleTable<T>& table, api::Handle context,
                                       api::Handle handle, api::Status unknown) {
    std::shared_ptr<T> object = table.find(handle);
    if (!object || object->owner != context) return refuse_handle(unknown, handle);
    return object;
}

/// A context that another thread released while the object was made has ended all its objects
/// before, or does so after this.
template <typename T>
Outcome<api::Handle> add_owned(api::HandleTable<T>& table, std::shared_ptr<T> object) {
    const api::Handle owner = object->owner;
    const api::Handle handle = table.add(std::move(object));
    if (csp_state().contexts.find(owner)) return handle;
    if (table.take(handle)) note_release(handle);
    return refuse_handle(status::nte_bad_uid, owner);
}

template <typename T>
void release_owned(api::HandleTable<T>& table, api::Handle owner) {
    for (const api::Handle handle :
         table.take_all([&](const T& object) { return object.owner == owner; }))
        note_release(handle);
}

}  // namespace

CspState::CspState() : access(api::make_pin_dialog()) {}

CspState& csp_state() {
    static auto& state = *new CspState;  // never destroyed: threads may be inside at the end
    return state;
}

Outcome<SharedContext> find_context(api::Handle handle) {
    SharedContext context = csp_state().contexts.find(handle);
    if (!context) return refuse_handle(status::nte_bad_uid, handle);
    return context;
}

Outcome<SharedKey> find_key(api::Handle context, api::Handle handle) {
    return find_owned(csp_state().keys, context, handle, status::nte_bad_key);
}

Outcome<SharedHash> find_hash(api::Handle context, api::Handle handle) {
    return find_owned(csp_state().hashes, context, handle, status::nte_bad_hash);
}

Outcome<api::Handle> add_key(SharedKey key) {
    return add_owned(csp_state().keys, std::move(key));
}

Outcome<api::Handle> add_hash(SharedHash hash) {
    return add_owned(csp_state().hashes, std::move(hash));
}

void note_release(api::Handle handle) {
    csp_state().released.note({handle, GetCurrentThreadId(), wall_clock_seconds()});
}

Outcome<void> release_context(api::Handle handle) {
    const SharedContext context = csp_state().contexts.take(handle);
    if (!context) return refuse_handle(status::nte_bad_uid, handle);
    note_release(handle);
    release_owned(csp_state().keys, handle);
    release_owned(csp_state().hashes, handle);
    return done();
}

}  // namespace cardmux::csp
