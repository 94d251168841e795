// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// A program that makes keys on a card, has them certified, imports and deletes them. Blobs,
// certificates and signatures are in hexadecimal. A name that begins with "piv-" may end early.
// Findings as csp_probe's.
//
//   csp_writing_probe PROVIDER TYPE new NAME PIN SPEC BITS    a container and its key
//   csp_writing_probe PROVIDER TYPE certify NAME PIN DER      writes the certificate
//   csp_writing_probe PROVIDER TYPE remove NAME PIN           the certificate, then the container
//   csp_writing_probe PROVIDER TYPE sign NAME PIN             finds the container, signs
//   csp_writing_probe PROVIDER TYPE delete NAME PIN           the container
//   csp_writing_probe PROVIDER TYPE delete-key NAME PIN       its key, and makes another
//   csp_writing_probe PROVIDER TYPE replace NAME PIN          the key, under another context
//   csp_writing_probe PROVIDER TYPE while-signing NAME PIN    makes and deletes keys, others sign
//   csp_writing_probe PROVIDER TYPE import NAME PIN BLOB      a private key
//   csp_writing_probe PROVIDER TYPE import-encrypted NAME PIN BLOB
//   csp_writing_probe PROVIDER TYPE forms NAME PIN READER     new containers by all forms of a name
//   csp_writing_probe PROVIDER TYPE refusals NAME PIN
//   csp_writing_probe PROVIDER TYPE store NAME PIN DER...     all at once, as PP_USER_CERTSTORE
//   csp_writing_probe PROVIDER TYPE where NAME PIN READER     a new name in no reader; READER's
//                                                             card alone has its PIN
//   csp_writing_probe PROVIDER TYPE fill NAME PIN READER      keys until the card is full
#include <algorithm>
#include <atomic>

#include "windows/csp_client.h"

namespace {

using namespace csp_client;  // NOLINT(google-build-using-namespace): one program's helpers

constexpr DWORD make = CRYPT_NEWKEYSET | CRYPT_SILENT;

void give_pin_to_any_context(const char* pin) {
    Context any;
    say("any card", any.acquire(nullptr, CRYPT_SILENT | CRYPT_DEFAULT_CONTAINER_OPTIONAL));
    say("PIN", give_pin(any, pin));
}

/// Of "what is signed", by SHA-256; big-endian.
void show_signature(const Context& context, DWORD spec) {
    const HCRYPTHASH hash = hash_of(context.handle, CALG_SHA_256);
    Bytes signature = signature_of(hash, spec, 0);
    const DWORD error = signature.empty() ? GetLastError() : 0;
    std::reverse(signature.begin(), signature.end());
    if (error != 0) std::printf("signature: error %08lX\n", error);
    if (error == 0) std::printf("signature: %s\n", to_hex(signature).c_str());
    CryptDestroyHash(hash);
}

void show_new(const std::string& name, const char* pin, DWORD spec, DWORD bits) {
    Context early;
    say("without PIN", early.acquire(name.c_str(), make));
    give_pin_to_any_context(pin);
    Context context;
    say("new", context.acquire(name.c_str(), make));
    std::printf("name: %s\n", text_of(context.handle, PP_CONTAINER).c_str());
    HCRYPTKEY key = 0;
    say("no key yet", CryptGetUserKey(context.handle, spec, &key));
    say("make", CryptGenKey(context.handle, spec, bits << 16, &key));
    std::printf("public: %s\n", to_hex(exported(key)).c_str());
    std::printf("algorithm: %lX, bits %lu\n", key_number(key, KP_ALGID),
                key_number(key, KP_KEYLEN));
    DWORD size = 0;
    say("no certificate yet", CryptGetKeyParam(key, KP_CERTIFICATE, nullptr, &size, 0));
    say("private part", CryptExportKey(key, 0, PRIVATEKEYBLOB, 0, nullptr, &size));
    CryptDestroyKey(key);
    say("its key", CryptGetUserKey(context.handle, spec, &key));
    CryptDestroyKey(key);
    show_signature(context, spec);
    Context again;
    say("new again", again.acquire(name.c_str(), make));
}

void show_certified(const std::string& name, const char* pin, const std::string& der) {
    Context context;
    say("acquire", context.acquire(name.c_str(), CRYPT_SILENT));
    HCRYPTKEY key = 0;
    say("key", CryptGetUserKey(context.handle, spec_of(context.handle), &key));
    const Bytes certificate = from_hex(der);
    say("without PIN", CryptSetKeyParam(key, KP_CERTIFICATE, certificate.data(), 0));
    say("PIN", give_pin(context, pin));
    const BYTE nonsense[] = {0x30, 0x03, 1, 2, 3};
    say("no certificate", CryptSetKeyParam(key, KP_CERTIFICATE, nonsense, 0));
    say("certify", CryptSetKeyParam(key, KP_CERTIFICATE, certificate.data(), 0));
    std::printf("same: %d\n", key_value(key, KP_CERTIFICATE) == certificate);
    HCERTSTORE store = nullptr;
    DWORD size = sizeof store;
    CryptGetProvParam(context.handle, PP_USER_CERTSTORE, reinterpret_cast<BYTE*>(&store), &size, 0);
    PCCERT_CONTEXT each = nullptr;
    while ((each = CertEnumCertificatesInStore(store, each)) != nullptr) {
        DWORD info_size = 0;
        CertGetCertificateContextProperty(each, CERT_KEY_PROV_INFO_PROP_ID, nullptr, &info_size);
        Bytes info(info_size);
        CertGetCertificateContextProperty(each, CERT_KEY_PROV_INFO_PROP_ID, info.data(),
                                          &info_size);
        const auto* names = reinterpret_cast<const CRYPT_KEY_PROV_INFO*>(info.data());
        std::printf("store: %ls\n", names->pwszContainerName);
    }
    CertCloseStore(store, 0);
    CryptDestroyKey(key);
}

template <typename Function>
Function entry(const char* name) {
    static const HMODULE library = LoadLibraryA("cardmuxcsp.dll");
    return reinterpret_cast<Function>(reinterpret_cast<void*>(GetProcAddress(library, name)));
}

/// By the entry points themselves: Wine's advapi32 lets no null through.
void show_removed_certificate(const std::string& name, const char* pin) {
    const auto acquire =
        entry<BOOL(WINAPI*)(HCRYPTPROV*, LPCSTR, DWORD, void*)>("CPAcquireContext");
    const auto set = entry<BOOL(WINAPI*)(HCRYPTPROV, DWORD, const BYTE*, DWORD)>("CPSetProvParam");
    const auto user_key = entry<BOOL(WINAPI*)(HCRYPTPROV, DWORD, HCRYPTKEY*)>("CPGetUserKey");
    const auto set_key =
        entry<BOOL(WINAPI*)(HCRYPTPROV, HCRYPTKEY, DWORD, const BYTE*, DWORD)>("CPSetKeyParam");
    const auto get_key =
        entry<BOOL(WINAPI*)(HCRYPTPROV, HCRYPTKEY, DWORD, BYTE*, DWORD*, DWORD)>("CPGetKeyParam");
    HCRYPTPROV context = 0;
    HCRYPTKEY key = 0;
    DWORD size = 0;
    say("acquire", acquire(&context, name.c_str(), CRYPT_SILENT, nullptr));
    say("PIN", set(context, PP_KEYEXCHANGE_PIN, reinterpret_cast<const BYTE*>(pin), 0));
    say("key", user_key(context, AT_KEYEXCHANGE, &key));
    say("certificate", get_key(context, key, KP_CERTIFICATE, nullptr, &size, 0));
    say("remove", set_key(context, key, KP_CERTIFICATE, nullptr, 0));
    say("certificate", get_key(context, key, KP_CERTIFICATE, nullptr, &size, 0));
    HCRYPTPROV gone = context;
    say("delete", acquire(&gone, name.c_str(), CRYPT_DELETEKEYSET | CRYPT_SILENT, nullptr));
    std::printf("handle of what is gone: %d\n", gone != 0);
}

void show_signing(const std::string& name, const char* pin) {
    Context context;
    say("acquire", context.acquire(name.c_str(), CRYPT_SILENT));
    say("PIN", give_pin(context, pin));
    show_signature(context, spec_of(context.handle));
}

void show_deletion(const std::string& name, const char* pin) {
    Context context;
    say("without PIN", context.acquire(name.c_str(), CRYPT_DELETEKEYSET | CRYPT_SILENT));
    give_pin_to_any_context(pin);
    Context gone;
    say("delete", gone.acquire(name.c_str(), CRYPT_DELETEKEYSET | CRYPT_SILENT));
    gone.handle = 0;  // undefined
    say("acquire", context.acquire(name.c_str(), CRYPT_SILENT));
    say("delete again", gone.acquire(name.c_str(), CRYPT_DELETEKEYSET | CRYPT_SILENT));
    gone.handle = 0;
}

/// PP_DELETEKEY leaves the container's name to a new key.
void show_deleted_key(const std::string& name, const char* pin) {
    Context context;
    say("acquire", context.acquire(name.c_str(), CRYPT_SILENT));
    say("PIN", give_pin(context, pin));
    const DWORD spec = spec_of(context.handle);
    const DWORD other = AT_KEYEXCHANGE + AT_SIGNATURE - spec;
    say("delete the other",
        CryptSetProvParam(context.handle, PP_DELETEKEY, reinterpret_cast<const BYTE*>(&other), 0));
    say("delete key",
        CryptSetProvParam(context.handle, PP_DELETEKEY, reinterpret_cast<const BYTE*>(&spec), 0));
    HCRYPTKEY key = 0;
    say("key", CryptGetUserKey(context.handle, spec, &key));
    show_signature(context, spec);
    std::printf("name: %s\n", text_of(context.handle, PP_CONTAINER).c_str());
    say("make", CryptGenKey(context.handle, spec, 0, &key));
    std::printf("bits: %lu\n", key_number(key, KP_KEYLEN));
    CryptDestroyKey(key);
    show_signature(context, spec);
}

/// A context that knows the old key, while another makes a new one in its place.
void show_replaced(const std::string& name, const char* pin) {
    Context old;
    say("acquire", old.acquire(name.c_str(), CRYPT_SILENT));
    say("PIN", give_pin(old, pin));
    HCRYPTKEY old_key = 0;
    CryptGetUserKey(old.handle, AT_KEYEXCHANGE, &old_key);
    Context context;
    say("second", context.acquire(name.c_str(), CRYPT_SILENT));
    HCRYPTKEY key = 0;
    say("make", CryptGenKey(context.handle, AT_KEYEXCHANGE, 0, &key));
    show_signature(old, AT_KEYEXCHANGE);
    std::printf("old key: %d\n", exported(old_key) == exported(key));
    CryptDestroyKey(key);
    CryptDestroyKey(old_key);
}

// ---- while others sign --------------------------------------------------------------------------

struct Signers {
    std::atomic<bool> is_over{false};
    std::atomic<int> signatures{0};
    std::atomic<int> failures{0};
};

/// With the default container's key, each time in a context of its own.
DWORD WINAPI sign_until_over(void* pointer) {
    auto& signers = *static_cast<Signers*>(pointer);
    while (!signers.is_over) {
        Context context;
        const BOOL opened = context.acquire(nullptr, CRYPT_SILENT);
        const HCRYPTHASH hash = opened ? hash_of(context.handle, CALG_SHA_256) : 0;
        const bool signed_it = hash != 0 && !signature_of(hash, AT_KEYEXCHANGE, 0).empty();
        const DWORD error = GetLastError();
        if (!signed_it && signers.failures++ == 0) std::printf("first failure: %08lX\n", error);
        if (signed_it) ++signers.signatures;
        if (hash != 0) CryptDestroyHash(hash);
    }
    return 0;
}

void show_making_while_others_sign(const std::string& name, const char* pin) {
    give_pin_to_any_context(pin);
    Signers signers;
    std::vector<HANDLE> threads(4);
    for (HANDLE& thread : threads)
        thread = CreateThread(nullptr, 0, sign_until_over, &signers, 0, nullptr);
    for (int round = 0; round < 5; ++round) {
        Context context;
        HCRYPTKEY key = 0;
        say("new", context.acquire(name.c_str(), make));
        say("make", CryptGenKey(context.handle, AT_KEYEXCHANGE, 0, &key));
        if (key != 0) CryptDestroyKey(key);
        const int before = signers.signatures;
        while (signers.signatures < before + 4 && signers.failures == 0) Sleep(10);
        Context gone;
        say("delete", gone.acquire(name.c_str(), CRYPT_DELETEKEYSET | CRYPT_SILENT));
        gone.handle = 0;  // undefined
    }
    signers.is_over = true;
    for (const HANDLE thread : threads) {
        WaitForSingleObject(thread, INFINITE);
        CloseHandle(thread);
    }
    std::printf("failures: %d\n", signers.failures.load());
}

/// All that follows the header, with a session key.
Bytes encrypted(HCRYPTKEY session, const Bytes& blob) {
    DWORD size = static_cast<DWORD>(blob.size() - sizeof(BLOBHEADER));
    Bytes data(blob.begin() + sizeof(BLOBHEADER), blob.end());
    data.resize(data.size() + 64);
    CryptEncrypt(session, 0, TRUE, 0, data.data(), &size, static_cast<DWORD>(data.size()));
    Bytes result(blob.begin(), blob.begin() + sizeof(BLOBHEADER));
    result.insert(result.end(), data.begin(), data.begin() + size);
    return result;
}

void show_import(const std::string& name, const char* pin, Bytes blob, bool with_session) {
    give_pin_to_any_context(pin);
    Context context;
    say("new", context.acquire(name.c_str(), make));
    HCRYPTKEY session = 0;
    if (with_session) {
        HCRYPTKEY sender = 0;
        say("session", CryptGenKey(context.handle, CALG_AES_256, CRYPT_EXPORTABLE, &session));
        CryptDuplicateKey(session, nullptr, 0, &sender);
        blob = encrypted(sender, blob);
        CryptDestroyKey(sender);
    }
    HCRYPTKEY key = 0;
    const DWORD size = static_cast<DWORD>(blob.size());
    say("import", CryptImportKey(context.handle, blob.data(), size, session, 0, &key));
    std::printf("public: %s\n", to_hex(exported(key)).c_str());
    show_signature(context, spec_of(context.handle));
    if (key != 0) CryptDestroyKey(key);
    if (session != 0) CryptDestroyKey(session);
}

/// A container by this form of a name, and the name that it has then.
void show_form(const std::string& form) {
    Context context;
    HCRYPTKEY key = 0;
    say("new", context.acquire(form.empty() ? nullptr : form.c_str(), make));
    say("make", CryptGenKey(context.handle, AT_KEYEXCHANGE, 0, &key));
    const std::string name = text_of(context.handle, PP_CONTAINER);
    std::printf("name: %s\n", name.c_str());
    if (key != 0) CryptDestroyKey(key);
    Context found;
    say("found", found.acquire(name.c_str(), CRYPT_SILENT));
}

void show_forms(const std::string& name, const char* pin, const std::string& reader) {
    give_pin_to_any_context(pin);
    for (const std::string& form :
         {R"(\\.\)" + reader + "\\" + name, R"(\\.\)" + reader, name + "2", std::string()})
        show_form(form);
    Context context;
    say("new in no reader", context.acquire(R"(\\.\No Such Reader\name)", make));
    say("bad name", context.acquire(R"(a\b)", make));
    say("long name", context.acquire(std::string(40, 'n').c_str(), make));
}

void give_pin_to(const std::string& reader, const char* pin) {
    Context card;
    say("card", card.acquire((R"(\\.\)" + reader).c_str(),
                             CRYPT_SILENT | CRYPT_DEFAULT_CONTAINER_OPTIONAL));
    say("PIN", give_pin(card, pin));
}

/// Where the new key is, and whether it is found there.
void show_where(const std::string& name, const char* pin, const std::string& reader) {
    Context any;
    any.acquire(nullptr, CRYPT_SILENT);
    std::printf("first: %s\n", text_of(any.handle, PP_SMARTCARD_READER).c_str());
    give_pin_to(reader, pin);
    Context context;
    say("new", context.acquire(name.c_str(), make));
    std::printf("reader: %s\n", text_of(context.handle, PP_SMARTCARD_READER).c_str());
    HCRYPTKEY key = 0;
    say("make", CryptGenKey(context.handle, AT_KEYEXCHANGE, 0, &key));
    if (key != 0) CryptDestroyKey(key);
    Context found;
    say("found", found.acquire((R"(\\.\)" + reader + "\\" + name).c_str(), CRYPT_SILENT));
}

void show_filling(const std::string& name, const char* pin, const std::string& reader) {
    give_pin_to(reader, pin);
    for (int made = 0;; ++made) {
        const std::string container = R"(\\.\)" + reader + "\\" + name + std::to_string(made);
        Context context;
        HCRYPTKEY key = 0;
        context.acquire(container.c_str(), make);
        if (!CryptGenKey(context.handle, AT_KEYEXCHANGE, 0, &key)) {
            say("after " + std::to_string(made), FALSE);
            return;
        }
        CryptDestroyKey(key);
    }
}

BOOL set_store(const Context& context, HCERTSTORE store) {
    return CryptSetProvParam(context.handle, PP_USER_CERTSTORE,
                             reinterpret_cast<const BYTE*>(&store), 0);
}

/// A store of the program's own, with these certificates.
void show_store(const std::string& name, const char* pin, const std::vector<Bytes>& ders) {
    Context verify;
    say("verify", verify.acquire(nullptr, CRYPT_VERIFYCONTEXT));
    Context context;
    say("acquire", context.acquire(name.c_str(), CRYPT_SILENT));
    const HCERTSTORE store = CertOpenStore(CERT_STORE_PROV_MEMORY, 0, 0, 0, nullptr);
    say("empty", set_store(context, store));
    for (const Bytes& der : ders)
        CertAddEncodedCertificateToStore(store, X509_ASN_ENCODING, der.data(),
                                         static_cast<DWORD>(der.size()), CERT_STORE_ADD_ALWAYS,
                                         nullptr);
    say("no store", set_store(context, nullptr));
    say("for verification", set_store(verify, store));
    say("without PIN", set_store(context, store));
    say("PIN", give_pin(context, pin));
    say("store", set_store(context, store));
    say("store again", set_store(context, store));
    CertCloseStore(store, 0);
    HCRYPTKEY key = 0;
    CryptGetUserKey(context.handle, AT_KEYEXCHANGE, &key);
    std::printf("same: %d\n", !ders.empty() && key_value(key, KP_CERTIFICATE) == ders.front());
    CryptDestroyKey(key);
}

void show_refusals(const std::string& name, const char* pin) {
    HCRYPTKEY key = 0;
    Context verify;
    say("verify", verify.acquire(nullptr, CRYPT_VERIFYCONTEXT));
    say("pair for verification", CryptGenKey(verify.handle, AT_KEYEXCHANGE, 0, &key));
    give_pin_to_any_context(pin);
    Context there;
    say("there", there.acquire(nullptr, CRYPT_SILENT));
    say("the other kind", CryptGenKey(there.handle, AT_SIGNATURE, 0, &key));
    Context context;
    say("new", context.acquire(name.c_str(), make));
    for (const DWORD flags : {DWORD{CRYPT_EXPORTABLE}, DWORD{CRYPT_ARCHIVABLE}})
        say("exportable", CryptGenKey(context.handle, AT_KEYEXCHANGE, flags, &key));
    for (const DWORD bits : {512UL, 2047UL, 8192UL})
        say("bits", CryptGenKey(context.handle, AT_KEYEXCHANGE, bits << 16, &key));
    Context only_public;
    say("new for verification",
        only_public.acquire(name.c_str(), CRYPT_NEWKEYSET | CRYPT_VERIFYCONTEXT));
    say("gone", only_public.acquire(name.c_str(), CRYPT_SILENT));
}

}  // namespace

int main(int count, char** arguments) {
    if (count < 6) return 2;
    provider_name = arguments[1];
    provider_type = static_cast<DWORD>(std::atoi(arguments[2]));
    const std::string what = arguments[3];
    std::string name = arguments[4];
    if (name.rfind("piv-", 0) == 0) name = container_with(name);
    const char* pin = arguments[5];
    const auto word = [&](int at) { return at < count ? arguments[at] : ""; };
    const auto number = [&](int at) { return static_cast<DWORD>(std::atoi(word(at))); };
    if (what == "new") show_new(name, pin, number(6), number(7));
    if (what == "certify") show_certified(name, pin, word(6));
    if (what == "remove") show_removed_certificate(name, pin);
    if (what == "sign") show_signing(name, pin);
    if (what == "delete") show_deletion(name, pin);
    if (what == "delete-key") show_deleted_key(name, pin);
    if (what == "replace") show_replaced(name, pin);
    if (what == "while-signing") show_making_while_others_sign(name, pin);
    if (what == "import") show_import(name, pin, from_hex(word(6)), false);
    if (what == "import-encrypted") show_import(name, pin, from_hex(word(6)), true);
    if (what == "forms") show_forms(name, pin, word(6));
    if (what == "refusals") show_refusals(name, pin);
    if (what == "where") show_where(name, pin, word(6));
    if (what == "fill") show_filling(name, pin, word(6));
    if (what == "store") {
        std::vector<Bytes> ders;
        for (int at = 6; at < count; ++at) ders.push_back(from_hex(word(at)));
        show_store(name, pin, ders);
    }
    return 0;
}
