// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// A double of Windows' ncrypt.dll, since Wine's never loads a key storage provider: it finds the
// provider's DLL by the registry and hands each call on to its table. Calls of a program under test
// and the code of the provider under test are the real ones; this is the glue between.
//
// NCRYPT_DOUBLE_FREES_AT_ONCE=1 in the environment: what a program frees is freed in the provider
// at once, under the feet of threads that are inside a call with it. Without, when the last call
// has returned and the last key of a provider is gone. What Windows does is not documented; a
// provider has to stand both.
#include <cwchar>

#include "windows/ncrypt/objects.h"

namespace ncrypt_double {
namespace {

bool frees_at_once() {
    wchar_t value[2];
    return GetEnvironmentVariableW(L"NCRYPT_DOUBLE_FREES_AT_ONCE", value, 2) == 1 &&
           value[0] == L'1';
}

/// Calls the function with the object of that handle, kept until it returns.
template <class Call>
Status with(ULONG_PTR handle, Kind kind, Call&& call) {
    const auto object = find(handle, kind);
    return object ? call(*object, object->table()) : NTE_INVALID_HANDLE;
}

/// Makes a handle of what the provider gave.
template <class Call>
Status make(const std::shared_ptr<Object>& provider, Kind kind, ULONG_PTR* out, Call&& call) {
    if (!provider) return NTE_INVALID_HANDLE;
    if (out == nullptr) return NTE_INVALID_PARAMETER;
    *out = 0;
    ULONG_PTR own = 0;
    const Status status = call(provider->own(), &own, provider->table());
    if (status == 0) {
        *out = add(std::make_shared<Object>(kind, provider->dll(), provider, own));
    }
    return status;
}

/// The provider of a key, with the handle that it gave for it; 0 for no key.
bool own_key(NCRYPT_KEY_HANDLE handle, std::shared_ptr<Object>& key, KeyHandle& own) {
    own = 0;
    if (handle == 0) return true;
    key = find(handle, Kind::Key);
    if (key) own = key->own();
    return key != nullptr;
}

}  // namespace
}  // namespace ncrypt_double

using namespace ncrypt_double;  // NOLINT(google-build-using-namespace): C functions of one DLL

extern "C" {

Status WINAPI NCryptOpenStorageProvider(ProvHandle* out, Name name, DWORD flags) {
    if (out == nullptr || name == nullptr) return NTE_INVALID_PARAMETER;
    *out = 0;
    Status status = 0;
    auto library = Library::load(name, status);
    if (!library) return status;
    ProvHandle own = 0;
    status = library->table().open_provider(&own, name, flags);
    if (status == 0) {
        *out = add(std::make_shared<Object>(Kind::Provider, std::move(library), nullptr, own));
    }
    return status;
}

Status WINAPI NCryptOpenKey(ProvHandle provider, KeyHandle* out, Name name, DWORD spec,
                            DWORD flags) {
    return make(find(provider, Kind::Provider), Kind::Key, out,
                [&](ProvHandle own, KeyHandle* key, const KeyStorageTable& table) {
                    return table.open_key(own, key, name, spec, flags);
                });
}

Status WINAPI NCryptCreatePersistedKey(ProvHandle provider, KeyHandle* out, Name algorithm,
                                       Name name, DWORD spec, DWORD flags) {
    return make(find(provider, Kind::Provider), Kind::Key, out,
                [&](ProvHandle own, KeyHandle* key, const KeyStorageTable& table) {
                    return table.create_key(own, key, algorithm, name, spec, flags);
                });
}

Status WINAPI NCryptImportKey(ProvHandle provider, KeyHandle importing, Name type, List list,
                              KeyHandle* out, PBYTE data, DWORD size, DWORD flags) {
    std::shared_ptr<Object> object;
    KeyHandle own_importing = 0;
    if (!own_key(importing, object, own_importing)) return NTE_INVALID_HANDLE;
    return make(find(provider, Kind::Provider), Kind::Key, out,
                [&](ProvHandle own, KeyHandle* key, const KeyStorageTable& table) {
                    return table.import_key(own, own_importing, type, list, key, data, size, flags);
                });
}

Status WINAPI NCryptGetProperty(NCRYPT_HANDLE handle, Name name, PBYTE out, DWORD room, DWORD* size,
                                DWORD flags) {
    const auto object = find_any(handle);
    if (!object) return NTE_INVALID_HANDLE;
    if (name == nullptr || size == nullptr) return NTE_INVALID_PARAMETER;
    if (object->kind() == Kind::Provider) {
        return object->table().get_provider_property(object->own(), name, out, room, size, flags);
    }
    if (object->kind() == Kind::Secret) return NTE_NOT_SUPPORTED;
    if (std::wcscmp(name, NCRYPT_PROVIDER_HANDLE_PROPERTY) == 0) {  // ncrypt's own
        *size = sizeof(ProvHandle);
        if (out == nullptr) return 0;
        if (room < sizeof(ProvHandle)) return NTE_BUFFER_TOO_SMALL;
        if (object->provider()->is_free()) return NTE_INVALID_HANDLE;
        *reinterpret_cast<ProvHandle*>(out) = add(object->provider());
        return 0;
    }
    return object->table().get_key_property(object->provider_own(), object->own(), name, out, room,
                                            size, flags);
}

Status WINAPI NCryptSetProperty(NCRYPT_HANDLE handle, Name name, PBYTE value, DWORD size,
                                DWORD flags) {
    const auto object = find_any(handle);
    if (!object) return NTE_INVALID_HANDLE;
    if (name == nullptr) return NTE_INVALID_PARAMETER;
    if (object->kind() == Kind::Provider) {
        return object->table().set_provider_property(object->own(), name, value, size, flags);
    }
    if (object->kind() == Kind::Secret) return NTE_NOT_SUPPORTED;
    return object->table().set_key_property(object->provider_own(), object->own(), name, value,
                                            size, flags);
}

Status WINAPI NCryptFinalizeKey(KeyHandle handle, DWORD flags) {
    return with(handle, Kind::Key, [&](Object& key, const KeyStorageTable& table) {
        return table.finalize_key(key.provider_own(), key.own(), flags);
    });
}

/// A key that was deleted takes its handle with it.
Status WINAPI NCryptDeleteKey(KeyHandle handle, DWORD flags) {
    return with(handle, Kind::Key, [&](Object& key, const KeyStorageTable& table) {
        const Status status = table.delete_key(key.provider_own(), key.own(), flags);
        if (status != 0) return status;
        key.forget();
        take(handle);
        return status;
    });
}

Status WINAPI NCryptFreeObject(NCRYPT_HANDLE handle) {
    const auto object = take(handle);
    if (!object) return NTE_INVALID_HANDLE;
    if (frees_at_once() || object.use_count() == 1) return object->free();
    return 0;
}

Status WINAPI NCryptFreeBuffer(void* buffer) {
    const auto library = take_buffer(buffer);
    return library ? library->table().free_buffer(buffer) : NTE_INVALID_PARAMETER;
}

Status WINAPI NCryptEncrypt(KeyHandle handle, PBYTE input, DWORD size, void* padding, PBYTE out,
                            DWORD room, DWORD* length, DWORD flags) {
    return with(handle, Kind::Key, [&](Object& key, const KeyStorageTable& table) {
        return table.encrypt(key.provider_own(), key.own(), input, size, padding, out, room, length,
                             flags);
    });
}

Status WINAPI NCryptDecrypt(KeyHandle handle, PBYTE input, DWORD size, void* padding, PBYTE out,
                            DWORD room, DWORD* length, DWORD flags) {
    return with(handle, Kind::Key, [&](Object& key, const KeyStorageTable& table) {
        return table.decrypt(key.provider_own(), key.own(), input, size, padding, out, room, length,
                             flags);
    });
}

Status WINAPI NCryptIsAlgSupported(ProvHandle handle, Name algorithm, DWORD flags) {
    return with(handle, Kind::Provider, [&](Object& provider, const KeyStorageTable& table) {
        return table.is_algorithm_supported(provider.own(), algorithm, flags);
    });
}

Status WINAPI NCryptEnumAlgorithms(ProvHandle handle, DWORD operations, DWORD* count,
                                   NCryptAlgorithmName** list, DWORD flags) {
    return with(handle, Kind::Provider, [&](Object& provider, const KeyStorageTable& table) {
        const Status status = table.enum_algorithms(provider.own(), operations, count, list, flags);
        if (status == 0) remember_buffer(*list, provider.dll());
        return status;
    });
}

Status WINAPI NCryptEnumKeys(ProvHandle handle, Name scope, NCryptKeyName** name, void** state,
                             DWORD flags) {
    return with(handle, Kind::Provider, [&](Object& provider, const KeyStorageTable& table) {
        const Status status = table.enum_keys(provider.own(), scope, name, state, flags);
        if (status == 0) remember_buffer(*name, provider.dll());
        if (state != nullptr) remember_buffer(*state, provider.dll());
        return status;
    });
}

Status WINAPI NCryptExportKey(KeyHandle handle, KeyHandle exporting, Name type, List list,
                              PBYTE out, DWORD room, DWORD* length, DWORD flags) {
    std::shared_ptr<Object> object;
    KeyHandle own_exporting = 0;
    if (!own_key(exporting, object, own_exporting)) return NTE_INVALID_HANDLE;
    return with(handle, Kind::Key, [&](Object& key, const KeyStorageTable& table) {
        return table.export_key(key.provider_own(), key.own(), own_exporting, type, list, out, room,
                                length, flags);
    });
}

Status WINAPI NCryptSignHash(KeyHandle handle, void* padding, PBYTE hash, DWORD size, PBYTE out,
                             DWORD room, DWORD* length, DWORD flags) {
    return with(handle, Kind::Key, [&](Object& key, const KeyStorageTable& table) {
        return table.sign_hash(key.provider_own(), key.own(), padding, hash, size, out, room,
                               length, flags);
    });
}

Status WINAPI NCryptVerifySignature(KeyHandle handle, void* padding, PBYTE hash, DWORD size,
                                    PBYTE signature, DWORD signature_size, DWORD flags) {
    return with(handle, Kind::Key, [&](Object& key, const KeyStorageTable& table) {
        return table.verify_signature(key.provider_own(), key.own(), padding, hash, size, signature,
                                      signature_size, flags);
    });
}

Status WINAPI NCryptSecretAgreement(KeyHandle private_key, KeyHandle public_key, SecretHandle* out,
                                    DWORD flags) {
    const auto mine = find(private_key, Kind::Key);
    const auto theirs = find(public_key, Kind::Key);
    if (!mine || !theirs || mine->provider() != theirs->provider()) return NTE_INVALID_HANDLE;
    return make(mine->provider(), Kind::Secret, out,
                [&](ProvHandle own, SecretHandle* secret, const KeyStorageTable& table) {
                    return table.secret_agreement(own, mine->own(), theirs->own(), secret, flags);
                });
}

Status WINAPI NCryptDeriveKey(SecretHandle handle, Name function, List list, PBYTE out, DWORD room,
                              DWORD* length, ULONG flags) {
    return with(handle, Kind::Secret, [&](Object& secret, const KeyStorageTable& table) {
        return table.derive_key(secret.provider_own(), secret.own(), function, list, out, room,
                                length, flags);
    });
}

Status WINAPI NCryptKeyDerivation(KeyHandle handle, List list, PUCHAR out, DWORD room,
                                  DWORD* length, ULONG flags) {
    return with(handle, Kind::Key, [&](Object& key, const KeyStorageTable& table) {
        if (table.version.major < 2) return static_cast<Status>(NTE_NOT_SUPPORTED);
        return table.key_derivation(key.provider_own(), key.own(), list, out, room, length, flags);
    });
}

Status WINAPI NCryptCreateClaim(KeyHandle subject, KeyHandle authority, DWORD type, List list,
                                PBYTE out, DWORD room, DWORD* length, DWORD flags) {
    std::shared_ptr<Object> object;
    KeyHandle own_authority = 0;
    if (!own_key(authority, object, own_authority)) return NTE_INVALID_HANDLE;
    return with(subject, Kind::Key, [&](Object& key, const KeyStorageTable& table) {
        if (table.version.major < 3) return static_cast<Status>(NTE_NOT_SUPPORTED);
        return table.create_claim(key.provider_own(), key.own(), own_authority, type, list, out,
                                  room, length, flags);
    });
}

Status WINAPI NCryptVerifyClaim(KeyHandle subject, KeyHandle authority, DWORD type, List list,
                                PBYTE claim, DWORD size, List output, DWORD flags) {
    std::shared_ptr<Object> object;
    KeyHandle own_authority = 0;
    if (!own_key(authority, object, own_authority)) return NTE_INVALID_HANDLE;
    return with(subject, Kind::Key, [&](Object& key, const KeyStorageTable& table) {
        if (table.version.major < 3) return static_cast<Status>(NTE_NOT_SUPPORTED);
        return table.verify_claim(key.provider_own(), key.own(), own_authority, type, list, claim,
                                  size, output, flags);
    });
}

Status WINAPI NCryptNotifyChangeKey(ProvHandle handle, HANDLE* event, DWORD flags) {
    return with(handle, Kind::Provider, [&](Object& provider, const KeyStorageTable& table) {
        return table.notify_change(provider.own(), event, flags);
    });
}

BOOL WINAPI NCryptIsKeyHandle(KeyHandle handle) {
    return find(handle, Kind::Key) ? TRUE : FALSE;
}

/// From CryptoAPI's handles to CNG's: the double knows nothing of the former.
Status WINAPI NCryptTranslateHandle(ProvHandle*, KeyHandle*, HCRYPTPROV, HCRYPTKEY, DWORD, DWORD) {
    return NTE_NOT_SUPPORTED;
}

}  // extern "C"
