// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "api/windows/reader_icon_windows.h"

#include <windows.h>

#include "base/loaded_dll_windows.h"
#include "base/wide_text_windows.h"

namespace cardmux::api {
namespace {

using Context = ULONG_PTR;
constexpr DWORD scope_user = 0;       // SCARD_SCOPE_USER
constexpr DWORD icon_max = 0x100000;  // no property is longer

/// winscard.h is the transport's; these three are found at run time, as old systems lack the last.
struct Winscard {
    LONG(WINAPI* establish)(DWORD, const void*, const void*, Context*) = nullptr;
    LONG(WINAPI* release)(Context) = nullptr;
    LONG(WINAPI* get_icon)(Context, const wchar_t*, BYTE*, DWORD*) = nullptr;

    bool find_all() {
        const HMODULE dll = LoadLibraryW(L"winscard.dll");  // the transport's, loaded already
        return find_function(dll, "SCardEstablishContext", establish) &&
               find_function(dll, "SCardReleaseContext", release) &&
               find_function(dll, "SCardGetReaderIconW", get_icon);
    }
};

Error failed(ErrorCode code, LONG status) {
    return Error(code, "get the reader's icon")
        .with_platform_code(static_cast<std::uint32_t>(status));
}

/// Asks for the size, then for the icon.
Result<Bytes> ask(const Winscard& winscard, Context context, const std::wstring& reader) {
    DWORD size = 0;
    LONG status = winscard.get_icon(context, reader.c_str(), nullptr, &size);
    if (status != ERROR_SUCCESS || size == 0 || size > icon_max)
        return failed(ErrorCode::ObjectNotFound, status);
    Bytes icon(size);
    status = winscard.get_icon(context, reader.c_str(), icon.data(), &size);
    if (status != ERROR_SUCCESS || size > icon.size())
        return failed(ErrorCode::ObjectNotFound, status);
    icon.resize(size);
    return icon;
}

}  // namespace

Result<Bytes> reader_icon(const std::string& reader) {
    static Winscard winscard;
    static const bool is_whole = winscard.find_all();
    if (!is_whole) return failed(ErrorCode::ObjectNotFound, 0);
    Context context = 0;
    const LONG status = winscard.establish(scope_user, nullptr, nullptr, &context);
    if (status != ERROR_SUCCESS) return failed(ErrorCode::ServiceUnavailable, status);
    Result<Bytes> icon = ask(winscard, context, to_wide(reader));
    winscard.release(context);
    return icon;
}

}  // namespace cardmux::api
