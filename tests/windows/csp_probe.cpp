// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// A program that uses the CSP through advapi32, as those of other people do. What it finds, it says
// on standard output, a line a finding; the test compares.
//
//   csp_probe PROVIDER TYPE {containers|keys|parameters|stale}
//   csp_probe PROVIDER TYPE {pin|messages|sign|decrypt|exchange} PIN [CONTAINER]
#include <cwchar>

#include "windows/csp_client.h"

namespace {

using namespace csp_client;  // NOLINT(google-build-using-namespace): one program's helpers

std::string reader_of_first_card() {
    Context context;
    context.acquire(nullptr, CRYPT_SILENT);
    return text_of(context.handle, PP_SMARTCARD_READER);
}

void show_containers() {
    const std::string reader = R"(\\.\)" + reader_of_first_card();
    Context any;
    say("any card", any.acquire(nullptr, CRYPT_SILENT));
    const std::string name = text_of(any.handle, PP_CONTAINER);
    std::printf("default: %s\n", name.c_str());
    for (const std::string& form : {reader, reader + "\\", reader + "\\" + name, name}) {
        Context context;
        say("form", context.acquire(form.c_str(), CRYPT_SILENT));
        std::printf("same: %d\n", text_of(context.handle, PP_CONTAINER) == name);
    }
    Context wrong;
    say("no such container", wrong.acquire("no-such-container", CRYPT_SILENT));
    say("no such reader", wrong.acquire(R"(\\.\No Such Reader\)", CRYPT_SILENT));
    say("bad name", wrong.acquire(R"(a\b)", CRYPT_SILENT));
    say("bad flags", wrong.acquire(nullptr, 0x1));
    say("new container", wrong.acquire("new-one", CRYPT_NEWKEYSET | CRYPT_SILENT));
    say("new but there", wrong.acquire(name.c_str(), CRYPT_NEWKEYSET | CRYPT_SILENT));
    say("delete", wrong.acquire(name.c_str(), CRYPT_DELETEKEYSET | CRYPT_SILENT));
}

/// Each container of the card: what its key is, and whether its certificate has the same.
void show_keys() {
    Context context;
    say("acquire", context.acquire(nullptr, CRYPT_SILENT));
    DWORD flag = CRYPT_FIRST;
    for (;; flag = CRYPT_NEXT) {
        const std::string name = text_of(context.handle, PP_ENUMCONTAINERS, flag);
        if (name == "?") break;
        Context own;
        say("container " + name.substr(0, 6), own.acquire(name.c_str(), CRYPT_SILENT));
        HCRYPTKEY key = 0;
        say("user key", CryptGetUserKey(own.handle, spec_of(own.handle), &key));
        if (key == 0) continue;
        const Bytes der = key_value(key, KP_CERTIFICATE);
        PCCERT_CONTEXT certificate = CertCreateCertificateContext(X509_ASN_ENCODING, der.data(),
                                                                  static_cast<DWORD>(der.size()));
        std::printf("spec %lu, algorithm %04lX, bits %lu, blob %zu, certificate %d\n",
                    spec_of(own.handle), key_number(key, KP_ALGID), key_number(key, KP_KEYLEN),
                    exported(key).size(), certificate != nullptr);
        if (certificate != nullptr) CertFreeCertificateContext(certificate);
        CryptDestroyKey(key);
    }
    std::printf("end: %08lX\n", GetLastError());
}

void show_pin(const char* pin) {
    Context context;
    say("acquire", context.acquire(nullptr, CRYPT_SILENT));
    const HCRYPTHASH hash = hash_of(context.handle, CALG_SHA_256);
    std::printf("signature without PIN: %zu", signature_of(hash, AT_KEYEXCHANGE, 0).size());
    std::printf(", error %08lX\n", GetLastError());
    say("wrong PIN", give_pin(context, "999999"));
    say("PIN of an impossible form", give_pin(context, "1"));
    say("PIN", give_pin(context, pin));
    std::printf("signature: %zu\n", signature_of(hash, AT_KEYEXCHANGE, 0).size());
    Context second;  // what was given through one counts for the next
    say("second", second.acquire(nullptr, CRYPT_SILENT));
    const HCRYPTHASH another = hash_of(second.handle, CALG_SHA_256);
    std::printf("signature: %zu\n", signature_of(another, AT_KEYEXCHANGE, 0).size());
    say("PIN taken back", CryptSetProvParam(context.handle, PP_KEYEXCHANGE_PIN, nullptr, 0));
    std::printf("signature: %zu", signature_of(hash, AT_KEYEXCHANGE, 0).size());
    std::printf(", error %08lX\n", GetLastError());
    CryptDestroyHash(another);
    CryptDestroyHash(hash);
}

void show_signatures(const char* pin) {
    Context context;
    say("acquire", context.acquire(nullptr, CRYPT_SILENT));
    say("PIN", give_pin(context, pin));
    HCRYPTKEY key = 0;
    say("user key", CryptGetUserKey(context.handle, AT_KEYEXCHANGE, &key));
    const Bytes blob = exported(key);
    for (const ALG_ID algorithm : {CALG_MD5, CALG_SHA1, CALG_SHA_256, CALG_SHA_384, CALG_SHA_512}) {
        for (const DWORD flags : {DWORD{0}, DWORD{CRYPT_NOHASHOID}}) {
            const HCRYPTHASH hash = hash_of(context.handle, algorithm);
            const Bytes signature = signature_of(hash, AT_KEYEXCHANGE, flags);
            say("signature", is_right(blob, algorithm, signature, flags));
            say("by us",
                CryptVerifySignatureW(hash, signature.data(), static_cast<DWORD>(signature.size()),
                                      key, nullptr, flags));
            CryptDestroyHash(hash);
        }
    }
    const HCRYPTHASH hash = hash_of(context.handle, CALG_SHA_256);
    Bytes signature = signature_of(hash, AT_KEYEXCHANGE, 0);
    signature[5] ^= 1;
    say("changed", is_right(blob, CALG_SHA_256, signature, 0));
    say("changed, by us",
        CryptVerifySignatureW(hash, signature.data(), static_cast<DWORD>(signature.size()), key,
                              nullptr, 0));
    say("more data after signing", CryptHashData(hash, signature.data(), 1, 0));
    std::printf("wrong spec: %zu", signature_of(hash, AT_SIGNATURE, 0).size());
    std::printf(", error %08lX\n", GetLastError());
    CryptDestroyHash(hash);
    CryptDestroyKey(key);
}

/// The card's public key in the system's provider.
struct Sender {
    HCRYPTPROV context = 0;
    HCRYPTKEY key = 0;
    explicit Sender(const Bytes& blob) {
        CryptAcquireContextA(&context, nullptr, nullptr, PROV_RSA_AES, CRYPT_VERIFYCONTEXT);
        CryptImportKey(context, blob.data(), static_cast<DWORD>(blob.size()), 0, 0, &key);
    }
    ~Sender() {
        CryptDestroyKey(key);
        CryptReleaseContext(context, 0);
    }
};

Bytes encrypted(HCRYPTKEY key, const std::string& text, DWORD flags) {
    Bytes data(512);
    DWORD size = static_cast<DWORD>(text.size());
    std::memcpy(data.data(), text.data(), text.size());
    if (!CryptEncrypt(key, 0, TRUE, flags, data.data(), &size, 512)) size = 0;
    data.resize(size);
    return data;
}

void show_decrypted(HCRYPTKEY key, Bytes data, DWORD flags) {
    DWORD size = static_cast<DWORD>(data.size());
    const BOOL succeeded = CryptDecrypt(key, 0, TRUE, flags, data.data(), &size);
    say("decrypt", succeeded);
    if (succeeded && flags == 0)
        std::printf("plain: %s\n", std::string(data.begin(), data.begin() + size).c_str());
    if (succeeded && flags != 0) std::printf("plain: %lu bytes\n", size);
}

void show_decryption(const std::string& container, const char* pin) {
    Context context;
    say("acquire", context.acquire(container.c_str(), CRYPT_SILENT));
    say("PIN", give_pin(context, pin));
    HCRYPTKEY key = 0;
    say("user key", CryptGetUserKey(context.handle, AT_KEYEXCHANGE, &key));
    const Sender sender(exported(key));
    const Bytes data = encrypted(sender.key, "for the card only", 0);
    show_decrypted(key, data, 0);
    show_decrypted(key, encrypted(key, "by our own provider", 0), 0);
    show_decrypted(key, data, CRYPT_DECRYPT_RSA_NO_PADDING_CHECK);
    Bytes damaged = data;
    damaged[7] ^= 1;
    show_decrypted(key, damaged, 0);
    show_decrypted(key, Bytes(data.begin(), data.end() - 1), 0);
    CryptDestroyKey(key);
}

/// A session key of the sender's, wrapped for the card, opened by it, and used.
void show_exchange(const std::string& container, const char* pin) {
    Context context;
    say("acquire", context.acquire(container.c_str(), CRYPT_SILENT));
    say("PIN", give_pin(context, pin));
    HCRYPTKEY key = 0;
    CryptGetUserKey(context.handle, AT_KEYEXCHANGE, &key);
    const Sender sender(exported(key));
    for (const ALG_ID algorithm : {CALG_AES_128, CALG_AES_256, CALG_3DES, CALG_RC4}) {
        HCRYPTKEY session = 0;
        HCRYPTKEY opened = 0;
        CryptGenKey(sender.context, algorithm, CRYPT_EXPORTABLE, &session);
        const Bytes data = encrypted(session, "under the session's key", 0);
        Bytes blob(1024);
        DWORD size = 1024;
        say("wrap", CryptExportKey(session, sender.key, SIMPLEBLOB, 0, blob.data(), &size));
        say("open", CryptImportKey(context.handle, blob.data(), size, 0, 0, &opened));
        show_decrypted(opened, data, 0);
        CryptDestroyKey(opened);
        CryptDestroyKey(session);
    }
    CryptDestroyKey(key);
}

/// What each parameter of a provider answers, with its size or its error.
void show_parameters() {
    Context context;
    say("acquire", context.acquire(nullptr, CRYPT_SILENT));
    for (DWORD parameter = 1; parameter < 50; ++parameter) {
        DWORD size = 0;
        const BOOL succeeded =
            CryptGetProvParam(context.handle, parameter, nullptr, &size,
                              parameter == PP_ENUMALGS || parameter == PP_ENUMCONTAINERS ||
                                      parameter == PP_ENUMALGS_EX
                                  ? CRYPT_FIRST
                                  : 0);
        const DWORD error = succeeded ? 0 : GetLastError();
        std::printf("parameter %lu: %08lX, %lu bytes\n", parameter, error, size);
    }
    HCERTSTORE store = nullptr;
    DWORD size = sizeof store;
    say("certificates", CryptGetProvParam(context.handle, PP_USER_CERTSTORE,
                                          reinterpret_cast<BYTE*>(&store), &size, 0));
    int count = 0;
    for (PCCERT_CONTEXT each = CertEnumCertificatesInStore(store, nullptr); each != nullptr;
         each = CertEnumCertificatesInStore(store, each)) {
        DWORD info_size = 0;
        count += CertGetCertificateContextProperty(each, CERT_KEY_PROV_INFO_PROP_ID, nullptr,
                                                   &info_size);
    }
    std::printf("certificates that name their key: %d\n", count);
    CertCloseStore(store, 0);
    Context verify;
    say("verify only", verify.acquire(nullptr, CRYPT_VERIFYCONTEXT));
    HCRYPTKEY key = 0;
    say("its key", CryptGetUserKey(verify.handle, AT_KEYEXCHANGE, &key));
    say("a pair in it", CryptGenKey(verify.handle, AT_KEYEXCHANGE, 0, &key));
}

/// The certificates of the context's card.
struct Certificates {
    HCERTSTORE store = nullptr;
    explicit Certificates(const Context& context) {
        DWORD size = sizeof store;
        CryptGetProvParam(context.handle, PP_USER_CERTSTORE, reinterpret_cast<BYTE*>(&store), &size,
                          0);
    }
    ~Certificates() { CertCloseStore(store, 0); }

    /// Of the container whose name begins so; null: none.
    PCCERT_CONTEXT find(const wchar_t* beginning) const {
        PCCERT_CONTEXT each = nullptr;
        while ((each = CertEnumCertificatesInStore(store, each)) != nullptr) {
            DWORD size = 0;
            CertGetCertificateContextProperty(each, CERT_KEY_PROV_INFO_PROP_ID, nullptr, &size);
            Bytes info(size);
            CertGetCertificateContextProperty(each, CERT_KEY_PROV_INFO_PROP_ID, info.data(), &size);
            const auto* key = reinterpret_cast<const CRYPT_KEY_PROV_INFO*>(info.data());
            if (std::wcsncmp(key->pwszContainerName, beginning, std::wcslen(beginning)) == 0)
                return each;
        }
        return nullptr;
    }
};

const std::string letter = "a letter";

/// As a mail program signs: the certificate alone names provider and key.
void show_signed_message(PCCERT_CONTEXT certificate) {
    char sha256[] = szOID_NIST_sha256;
    CRYPT_SIGN_MESSAGE_PARA how{};
    how.cbSize = sizeof how;
    how.dwMsgEncodingType = X509_ASN_ENCODING | PKCS_7_ASN_ENCODING;
    how.pSigningCert = certificate;
    how.HashAlgorithm.pszObjId = sha256;
    how.cMsgCert = 1;
    how.rgpMsgCert = &certificate;
    const BYTE* part = reinterpret_cast<const BYTE*>(letter.data());
    DWORD part_size = static_cast<DWORD>(letter.size());
    Bytes message(8192);
    DWORD size = 8192;
    say("sign message", CryptSignMessage(&how, FALSE, 1, &part, &part_size, message.data(), &size));
    CRYPT_VERIFY_MESSAGE_PARA check{};
    check.cbSize = sizeof check;
    check.dwMsgAndCertEncodingType = how.dwMsgEncodingType;
    say("verify message",
        CryptVerifyMessageSignature(&check, 0, message.data(), size, nullptr, nullptr, nullptr));
}

Bytes enveloped(PCCERT_CONTEXT certificate) {
    char triple_des[] = szOID_RSA_DES_EDE3_CBC;  // Wine encrypts messages with nothing newer
    CRYPT_ENCRYPT_MESSAGE_PARA how{};
    how.cbSize = sizeof how;
    how.dwMsgEncodingType = X509_ASN_ENCODING | PKCS_7_ASN_ENCODING;
    how.ContentEncryptionAlgorithm.pszObjId = triple_des;
    Bytes message(8192);
    DWORD size = 8192;
    say("encrypt message",
        CryptEncryptMessage(&how, 1, &certificate, reinterpret_cast<const BYTE*>(letter.data()),
                            static_cast<DWORD>(letter.size()), message.data(), &size));
    message.resize(size);
    return message;
}

/// As a mail program decrypts: the message's key is opened by the card.
void show_opened_message(const Context& context, PCCERT_CONTEXT certificate) {
    const Bytes message = enveloped(certificate);
    HCRYPTMSG opened =
        CryptMsgOpenToDecode(X509_ASN_ENCODING | PKCS_7_ASN_ENCODING, 0, 0, 0, nullptr, nullptr);
    say("read message",
        CryptMsgUpdate(opened, message.data(), static_cast<DWORD>(message.size()), TRUE));
    CMSG_CTRL_DECRYPT_PARA how{};
    how.cbSize = sizeof how;
    how.hCryptProv = context.handle;
    how.dwKeySpec = AT_KEYEXCHANGE;
    say("decrypt message", CryptMsgControl(opened, 0, CMSG_CTRL_DECRYPT, &how));
    Bytes content(100);
    DWORD size = 100;
    say("content", CryptMsgGetParam(opened, CMSG_CONTENT_PARAM, 0, content.data(), &size));
    std::printf("text: %s\n", std::string(content.begin(), content.begin() + size).c_str());
    CryptMsgClose(opened);
}

void show_messages(const char* pin) {
    Context context;
    say("acquire", context.acquire(container_with("piv-9d").c_str(), CRYPT_SILENT));
    say("PIN", give_pin(context, pin));
    const Certificates certificates(context);
    const PCCERT_CONTEXT signer = certificates.find(L"piv-9a");
    const PCCERT_CONTEXT recipient = certificates.find(L"piv-9d");
    show_signed_message(signer);
    show_opened_message(context, recipient);
    CertFreeCertificateContext(signer);
    CertFreeCertificateContext(recipient);
}

// ---- the entry points themselves, without advapi32 before them ----------------------------------

template <typename Function>
Function entry(const char* name) {
    static const HMODULE library = LoadLibraryA("cardmuxcsp.dll");
    return reinterpret_cast<Function>(reinterpret_cast<void*>(GetProcAddress(library, name)));
}

using Acquire = BOOL(WINAPI*)(HCRYPTPROV*, LPCSTR, DWORD, void*);
using Release = BOOL(WINAPI*)(HCRYPTPROV, DWORD);
using CreateHash = BOOL(WINAPI*)(HCRYPTPROV, ALG_ID, HCRYPTKEY, DWORD, HCRYPTHASH*);
using Destroy = BOOL(WINAPI*)(HCRYPTPROV, ULONG_PTR);

void show_stale_handles() {
    const auto acquire = entry<Acquire>("CPAcquireContext");
    const auto release = entry<Release>("CPReleaseContext");
    const auto create = entry<CreateHash>("CPCreateHash");
    const auto destroy_hash = entry<Destroy>("CPDestroyHash");
    const auto destroy_key = entry<Destroy>("CPDestroyKey");
    HCRYPTPROV context = 0;
    HCRYPTPROV other = 0;
    HCRYPTHASH hash = 0;
    HCRYPTHASH unused = 0;
    say("acquire", acquire(&context, nullptr, CRYPT_VERIFYCONTEXT, nullptr));
    say("acquire", acquire(&other, nullptr, CRYPT_VERIFYCONTEXT, nullptr));
    say("hash", create(context, CALG_SHA_256, 0, 0, &hash));
    say("another's hash", destroy_hash(other, hash));
    say("hash as key", destroy_key(context, hash));
    say("release", release(context, 0));
    say("release twice", release(context, 0));
    say("hash of a released context", destroy_hash(context, hash));
    say("its hash elsewhere", destroy_hash(other, hash));
    say("use after release", create(context, CALG_SHA_256, 0, 0, &unused));
    say("null handle", release(0, 0));
    say("null output", create(other, CALG_SHA_256, 0, 0, nullptr));
    SetLastError(4711);
    release(other, 0);
    std::printf("last error after success: %lu\n", GetLastError());
}

}  // namespace

int main(int count, char** arguments) {
    if (count < 4) return 2;
    provider_name = arguments[1];
    provider_type = static_cast<DWORD>(std::atoi(arguments[2]));
    const std::string what = arguments[3];
    const char* first = count > 4 ? arguments[4] : "";
    const char* second = count > 5 ? arguments[5] : "";
    if (what == "containers") show_containers();
    if (what == "keys") show_keys();
    if (what == "parameters") show_parameters();
    if (what == "stale") show_stale_handles();
    if (what == "messages") show_messages(first);
    if (what == "pin") show_pin(first);
    if (what == "sign") show_signatures(first);
    if (what == "decrypt") show_decryption(container_with(second), first);
    if (what == "exchange") show_exchange(container_with(second), first);
    return 0;
}
