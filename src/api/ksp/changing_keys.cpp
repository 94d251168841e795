// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "api/ksp/changing_keys.h"

#include "api/ksp/opening.h"
#include "api/ksp/private_blobs.h"
#include "api/ksp/public_blobs.h"
#include "container/find_container.h"

namespace cardmux::ksp {
namespace {

void say_not_written(Ksp& ksp, const char* what, const std::string& name) {
    LogLine(ksp.log(), LogLevel::Warning, "not_written")
        .with("what", what)
        .with("container", name)
        .with("reason", "this version does not write to cards");
}

/// errors    NTE_PERM: the registry allows none of the kinds that the blob may be
Outcome<void> check_private_import(const api::ProviderSettings& settings, const std::string& type) {
    const bool allows_rsa = settings.may_import_exchange_keys || settings.may_import_signature_keys;
    const bool allows_ecc = settings.may_import_ecdh_keys || settings.may_import_ecdsa_keys;
    const bool is_rsa = type.starts_with("RSA") || type == "CAPIPRIVATEBLOB";
    const bool is_ecc = type == "ECCPRIVATEBLOB";
    const bool may = is_rsa ? allows_rsa : is_ecc ? allows_ecc : allows_rsa || allows_ecc;
    if (!may || settings.on_card_generation_only) return refuse(status::nte_perm);
    return done();
}

/// errors    NTE_EXISTS; those of finding it, but for its not being there
Outcome<void> check_new(Ksp& ksp, const KspProvider& provider,
                        const container::ContainerName& name) {
    CARDMUX_TRY_ASSIGN(const auto cards, ksp.world().provider());
    cards->set_hold(provider.settings.hold);
    const auto found = container::find_container(
        *cards, name, cards->make_client(ksp.world().domain()), Deadline::never());
    if (found) return refuse(status::nte_exists);
    const ErrorCode code = found.error().code;
    if (code == ErrorCode::KeyNotFound || code == ErrorCode::ObjectNotFound) return done();
    return found.error();
}

}  // namespace

Outcome<void> export_key(KspKey& key, Handle export_key, const std::string& type, Output& blob,
                         std::uint32_t flags) {
    CARDMUX_TRY(check_flags(flags, flag::silent | flag::machine_key));
    if (!key.public_key) return refuse(status::nte_bad_key_state);
    if (export_key != 0) return refuse(status::nte_not_supported);
    CARDMUX_TRY_ASSIGN(const Bytes bytes,
                       encode_public_blob(type, {*key.public_key, key.algorithm->derives()}));
    return blob.give(bytes);
}

Outcome<Handle> import_key(Ksp& ksp, Handle provider_handle, const Import& import) {
    CARDMUX_TRY_ASSIGN(const auto provider, ksp.find_provider(provider_handle));
    CARDMUX_TRY(check_flags(import.flags, flag::silent | flag::machine_key | flag::overwrite_key |
                                              flag::no_key_validation | flag::to_legacy_store |
                                              flag::do_not_finalize));
    if (import.import_key != 0) return refuse(status::nte_not_supported);
    if (is_private_blob_type(import.type)) {
        CARDMUX_TRY(check_private_import(provider->settings, import.type));
        say_not_written(ksp, "imported key", import.name);
        return refuse(status::nte_not_supported);
    }
    CARDMUX_TRY_ASSIGN(BlobKey parsed, parse_public_blob(import.type, import.blob));
    auto key = std::make_shared<KspKey>();
    key->provider = provider;
    key->provider_handle = provider_handle;
    key->algorithm = &algorithm_of(parsed.key, parsed.derives);
    key->public_key = std::move(parsed.key);
    return ksp.add(std::move(key));
}

Outcome<Handle> create_key(Ksp& ksp, Handle provider_handle, const std::string& algorithm_name,
                           const std::string& text, std::uint32_t flags) {
    CARDMUX_TRY_ASSIGN(const auto provider, ksp.find_provider(provider_handle));
    CARDMUX_TRY(check_flags(flags, flag::silent | flag::machine_key | flag::overwrite_key));
    const Algorithm* algorithm = find_algorithm(algorithm_name);
    if (algorithm == nullptr) return refuse(status::nte_not_supported);
    CARDMUX_TRY_ASSIGN(const auto name, parse_name(*provider, text));
    if (name.container.empty()) return refuse(status::nte_not_supported);
    if ((flags & flag::overwrite_key) == 0) CARDMUX_TRY(check_new(ksp, *provider, name));
    auto key = std::make_shared<KspKey>();
    key->provider = provider;
    key->provider_handle = provider_handle;
    key->algorithm = algorithm;
    key->name = name.container;
    key->state.lock()->bits =
        algorithm->curve ? static_cast<std::uint32_t>(8 * crypto::field_size(*algorithm->curve))
                         : provider->settings.default_key_bits;
    return ksp.add(std::move(key));
}

Outcome<void> finalize_key(Ksp& ksp, KspKey& key, std::uint32_t flags) {
    CARDMUX_TRY(check_flags(
        flags, flag::silent | flag::no_key_validation | flag::to_legacy_store | flag::machine_key));
    if (key.public_key) return refuse(status::nte_bad_key_state);
    say_not_written(ksp, "new key", key.name);
    return refuse(status::nte_not_supported);
}

Outcome<void> delete_key(Ksp& ksp, KspKey& key, std::uint32_t flags) {
    CARDMUX_TRY(check_flags(flags, flag::silent | flag::machine_key));
    if (!key.public_key) return refuse(status::nte_bad_key_state);
    if (!key.container) return refuse(status::nte_not_supported);
    say_not_written(ksp, "deletion of a key", key.container->container.name);
    return refuse(status::scard_e_read_only_card);
}

}  // namespace cardmux::ksp
