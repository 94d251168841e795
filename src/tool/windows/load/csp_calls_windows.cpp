// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "tool/windows/load/csp_calls_windows.h"

#include "base/loaded_dll_windows.h"
#include "base/wide_text_windows.h"

namespace cardmux::tool::windows {
namespace {

class SystemCalls final : public CspCalls {
  public:
    SystemCalls(const std::string& provider, DWORD type)
        : provider_(to_wide(provider)), type_(type) {}

    BOOL acquire(HCRYPTPROV* context, const std::string& container, DWORD flags) override {
        const std::wstring wide = to_wide(container);
        return CryptAcquireContextW(context, wide.empty() ? nullptr : wide.c_str(),
                                    provider_.c_str(), type_, flags);
    }
    BOOL add_reference(HCRYPTPROV context) override {
        return CryptContextAddRef(context, nullptr, 0);
    }
    BOOL release(HCRYPTPROV context) override { return CryptReleaseContext(context, 0); }
    BOOL set_parameter(HCRYPTPROV context, DWORD parameter, const BYTE* data) override {
        return CryptSetProvParam(context, parameter, data, 0);
    }
    BOOL get_parameter(HCRYPTPROV context, DWORD parameter, BYTE* data, DWORD* size) override {
        return CryptGetProvParam(context, parameter, data, size, 0);
    }
    BOOL get_user_key(HCRYPTPROV context, DWORD spec, HCRYPTKEY* key) override {
        return CryptGetUserKey(context, spec, key);
    }
    BOOL get_key_parameter(HCRYPTPROV, HCRYPTKEY key, DWORD parameter, BYTE* data,
                           DWORD* size) override {
        return CryptGetKeyParam(key, parameter, data, size, 0);
    }
    BOOL export_key(HCRYPTPROV, HCRYPTKEY key, BYTE* data, DWORD* size) override {
        return CryptExportKey(key, 0, PUBLICKEYBLOB, 0, data, size);
    }
    BOOL destroy_key(HCRYPTPROV, HCRYPTKEY key) override { return CryptDestroyKey(key); }
    BOOL create_hash(HCRYPTPROV context, ALG_ID algorithm, HCRYPTHASH* hash) override {
        return CryptCreateHash(context, algorithm, 0, 0, hash);
    }
    BOOL set_hash_value(HCRYPTPROV, HCRYPTHASH hash, const BYTE* value) override {
        return CryptSetHashParam(hash, HP_HASHVAL, value, 0);
    }
    BOOL sign_hash(HCRYPTPROV, HCRYPTHASH hash, DWORD spec, BYTE* data, DWORD* size) override {
        return CryptSignHashW(hash, spec, nullptr, 0, data, size);
    }
    BOOL destroy_hash(HCRYPTPROV, HCRYPTHASH hash) override { return CryptDestroyHash(hash); }

  private:
    std::wstring provider_;
    DWORD type_;
};

/// What advapi32 hands to CPAcquireContext (VTableProvStruc, version 3). mingw's header shows only
/// the first members.
struct ProviderTable {
    DWORD version = 3;
    FARPROC verify_image = nullptr;
    FARPROC return_window = nullptr;
    DWORD type = 0;
    BYTE* context_info = nullptr;
    DWORD context_info_size = 0;
    char* provider_name = nullptr;
};

/// The entry points of a CSP that a load calls.
struct EntryPoints {
    BOOL(WINAPI* acquire)(HCRYPTPROV*, const char*, DWORD, ProviderTable*) = nullptr;
    BOOL(WINAPI* release)(HCRYPTPROV, DWORD) = nullptr;
    BOOL(WINAPI* set_parameter)(HCRYPTPROV, DWORD, const BYTE*, DWORD) = nullptr;
    BOOL(WINAPI* get_parameter)(HCRYPTPROV, DWORD, BYTE*, DWORD*, DWORD) = nullptr;
    BOOL(WINAPI* get_user_key)(HCRYPTPROV, DWORD, HCRYPTKEY*) = nullptr;
    BOOL(WINAPI* get_key_parameter)(HCRYPTPROV, HCRYPTKEY, DWORD, BYTE*, DWORD*, DWORD) = nullptr;
    BOOL(WINAPI* export_key)
    (HCRYPTPROV, HCRYPTKEY, HCRYPTKEY, DWORD, DWORD, BYTE*, DWORD*) = nullptr;
    BOOL(WINAPI* destroy_key)(HCRYPTPROV, HCRYPTKEY) = nullptr;
    BOOL(WINAPI* create_hash)(HCRYPTPROV, ALG_ID, HCRYPTKEY, DWORD, HCRYPTHASH*) = nullptr;
    BOOL(WINAPI* set_hash_parameter)(HCRYPTPROV, HCRYPTHASH, DWORD, const BYTE*, DWORD) = nullptr;
    BOOL(WINAPI* sign_hash)
    (HCRYPTPROV, HCRYPTHASH, DWORD, const wchar_t*, DWORD, BYTE*, DWORD*) = nullptr;
    BOOL(WINAPI* destroy_hash)(HCRYPTPROV, HCRYPTHASH) = nullptr;

    bool find_all(HMODULE dll);
};

bool EntryPoints::find_all(HMODULE dll) {
    return find_function(dll, "CPAcquireContext", acquire) &&
           find_function(dll, "CPReleaseContext", release) &&
           find_function(dll, "CPSetProvParam", set_parameter) &&
           find_function(dll, "CPGetProvParam", get_parameter) &&
           find_function(dll, "CPGetUserKey", get_user_key) &&
           find_function(dll, "CPGetKeyParam", get_key_parameter) &&
           find_function(dll, "CPExportKey", export_key) &&
           find_function(dll, "CPDestroyKey", destroy_key) &&
           find_function(dll, "CPCreateHash", create_hash) &&
           find_function(dll, "CPSetHashParam", set_hash_parameter) &&
           find_function(dll, "CPSignHash", sign_hash) &&
           find_function(dll, "CPDestroyHash", destroy_hash);
}

class DirectCalls final : public CspCalls {
  public:
    DirectCalls(const EntryPoints& entry, const std::string& provider, DWORD type)
        : entry_(entry), provider_(to_ansi(provider)), type_(type) {}

    BOOL acquire(HCRYPTPROV* context, const std::string& container, DWORD flags) override {
        std::string name = provider_;
        ProviderTable table;
        table.type = type_;
        table.provider_name = name.data();
        const std::string ansi = to_ansi(container);
        return entry_.acquire(context, ansi.empty() ? nullptr : ansi.c_str(), flags, &table);
    }
    /// Counting owners is advapi32's work: an entry point knows one owner, which is this program.
    BOOL add_reference(HCRYPTPROV) override { return TRUE; }
    BOOL release(HCRYPTPROV context) override { return entry_.release(context, 0); }
    BOOL set_parameter(HCRYPTPROV context, DWORD parameter, const BYTE* data) override {
        return entry_.set_parameter(context, parameter, data, 0);
    }
    BOOL get_parameter(HCRYPTPROV context, DWORD parameter, BYTE* data, DWORD* size) override {
        return entry_.get_parameter(context, parameter, data, size, 0);
    }
    BOOL get_user_key(HCRYPTPROV context, DWORD spec, HCRYPTKEY* key) override {
        return entry_.get_user_key(context, spec, key);
    }
    BOOL get_key_parameter(HCRYPTPROV context, HCRYPTKEY key, DWORD parameter, BYTE* data,
                           DWORD* size) override {
        return entry_.get_key_parameter(context, key, parameter, data, size, 0);
    }
    BOOL export_key(HCRYPTPROV context, HCRYPTKEY key, BYTE* data, DWORD* size) override {
        return entry_.export_key(context, key, 0, PUBLICKEYBLOB, 0, data, size);
    }
    BOOL destroy_key(HCRYPTPROV context, HCRYPTKEY key) override {
        return entry_.destroy_key(context, key);
    }
    BOOL create_hash(HCRYPTPROV context, ALG_ID algorithm, HCRYPTHASH* hash) override {
        return entry_.create_hash(context, algorithm, 0, 0, hash);
    }
    BOOL set_hash_value(HCRYPTPROV context, HCRYPTHASH hash, const BYTE* value) override {
        return entry_.set_hash_parameter(context, hash, HP_HASHVAL, value, 0);
    }
    BOOL sign_hash(HCRYPTPROV context, HCRYPTHASH hash, DWORD spec, BYTE* data,
                   DWORD* size) override {
        return entry_.sign_hash(context, hash, spec, nullptr, 0, data, size);
    }
    BOOL destroy_hash(HCRYPTPROV context, HCRYPTHASH hash) override {
        return entry_.destroy_hash(context, hash);
    }

  private:
    EntryPoints entry_;
    std::string provider_;
    DWORD type_;
};

}  // namespace

std::unique_ptr<CspCalls> csp_calls_of_system(const std::string& provider, DWORD type) {
    return std::make_unique<SystemCalls>(provider, type);
}

Result<std::unique_ptr<CspCalls>> csp_calls_of_dll(const std::string& dll,
                                                   const std::string& provider, DWORD type) {
    EntryPoints entry;
    const HMODULE module =
        LoadLibraryExW(to_wide(dll).c_str(), nullptr, LOAD_WITH_ALTERED_SEARCH_PATH);
    if (module == nullptr || !entry.find_all(module))
        return Error(ErrorCode::SystemFailed, module == nullptr ? "LoadLibrary" : "GetProcAddress")
            .with_platform_code(static_cast<std::int64_t>(GetLastError()));
    return std::unique_ptr<CspCalls>(std::make_unique<DirectCalls>(entry, provider, type));
}

}  // namespace cardmux::tool::windows
