// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// A program that lets the KSP ask a person for the PIN, and the person. A line a finding.
//
//   ksp_question_probe NAME pin PIN                  closes the dialog; then a wrong PIN, the right
//                                                    one; then signs once more
//   ksp_question_probe NAME silent PIN               nobody may be asked
//   ksp_question_probe NAME times PIN MILLISECONDS   signs twice, and so long afterwards again

// clang-format off
#include "windows/ncrypt_client.h"
#include <winscard.h>
// clang-format on

#include "windows/person.h"

namespace {

using namespace ncrypt_client;  // NOLINT(google-build-using-namespace): one program's helpers
using person::Person;

HWND our_window = nullptr;

/// Whether another program could use the card now: it gets the transaction.
void say_that_the_card_is_free() {
    SCARDCONTEXT context = 0;
    SCARDHANDLE card = 0;
    char readers[1000] = "";
    DWORD size = sizeof readers;
    DWORD protocol = 0;
    const bool began = SCardEstablishContext(SCARD_SCOPE_SYSTEM, nullptr, nullptr, &context) == 0 &&
                       SCardListReadersA(context, nullptr, readers, &size) == 0 &&
                       SCardConnectA(context, readers, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T1, &card,
                                     &protocol) == 0 &&
                       SCardBeginTransaction(card) == 0;
    std::printf("meanwhile the card is: %s\n", began ? "free" : "not to be had");
    SCardEndTransaction(card, SCARD_LEAVE_CARD);
    SCardDisconnect(card, SCARD_LEAVE_CARD);
    SCardReleaseContext(context);
}

HWND look_at_dialog() {
    const HWND dialog = person::wait_for_pin_dialog();
    if (dialog == nullptr) return nullptr;
    const bool is_ours = GetWindow(dialog, GW_OWNER) == our_window;
    std::printf("parent: %s\n", is_ours ? "the program's window" : "another");
    say_that_the_card_is_free();
    return dialog;
}

DWORD WINAPI close_dialog(void*) {
    person::answer(look_at_dialog(), nullptr);
    return 0;
}

DWORD WINAPI mistype_first(void* pin) {
    const HWND dialog = look_at_dialog();
    if (dialog == nullptr) return 0;
    person::answer(dialog, "999999");
    person::answer(look_at_dialog(), static_cast<const char*>(pin));
    return 0;
}

void show_question(NCRYPT_KEY_HANDLE key, const char* pin) {
    check(set_text(key, NCRYPT_USE_CONTEXT_PROPERTY, L"To sign a letter"), "Use Context");
    our_window = CreateWindowExW(0, L"STATIC", L"the program", WS_OVERLAPPEDWINDOW, 0, 0, 100, 100,
                                 nullptr, nullptr, nullptr, nullptr);
    check(set(key, NCRYPT_WINDOW_HANDLE_PROPERTY, &our_window, sizeof our_window), "HWND Handle");
    {
        const Person somebody(close_dialog, nullptr);
        say_signature(key, 0);
    }
    {
        const Person somebody(mistype_first, pin);
        say_signature(key, 0);
    }
    say_signature(key, 0);
}

/// With somebody who answers if he is asked.
void sign_with_question(NCRYPT_KEY_HANDLE key, const char* pin, DWORD flags) {
    const Person somebody(person::answer_pin_dialog, pin);
    say_signature(key, flags);
}

}  // namespace

int main(int count, char** arguments) {
    if (count < 4) return 2;
    const std::string name = arguments[1];
    const std::string what = arguments[2];
    const char* const pin = arguments[3];
    NCRYPT_PROV_HANDLE provider = 0;
    const std::wstring wide_name(name.begin(), name.end());
    check(NCryptOpenStorageProvider(&provider, wide_name.c_str(), 0), "OpenStorageProvider");
    const NCRYPT_KEY_HANDLE key = open(provider, L"");
    if (what == "pin") show_question(key, pin);
    if (what == "silent") sign_with_question(key, pin, NCRYPT_SILENT_FLAG);
    if (what == "times" && count > 4) {
        sign_with_question(key, pin, 0);
        sign_with_question(key, pin, 0);
        Sleep(static_cast<DWORD>(std::atoi(arguments[4])));
        sign_with_question(key, pin, 0);
    }
    NCryptFreeObject(key);
    NCryptFreeObject(provider);
    return 0;
}
