// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// CPGetProvParam. Everything but the containers' names on a context of no card, and the store of
// its certificates, is answered from what is known: no APDU. No question for a size reads a card.
#include <array>
#include <cstring>

#include "api/csp/csp_boundary_windows.h"
#include "api/csp/csp_state_windows.h"
#include "api/windows/certificate_store_windows.h"
#include "transport/reader_icon_windows.h"

namespace cardmux::csp {
namespace {

namespace status = api::status;

constexpr DWORD interface_version = 0x0200;  // major << 8 | minor
constexpr DWORD smallest_card_key = 1024;    // bits; what PIV cards have, NIST SP 800-78-4
constexpr DWORD largest_card_key = 4096;
constexpr DWORD card_key_step = 1024;

// ---- enumerations -------------------------------------------------------------------------------

/// What an enumeration was asked for.
struct Asked {
    const Output& output;
    DWORD flags = 0;
    std::size_t largest = 0;  ///< bytes: no item has more
};

/// Starts again with CRYPT_FIRST. A question for the size, which is that of the largest item there
/// can be, or one with too little room, does not step on. `make` makes the list when its first item
/// is wanted; no lock is held then.
template <typename T, typename Make, typename Answer>
Outcome<void> enumerate(CspContext& context, Listing<T> CspContext::Changing::*listing,
                        const Asked& asked, const Make& make, const Answer& answer) {
    CARDMUX_TRY(check_flags(asked.flags, CRYPT_FIRST | CRYPT_NEXT));
    const bool begins = (asked.flags & CRYPT_FIRST) != 0;
    const bool asks_size = asked.output.data == nullptr;
    if (!asks_size && (begins || ((*context.changing.lock()).*listing).is_due)) {
        CARDMUX_TRY_ASSIGN(Listing<T> made, make());
        (*context.changing.lock()).*listing = std::move(made);
    }
    auto changing = context.changing.lock();
    Listing<T>& list = (*changing).*listing;
    if (asks_size && begins) list = {{}, {}, 0, true};
    const bool is_over = list.next >= list.items.size() && !(asks_size && list.is_due);
    if (is_over && list.end) return *list.end;
    if (is_over) return refuse(status::error_no_more_items);
    if (asks_size) {
        *asked.output.size = static_cast<DWORD>(asked.largest);
        return done();
    }
    CARDMUX_TRY(answer(list.items[list.next]));
    ++list.next;
    return done();
}

/// The software provider's, with its enumeration of its own; RSA as the cards have it.
Outcome<Listing<PROV_ENUMALGS_EX>> list_algorithms(const CspContext& context) {
    Listing<PROV_ENUMALGS_EX> algorithms;
    const auto turn = context.software->take_turn();
    for (DWORD flag = CRYPT_FIRST;; flag = CRYPT_NEXT) {
        PROV_ENUMALGS_EX algorithm{};
        DWORD size = sizeof algorithm;
        const BOOL could = CryptGetProvParam(context.software->handle(), PP_ENUMALGS_EX,
                                             reinterpret_cast<BYTE*>(&algorithm), &size, flag);
        if (!could && GetLastError() == ERROR_NO_MORE_ITEMS) return algorithms;
        CARDMUX_TRY(software(could));
        if (algorithm.aiAlgid == CALG_RSA_KEYX || algorithm.aiAlgid == CALG_RSA_SIGN) {
            algorithm.dwDefaultLen = context.settings.default_key_bits;
            algorithm.dwMinLen = smallest_card_key;
            algorithm.dwMaxLen = largest_card_key;
        }
        algorithms.items.push_back(algorithm);
    }
}

template <typename T>
Outcome<void> put_value(const Output& output, const T& value) {
    return put(output, {reinterpret_cast<const std::uint8_t*>(&value), sizeof value});
}

PROV_ENUMALGS in_short(const PROV_ENUMALGS_EX& algorithm) {
    PROV_ENUMALGS in_short{};
    in_short.aiAlgid = algorithm.aiAlgid;
    in_short.dwBitLen = algorithm.dwDefaultLen;
    in_short.dwNameLen = algorithm.dwNameLen;
    std::memcpy(in_short.szName, algorithm.szName, sizeof in_short.szName);
    return in_short;
}

Outcome<void> enumerate_algorithms(CspContext& context, const Output& output, DWORD flags,
                                   bool in_full) {
    const std::size_t size = in_full ? sizeof(PROV_ENUMALGS_EX) : sizeof(PROV_ENUMALGS);
    return enumerate(
        context, &CspContext::Changing::algorithms, {output, flags, size},
        [&] { return list_algorithms(context); },
        [&](const PROV_ENUMALGS_EX& next) {
            return in_full ? put_value(output, next) : put_value(output, in_short(next));
        });
}

/// The context's card, or every card if it has none.
Outcome<container::CardsThere> cards_of(const CspContext& context) {
    if (auto card = context.card()) return container::CardsThere{{*std::move(card)}, {}};
    if (!context.believes_readings())
        CARDMUX_TRY(container::distrust_cards(*context.provider, {}, Deadline::never()));
    CARDMUX_TRY_ASSIGN(auto there,
                       container::all_cards(*context.provider, context.client, Deadline::never()));
    return there;
}

Outcome<Listing<std::string>> list_containers(const CspContext& context) {
    CARDMUX_TRY_ASSIGN(const auto there, cards_of(context));
    Listing<std::string> names;
    for (const container::CardInReader& card : there.cards) {
        for (const auto& container : container::containers_of(*card.contents))
            names.items.push_back(container.name);
    }
    if (there.left_out) names.end = there.left_out->error;
    return names;
}

Outcome<void> enumerate_containers(CspContext& context, const Output& output, DWORD flags) {
    // No code page of Windows has characters of more than four bytes.
    constexpr std::size_t longest_name = 4 * container::container_name_max + sizeof '\0';
    return enumerate(
        context, &CspContext::Changing::containers, {output, flags, longest_name},
        [&] { return list_containers(context); },
        [&](const std::string& next) { return put_text(output, next); });
}

// ---- the card -----------------------------------------------------------------------------------

Outcome<container::CardInReader> card_of(const CspContext& context) {
    auto card = context.card();
    if (!card) return refuse(status::scard_e_no_smartcard);
    return *std::move(card);
}

Outcome<void> give_store(const Output& output, const CspContext& context, bool is_empty) {
    // Whoever asks for the size gets no store that nobody would close.
    if (output.data == nullptr || *output.size < sizeof(HCERTSTORE)) {
        CARDMUX_TRY(has_room(output, sizeof(HCERTSTORE)));
        return done();
    }
    container::CardsThere there;
    if (!is_empty) {
        CARDMUX_TRY_ASSIGN(there, cards_of(context));
    }
    // A store has no way to say that a card's certificates are missing from it.
    if (there.left_out) return there.left_out->error;
    CARDMUX_TRY_ASSIGN(const std::uintptr_t store,
                       api::make_certificate_store(
                           there.cards, {context.provider_name, context.provider_type, false}));
    return put_value(output, store);
}

std::string container_name(const CspContext& context) {
    auto changing = context.changing.lock();
    return changing->found_container ? changing->found_container->container.name
                                     : changing->new_container;
}

DWORD key_specs(const CspContext& context) {
    const auto found = context.found_container();
    return found ? static_cast<DWORD>(found->container.key_spec) : 0;
}

/// That everybody may use the container: what guards it is its PIN.
Outcome<void> put_security_descriptor(const Output& output) {
    constexpr SECURITY_DESCRIPTOR_RELATIVE everybody{
        SECURITY_DESCRIPTOR_REVISION, 0, SE_SELF_RELATIVE | SE_DACL_PRESENT, 0, 0, 0, 0};
    return put_value(output, everybody);
}

Outcome<void> put_icon(const Output& output, const std::string& reader) {
    const auto icon = transport::reader_icon(reader);
    if (!icon && icon.error().code == ErrorCode::NotSupported)
        return refuse(status::scard_e_unsupported_feature);
    if (!icon) return icon.error();
    return put(output, *icon);
}

Outcome<void> answer_about_card(CspContext& context, DWORD parameter, const Output& output) {
    CARDMUX_TRY_ASSIGN(const container::CardInReader card, card_of(context));
    if (parameter == PP_SMARTCARD_READER) return put_text(output, card.reader);
    if (parameter == PP_SMARTCARD_READER_ICON) return put_icon(output, card.reader);
    return put(output, container::guid_of(card.contents->identity));
}

// ---- all of them --------------------------------------------------------------------------------

struct NumberAnswer {
    DWORD parameter;
    DWORD number;
};

constexpr std::array constant_answers = {
    NumberAnswer{PP_IMPTYPE, CRYPT_IMPL_MIXED | CRYPT_IMPL_REMOVABLE},
    NumberAnswer{PP_VERSION, interface_version},
    NumberAnswer{PP_KEYSTORAGE, CRYPT_UI_PROMPT},
    NumberAnswer{PP_SIG_KEYSIZE_INC, card_key_step},
    NumberAnswer{PP_KEYX_KEYSIZE_INC, card_key_step},
};

Outcome<void> answer_from_software(const CspContext& context, DWORD parameter,
                                   const Output& output) {
    const auto turn = context.software->take_turn();
    return software(
        CryptGetProvParam(context.software->handle(), parameter, output.data, output.size, 0));
}

Outcome<void> answer_about_context(CspContext& context, DWORD parameter, const Output& output) {
    switch (parameter) {
        case PP_NAME:
            return put_text(output, context.provider_name);
        case PP_PROVTYPE:
            return put_number(output, context.provider_type);
        case PP_CONTAINER:
        case PP_UNIQUE_CONTAINER:
            return put_text(output, container_name(context));
        case PP_KEYSET_TYPE:
            return put_number(output, context.flags & CRYPT_MACHINE_KEYSET);
        case PP_KEYSPEC:
            return put_number(output, key_specs(context));
        case PP_KEYSET_SEC_DESCR:
            return put_security_descriptor(output);
        case PP_SYM_KEYSIZE:
        case PP_SESSION_KEYSIZE:
            return answer_from_software(context, parameter, output);
        case PP_SMARTCARD_READER:
        case PP_SMARTCARD_GUID:
        case PP_SMARTCARD_READER_ICON:
            return answer_about_card(context, parameter, output);
        case PP_USER_CERTSTORE:
            return give_store(output, context, false);
        case PP_ROOT_CERTSTORE:  // no PIV card has roots
            return give_store(output, context, true);
        default:
            return refuse(status::nte_bad_type);
    }
}

Outcome<void> answer(CspContext& context, DWORD parameter, const Output& output, DWORD flags) {
    if (parameter == PP_ENUMCONTAINERS) return enumerate_containers(context, output, flags);
    if (parameter == PP_ENUMALGS || parameter == PP_ENUMALGS_EX)
        return enumerate_algorithms(context, output, flags, parameter == PP_ENUMALGS_EX);
    CARDMUX_TRY(check_flags(flags, parameter == PP_KEYSET_SEC_DESCR ? security_parts : 0));
    for (const NumberAnswer& constant : constant_answers) {
        if (constant.parameter == parameter) return put_number(output, constant.number);
    }
    return answer_about_context(context, parameter, output);
}

}  // namespace
}  // namespace cardmux::csp

using namespace cardmux::csp;  // NOLINT(google-build-using-namespace): the C functions' file

BOOL WINAPI CPGetProvParam(HCRYPTPROV hProv, DWORD dwParam, BYTE* pbData, DWORD* pdwDataLen,
                           DWORD dwFlags) noexcept {
    const Output output{pbData, pdwDataLen};
    return sized_csp_call({"CPGetProvParam", hProv}, output, [&]() -> Outcome<void> {
        CARDMUX_TRY_ASSIGN(const SharedContext context, find_context(hProv));
        return answer(*context, dwParam, output, dwFlags);
    });
}
