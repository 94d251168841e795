// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "api/ksp/changing_keys.h"

#include "api/ksp/public_blobs.h"

namespace cardmux::ksp {
namespace {

/// A card that nothing can be written to is told apart from what it does not take; and a key in
/// whose place another is by now is none.
Outcome<void> written(const Result<void>& result) {
    if (result.ok()) return done();
    const Error& error = result.error();
    if (error.code == ErrorCode::NotSupported)
        return Refusal(status::scard_e_read_only_card, error);
    if (error.code == ErrorCode::KeyNotFound) return Refusal(status::nte_bad_keyset, error);
    return error;
}

}  // namespace

Outcome<void> export_key(KspKey& key, Handle export_key, const std::string& type, Output& blob,
                         std::uint32_t flags) {
    CARDMUX_TRY(check_flags(flags, flag::silent | flag::machine_key));
    if (!key.public_key) return refuse(status::nte_bad_key_state);
    if (export_key != 0) return refuse(status::nte_not_supported);
    CARDMUX_TRY_ASSIGN(const Bytes bytes,
                       encode_public_blob(type, {*key.public_key, key.algorithm().derives()}));
    return blob.give(bytes);
}

Outcome<void> delete_key(Ksp& ksp, Handle provider, Handle handle, std::uint32_t flags) {
    CARDMUX_TRY_ASSIGN(const auto key, ksp.find_key(provider, handle));
    CARDMUX_TRY(check_flags(flags, flag::silent | flag::machine_key));
    if (!key->public_key) return refuse(status::nte_bad_key_state);
    if (!key->container) return refuse(status::nte_not_supported);
    CARDMUX_TRY(written(ksp.access().delete_key(*key->container, ksp.caller_for(*key, flags))));
    ksp.notices().tell();
    (void)ksp.free_key(provider, handle).ok();  // another thread may have done so
    return done();
}

Outcome<void> set_certificate(Ksp& ksp, KspKey& key, ByteView der, std::uint32_t flags) {
    if (!key.public_key) return refuse(status::nte_bad_key_state);
    if (!key.container) return refuse(status::nte_not_supported);
    CARDMUX_TRY(
        written(ksp.access().write_certificate(*key.container, ksp.caller_for(key, flags), der)));
    ksp.notices().tell();
    return done();
}

std::shared_ptr<const token::TokenContents> contents_around(const KspKey& key) {
    const container::FoundContainer& found = *key.container;
    const auto now = found.card.token->contents(key.client, Deadline::never());
    if (!now) return found.card.contents;
    const token::TokenKey* there = (*now)->find_key(found.container.key_reference);
    const bool is_same = there != nullptr && there->key.public_key == *key.public_key;
    return is_same ? *now : found.card.contents;
}

}  // namespace cardmux::ksp
