// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <fmt/core.h>

#include <algorithm>
#include <cstring>

#include "tool/windows/load/csp_calls_windows.h"
#include "tool/windows/load/load_target.h"
#include "tool/windows/load/public_blob.h"

namespace cardmux::tool::windows {
namespace {

constexpr DWORD key_specs[] = {AT_KEYEXCHANGE, AT_SIGNATURE};
constexpr DWORD reader_parameter = 43;  // PP_SMARTCARD_READER

Error last_failure(const char* call) {
    return Error(ErrorCode::SystemFailed, call)
        .with_platform_code(static_cast<std::int64_t>(GetLastError()));
}

Result<void> outcome_of(BOOL worked, const char* call) {
    return worked != 0 ? success() : Result<void>(last_failure(call));
}

class CspTarget final : public LoadTarget {
  public:
    CspTarget(std::unique_ptr<CspCalls> calls, TargetRequest request)
        : calls_(std::move(calls)), request_(std::move(request)) {}

    Result<ContextHandle> open() override;
    bool counts_owners() const override { return request_.direct_dll.empty(); }
    Result<void> add_owner(ContextHandle context) override {
        return outcome_of(calls_->add_reference(context), "CryptContextAddRef");
    }
    Result<void> close(ContextHandle context) override {
        return outcome_of(calls_->release(context), "CryptReleaseContext");
    }
    Result<void> present_pin(ContextHandle context, const SecretBytes& pin) override;
    Result<KeyHandle> open_key(ContextHandle context) override;
    Result<void> read_key(ContextHandle context, KeyHandle key) override;
    Result<Bytes> sign(ContextHandle context, KeyHandle key, ByteView hash) override;
    Result<void> close_key(ContextHandle context, KeyHandle key) override {
        return outcome_of(calls_->destroy_key(context, key), "CryptDestroyKey");
    }
    Result<Bytes> public_key(ContextHandle context, KeyHandle key) override;
    TargetFacts facts(ContextHandle context, KeyHandle key) override;

    bool is_documented_for_released(std::uint32_t code) const override {
        return code == static_cast<std::uint32_t>(NTE_BAD_UID) ||
               code == static_cast<std::uint32_t>(NTE_BAD_KEY) ||
               code == static_cast<std::uint32_t>(NTE_BAD_HASH);
    }
    bool is_little_endian() const override { return true; }

  private:
    Result<Bytes> sign_with(ContextHandle context, HCRYPTHASH hash, ByteView value);
    std::string text_parameter(ContextHandle context, DWORD parameter);

    std::unique_ptr<CspCalls> calls_;
    TargetRequest request_;
    DWORD spec_ = 0;  // set by the first open_key(), before there are threads
};

Result<ContextHandle> CspTarget::open() {
    HCRYPTPROV context = 0;
    const DWORD flags = request_.may_prompt ? 0 : CRYPT_SILENT;
    if (calls_->acquire(&context, request_.container, flags) == 0)
        return last_failure("CryptAcquireContext");
    return ContextHandle{context};
}

Result<void> CspTarget::present_pin(ContextHandle context, const SecretBytes& pin) {
    Bytes text = to_bytes(pin.view());
    text.push_back(0);
    const DWORD parameter =
        spec_ == AT_SIGNATURE ? DWORD{PP_SIGNATURE_PIN} : DWORD{PP_KEYEXCHANGE_PIN};
    auto outcome =
        outcome_of(calls_->set_parameter(context, parameter, text.data()), "CryptSetProvParam");
    wipe(text);
    return outcome;
}

Result<KeyHandle> CspTarget::open_key(ContextHandle context) {
    HCRYPTKEY key = 0;
    if (spec_ != 0) {
        if (calls_->get_user_key(context, spec_, &key) == 0) return last_failure("CryptGetUserKey");
        return KeyHandle{key};
    }
    for (const DWORD spec : key_specs) {
        if (calls_->get_user_key(context, spec, &key) == 0) continue;
        spec_ = spec;
        return KeyHandle{key};
    }
    return last_failure("CryptGetUserKey");
}

Result<void> CspTarget::read_key(ContextHandle context, KeyHandle key) {
    for (const DWORD parameter : {DWORD{KP_KEYLEN}, DWORD{KP_PERMISSIONS}}) {
        DWORD value = 0;
        DWORD size = sizeof value;
        if (calls_->get_key_parameter(context, key, parameter, reinterpret_cast<BYTE*>(&value),
                                      &size) == 0)
            return last_failure("CryptGetKeyParam");
    }
    DWORD size = 0;
    BOOL worked = calls_->get_key_parameter(context, key, KP_CERTIFICATE, nullptr, &size);
    Bytes certificate(size + 1);
    if (worked != 0)
        worked = calls_->get_key_parameter(context, key, KP_CERTIFICATE, certificate.data(), &size);
    // A key without a certificate is a sound key.
    if (worked == 0 && GetLastError() != static_cast<DWORD>(SCARD_E_NO_SUCH_CERTIFICATE))
        return last_failure("CryptGetKeyParam");
    return success();
}

Result<Bytes> CspTarget::sign_with(ContextHandle context, HCRYPTHASH hash, ByteView value) {
    if (calls_->set_hash_value(context, hash, value.data()) == 0)
        return last_failure("CryptSetHashParam");
    DWORD size = 0;  // asked for first, as most programs do
    if (calls_->sign_hash(context, hash, spec_, nullptr, &size) == 0)
        return last_failure("CryptSignHash (size)");
    Bytes signature(size);
    if (calls_->sign_hash(context, hash, spec_, signature.data(), &size) == 0)
        return last_failure("CryptSignHash");
    signature.resize(size);
    return signature;
}

Result<Bytes> CspTarget::sign(ContextHandle context, KeyHandle, ByteView hash) {
    HCRYPTHASH object = 0;
    const ALG_ID algorithm = request_.sign_sha1 ? CALG_SHA1 : CALG_SHA_256;
    if (calls_->create_hash(context, algorithm, &object) == 0)
        return last_failure("CryptCreateHash");
    auto signature = sign_with(context, object, hash);
    const bool destroyed = calls_->destroy_hash(context, object) != 0;
    if (signature.ok() && !destroyed) return last_failure("CryptDestroyHash");
    return signature;
}

Result<Bytes> CspTarget::public_key(ContextHandle context, KeyHandle key) {
    DWORD size = 0;
    if (calls_->export_key(context, key, nullptr, &size) == 0)
        return last_failure("CryptExportKey");
    Bytes blob(size);
    if (calls_->export_key(context, key, blob.data(), &size) == 0)
        return last_failure("CryptExportKey");
    blob.resize(size);
    return rsa_blob_from_csp(blob);
}

std::string CspTarget::text_parameter(ContextHandle context, DWORD parameter) {
    DWORD size = 0;
    if (calls_->get_parameter(context, parameter, nullptr, &size) == 0 || size == 0) return {};
    std::string text(size, '\0');
    if (calls_->get_parameter(context, parameter, reinterpret_cast<BYTE*>(text.data()), &size) == 0)
        return {};
    return {text.c_str()};
}

TargetFacts CspTarget::facts(ContextHandle context, KeyHandle key) {
    TargetFacts facts;
    facts.provider = request_.provider;
    facts.reader = text_parameter(context, reader_parameter);
    facts.container = text_parameter(context, PP_CONTAINER);
    DWORD number = 0;
    DWORD size = sizeof number;
    if (calls_->get_parameter(context, PP_VERSION, reinterpret_cast<BYTE*>(&number), &size) != 0)
        facts.version = fmt::format("{}.{}", number >> 8, number & 0xFF);
    size = sizeof number;
    if (calls_->get_key_parameter(context, key, KP_KEYLEN, reinterpret_cast<BYTE*>(&number),
                                  &size) != 0)
        facts.key = fmt::format("RSA {}", number);
    facts.mechanism = fmt::format("PKCS #1 v1.5 {}, {}", request_.sign_sha1 ? "SHA-1" : "SHA-256",
                                  spec_ == AT_SIGNATURE ? "AT_SIGNATURE" : "AT_KEYEXCHANGE");
    return facts;
}

}  // namespace

Result<std::unique_ptr<LoadTarget>> make_csp_target(const TargetRequest& request) {
    const DWORD type = request.type == 0 ? DWORD{PROV_RSA_FULL} : request.type;
    if (request.direct_dll.empty())
        return std::unique_ptr<LoadTarget>(
            std::make_unique<CspTarget>(csp_calls_of_system(request.provider, type), request));
    CARDMUX_TRY_ASSIGN(auto calls, csp_calls_of_dll(request.direct_dll, request.provider, type));
    return std::unique_ptr<LoadTarget>(std::make_unique<CspTarget>(std::move(calls), request));
}

}  // namespace cardmux::tool::windows
