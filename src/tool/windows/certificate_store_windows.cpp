// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <windows.h>

#include "tool/windows/certificate_store.h"
//
#include <wincrypt.h>

#include <array>
#include <cstring>

#include "base/wide_text_windows.h"

namespace cardmux::tool::windows {
namespace {

constexpr DWORD encoding = X509_ASN_ENCODING | PKCS_7_ASN_ENCODING;

Error last_failure(const char* operation) {
    return Error(ErrorCode::SystemFailed, operation)
        .with_platform_code(static_cast<std::int64_t>(GetLastError()));
}

class Store {
  public:
    explicit Store(HCERTSTORE store) : store_(store) {}
    ~Store() {
        if (store_ != nullptr) CertCloseStore(store_, 0);
    }
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;
    HCERTSTORE get() const { return store_; }

  private:
    HCERTSTORE store_;
};

HCERTSTORE open_my() {
    return CertOpenStore(CERT_STORE_PROV_SYSTEM_W, 0, 0, CERT_SYSTEM_STORE_CURRENT_USER, L"MY");
}

Bytes property(PCCERT_CONTEXT certificate, DWORD id) {
    DWORD size = 0;
    if (CertGetCertificateContextProperty(certificate, id, nullptr, &size) == 0) return {};
    Bytes data(size);
    if (CertGetCertificateContextProperty(certificate, id, data.data(), &size) == 0) return {};
    data.resize(size);
    return data;
}

std::string subject_of(PCCERT_CONTEXT certificate) {
    std::array<wchar_t, 256> text{};
    const DWORD size = CertGetNameStringW(certificate, CERT_NAME_SIMPLE_DISPLAY_TYPE, 0, nullptr,
                                          text.data(), static_cast<DWORD>(text.size()));
    return size == 0 ? std::string() : from_wide({text.data(), size - 1});
}

std::string text_at(const wchar_t* text) {
    return text == nullptr ? std::string() : from_wide(text);
}

StoredCertificate describe(PCCERT_CONTEXT certificate) {
    StoredCertificate stored;
    stored.thumbprint = property(certificate, CERT_SHA1_HASH_PROP_ID);
    stored.subject = subject_of(certificate);
    const std::uint8_t* der = certificate->pbCertEncoded;
    stored.der.assign(der, der + certificate->cbCertEncoded);
    const CERT_PUBLIC_KEY_INFO& key = certificate->pCertInfo->SubjectPublicKeyInfo;
    stored.public_key.assign(key.PublicKey.pbData, key.PublicKey.pbData + key.PublicKey.cbData);
    stored.is_rsa = std::strcmp(key.Algorithm.pszObjId, szOID_RSA_RSA) == 0;
    const Bytes data = property(certificate, CERT_KEY_PROV_INFO_PROP_ID);
    CRYPT_KEY_PROV_INFO info{};
    if (data.size() < sizeof info) return stored;
    std::memcpy(&info, data.data(), sizeof info);
    stored.link = KeyLink{text_at(info.pwszContainerName), text_at(info.pwszProvName),
                          info.dwProvType, info.dwFlags, info.dwKeySpec};
    stored.has_parameters = info.cProvParam != 0;
    return stored;
}

class Certificate {
  public:
    explicit Certificate(PCCERT_CONTEXT certificate) : certificate_(certificate) {}
    ~Certificate() {
        if (certificate_ != nullptr) CertFreeCertificateContext(certificate_);
    }
    Certificate(const Certificate&) = delete;
    Certificate& operator=(const Certificate&) = delete;
    PCCERT_CONTEXT get() const { return certificate_; }

  private:
    PCCERT_CONTEXT certificate_;
};

PCCERT_CONTEXT find(const Store& store, ByteView thumbprint) {
    Bytes hash = to_bytes(thumbprint);
    const CRYPT_HASH_BLOB blob{static_cast<DWORD>(hash.size()), hash.data()};
    return CertFindCertificateInStore(store.get(), encoding, 0, CERT_FIND_SHA1_HASH, &blob,
                                      nullptr);
}

bool write_link(HCERTSTORE, PCCERT_CONTEXT certificate, const KeyLink& link) {
    std::wstring container = to_wide(link.container);
    std::wstring provider = to_wide(link.provider);
    CRYPT_KEY_PROV_INFO info{};
    info.pwszContainerName = container.empty() ? nullptr : container.data();
    info.pwszProvName = provider.data();
    info.dwProvType = link.type;
    info.dwFlags = link.flags;
    info.dwKeySpec = link.key_spec;
    return CertSetCertificateContextProperty(certificate, CERT_KEY_PROV_INFO_PROP_ID, 0, &info) !=
           0;
}

/// As write_link, and makes the store write all that it has.
bool write_link_and_commit(HCERTSTORE my, PCCERT_CONTEXT certificate, const KeyLink& link) {
    return write_link(my, certificate, link) &&
           CertControlStore(my, CERT_STORE_CTRL_COMMIT_FORCE_FLAG, CERT_STORE_CTRL_COMMIT,
                            nullptr) != 0;
}

std::vector<StoredCertificate> list(const Store& store) {
    std::vector<StoredCertificate> list;
    PCCERT_CONTEXT certificate = nullptr;
    while ((certificate = CertEnumCertificatesInStore(store.get(), certificate)) != nullptr)
        list.push_back(describe(certificate));
    return list;
}

}  // namespace

Result<std::vector<StoredCertificate>> list_own_certificates() {
    const Store my(open_my());
    if (my.get() == nullptr) return last_failure("CertOpenStore (MY)");
    return list(my);
}

std::vector<StoredCertificate> list_store(void* store) {
    return list(Store(store));
}

Result<bool> set_link(ByteView thumbprint, const KeyLink& link) {
    const Error failure(ErrorCode::SystemFailed, "CertSetCertificateContextProperty");
    for (const auto write : {write_link, write_link_and_commit}) {
        SetLastError(ERROR_SUCCESS);
        {
            const Store my(open_my());
            if (my.get() == nullptr) return last_failure("CertOpenStore (MY)");
            const Certificate certificate(find(my, thumbprint));
            if (certificate.get() == nullptr) return false;
            if (!write(my.get(), certificate.get(), link))
                return Error(failure).with_platform_code(static_cast<std::int64_t>(GetLastError()));
        }
        // Wine does not take a property that is set for a change of the store.
        const Store my(open_my());
        const Certificate stored(find(my, thumbprint));
        if (stored.get() != nullptr && describe(stored.get()).link == link) return true;
    }
    return failure;
}

Result<bool> add_certificate(ByteView der, const KeyLink& link) {
    const Certificate certificate(
        CertCreateCertificateContext(encoding, der.data(), static_cast<DWORD>(der.size())));
    const Store my(open_my());
    // The property first: a store in the registry is written when the certificate is added.
    if (my.get() == nullptr || certificate.get() == nullptr ||
        !write_link(my.get(), certificate.get(), link))
        return last_failure("CertSetCertificateContextProperty");
    if (CertAddCertificateContextToStore(my.get(), certificate.get(), CERT_STORE_ADD_NEW,
                                         nullptr) != 0)
        return true;
    if (GetLastError() == static_cast<DWORD>(CRYPT_E_EXISTS)) return false;
    return last_failure("CertAddCertificateContextToStore");
}

}  // namespace cardmux::tool::windows
