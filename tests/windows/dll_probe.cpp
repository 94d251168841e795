// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// What other programs do with our DLL:
//
//     dll_probe hold FILE            has it loaded until its standard input ends
//     dll_probe message FILE TEXT    says what the event viewer shows for an event with this text
#include <windows.h>

#include <cstdio>
#include <cwchar>

namespace {

int hold(const wchar_t* file) {
    if (LoadLibraryW(file) == nullptr) {
        std::printf("not loaded: %lu\n", GetLastError());
        return 1;
    }
    std::puts("held");
    std::fflush(stdout);
    while (std::getchar() != EOF) {
    }
    return 0;
}

/// As the viewer does: the DLL as data, the event's texts for the message's %1 and so on.
int show_message(const wchar_t* file, const wchar_t* text) {
    constexpr DWORD event_id = 1;
    const HMODULE module = LoadLibraryExW(file, nullptr, LOAD_LIBRARY_AS_DATAFILE);
    wchar_t message[1024] = {};
    auto insert = reinterpret_cast<DWORD_PTR>(text);
    const DWORD size =
        FormatMessageW(FORMAT_MESSAGE_FROM_HMODULE | FORMAT_MESSAGE_ARGUMENT_ARRAY, module,
                       event_id, 0, message, 1024, reinterpret_cast<va_list*>(&insert));
    std::printf(size == 0 ? "none: %lu\n" : "found\n", GetLastError());
    std::printf("%ls", message);
    return size == 0 ? 1 : 0;
}

}  // namespace

int wmain(int count, wchar_t** words) {
    if (count == 3 && std::wcscmp(words[1], L"hold") == 0) return hold(words[2]);
    if (count == 4 && std::wcscmp(words[1], L"message") == 0)
        return show_message(words[2], words[3]);
    return 2;
}
