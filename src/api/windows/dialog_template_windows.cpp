// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "api/windows/dialog_template_windows.h"

namespace cardmux::api {

DialogTemplate::DialogTemplate(const wchar_t* title, const Place& where) {
    long_word(DS_MODALFRAME | DS_CENTER | DS_SETFONT | DS_SETFOREGROUND | WS_POPUP | WS_CAPTION |
              WS_SYSMENU);
    long_word(0);
    word(0);  // items: counted by item()
    place(where);
    word(0);  // no menu
    word(0);  // the usual window class
    text(title);
    word(9);  // points
    text(L"Segoe UI");
}

void DialogTemplate::item(ControlClass kind, WORD id, DWORD style, const Place& where,
                          const wchar_t* title) {
    if (words_.size() % 2 != 0) word(0);  // each begins at a multiple of four bytes
    long_word(style | WS_CHILD | WS_VISIBLE);
    long_word(0);
    place(where);
    word(id);
    word(0xFFFF);
    word(static_cast<WORD>(kind));
    text(title);
    word(0);  // no creation data
    ++words_[items_at];
}

INT_PTR DialogTemplate::show(std::uintptr_t parent, DLGPROC converse, void* conversation) const {
    const HWND window = reinterpret_cast<HWND>(parent);
    return DialogBoxIndirectParamW(GetModuleHandleW(nullptr),
                                   reinterpret_cast<const DLGTEMPLATE*>(words_.data()),
                                   window != nullptr && IsWindow(window) ? window : nullptr,
                                   converse, reinterpret_cast<LPARAM>(conversation));
}

void DialogTemplate::long_word(DWORD value) {
    word(LOWORD(value));
    word(HIWORD(value));
}

void DialogTemplate::place(const Place& at) {
    for (const short value : {at.x, at.y, at.width, at.height}) word(static_cast<WORD>(value));
}

void DialogTemplate::text(const wchar_t* characters) {
    for (; *characters != 0; ++characters) word(*characters);
    word(0);
}

bool somebody_sees_us() {
    USEROBJECTFLAGS flags{};
    DWORD size = 0;
    const HWINSTA station = GetProcessWindowStation();
    return station != nullptr &&
           GetUserObjectInformationW(station, UOI_FLAGS, &flags, sizeof flags, &size) &&
           (flags.dwFlags & WSF_VISIBLE) != 0;
}

}  // namespace cardmux::api
