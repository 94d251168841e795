// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "together_signers.h"

#include "pkcs11_client.h"

// clang-format off
#include <wincrypt.h>
#include <ncrypt.h>
// clang-format on

#include <algorithm>
#include <utility>

namespace together {
namespace {

constexpr const char* csp_name = "Cardmux Smart Card Crypto Provider";
constexpr const wchar_t* ksp_name = L"Cardmux Smart Card Key Storage Provider";
constexpr CK_BYTE authentication_id = 1;

Outcome failed(const char* call) {
    return {call, GetLastError()};
}

// ---- CryptoAPI ----------------------------------------------------------------------------------

class CspSigner final : public Signer {
  public:
    ~CspSigner() override {
        if (context_ != 0) CryptReleaseContext(context_, 0);
    }
    Outcome prepare(const std::string& pin) override;
    Outcome sign(const Bytes& data, Bytes& signature) override;

  private:
    Outcome read_key();

    HCRYPTPROV context_ = 0;
};

Outcome CspSigner::prepare(const std::string& pin) {
    if (!CryptAcquireContextA(&context_, nullptr, csp_name, PROV_RSA_FULL, CRYPT_SILENT)) {
        return failed("CryptAcquireContext");
    }
    const auto* text = reinterpret_cast<const BYTE*>(pin.c_str());
    if (!pin.empty() && !CryptSetProvParam(context_, PP_KEYEXCHANGE_PIN, text, 0)) {
        return failed("CryptSetProvParam");
    }
    return read_key();
}

/// source    Win32 "RSA/Schannel Key BLOBs": PUBLICKEYSTRUC, RSAPUBKEY, modulus little-endian
Outcome CspSigner::read_key() {
    HCRYPTKEY key = 0;
    if (!CryptGetUserKey(context_, AT_KEYEXCHANGE, &key)) return failed("CryptGetUserKey");
    Bytes blob(1000);
    auto size = static_cast<DWORD>(blob.size());
    if (!CryptExportKey(key, 0, PUBLICKEYBLOB, 0, blob.data(), &size)) {
        return failed("CryptExportKey");
    }
    blob.resize(size);
    CryptDestroyKey(key);
    RSAPUBKEY head;
    std::copy_n(blob.begin() + sizeof(BLOBHEADER), sizeof head, reinterpret_cast<BYTE*>(&head));
    const auto exponent = static_cast<unsigned>(head.pubexp);
    const Bytes exponent_bytes = {static_cast<BYTE>(exponent >> 16),
                                  static_cast<BYTE>(exponent >> 8), static_cast<BYTE>(exponent)};
    Bytes modulus(blob.begin() + sizeof(BLOBHEADER) + sizeof head, blob.end());
    std::reverse(modulus.begin(), modulus.end());
    public_blob_ = signature_judge::make_public_blob(modulus, exponent_bytes);
    return {};
}

Outcome CspSigner::sign(const Bytes& data, Bytes& signature) {
    HCRYPTHASH hash = 0;
    if (!CryptCreateHash(context_, CALG_SHA_256, 0, 0, &hash)) return failed("CryptCreateHash");
    Outcome outcome;
    signature.resize(512);
    auto size = static_cast<DWORD>(signature.size());
    if (!CryptHashData(hash, data.data(), static_cast<DWORD>(data.size()), 0)) {
        outcome = failed("CryptHashData");
    } else if (!CryptSignHashW(hash, AT_KEYEXCHANGE, nullptr, 0, signature.data(), &size)) {
        outcome = failed("CryptSignHash");
    }
    CryptDestroyHash(hash);
    signature.resize(outcome.call == nullptr ? size : 0);
    std::reverse(signature.begin(), signature.end());
    return outcome;
}

// ---- CNG ----------------------------------------------------------------------------------------

class KspSigner final : public Signer {
  public:
    ~KspSigner() override {
        if (key_ != 0) NCryptFreeObject(key_);
        if (provider_ != 0) NCryptFreeObject(provider_);
    }
    Outcome prepare(const std::string& pin) override;
    Outcome sign(const Bytes& data, Bytes& signature) override;

  private:
    SECURITY_STATUS give_pin(const std::string& pin);

    NCRYPT_PROV_HANDLE provider_ = 0;
    NCRYPT_KEY_HANDLE key_ = 0;
};

Outcome failed(const char* call, SECURITY_STATUS status) {
    return {call, static_cast<unsigned long>(status)};
}

SECURITY_STATUS KspSigner::give_pin(const std::string& pin) {
    std::wstring text(pin.begin(), pin.end());
    return NCryptSetProperty(key_, NCRYPT_PIN_PROPERTY, reinterpret_cast<BYTE*>(text.data()),
                             static_cast<DWORD>(2 * text.size() + 2), NCRYPT_SILENT_FLAG);
}

Outcome KspSigner::prepare(const std::string& pin) {
    SECURITY_STATUS status = NCryptOpenStorageProvider(&provider_, ksp_name, 0);
    if (status != 0) return failed("NCryptOpenStorageProvider", status);
    status = NCryptOpenKey(provider_, &key_, L"", 0, NCRYPT_SILENT_FLAG);
    if (status != 0) return failed("NCryptOpenKey", status);
    if (!pin.empty()) status = give_pin(pin);
    if (status != 0) return failed("NCryptSetProperty", status);
    public_blob_.resize(1000);
    DWORD size = 0;
    status = NCryptExportKey(key_, 0, BCRYPT_RSAPUBLIC_BLOB, nullptr, public_blob_.data(),
                             static_cast<DWORD>(public_blob_.size()), &size, 0);
    if (status != 0) return failed("NCryptExportKey", status);
    public_blob_.resize(size);
    return {};
}

Outcome KspSigner::sign(const Bytes& data, Bytes& signature) {
    Bytes hash = signature_judge::sha256(data);
    BCRYPT_PKCS1_PADDING_INFO padding = {BCRYPT_SHA256_ALGORITHM};
    signature.resize(512);
    DWORD size = 0;
    const SECURITY_STATUS status = NCryptSignHash(
        key_, &padding, hash.data(), static_cast<DWORD>(hash.size()), signature.data(),
        static_cast<DWORD>(signature.size()), &size, BCRYPT_PAD_PKCS1 | NCRYPT_SILENT_FLAG);
    if (status != 0) return failed("NCryptSignHash", status);
    signature.resize(size);
    return {};
}

// ---- PKCS #11 -----------------------------------------------------------------------------------

Outcome outcome_of(const char* call, CK_RV code) {
    return code == CKR_OK ? Outcome{} : Outcome{call, code};
}

class Pkcs11Signer : public Signer {
  public:
    bool wants_pin() const override { return true; }
    Outcome prepare(const std::string& pin) override;
    Outcome sign(const Bytes& data, Bytes& signature) override;

  protected:
    const CK_FUNCTION_LIST* call_ = nullptr;

  private:
    Outcome open(const std::string& pin);

    CK_SESSION_HANDLE session_ = CK_INVALID_HANDLE;
    pkcs11_client::KeyPair pair_;
};

Outcome Pkcs11Signer::open(const std::string& pin) {
    CK_SLOT_ID slot = 0;
    CK_ULONG count = 1;
    CK_RV code = call_->C_GetSlotList(CK_TRUE, &slot, &count);
    if (code != CKR_OK) return outcome_of("C_GetSlotList", code);
    code = call_->C_OpenSession(slot, CKF_SERIAL_SESSION, nullptr, nullptr, &session_);
    if (code != CKR_OK) return outcome_of("C_OpenSession", code);
    std::string text = pin;
    code = call_->C_Login(session_, CKU_USER, reinterpret_cast<CK_UTF8CHAR*>(text.data()),
                          static_cast<CK_ULONG>(text.size()));
    // Another thread of the process may have logged in.
    return outcome_of("C_Login", code == CKR_USER_ALREADY_LOGGED_IN ? CKR_OK : code);
}

Outcome Pkcs11Signer::prepare(const std::string& pin) {
    call_ = pkcs11_client::load_module();
    if (call_ == nullptr) return failed("LoadLibrary");
    const CK_RV code = call_->C_Initialize(nullptr);
    if (code != CKR_OK && code != CKR_CRYPTOKI_ALREADY_INITIALIZED) {
        return outcome_of("C_Initialize", code);
    }
    const Outcome opened = open(pin);
    if (opened.call != nullptr) return opened;
    pair_ = pkcs11_client::find_key_pair(*call_, session_, authentication_id);
    public_blob_ = pair_.public_blob;
    return outcome_of("C_FindObjects", public_blob_.empty() ? CKR_KEY_HANDLE_INVALID : CKR_OK);
}

Outcome Pkcs11Signer::sign(const Bytes& data, Bytes& signature) {
    const CK_MECHANISM mechanism = {CKM_SHA256_RSA_PKCS, nullptr, 0};
    pkcs11_client::Signed made = pkcs11_client::sign(*call_, session_, mechanism, pair_, data);
    signature = std::move(made.signature);
    return outcome_of("C_Sign", made.code);
}

/// A plug-in that is loaded for each signature. The process has one module: for one thread only.
class FinalizingSigner final : public Pkcs11Signer {
  public:
    Outcome prepare(const std::string& pin) override {
        pin_ = pin;
        const Outcome prepared = Pkcs11Signer::prepare(pin);
        if (prepared.call != nullptr) return prepared;
        return outcome_of("C_Finalize", call_->C_Finalize(nullptr));
    }
    Outcome sign(const Bytes& data, Bytes& signature) override {
        Outcome outcome = Pkcs11Signer::prepare(pin_);
        if (outcome.call == nullptr) outcome = Pkcs11Signer::sign(data, signature);
        if (outcome.call != nullptr) return outcome;
        return outcome_of("C_Finalize", call_->C_Finalize(nullptr));
    }

  private:
    std::string pin_;
};

}  // namespace

std::unique_ptr<Signer> make_signer(const std::string& interface_name) {
    if (interface_name == "csp") return std::make_unique<CspSigner>();
    if (interface_name == "ksp") return std::make_unique<KspSigner>();
    if (interface_name == "pkcs11") return std::make_unique<Pkcs11Signer>();
    if (interface_name == "finalize") return std::make_unique<FinalizingSigner>();
    return nullptr;
}

}  // namespace together
