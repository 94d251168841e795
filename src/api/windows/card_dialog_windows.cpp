// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "api/windows/card_dialog.h"
#include "api/windows/dialog_template_windows.h"
#include "api/windows/pin_dialog.h"
#include "base/sync.h"
#include "base/wide_text_windows.h"
#include "container/asking_thread.h"
#include "container/pin_prompt.h"

namespace cardmux::api {
namespace {

constexpr WORD id_text = 100;
constexpr UINT_PTR id_look = 101;
constexpr UINT between_looks = 500;  // milliseconds
constexpr Place whole_dialog{0, 0, 220, 80};

DialogTemplate make_template() {
    DialogTemplate dialog(L"Smart card", whole_dialog);
    dialog.item(ControlClass::Static, id_text, SS_LEFT | SS_NOPREFIX, {8, 8, 204, 42}, L"");
    dialog.item(ControlClass::Button, IDCANCEL, BS_PUSHBUTTON | WS_TABSTOP, {162, 58, 50, 15},
                L"Cancel");
    return dialog;
}

std::wstring text_of(const CardQuestion& question) {
    std::string text;
    if (!question.purpose.empty()) text = question.purpose + "\r\n\r\n";
    text += "Insert the smart card";
    if (!question.reader.empty()) text += " into the reader " + question.reader;
    if (!question.container.empty())
        text += ",\r\nthe one with the key container " + question.container;
    return to_wide(text + ".");
}

struct Conversation {
    std::wstring text;
    const std::function<bool()>& is_found;
    bool is_looking = false;
};

/// Looks at the card, for which a PIN may be asked: not inside our question, but not once more
/// inside that one either.
bool look(Conversation& conversation) {
    if (conversation.is_looking) return false;
    const container::AskingThread outside(false);
    conversation.is_looking = true;
    const bool found = conversation.is_found();
    conversation.is_looking = false;
    return found;
}

/// Nothing passes through the system's code.
bool is_found(Conversation* conversation) noexcept {
    try {
        return conversation != nullptr && look(*conversation);
    } catch (...) {  // no memory: looked again later
        conversation->is_looking = false;
        return false;
    }
}

INT_PTR CALLBACK converse(HWND dialog, UINT message, WPARAM word, LPARAM pointer) noexcept {
    if (message == WM_INITDIALOG) {
        SetWindowLongPtrW(dialog, DWLP_USER, pointer);
        SetDlgItemTextW(dialog, id_text,
                        reinterpret_cast<const Conversation*>(pointer)->text.c_str());
        SetTimer(dialog, id_look, between_looks, nullptr);
        SetForegroundWindow(dialog);
        return TRUE;
    }
    auto* conversation = reinterpret_cast<Conversation*>(GetWindowLongPtrW(dialog, DWLP_USER));
    if (message == WM_TIMER && is_found(conversation)) return EndDialog(dialog, IDOK);
    if (message == WM_COMMAND && LOWORD(word) == IDCANCEL) return EndDialog(dialog, IDCANCEL);
    return FALSE;
}

/// One question at a time on the screen; passed on also by an exception.
class ScreenTurn {
  public:
    ScreenTurn() {
        auto taken = taken_.lock();
        while (*taken) taken.wait(freed_, Deadline::never());
        *taken = true;
    }
    ~ScreenTurn() {
        *taken_.lock() = false;
        freed_.notify_all();
    }
    ScreenTurn(const ScreenTurn&) = delete;
    ScreenTurn& operator=(const ScreenTurn&) = delete;

  private:
    static Guarded<bool>& taken() {
        static auto& guarded = *new Guarded<bool>(LockRank::Session);  // never destroyed
        return guarded;
    }
    static Condition& freed() {
        static auto& condition = *new Condition;
        return condition;
    }
    Guarded<bool>& taken_ = taken();
    Condition& freed_ = freed();
};

}  // namespace

Result<void> ask_for_card(const CardQuestion& question, const std::function<bool()>& is_found) {
    if (!somebody_sees_us()) return Error(ErrorCode::NotSupported, "ask for a card");
    assert_no_lock_held("ask for a card");
    if (container::AskingThread::is_this())
        return Error(ErrorCode::NotSupported,
                     "ask for a card while this thread asks for something");
    const ScreenTurn turn;
    if (is_found()) return success();
    const container::AskingThread inside;
    Conversation conversation{text_of(question), is_found};
    const INT_PTR answer =
        make_template().show(dialog_parent(question.parent_window), converse, &conversation);
    if (answer == IDOK) return success();
    if (answer == IDCANCEL)
        return Error(ErrorCode::Cancelled, "ask for a card")
            .with_detail(container::cancelled_by_person);
    return Error(ErrorCode::NotSupported, "show the card dialog")
        .with_platform_code(GetLastError());
}

}  // namespace cardmux::api
