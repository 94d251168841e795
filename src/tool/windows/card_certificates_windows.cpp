// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <windows.h>
// after windows.h
#include <ncrypt.h>
#include <wincrypt.h>

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
class Cng {
  public:
    Cng() : library_(LoadLibraryW(L"ncrypt.dll")) {
        find("NCryptOpenStorageProvider", open);
        find("NCryptSetProperty", set);
        find("NCryptGetProperty", get);
        find("NCryptFreeObject", free);
    }
    ~Cng() {
        if (library_ != nullptr) FreeLibrary(library_);
    }
    Cng(const Cng&) = delete;
    Cng& operator=(const Cng&) = delete;

    bool is_whole() const {
        return open != nullptr && set != nullptr && get != nullptr && free != nullptr;
    }

    decltype(&NCryptOpenStorageProvider) open = nullptr;
    decltype(&NCryptSetProperty) set = nullptr;
    decltype(&NCryptGetProperty) get = nullptr;
    decltype(&NCryptFreeObject) free = nullptr;

  private:
    template <typename Function>
    void find(const char* name, Function& function) {
        if (library_ == nullptr) return;
        function =
            reinterpret_cast<Function>(reinterpret_cast<void*>(GetProcAddress(library_, name)));
    }
    HMODULE library_;
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
    const Cng cng;
    if (!cng.is_whole()) return failure("load ncrypt.dll", ERROR_PROC_NOT_FOUND);
    NCRYPT_PROV_HANDLE handle = 0;
    const SECURITY_STATUS status = cng.open(&handle, to_wide(provider).c_str(), 0);
    if (status != ERROR_SUCCESS)
        return failure("NCryptOpenStorageProvider", static_cast<DWORD>(status));
    auto list = in_all_readers(cng, handle);
    cng.free(handle);
    return list;
}

}  // namespace cardmux::tool::windows
