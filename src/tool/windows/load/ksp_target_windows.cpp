// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <fmt/core.h>

#include <cstring>

#include "base/wide_text_windows.h"
#include "tool/windows/load/ksp_calls_windows.h"
#include "tool/windows/load/load_target.h"

namespace cardmux::tool::windows {
namespace {

constexpr const wchar_t* certificate_property = L"SmartCardKeyCertificate";
constexpr const wchar_t* pin_property = L"SmartCardPin";
constexpr const wchar_t* reader_property = L"SmartCardReader";

Result<void> outcome_of(SECURITY_STATUS status, const char* call) {
    if (status == ERROR_SUCCESS) return success();
    return Error(ErrorCode::SystemFailed, call)
        .with_platform_code(static_cast<std::uint32_t>(status));
}

std::uint32_t number_in(const Bytes& value) {
    std::uint32_t number = 0;
    if (value.size() >= sizeof number) std::memcpy(&number, value.data(), sizeof number);
    return number;
}

std::string text_in(const Bytes& value) {
    std::wstring wide(value.size() / sizeof(wchar_t), L'\0');
    std::memcpy(wide.data(), value.data(), wide.size() * sizeof(wchar_t));
    return from_wide(wide.substr(0, wide.find(L'\0')));
}

class KspTarget final : public LoadTarget {
  public:
    KspTarget(std::unique_ptr<KspCalls> calls, TargetRequest request)
        : calls_(std::move(calls)),
          request_(std::move(request)),
          key_name_(to_wide(request_.container)),
          is_name_known_(!key_name_.empty()),
          flags_(request_.may_prompt ? 0 : NCRYPT_SILENT_FLAG) {}

    Result<ContextHandle> open() override;
    bool counts_owners() const override { return false; }
    Result<void> add_owner(ContextHandle) override { return success(); }
    Result<void> close(ContextHandle context) override {
        return outcome_of(calls_->free_provider(context), "NCryptFreeObject (provider)");
    }
    Result<void> present_pin(ContextHandle context, const SecretBytes& pin) override;
    Result<KeyHandle> open_key(ContextHandle context) override;
    Result<void> read_key(ContextHandle context, KeyHandle key) override;
    Result<Bytes> sign(ContextHandle context, KeyHandle key, ByteView hash) override;
    Result<void> close_key(ContextHandle context, KeyHandle key) override {
        return outcome_of(calls_->free_key(context, key), "NCryptFreeObject (key)");
    }
    Result<Bytes> public_key(ContextHandle context, KeyHandle key) override;
    TargetFacts facts(ContextHandle context, KeyHandle key) override;

    bool is_documented_for_released(std::uint32_t code) const override {
        return code == static_cast<std::uint32_t>(NTE_INVALID_HANDLE);
    }
    bool is_little_endian() const override { return false; }

  private:
    Result<void> find_key_name(ContextHandle context);
    Bytes property(ContextHandle context, KeyHandle key, const wchar_t* name);

    std::unique_ptr<KspCalls> calls_;
    TargetRequest request_;
    // Set by the first open_key() and public_key(), before there are threads.
    std::wstring key_name_;
    bool is_name_known_;
    bool is_rsa_ = true;
    DWORD flags_;
};

Result<ContextHandle> KspTarget::open() {
    NCRYPT_PROV_HANDLE provider = 0;
    CARDMUX_TRY(outcome_of(calls_->open_provider(&provider), "NCryptOpenStorageProvider"));
    return ContextHandle{provider};
}

/// The PIN goes to a key's property; a KSP keeps it for the process.
Result<void> KspTarget::present_pin(ContextHandle context, const SecretBytes& pin) {
    CARDMUX_TRY_ASSIGN(const KeyHandle key, open_key(context));
    Bytes wide;
    for (const std::uint8_t character : pin.view()) wide.insert(wide.end(), {character, 0});
    wide.insert(wide.end(), {0, 0});
    auto outcome = outcome_of(calls_->set_key_property(context, key, pin_property, wide),
                              "NCryptSetProperty (SmartCardPin)");
    wipe(wide);
    auto closed = close_key(context, key);
    return outcome.ok() ? closed : outcome;
}

/// Without a name the first key that the provider lists; the default one if it lists none.
Result<void> KspTarget::find_key_name(ContextHandle context) {
    if (is_name_known_) return success();
    const SECURITY_STATUS status = calls_->first_key(context, flags_, key_name_);
    if (status != NTE_NOT_SUPPORTED) CARDMUX_TRY(outcome_of(status, "NCryptEnumKeys"));
    is_name_known_ = true;
    return success();
}

Result<KeyHandle> KspTarget::open_key(ContextHandle context) {
    CARDMUX_TRY(find_key_name(context));
    NCRYPT_KEY_HANDLE key = 0;
    CARDMUX_TRY(
        outcome_of(calls_->open_key(context, key_name_.c_str(), flags_, &key), "NCryptOpenKey"));
    return KeyHandle{key};
}

Result<void> KspTarget::read_key(ContextHandle context, KeyHandle key) {
    Bytes value;
    for (const wchar_t* name : {NCRYPT_LENGTH_PROPERTY, NCRYPT_ALGORITHM_GROUP_PROPERTY,
                                NCRYPT_EXPORT_POLICY_PROPERTY, certificate_property}) {
        const SECURITY_STATUS status = calls_->get_key_property(context, key, name, value);
        // A provider need not know them all, and a key need not have a certificate.
        const bool has_none = status == NTE_NOT_FOUND || status == NTE_NOT_SUPPORTED ||
                              status == static_cast<SECURITY_STATUS>(SCARD_E_NO_SUCH_CERTIFICATE);
        if (!has_none) CARDMUX_TRY(outcome_of(status, "NCryptGetProperty"));
    }
    return success();
}

Result<Bytes> KspTarget::sign(ContextHandle context, KeyHandle key, ByteView hash) {
    BCRYPT_PKCS1_PADDING_INFO padding{request_.sign_sha1 ? BCRYPT_SHA1_ALGORITHM
                                                         : BCRYPT_SHA256_ALGORITHM};
    Bytes signature;
    CARDMUX_TRY(
        outcome_of(calls_->sign_hash(context, key, is_rsa_ ? &padding : nullptr, hash, signature),
                   "NCryptSignHash"));
    return signature;
}

Result<Bytes> KspTarget::public_key(ContextHandle context, KeyHandle key) {
    is_rsa_ = !text_in(property(context, key, NCRYPT_ALGORITHM_GROUP_PROPERTY)).starts_with("EC");
    Bytes blob;
    const wchar_t* type = is_rsa_ ? BCRYPT_RSAPUBLIC_BLOB : BCRYPT_ECCPUBLIC_BLOB;
    CARDMUX_TRY(outcome_of(calls_->export_key(context, key, type, blob), "NCryptExportKey"));
    return blob;
}

/// Empty if the provider does not answer it.
Bytes KspTarget::property(ContextHandle context, KeyHandle key, const wchar_t* name) {
    Bytes value;
    if (calls_->get_key_property(context, key, name, value) != ERROR_SUCCESS) value.clear();
    return value;
}

TargetFacts KspTarget::facts(ContextHandle context, KeyHandle key) {
    TargetFacts facts;
    facts.provider = request_.provider;
    Bytes version;
    if (calls_->get_provider_property(context, NCRYPT_VERSION_PROPERTY, version) == ERROR_SUCCESS)
        facts.version = fmt::format("{}.{}", number_in(version) >> 16, number_in(version) & 0xFFFF);
    facts.reader = text_in(property(context, key, reader_property));
    facts.container = from_wide(key_name_);
    facts.key = fmt::format("{} {}", text_in(property(context, key, NCRYPT_ALGORITHM_PROPERTY)),
                            number_in(property(context, key, NCRYPT_LENGTH_PROPERTY)));
    facts.mechanism = fmt::format("{} {}", is_rsa_ ? "PKCS #1 v1.5" : "ECDSA",
                                  request_.sign_sha1 ? "SHA-1" : "SHA-256");
    return facts;
}

}  // namespace

Result<std::unique_ptr<LoadTarget>> make_ksp_target(const TargetRequest& request) {
    const DWORD flags = request.may_prompt ? 0 : DWORD{NCRYPT_SILENT_FLAG};
    auto calls = request.direct_dll.empty()
                     ? ksp_calls_of_system(request.provider, flags)
                     : ksp_calls_of_dll(request.direct_dll, request.provider, flags);
    if (!calls) return calls.error();
    return std::unique_ptr<LoadTarget>(
        std::make_unique<KspTarget>(std::move(calls).value(), request));
}

}  // namespace cardmux::tool::windows
