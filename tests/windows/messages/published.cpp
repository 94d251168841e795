// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "published.h"

#include <cstdio>

namespace cardmux::messages {
namespace {

constexpr std::size_t short_name = 6;

std::wstring wide(const std::string& ascii) {
    return {ascii.begin(), ascii.end()};
}

/// The key that a certificate names, or nothing.
Bytes key_info(PCCERT_CONTEXT certificate) {
    DWORD size = 0;
    if (!CertGetCertificateContextProperty(certificate, CERT_KEY_PROV_INFO_PROP_ID, nullptr, &size))
        return {};
    Bytes info(size);
    CertGetCertificateContextProperty(certificate, CERT_KEY_PROV_INFO_PROP_ID, info.data(), &size);
    return info;
}

bool names(PCCERT_CONTEXT certificate, const Provider& provider, const std::string& container) {
    Bytes info = key_info(certificate);
    if (info.empty()) return false;
    const auto* key = reinterpret_cast<const CRYPT_KEY_PROV_INFO*>(info.data());
    const std::wstring name(key->pwszContainerName);
    const std::size_t start = name.rfind(L'\\') + 1;  // a reader's name may stand before it
    return key->pwszProvName == wide(provider.name) &&
           name.compare(start, container.size(), wide(container)) == 0;
}

/// The certificate that is with the container's key, or nothing.
Bytes certificate_of(HCRYPTPROV context, DWORD* spec) {
    DWORD size = sizeof *spec;
    HCRYPTKEY key = 0;
    if (!CryptGetProvParam(context, PP_KEYSPEC, reinterpret_cast<BYTE*>(spec), &size, 0) ||
        !CryptGetUserKey(context, *spec, &key))
        return {};
    size = 0;
    CryptGetKeyParam(key, KP_CERTIFICATE, nullptr, &size, 0);
    Bytes der(size);
    if (!CryptGetKeyParam(key, KP_CERTIFICATE, der.data(), &size, 0)) der.clear();
    CryptDestroyKey(key);
    return der;
}

/// Property first, then the store: a store in the registry is written when the certificate is
/// added.
bool add(const Store& store, const Provider& provider, const std::string& container) {
    HCRYPTPROV context = 0;
    if (!CryptAcquireContextA(&context, container.c_str(), provider.name.c_str(), provider.type,
                              CRYPT_SILENT))
        return false;
    DWORD spec = 0;
    const Bytes der = certificate_of(context, &spec);
    CryptReleaseContext(context, 0);
    if (der.empty()) return true;  // a key that CryptoAPI has no name for
    const Certificate certificate(
        CertCreateCertificateContext(encoding, der.data(), static_cast<DWORD>(der.size())));
    std::wstring wide_container = wide(container);
    std::wstring wide_provider = wide(provider.name);
    CRYPT_KEY_PROV_INFO info{};
    info.pwszContainerName = wide_container.data();
    info.pwszProvName = wide_provider.data();
    info.dwProvType = provider.type;
    info.dwKeySpec = spec;
    return CertSetCertificateContextProperty(certificate.context, CERT_KEY_PROV_INFO_PROP_ID, 0,
                                             &info) &&
           CertAddCertificateContextToStore(store.handle, certificate.context,
                                            CERT_STORE_ADD_REPLACE_EXISTING, nullptr) &&
           write_file(container.substr(0, short_name) + ".der", der);
}

/// Wine does not write by itself what was deleted or replaced.
BOOL commit(const Store& store) {
    return CertControlStore(store.handle, CERT_STORE_CTRL_COMMIT_FORCE_FLAG, CERT_STORE_CTRL_COMMIT,
                            nullptr);
}

}  // namespace

bool say(const std::string& what, BOOL succeeded) {
    const DWORD error = GetLastError();
    if (succeeded) {
        std::printf("%s: ok\n", what.c_str());
    } else {
        std::printf("%s: %08lX\n", what.c_str(), error);
    }
    return succeeded != FALSE;
}

Bytes read_file(const char* name) {
    Bytes content;
    std::FILE* file = std::fopen(name, "rb");
    if (file == nullptr) return content;
    for (int byte = std::fgetc(file); byte != EOF; byte = std::fgetc(file))
        content.push_back(static_cast<BYTE>(byte));
    std::fclose(file);
    return content;
}

bool write_file(const std::string& name, const Bytes& content) {
    std::FILE* file = std::fopen(name.c_str(), "wb");
    if (file == nullptr) return false;
    const bool is_written = std::fwrite(content.data(), 1, content.size(), file) == content.size();
    return std::fclose(file) == 0 && is_written;
}

void publish(const Provider& provider) {
    const Store store;
    HCRYPTPROV context = 0;
    if (!say("acquire", CryptAcquireContextA(&context, nullptr, provider.name.c_str(),
                                             provider.type, CRYPT_SILENT)))
        return;
    char name[300];
    DWORD size = sizeof name;
    for (DWORD flag = CRYPT_FIRST;
         CryptGetProvParam(context, PP_ENUMCONTAINERS, reinterpret_cast<BYTE*>(name), &size, flag);
         flag = CRYPT_NEXT) {
        say("publish", add(store, provider, name));
        size = sizeof name;
    }
    say("commit", commit(store));
    CryptReleaseContext(context, 0);
}

void withdraw(const Provider& provider) {
    const Store store;
    while (const PCCERT_CONTEXT found = find_published(store, provider, ""))
        if (!say("withdraw", CertDeleteCertificateFromStore(found))) return;
    say("commit", commit(store));
}

PCCERT_CONTEXT find_published(const Store& store, const Provider& provider,
                              const std::string& container) {
    PCCERT_CONTEXT each = nullptr;
    while ((each = CertEnumCertificatesInStore(store.handle, each)) != nullptr)
        if (names(each, provider, container)) return each;
    return nullptr;
}

CertificateKey::CertificateKey(PCCERT_CONTEXT certificate, const Provider& provider) {
    if (!say("key of the certificate",
             CryptAcquireCertificatePrivateKey(certificate, CRYPT_ACQUIRE_SILENT_FLAG, nullptr,
                                               &context_, &spec_, &is_ours_to_release_)))
        return;
    say("PIN",
        CryptSetProvParam(context_, spec_ == AT_SIGNATURE ? PP_SIGNATURE_PIN : PP_KEYEXCHANGE_PIN,
                          reinterpret_cast<const BYTE*>(provider.pin.c_str()), 0));
}

CertificateKey::~CertificateKey() {
    if (is_ours_to_release_) CryptReleaseContext(context_, 0);
}

}  // namespace cardmux::messages
