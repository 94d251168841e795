// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "api/windows/certificate_store_windows.h"

#include <utility>
#include <variant>

#include "api/windows/crypto_api_windows.h"
#include "base/wide_text_windows.h"
#include "container/container_name.h"

namespace cardmux::api {
namespace {

Error system_failed(const char* operation) {
    return Error(ErrorCode::SystemFailed, operation).with_platform_code(GetLastError());
}

/// Closed at the end, unless it was released.
class Store {
  public:
    Store() : handle_(CertOpenStore(CERT_STORE_PROV_MEMORY, 0, 0, 0, nullptr)) {}
    ~Store() {
        if (handle_ != nullptr) CertCloseStore(handle_, 0);
    }
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;

    HCERTSTORE get() const { return handle_; }
    HCERTSTORE release() { return std::exchange(handle_, nullptr); }

  private:
    HCERTSTORE handle_;
};

/// Ends the reference to a certificate in a store.
struct CertificateReference {
    PCCERT_CONTEXT context = nullptr;
    ~CertificateReference() {
        if (context != nullptr) CertFreeCertificateContext(context);
    }
};

bool name_key(PCCERT_CONTEXT certificate, const container::FoundContainer& found,
              const NamedProvider& provider) {
    std::wstring container =
        to_wide(provider.with_reader ? container::full_name(found.card.reader, found.container.name)
                                     : found.container.name);
    std::wstring provider_name = to_wide(provider.name);
    CRYPT_KEY_PROV_INFO info{};
    info.pwszContainerName = container.data();
    info.pwszProvName = provider_name.data();
    info.dwProvType = provider.type;
    // A key storage provider's keys have no specification.
    info.dwKeySpec = provider.type == 0 ? 0 : static_cast<DWORD>(found.container.key_spec);
    return CertSetCertificateContextProperty(certificate, CERT_KEY_PROV_INFO_PROP_ID, 0, &info);
}

/// Nothing if its key has no certificate, or one that Windows cannot read.
Result<void> add(const Store& store, const container::FoundContainer& found,
                 const NamedProvider& provider) {
    const token::TokenCertificate* certificate = found.certificate();
    if (certificate == nullptr) return success();
    // CryptoAPI has no name for an elliptic key: a program could not open it by a CSP.
    const bool is_rsa = std::holds_alternative<crypto::RsaPublicKey>(found.key().key.public_key);
    if (provider.type != 0 && !is_rsa) return success();
    const Bytes& der = certificate->certificate.der;
    CertificateReference added;
    if (!CertAddEncodedCertificateToStore(store.get(), X509_ASN_ENCODING, der.data(),
                                          static_cast<DWORD>(der.size()), CERT_STORE_ADD_ALWAYS,
                                          &added.context))
        return success();
    if (!name_key(added.context, found, provider)) return system_failed("name a certificate's key");
    return success();
}

}  // namespace

Result<std::uintptr_t> make_certificate_store(const std::vector<container::CardInReader>& cards,
                                              const NamedProvider& provider) {
    Store store;
    if (store.get() == nullptr) return system_failed("make a certificate store");
    for (const container::CardInReader& card : cards) {
        for (const container::Container& one : container::containers_of(*card.contents))
            CARDMUX_TRY(add(store, {card, one}, provider));
    }
    return reinterpret_cast<std::uintptr_t>(store.release());
}

std::vector<Bytes> certificates_in(std::uintptr_t store) {
    std::vector<Bytes> certificates;
    PCCERT_CONTEXT each = nullptr;  // the enumeration itself ends the reference to the one before
    // NOLINTNEXTLINE(performance-no-int-to-ptr): a handle of CryptoAPI's is a pointer
    const auto handle = reinterpret_cast<HCERTSTORE>(store);
    while ((each = CertEnumCertificatesInStore(handle, each)) != nullptr)
        certificates.emplace_back(each->pbCertEncoded, each->pbCertEncoded + each->cbCertEncoded);
    return certificates;
}

}  // namespace cardmux::api
