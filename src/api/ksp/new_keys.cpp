// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Keys that are planned, and then made on a card or taken there.
#include "api/ksp/changing_keys.h"
#include "api/ksp/opening.h"
#include "api/ksp/private_blobs.h"
#include "api/ksp/property_values.h"
#include "api/ksp/public_blobs.h"
#include "token/derived_name.h"

namespace cardmux::ksp {
namespace {

constexpr std::uint32_t at_signature = 2;

bool is_rsa(const crypto::PrivateKey& key) {
    return std::holds_alternative<crypto::RsaPrivateKey>(key);
}

// ---- planning -----------------------------------------------------------------------------------

/// The key that has this name is in the way, or is what is to be overwritten.
Outcome<KeyPlan> plan_over(container::FoundContainer found, bool may_overwrite) {
    if (!may_overwrite) return refuse(status::nte_exists);
    KeyPlan plan;
    // By its name, which the card is asked for anew; a derived one means the place.
    const std::string& stored = found.key().container_name;
    if (token::is_same_container_name(stored, found.container.name)) {
        plan.name = stored;
    } else {
        plan.place = found.container.key_reference;
    }
    plan.replaces = true;
    plan.card = std::move(found.card);
    return plan;
}

/// errors    NTE_EXISTS; those of finding it, but for its not being there
Outcome<KeyPlan> plan_for(Ksp& ksp, const KspProvider& provider,
                          const container::ContainerName& name, bool may_overwrite) {
    if (!name.container.empty()) {
        token::Client client;
        auto found = find_named(ksp, name, client);
        if (found.ok()) return plan_over(std::move(found).value(), may_overwrite);
        const auto& cause = found.error().cause;
        const bool is_absent = cause && (cause->code == ErrorCode::KeyNotFound ||
                                         cause->code == ErrorCode::ObjectNotFound);
        if (!is_absent) return found.error();
    }
    KeyPlan plan;
    CARDMUX_TRY_ASSIGN(plan.card, card_for_new_key(ksp, provider, name));
    if (!name.container.empty()) {
        plan.place = container::place_named(plan.card.contents->identity, name.container);
    }
    if (!plan.place) plan.name = name.container;
    return plan;
}

/// Through whom a key is made, and what the registry said when that began.
struct Maker {
    std::shared_ptr<KspProvider> provider;
    Handle handle = 0;  ///< the provider's
    api::ProviderSettings settings;
};

/// errors    NTE_INVALID_HANDLE; those of Ksp::read_settings
Outcome<Maker> find_maker(Ksp& ksp, Handle handle) {
    CARDMUX_TRY_ASSIGN(const auto provider, ksp.find_provider(handle));
    CARDMUX_TRY_ASSIGN(const api::ProviderSettings settings, ksp.read_settings(*provider));
    return Maker{provider, handle, settings};
}

/// 0: its curve is to be named.
std::uint32_t bits_of(const Algorithm& algorithm, const KeyPlan& plan,
                      const api::ProviderSettings& settings) {
    if (plan.imported)
        return static_cast<std::uint32_t>(crypto::key_bits(crypto::public_key_of(*plan.imported)));
    if (algorithm.is_rsa()) return settings.default_key_bits;
    return algorithm.curve ? curve_bits(*algorithm.curve) : 0;
}

Outcome<std::shared_ptr<KspKey>> planned_key(Ksp& ksp, const Maker& maker,
                                             const Algorithm& algorithm, KeyPlan plan) {
    CARDMUX_TRY_ASSIGN(const auto cards, ksp.world().provider());
    auto key = std::make_shared<KspKey>();
    key->provider = maker.provider;
    key->provider_handle = maker.handle;
    key->settings = maker.settings;
    key->client = cards->make_client(ksp.world().domain());
    key->state.lock()->algorithm = &algorithm;
    key->state.lock()->bits = bits_of(algorithm, plan, maker.settings);
    key->plan = std::move(plan);
    return key;
}

// ---- the registry's word on imports -------------------------------------------------------------

/// errors    NTE_PERM: the registry allows none of the kinds that the blob may be
Outcome<void> check_any_import(const api::ProviderSettings& settings, const std::string& type) {
    const bool allows_rsa = settings.may_import_exchange_keys || settings.may_import_signature_keys;
    const bool allows_ecc = settings.may_import_ecdh_keys || settings.may_import_ecdsa_keys;
    const bool is_rsa_type = type.starts_with("RSA") || type == "CAPIPRIVATEBLOB";
    const bool is_ecc_type = type == "ECCPRIVATEBLOB";
    const bool may = is_rsa_type ? allows_rsa : is_ecc_type ? allows_ecc : allows_rsa || allows_ecc;
    if (!may || settings.on_card_generation_only) return refuse(status::nte_perm);
    return done();
}

Outcome<void> check_import(const api::ProviderSettings& settings, const crypto::PrivateKey& key,
                           token::KeyPurpose purpose) {
    bool may = settings.may_import_exchange_keys;
    if (purpose == token::KeyPurpose::KeyAgreement) {
        may = settings.may_import_ecdh_keys;
    } else if (!is_rsa(key)) {
        may = settings.may_import_ecdsa_keys;
    } else if (purpose == token::KeyPurpose::Signature) {
        may = settings.may_import_signature_keys;
    }
    if (!may || settings.on_card_generation_only) return refuse(status::nte_perm);
    return done();
}

/// What the blob does not say: an elliptic key signs, unless only others may be imported.
const Algorithm& algorithm_for(const PrivateBlobKey& parsed,
                               const api::ProviderSettings& settings) {
    const bool only_ecdh = settings.may_import_ecdh_keys && !settings.may_import_ecdsa_keys;
    return algorithm_of(crypto::public_key_of(parsed.key), parsed.derives.value_or(only_ecdh));
}

// ---- making -------------------------------------------------------------------------------------

/// One call makes a key; others are told that it is being made. Given back unless it was made.
class MakingTurn {
  public:
    explicit MakingTurn(KspKey& key) : key_(key) {
        auto state = key_.state.lock();
        is_ours_ = !state->is_being_made;
        state->is_being_made = true;
    }
    ~MakingTurn() {
        if (is_ours_ && !is_made_) key_.state.lock()->is_being_made = false;
    }
    MakingTurn(const MakingTurn&) = delete;
    MakingTurn& operator=(const MakingTurn&) = delete;

    bool is_ours() const { return is_ours_; }
    void end() { is_made_ = true; }

  private:
    KspKey& key_;
    bool is_ours_ = false;
    bool is_made_ = false;
};

token::KeyPurpose purpose_of(KspKey& key) {
    if (key.algorithm().derives()) return token::KeyPurpose::KeyAgreement;
    if (!key.algorithm().is_rsa() || key.plan->signs_only) return token::KeyPurpose::Signature;
    const auto usage = key.state.lock()->usage;
    const bool only_signs = usage && (*usage & usage::decrypt) == 0;
    return only_signs ? token::KeyPurpose::Signature : token::KeyPurpose::KeyExchange;
}

/// errors    NTE_BAD_KEY_STATE: its curve was not named; NTE_PERM
Outcome<token::NewKey> wanted_key(KspKey& key) {
    const KeyPlan& plan = *key.plan;
    token::NewKey wanted;
    wanted.key_reference = plan.place;
    wanted.purpose = purpose_of(key);
    wanted.container_name = plan.name;
    wanted.replace = plan.replaces;
    if (plan.imported) {
        CARDMUX_TRY(check_import(key.settings, *plan.imported, wanted.purpose));
        wanted.source = container::copy_of(*plan.imported);
    } else if (!key.algorithm().is_rsa()) {
        const auto curve = key.algorithm().curve;
        if (!curve) return refuse(status::nte_bad_key_state);
        wanted.source = crypto::KeyKind(*curve);
    } else {
        wanted.source = crypto::KeyKind(crypto::RsaKind{key.state.lock()->bits});
    }
    return wanted;
}

/// The key as the card shows it.
///
/// errors    SCARD_E_UNEXPECTED: it does not
Outcome<std::shared_ptr<KspKey>> made_key(KspKey& plan, std::uint8_t reference) {
    container::CardInReader card = plan.plan->card;
    CARDMUX_TRY_ASSIGN(card.contents, card.token->contents(plan.client, Deadline::never()));
    for (const container::Container& there : container::containers_of(*card.contents)) {
        if (there.key_reference != reference) continue;
        auto key = std::make_shared<KspKey>();
        key->provider = plan.provider;
        key->provider_handle = plan.provider_handle;
        key->client = plan.client;
        key->settings = plan.settings;
        key->container = container::FoundContainer{card, there};
        key->public_key = key->container->key().key.public_key;
        KspKey::State state = *plan.state.lock();
        state.algorithm = &algorithm_of(*key->public_key, state.algorithm->derives());
        *key->state.lock() = std::move(state);
        return key;
    }
    return refuse(status::scard_e_unexpected);
}

}  // namespace

Outcome<Handle> create_key(Ksp& ksp, Handle provider, const Creation& creation) {
    CARDMUX_TRY_ASSIGN(const Maker maker, find_maker(ksp, provider));
    CARDMUX_TRY(
        check_flags(creation.flags, flag::silent | flag::machine_key | flag::overwrite_key));
    if (creation.legacy_spec > at_signature) return refuse(status::nte_invalid_parameter);
    const Algorithm* algorithm = find_algorithm(creation.algorithm);
    if (algorithm == nullptr) return refuse(status::nte_not_supported);
    CARDMUX_TRY_ASSIGN(const auto name, parse_name(*maker.provider, creation.name));
    CARDMUX_TRY_ASSIGN(KeyPlan plan, plan_for(ksp, *maker.provider, name,
                                              (creation.flags & flag::overwrite_key) != 0));
    plan.signs_only = creation.legacy_spec == at_signature;
    CARDMUX_TRY_ASSIGN(auto key, planned_key(ksp, maker, *algorithm, std::move(plan)));
    return ksp.add(std::move(key));
}

Outcome<void> finalize_key(Ksp& ksp, Handle provider, Handle handle, std::uint32_t flags) {
    CARDMUX_TRY_ASSIGN(const auto key, ksp.find_key(provider, handle));
    CARDMUX_TRY(check_flags(
        flags, flag::silent | flag::no_key_validation | flag::to_legacy_store | flag::machine_key));
    if (!key->plan) return refuse(status::nte_bad_key_state);
    MakingTurn turn(*key);
    if (!turn.is_ours()) return refuse(status::nte_bad_key_state);
    CARDMUX_TRY_ASSIGN(const token::NewKey wanted, wanted_key(*key));
    CARDMUX_TRY_ASSIGN(
        const std::uint8_t reference,
        ksp.access().create_key(key->plan->card, ksp.caller_for(*key, flags), wanted));
    turn.end();
    ksp.notices().tell();
    CARDMUX_TRY_ASSIGN(auto made, made_key(*key, reference));
    ksp.replace(handle, std::move(made));
    return done();
}

namespace {

Outcome<Handle> import_private_key(Ksp& ksp, Handle provider, const Import& import) {
    CARDMUX_TRY_ASSIGN(const Maker maker, find_maker(ksp, provider));
    const api::ProviderSettings& settings = maker.settings;
    CARDMUX_TRY(check_any_import(settings, import.type));
    CARDMUX_TRY_ASSIGN(PrivateBlobKey parsed,
                       parse_private_blob(import.type, import.blob, import.curve_name));
    CARDMUX_TRY_ASSIGN(const auto name, parse_name(*maker.provider, import.name));
    CARDMUX_TRY_ASSIGN(KeyPlan plan, plan_for(ksp, *maker.provider, name,
                                              (import.flags & flag::overwrite_key) != 0));
    const Algorithm& algorithm = algorithm_for(parsed, settings);
    plan.signs_only = !settings.may_import_exchange_keys;  // of RSA, the other kind
    plan.imported = std::move(parsed.key);
    CARDMUX_TRY_ASSIGN(auto key, planned_key(ksp, maker, algorithm, std::move(plan)));
    const Handle handle = ksp.add(std::move(key));
    if ((import.flags & flag::do_not_finalize) != 0) return handle;
    const Outcome<void> finalized =
        finalize_key(ksp, provider, handle, import.flags & flag::silent);
    if (finalized.ok()) return handle;
    (void)ksp.free_key(provider, handle).ok();
    return finalized.error();
}

}  // namespace

Outcome<Handle> import_key(Ksp& ksp, Handle provider_handle, const Import& import) {
    CARDMUX_TRY_ASSIGN(const auto provider, ksp.find_provider(provider_handle));
    CARDMUX_TRY(check_flags(import.flags, flag::silent | flag::machine_key | flag::overwrite_key |
                                              flag::no_key_validation | flag::to_legacy_store |
                                              flag::do_not_finalize));
    if (import.import_key != 0) return refuse(status::nte_not_supported);
    if (is_private_blob_type(import.type)) return import_private_key(ksp, provider_handle, import);
    CARDMUX_TRY_ASSIGN(BlobKey parsed,
                       parse_public_blob(import.type, import.blob, import.curve_name));
    auto key = std::make_shared<KspKey>();
    key->provider = provider;
    key->provider_handle = provider_handle;
    key->state.lock()->algorithm = &algorithm_of(parsed.key, parsed.derives);
    key->public_key = std::move(parsed.key);
    return ksp.add(std::move(key));
}

}  // namespace cardmux::ksp
