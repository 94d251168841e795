// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "tool/load/pkcs11_target.h"

#include <dlfcn.h>
#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "tool/uri_match.h"

namespace cardmux::tool::load {
namespace {

/// A fixed field of PKCS#11: padded with blanks, sometimes with zeros.
template <std::size_t size>
std::string text_of(const CK_UTF8CHAR (&field)[size]) {
    std::string text(reinterpret_cast<const char*>(field), size);
    text.resize(std::min(text.find('\0'), text.size()));
    while (!text.empty() && text.back() == ' ') text.pop_back();
    return text;
}

ExitCode exit_code_for_code(CK_RV code) {
    switch (code) {
        case CKR_PIN_INCORRECT:
        case CKR_PIN_INVALID:
        case CKR_PIN_LEN_RANGE:
        case CKR_PIN_LOCKED:
        case CKR_PIN_EXPIRED:
            return ExitCode::Pin;
        case CKR_TOKEN_NOT_PRESENT:
        case CKR_TOKEN_NOT_RECOGNIZED:
        case CKR_SLOT_ID_INVALID:
            return ExitCode::NoCard;
        default:
            return ExitCode::Failed;
    }
}

class TargetOpener {
  public:
    TargetOpener(const LoadOptions& options, const KeySelector& selector, TargetFacts& facts,
                 Pkcs11Target& target, TargetFailure& failure)
        : options_(options),
          selector_(selector),
          facts_(facts),
          target_(target),
          failure_(failure) {}

    bool open() {
        return load_module() && initialize() && find_slot() && open_session() && log_in() &&
               find_key() && read_key() && find_public_key() && choose_mechanism();
    }

  private:
    bool fail(ExitCode exit_code, std::string text) {
        failure_.exit_code = exit_code;
        failure_.text = std::move(text);
        return false;
    }

    /// Notes a return code that is not CKR_OK.
    bool succeeded(Call call, CK_RV code) {
        if (code == CKR_OK) return true;
        failure_.call = call;
        failure_.code = code;
        return fail(exit_code_for_code(code),
                    fmt::format("{}: {}", name_of(call), name_of_return_code(code)));
    }

    bool load_module() {
        // Kept until the process ends: a module may have threads or handlers at exit.
        void* library = dlopen(options_.module.c_str(), RTLD_NOW | RTLD_LOCAL);
        if (library == nullptr) return fail(ExitCode::Usage, dlerror());
        using GetFunctionList = CK_RV (*)(CK_FUNCTION_LIST**);
        auto get_list = reinterpret_cast<GetFunctionList>(dlsym(library, "C_GetFunctionList"));
        if (get_list == nullptr || get_list(&target_.functions) != CKR_OK)
            return fail(ExitCode::Usage, options_.module + " is no PKCS#11 module");
        return true;
    }

    bool initialize() {
        CK_C_INITIALIZE_ARGS arguments{};
        arguments.flags = CKF_OS_LOCKING_OK;
        if (!succeeded(Call::Initialize, target_.functions->C_Initialize(&arguments))) return false;
        CK_INFO info{};
        if (target_.functions->C_GetInfo(&info) != CKR_OK) return true;
        facts_.manufacturer.set(text_of(info.manufacturerID));
        facts_.description.set(text_of(info.libraryDescription));
        library_.library_manufacturer = text_of(info.manufacturerID);
        library_.library_description = text_of(info.libraryDescription);
        library_.library_version =
            fmt::format("{}.{}", info.libraryVersion.major, info.libraryVersion.minor);
        facts_.version.set(library_.library_version);
        return true;
    }

    /// Whether the slot is the wanted one; notes its names if it is.
    bool slot_fits(CK_SLOT_ID slot) {
        CK_SLOT_INFO slot_info{};
        CK_TOKEN_INFO token{};
        if (target_.functions->C_GetSlotInfo(slot, &slot_info) != CKR_OK) return false;
        if (!succeeded(Call::GetTokenInfo, target_.functions->C_GetTokenInfo(slot, &token)))
            return false;
        TokenNames names = library_;
        names.token = text_of(token.label);
        names.manufacturer = text_of(token.manufacturerID);
        names.serial = text_of(token.serialNumber);
        names.model = text_of(token.model);
        names.slot_id = slot;
        names.slot_description = text_of(slot_info.slotDescription);
        names.slot_manufacturer = text_of(slot_info.manufacturerID);
        const std::string& label = names.token;
        const bool wanted = (!options_.slot || *options_.slot == slot) &&
                            (options_.token_label.empty() || options_.token_label == label) &&
                            differing_attribute(selector_.uri, names) == nullptr;
        if (!wanted || (token.flags & CKF_TOKEN_INITIALIZED) == 0) return false;
        facts_.slot.set(text_of(slot_info.slotDescription));
        facts_.token_label.set(label);
        return true;
    }

    bool find_slot() {
        CK_ULONG count = 0;
        auto code = target_.functions->C_GetSlotList(CK_TRUE, nullptr, &count);
        if (!succeeded(Call::GetSlotList, code)) return false;
        std::vector<CK_SLOT_ID> slots(count);
        code = target_.functions->C_GetSlotList(CK_TRUE, slots.data(), &count);
        if (!succeeded(Call::GetSlotList, code)) return false;
        slots.resize(count);
        const auto found = std::find_if(slots.begin(), slots.end(),
                                        [this](CK_SLOT_ID slot) { return slot_fits(slot); });
        if (found == slots.end())
            return fail(ExitCode::NoCard, failure_.text.empty()
                                              ? "no slot of this module has the wanted token"
                                              : "no slot has the wanted token: " + failure_.text);
        target_.slot = *found;
        return true;
    }

    bool open_session() {
        return succeeded(Call::OpenSession,
                         target_.functions->C_OpenSession(target_.slot, CKF_SERIAL_SESSION, nullptr,
                                                          nullptr, &target_.session));
    }

    bool log_in() {
        if (!options_.has_pin) return true;
        Bytes pin = to_bytes(options_.pin.view());
        const CK_RV code =
            target_.functions->C_Login(target_.session, CKU_USER, pin.data(), pin.size());
        wipe(pin);
        return code == CKR_USER_ALREADY_LOGGED_IN || succeeded(Call::Login, code);
    }

    /// The first object that fits, or 0. False: a call failed.
    bool find_object(std::vector<CK_ATTRIBUTE> attributes, CK_OBJECT_HANDLE& found) {
        found = CK_INVALID_HANDLE;
        CK_ULONG count = 0;
        auto code = target_.functions->C_FindObjectsInit(target_.session, attributes.data(),
                                                         attributes.size());
        if (!succeeded(Call::FindObjectsInit, code)) return false;
        code = target_.functions->C_FindObjects(target_.session, &found, 1, &count);
        target_.functions->C_FindObjectsFinal(target_.session);
        if (count == 0) found = CK_INVALID_HANDLE;
        return succeeded(Call::FindObjects, code);
    }

    bool find_object_of_class(CK_OBJECT_CLASS object_class, Bytes id, std::string label,
                              CK_OBJECT_HANDLE& found) {
        std::vector<CK_ATTRIBUTE> attributes{{CKA_CLASS, &object_class, sizeof object_class}};
        if (!id.empty()) attributes.push_back({CKA_ID, id.data(), id.size()});
        if (!label.empty()) attributes.push_back({CKA_LABEL, label.data(), label.size()});
        return find_object(attributes, found);
    }

    bool find_key() {
        const Pkcs11Uri& uri = selector_.uri;
        const Bytes id = uri.id.value_or(Bytes());
        if (!find_object_of_class(CKO_PRIVATE_KEY, id, uri.object, target_.key)) return false;
        if (target_.key == CK_INVALID_HANDLE && selector_.any_key_will_do &&
            !find_object_of_class(CKO_PRIVATE_KEY, {}, {}, target_.key))
            return false;
        if (target_.key != CK_INVALID_HANDLE) return true;
        failure_.code = code_key_not_found;
        return fail(ExitCode::NotFound, options_.has_pin
                                            ? "the token has no such private key"
                                            : "no such private key is visible without the PIN");
    }

    /// Empty if the object does not have the attribute.
    Bytes attribute(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type) {
        CK_ATTRIBUTE wanted{type, nullptr, 0};
        const auto read = [&] {
            return target_.functions->C_GetAttributeValue(target_.session, object, &wanted, 1);
        };
        if (read() != CKR_OK || wanted.ulValueLen == CK_UNAVAILABLE_INFORMATION) return {};
        Bytes value(wanted.ulValueLen);
        wanted.pValue = value.data();
        if (value.empty() || read() != CKR_OK) return {};
        value.resize(wanted.ulValueLen);
        return value;
    }

    bool read_key() {
        target_.key_id = attribute(target_.key, CKA_ID);
        const Bytes label = attribute(target_.key, CKA_LABEL);
        const Bytes always = attribute(target_.key, CKA_ALWAYS_AUTHENTICATE);
        target_.always_authenticate = !always.empty() && always.front() != 0;
        facts_.key_id.set(to_hex(target_.key_id));
        facts_.key_label.set(std::string(label.begin(), label.end()));
        return true;
    }

    bool use_judge_key(Result<JudgeKey> key, const char* source) {
        if (!key) return false;
        target_.judge_key = std::make_unique<JudgeKey>(std::move(key).value());
        facts_.key_source.set(source);
        facts_.key_type.set(target_.judge_key->describe());
        const Bytes info = target_.judge_key->public_key_info();
        if (info.size() > facts_.public_key_info.size()) return true;
        std::copy(info.begin(), info.end(), facts_.public_key_info.begin());
        facts_.public_key_info_size = static_cast<std::uint32_t>(info.size());
        return true;
    }

    bool use_key_attributes(CK_OBJECT_HANDLE object, const char* source) {
        const Bytes modulus = attribute(object, CKA_MODULUS);
        const Bytes exponent = attribute(object, CKA_PUBLIC_EXPONENT);
        if (!modulus.empty() && !exponent.empty())
            return use_judge_key(JudgeKey::from_rsa(modulus, exponent), source);
        const Bytes parameters = attribute(object, CKA_EC_PARAMS);
        const Bytes point = attribute(object, CKA_EC_POINT);
        if (parameters.empty() || point.empty()) return false;
        return use_judge_key(JudgeKey::from_ec(parameters, point), source);
    }

    bool find_public_key() {
        CK_OBJECT_HANDLE object = CK_INVALID_HANDLE;
        const bool has_id = !target_.key_id.empty();
        if (has_id && find_object_of_class(CKO_CERTIFICATE, target_.key_id, {}, object) &&
            object != CK_INVALID_HANDLE &&
            use_judge_key(JudgeKey::from_certificate(attribute(object, CKA_VALUE)), "certificate"))
            return true;
        if (has_id && find_object_of_class(CKO_PUBLIC_KEY, target_.key_id, {}, object) &&
            object != CK_INVALID_HANDLE && use_key_attributes(object, "public key"))
            return true;
        if (use_key_attributes(target_.key, "private key's attributes")) return true;
        return fail(ExitCode::NotFound,
                    "the key has neither certificate nor public key: nothing could be verified");
    }

    bool choose_mechanism() {
        const KeyFamily family = target_.judge_key->family();
        target_.mechanism = options_.mechanism.empty() ? &plain_mechanism(family)
                                                       : find_mechanism(options_.mechanism);
        if (target_.mechanism == nullptr || target_.mechanism->family != family)
            return fail(ExitCode::Usage,
                        fmt::format("{} is not for this key ({})", options_.mechanism,
                                    target_.judge_key->describe()));
        facts_.mechanism.set(target_.mechanism->name);
        return true;
    }

    const LoadOptions& options_;
    const KeySelector& selector_;
    TargetFacts& facts_;
    Pkcs11Target& target_;
    TargetFailure& failure_;
    TokenNames library_;  // what all slots of the module have in common
};

}  // namespace

bool open_target(const LoadOptions& options, const KeySelector& selector, TargetFacts& facts,
                 Pkcs11Target& target, TargetFailure& failure) {
    return TargetOpener(options, selector, facts, target, failure).open();
}

void close_target(Pkcs11Target& target) {
    if (target.functions == nullptr) return;
    if (target.session != CK_INVALID_HANDLE) target.functions->C_CloseSession(target.session);
    target.functions->C_Finalize(nullptr);
}

PrivateKeyTemplate::PrivateKeyTemplate(const Bytes& id_)
    : id(id_),
      attributes{{CKA_CLASS, &object_class, sizeof object_class}, {CKA_ID, id.data(), id.size()}},
      count(id.empty() ? 1 : 2) {}

}  // namespace cardmux::tool::load
