// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Puts a certificate into the user's store MY with the key's provider that a test wants, and says
// how the key is opened by what it names there:
//
//     certificate_probe add FILE CONTAINER PROVIDER TYPE SPEC [FLAGS]    CONTAINER: - for none
//     certificate_probe flags FILE
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

DWORD number_in(const wchar_t* text) {
    return static_cast<DWORD>(std::wcstoul(text, nullptr, 0));
}

/// link    as on the command line, with a null behind it
bool add(HCERTSTORE store, PCCERT_CONTEXT certificate, wchar_t** link) {
    CRYPT_KEY_PROV_INFO info{};
    info.pwszContainerName = std::wcscmp(link[0], L"-") == 0 ? nullptr : link[0];
    info.pwszProvName = link[1];
    info.dwProvType = number_in(link[2]);
    info.dwKeySpec = number_in(link[3]);
    info.dwFlags = link[4] == nullptr ? 0 : number_in(link[4]);
    PCCERT_CONTEXT added = nullptr;
    const bool worked =
        CertAddCertificateContextToStore(store, certificate, CERT_STORE_ADD_REPLACE_EXISTING,
                                         &added) != 0 &&
        CertSetCertificateContextProperty(added, CERT_KEY_PROV_INFO_PROP_ID, 0, &info) != 0;
    // Wine writes the store when its last user goes.
    CertFreeCertificateContext(added);
    return worked;
}

PCCERT_CONTEXT find(HCERTSTORE store, PCCERT_CONTEXT certificate) {
    return CertFindCertificateInStore(store, encoding, 0, CERT_FIND_EXISTING, certificate, nullptr);
}

bool print_flags(PCCERT_CONTEXT found) {
    std::vector<BYTE> data(4096);
    auto size = static_cast<DWORD>(data.size());
    if (found == nullptr || CertGetCertificateContextProperty(found, CERT_KEY_PROV_INFO_PROP_ID,
                                                              data.data(), &size) == 0)
        return false;
    std::printf("0x%lX\n", reinterpret_cast<const CRYPT_KEY_PROV_INFO*>(data.data())->dwFlags);
    CertFreeCertificateContext(found);
    return true;
}

bool remove(PCCERT_CONTEXT found) {
    return found != nullptr && CertDeleteCertificateFromStore(found) != 0;
}

}  // namespace

int wmain(int count, wchar_t** words) {
    const HCERTSTORE store =
        CertOpenStore(CERT_STORE_PROV_SYSTEM_W, 0, 0, CERT_SYSTEM_STORE_CURRENT_USER, L"MY");
    const PCCERT_CONTEXT certificate = count > 2 ? read_certificate(words[2]) : nullptr;
    bool worked = store != nullptr && certificate != nullptr;
    if (worked && count >= 7)
        worked = add(store, certificate, words + 3);
    else if (worked && std::wcscmp(words[1], L"flags") == 0)
        worked = print_flags(find(store, certificate));
    else if (worked)
        worked = remove(find(store, certificate));
    if (!worked) std::printf("failed: 0x%08lX\n", GetLastError());
    // Under Wine the store that lost a certificate is not written when it is closed.
    CertControlStore(store, CERT_STORE_CTRL_COMMIT_FORCE_FLAG, CERT_STORE_CTRL_COMMIT, nullptr);
    CertCloseStore(store, 0);
    return worked ? 0 : 1;
}
