// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The key storage provider of one process: what its handles mean, and what it needs of the world.
// Handles are CNG's inner ones: ncrypt.dll keeps its own for programs and passes ours back. Objects
// are shared with the calls that use them, so that freeing one under a running call hurts nobody.
//
//   open_provider() -> open_key() -> sign(), decrypt(), agree() ... -> free_key(), free_provider()
#pragma once

#include <functional>
#include <map>
#include <string>

#include "api/ksp/algorithms.h"
#include "api/ksp/change_notices.h"
#include "api/ksp/outcome.h"
#include "api/windows/handle_table.h"
#include "api/windows/provider_registry.h"
#include "base/log.h"
#include "base/secret.h"
#include "crypto/private_key.h"

namespace cardmux::ksp {

using api::Handle;

/// Values as NCRYPT_*_FLAG (ncrypt.h).
namespace flag {
constexpr std::uint32_t no_padding = 0x01;
constexpr std::uint32_t pad_pkcs1 = 0x02;
constexpr std::uint32_t pad_oaep = 0x04;
constexpr std::uint32_t pad_pss = 0x08;
constexpr std::uint32_t no_key_validation = 0x08;
constexpr std::uint32_t optional_hash_oid = 0x10;
constexpr std::uint32_t machine_key = 0x20;  ///< means nothing for a card
constexpr std::uint32_t silent = 0x40;
constexpr std::uint32_t overwrite_key = 0x80;
constexpr std::uint32_t to_legacy_store = 0x200;
constexpr std::uint32_t do_not_finalize = 0x400;
constexpr std::uint32_t ignore_device_state = 0x1000;
constexpr std::uint32_t persist_only = 0x40000000;
constexpr std::uint32_t persist = 0x80000000;
}  // namespace flag

/// What the provider takes from outside; on Windows windows/process_ksp_windows.cpp fills it.
struct KspWorld {
    std::function<Result<std::shared_ptr<provider::Provider>>()> provider;
    std::shared_ptr<container::PinPrompt> prompt;  ///< null: nobody can be asked
    std::function<token::DomainId()> domain;       ///< of the calling thread
    std::function<api::ProviderSettings(const std::string& name)> settings;
    std::function<std::uint64_t()> thread_number;
    /// A certificate store (HCERTSTORE), which the caller closes, with these cards' certificates.
    std::function<Result<std::uint64_t>(const std::vector<container::CardInReader>&)> make_store;
    EventCalls events;
    /// An icon file. NotSupported: the reader has none.
    std::function<Result<Bytes>(const std::string& reader)> reader_icon;
    RandomSource* random = &system_random();
    LogSink* log = &silent_log();
};

/// What a program can set on a provider or a key, and what the PIN dialog shows of it.
struct Dialog {
    std::uint64_t window = 0;  ///< HWND
    std::string use_context;
};

/// An open provider.
struct KspProvider {
    std::string name;
    struct State {
        std::string reader;  ///< empty: any
        Dialog dialog;
    };
    Guarded<State> state{LockRank::Session};
};

/// A key that is to be made, or taken to a card.
struct KeyPlan {
    container::CardInReader card;
    std::string name;                   ///< of the container; empty: the derived one
    std::optional<std::uint8_t> place;  ///< none: that of the name, or a free one that fits
    bool replaces = false;              ///< the key that is there now
    bool signs_only = false;            ///< AT_SIGNATURE
    std::optional<crypto::PrivateKey> imported;
};

/// A key: of a card, or a public one that was imported, or one that is to be made. When it is made,
/// its handle means another object.
struct KspKey {
    std::shared_ptr<KspProvider> provider;
    Handle provider_handle = 0;
    token::Client client;
    api::ProviderSettings
        settings;  ///< of when it was opened, planned; of a public one the defaults
    std::optional<container::FoundContainer> container;  ///< none: not a card's
    std::optional<crypto::PublicKey> public_key;         ///< none: not made yet
    std::optional<KeyPlan> plan;                         ///< of one that is to be made
    struct State {
        const Algorithm* algorithm = nullptr;
        Dialog dialog;
        std::uint32_t bits = 0;              ///< of one that is to be made; 0: not known yet
        std::optional<std::uint32_t> usage;  ///< likewise, as "Key Usage"
        bool is_being_made = false;
        Bytes ui_policy;  ///< NCRYPT_UI_POLICY_BLOB; empty: none
    };
    Guarded<State> state{LockRank::Session};

    /// Of one that is to be made on a curve not named yet: for any curve.
    const Algorithm& algorithm() { return *state.lock()->algorithm; }
    /// Null: it has nothing to do with a card.
    const container::CardInReader* card() const {
        return container ? &container->card : plan ? &plan->card : nullptr;
    }
};

/// The outcome of a key agreement.
struct KspSecret {
    Handle provider_handle = 0;
    SecretBytes secret;  ///< X, big-endian
};

/// Memory that a program gets and gives back with NCryptFreeBuffer.
struct Block {
    virtual ~Block() = default;
};

class Ksp {
  public:
    explicit Ksp(KspWorld world);

    /// errors    NTE_INVALID_HANDLE, for each of these; the log names who released it, and when
    Outcome<std::shared_ptr<KspProvider>> find_provider(Handle provider);
    /// The key must be this provider's. That the provider was freed meanwhile does not matter.
    Outcome<std::shared_ptr<KspKey>> find_key(Handle provider, Handle key);
    Outcome<std::shared_ptr<KspSecret>> find_secret(Handle provider, Handle secret);

    Handle add(std::shared_ptr<KspProvider> provider) {
        return providers_.add(std::move(provider));
    }
    Handle add(std::shared_ptr<KspKey> key) { return keys_.add(std::move(key)); }
    Handle add(std::shared_ptr<KspSecret> secret) { return secrets_.add(std::move(secret)); }

    /// The handle of a key that was to be made means what was made. Nothing if it was freed.
    void replace(Handle handle, std::shared_ptr<KspKey> key) {
        (void)keys_.replace(handle, std::move(key));
    }

    /// Calls that have entered with it finish.
    ///
    /// errors    NTE_INVALID_HANDLE
    Outcome<void> free_provider(Handle provider);
    Outcome<void> free_key(Handle provider, Handle key);
    Outcome<void> free_secret(Handle provider, Handle secret);

    /// Keeps a block until it is given back. `address` is what the program knows it by.
    void keep_block(const void* address, std::shared_ptr<Block> block);
    /// Null: not ours (any more).
    std::shared_ptr<Block> find_block(const void* address);
    /// errors    NTE_INVALID_PARAMETER
    Outcome<void> free_block(const void* address);

    /// The provider's settings as they are now, by which cards are held from here on.
    ///
    /// errors    those of KspWorld::provider
    Outcome<api::ProviderSettings> read_settings(const KspProvider& provider);

    /// Who calls, for one call with this key.
    container::Caller caller_for(KspKey& key, std::uint32_t flags);
    /// For one call with no key.
    ///
    /// errors    as read_settings
    Outcome<container::Caller> caller_for(KspProvider& provider, std::uint32_t flags);

    const KspWorld& world() const { return world_; }
    container::KeyAccess& access() { return access_; }
    ChangeNotices& notices() { return *notices_; }
    LogSink& log() { return *world_.log; }

  private:
    Refusal stale(const char* kind, Handle handle);
    void note_release(Handle handle);
    container::Caller caller(token::Client client, const Dialog& dialog,
                             const api::ProviderSettings& settings, std::uint32_t flags) const;

    const KspWorld world_;
    container::KeyAccess access_;
    api::HandleNumbers numbers_;
    api::HandleTable<KspProvider> providers_;
    api::HandleTable<KspKey> keys_;
    api::HandleTable<KspSecret> secrets_;
    api::ReleasedHandles released_;
    const std::shared_ptr<ChangeNotices> notices_;
    Guarded<std::map<const void*, std::shared_ptr<Block>>> blocks_{LockRank::Registry};
};

/// NTE_BAD_FLAGS unless all flags are among `known`.
Outcome<void> check_flags(std::uint32_t flags, std::uint32_t known);

}  // namespace cardmux::ksp
