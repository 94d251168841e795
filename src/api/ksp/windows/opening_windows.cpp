// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <atomic>

#include "api/ksp/opening.h"
#include "api/ksp/windows/call_windows.h"
#include "api/ksp/windows/entries_windows.h"
#include "base/wide_text_windows.h"

namespace cardmux::ksp::entries {
namespace {

using api::CallPurpose;
using Provider = NCRYPT_PROV_HANDLE;
using Key = NCRYPT_KEY_HANDLE;

/// What NCryptEnumAlgorithms gives: an array, and the texts that it points to.
struct AlgorithmBlock final : Block {
    std::vector<std::wstring> names;
    std::vector<NCryptAlgorithmName> entries;
};

/// What NCryptEnumKeys gives: one key.
struct KeyNameBlock final : Block {
    std::wstring name;
    std::wstring algorithm;
    NCryptKeyName entry{};
};

/// Where NCryptEnumKeys goes on.
struct KeyList final : Block {
    KeyListing list;
    std::atomic<std::size_t> next = 0;

    Refusal end() const {
        return list.end ? Refusal(*list.end) : refuse(status::nte_no_more_items);
    }
};

std::shared_ptr<AlgorithmBlock> block_of(const std::vector<const Algorithm*>& found) {
    auto block = std::make_shared<AlgorithmBlock>();
    for (const Algorithm* algorithm : found) block->names.push_back(to_wide(algorithm->name));
    for (std::size_t i = 0; i < found.size(); ++i) {
        block->entries.push_back({block->names[i].data(),
                                  static_cast<DWORD>(found[i]->algorithm_class),
                                  found[i]->operations, 0});
    }
    return block;
}

std::shared_ptr<KeyNameBlock> block_of(const ListedKey& key) {
    auto block = std::make_shared<KeyNameBlock>();
    block->name = to_wide(key.name);
    block->algorithm = to_wide(key.algorithm);
    block->entry = {block->name.data(), block->algorithm.data(), key.legacy_spec, 0};
    return block;
}

/// The list that `state` stands for; made by the first call.
Outcome<std::shared_ptr<KeyList>> list_of(Ksp& ksp, Provider provider, const std::string& scope,
                                          PVOID* state, DWORD flags) {
    if (*state != nullptr) {
        auto list = std::dynamic_pointer_cast<KeyList>(ksp.find_block(*state));
        if (!list) return refuse(status::nte_invalid_parameter);
        CARDMUX_TRY(ksp.find_provider(provider));
        return list;
    }
    auto list = std::make_shared<KeyList>();
    CARDMUX_TRY_ASSIGN(list->list, list_keys(ksp, provider, scope, flags));
    if (list->list.keys.empty()) return list->end();
    ksp.keep_block(list.get(), list);
    *state = list.get();
    return list;
}

SECURITY_STATUS WINAPI OpenProvider(Provider* provider, LPCWSTR name, DWORD flags) noexcept {
    return call<CallPurpose::Other>("NCryptOpenStorageProvider", [&](Ksp& ksp) -> Outcome<void> {
        CARDMUX_TRY(need(provider));
        CARDMUX_TRY_ASSIGN(*provider, open_provider(ksp, text_of(name), flags));
        return done();
    });
}

SECURITY_STATUS WINAPI OpenKey(Provider provider, Key* key, LPCWSTR name, DWORD legacy_spec,
                               DWORD flags) noexcept {
    return call<CallPurpose::OpenContainer>("NCryptOpenKey", [&](Ksp& ksp) -> Outcome<void> {
        CARDMUX_TRY(need(key));
        CARDMUX_TRY_ASSIGN(*key, open_key(ksp, provider, text_of(name), legacy_spec, flags));
        return done();
    });
}

SECURITY_STATUS WINAPI FreeProvider(Provider provider) noexcept {
    return call("NCryptFreeObject", [&](Ksp& ksp) { return ksp.free_provider(provider); });
}

SECURITY_STATUS WINAPI FreeKey(Provider provider, Key key) noexcept {
    return call("NCryptFreeObject", [&](Ksp& ksp) { return ksp.free_key(provider, key); });
}

SECURITY_STATUS WINAPI FreeSecret(Provider provider, NCRYPT_SECRET_HANDLE secret) noexcept {
    return call("NCryptFreeObject", [&](Ksp& ksp) { return ksp.free_secret(provider, secret); });
}

SECURITY_STATUS WINAPI FreeBuffer(PVOID buffer) noexcept {
    return call("NCryptFreeBuffer", [&](Ksp& ksp) { return ksp.free_block(buffer); });
}

SECURITY_STATUS WINAPI IsAlgSupported(Provider provider, LPCWSTR name, DWORD flags) noexcept {
    return call("NCryptIsAlgSupported", [&](Ksp& ksp) -> Outcome<void> {
        CARDMUX_TRY(need(name));
        return check_algorithm(ksp, provider, text_of(name), flags);
    });
}

SECURITY_STATUS WINAPI EnumAlgorithms(Provider provider, DWORD operations, DWORD* count,
                                      NCryptAlgorithmName** list, DWORD flags) noexcept {
    return call("NCryptEnumAlgorithms", [&](Ksp& ksp) -> Outcome<void> {
        CARDMUX_TRY(need(count));
        CARDMUX_TRY(need(list));
        CARDMUX_TRY_ASSIGN(const auto found, list_algorithms(ksp, provider, operations, flags));
        const auto block = block_of(found);
        ksp.keep_block(block->entries.data(), block);
        *list = block->entries.data();
        *count = static_cast<DWORD>(block->entries.size());
        return done();
    });
}

SECURITY_STATUS WINAPI EnumKeys(Provider provider, LPCWSTR scope, NCryptKeyName** name,
                                PVOID* state, DWORD flags) noexcept {
    return call("NCryptEnumKeys", [&](Ksp& ksp) -> Outcome<void> {
        CARDMUX_TRY(need(name));
        CARDMUX_TRY(need(state));
        CARDMUX_TRY_ASSIGN(const auto list, list_of(ksp, provider, text_of(scope), state, flags));
        const std::size_t index = list->next++;
        if (index >= list->list.keys.size()) return list->end();
        const auto block = block_of(list->list.keys[index]);
        ksp.keep_block(&block->entry, block);
        *name = &block->entry;
        return done();
    });
}

SECURITY_STATUS WINAPI NotifyChangeKey(Provider provider, HANDLE* event, DWORD flags) noexcept {
    return call<CallPurpose::Other>("NCryptNotifyChangeKey", [&](Ksp& ksp) -> Outcome<void> {
        CARDMUX_TRY(need(event));
        std::uint64_t number = reinterpret_cast<std::uintptr_t>(*event);
        CARDMUX_TRY(notify_change(ksp, provider, number, flags));
        *event = reinterpret_cast<HANDLE>(static_cast<std::uintptr_t>(number));
        return done();
    });
}

}  // namespace

void add_opening(Table& table) {
    table.OpenProvider = OpenProvider;
    table.OpenKey = OpenKey;
    table.FreeProvider = FreeProvider;
    table.FreeKey = FreeKey;
    table.FreeSecret = FreeSecret;
    table.FreeBuffer = FreeBuffer;
    table.IsAlgSupported = IsAlgSupported;
    table.EnumAlgorithms = EnumAlgorithms;
    table.EnumKeys = EnumKeys;
    table.NotifyChangeKey = NotifyChangeKey;
}

}  // namespace cardmux::ksp::entries
