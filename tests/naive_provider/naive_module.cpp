// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// naive-pkcs11.so: the canary of `cardmux load`. As much of PKCS#11 as the load uses, over
// simulated cards (CARDMUX_SIMULATE), on a card manager with the fault that the load must find:
// naive_card.h. Functions that the load does not call are null.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>

#include "api/pkcs11/pkcs11.h"
#include "crypto/rsa_padding.h"
#include "naive_provider/naive_card.h"

namespace cardmux::naive {
namespace {

/// ERROR_INVALID_HANDLE, 0x6: what Base CSP answers, as a vendor's return code.
constexpr CK_RV invalid_handle_code = 0x80000006;
constexpr CK_OBJECT_HANDLE private_key = 1;
constexpr CK_BYTE key_id = 1;

struct Session {
    CardHandle card = 0;
    bool is_finding = false;
    bool key_fits = false;
    bool is_signing = false;
};

struct Module {
    std::unique_ptr<NaiveCardManager> cards;
    std::mutex mutex;  ///< guards all below
    std::map<CK_SESSION_HANDLE, Session> sessions;
    CK_SESSION_HANDLE next_session = 1;
    SecretBytes pin;
};

std::unique_ptr<Module>& module() {
    static std::unique_ptr<Module> the_module;
    return the_module;
}

CK_RV code_of(const Error& error) {
    if (error.code == ErrorCode::InvalidArgument) return invalid_handle_code;
    if (error.code == ErrorCode::PinIncorrect) return CKR_PIN_INCORRECT;
    return CKR_DEVICE_ERROR;
}

template <std::size_t size>
void fill(CK_UTF8CHAR (&field)[size], std::string_view text) {
    std::memset(field, ' ', size);
    std::memcpy(field, text.data(), std::min(size, text.size()));
}

/// The session's value, changed by `change` under the lock. False: no such session.
template <typename Change>
bool with_session(CK_SESSION_HANDLE handle, Change change) {
    const std::lock_guard lock(module()->mutex);
    const auto found = module()->sessions.find(handle);
    if (found == module()->sessions.end()) return false;
    change(found->second);
    return true;
}

/// The card handle that the session has, or finds in the cache, or opens: with its first use of the
/// card, as Base CSP does.
CK_RV acquire_card(CK_SESSION_HANDLE session, CardHandle& card) {
    if (!with_session(session, [&](Session& mine) { card = mine.card; }))
        return CKR_SESSION_HANDLE_INVALID;
    if (card != 0) return CKR_OK;
    const auto acquired = module()->cards->acquire(session);
    if (!acquired) return code_of(acquired.error());
    card = *acquired;
    (void)with_session(session, [&](Session& mine) { mine.card = card; });
    return CKR_OK;
}

bool is_open(CK_SESSION_HANDLE session) {
    return with_session(session, [](Session&) {});
}

CK_RV initialize(CK_VOID_PTR /*arguments*/) noexcept {
    const char* specification = std::getenv("CARDMUX_SIMULATE");
    auto cards = NaiveCardManager::create(specification == nullptr ? "instant" : specification);
    if (!cards) return CKR_GENERAL_ERROR;
    module() = std::make_unique<Module>();
    module()->cards = std::move(cards).value();
    return CKR_OK;
}

CK_RV finalize(CK_VOID_PTR /*reserved*/) noexcept {
    module().reset();
    return CKR_OK;
}

CK_RV get_info(CK_INFO_PTR info) noexcept {
    *info = {};
    info->cryptokiVersion = {2, 40};
    fill(info->manufacturerID, "Cardmux tests");
    fill(info->libraryDescription, "Deliberately naive provider");
    return CKR_OK;
}

CK_RV get_slot_list(CK_BBOOL /*token_present*/, CK_SLOT_ID_PTR list, CK_ULONG_PTR count) noexcept {
    if (list != nullptr) list[0] = 0;
    *count = 1;
    return CKR_OK;
}

CK_RV get_slot_info(CK_SLOT_ID /*slot*/, CK_SLOT_INFO_PTR info) noexcept {
    *info = {};
    fill(info->slotDescription, module()->cards->reader());
    fill(info->manufacturerID, "Cardmux tests");
    info->flags = CKF_TOKEN_PRESENT;
    return CKR_OK;
}

CK_RV get_token_info(CK_SLOT_ID /*slot*/, CK_TOKEN_INFO_PTR info) noexcept {
    *info = {};
    fill(info->label, "naive");
    info->flags = CKF_TOKEN_INITIALIZED | CKF_LOGIN_REQUIRED;
    return CKR_OK;
}

CK_RV open_session(CK_SLOT_ID /*slot*/, CK_FLAGS /*flags*/, CK_VOID_PTR /*application*/,
                   CK_NOTIFY /*notify*/, CK_SESSION_HANDLE_PTR session) noexcept {
    const std::lock_guard lock(module()->mutex);
    *session = module()->next_session++;
    module()->sessions[*session] = Session();
    return CKR_OK;
}

CK_RV close_session(CK_SESSION_HANDLE session) noexcept {
    {
        const std::lock_guard lock(module()->mutex);
        if (module()->sessions.erase(session) == 0) return CKR_SESSION_HANDLE_INVALID;
    }
    module()->cards->release(session);
    return CKR_OK;
}

CK_RV login(CK_SESSION_HANDLE session, CK_USER_TYPE /*user*/, CK_UTF8CHAR_PTR pin,
            CK_ULONG pin_size) noexcept {
    if (!is_open(session)) return CKR_SESSION_HANDLE_INVALID;
    SecretBytes secret(ByteView(pin, pin_size));
    const auto card = module()->cards->acquire(session);
    if (!card) return code_of(card.error());
    const auto verified = module()->cards->verify(*card, secret);
    module()->cards->release(session);  // only a session that signs keeps the card open
    if (!verified) return code_of(verified.error());
    const std::lock_guard lock(module()->mutex);
    module()->pin = std::move(secret);
    return CKR_OK;
}

bool fits(const CK_ATTRIBUTE& wanted) {
    constexpr CK_OBJECT_CLASS key_class = CKO_PRIVATE_KEY;
    const auto same = [&wanted](const void* value, std::size_t size) {
        return wanted.ulValueLen == size && std::memcmp(wanted.pValue, value, size) == 0;
    };
    if (wanted.type == CKA_CLASS) return same(&key_class, sizeof key_class);
    return wanted.type == CKA_ID && same(&key_id, sizeof key_id);
}

CK_RV find_objects_init(CK_SESSION_HANDLE session, CK_ATTRIBUTE_PTR attributes,
                        CK_ULONG count) noexcept {
    if (!is_open(session)) return CKR_SESSION_HANDLE_INVALID;
    const bool all_fit = std::all_of(attributes, attributes + count, fits);
    (void)with_session(session, [&](Session& mine) {
        mine.is_finding = true;
        mine.key_fits = all_fit;
    });
    return CKR_OK;
}

CK_RV find_objects(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE_PTR objects, CK_ULONG room,
                   CK_ULONG_PTR count) noexcept {
    *count = 0;
    (void)with_session(session, [&](Session& mine) {
        if (mine.is_finding && mine.key_fits && room > 0) {
            objects[0] = private_key;
            *count = 1;
        }
        mine.key_fits = false;
    });
    return CKR_OK;
}

CK_RV find_objects_final(CK_SESSION_HANDLE session) noexcept {
    (void)with_session(session, [](Session& mine) { mine.is_finding = false; });
    return CKR_OK;
}

CK_RV give(CK_ATTRIBUTE& attribute, const void* value, std::size_t size) {
    const bool has_room = attribute.pValue == nullptr || attribute.ulValueLen >= size;
    if (attribute.pValue != nullptr && has_room) std::memcpy(attribute.pValue, value, size);
    attribute.ulValueLen = has_room ? size : CK_UNAVAILABLE_INFORMATION;
    return has_room ? CKR_OK : CKR_BUFFER_TOO_SMALL;
}

CK_RV give_attribute(CK_ATTRIBUTE& attribute) {
    constexpr CK_KEY_TYPE type = CKK_RSA;
    const auto& key = std::get<crypto::RsaPublicKey>(module()->cards->key().public_key);
    switch (attribute.type) {
        case CKA_KEY_TYPE:
            return give(attribute, &type, sizeof type);
        case CKA_ID:
            return give(attribute, &key_id, sizeof key_id);
        case CKA_MODULUS:
            return give(attribute, key.modulus.data(), key.modulus.size());
        case CKA_PUBLIC_EXPONENT:
            return give(attribute, key.exponent.data(), key.exponent.size());
        default:
            attribute.ulValueLen = CK_UNAVAILABLE_INFORMATION;
            return CKR_ATTRIBUTE_TYPE_INVALID;
    }
}

CK_RV get_attribute_value(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE /*object*/,
                          CK_ATTRIBUTE_PTR attributes, CK_ULONG count) noexcept {
    if (!is_open(session)) return CKR_SESSION_HANDLE_INVALID;
    CK_RV result = CKR_OK;
    for (CK_ULONG i = 0; i < count; ++i)
        if (const CK_RV code = give_attribute(attributes[i]); code != CKR_OK) result = code;
    return result;
}

CK_RV sign_init(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                CK_OBJECT_HANDLE /*key*/) noexcept {
    if (mechanism->mechanism != CKM_RSA_PKCS) return CKR_MECHANISM_INVALID;
    const bool found = with_session(session, [](Session& mine) { mine.is_signing = true; });
    return found ? CKR_OK : CKR_SESSION_HANDLE_INVALID;
}

CK_RV sign(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG data_size, CK_BYTE_PTR signature,
           CK_ULONG_PTR signature_size) noexcept {
    CardHandle card = 0;
    if (const CK_RV code = acquire_card(session, card); code != CKR_OK) return code;
    SecretBytes pin;
    {
        const std::lock_guard lock(module()->mutex);
        pin = module()->pin.clone();
    }
    const std::size_t size = crypto::key_bits(module()->cards->key().public_key) / 8;
    const auto block = crypto::pad_pkcs1_signature(ByteView(data, data_size), size);
    if (!block) return CKR_DATA_LEN_RANGE;
    if (*signature_size < size) return CKR_BUFFER_TOO_SMALL;
    const auto result = module()->cards->sign(card, pin, *block);
    if (!result) return code_of(result.error());
    std::memcpy(signature, result->data(), result->size());
    *signature_size = result->size();
    return CKR_OK;
}

CK_FUNCTION_LIST make_functions() {
    CK_FUNCTION_LIST functions{};
    functions.version = {2, 40};
    functions.C_Initialize = initialize;
    functions.C_Finalize = finalize;
    functions.C_GetInfo = get_info;
    functions.C_GetSlotList = get_slot_list;
    functions.C_GetSlotInfo = get_slot_info;
    functions.C_GetTokenInfo = get_token_info;
    functions.C_OpenSession = open_session;
    functions.C_CloseSession = close_session;
    functions.C_Login = login;
    functions.C_FindObjectsInit = find_objects_init;
    functions.C_FindObjects = find_objects;
    functions.C_FindObjectsFinal = find_objects_final;
    functions.C_GetAttributeValue = get_attribute_value;
    functions.C_SignInit = sign_init;
    functions.C_Sign = sign;
    return functions;
}

}  // namespace
}  // namespace cardmux::naive

CK_RV C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR list) noexcept {
    static CK_FUNCTION_LIST functions = cardmux::naive::make_functions();
    *list = &functions;
    return CKR_OK;
}
