// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <windows.h>

#include "registration/cng_registration.h"
//
#include <bcrypt.h>

#include "base/loaded_dll_windows.h"
#include "base/wide_text_windows.h"

namespace cardmux::registration {
namespace {

constexpr ULONG key_storage_interface = 0x00010001;  // NCRYPT_KEY_STORAGE_INTERFACE
constexpr wchar_t key_storage_function[] = L"KEY_STORAGE";
constexpr NTSTATUS status_access_denied = static_cast<NTSTATUS>(0xC0000022);
constexpr NTSTATUS status_not_found = static_cast<NTSTATUS>(0xC0000225);
constexpr NTSTATUS status_not_implemented = static_cast<NTSTATUS>(0xC0000002);

// mingw's bcrypt.h does not declare all of these.
using RegisterProvider = NTSTATUS(WINAPI*)(LPCWSTR, ULONG, PCRYPT_PROVIDER_REG);
using UnregisterProvider = NTSTATUS(WINAPI*)(LPCWSTR);
using AddProvider = NTSTATUS(WINAPI*)(ULONG, LPCWSTR, ULONG, LPCWSTR, LPCWSTR, ULONG);
using RemoveProvider = NTSTATUS(WINAPI*)(ULONG, LPCWSTR, ULONG, LPCWSTR, LPCWSTR);

template <typename Function>
Function find(const char* name) {
    Function function = nullptr;
    find_function(GetModuleHandleW(L"bcrypt.dll"), name, function);
    return function;
}

Result<void> outcome_of(NTSTATUS status, const char* operation) {
    if (status >= 0) return success();
    const bool denied = status == status_access_denied;
    return Error(denied ? ErrorCode::AccessDenied : ErrorCode::SystemFailed, operation)
        .with_platform_code(static_cast<std::uint32_t>(status));
}

/// A system without the call (Wine) has taken nothing that it could give back.
bool is_nothing_to_undo(NTSTATUS status) {
    return status == status_not_found || status == status_not_implemented;
}

Result<void> missing(const char* operation) {
    return Error(ErrorCode::SystemFailed, operation).with_platform_code(ERROR_PROC_NOT_FOUND);
}

}  // namespace

Result<void> register_with_cng(const std::string& name, const std::string& image) {
    const auto add = find<RegisterProvider>("BCryptRegisterProvider");
    const auto add_to_function = find<AddProvider>("BCryptAddContextFunctionProvider");
    if (add == nullptr || add_to_function == nullptr) return missing("BCryptRegisterProvider");
    std::wstring wide_name = to_wide(name);
    std::wstring wide_image = to_wide(image);
    std::wstring function = key_storage_function;
    PWSTR functions[] = {function.data()};
    CRYPT_INTERFACE_REG interface_entry{key_storage_interface, CRYPT_LOCAL, 1, functions};
    PCRYPT_INTERFACE_REG interfaces[] = {&interface_entry};
    CRYPT_IMAGE_REG image_entry{wide_image.data(), 1, interfaces};
    CRYPT_PROVIDER_REG entry{0, nullptr, &image_entry, nullptr};
    CARDMUX_TRY(
        outcome_of(add(wide_name.c_str(), CRYPT_OVERWRITE, &entry), "BCryptRegisterProvider"));
    return outcome_of(
        add_to_function(CRYPT_LOCAL, nullptr, key_storage_interface, key_storage_function,
                        wide_name.c_str(), CRYPT_PRIORITY_BOTTOM),
        "BCryptAddContextFunctionProvider");
}

Result<void> unregister_from_cng(const std::string& name) {
    const auto remove = find<UnregisterProvider>("BCryptUnregisterProvider");
    const auto remove_from_function = find<RemoveProvider>("BCryptRemoveContextFunctionProvider");
    if (remove == nullptr || remove_from_function == nullptr)
        return missing("BCryptUnregisterProvider");
    const std::wstring wide_name = to_wide(name);
    // KEY_STORAGE itself is every provider's and stays.
    const NTSTATUS removed = remove_from_function(CRYPT_LOCAL, nullptr, key_storage_interface,
                                                  key_storage_function, wide_name.c_str());
    if (!is_nothing_to_undo(removed))
        CARDMUX_TRY(outcome_of(removed, "BCryptRemoveContextFunctionProvider"));
    const NTSTATUS status = remove(wide_name.c_str());
    if (is_nothing_to_undo(status)) return success();
    return outcome_of(status, "BCryptUnregisterProvider");
}

}  // namespace cardmux::registration
