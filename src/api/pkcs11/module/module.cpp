// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "api/pkcs11/module/module.h"

#include <atomic>

namespace cardmux::pkcs11 {
namespace {

/// For what the smart card service knows without asking a card.
constexpr Duration service_patience = std::chrono::seconds(5);

constexpr token::DomainId slot_domain = 1;  ///< never logs in

/// Never the same twice in a process: where the provider outlives C_Finalize, a call that is still
/// inside keeps its login, which must be nobody else's.
token::DomainId new_session_domain() {
    static std::atomic<token::DomainId> next{slot_domain + 1};
    return next.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace

Outcome<std::shared_ptr<Module>> Module::create(bool may_create_threads) {
    CARDMUX_TRY_ASSIGN(ModuleWorld world, make_module_world(may_create_threads));
    return std::shared_ptr<Module>(new Module(std::move(world)));
}

Module::Module(ModuleWorld world)
    : provider_(std::move(world.provider)),
      log_(std::move(world.log)),
      is_provider_shared_(world.is_provider_shared),
      slot_client_(provider_->make_client(slot_domain)),
      handles_(std::make_shared<HandleSource>(system_random())) {}

Outcome<std::shared_ptr<provider::Slot>> Module::find_slot(CK_SLOT_ID id) {
    // Beyond the type that the provider numbers slots with, no id can be right.
    const auto slot_id = static_cast<provider::SlotId>(id);
    if (slot_id != id) return refuse(CKR_SLOT_ID_INVALID);
    std::shared_ptr<provider::Slot> slot = provider_->slot(slot_id);
    if (slot == nullptr) {
        const auto asked = provider_->slots(Deadline::after(service_patience));
        if (!asked.ok() && asked.error().code == ErrorCode::ShuttingDown) return asked.error();
        slot = provider_->slot(slot_id);
    }
    if (slot == nullptr) return refuse(CKR_SLOT_ID_INVALID);
    return slot;
}

std::shared_ptr<OpenToken> Module::use_token(CK_SLOT_ID slot, std::shared_ptr<token::Token> token) {
    std::shared_ptr<OpenToken> replaced;  // outlives the lock: its end may log out
    auto sessions = sessions_.lock();
    sessions->used_slots.insert(slot);
    OpenTokenUse& use = sessions->tokens[slot];
    if (use.token == nullptr || !use.token->is_for(token)) {
        // The sessions with the card that was here before keep the old one alive, but are over.
        if (use.token != nullptr) use.token->mark_dead();
        replaced = std::move(use.token);
        use.token = std::make_shared<OpenToken>(provider_, slot, std::move(token),
                                                new_session_domain(), handles_);
        use.session_count = 0;
    }
    ++use.session_count;
    return use.token;
}

bool Module::may_be_away(CK_SLOT_ID slot) {
    if (provider_->settings().ride_through <= Duration::zero()) return false;
    return sessions_.lock()->used_slots.count(slot) > 0;
}

Outcome<CK_SESSION_HANDLE> Module::open_session(CK_SLOT_ID id, bool is_read_write) {
    CARDMUX_TRY_ASSIGN(const std::shared_ptr<provider::Slot> slot, find_slot(id));
    CARDMUX_TRY_ASSIGN(const provider::SlotStatus status, provider_->status(slot->id()));
    if (!status.card_present && !may_be_away(id)) return refuse(CKR_TOKEN_NOT_PRESENT);
    std::shared_ptr<OpenToken> token = use_token(id, slot->token());
    const token::Client client = provider_->make_client(token->domain());
    auto session = std::make_shared<Session>(std::move(token), client, is_read_write);
    auto sessions = sessions_.lock();
    CK_SESSION_HANDLE handle = handles_->next(HandleKind::Session);
    // Where handles have 32 bits, they come round: not to one that is in use.
    while (!sessions->by_handle.emplace(handle, session).second) {
        handle = handles_->next(HandleKind::Session);
    }
    return handle;
}

Outcome<std::shared_ptr<Session>> Module::find_session(CK_SESSION_HANDLE handle) {
    auto sessions = sessions_.lock();
    const auto found = sessions->by_handle.find(handle);
    if (found == sessions->by_handle.end() || found->second->token().is_dead()) {
        return refuse(CKR_SESSION_HANDLE_INVALID);
    }
    return found->second;
}

void Module::end_sessions_with(const token::Token& exchanged) {
    auto sessions = sessions_.lock();
    for (const auto& [slot, use] : sessions->tokens) {
        if (&use.token->token() == &exchanged) use.token->mark_dead();
    }
}

void Module::forget(Sessions& sessions, const Session& session) {
    const auto use = sessions.tokens.find(session.token().slot());
    if (use == sessions.tokens.end() || use->second.token != session.token_reference()) return;
    if (--use->second.session_count == 0) sessions.tokens.erase(use);
}

Outcome<void> Module::close_session(CK_SESSION_HANDLE handle) {
    // Outlives the lock: the last session's end logs out.
    std::shared_ptr<Session> closed;
    auto sessions = sessions_.lock();
    const auto found = sessions->by_handle.find(handle);
    if (found == sessions->by_handle.end()) return refuse(CKR_SESSION_HANDLE_INVALID);
    closed = std::move(found->second);
    sessions->by_handle.erase(found);
    forget(*sessions, *closed);
    return done();
}

void Module::close_all_sessions(CK_SLOT_ID slot) {
    ClosedSessions closed;  // outlives the lock
    auto sessions = sessions_.lock();
    for (auto each = sessions->by_handle.begin(); each != sessions->by_handle.end();) {
        if (each->second->token().slot() != slot) {
            ++each;
            continue;
        }
        forget(*sessions, *each->second);
        closed.push_back(std::move(each->second));
        each = sessions->by_handle.erase(each);
    }
}

SessionCounts Module::count_sessions(CK_SLOT_ID slot) {
    auto sessions = sessions_.lock();
    SessionCounts counts;
    for (const auto& [handle, session] : sessions->by_handle) {
        if (session->token().slot() != slot) continue;
        ++counts.all;
        if (session->is_read_write()) ++counts.read_write;
    }
    return counts;
}

void Module::end_waits() {
    std::vector<std::shared_ptr<Session>> waiting;
    {
        auto sessions = sessions_.lock();
        for (const auto& [handle, session] : sessions->by_handle) waiting.push_back(session);
    }
    for (const auto& session : waiting) session->token().refuse_logins();
    for (const auto& session : waiting) session->token().token().cancel(session->client());
    // Ids count from 0, without a gap.
    for (provider::SlotId id = 0; const auto slot = provider_->slot(id); ++id) {
        slot->token()->cancel(slot_client_);
    }
}

Outcome<void> Module::conclude(Outcome<void> outcome) const {
    if (outcome.ok() || !has_ended_ || !outcome.error().cause) return outcome;
    if (outcome.error().cause->code != ErrorCode::Cancelled) return outcome;
    return Error(ErrorCode::ShuttingDown, "C_Finalize");
}

void Module::shut_down(Deadline deadline) {
    has_ended_ = true;
    if (is_provider_shared_) {
        end_waits();
    } else {
        provider_->shut_down(deadline);
    }
    Sessions ended;  // outlives the lock
    auto sessions = sessions_.lock();
    std::swap(ended.by_handle, sessions->by_handle);
    std::swap(ended.tokens, sessions->tokens);
}

}  // namespace cardmux::pkcs11
