// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "transport/pcsc_calls_windows.h"
// after the system's, which it sets up
#include "transport/pcsc_error.h"
#include "transport/reader_icon_windows.h"

/// mingw-w64's import library has it, its header has not.
extern "C" WINSCARDAPI LONG WINAPI SCardGetReaderIconW(SCARDCONTEXT hContext, LPCWSTR szReaderName,
                                                       LPBYTE pbIcon, LPDWORD pcbIcon);

namespace cardmux::transport {
namespace {

class Context {
  public:
    Context() : outcome_(SCardEstablishContext(SCARD_SCOPE_USER, nullptr, nullptr, &handle_)) {}
    ~Context() {
        if (outcome_ == SCARD_S_SUCCESS) SCardReleaseContext(handle_);
    }
    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;

    LONG outcome() const { return outcome_; }
    SCARDCONTEXT handle() const { return handle_; }

  private:
    SCARDCONTEXT handle_ = 0;
    LONG outcome_;
};

Error failed(LONG code) {
    if (static_cast<std::uint32_t>(code) == static_cast<std::uint32_t>(SCARD_E_UNSUPPORTED_FEATURE))
        return Error(ErrorCode::NotSupported, "read the reader's icon");
    return pcsc_error(static_cast<std::uint32_t>(code), "read the reader's icon");
}

}  // namespace

Result<Bytes> reader_icon(const std::string& reader) {
    const Context context;
    if (context.outcome() != SCARD_S_SUCCESS) return failed(context.outcome());
    const NativeName name = native_name(reader);
    DWORD size = 0;
    LONG code = SCardGetReaderIconW(context.handle(), name.c_str(), nullptr, &size);
    if (code != SCARD_S_SUCCESS) return failed(code);
    Bytes icon(size);
    code = SCardGetReaderIconW(context.handle(), name.c_str(), icon.data(), &size);
    if (code != SCARD_S_SUCCESS) return failed(code);
    icon.resize(size);
    return icon;
}

}  // namespace cardmux::transport
