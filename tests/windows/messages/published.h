// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The card's certificates in the user's store MY, each with the name of the provider and the
// container that has its key, as `cardmux certs publish` puts them there; and the way back from a
// certificate to its key, as a mail program goes it. Part of messages_probe.
#pragma once

#include <string>
#include <vector>

// clang-format off
#include <windows.h>
#include <wincrypt.h>
// clang-format on

namespace cardmux::messages {

using Bytes = std::vector<BYTE>;

constexpr DWORD encoding = X509_ASN_ENCODING | PKCS_7_ASN_ENCODING;

/// Prints "what: ok", or the last error in its place. Returns whether it succeeded.
bool say(const std::string& what, BOOL succeeded);

/// Empty if it cannot be read.
Bytes read_file(const char* name);
bool write_file(const std::string& name, const Bytes& content);

/// Which provider, and what its PIN is.
struct Provider {
    std::string name;
    DWORD type = PROV_RSA_FULL;
    std::string pin;
};

/// A certificate of MY, given back at the end; `context` is null if there is none.
struct Certificate {
    PCCERT_CONTEXT context = nullptr;
    Certificate() = default;
    explicit Certificate(PCCERT_CONTEXT given) : context(given) {}
    Certificate(const Certificate&) = delete;
    Certificate& operator=(const Certificate&) = delete;
    ~Certificate() {
        if (context != nullptr) CertFreeCertificateContext(context);
    }
};

/// The user's store MY, open.
struct Store {
    HCERTSTORE handle = CertOpenSystemStoreW(0, L"MY");
    Store() = default;
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;
    ~Store() {
        if (handle != nullptr) CertCloseStore(handle, 0);
    }
};

/// Puts all certificates of the first card whose keys CryptoAPI can name into MY, and each into a
/// file that is named by the first six letters of its container, with ".der".
void publish(const Provider& provider);

/// Removes from MY what names this provider.
void withdraw(const Provider& provider);

/// The certificate in MY of this provider whose container's name begins so.
PCCERT_CONTEXT find_published(const Store& store, const Provider& provider,
                              const std::string& container);

/// The key of a certificate, by what MY says of it alone; the provider's PIN is given to it.
class CertificateKey {
  public:
    CertificateKey(PCCERT_CONTEXT certificate, const Provider& provider);
    CertificateKey(const CertificateKey&) = delete;
    CertificateKey& operator=(const CertificateKey&) = delete;
    ~CertificateKey();
    HCRYPTPROV context() const { return context_; }
    DWORD spec() const { return spec_; }

  private:
    HCRYPTPROV context_ = 0;
    DWORD spec_ = 0;
    BOOL is_ours_to_release_ = FALSE;
};

/// Lets CMSG_CTRL_DECRYPT under Wine open messages with AES and triple DES, as it does on Windows.
/// Whether it will.
bool install_content_keys();

/// The calls of smart card logon, on the card in `reader`.
void log_on(const Provider& provider, const std::string& reader);

}  // namespace cardmux::messages
