// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Puts a certificate into the user's store MY with the key's provider that a test wants, and says
// which one it names:
//
//     certificate_probe add FILE CONTAINER PROVIDER TYPE SPEC
//     certificate_probe remove FILE
#include <windows.h>
//
#include <wincrypt.h>

#include <cstdio>
#include <cwchar>
#include <vector>

namespace {

constexpr DWORD encoding = X509_ASN_ENCODING | PKCS_7_ASN_ENCODING;

PCCERT_CONTEXT read_certificate(const wchar_t* file) {
    std::FILE* stream = _wfopen(file, L"rb");
    if (stream == nullptr) return nullptr;
    std::vector<BYTE> der(16384);
    der.resize(std::fread(der.data(), 1, der.size(), stream));
    std::fclose(stream);
    return CertCreateCertificateContext(encoding, der.data(), static_cast<DWORD>(der.size()));
}

bool add(HCERTSTORE store, PCCERT_CONTEXT certificate, wchar_t** link) {
    CRYPT_KEY_PROV_INFO info{};
    info.pwszContainerName = link[0];
    info.pwszProvName = link[1];
    info.dwProvType = static_cast<DWORD>(std::wcstoul(link[2], nullptr, 10));
    info.dwKeySpec = static_cast<DWORD>(std::wcstoul(link[3], nullptr, 10));
    PCCERT_CONTEXT added = nullptr;
    const bool worked =
        CertAddCertificateContextToStore(store, certificate, CERT_STORE_ADD_REPLACE_EXISTING,
                                         &added) != 0 &&
        CertSetCertificateContextProperty(added, CERT_KEY_PROV_INFO_PROP_ID, 0, &info) != 0;
    // Wine writes the store when its last user goes.
    CertFreeCertificateContext(added);
    return worked;
}

bool remove(HCERTSTORE store, PCCERT_CONTEXT certificate) {
    PCCERT_CONTEXT found =
        CertFindCertificateInStore(store, encoding, 0, CERT_FIND_EXISTING, certificate, nullptr);
    return found != nullptr && CertDeleteCertificateFromStore(found) != 0;
}

}  // namespace

int wmain(int count, wchar_t** words) {
    const HCERTSTORE store =
        CertOpenStore(CERT_STORE_PROV_SYSTEM_W, 0, 0, CERT_SYSTEM_STORE_CURRENT_USER, L"MY");
    const PCCERT_CONTEXT certificate = count > 2 ? read_certificate(words[2]) : nullptr;
    bool worked = store != nullptr && certificate != nullptr;
    if (worked)
        worked = count == 7 ? add(store, certificate, words + 3) : remove(store, certificate);
    if (!worked) std::printf("failed: 0x%08lX\n", GetLastError());
    // Under Wine the store that lost a certificate is not written when it is closed.
    CertControlStore(store, CERT_STORE_CTRL_COMMIT_FORCE_FLAG, CERT_STORE_CTRL_COMMIT, nullptr);
    CertCloseStore(store, 0);
    return worked ? 0 : 1;
}
