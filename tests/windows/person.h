// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Somebody at the screen of a program that lets a provider ask: finds the dialog, says on standard
// output what it says, answers.
#pragma once

#include <windows.h>

#include <atomic>
#include <cstdio>
#include <string>

namespace person {

/// Of src/api/windows/pin_dialog_windows.cpp, card_dialog_windows.cpp.
constexpr int id_text = 100;
constexpr int id_pin = 101;

/// The call that may ask has ended: no question will come.
inline std::atomic<bool> is_over;

inline std::string dialog_text(HWND dialog, int id) {
    char text[500] = "";
    GetDlgItemTextA(dialog, id, text, sizeof text);
    for (char* c = text; *c != 0; ++c) {
        if (*c == '\r' || *c == '\n') *c = '|';
    }
    return text;
}

/// Says what the dialog of that title says, once it says something. Null if none comes.
inline HWND wait_for_dialog(const char* title) {
    while (!is_over) {
        Sleep(50);
        const HWND dialog = FindWindowA(nullptr, title);
        if (dialog == nullptr) continue;
        const std::string text = dialog_text(dialog, id_text);
        if (text.empty()) continue;
        std::printf("asked: %s\n", text.c_str());
        std::fflush(stdout);  // the test may wait for it
        return dialog;
    }
    std::printf("asked: nothing\n");
    return nullptr;
}

inline HWND wait_for_pin_dialog() {
    return wait_for_dialog("Smart card PIN");
}

/// Null: closes it. Returns when it is gone.
inline void answer(HWND dialog, const char* pin) {
    if (dialog == nullptr) return;
    if (pin != nullptr) SetDlgItemTextA(dialog, id_pin, pin);
    SendMessageA(dialog, WM_COMMAND, pin != nullptr ? IDOK : IDCANCEL, 0);
    while (IsWindow(dialog)) Sleep(10);
}

/// Types the PIN into the dialog when it is there; null: closes it.
inline DWORD WINAPI answer_pin_dialog(void* pin) {
    answer(wait_for_pin_dialog(), static_cast<const char*>(pin));
    return 0;
}

/// There as long as a call lasts.
class Person {
  public:
    Person(LPTHREAD_START_ROUTINE does, const char* pin) {
        is_over = false;
        thread_ = CreateThread(nullptr, 0, does, const_cast<char*>(pin), 0, nullptr);
    }
    ~Person() {
        is_over = true;
        WaitForSingleObject(thread_, INFINITE);
        CloseHandle(thread_);
    }
    Person(const Person&) = delete;
    Person& operator=(const Person&) = delete;

  private:
    HANDLE thread_;
};

}  // namespace person
