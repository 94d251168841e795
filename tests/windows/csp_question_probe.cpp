// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// A program that lets the CSP ask a person, and the person. What it finds, it says on standard
// output, a line a finding; the test compares.
//
//   csp_question_probe PROVIDER TYPE pin PIN              a dialog asks for the PIN
//   csp_question_probe PROVIDER TYPE twice PIN            it does, for each of two signatures
//   csp_question_probe PROVIDER TYPE make PIN             it does, to make a key
//   csp_question_probe PROVIDER TYPE nobody               it does, and nobody answers
//   csp_question_probe PROVIDER TYPE card [CONTAINER]     one asks for a card: somebody inserts one
//   csp_question_probe PROVIDER TYPE no-card [CONTAINER]  one asks for a card: closed
//   csp_question_probe PROVIDER TYPE prompted [CONTAINER] the same, with words of the program's
//   csp_question_probe PROVIDER TYPE meanwhile            a timer asks inside that: then closed
//   csp_question_probe PROVIDER TYPE silent [CONTAINER]   nobody may be asked
#include "windows/csp_client.h"
#include "windows/person.h"

namespace {

using namespace csp_client;  // NOLINT(google-build-using-namespace): one program's helpers
using person::Person;

void sign(const Context& context) {
    const HCRYPTHASH hash = hash_of(context.handle, CALG_SHA_256);
    const Bytes signature = signature_of(hash, AT_KEYEXCHANGE, 0);
    const DWORD error = signature.empty() ? GetLastError() : 0;
    std::printf("signature: %zu, error %08lX\n", signature.size(), error);
    CryptDestroyHash(hash);
}

/// Signs in a context that may ask, while somebody answers.
void sign_with_question(const Context& context, const char* pin) {
    const Person somebody(person::answer_pin_dialog, pin);
    sign(context);
}

void show_question(const char* pin) {
    Context context;
    say("acquire", context.acquire(nullptr, 0));
    const wchar_t purpose[] = L"To sign a letter";
    say("prompt", CryptSetProvParam(context.handle, PP_PIN_PROMPT_STRING,
                                    reinterpret_cast<const BYTE*>(purpose), 0));
    sign_with_question(context, nullptr);
    sign_with_question(context, pin);
    const HCRYPTHASH hash = hash_of(context.handle, CALG_SHA_256);
    std::printf("not asked again: %zu\n", signature_of(hash, AT_KEYEXCHANGE, 0).size());
    CryptDestroyHash(hash);
}

/// Two signatures, with somebody who answers as often as he is asked.
void show_twice(const char* pin) {
    Context context;
    say("acquire", context.acquire(nullptr, 0));
    sign_with_question(context, pin);
    sign_with_question(context, pin);
}

/// A new key, while somebody answers.
void show_making(const char* pin) {
    Context context;
    say("new", context.acquire("asked for", CRYPT_NEWKEYSET));
    const Person somebody(person::answer_pin_dialog, pin);
    HCRYPTKEY key = 0;
    say("make", CryptGenKey(context.handle, AT_KEYEXCHANGE, 0, &key));
    if (key != 0) CryptDestroyKey(key);
}

void show_nobody() {
    Context context;
    say("acquire", context.acquire(nullptr, 0));
    constexpr DWORD pp_dismiss_pin_ui_sec = 49;  // only newer headers have it
    const DWORD seconds = 1;
    say("patience", CryptSetProvParam(context.handle, pp_dismiss_pin_ui_sec,
                                      reinterpret_cast<const BYTE*>(&seconds), 0));
    sign(context);
}

// ---- a card -------------------------------------------------------------------------------------

HWND wait_for_card_dialog() {
    return person::wait_for_dialog("Smart card");
}

DWORD WINAPI watch_dialog(void*) {
    wait_for_card_dialog();
    return 0;
}

DWORD WINAPI close_dialog(void*) {
    person::answer(wait_for_card_dialog(), nullptr);
    return 0;
}

HANDLE asked_meanwhile = nullptr;

/// Runs on the thread that shows the dialog, which carries out what is waiting.
void CALLBACK ask_meanwhile(HWND, UINT, UINT_PTR timer, DWORD) {
    KillTimer(nullptr, timer);
    Context context;
    say("meanwhile", context.acquire(nullptr, 0));
    SetEvent(asked_meanwhile);
}

DWORD WINAPI close_dialog_after_that(void*) {
    constexpr DWORD patience = 20000;
    const HWND dialog = wait_for_card_dialog();
    WaitForSingleObject(asked_meanwhile, patience);
    person::answer(dialog, nullptr);
    return 0;
}

void show_card(const char* container, DWORD flags, LPTHREAD_START_ROUTINE does) {
    const Person somebody(does, nullptr);
    Context context;
    say("acquire", context.acquire(container, flags));
    std::printf("card: %d\n", text_of(context.handle, PP_CONTAINER).rfind("piv-", 0) == 0);
}

/// PP_UI_PROMPT counts for the process, so that any context can set it.
void show_prompted(const char* container) {
    Context any;
    any.acquire(nullptr, CRYPT_VERIFYCONTEXT);
    const wchar_t words[] = L"The blue card signs letters.";
    say("prompt",
        CryptSetProvParam(any.handle, PP_UI_PROMPT, reinterpret_cast<const BYTE*>(words), 0));
    show_card(container, 0, close_dialog);
}

void show_meanwhile() {
    asked_meanwhile = CreateEventA(nullptr, TRUE, FALSE, nullptr);
    SetTimer(nullptr, 0, 100, ask_meanwhile);
    show_card(nullptr, 0, close_dialog_after_that);
}

}  // namespace

int main(int count, char** arguments) {
    if (count < 4) return 2;
    provider_name = arguments[1];
    provider_type = static_cast<DWORD>(std::atoi(arguments[2]));
    const std::string what = arguments[3];
    const char* more = count > 4 ? arguments[4] : nullptr;
    if (what == "pin") show_question(more);
    if (what == "twice") show_twice(more);
    if (what == "make") show_making(more);
    if (what == "nobody") show_nobody();
    if (what == "card") show_card(more, 0, watch_dialog);
    if (what == "no-card") show_card(more, 0, close_dialog);
    if (what == "prompted") show_prompted(more);
    if (what == "meanwhile") show_meanwhile();
    if (what == "silent") show_card(more, CRYPT_SILENT, watch_dialog);
    return 0;
}
