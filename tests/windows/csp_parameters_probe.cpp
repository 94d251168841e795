// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Asks the CSP for every parameter there is and sets every one, of a provider and of a key. What it
// finds, it says on standard output, a line a finding; the test compares.
//
//   csp_parameters_probe PROVIDER TYPE {get|set|key|answers|no-card}
//   csp_parameters_probe PROVIDER TYPE protected PIN
//   csp_parameters_probe PROVIDER TYPE choose READER    for a context of no card
#include "windows/csp_client.h"

namespace {

using namespace csp_client;  // NOLINT(google-build-using-namespace): one program's helpers

constexpr DWORD last_provider_parameter = 49;
constexpr DWORD last_key_parameter = 44;

/// Nothing of anything: no window, an empty PIN or text, no blob, the number 0.
const BYTE nothing[64] = {};

void report(const char* what, DWORD parameter, BOOL succeeded) {
    std::printf("%s %lu: %08lX\n", what, parameter, succeeded ? 0 : GetLastError());
}

void get_all() {
    Context context;
    say("acquire", context.acquire(nullptr, CRYPT_SILENT));
    for (DWORD parameter = 1; parameter <= last_provider_parameter; ++parameter) {
        const bool lists = parameter == PP_ENUMALGS || parameter == PP_ENUMCONTAINERS ||
                           parameter == PP_ENUMALGS_EX;
        Bytes answer(4096);
        DWORD size = 4096;
        const BOOL succeeded = CryptGetProvParam(context.handle, parameter, answer.data(), &size,
                                                 lists ? CRYPT_FIRST : 0);
        report("get", parameter, succeeded);
        if (!succeeded) std::printf("size after %lu: %lu\n", parameter, size);
        const bool is_store = parameter == PP_USER_CERTSTORE || parameter == PP_ROOT_CERTSTORE;
        if (!succeeded || !is_store) continue;
        HCERTSTORE store = nullptr;
        std::memcpy(&store, answer.data(), sizeof store);
        int count = 0;
        PCCERT_CONTEXT each = nullptr;
        while ((each = CertEnumCertificatesInStore(store, each)) != nullptr) ++count;
        std::printf("certificates in %lu: %d\n", parameter, count);
        CertCloseStore(store, 0);
    }
}

void set_all() {
    Context context;
    say("acquire", context.acquire(nullptr, CRYPT_SILENT));
    for (DWORD parameter = 1; parameter <= last_provider_parameter; ++parameter)
        report("set", parameter, CryptSetProvParam(context.handle, parameter, nothing, 0));
}

/// Of the card's pair, and of its public part alone.
void try_keys() {
    Context context;
    say("acquire", context.acquire(nullptr, CRYPT_SILENT));
    HCRYPTKEY pair = 0;
    HCRYPTKEY imported = 0;
    say("pair", CryptGetUserKey(context.handle, AT_KEYEXCHANGE, &pair));
    const Bytes blob = exported(pair);
    say("public", CryptImportKey(context.handle, blob.data(), static_cast<DWORD>(blob.size()), 0, 0,
                                 &imported));
    for (DWORD parameter = 1; parameter <= last_key_parameter; ++parameter) {
        Bytes answer(4096);
        DWORD size = 4096;
        report("get", parameter, CryptGetKeyParam(pair, parameter, answer.data(), &size, 0));
        size = 4096;
        report("get public", parameter,
               CryptGetKeyParam(imported, parameter, answer.data(), &size, 0));
        report("set", parameter, CryptSetKeyParam(pair, parameter, nothing, 0));
        report("set public", parameter, CryptSetKeyParam(imported, parameter, nothing, 0));
    }
    std::printf("permissions: %lX, of the public key %lX\n", key_number(pair, KP_PERMISSIONS),
                key_number(imported, KP_PERMISSIONS));
    std::printf("PIN id: %lu\n", key_number(pair, KP_PIN_ID));
    CryptDestroyKey(imported);
    CryptDestroyKey(pair);
}

Bytes answer_of(const Context& context, DWORD parameter) {
    Bytes answer(4096);
    DWORD size = 4096;
    if (!CryptGetProvParam(context.handle, parameter, answer.data(), &size, 0)) return {};
    answer.resize(size);
    return answer;
}

void show_answers() {
    Context context;
    say("acquire", context.acquire(nullptr, CRYPT_SILENT | CRYPT_MACHINE_KEYSET));
    for (const DWORD parameter : {PP_NAME, PP_CONTAINER, PP_UNIQUE_CONTAINER, PP_SMARTCARD_READER})
        std::printf("text %lu: %s\n", parameter, text_of(context.handle, parameter).c_str());
    for (const DWORD parameter :
         {PP_IMPTYPE, PP_VERSION, PP_PROVTYPE, PP_KEYSTORAGE, PP_KEYSET_TYPE, PP_SIG_KEYSIZE_INC,
          PP_KEYX_KEYSIZE_INC, PP_KEYSPEC, PP_SMARTCARD_GUID})
        std::printf("value %lu: %s\n", parameter, to_hex(answer_of(context, parameter)).c_str());
    std::printf("icon: %s\n",
                to_hex(answer_of(context, PP_SMARTCARD_READER_ICON)).substr(0, 12).c_str());
}

/// A context that opens no card.
void show_no_card() {
    Context context;
    say("acquire", context.acquire(nullptr, CRYPT_VERIFYCONTEXT));
    for (const DWORD parameter :
         {PP_CONTAINER, PP_SMARTCARD_READER, PP_SMARTCARD_GUID, PP_SMARTCARD_READER_ICON}) {
        Bytes answer(4096);
        DWORD size = 4096;
        report("get", parameter,
               CryptGetProvParam(context.handle, parameter, answer.data(), &size, 0));
    }
    std::printf("text %d: %s\n", PP_CONTAINER, text_of(context.handle, PP_CONTAINER).c_str());
    say("PIN", give_pin(context, "123456"));
}

BOOL set_reader(const Context& context, const char* reader) {
    return CryptSetProvParam(context.handle, PP_SMARTCARD_READER,
                             reinterpret_cast<const BYTE*>(reader), 0);
}

int count_containers(const Context& context) {
    int count = 0;
    DWORD flag = CRYPT_FIRST;
    for (; text_of(context.handle, PP_ENUMCONTAINERS, flag) != "?"; flag = CRYPT_NEXT) ++count;
    return count;
}

/// By the reader that the card is in, then by the card's id.
void show_choice(const char* reader) {
    Context context;
    say("acquire", context.acquire(nullptr, CRYPT_VERIFYCONTEXT));
    say("no such reader", set_reader(context, "No Such Reader"));
    say("reader", set_reader(context, reader));
    say("reader again", set_reader(context, reader));
    std::printf("its reader: %s\n", text_of(context.handle, PP_SMARTCARD_READER).c_str());
    std::printf("containers: %d\n", count_containers(context));
    say("another reader", set_reader(context, "No Such Reader"));
    const Bytes id = answer_of(context, PP_SMARTCARD_GUID);
    std::printf("id: %s\n", to_hex(id).c_str());
    Context second;
    say("acquire", second.acquire(nullptr, CRYPT_VERIFYCONTEXT));
    say("no such card", CryptSetProvParam(second.handle, PP_SMARTCARD_GUID, nothing, 0));
    say("card", CryptSetProvParam(second.handle, PP_SMARTCARD_GUID, id.data(), 0));
    std::printf("its reader: %s\n", text_of(second.handle, PP_SMARTCARD_READER).c_str());
}

/// A PIN that the program keeps protected.
void show_protected_pin(const char* pin) {
    Context context;
    say("acquire", context.acquire(nullptr, CRYPT_SILENT));
    for (const DWORD parameter : {PP_SECURE_KEYEXCHANGE_PIN, PP_SECURE_SIGNATURE_PIN}) {
        Bytes text(CRYPTPROTECTMEMORY_BLOCK_SIZE);
        std::memcpy(text.data(), pin, std::strlen(pin));
        say("protect", CryptProtectMemory(text.data(), CRYPTPROTECTMEMORY_BLOCK_SIZE,
                                          CRYPTPROTECTMEMORY_SAME_PROCESS));
        const Bytes before = text;
        DATA_BLOB blob{CRYPTPROTECTMEMORY_BLOCK_SIZE, text.data()};
        say("PIN",
            CryptSetProvParam(context.handle, parameter, reinterpret_cast<const BYTE*>(&blob), 0));
        std::printf("left alone: %d\n", before == text);
        const HCRYPTHASH hash = hash_of(context.handle, CALG_SHA_256);
        std::printf("signature: %zu\n", signature_of(hash, AT_KEYEXCHANGE, 0).size());
        CryptDestroyHash(hash);
        say("taken back", CryptSetProvParam(context.handle, parameter, nullptr, 0));
        blob.cbData = CRYPTPROTECTMEMORY_BLOCK_SIZE - 1;
        say("no whole block",
            CryptSetProvParam(context.handle, parameter, reinterpret_cast<const BYTE*>(&blob), 0));
    }
}

}  // namespace

int main(int count, char** arguments) {
    if (count < 4) return 2;
    provider_name = arguments[1];
    provider_type = static_cast<DWORD>(std::atoi(arguments[2]));
    const std::string what = arguments[3];
    const char* word = count > 4 ? arguments[4] : "";
    if (what == "get") get_all();
    if (what == "set") set_all();
    if (what == "key") try_keys();
    if (what == "answers") show_answers();
    if (what == "no-card") show_no_card();
    if (what == "choose") show_choice(word);
    if (what == "protected") show_protected_pin(word);
    return 0;
}
