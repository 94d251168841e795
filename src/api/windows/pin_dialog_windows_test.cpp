// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Whose window the dialog may come up over; csp_test.py shows the dialog itself.
#include <gtest/gtest.h>
#include <windows.h>

#include "api/windows/pin_dialog.h"
#include "base/sync.h"

namespace cardmux::api {
namespace {

/// A window of this thread.
class Window {
  public:
    Window()
        : handle_(CreateWindowExW(0, L"STATIC", L"", 0, 0, 0, 0, 0, HWND_MESSAGE, nullptr, nullptr,
                                  nullptr)) {}
    ~Window() { DestroyWindow(handle_); }
    Window(const Window&) = delete;
    Window& operator=(const Window&) = delete;
    std::uintptr_t number() const { return reinterpret_cast<std::uintptr_t>(handle_); }

  private:
    HWND handle_;
};

TEST(PinDialogParent, is_a_window_of_the_asking_thread) {
    std::uintptr_t gone = 0;
    {
        const Window window;
        ASSERT_NE(window.number(), 0U);
        EXPECT_EQ(dialog_parent(window.number()), window.number());
        gone = window.number();
    }
    EXPECT_EQ(dialog_parent(gone), 0U);
    EXPECT_EQ(dialog_parent(0), 0U);
}

TEST(PinDialogParent, is_no_window_of_a_thread_that_may_wait_for_us) {
    const Window window;
    std::uintptr_t parent = 1;
    Thread asking;
    ASSERT_TRUE(asking.start("test-asks", [&] { parent = dialog_parent(window.number()); }));
    asking.join();  // and looks at no message meanwhile
    EXPECT_EQ(parent, 0U);
}

}  // namespace
}  // namespace cardmux::api
