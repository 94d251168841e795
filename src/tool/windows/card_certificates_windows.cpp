// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <windows.h>
// after windows.h
#include <ncrypt.h>
#include <wincrypt.h>

#include "base/loaded_dll_windows.h"
#include "base/wide_text_windows.h"
#include "tool/windows/card_certificates.h"
#include "tool/windows/smart_card_service.h"

namespace cardmux::tool::windows {
namespace {

constexpr const wchar_t* reader_property = L"SmartCardReader";
constexpr const wchar_t* store_property = L"SmartCardUserCertStore";

Error failure(const char* operation, DWORD code = GetLastError()) {
    return Error(ErrorCode::SystemFailed, operation)
        .with_platform_code(static_cast<std::int64_t>(code));
}

Result<std::vector<StoredCertificate>> store_of(HCRYPTPROV context) {
    HCERTSTORE store = nullptr;
    DWORD size = sizeof store;
    if (CryptGetProvParam(context, PP_USER_CERTSTORE, reinterpret_cast<BYTE*>(&store), &size, 0) ==
        0)
        return failure("CryptGetProvParam (PP_USER_CERTSTORE)");
    return list_store(store);
}

/// Found at run time, so that the tool's other commands work without ncrypt.dll.
struct Cng {
    LoadedDll dll{L"ncrypt.dll"};
    decltype(&NCryptOpenStorageProvider) open = nullptr;
    decltype(&NCryptSetProperty) set = nullptr;
    decltype(&NCryptGetProperty) get = nullptr;
    decltype(&NCryptFreeObject) free = nullptr;

    bool find_all() {
        return dll.find("NCryptOpenStorageProvider", open) && dll.find("NCryptSetProperty", set) &&
               dll.find("NCryptGetProperty", get) && dll.find("NCryptFreeObject", free);
    }
};

/// The store of the card in one reader, into `store`.
SECURITY_STATUS ask_for_store(const Cng& cng, NCRYPT_PROV_HANDLE provider,
                              const std::string& reader, HCERTSTORE& store) {
    std::wstring name = to_wide(reader);
    const auto size = static_cast<DWORD>((name.size() + 1) * sizeof(wchar_t));
    SECURITY_STATUS status = cng.set(
        provider, reader_property, reinterpret_cast<BYTE*>(name.data()), size, NCRYPT_SILENT_FLAG);
    DWORD got = 0;
    if (status == ERROR_SUCCESS)
        status = cng.get(provider, store_property, reinterpret_cast<BYTE*>(&store), sizeof store,
                         &got, NCRYPT_SILENT_FLAG);
    return status;
}

Result<std::vector<StoredCertificate>> in_all_readers(const Cng& cng, NCRYPT_PROV_HANDLE provider) {
    CARDMUX_TRY_ASSIGN(const auto readers, list_readers());
    std::vector<StoredCertificate> all;
    std::optional<Error> failed;
    for (const ReaderState& reader : readers) {
        if (reader.atr.empty()) continue;
        HCERTSTORE store = nullptr;
        const SECURITY_STATUS status = ask_for_store(cng, provider, reader.name, store);
        if (status != ERROR_SUCCESS) {
            failed =
                failure("NCryptGetProperty (SmartCardUserCertStore)", static_cast<DWORD>(status));
            continue;
        }
        const auto list = list_store(store);
        all.insert(all.end(), list.begin(), list.end());
    }
    // Beside one that we know there may be a card that we do not.
    if (all.empty() && failed) return *failed;
    return all;
}

}  // namespace

Result<std::vector<StoredCertificate>> certificates_of_csp(const std::string& provider,
                                                           std::uint32_t type) {
    HCRYPTPROV context = 0;
    // Without a container: of all cards.
    if (CryptAcquireContextW(&context, nullptr, to_wide(provider).c_str(), type,
                             CRYPT_VERIFYCONTEXT | CRYPT_SILENT) == 0)
        return failure("CryptAcquireContext");
    auto list = store_of(context);
    CryptReleaseContext(context, 0);
    return list;
}

Result<std::vector<StoredCertificate>> certificates_of_ksp(const std::string& provider) {
    Cng cng;
    if (!cng.find_all()) return failure("load ncrypt.dll", ERROR_PROC_NOT_FOUND);
    NCRYPT_PROV_HANDLE handle = 0;
    const SECURITY_STATUS status = cng.open(&handle, to_wide(provider).c_str(), 0);
    if (status != ERROR_SUCCESS)
        return failure("NCryptOpenStorageProvider", static_cast<DWORD>(status));
    auto list = in_all_readers(cng, handle);
    cng.free(handle);
    return list;
}

}  // namespace cardmux::tool::windows
