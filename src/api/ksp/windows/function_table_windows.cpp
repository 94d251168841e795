// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The one function that ncrypt.dll looks for in a key storage provider's DLL.
#include "api/ksp/windows/call_windows.h"
#include "api/ksp/windows/entries_windows.h"

namespace cardmux::ksp {
namespace {

Table make_table() {
    Table table{};
    table.Version = {3, 0};
    entries::add_opening(table);
    entries::add_properties(table);
    entries::add_using(table);
    entries::add_changing(table);
    return table;
}

}  // namespace
}  // namespace cardmux::ksp

/// The name does not matter: whatever we were registered as, there is one table.
extern "C" __declspec(dllexport) NTSTATUS WINAPI
    GetKeyStorageInterface(LPCWSTR /*name*/, cardmux::ksp::Table** table,
                           DWORD /*flags*/) noexcept {
    const cardmux::ksp::LastErrorKept kept;
    constexpr NTSTATUS invalid_parameter = static_cast<NTSTATUS>(0xC000000D);
    static cardmux::ksp::Table ours = cardmux::ksp::make_table();
    if (table == nullptr) return invalid_parameter;
    *table = &ours;
    return 0;
}
