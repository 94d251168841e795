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
    info.pwszContainerName = container.data();
    info.pwszProvName = provider.data();
    info.dwProvType = link.type;
    info.dwFlags = link.flags;
    info.dwKeySpec = link.key_spec;
    return CertSetCertificateContextProperty(certificate, CERT_KEY_PROV_INFO_PROP_ID, 0, &info) !=
           0;
}

/// Adds a copy with all its properties and this link in the certificate's place.
bool replace_with_link(HCERTSTORE my, PCCERT_CONTEXT certificate, const KeyLink& link) {
    const Store memory(CertOpenStore(CERT_STORE_PROV_MEMORY, 0, 0, 0, nullptr));
    PCCERT_CONTEXT copy = nullptr;
    if (CertAddCertificateContextToStore(memory.get(), certificate, CERT_STORE_ADD_ALWAYS, &copy) ==
        0)
        return false;
    const Certificate owned(copy);
    return write_link(memory.get(), copy, link) &&
           CertAddCertificateContextToStore(my, copy, CERT_STORE_ADD_REPLACE_EXISTING, nullptr) !=
               0;
}

/// As write_link, and makes the store write all that it has.
bool write_link_and_commit(HCERTSTORE my, PCCERT_CONTEXT certificate, const KeyLink& link) {
    return write_link(my, certificate, link) &&
           CertControlStore(my, CERT_STORE_CTRL_COMMIT_FORCE_FLAG, CERT_STORE_CTRL_COMMIT,
                            nullptr) != 0;
}

/// The context of a CSP that nobody asks for a key.
class Provider {
  public:
    Provider(const std::string& name, DWORD type) {
        const BOOL worked =
            CryptAcquireContextW(&context_, nullptr, to_wide(name).c_str(), type, CRYPT_SILENT);
        if (worked == 0) context_ = 0;
    }
    ~Provider() {
        if (context_ != 0) CryptReleaseContext(context_, 0);
    }
    Provider(const Provider&) = delete;
    Provider& operator=(const Provider&) = delete;
    HCRYPTPROV get() const { return context_; }

  private:
    HCRYPTPROV context_ = 0;
};

std::string default_container(HCRYPTPROV context) {
    std::array<char, 512> name{};
    auto size = static_cast<DWORD>(name.size() - 1);
    if (CryptGetProvParam(context, PP_CONTAINER, reinterpret_cast<BYTE*>(name.data()), &size, 0) ==
        0)
        return {};
    return from_ansi(name.data());
}

/// Adds one certificate with its link; one that MY has already is replaced.
Result<PublishedCertificate> publish(HCERTSTORE my, PCCERT_CONTEXT certificate,
                                     const KeyLink& otherwise) {
    const StoredCertificate described = describe(certificate);
    const KeyLink link = described.link.value_or(otherwise);
    if (!replace_with_link(my, certificate, link))
        return last_failure("CertAddCertificateContextToStore");
    return PublishedCertificate{described.subject, link.container};
}

}  // namespace

Result<std::vector<StoredCertificate>> list_own_certificates() {
    const Store my(open_my());
    if (my.get() == nullptr) return last_failure("CertOpenStore (MY)");
    std::vector<StoredCertificate> list;
    PCCERT_CONTEXT certificate = nullptr;
    while ((certificate = CertEnumCertificatesInStore(my.get(), certificate)) != nullptr)
        list.push_back(describe(certificate));
    return list;
}

Result<bool> set_link(ByteView thumbprint, const KeyLink& link) {
    const Error failure(ErrorCode::SystemFailed, "CertSetCertificateContextProperty");
    for (const auto write : {write_link, write_link_and_commit}) {
        SetLastError(ERROR_SUCCESS);
        {
            const Store my(open_my());
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

Result<std::vector<PublishedCertificate>> publish_certificates(const std::string& provider,
                                                               std::uint32_t type) {
    const Provider csp(provider, type);
    if (csp.get() == 0) return last_failure("CryptAcquireContext");
    HCERTSTORE given = nullptr;
    DWORD size = sizeof given;
    if (CryptGetProvParam(csp.get(), PP_USER_CERTSTORE, reinterpret_cast<BYTE*>(&given), &size,
                          0) == 0)
        return last_failure("CryptGetProvParam (PP_USER_CERTSTORE)");
    const Store of_card(given);
    const Store my(open_my());
    if (my.get() == nullptr) return last_failure("CertOpenStore (MY)");
    const KeyLink otherwise{default_container(csp.get()), provider, type, 0, AT_KEYEXCHANGE};
    std::vector<PublishedCertificate> list;
    PCCERT_CONTEXT certificate = nullptr;
    while ((certificate = CertEnumCertificatesInStore(of_card.get(), certificate)) != nullptr) {
        auto published = publish(my.get(), certificate, otherwise);
        if (!published) {
            CertFreeCertificateContext(certificate);
            return published.error();
        }
        list.push_back(std::move(*published));
    }
    return list;
}

}  // namespace cardmux::tool::windows
