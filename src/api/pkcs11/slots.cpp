// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Slot and token functions (PKCS #11, section 5.5).
#include <algorithm>

#include "api/pkcs11/blank_padded.h"
#include "api/pkcs11/boundary.h"

namespace cardmux::pkcs11 {
namespace {

/// What a caller has to wait at most for a smart card service that does not answer.
constexpr Duration service_patience = std::chrono::seconds(5);

/// SP 800-73-4 part 1: the PIV PIN.
constexpr CK_ULONG pin_size_min = 6;
constexpr CK_ULONG pin_size_max = 8;

/// Tries left from which programs should warn; cards give three to five.
constexpr int few_tries = 2;

/// The standard's way to give out a list: no pointer asks for the count.
template <typename T>
Outcome<void> give_list(const std::vector<T>& values, T* list, CK_ULONG* count) {
    const CK_ULONG room = *count;
    *count = static_cast<CK_ULONG>(values.size());
    if (list == nullptr) return done();
    if (room < values.size()) return refuse(CKR_BUFFER_TOO_SMALL);
    std::copy(values.begin(), values.end(), list);
    return done();
}

Outcome<void> list_slots(Module& module, bool with_token_only, CK_SLOT_ID* list, CK_ULONG* count) {
    if (count == nullptr) return refuse(CKR_ARGUMENTS_BAD);
    std::vector<CK_SLOT_ID> ids;
    // Without a smart card service there is no slot, and that is no error: p11-kit loads us into
    // programs that never think of cards.
    const auto statuses = module.provider().slots(Deadline::after(service_patience));
    if (statuses.ok()) {
        for (const provider::SlotStatus& status : *statuses) {
            if (status.card_present || !with_token_only) ids.push_back(status.id);
        }
    }
    return give_list(ids, list, count);
}

Outcome<void> describe_slot(Module& module, CK_SLOT_ID id, CK_SLOT_INFO* info) {
    CARDMUX_TRY_ASSIGN(const std::shared_ptr<provider::Slot> slot, module.find_slot(id));
    if (info == nullptr) return refuse(CKR_ARGUMENTS_BAD);
    CARDMUX_TRY_ASSIGN(const provider::SlotStatus status, module.provider().status(slot->id()));
    *info = {};
    fill_blank_padded(info->slotDescription, status.reader);
    fill_blank_padded(info->manufacturerID, "Cardmux");
    info->flags = CKF_HW_SLOT | CKF_REMOVABLE_DEVICE;
    if (status.card_present) info->flags |= CKF_TOKEN_PRESENT;
    return done();
}

/// The token in this slot and what it holds; a card that has just been exchanged is asked itself.
struct TokenAndContents {
    std::shared_ptr<token::Token> token;
    std::shared_ptr<const token::TokenContents> contents;
};

Result<TokenAndContents> read_token(Module& module, provider::Slot& slot) {
    std::shared_ptr<token::Token> token = slot.token();
    auto contents = token->contents(module.slot_client(), Deadline::never());
    if (!contents.ok() && contents.error().code == ErrorCode::CardChanged) {
        module.end_sessions_with(*token);
        token = slot.token();
        contents = token->contents(module.slot_client(), Deadline::never());
    }
    if (!contents.ok()) return contents.error();
    return TokenAndContents{std::move(token), std::move(contents).value()};
}

CK_FLAGS pin_flags(std::optional<int> tries_left) {
    if (!tries_left || *tries_left > few_tries) return 0;
    if (*tries_left <= 0) return CKF_USER_PIN_LOCKED;
    return *tries_left == 1 ? CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY
                            : CKF_USER_PIN_COUNT_LOW;
}

void fill_memory_sizes(CK_TOKEN_INFO& info) {
    info.ulTotalPublicMemory = CK_UNAVAILABLE_INFORMATION;
    info.ulFreePublicMemory = CK_UNAVAILABLE_INFORMATION;
    info.ulTotalPrivateMemory = CK_UNAVAILABLE_INFORMATION;
    info.ulFreePrivateMemory = CK_UNAVAILABLE_INFORMATION;
}

Outcome<void> describe_token(Module& module, CK_SLOT_ID id, CK_TOKEN_INFO* info) {
    CARDMUX_TRY_ASSIGN(const std::shared_ptr<provider::Slot> slot, module.find_slot(id));
    if (info == nullptr) return refuse(CKR_ARGUMENTS_BAD);
    CARDMUX_TRY_ASSIGN(const TokenAndContents here, read_token(module, *slot));
    const SessionCounts counts = module.count_sessions(id);
    *info = {};
    fill_blank_padded(info->label, here.contents->label);
    fill_blank_padded(info->manufacturerID, "Cardmux");
    fill_blank_padded(info->model, here.contents->identity.model);
    fill_blank_padded(info->serialNumber, here.contents->identity.serial_number);
    fill_blank_padded(info->utcTime, "");
    info->flags = CKF_RNG | CKF_LOGIN_REQUIRED | CKF_USER_PIN_INITIALIZED | CKF_TOKEN_INITIALIZED |
                  pin_flags(here.token->pin_tries_left());
    info->ulMaxSessionCount = CK_EFFECTIVELY_INFINITE;
    info->ulSessionCount = counts.all;
    info->ulMaxRwSessionCount = CK_EFFECTIVELY_INFINITE;
    info->ulRwSessionCount = counts.read_write;
    info->ulMaxPinLen = pin_size_max;
    info->ulMinPinLen = pin_size_min;
    fill_memory_sizes(*info);
    return done();
}

/// The same for every card: what a key can do is CKA_ALLOWED_MECHANISMS.
Outcome<void> list_mechanisms(Module& module, CK_SLOT_ID id, CK_MECHANISM_TYPE* list,
                              CK_ULONG* count) {
    CARDMUX_TRY(module.find_slot(id));
    if (count == nullptr) return refuse(CKR_ARGUMENTS_BAD);
    std::vector<CK_MECHANISM_TYPE> types;
    for (const MechanismRow& row : mechanism_table()) types.push_back(row.type);
    return give_list(types, list, count);
}

}  // namespace
}  // namespace cardmux::pkcs11

using namespace cardmux::pkcs11;

/// Waits for the smart card service, at most five seconds; for no card.
CK_RV C_GetSlotList(CK_BBOOL token_present, CK_SLOT_ID_PTR list, CK_ULONG_PTR count) noexcept {
    return slot_call("C_GetSlotList", [&](Module& module) {
        return list_slots(module, token_present != CK_FALSE, list, count);
    });
}

CK_RV C_GetSlotInfo(CK_SLOT_ID slot, CK_SLOT_INFO_PTR info) noexcept {
    return slot_call("C_GetSlotInfo",
                     [&](Module& module) { return describe_slot(module, slot, info); });
}

/// CKR_TOKEN_NOT_PRESENT, CKR_TOKEN_NOT_RECOGNIZED. Waits for the card, the first time.
CK_RV C_GetTokenInfo(CK_SLOT_ID slot, CK_TOKEN_INFO_PTR info) noexcept {
    return slot_call("C_GetTokenInfo",
                     [&](Module& module) { return describe_token(module, slot, info); });
}

CK_RV C_GetMechanismList(CK_SLOT_ID slot, CK_MECHANISM_TYPE_PTR list, CK_ULONG_PTR count) noexcept {
    return slot_call("C_GetMechanismList",
                     [&](Module& module) { return list_mechanisms(module, slot, list, count); });
}

CK_RV C_GetMechanismInfo(CK_SLOT_ID slot, CK_MECHANISM_TYPE type,
                         CK_MECHANISM_INFO_PTR info) noexcept {
    return slot_call("C_GetMechanismInfo", [&](Module& module) -> Outcome<void> {
        CARDMUX_TRY(module.find_slot(slot));
        if (info == nullptr) return refuse(CKR_ARGUMENTS_BAD);
        const MechanismRow* row = find_mechanism(type);
        if (row == nullptr) return refuse(CKR_MECHANISM_INVALID);
        *info = mechanism_info(*row);
        return done();
    });
}
