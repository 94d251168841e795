// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// CPSetProvParam: PINs, the window and the words of the question for one, what writes, and which
// card a context is of.
#include <cstring>

#include "api/csp/csp_boundary_windows.h"
#include "api/csp/csp_state_windows.h"
#include "api/csp/key_writing_windows.h"
#include "api/csp/open_context_windows.h"
#include "api/windows/certificate_store_windows.h"
#include "base/wide_text_windows.h"

namespace cardmux::csp {
namespace {

namespace status = api::status;

constexpr std::size_t longest_pin = 255;      // no card takes as many
constexpr std::size_t longest_reader = 255;   // bytes; MAX_READERNAME is 128 characters
constexpr std::size_t longest_prompt = 1000;  // characters; more is no question any more

// ---- PINs ---------------------------------------------------------------------------------------

/// No PIN, or an empty one: what was given before no longer counts.
Outcome<void> use_pin(CspContext& context, ByteView pin) {
    const auto card = context.card();
    if (!card) return refuse(status::scard_e_no_smartcard);
    container::KeyAccess& access = csp_state().access;
    if (pin.empty()) {
        access.forget_pin(*card, context.caller().client.domain);
        return done();
    }
    return access.give_pin(*card, context.caller(), SecretBytes(pin));
}

Outcome<void> set_pin(CspContext& context, const BYTE* text) {
    const std::size_t size =
        text == nullptr ? 0 : strnlen(reinterpret_cast<const char*>(text), longest_pin + 1);
    if (size > longest_pin) return refuse(status::error_invalid_parameter);
    return use_pin(context, {text, size});
}

/// The caller's own memory stays protected: a copy is opened, used and wiped.
Outcome<void> set_protected_pin(CspContext& context, const BYTE* data) {
    if (data == nullptr) return use_pin(context, {});
    DATA_BLOB blob{};
    std::memcpy(&blob, data, sizeof blob);
    if (blob.pbData == nullptr || blob.cbData == 0 || blob.cbData > longest_pin + 1 ||
        blob.cbData % CRYPTPROTECTMEMORY_BLOCK_SIZE != 0)
        return refuse(status::error_invalid_parameter);
    Bytes opened(blob.pbData, blob.pbData + blob.cbData);
    const WipedAtEnd wiped(opened);
    const BOOL could = CryptUnprotectMemory(opened.data(), static_cast<DWORD>(opened.size()),
                                            CRYPTPROTECTMEMORY_SAME_PROCESS);
    Outcome<void> outcome = software(could);
    const std::size_t size = strnlen(reinterpret_cast<const char*>(opened.data()), opened.size());
    if (outcome.ok()) outcome = use_pin(context, {opened.data(), size});
    return outcome;
}

// ---- the question -------------------------------------------------------------------------------

/// wchar_t text, perhaps not aligned.
Outcome<std::string> prompt_from(const BYTE* data) {
    std::wstring text;
    for (; data != nullptr && text.size() <= longest_prompt; data += sizeof(wchar_t)) {
        wchar_t character = 0;
        std::memcpy(&character, data, sizeof character);
        if (character == 0) return from_wide(text);
        text.push_back(character);
    }
    if (data != nullptr) return refuse(status::error_invalid_parameter);
    return std::string();
}

Outcome<void> set_prompt(CspContext& context, DWORD parameter, const BYTE* data) {
    CARDMUX_TRY_ASSIGN(std::string prompt, prompt_from(data));
    if (parameter == PP_UI_PROMPT) {
        *csp_state().prompt.lock() = std::move(prompt);
    } else {
        context.changing.lock()->prompt = std::move(prompt);
    }
    return done();
}

Outcome<void> set_window(CspContext& context, const BYTE* data) {
    std::uintptr_t window = 0;
    if (data != nullptr) std::memcpy(&window, data, sizeof window);
    context.changing.lock()->window = window;
    return done();
}

/// Seconds; 0: as long as it takes.
Outcome<void> set_patience(CspContext& context, const BYTE* data) {
    if (data == nullptr) return refuse(status::error_invalid_parameter);
    DWORD seconds = 0;
    std::memcpy(&seconds, data, sizeof seconds);
    std::optional<Duration> patience;
    if (seconds != 0) patience = std::chrono::seconds(seconds);
    context.changing.lock()->patience = patience;
    return done();
}

// ---- writing ------------------------------------------------------------------------------------

/// One container has one key: what is left is a name that a new key may have.
Outcome<void> delete_key_of(CspContext& context, const BYTE* data) {
    if (data == nullptr) return refuse(status::error_invalid_parameter);
    if (context.is_for_verification()) return refuse(status::nte_perm);
    DWORD spec = 0;
    std::memcpy(&spec, data, sizeof spec);
    const auto found = context.found_container();
    if (!found || spec != static_cast<DWORD>(found->container.key_spec))
        return refuse(status::nte_no_key);
    return delete_key(context);
}

/// The certificates of a store, for those of the card's keys that are in them. What the store does
/// not have stays on the card.
Outcome<void> write_user_certificates(CspContext& context, const BYTE* data) {
    std::uintptr_t store = 0;
    if (data != nullptr) std::memcpy(&store, data, sizeof store);
    if (store == 0) return refuse(status::error_invalid_parameter);
    if (context.is_for_verification()) return refuse(status::nte_perm);
    return write_certificates(context, api::certificates_in(store));
}

// ---- which card ---------------------------------------------------------------------------------

Outcome<void> set_reader(CspContext& context, const BYTE* data) {
    const auto* const text = reinterpret_cast<const char*>(data);
    const std::size_t size = text == nullptr ? 0 : strnlen(text, longest_reader + 1);
    if (size == 0 || size > longest_reader) return refuse(status::error_invalid_parameter);
    return choose_reader(context, from_ansi({text, size}));
}

Outcome<void> set_guid(CspContext& context, const BYTE* data) {
    if (data == nullptr) return refuse(status::error_invalid_parameter);
    return choose_card(context, {data, sizeof(GUID)});
}

// ---- all of them --------------------------------------------------------------------------------

Outcome<void> set(CspContext& context, DWORD parameter, const BYTE* data) {
    switch (parameter) {
        case PP_CLIENT_HWND:
            return set_window(context, data);
        case PP_KEYEXCHANGE_PIN:
        case PP_SIGNATURE_PIN:
            return set_pin(context, data);
        case PP_SECURE_KEYEXCHANGE_PIN:
        case PP_SECURE_SIGNATURE_PIN:
            return set_protected_pin(context, data);
        case PP_UI_PROMPT:
        case PP_PIN_PROMPT_STRING:
            return set_prompt(context, parameter, data);
        case PP_KEYSET_SEC_DESCR:
            return done();  // what guards a container is its PIN
        case pp_dismiss_pin_ui_sec:
            return set_patience(context, data);
        case PP_ADMIN_PIN:  // a PIV card's administrator has a key, and answers a challenge
            return refuse(status::scard_e_unsupported_feature);
        case PP_DELETEKEY:
            return delete_key_of(context, data);
        case PP_USER_CERTSTORE:
            return write_user_certificates(context, data);
        case PP_SMARTCARD_READER:
            return set_reader(context, data);
        case PP_SMARTCARD_GUID:
            return set_guid(context, data);
        case PP_ROOT_CERTSTORE:  // no PIV card has a place for roots
            return refuse(status::scard_e_unsupported_feature);
        default:
            return refuse(status::nte_bad_type);
    }
}

}  // namespace
}  // namespace cardmux::csp

using namespace cardmux::csp;  // NOLINT(google-build-using-namespace): the C functions' file
namespace api = cardmux::api;

BOOL WINAPI CPSetProvParam(HCRYPTPROV hProv, DWORD dwParam, const BYTE* pbData,
                           DWORD dwFlags) noexcept {
    return csp_call({"CPSetProvParam", hProv}, [&]() -> Outcome<void> {
        CARDMUX_TRY_ASSIGN(const SharedContext context, find_context(hProv));
        CARDMUX_TRY(check_flags(dwFlags, dwParam == PP_KEYSET_SEC_DESCR ? security_parts : 0));
        return set(*context, dwParam, pbData);
    });
}
