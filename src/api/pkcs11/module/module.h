// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Everything between one C_Initialize and its C_Finalize: the provider, and the sessions. A call
// that has entered holds a counted reference, so C_Finalize can take it away under nobody.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <set>
#include <unordered_map>

#include "api/pkcs11/module/module_world.h"
#include "api/pkcs11/module/session.h"

namespace cardmux::pkcs11 {

struct SessionCounts {
    CK_ULONG all = 0;
    CK_ULONG read_write = 0;
};

class Module {
  public:
    /// Makes its world. Touches no card.
    ///
    /// errors    those of make_module_world
    static Outcome<std::shared_ptr<Module>> create(bool may_create_threads);

    provider::Provider& provider() const { return *provider_; }
    LogSink& log() const { return *log_; }
    /// Who asks for a token's contents without having a session.
    const token::Client& slot_client() const { return slot_client_; }

    /// errors    CKR_SLOT_ID_INVALID, also if there is no smart card service, hence no slot at all;
    ///           ShuttingDown
    /// waits     for the smart card service, if no reader was asked for yet: a bounded time
    Outcome<std::shared_ptr<provider::Slot>> find_slot(CK_SLOT_ID id);

    /// errors    CKR_SLOT_ID_INVALID, CKR_TOKEN_NOT_PRESENT
    /// waits     as find_slot; for no card
    Outcome<CK_SESSION_HANDLE> open_session(CK_SLOT_ID slot, bool is_read_write);

    /// errors    CKR_SESSION_HANDLE_INVALID
    Outcome<std::shared_ptr<Session>> find_session(CK_SESSION_HANDLE handle);

    /// Another card is in this token's place: its sessions are over, for good.
    void end_sessions_with(const token::Token& exchanged);

    /// Calls that have entered with it finish.
    ///
    /// errors    CKR_SESSION_HANDLE_INVALID
    Outcome<void> close_session(CK_SESSION_HANDLE handle);
    void close_all_sessions(CK_SLOT_ID slot);
    SessionCounts count_sessions(CK_SLOT_ID slot);

    /// Ends all waits of this module's calls, then its sessions; a provider of its own with all
    /// its threads, at most until `deadline`. Others that share the provider notice nothing.
    void shut_down(Deadline deadline);

    /// What a call comes to: of one whose wait shut_down() ended, that the module is no more.
    Outcome<void> conclude(Outcome<void> outcome) const;

  private:
    struct OpenTokenUse {
        std::shared_ptr<OpenToken> token;
        std::size_t session_count = 0;
    };
    struct Sessions {
        std::unordered_map<CK_SESSION_HANDLE, std::shared_ptr<Session>> by_handle;
        std::map<CK_SLOT_ID, OpenTokenUse> tokens;  ///< with one session at least
        std::set<CK_SLOT_ID> used_slots;            ///< with a session at some time
    };
    using ClosedSessions = std::vector<std::shared_ptr<Session>>;

    explicit Module(ModuleWorld world);
    std::shared_ptr<OpenToken> use_token(CK_SLOT_ID slot, std::shared_ptr<token::Token> token);
    /// Whether calls wait for the card to come back (the setting ride_through), this one too.
    bool may_be_away(CK_SLOT_ID slot);
    static void forget(Sessions& sessions, const Session& session);
    /// Of those who wait for a card now. The provider goes on.
    void end_waits();

    const std::shared_ptr<provider::Provider> provider_;
    const std::shared_ptr<LogSink> log_;
    const bool is_provider_shared_;
    std::atomic<bool> has_ended_ = false;
    const token::Client slot_client_;
    const std::shared_ptr<HandleSource> handles_;
    Guarded<Sessions> sessions_{LockRank::Session};
};

}  // namespace cardmux::pkcs11
