// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "api/ksp/ksp.h"

namespace cardmux::ksp {

using api::WindowsHandleKind;

Ksp::Ksp(KspWorld world)
    : world_(std::move(world)),
      access_(world_.prompt),
      numbers_(*world_.random),
      providers_(WindowsHandleKind::KspProvider, numbers_),
      keys_(WindowsHandleKind::KspKey, numbers_),
      secrets_(WindowsHandleKind::KspSecret, numbers_),
      notices_(std::make_shared<ChangeNotices>(world_.events)) {}

// ---- handles ------------------------------------------------------------------------------------

/// Says in the log what a program does wrong: it is where the remedy for its crash is found.
Refusal Ksp::stale(const char* kind, Handle handle) {
    const api::ReleasedHandle released = released_.find(handle);
    LogLine line(log(), LogLevel::Warning, "stale_handle");
    line.with("kind", kind).with("handle", handle).with("used_by_thread", world_.thread_number());
    if (released.handle == 0) {
        line.with("released", "never, or long ago: perhaps a handle of another kind or interface");
    } else {
        line.with("released_by_thread", released.thread);
        line.with("released_seconds_ago", wall_clock_seconds() - released.when);
    }
    return refuse(status::nte_invalid_handle);
}

void Ksp::note_release(Handle handle) {
    released_.note({handle, world_.thread_number(), wall_clock_seconds()});
}

Outcome<std::shared_ptr<KspProvider>> Ksp::find_provider(Handle provider) {
    auto found = providers_.find(provider);
    if (!found) return stale("provider", provider);
    return found;
}

Outcome<std::shared_ptr<KspKey>> Ksp::find_key(Handle provider, Handle key) {
    auto found = keys_.find(key);
    if (!found) return stale("key", key);
    if (found->provider_handle != provider) return stale("provider", provider);
    return found;
}

Outcome<std::shared_ptr<KspSecret>> Ksp::find_secret(Handle provider, Handle secret) {
    auto found = secrets_.find(secret);
    if (!found) return stale("secret", secret);
    if (found->provider_handle != provider) return stale("provider", provider);
    return found;
}

Outcome<void> Ksp::free_provider(Handle provider) {
    if (!providers_.take(provider)) return stale("provider", provider);
    note_release(provider);
    notices_->remove_all(provider);
    return done();
}

Outcome<void> Ksp::free_key(Handle provider, Handle key) {
    CARDMUX_TRY(find_key(provider, key));
    if (!keys_.take(key)) return stale("key", key);
    note_release(key);
    return done();
}

Outcome<void> Ksp::free_secret(Handle provider, Handle secret) {
    CARDMUX_TRY(find_secret(provider, secret));
    if (!secrets_.take(secret)) return stale("secret", secret);
    note_release(secret);
    return done();
}

// ---- memory that programs hold ------------------------------------------------------------------

void Ksp::keep_block(const void* address, std::shared_ptr<Block> block) {
    blocks_.lock()->emplace(address, std::move(block));
}

std::shared_ptr<Block> Ksp::find_block(const void* address) {
    auto blocks = blocks_.lock();
    const auto found = blocks->find(address);
    return found == blocks->end() ? nullptr : found->second;
}

Outcome<void> Ksp::free_block(const void* address) {
    std::shared_ptr<Block> block;  // destroyed when the lock is free again
    auto blocks = blocks_.lock();
    const auto found = blocks->find(address);
    if (found == blocks->end()) return refuse(status::nte_invalid_parameter);
    block = std::move(found->second);
    blocks->erase(found);
    return done();
}

// ---- callers ------------------------------------------------------------------------------------

Outcome<api::ProviderSettings> Ksp::read_settings(const KspProvider& provider) {
    CARDMUX_TRY_ASSIGN(const auto cards, world_.provider());
    const api::ProviderSettings settings = world_.settings(provider.name);
    api::apply_hold(*cards, settings);
    return settings;
}

container::Caller Ksp::caller(token::Client client, const Dialog& dialog,
                              const api::ProviderSettings& settings, std::uint32_t flags) const {
    container::Caller caller;
    caller.client = client;
    // Of the thread that calls now, not of who opened: nobody signs with another's PIN.
    caller.client.domain = world_.domain();
    caller.is_silent = (flags & flag::silent) != 0;
    caller.parent_window = static_cast<std::uintptr_t>(dialog.window);
    caller.purpose = dialog.use_context;
    caller.rules = settings.pin_rules;
    return caller;
}

/// The text is of the handle that it was set for, and no other (SecCNG,
/// NCRYPT_USE_CONTEXT_PROPERTY); a key without a window of its own has the provider's.
container::Caller Ksp::caller_for(KspKey& key, std::uint32_t flags) {
    Dialog dialog = key.state.lock()->dialog;
    if (dialog.window == 0) dialog.window = key.provider->state.lock()->dialog.window;
    return caller(key.client, dialog, key.settings, flags);
}

Outcome<container::Caller> Ksp::caller_for(KspProvider& provider, std::uint32_t flags) {
    CARDMUX_TRY_ASSIGN(const auto cards, world_.provider());
    CARDMUX_TRY_ASSIGN(const api::ProviderSettings settings, read_settings(provider));
    const Dialog dialog = provider.state.lock()->dialog;
    return caller(cards->make_client(world_.domain()), dialog, settings, flags);
}

Outcome<void> check_flags(std::uint32_t flags, std::uint32_t known) {
    return (flags & ~known) == 0 ? done() : Outcome<void>(refuse(status::nte_bad_flags));
}

}  // namespace cardmux::ksp
