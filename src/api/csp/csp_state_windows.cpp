// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "api/csp/csp_state_windows.h"

#include "api/windows/pin_dialog.h"

namespace cardmux::csp {
namespace {

namespace status = api::status;

/// For the log: this thread released it now.
void note_release(api::Handle handle) {
    csp_state().released.note({handle, GetCurrentThreadId(), wall_clock_seconds()});
}

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
template <typename T, typename Handle>
Outcome<void> add_owned(api::HandleTable<T>& table, std::shared_ptr<T> object, Handle* handle) {
    const api::Handle owner = object->owner;
    const api::Handle added = table.add(std::move(object));
    if (!csp_state().contexts.find(owner)) {
        if (table.take(added)) note_release(added);
        return refuse_handle(status::nte_bad_uid, owner);
    }
    *handle = added;
    return done();
}

template <typename T>
Outcome<void> release_one(api::HandleTable<T>& table, api::Handle context, api::Handle handle,
                          api::Status unknown) {
    CARDMUX_TRY(find_context(context));
    CARDMUX_TRY(find_owned(table, context, handle, unknown));
    if (!table.take(handle)) return refuse_handle(unknown, handle);
    note_release(handle);
    return done();
}

template <typename T>
void release_all(api::HandleTable<T>& table, api::Handle owner) {
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

Outcome<void> hand_out(SharedKey key, HCRYPTKEY* handle) {
    return add_owned(csp_state().keys, std::move(key), handle);
}

Outcome<void> hand_out(SharedHash hash, HCRYPTHASH* handle) {
    return add_owned(csp_state().hashes, std::move(hash), handle);
}

Outcome<void> release_key(api::Handle context, api::Handle key) {
    return release_one(csp_state().keys, context, key, status::nte_bad_key);
}

Outcome<void> release_hash(api::Handle context, api::Handle hash) {
    return release_one(csp_state().hashes, context, hash, status::nte_bad_hash);
}

Outcome<void> release_context(api::Handle handle) {
    const SharedContext context = csp_state().contexts.take(handle);
    if (!context) return refuse_handle(status::nte_bad_uid, handle);
    note_release(handle);
    release_all(csp_state().keys, handle);
    release_all(csp_state().hashes, handle);
    return done();
}

}  // namespace cardmux::csp
