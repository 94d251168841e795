// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// What Windows does with a provider when somebody logs on with a card: the card in a reader, by the
// reader's name and silently; its containers; the certificate of each; the PIN; a challenge signed,
// and checked with the certificate's key by the system's own provider.
#include <algorithm>
#include <cstdio>

#include "published.h"

namespace cardmux::messages {
namespace {

constexpr std::size_t challenge_size = 32;

/// Container names, in the card's order.
std::vector<std::string> containers_of(HCRYPTPROV context) {
    std::vector<std::string> names;
    for (DWORD flag = CRYPT_FIRST;; flag = CRYPT_NEXT) {
        char name[300];
        DWORD size = sizeof name;
        if (!CryptGetProvParam(context, PP_ENUMCONTAINERS, reinterpret_cast<BYTE*>(name), &size,
                               flag))
            return names;
        names.emplace_back(name);
    }
}

/// By the system's own provider, with the key in the certificate.
BOOL is_right(PCCERT_CONTEXT certificate, const Bytes& challenge, const Bytes& signature) {
    HCRYPTPROV software = 0;
    HCRYPTKEY key = 0;
    HCRYPTHASH hash = 0;
    CryptAcquireContextA(&software, nullptr, nullptr, PROV_RSA_AES, CRYPT_VERIFYCONTEXT);
    const BOOL right =
        CryptImportPublicKeyInfo(software, encoding, &certificate->pCertInfo->SubjectPublicKeyInfo,
                                 &key) &&
        CryptCreateHash(software, CALG_SHA_256, 0, 0, &hash) &&
        CryptHashData(hash, challenge.data(), static_cast<DWORD>(challenge.size()), 0) &&
        CryptVerifySignatureW(hash, signature.data(), static_cast<DWORD>(signature.size()), key,
                              nullptr, 0);
    const DWORD error = GetLastError();
    CryptDestroyHash(hash);
    CryptDestroyKey(key);
    CryptReleaseContext(software, 0);
    SetLastError(error);
    return right;
}

Bytes signature_of(HCRYPTPROV context, DWORD spec, const Bytes& challenge) {
    HCRYPTHASH hash = 0;
    DWORD size = 0;
    Bytes signature;
    if (CryptCreateHash(context, CALG_SHA_256, 0, 0, &hash) &&
        CryptHashData(hash, challenge.data(), static_cast<DWORD>(challenge.size()), 0) &&
        CryptSignHashW(hash, spec, nullptr, 0, nullptr, &size)) {
        signature.resize(size);
        if (!CryptSignHashW(hash, spec, nullptr, 0, signature.data(), &size)) size = 0;
        signature.resize(size);
    }
    const DWORD error = GetLastError();
    CryptDestroyHash(hash);
    SetLastError(error);
    return signature;
}

void answer_challenge(HCRYPTPROV context, DWORD spec, HCRYPTKEY key) {
    DWORD size = 0;
    CryptGetKeyParam(key, KP_CERTIFICATE, nullptr, &size, 0);
    Bytes der(size);
    say("certificate", CryptGetKeyParam(key, KP_CERTIFICATE, der.data(), &size, 0));
    const Certificate certificate(CertCreateCertificateContext(encoding, der.data(), size));
    if (certificate.context == nullptr) return;
    Bytes challenge(challenge_size);
    say("challenge", CryptGenRandom(context, challenge_size, challenge.data()) &&
                         challenge != Bytes(challenge_size));
    const Bytes signature = signature_of(context, spec, challenge);
    say("signature", !signature.empty());
    say("right", is_right(certificate.context, challenge, signature));
    challenge[0] ^= 1;
    say("of another challenge", is_right(certificate.context, challenge, signature));
}

void use_container(const Provider& provider, const std::string& name) {
    HCRYPTPROV context = 0;
    std::printf("container: %s\n", name.substr(name.rfind('\\') + 1, 6).c_str());
    if (!say("open", CryptAcquireContextA(&context, name.c_str(), provider.name.c_str(),
                                          provider.type, CRYPT_SILENT)))
        return;
    DWORD spec = AT_KEYEXCHANGE;
    DWORD size = sizeof spec;
    CryptGetProvParam(context, PP_KEYSPEC, reinterpret_cast<BYTE*>(&spec), &size, 0);
    HCRYPTKEY key = 0;
    if (say("user key", CryptGetUserKey(context, spec, &key))) {
        say("PIN", CryptSetProvParam(context, PP_KEYEXCHANGE_PIN,
                                     reinterpret_cast<const BYTE*>(provider.pin.c_str()), 0));
        answer_challenge(context, spec, key);
        CryptDestroyKey(key);
    }
    say("release", CryptReleaseContext(context, 0));
}

void show_certificate_store(HCRYPTPROV context, const Provider& provider) {
    HCERTSTORE store = nullptr;
    DWORD size = sizeof store;
    if (!say("certificate store", CryptGetProvParam(context, PP_USER_CERTSTORE,
                                                    reinterpret_cast<BYTE*>(&store), &size, 0)))
        return;
    int keys = 0;
    PCCERT_CONTEXT each = nullptr;
    while ((each = CertEnumCertificatesInStore(store, each)) != nullptr) {
        HCRYPTPROV found = 0;
        DWORD spec = 0;
        BOOL is_ours = FALSE;
        if (!CryptAcquireCertificatePrivateKey(each, CRYPT_ACQUIRE_SILENT_FLAG, nullptr, &found,
                                               &spec, &is_ours))
            continue;
        char name[300] = "";
        size = sizeof name;
        CryptGetProvParam(found, PP_NAME, reinterpret_cast<BYTE*>(name), &size, 0);
        keys += name == provider.name;
        if (is_ours) CryptReleaseContext(found, 0);
    }
    std::printf("certificates that lead to their key: %d\n", keys);
    CertCloseStore(store, 0);
}

}  // namespace

void log_on(const Provider& provider, const std::string& reader) {
    HCRYPTPROV context = 0;
    const std::string name = R"(\\.\)" + reader;
    if (!say("reader", CryptAcquireContextA(&context, name.c_str(), provider.name.c_str(),
                                            provider.type, CRYPT_SILENT)))
        return;
    for (const std::string& container : containers_of(context))
        use_container(provider, name + "\\" + container);
    show_certificate_store(context, provider);
    say("release", CryptReleaseContext(context, 0));
}

}  // namespace cardmux::messages
