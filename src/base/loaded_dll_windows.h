// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Functions that are found at run time: of a DLL that a system may lack, or which mingw's libraries
// do not know.
#pragma once

#include <windows.h>

namespace cardmux {

/// Into `function`, by its own type; null if there is no DLL or no such function in it.
///
/// returns   whether it is there
template <typename Function>
bool find_function(HMODULE dll, const char* name, Function& function) {
    function = dll == nullptr
                   ? nullptr
                   : reinterpret_cast<Function>(reinterpret_cast<void*>(GetProcAddress(dll, name)));
    return function != nullptr;
}

/// A DLL that is loaded as long as this lives. What it found must not be called afterwards.
class LoadedDll {
  public:
    explicit LoadedDll(const wchar_t* name) : module_(LoadLibraryW(name)) {}
    ~LoadedDll() {
        if (module_ != nullptr) FreeLibrary(module_);
    }
    LoadedDll(const LoadedDll&) = delete;
    LoadedDll& operator=(const LoadedDll&) = delete;

    /// As find_function.
    template <typename Function>
    bool find(const char* name, Function& function) const {
        return find_function(module_, name, function);
    }

  private:
    HMODULE module_;
};

}  // namespace cardmux
