// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "tool/windows/load/ksp_calls_windows.h"

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

template <typename Function>
bool find(HMODULE dll, const char* name, Function& function) {
    function = reinterpret_cast<Function>(reinterpret_cast<void*>(GetProcAddress(dll, name)));
    return function != nullptr;
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
        return find(dll, "NCryptOpenStorageProvider", open_provider) &&
               find(dll, "NCryptEnumKeys", enum_keys) &&
               find(dll, "NCryptFreeBuffer", free_buffer) && find(dll, "NCryptOpenKey", open_key) &&
               find(dll, "NCryptFreeObject", free_object) &&
               find(dll, "NCryptGetProperty", get_property) &&
               find(dll, "NCryptSetProperty", set_property) &&
               find(dll, "NCryptExportKey", export_key) && find(dll, "NCryptSignHash", sign_hash);
    }
};

class SystemCalls final : public KspCalls {
  public:
    SystemCalls(const SystemFunctions& system, const std::string& provider, DWORD flags)
        : system_(system), name_(to_wide(provider)), flags_(flags) {}

    SECURITY_STATUS open_provider(Provider* provider) override {
        return system_.open_provider(provider, name_.c_str(), 0);
    }
    SECURITY_STATUS free_provider(Provider provider) override {
        return system_.free_object(provider);
    }
    SECURITY_STATUS first_key(Provider provider, DWORD flags, std::wstring& name) override {
        NCryptKeyName* found = nullptr;
        void* state = nullptr;
        const SECURITY_STATUS status = system_.enum_keys(provider, nullptr, &found, &state, flags);
        if (status == ERROR_SUCCESS) name = found->pszName;
        if (found != nullptr) system_.free_buffer(found);
        if (state != nullptr) system_.free_buffer(state);
        return status;
    }
    SECURITY_STATUS open_key(Provider provider, const wchar_t* name, DWORD flags,
                             Key* key) override {
        return system_.open_key(provider, key, name, 0, flags);
    }
    SECURITY_STATUS free_key(Provider, Key key) override { return system_.free_object(key); }
    SECURITY_STATUS get_provider_property(Provider provider, const wchar_t* name,
                                          Bytes& value) override {
        return get_property(provider, name, value);
    }
    SECURITY_STATUS get_key_property(Provider, Key key, const wchar_t* name,
                                     Bytes& value) override {
        return get_property(key, name, value);
    }
    SECURITY_STATUS set_key_property(Provider, Key key, const wchar_t* name,
                                     ByteView value) override {
        return system_.set_property(key, name, bytes_for(value), static_cast<DWORD>(value.size()),
                                    flags_);
    }
    SECURITY_STATUS export_key(Provider, Key key, const wchar_t* type, Bytes& blob) override {
        return in_two_calls(blob, [&](BYTE* data, DWORD size, DWORD* result) {
            return system_.export_key(key, 0, type, nullptr, data, size, result, 0);
        });
    }
    SECURITY_STATUS sign_hash(Provider, Key key, void* padding, ByteView hash,
                              Bytes& signature) override {
        const DWORD flags = flags_ | (padding == nullptr ? 0 : DWORD{BCRYPT_PAD_PKCS1});
        return in_two_calls(signature, [&](BYTE* data, DWORD size, DWORD* result) {
            return system_.sign_hash(key, padding, bytes_for(hash), static_cast<DWORD>(hash.size()),
                                     data, size, result, flags);
        });
    }

  private:
    SECURITY_STATUS get_property(NCRYPT_HANDLE object, const wchar_t* name, Bytes& value) {
        return in_two_calls(value, [&](BYTE* data, DWORD size, DWORD* result) {
            return system_.get_property(object, name, data, size, result, flags_);
        });
    }
    SystemFunctions system_;
    std::wstring name_;
    DWORD flags_;
};

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

class DirectCalls final : public KspCalls {
  public:
    DirectCalls(const FunctionTable& table, const std::string& provider, DWORD flags)
        : table_(table), name_(to_wide(provider)), flags_(flags) {}

    SECURITY_STATUS open_provider(Provider* provider) override {
        return table_.open_provider(provider, name_.c_str(), 0);
    }
    SECURITY_STATUS free_provider(Provider provider) override {
        return table_.free_provider(provider);
    }
    SECURITY_STATUS first_key(Provider provider, DWORD flags, std::wstring& name) override {
        NCryptKeyName* found = nullptr;
        void* state = nullptr;
        const SECURITY_STATUS status = table_.enum_keys(provider, nullptr, &found, &state, flags);
        if (status == ERROR_SUCCESS) name = found->pszName;
        if (found != nullptr) table_.free_buffer(found);
        if (state != nullptr) table_.free_buffer(state);
        return status;
    }
    SECURITY_STATUS open_key(Provider provider, const wchar_t* name, DWORD flags,
                             Key* key) override {
        return table_.open_key(provider, key, name, 0, flags);
    }
    SECURITY_STATUS free_key(Provider provider, Key key) override {
        return table_.free_key(provider, key);
    }
    SECURITY_STATUS get_provider_property(Provider provider, const wchar_t* name,
                                          Bytes& value) override {
        return in_two_calls(value, [&](BYTE* data, DWORD size, DWORD* result) {
            return table_.get_provider_property(provider, name, data, size, result, flags_);
        });
    }
    SECURITY_STATUS get_key_property(Provider provider, Key key, const wchar_t* name,
                                     Bytes& value) override {
        return in_two_calls(value, [&](BYTE* data, DWORD size, DWORD* result) {
            return table_.get_key_property(provider, key, name, data, size, result, flags_);
        });
    }
    SECURITY_STATUS set_key_property(Provider provider, Key key, const wchar_t* name,
                                     ByteView value) override {
        return table_.set_key_property(provider, key, name, bytes_for(value),
                                       static_cast<DWORD>(value.size()), flags_);
    }
    SECURITY_STATUS export_key(Provider provider, Key key, const wchar_t* type,
                               Bytes& blob) override {
        return in_two_calls(blob, [&](BYTE* data, DWORD size, DWORD* result) {
            return table_.export_key(provider, key, 0, type, nullptr, data, size, result, 0);
        });
    }
    SECURITY_STATUS sign_hash(Provider provider, Key key, void* padding, ByteView hash,
                              Bytes& signature) override {
        const DWORD flags = flags_ | (padding == nullptr ? 0 : DWORD{BCRYPT_PAD_PKCS1});
        return in_two_calls(signature, [&](BYTE* data, DWORD size, DWORD* result) {
            return table_.sign_hash(provider, key, padding, bytes_for(hash),
                                    static_cast<DWORD>(hash.size()), data, size, result, flags);
        });
    }

  private:
    FunctionTable table_;
    std::wstring name_;
    DWORD flags_;
};

Error failure(const char* operation, std::int64_t code) {
    return Error(ErrorCode::SystemFailed, operation).with_platform_code(code);
}

}  // namespace

Result<std::unique_ptr<KspCalls>> ksp_calls_of_system(const std::string& provider, DWORD flags) {
    SystemFunctions system;
    const HMODULE module = LoadLibraryW(L"ncrypt.dll");
    if (module == nullptr || !system.find_all(module))
        return failure("find the functions of ncrypt.dll",
                       static_cast<std::int64_t>(GetLastError()));
    return std::unique_ptr<KspCalls>(std::make_unique<SystemCalls>(system, provider, flags));
}

Result<std::unique_ptr<KspCalls>> ksp_calls_of_dll(const std::string& dll,
                                                   const std::string& provider, DWORD flags) {
    SECURITY_STATUS(WINAPI * get_table)(LPCWSTR, FunctionTable**, DWORD) = nullptr;
    const HMODULE module =
        LoadLibraryExW(to_wide(dll).c_str(), nullptr, LOAD_WITH_ALTERED_SEARCH_PATH);
    if (module == nullptr || !find(module, "GetKeyStorageInterface", get_table))
        return failure(module == nullptr ? "LoadLibrary" : "GetProcAddress",
                       static_cast<std::int64_t>(GetLastError()));
    FunctionTable* table = nullptr;
    const SECURITY_STATUS status = get_table(to_wide(provider).c_str(), &table, 0);
    if (status != ERROR_SUCCESS || table == nullptr)
        return failure("GetKeyStorageInterface", static_cast<std::uint32_t>(status));
    return std::unique_ptr<KspCalls>(std::make_unique<DirectCalls>(*table, provider, flags));
}

}  // namespace cardmux::tool::windows
