// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// What a program's handles stand for: contexts, keys, hashes. Mostly made once and never changed,
// so that threads may share them; what does change is in its lock. A call keeps what it uses alive,
// whoever releases it meanwhile.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "api/csp/software_provider_windows.h"
#include "api/windows/handle_table.h"
#include "api/windows/provider_registry.h"
#include "container/find_container.h"
#include "provider/provider.h"

namespace cardmux::csp {

/// An enumeration by CRYPT_FIRST and CRYPT_NEXT.
template <typename T>
struct Listing {
    std::vector<T> items;
    std::optional<Error> end{};  ///< told in place of the end: there may be more
    std::size_t next = 0;
    bool is_due = false;  ///< a question for the size began it: made when an item is wanted
};

struct CspContext {
    std::string provider_name;  ///< what we are registered as, UTF-8
    DWORD provider_type = PROV_RSA_FULL;
    DWORD flags = 0;  ///< of CPAcquireContext
    api::ProviderSettings settings;
    std::shared_ptr<provider::Provider> provider;
    token::Client client;
    std::shared_ptr<SoftwareProvider> software;

    struct Changing {
        std::optional<container::CardInReader> card;               ///< none: of no card
        std::optional<container::FoundContainer> found_container;  ///< none: of no container
        std::string new_container;  ///< the name for a key that is still to come; or empty
        std::uintptr_t window = 0;
        std::string prompt;                ///< UTF-8
        std::optional<Duration> patience;  ///< with a person who is asked for the PIN
        Listing<PROV_ENUMALGS_EX> algorithms;
        Listing<std::string> containers;
    };
    mutable Guarded<Changing> changing{LockRank::Session};

    /// As it is now: a key that is made or deleted changes it.
    std::optional<container::CardInReader> card() const { return changing.lock()->card; }
    std::optional<container::FoundContainer> found_container() const {
        return changing.lock()->found_container;
    }

    bool is_for_verification() const {
        return (flags & CRYPT_VERIFYCONTEXT) == CRYPT_VERIFYCONTEXT;
    }
    bool is_silent() const { return (flags & CRYPT_SILENT) != 0; }
    /// Whether what was read of a card before may answer, as Base CSP calls it: cached data.
    bool believes_readings() const { return (flags & CRYPT_MACHINE_KEYSET) == 0; }
    /// Who uses the card through this context.
    container::Caller caller();
};

/// Bytes of what a container's RSA key takes and gives.
std::size_t block_size(const container::FoundContainer& found);

/// A container's key, whose private part never leaves the card.
struct CardKeyPair {
    container::FoundContainer container;
};
/// Imported.
struct PublicKeyOnly {
    PublicKeyBlob key;
};
struct SessionKey {
    SharedSoftwareKey software;
};

struct CspKey {
    api::Handle owner = 0;  ///< the context's handle
    std::variant<CardKeyPair, PublicKeyOnly, SessionKey> content;
    Guarded<Bytes> oaep_label{LockRank::Session};  ///< KP_OAEP_PARAMS

    CspKey(api::Handle owner_, std::variant<CardKeyPair, PublicKeyOnly, SessionKey> content_)
        : owner(owner_), content(std::move(content_)) {}

    const CardKeyPair* pair() const { return std::get_if<CardKeyPair>(&content); }
    /// Null: no session key.
    const SoftwareKey* session() const;
    /// None for a session key, and for an elliptic curve, which CryptoAPI has no words for.
    std::optional<PublicKeyBlob> public_key() const;
};

/// The key as software has it: a session key itself; a public key imported for the occasion, with
/// its OAEP label. To be used in the context's turn.
///
/// errors    NTE_BAD_KEY: it has no public key that CryptoAPI can express; as import_software_key
Outcome<SharedSoftwareKey> software_key(const CspContext& context, CspKey& key);

struct CspHash {
    api::Handle owner = 0;  ///< the context's handle
    ALG_ID algorithm = 0;
    std::shared_ptr<SoftwareHash> software;
};

}  // namespace cardmux::csp
