// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// CPAcquireContext and CPReleaseContext: who calls, with which flags and settings.
#include "api/csp/csp_boundary_windows.h"
#include "api/csp/csp_state_windows.h"
#include "api/csp/open_context_windows.h"
#include "api/windows/logon_domain.h"
#include "base/wide_text_windows.h"
#include "windows/process_world_windows.h"

namespace cardmux::csp {
namespace {

namespace status = api::status;

// ---- who calls ----------------------------------------------------------------------------------

/// Reads the table only as far as its version goes.
void read_table(const VTableProvStruc* table, CspContext& context) {
    const DWORD version = table == nullptr ? 0 : table->Version;
    if (version >= 2) context.provider_type = table->dwProvType;
    if (version >= 3 && table->pszProvName != nullptr)
        context.provider_name = from_ansi(table->pszProvName);
    if (context.provider_name.empty())
        context.provider_name =
            context.provider_type == PROV_RSA_AES ? api::csp_name_rsa_aes : api::csp_name_rsa_full;
}

/// The window that PP_CLIENT_HWND named before, which only the system knows.
std::uintptr_t window_from(const VTableProvStruc* table) {
    if (table == nullptr || table->Version < 1 || table->FuncReturnhWnd == nullptr) return 0;
    HWND window = nullptr;
    // NOLINTNEXTLINE(clang-diagnostic-cast-function-type): FARPROC is how the system declares it
    const auto ask = reinterpret_cast<ReturnWindow>(reinterpret_cast<void*>(table->FuncReturnhWnd));
    return ask(&window) ? reinterpret_cast<std::uintptr_t>(window) : 0;
}

/// At most one of what they ask for; CRYPT_VERIFYCONTEXT is four bits, which come together.
Outcome<void> check_wishes(DWORD flags) {
    constexpr DWORD known = CRYPT_VERIFYCONTEXT | CRYPT_NEWKEYSET | CRYPT_DELETEKEYSET |
                            CRYPT_MACHINE_KEYSET | CRYPT_SILENT | CRYPT_DEFAULT_CONTAINER_OPTIONAL;
    const bool verifies = (flags & CRYPT_VERIFYCONTEXT) == CRYPT_VERIFYCONTEXT;
    const bool half = !verifies && (flags & CRYPT_VERIFYCONTEXT) != 0;
    const bool creates = (flags & CRYPT_NEWKEYSET) != 0;
    const bool deletes = (flags & CRYPT_DELETEKEYSET) != 0;
    if (half || verifies + creates + deletes > 1) return refuse(status::nte_bad_flags);
    return check_flags(flags, known);
}

Outcome<SharedContext> begin_context(DWORD flags, const VTableProvStruc* table) {
    auto context = std::make_shared<CspContext>();
    context->flags = flags;
    read_table(table, *context);
    CARDMUX_TRY_ASSIGN(context->provider, windows::process_provider());
    context->settings =
        api::read_provider_settings(api::WindowsInterface::Csp, context->provider_name);
    api::apply_hold(*context->provider, context->settings);
    context->client =
        context->provider->make_client(api::current_logon_domain(api::WindowsInterface::Csp));
    CARDMUX_TRY_ASSIGN(context->software, SoftwareProvider::open());
    if (!context->is_silent()) context->changing.lock()->window = window_from(table);
    return context;
}

}  // namespace
}  // namespace cardmux::csp

using namespace cardmux::csp;  // NOLINT(google-build-using-namespace): the C functions' file
namespace api = cardmux::api;

BOOL WINAPI CPAcquireContext(HCRYPTPROV* phProv, LPCSTR pszContainer, DWORD dwFlags,
                             PVTableProvStruc pVTable) noexcept {
    const CspCall call{"CPAcquireContext", 0, api::CallPurpose::OpenContainer};
    return csp_call(call, [&]() -> Outcome<void> {
        if (phProv == nullptr) return refuse(api::status::error_invalid_parameter);
        CARDMUX_TRY(check_wishes(dwFlags));
        CARDMUX_TRY_ASSIGN(SharedContext context, begin_context(dwFlags, pVTable));
        const std::string name = pszContainer == nullptr ? "" : cardmux::from_ansi(pszContainer);
        CARDMUX_TRY(open_context(*context, name));
        // Of a container that is gone there is no context, and nobody would release it.
        const bool is_gone = (dwFlags & CRYPT_DELETEKEYSET) != 0;
        *phProv = is_gone ? 0 : csp_state().contexts.add(std::move(context));
        return done();
    });
}

BOOL WINAPI CPReleaseContext(HCRYPTPROV hProv, DWORD dwFlags) noexcept {
    return csp_call({"CPReleaseContext", hProv}, [&]() -> Outcome<void> {
        CARDMUX_TRY(release_context(hProv));  // also with flags, which are an error all the same
        if (dwFlags != 0) return refuse(api::status::nte_bad_flags);
        return done();
    });
}
