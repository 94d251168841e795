// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// General-purpose functions (PKCS #11, section 5.4): begin, end, and the ways to the function
// lists.
#include <cstring>
#include <string_view>

#include "api/pkcs11/blank_padded.h"
#include "api/pkcs11/boundary.h"
#include "api/pkcs11/function_list.h"

namespace cardmux::pkcs11 {
namespace {

CK_UTF8CHAR standard_name[] = "PKCS 11";

/// Highest version first: that is the default.
CK_INTERFACE interfaces[] = {
    {standard_name, &function_list_3_0, CKF_INTERFACE_FORK_SAFE},
    {standard_name, &function_list_2_40, CKF_INTERFACE_FORK_SAFE},
};
constexpr CK_ULONG interface_count = sizeof(interfaces) / sizeof(interfaces[0]);

/// Our locks are the system's. An application that offers its own and does not allow those is told
/// so (docs/decisions/0008_application_mutexes.md).
Outcome<void> check_arguments(const CK_C_INITIALIZE_ARGS& arguments) {
    const bool has_all = arguments.CreateMutex != nullptr && arguments.DestroyMutex != nullptr &&
                         arguments.LockMutex != nullptr && arguments.UnlockMutex != nullptr;
    const bool has_none = arguments.CreateMutex == nullptr && arguments.DestroyMutex == nullptr &&
                          arguments.LockMutex == nullptr && arguments.UnlockMutex == nullptr;
    if (arguments.pReserved != nullptr || !(has_all || has_none)) return refuse(CKR_ARGUMENTS_BAD);
    const bool may_use_ours = has_none || (arguments.flags & CKF_OS_LOCKING_OK) != 0;
    if (!may_use_ours) return refuse(CKR_CANT_LOCK);
    return done();
}

/// Every function list begins with its version.
bool has_version(const CK_INTERFACE& offered, const CK_VERSION& wanted) {
    CK_VERSION version;
    std::memcpy(&version, offered.pFunctionList, sizeof(version));
    return version.major == wanted.major && version.minor == wanted.minor;
}

bool has_name(const CK_INTERFACE& offered, const CK_UTF8CHAR* wanted) {
    return std::string_view(reinterpret_cast<const char*>(offered.pInterfaceName)) ==
           std::string_view(reinterpret_cast<const char*>(wanted));
}

Outcome<CK_INTERFACE*> find_interface(const CK_UTF8CHAR* name, const CK_VERSION* version,
                                      CK_FLAGS flags) {
    for (CK_INTERFACE& offered : interfaces) {
        if (name != nullptr && !has_name(offered, name)) continue;
        if (version != nullptr && !has_version(offered, *version)) continue;
        if ((offered.flags & flags) != flags) continue;
        return &offered;
    }
    return refuse(CKR_ARGUMENTS_BAD);
}

Outcome<void> list_interfaces(CK_INTERFACE_PTR list, CK_ULONG_PTR count) {
    if (count == nullptr) return refuse(CKR_ARGUMENTS_BAD);
    const CK_ULONG room = *count;
    *count = interface_count;
    if (list == nullptr) return done();
    if (room < interface_count) return refuse(CKR_BUFFER_TOO_SMALL);
    std::memcpy(list, interfaces, sizeof(interfaces));
    return done();
}

}  // namespace
}  // namespace cardmux::pkcs11

using namespace cardmux::pkcs11;

/// CKR_ARGUMENTS_BAD, CKR_CANT_LOCK, CKR_CRYPTOKI_ALREADY_INITIALIZED. Touches no card.
CK_RV C_Initialize(CK_VOID_PTR arguments) noexcept {
    return plain_call("C_Initialize", [&]() -> Outcome<void> {
        CK_C_INITIALIZE_ARGS given{};
        if (arguments != nullptr) std::memcpy(&given, arguments, sizeof(given));
        CARDMUX_TRY(check_arguments(given));
        return initialize((given.flags & CKF_LIBRARY_CANT_CREATE_OS_THREADS) == 0);
    });
}

/// CKR_ARGUMENTS_BAD, CKR_CRYPTOKI_NOT_INITIALIZED. Waits for waiting calls to end: a bounded time.
CK_RV C_Finalize(CK_VOID_PTR reserved) noexcept {
    return plain_call("C_Finalize", [&]() -> Outcome<void> {
        if (reserved == nullptr) return finalize();
        CARDMUX_TRY(current_module());
        return refuse(CKR_ARGUMENTS_BAD);
    });
}

CK_RV C_GetInfo(CK_INFO_PTR info) noexcept {
    return slot_call("C_GetInfo", [&](Module&) -> Outcome<void> {
        if (info == nullptr) return refuse(CKR_ARGUMENTS_BAD);
        *info = {};
        info->cryptokiVersion = function_list_2_40.version;
        fill_blank_padded(info->manufacturerID, "Cardmux");
        fill_blank_padded(info->libraryDescription, "Cardmux PKCS #11 module");
        info->libraryVersion = {0, 1};
        return done();
    });
}

CK_RV C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR list) noexcept {
    return plain_call("C_GetFunctionList", [&]() -> Outcome<void> {
        if (list == nullptr) return refuse(CKR_ARGUMENTS_BAD);
        *list = &function_list_2_40;
        return done();
    });
}

CK_RV C_GetInterfaceList(CK_INTERFACE_PTR list, CK_ULONG_PTR count) noexcept {
    return plain_call("C_GetInterfaceList", [&] { return list_interfaces(list, count); });
}

/// CKR_ARGUMENTS_BAD: no such interface.
CK_RV C_GetInterface(CK_UTF8CHAR_PTR name, CK_VERSION_PTR version, CK_INTERFACE_PTR_PTR interface,
                     CK_FLAGS flags) noexcept {
    return plain_call("C_GetInterface", [&]() -> Outcome<void> {
        if (interface == nullptr) return refuse(CKR_ARGUMENTS_BAD);
        CARDMUX_TRY_ASSIGN(*interface, find_interface(name, version, flags));
        return done();
    });
}
