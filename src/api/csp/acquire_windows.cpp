// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// CPAcquireContext and CPReleaseContext: which container a name and its flags mean.
#include "api/csp/csp_boundary_windows.h"
#include "api/csp/csp_state_windows.h"
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

Outcome<void> check_flags(DWORD flags) {
    constexpr DWORD known = CRYPT_VERIFYCONTEXT | CRYPT_NEWKEYSET | CRYPT_DELETEKEYSET |
                            CRYPT_MACHINE_KEYSET | CRYPT_SILENT | CRYPT_DEFAULT_CONTAINER_OPTIONAL;
    const bool verifies = (flags & CRYPT_VERIFYCONTEXT) == CRYPT_VERIFYCONTEXT;
    const bool half = !verifies && (flags & CRYPT_VERIFYCONTEXT) != 0;
    const bool creates = (flags & CRYPT_NEWKEYSET) != 0;
    const bool deletes = (flags & CRYPT_DELETEKEYSET) != 0;
    if ((flags & ~known) != 0 || half || verifies + creates + deletes > 1)
        return refuse(status::nte_bad_flags);
    return done();
}

Outcome<SharedContext> begin_context(DWORD flags, const VTableProvStruc* table) {
    auto context = std::make_shared<CspContext>();
    context->flags = flags;
    read_table(table, *context);
    CARDMUX_TRY_ASSIGN(context->provider, windows::process_provider());
    context->settings =
        api::read_provider_settings(api::WindowsInterface::Csp, context->provider_name);
    context->provider->set_hold(context->settings.hold);
    context->client =
        context->provider->make_client(api::current_logon_domain(api::WindowsInterface::Csp));
    CARDMUX_TRY_ASSIGN(context->software, SoftwareProvider::open());
    if (!context->is_silent()) context->changing.lock()->window = window_from(table);
    return context;
}

// ---- what it opens ------------------------------------------------------------------------------

/// A reader that was named and is not there is another error than no reader at all.
Refusal not_opened(const Error& error, const container::ContainerName& name) {
    if (name.reader && error.code == ErrorCode::ReaderUnavailable) {
        Refusal refusal(status::scard_e_unknown_reader);
        return refusal;
    }
    return error;
}

/// The card of a context without a container.
Outcome<void> open_card(CspContext& context, const container::ContainerName& name) {
    if (name.reader) {
        auto card =
            container::card_in(*context.provider, *name.reader, context.client, Deadline::never());
        if (!card) return not_opened(card.error(), name);
        context.card = *std::move(card);
        return done();
    }
    CARDMUX_TRY_ASSIGN(auto cards,
                       container::all_cards(*context.provider, context.client, Deadline::never()));
    context.card = std::move(cards.front());
    return done();
}

Outcome<void> open_container(CspContext& context, const container::ContainerName& name) {
    auto found =
        container::find_container(*context.provider, name, context.client, Deadline::never());
    if (!found) return not_opened(found.error(), name);
    context.card = found->card;
    context.found_container = *std::move(found);
    return done();
}

/// Public data of a card or a container; with no name at all no card is touched.
Outcome<void> open_for_verification(CspContext& context, const container::ContainerName& name) {
    if (!name.container.empty()) return open_container(context, name);
    return name.reader ? open_card(context, name) : done();
}

Outcome<void> open(CspContext& context, const container::ContainerName& name) {
    if (context.is_for_verification()) return open_for_verification(context, name);
    Outcome<void> opened = open_container(context, name);
    const bool has_none = !opened.ok() && opened.error().cause &&
                          opened.error().cause->code == ErrorCode::ObjectNotFound;
    const bool needs_none = (context.flags & CRYPT_DEFAULT_CONTAINER_OPTIONAL) != 0;
    return has_none && needs_none ? open_card(context, name) : opened;
}

/// Containers are made and deleted by writing to the card, for which its PIN is asked first.
Outcome<void> refuse_writing(CspContext& context) {
    if (context.is_silent() && !context.card->token->is_logged_in(context.client.domain))
        return refuse(status::nte_silent_context);
    return refuse(status::scard_e_read_only_card);
}

Outcome<void> create_container(CspContext& context, const container::ContainerName& name) {
    const Outcome<void> existing =
        name.container.empty() ? open_card(context, name) : open_container(context, name);
    if (existing.ok() && !name.container.empty()) return refuse(status::nte_exists);
    if (!existing.ok()) {
        const auto& cause = existing.error().cause;
        if (!cause || cause->code != ErrorCode::KeyNotFound) return existing;
        CARDMUX_TRY(open_card(context, name));
    }
    return refuse_writing(context);
}

Outcome<void> delete_container(CspContext& context, const container::ContainerName& name) {
    CARDMUX_TRY(open_container(context, name));
    return refuse_writing(context);
}

Outcome<void> carry_out(CspContext& context, const char* ansi_name) {
    const std::string text = ansi_name == nullptr ? "" : from_ansi(ansi_name);
    CARDMUX_TRY_ASSIGN(const container::ContainerName name, container::parse_container_name(text));
    if ((context.flags & CRYPT_NEWKEYSET) != 0) return create_container(context, name);
    if ((context.flags & CRYPT_DELETEKEYSET) != 0) return delete_container(context, name);
    return open(context, name);
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
        CARDMUX_TRY(check_flags(dwFlags));
        CARDMUX_TRY_ASSIGN(SharedContext context, begin_context(dwFlags, pVTable));
        CARDMUX_TRY(carry_out(*context, pszContainer));
        *phProv = csp_state().contexts.add(std::move(context));
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
