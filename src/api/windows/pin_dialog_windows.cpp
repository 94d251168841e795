// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <windows.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "api/windows/dialog_template_windows.h"
#include "api/windows/pin_dialog.h"
#include "base/wide_text_windows.h"

namespace cardmux::api {
namespace {

constexpr WORD id_text = 100;
constexpr WORD id_pin = 101;
constexpr UINT_PTR id_patience = 102;
constexpr std::size_t longest_pin = 64;  // characters

constexpr Place whole_dialog{0, 0, 220, 120};

DialogTemplate make_template() {
    DialogTemplate dialog(L"Smart card PIN", whole_dialog);
    dialog.item(ControlClass::Static, id_text, SS_LEFT | SS_NOPREFIX, {8, 8, 204, 66}, L"");
    dialog.item(ControlClass::Edit, id_pin, ES_PASSWORD | ES_AUTOHSCROLL | WS_BORDER | WS_TABSTOP,
                {8, 78, 204, 13}, L"");
    dialog.item(ControlClass::Button, IDOK, BS_DEFPUSHBUTTON | WS_TABSTOP, {106, 98, 50, 15},
                L"OK");
    dialog.item(ControlClass::Button, IDCANCEL, BS_PUSHBUTTON | WS_TABSTOP, {162, 98, 50, 15},
                L"Cancel");
    return dialog;
}

// ---- what it says ------------------------------------------------------------------------------

std::string tries_text(const container::PinQuestion& question) {
    std::string text = question.was_wrong ? "This PIN is wrong. " : "";
    if (!question.tries_left) return text;
    if (*question.tries_left == 1) return text + "One try is left: after that the PIN is blocked.";
    return text + std::to_string(*question.tries_left) + " tries are left.";
}

std::wstring text_of(const container::PinQuestion& question) {
    std::string text;
    if (!question.purpose.empty()) text = question.purpose + "\r\n\r\n";
    text += "Card: " + question.card + "\r\nReader: " + question.reader + "\r\n";
    return to_wide(text + tries_text(question));
}

// ---- the conversation --------------------------------------------------------------------------

struct Conversation {
    std::wstring text;
    SecretBytes pin;
    std::optional<Duration> patience;
};

/// Characters that are wiped when they are no longer needed.
template <typename Character, std::size_t size>
struct Wiped {
    std::array<Character, size> characters{};
    ~Wiped() { wipe({reinterpret_cast<std::uint8_t*>(characters.data()), sizeof characters}); }
};

/// Takes the PIN out of the window, and what the window keeps of it as well.
SecretBytes take_pin(HWND dialog) {
    constexpr std::size_t utf8_per_unit = 3;
    Wiped<wchar_t, longest_pin + 1> wide;
    Wiped<char, utf8_per_unit * longest_pin> utf8;
    const UINT length = GetDlgItemTextW(dialog, id_pin, wide.characters.data(), longest_pin + 1);
    const int size =
        WideCharToMultiByte(CP_UTF8, 0, wide.characters.data(), static_cast<int>(length),
                            utf8.characters.data(), utf8.characters.size(), nullptr, nullptr);
    const std::wstring blanks(length, L' ');
    SetDlgItemTextW(dialog, id_pin, blanks.c_str());
    SetDlgItemTextW(dialog, id_pin, L"");
    return SecretBytes(
        bytes_of({utf8.characters.data(), static_cast<std::size_t>(size > 0 ? size : 0)}));
}

UINT milliseconds_of(Duration patience) {
    const auto count = std::chrono::duration_cast<std::chrono::milliseconds>(patience).count();
    return static_cast<UINT>(std::clamp<std::int64_t>(count, 1, USER_TIMER_MAXIMUM));
}

void begin(HWND dialog, const Conversation& conversation) {
    SetDlgItemTextW(dialog, id_text, conversation.text.c_str());
    SendDlgItemMessageW(dialog, id_pin, EM_LIMITTEXT, longest_pin, 0);
    if (conversation.patience)
        SetTimer(dialog, id_patience, milliseconds_of(*conversation.patience), nullptr);
    SetForegroundWindow(dialog);
    SetFocus(GetDlgItem(dialog, id_pin));
}

INT_PTR CALLBACK converse(HWND dialog, UINT message, WPARAM word, LPARAM pointer) noexcept {
    if (message == WM_INITDIALOG) {
        SetWindowLongPtrW(dialog, DWLP_USER, pointer);
        begin(dialog, *reinterpret_cast<Conversation*>(pointer));
        return FALSE;  // the focus is where it should be
    }
    if (message != WM_COMMAND && message != WM_TIMER) return FALSE;
    auto* conversation = reinterpret_cast<Conversation*>(GetWindowLongPtrW(dialog, DWLP_USER));
    // Nobody came: as if it had been closed, with what was typed so far.
    const WORD id = message == WM_TIMER ? IDCANCEL : LOWORD(word);
    if (id != IDOK && id != IDCANCEL) return FALSE;
    try {
        SecretBytes pin = take_pin(dialog);
        if (id == IDOK && conversation != nullptr) conversation->pin = std::move(pin);
        EndDialog(dialog, id);
    } catch (...) {  // no memory: the dialog fails, nothing passes through the system's code
        EndDialog(dialog, 0);
    }
    return TRUE;
}

class PinDialog final : public container::PinPrompt {
  public:
    Result<SecretBytes> ask(const container::PinQuestion& question) override {
        if (!somebody_sees_us()) return Error(ErrorCode::NotSupported, "ask for the PIN");
        Conversation conversation{text_of(question), {}, question.patience};
        const INT_PTR answer =
            make_template().show(dialog_parent(question.parent_window), converse, &conversation);
        if (answer == IDOK) return std::move(conversation.pin);
        if (answer == IDCANCEL)
            return Error(ErrorCode::Cancelled, "ask for the PIN")
                .with_detail(container::cancelled_by_person);
        return Error(ErrorCode::NotSupported, "show the PIN dialog")
            .with_platform_code(GetLastError());
    }
};

}  // namespace

std::uintptr_t dialog_parent(std::uintptr_t wanted) {
    const HWND window = reinterpret_cast<HWND>(wanted);
    DWORD process = 0;
    const DWORD thread = window == nullptr ? 0 : GetWindowThreadProcessId(window, &process);
    const bool may_wait_for_us = process == GetCurrentProcessId() && thread != GetCurrentThreadId();
    return thread == 0 || may_wait_for_us ? 0 : wanted;
}

std::shared_ptr<container::PinPrompt> make_pin_dialog() {
    return std::make_shared<PinDialog>();
}

}  // namespace cardmux::api
