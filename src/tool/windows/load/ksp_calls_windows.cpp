// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "tool/windows/load/ksp_calls_windows.h"

#include "base/loaded_dll_windows.h"
#include "base/wide_text_windows.h"

namespace cardmux::tool::windows {
namespace {

/// Asks `call(data, size, &size)` for the size, then for the value.
template <typename Call>
SECURITY_STATUS in_two_calls(Bytes& value, Call call) {
    DWORD size = 0;
    SECURITY_STATUS status = call(nullptr, 0, &size);
    if (status != ERROR_SUCCESS) return status;
    value.assign(std::size_t{size} + 1, 0);  // never empty: null asks for the size
    status = call(value.data(), size, &size);
    value.resize(status == ERROR_SUCCESS ? size : 0);
    return status;
}

BYTE* bytes_for(ByteView bytes) {
    return const_cast<BYTE*>(bytes.data());
}

using Provider = NCRYPT_PROV_HANDLE;
using Key = NCRYPT_KEY_HANDLE;

struct SystemFunctions {
    decltype(&NCryptOpenStorageProvider) open_provider = nullptr;
    decltype(&NCryptEnumKeys) enum_keys = nullptr;
    decltype(&NCryptFreeBuffer) free_buffer = nullptr;
    decltype(&NCryptOpenKey) open_key = nullptr;
    decltype(&NCryptFreeObject) free_object = nullptr;
    decltype(&NCryptGetProperty) get_property = nullptr;
    decltype(&NCryptSetProperty) set_property = nullptr;
    decltype(&NCryptExportKey) export_key = nullptr;
    decltype(&NCryptSignHash) sign_hash = nullptr;

    bool find_all(HMODULE dll) {
        return find_function(dll, "NCryptOpenStorageProvider", open_provider) &&
               find_function(dll, "NCryptEnumKeys", enum_keys) &&
               find_function(dll, "NCryptFreeBuffer", free_buffer) &&
               find_function(dll, "NCryptOpenKey", open_key) &&
               find_function(dll, "NCryptFreeObject", free_object) &&
               find_function(dll, "NCryptGetProperty", get_property) &&
               find_function(dll, "NCryptSetProperty", set_property) &&
               find_function(dll, "NCryptExportKey", export_key) &&
               find_function(dll, "NCryptSignHash", sign_hash);
    }
};

/// ncrypt's functions want no provider beside a key.
KspFunctions functions_of(const SystemFunctions& system) {
    KspFunctions functions;
    functions.open_provider = system.open_provider;
    functions.free_provider = system.free_object;
    functions.free_buffer = system.free_buffer;
    functions.enum_keys = system.enum_keys;
    functions.open_key = system.open_key;
    functions.free_key = [system](Provider, Key key) { return system.free_object(key); };
    functions.get_provider_property = system.get_property;
    functions.get_key_property = [system](Provider, Key key, LPCWSTR name, BYTE* data, DWORD size,
                                          DWORD* result, DWORD flags) {
        return system.get_property(key, name, data, size, result, flags);
    };
    functions.set_key_property = [system](Provider, Key key, LPCWSTR name, BYTE* data, DWORD size,
                                          DWORD flags) {
        return system.set_property(key, name, data, size, flags);
    };
    functions.export_key = [system](Provider, Key key, Key by, LPCWSTR type,
                                    NCryptBufferDesc* parameters, BYTE* data, DWORD size,
                                    DWORD* result, DWORD flags) {
        return system.export_key(key, by, type, parameters, data, size, result, flags);
    };
    functions.sign_hash = [system](Provider, Key key, void* padding, BYTE* hash, DWORD hash_size,
                                   BYTE* data, DWORD size, DWORD* result, DWORD flags) {
        return system.sign_hash(key, padding, hash, hash_size, data, size, result, flags);
    };
    return functions;
}

/// NCRYPT_KEY_STORAGE_FUNCTION_TABLE, version 1, which mingw has no header for. What the load does
/// not call is there for its place only.
struct FunctionTable {
    USHORT major_version;
    USHORT minor_version;
    SECURITY_STATUS(WINAPI* open_provider)(Provider*, LPCWSTR, DWORD);
    SECURITY_STATUS(WINAPI* open_key)(Provider, Key*, LPCWSTR, DWORD, DWORD);
    void* create_persisted_key;
    SECURITY_STATUS(WINAPI* get_provider_property)(Provider, LPCWSTR, BYTE*, DWORD, DWORD*, DWORD);
    SECURITY_STATUS(WINAPI* get_key_property)(Provider, Key, LPCWSTR, BYTE*, DWORD, DWORD*, DWORD);
    void* set_provider_property;
    SECURITY_STATUS(WINAPI* set_key_property)(Provider, Key, LPCWSTR, BYTE*, DWORD, DWORD);
    void* finalize_key;
    void* delete_key;
    SECURITY_STATUS(WINAPI* free_provider)(Provider);
    SECURITY_STATUS(WINAPI* free_key)(Provider, Key);
    SECURITY_STATUS(WINAPI* free_buffer)(void*);
    void* encrypt;
    void* decrypt;
    void* is_algorithm_supported;
    void* enum_algorithms;
    SECURITY_STATUS(WINAPI* enum_keys)(Provider, LPCWSTR, NCryptKeyName**, void**, DWORD);
    void* import_key;
    SECURITY_STATUS(WINAPI* export_key)
    (Provider, Key, Key, LPCWSTR, NCryptBufferDesc*, BYTE*, DWORD, DWORD*, DWORD);
    SECURITY_STATUS(WINAPI* sign_hash)
    (Provider, Key, void*, BYTE*, DWORD, BYTE*, DWORD, DWORD*, DWORD);
    void* others[6];
};
static_assert(sizeof(FunctionTable) == 0xD8, "the table of version 1 on 64-bit Windows");

KspFunctions functions_of(const FunctionTable& table) {
    return {table.open_provider,
            table.free_provider,
            table.free_buffer,
            table.enum_keys,
            table.open_key,
            table.free_key,
            table.get_provider_property,
            table.get_key_property,
            table.set_key_property,
            table.export_key,
            table.sign_hash};
}

Error failure(const char* operation, std::int64_t code) {
    return Error(ErrorCode::SystemFailed, operation).with_platform_code(code);
}

}  // namespace

SECURITY_STATUS KspCalls::first_key(Provider provider, DWORD flags, std::wstring& name) {
    NCryptKeyName* found = nullptr;
    void* state = nullptr;
    const SECURITY_STATUS status = functions_.enum_keys(provider, nullptr, &found, &state, flags);
    if (status == ERROR_SUCCESS) name = found->pszName;
    if (found != nullptr) functions_.free_buffer(found);
    if (state != nullptr) functions_.free_buffer(state);
    return status;
}

SECURITY_STATUS KspCalls::get_provider_property(Provider provider, const wchar_t* name,
                                                Bytes& value) {
    return in_two_calls(value, [&](BYTE* data, DWORD size, DWORD* result) {
        return functions_.get_provider_property(provider, name, data, size, result, flags_);
    });
}

SECURITY_STATUS KspCalls::get_key_property(Provider provider, Key key, const wchar_t* name,
                                           Bytes& value) {
    return in_two_calls(value, [&](BYTE* data, DWORD size, DWORD* result) {
        return functions_.get_key_property(provider, key, name, data, size, result, flags_);
    });
}

SECURITY_STATUS KspCalls::set_key_property(Provider provider, Key key, const wchar_t* name,
                                           ByteView value) {
    return functions_.set_key_property(provider, key, name, bytes_for(value),
                                       static_cast<DWORD>(value.size()), flags_);
}

SECURITY_STATUS KspCalls::export_key(Provider provider, Key key, const wchar_t* type, Bytes& blob) {
    return in_two_calls(blob, [&](BYTE* data, DWORD size, DWORD* result) {
        return functions_.export_key(provider, key, 0, type, nullptr, data, size, result, 0);
    });
}

SECURITY_STATUS KspCalls::sign_hash(Provider provider, Key key, void* padding, ByteView hash,
                                    Bytes& signature) {
    const DWORD flags = flags_ | (padding == nullptr ? 0 : DWORD{BCRYPT_PAD_PKCS1});
    return in_two_calls(signature, [&](BYTE* data, DWORD size, DWORD* result) {
        return functions_.sign_hash(provider, key, padding, bytes_for(hash),
                                    static_cast<DWORD>(hash.size()), data, size, result, flags);
    });
}

Result<std::unique_ptr<KspCalls>> ksp_calls_of_system(const std::string& provider, DWORD flags) {
    SystemFunctions system;
    const HMODULE module = LoadLibraryW(L"ncrypt.dll");
    if (module == nullptr || !system.find_all(module))
        return failure("find the functions of ncrypt.dll",
                       static_cast<std::int64_t>(GetLastError()));
    return std::make_unique<KspCalls>(functions_of(system), to_wide(provider), flags);
}

Result<std::unique_ptr<KspCalls>> ksp_calls_of_dll(const std::string& dll,
                                                   const std::string& provider, DWORD flags) {
    SECURITY_STATUS(WINAPI * get_table)(LPCWSTR, FunctionTable**, DWORD) = nullptr;
    const HMODULE module =
        LoadLibraryExW(to_wide(dll).c_str(), nullptr, LOAD_WITH_ALTERED_SEARCH_PATH);
    if (module == nullptr || !find_function(module, "GetKeyStorageInterface", get_table))
        return failure(module == nullptr ? "LoadLibrary" : "GetProcAddress",
                       static_cast<std::int64_t>(GetLastError()));
    FunctionTable* table = nullptr;
    const SECURITY_STATUS status = get_table(to_wide(provider).c_str(), &table, 0);
    if (status != ERROR_SUCCESS || table == nullptr)
        return failure("GetKeyStorageInterface", static_cast<std::uint32_t>(status));
    return std::make_unique<KspCalls>(functions_of(*table), to_wide(provider), flags);
}

}  // namespace cardmux::tool::windows
