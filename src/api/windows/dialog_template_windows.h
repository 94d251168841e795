// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Plain dialogs, built in memory, so that no resource has to be found in a DLL that may have been
// loaded through a forwarder; and whether anybody would see one.
#pragma once

#include <windows.h>

#include <cstdint>
#include <vector>

namespace cardmux::api {

/// The predefined window classes (DLGITEMTEMPLATE).
enum class ControlClass : WORD { Button = 0x0080, Edit = 0x0081, Static = 0x0082 };

/// In dialog units.
struct Place {
    short x, y, width, height;
};

/// A DLGTEMPLATE, written word by word.
class DialogTemplate {
  public:
    DialogTemplate(const wchar_t* title, const Place& where);
    void item(ControlClass kind, WORD id, DWORD style, const Place& where, const wchar_t* title);

    /// Shows it on the calling thread's desktop.
    ///
    /// parent    a window that is gone, or none (0): the dialog has none
    /// returns   what EndDialog said, or -1
    /// waits     for the person
    INT_PTR show(std::uintptr_t parent, DLGPROC converse, void* conversation) const;

  private:
    static constexpr std::size_t items_at = 4;
    void word(WORD value) { words_.push_back(value); }
    void long_word(DWORD value);
    void place(const Place& at);
    void text(const wchar_t* characters);
    std::vector<WORD> words_;
};

/// A service's window station is not visible: a dialog there would wait for nobody for ever.
bool somebody_sees_us();

}  // namespace cardmux::api
