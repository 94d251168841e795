// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Takes everybody the right to write values of a key below HKLM, as a policy may; gives it back:
//
//     registry_probe lock|unlock KEY
#include <windows.h>
//
#include <sddl.h>

#include <cstdio>
#include <cwchar>

int wmain(int count, wchar_t** words) {
    if (count != 3) return 2;
    const bool locks = std::wcscmp(words[1], L"lock") == 0;
    const wchar_t* access = locks ? L"D:(D;;0x2;;;WD)(A;;KA;;;WD)" : L"D:(A;;KA;;;WD)";
    PSECURITY_DESCRIPTOR descriptor = nullptr;
    HKEY key = nullptr;
    LSTATUS status = RegOpenKeyExW(HKEY_LOCAL_MACHINE, words[2], 0, WRITE_DAC, &key);
    if (status == ERROR_SUCCESS && ConvertStringSecurityDescriptorToSecurityDescriptorW(
                                       access, SDDL_REVISION_1, &descriptor, nullptr) == 0)
        status = static_cast<LSTATUS>(GetLastError());
    if (status == ERROR_SUCCESS)
        status = RegSetKeySecurity(key, DACL_SECURITY_INFORMATION, descriptor);
    if (status != ERROR_SUCCESS) std::printf("failed: %ld\n", status);
    return status == ERROR_SUCCESS ? 0 : 1;
}
