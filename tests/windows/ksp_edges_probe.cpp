// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// What no well-behaved program does, to the functions of a key storage provider's table directly
// (ncrypt.dll would stop some of it): missing pointers, short buffers, handles of other kinds,
// flags that mean nothing, structures cut off. Every answer has to be the documented code, and the
// thread's last error what it was. Prints "done" and exits with 0, or says what was otherwise.
//
//     ksp_edges_probe DLL [changes]
//
// changes    waits for NCryptNotifyChangeKey's event instead: prints "waiting", and "changed" when
//            a card was pulled or put back

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "windows/ncrypt/key_storage_table.h"

namespace {

using namespace ncrypt_double;  // NOLINT(google-build-using-namespace): the table's types
using Bytes = std::vector<BYTE>;

constexpr DWORD some_error = 0x1234;
constexpr DWORD not_a_flag = 0x4;

void expect(Status status, Status expected, const std::string& call) {
    const DWORD last = GetLastError();
    SetLastError(some_error);
    if (status == expected && last == some_error) return;
    std::printf("failed: %s: %08lX, expected %08lX; last error %lu\n", call.c_str(),
                static_cast<unsigned long>(status), static_cast<unsigned long>(expected), last);
    std::fflush(stdout);
    std::_Exit(1);
}

void require(bool holds, const char* what) {
    if (!holds) expect(0, 1, what);
}

KeyStorageTable* load(const wchar_t* dll) {
    const HMODULE module = LoadLibraryW(dll);
    require(module != nullptr, "LoadLibrary");
    const auto get = reinterpret_cast<GetKeyStorageInterface>(
        reinterpret_cast<void*>(GetProcAddress(module, "GetKeyStorageInterface")));
    require(get != nullptr, "GetProcAddress");
    KeyStorageTable* table = nullptr;
    SetLastError(some_error);
    expect(get(L"any name", nullptr, 0), static_cast<Status>(0xC000000D), "no table asked for");
    expect(get(nullptr, &table, 0), 0, "GetKeyStorageInterface");
    require(table != nullptr && table->version.major == 3, "version 3");
    return table;
}

/// A provider, and its first key.
struct Opened {
    const KeyStorageTable& table;
    ProvHandle provider = 0;
    KeyHandle key = 0;
    explicit Opened(const KeyStorageTable& table_) : table(table_) {
        expect(table.open_provider(&provider, nullptr, 0), 0, "OpenProvider");
        expect(table.open_key(provider, &key, nullptr, 0, NCRYPT_SILENT_FLAG), 0, "OpenKey");
    }
};

/// What calls that are refused answer into.
struct Answers {
    BYTE byte = 0;
    DWORD size = 0;
    KeyHandle key = 0;
    SecretHandle secret = 0;
    HANDLE event = nullptr;
    NCryptKeyName* name = nullptr;
    NCryptAlgorithmName* algorithms = nullptr;
    void* state = nullptr;
};

// ---- handles ------------------------------------------------------------------------------------

void check_handles(const Opened& our) {
    const KeyStorageTable& t = our.table;
    auto [byte, size, key, secret, event, name, algorithms, state] = Answers();
    for (const ULONG_PTR wrong : {ULONG_PTR{0}, ~ULONG_PTR{0}, our.key, ULONG_PTR{42}}) {
        const auto is_refused = [&](Status status, const char* call) {
            expect(status, NTE_INVALID_HANDLE, call);
        };
        is_refused(t.open_key(wrong, &key, L"x", 0, 0), "OpenKey");
        is_refused(t.create_key(wrong, &key, L"RSA", L"x", 0, 0), "CreatePersistedKey");
        is_refused(t.get_provider_property(wrong, L"Name", &byte, 1, &size, 0), "GetProviderProp");
        is_refused(t.set_provider_property(wrong, L"Use Context", &byte, 0, 0), "SetProviderProp");
        is_refused(t.free_provider(wrong), "FreeProvider");
        is_refused(t.is_algorithm_supported(wrong, L"RSA", 0), "IsAlgSupported");
        is_refused(t.enum_algorithms(wrong, 0, &size, &algorithms, 0), "EnumAlgorithms");
        is_refused(t.enum_keys(wrong, nullptr, &name, &state, 0), "EnumKeys");
        is_refused(t.import_key(wrong, 0, L"RSAPUBLICBLOB", nullptr, &key, &byte, 1, 0), "Import");
        is_refused(t.prompt_user(wrong, 0, L"x", 0), "PromptUser");
        is_refused(t.notify_change(wrong, &event, NCRYPT_REGISTER_NOTIFY_FLAG), "NotifyChange");
        is_refused(t.create_claim(wrong, our.key, 0, 0, nullptr, &byte, 1, &size, 0), "Claim");
        is_refused(t.verify_claim(wrong, our.key, 0, 0, nullptr, &byte, 1, nullptr, 0), "Claim");
        is_refused(t.secret_agreement(wrong, our.key, our.key, &secret, 0), "SecretAgreement");
        is_refused(t.sign_hash(wrong, our.key, nullptr, &byte, 1, &byte, 1, &size, 0), "SignHash");
    }
    for (const ULONG_PTR wrong : {ULONG_PTR{0}, ~ULONG_PTR{0}, our.provider, ULONG_PTR{42}}) {
        const ProvHandle provider = our.provider;
        const auto is_refused = [&](Status status, const char* call) {
            expect(status, NTE_INVALID_HANDLE, call);
        };
        is_refused(t.get_key_property(provider, wrong, L"Name", &byte, 1, &size, 0), "GetKeyProp");
        is_refused(t.set_key_property(provider, wrong, L"Length", &byte, 1, 0), "SetKeyProperty");
        is_refused(t.finalize_key(provider, wrong, 0), "FinalizeKey");
        is_refused(t.delete_key(provider, wrong, 0), "DeleteKey");
        is_refused(t.free_key(provider, wrong), "FreeKey");
        is_refused(t.export_key(provider, wrong, 0, L"PUBLICBLOB", nullptr, &byte, 1, &size, 0),
                   "ExportKey");
        is_refused(t.encrypt(provider, wrong, &byte, 1, nullptr, &byte, 1, &size, 0), "Encrypt");
        is_refused(t.decrypt(provider, wrong, &byte, 1, nullptr, &byte, 1, &size, 0), "Decrypt");
        is_refused(t.verify_signature(provider, wrong, nullptr, &byte, 1, &byte, 1, 0), "Verify");
        is_refused(t.secret_agreement(provider, wrong, our.key, &secret, 0), "SecretAgreement");
        is_refused(t.secret_agreement(provider, our.key, wrong, &secret, 0), "SecretAgreement");
        is_refused(t.derive_key(provider, wrong, L"HASH", nullptr, &byte, 1, &size, 0), "Derive");
        is_refused(t.free_secret(provider, wrong), "FreeSecret");
        is_refused(t.key_derivation(provider, wrong, nullptr, &byte, 1, &size, 0), "KeyDerivation");
    }
}

// ---- pointers -----------------------------------------------------------------------------------

void check_pointers(const Opened& our) {
    const KeyStorageTable& t = our.table;
    auto [byte, size, key, secret, event, name, algorithms, state] = Answers();
    const ProvHandle p = our.provider;
    const KeyHandle k = our.key;
    const auto is_refused = [&](Status status, const char* call) {
        expect(status, NTE_INVALID_PARAMETER, call);
    };
    is_refused(t.open_provider(nullptr, L"x", 0), "OpenProvider, null");
    is_refused(t.open_key(p, nullptr, L"x", 0, 0), "OpenKey, null");
    is_refused(t.open_key(p, &key, L"a\\b", 0, 0), "OpenKey, a backslash in the name");
    is_refused(t.open_key(p, &key, std::wstring(40, L'x').c_str(), 0, 0), "OpenKey, a long name");
    is_refused(t.open_key(p, &key, nullptr, 3, 0), "OpenKey, no such specification");
    is_refused(t.create_key(p, nullptr, L"RSA", L"x", 0, 0), "CreatePersistedKey, null");
    is_refused(t.create_key(p, &key, nullptr, L"x", 0, 0), "CreatePersistedKey, no algorithm");
    is_refused(t.get_provider_property(p, nullptr, &byte, 1, &size, 0), "GetProperty, null");
    is_refused(t.get_provider_property(p, L"Name", &byte, 1, nullptr, 0), "GetProperty, null");
    is_refused(t.set_provider_property(p, nullptr, &byte, 1, 0), "SetProperty, null");
    is_refused(t.set_provider_property(p, L"HWND Handle", nullptr, 8, 0), "SetProperty, null");
    is_refused(t.get_key_property(p, k, nullptr, &byte, 1, &size, 0), "GetProperty, null");
    is_refused(t.get_key_property(p, k, L"Name", &byte, 1, nullptr, 0), "GetProperty, null");
    is_refused(t.set_key_property(p, k, L"HWND Handle", nullptr, 8, 0), "SetProperty, null");
    is_refused(t.set_key_property(p, k, L"HWND Handle", &byte, 1, 0), "SetProperty, short");
    is_refused(t.set_key_property(p, k, L"SmartCardPin", &byte, 1, 0), "SetProperty, half a word");
    is_refused(t.is_algorithm_supported(p, nullptr, 0), "IsAlgSupported, null");
    is_refused(t.enum_algorithms(p, 0, nullptr, &algorithms, 0), "EnumAlgorithms, null");
    is_refused(t.enum_algorithms(p, 0, &size, nullptr, 0), "EnumAlgorithms, null");
    is_refused(t.enum_keys(p, nullptr, nullptr, nullptr, 0), "EnumKeys, null");
    void* foreign = &byte;
    is_refused(t.enum_keys(p, nullptr, &name, &foreign, 0), "EnumKeys, a foreign state");
    is_refused(t.import_key(p, 0, nullptr, nullptr, &key, &byte, 1, 0), "ImportKey, null");
    is_refused(t.import_key(p, 0, L"RSAPUBLICBLOB", nullptr, nullptr, &byte, 1, 0), "Import, null");
    is_refused(t.import_key(p, 0, L"RSAPUBLICBLOB", nullptr, &key, nullptr, 1, 0), "Import, null");
    is_refused(t.export_key(p, k, 0, nullptr, nullptr, &byte, 1, &size, 0), "ExportKey, null");
    is_refused(t.export_key(p, k, 0, L"RSAPUBLICBLOB", nullptr, &byte, 1, nullptr, 0), "no size");
    is_refused(t.sign_hash(p, k, nullptr, nullptr, 20, &byte, 1, &size, 0), "SignHash, null");
    is_refused(t.sign_hash(p, k, nullptr, &byte, 1, &byte, 1, nullptr, 0), "SignHash, no size");
    is_refused(t.sign_hash(p, k, nullptr, &byte, 1, nullptr, 0, &size, BCRYPT_PAD_PKCS1),
               "SignHash, no padding");
    is_refused(t.verify_signature(p, k, nullptr, &byte, 1, nullptr, 256, 0), "Verify, null");
    is_refused(t.encrypt(p, k, nullptr, 5, nullptr, &byte, 1, &size, 2), "Encrypt, null");
    is_refused(t.decrypt(p, k, nullptr, 5, nullptr, &byte, 1, &size, 2), "Decrypt, null");
    is_refused(t.secret_agreement(p, k, k, nullptr, 0), "SecretAgreement, null");
    is_refused(t.notify_change(p, nullptr, NCRYPT_REGISTER_NOTIFY_FLAG), "NotifyChange, null");
    is_refused(t.key_derivation(p, k, nullptr, &byte, 1, nullptr, 0), "KeyDerivation, no size");
    is_refused(t.free_buffer(nullptr), "FreeBuffer, null");
    is_refused(t.free_buffer(&byte), "FreeBuffer, not ours");
}

// ---- flags, and what a card's provider does not do ----------------------------------------------

void check_flags(const Opened& our) {
    const KeyStorageTable& t = our.table;
    auto [byte, size, key, secret, event, name, algorithms, state] = Answers();
    const ProvHandle p = our.provider;
    const KeyHandle k = our.key;
    const auto is_refused = [&](Status status, const char* call) {
        expect(status, NTE_BAD_FLAGS, call);
    };
    is_refused(t.open_provider(&key, L"x", not_a_flag), "OpenProvider");
    is_refused(t.open_key(p, &key, nullptr, 0, not_a_flag), "OpenKey");
    is_refused(t.create_key(p, &key, L"RSA", L"x", 0, not_a_flag), "CreatePersistedKey");
    is_refused(t.get_provider_property(p, L"Name", &byte, 1, &size, not_a_flag), "GetProperty");
    is_refused(t.get_key_property(p, k, L"Name", &byte, 1, &size, not_a_flag), "GetProperty");
    is_refused(t.set_key_property(p, k, L"Use Context", &byte, 0, not_a_flag), "SetProperty");
    is_refused(t.finalize_key(p, k, not_a_flag), "FinalizeKey");
    is_refused(t.delete_key(p, k, not_a_flag), "DeleteKey");
    is_refused(t.is_algorithm_supported(p, L"RSA", not_a_flag), "IsAlgSupported");
    is_refused(t.enum_algorithms(p, 0, &size, &algorithms, not_a_flag), "EnumAlgorithms");
    is_refused(t.enum_keys(p, nullptr, &name, &state, not_a_flag), "EnumKeys");
    is_refused(t.export_key(p, k, 0, L"RSAPUBLICBLOB", nullptr, &byte, 1, &size, not_a_flag), "Ex");
    is_refused(t.sign_hash(p, k, nullptr, &byte, 1, &byte, 1, &size, BCRYPT_PAD_OAEP), "SignHash");
    is_refused(t.sign_hash(p, k, &byte, &byte, 1, &byte, 1, &size, 0), "SignHash, no flag");
    is_refused(t.notify_change(p, &event, 0), "NotifyChangeKey");
    is_refused(t.notify_change(p, &event, 3), "NotifyChangeKey");
    expect(t.prompt_user(p, k, L"x", 0), NTE_NOT_SUPPORTED, "PromptUser");
    expect(t.key_derivation(p, k, nullptr, &byte, 1, &size, 0), NTE_NOT_SUPPORTED, "KeyDerivation");
    expect(t.create_claim(p, k, 0, 0, nullptr, &byte, 1, &size, 0), NTE_NOT_SUPPORTED, "Claim");
    expect(t.verify_claim(p, k, 0, 0, nullptr, &byte, 1, nullptr, 0), NTE_NOT_SUPPORTED, "Claim");
    expect(t.get_key_property(p, k, L"SmartCardReaderIcon", &byte, 1, &size, 0),
           NTE_BUFFER_TOO_SMALL, "a reader's icon without room");
    expect(t.create_key(p, &key, L"DSA", L"x", 0, 0), NTE_NOT_SUPPORTED, "CreatePersistedKey");
    expect(t.export_key(p, k, 0, L"RSAPRIVATEBLOB", nullptr, &byte, 1, &size, 0), NTE_NOT_SUPPORTED,
           "ExportKey of a private key");
    expect(t.export_key(p, k, k, L"RSAPUBLICBLOB", nullptr, &byte, 1, &size, 0), NTE_NOT_SUPPORTED,
           "ExportKey for another key");
    expect(t.export_key(p, k, 0, L"ECCPUBLICBLOB", nullptr, &byte, 1, &size, 0), NTE_BAD_TYPE,
           "ExportKey as another kind");
}

// ---- buffers ------------------------------------------------------------------------------------

void check_short_buffers(const Opened& our) {
    const KeyStorageTable& t = our.table;
    for (const wchar_t* name : {L"Name", L"Length", L"Lengths", L"SmartCardKeyCertificate",
                                L"SmartCardUserCertStore", L"SmartCardPinInfo"}) {
        DWORD size = 0;
        expect(t.get_key_property(our.provider, our.key, name, nullptr, 0, &size, 0), 0, "size");
        require(size > 0, "a size");
        Bytes small(size, 0xEE);
        DWORD needed = 0;
        expect(t.get_key_property(our.provider, our.key, name, small.data(), size - 1, &needed, 0),
               NTE_BUFFER_TOO_SMALL, "GetProperty, one byte short");
        require(needed == size && small == Bytes(size, 0xEE), "the buffer is as it was");
    }
    Bytes hash(32, 0x42);
    Bytes signature(256, 0xEE);
    DWORD needed = 0;
    BCRYPT_PKCS1_PADDING_INFO padding = {BCRYPT_SHA256_ALGORITHM};
    expect(t.sign_hash(our.provider, our.key, &padding, hash.data(), 32, signature.data(), 255,
                       &needed, BCRYPT_PAD_PKCS1 | NCRYPT_SILENT_FLAG),
           NTE_BUFFER_TOO_SMALL, "SignHash, one byte short");
    require(needed == 256 && signature == Bytes(256, 0xEE), "the buffer is as it was");
}

void check_given_out_memory(const Opened& our) {
    const KeyStorageTable& t = our.table;
    DWORD count = 0;
    NCryptAlgorithmName* algorithms = nullptr;
    expect(t.enum_algorithms(our.provider, NCRYPT_SIGNATURE_OPERATION, &count, &algorithms, 0), 0,
           "EnumAlgorithms");
    require(count == 4, "four that sign");
    expect(t.free_buffer(algorithms + 1), NTE_INVALID_PARAMETER, "FreeBuffer inside of a block");
    expect(t.free_buffer(algorithms), 0, "FreeBuffer");
    expect(t.free_buffer(algorithms), NTE_INVALID_PARAMETER, "FreeBuffer again");
    NCryptKeyName* first = nullptr;
    NCryptKeyName* second = nullptr;
    void* state = nullptr;
    expect(t.enum_keys(our.provider, nullptr, &first, &state, 0), 0, "EnumKeys");
    expect(t.enum_keys(our.provider, nullptr, &second, &state, 0), 0, "EnumKeys");
    expect(t.free_buffer(state), 0, "FreeBuffer in the middle of a list");
    expect(t.enum_keys(our.provider, nullptr, &second, &state, 0), NTE_INVALID_PARAMETER,
           "EnumKeys with a state that was freed");
    require(std::wstring(first->pszAlgid) == L"RSA", "a name outlives the list");
    expect(t.free_buffer(first), 0, "FreeBuffer");
    expect(t.free_buffer(second), 0, "FreeBuffer");
}

/// Every cut of a blob, and sizes in it that no memory has.
void check_blobs(const Opened& our) {
    const KeyStorageTable& t = our.table;
    DWORD size = 0;
    expect(t.export_key(our.provider, our.key, 0, L"RSAPUBLICBLOB", nullptr, nullptr, 0, &size, 0),
           0, "ExportKey, size");
    Bytes blob(size);
    expect(t.export_key(our.provider, our.key, 0, L"RSAPUBLICBLOB", nullptr, blob.data(), size,
                        &size, 0),
           0, "ExportKey");
    KeyHandle key = 0;
    for (DWORD cut = 0; cut < size; ++cut)
        expect(t.import_key(our.provider, 0, L"RSAPUBLICBLOB", nullptr, &key, blob.data(), cut, 0),
               NTE_BAD_DATA, "ImportKey of a part");
    for (const std::size_t field : {4, 8, 12}) {
        Bytes wrong = blob;
        for (std::size_t i = 0; i < 4; ++i) wrong[field + i] = 0xFF;
        expect(
            t.import_key(our.provider, 0, L"RSAPUBLICBLOB", nullptr, &key, wrong.data(), size, 0),
            NTE_BAD_DATA, "ImportKey with a size of 4 GB");
    }
    expect(t.import_key(our.provider, 0, L"NOBLOB", nullptr, &key, blob.data(), size, 0),
           NTE_BAD_TYPE, "ImportKey of no known type");
    expect(
        t.import_key(our.provider, our.key, L"RSAPUBLICBLOB", nullptr, &key, blob.data(), size, 0),
        NTE_NOT_SUPPORTED, "ImportKey of an encrypted key");
}

// ---- changes ------------------------------------------------------------------------------------

void wait_for_changes(const Opened& our, int count) {
    constexpr DWORD milliseconds = 30'000;
    HANDLE event = nullptr;
    expect(our.table.notify_change(our.provider, &event, NCRYPT_REGISTER_NOTIFY_FLAG), 0,
           "NotifyChangeKey");
    require(WaitForSingleObject(event, 0) == WAIT_TIMEOUT, "nothing has changed yet");
    for (int i = 0; i < count; ++i) {
        std::puts("waiting");
        std::fflush(stdout);
        require(WaitForSingleObject(event, milliseconds) == WAIT_OBJECT_0, "a change");
        std::puts("changed");
        std::fflush(stdout);
    }
    SetLastError(some_error);
    expect(our.table.notify_change(our.provider, &event, NCRYPT_UNREGISTER_NOTIFY_FLAG), 0,
           "NotifyChangeKey, the end");
    require(event == INVALID_HANDLE_VALUE, "the event is gone");
    expect(our.table.notify_change(our.provider, &event, NCRYPT_UNREGISTER_NOTIFY_FLAG),
           NTE_INVALID_PARAMETER, "NotifyChangeKey, again");
}

}  // namespace

int wmain(int count, wchar_t** arguments) {
    if (count < 2) return 2;
    const Opened our(*load(arguments[1]));
    if (count > 2) {
        wait_for_changes(our, 2);
    } else {
        check_handles(our);
        check_pointers(our);
        check_flags(our);
        check_short_buffers(our);
        check_given_out_memory(our);
        check_blobs(our);
    }
    expect(our.table.free_key(our.provider, our.key), 0, "FreeKey");
    expect(our.table.free_key(our.provider, our.key), NTE_INVALID_HANDLE, "FreeKey again");
    expect(our.table.free_provider(our.provider), 0, "FreeProvider");
    expect(our.table.free_provider(our.provider), NTE_INVALID_HANDLE, "FreeProvider again");
    std::puts("done");
    return 0;
}
