// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The article's load while the card is troubled, through advapi32. Each thread has a context and a
// key that it keeps from the beginning to the end, and beside them acquires others anew: key, size,
// signature, release. Every signature is verified apart from the provider. Prints lines
// "what: value"; what failed is counted by call and error, and who kept its handles signs on.
//
//     recovery_probe PROVIDER PIN THREADS SECONDS
//
// Ends after SECONDS at the latest, and when there is a file "stop" in its folder.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

// clang-format off
#include <windows.h>
#include <wincrypt.h>
// clang-format on

namespace {

using Clock = std::chrono::steady_clock;
using Bytes = std::vector<BYTE>;

constexpr DWORD rest_after_failure_ms = 50;  // a program that tries again, not one that spins

/// A context with its key, given back at the end.
struct Handles {
    HCRYPTPROV context = 0;
    HCRYPTKEY key = 0;
    Handles() = default;
    Handles(const Handles&) = delete;
    Handles& operator=(const Handles&) = delete;
    ~Handles() {
        if (key != 0) CryptDestroyKey(key);
        if (context != 0) CryptReleaseContext(context, 0);
    }
};

/// Verifies by the system's own provider. One for each thread.
class Judge {
  public:
    explicit Judge(const Bytes& blob) {
        CryptAcquireContextA(&software_, nullptr, nullptr, PROV_RSA_AES, CRYPT_VERIFYCONTEXT);
        CryptImportKey(software_, blob.data(), static_cast<DWORD>(blob.size()), 0, 0, &key_);
    }
    Judge(const Judge&) = delete;
    Judge& operator=(const Judge&) = delete;
    ~Judge() {
        CryptDestroyKey(key_);
        CryptReleaseContext(software_, 0);
    }
    bool accepts(unsigned message, const Bytes& signature) const {
        HCRYPTHASH hash = 0;
        CryptCreateHash(software_, CALG_SHA_256, 0, 0, &hash);
        CryptHashData(hash, reinterpret_cast<const BYTE*>(&message), sizeof message, 0);
        const BOOL right = CryptVerifySignatureW(
            hash, signature.data(), static_cast<DWORD>(signature.size()), key_, nullptr, 0);
        CryptDestroyHash(hash);
        return right != FALSE;
    }

  private:
    HCRYPTPROV software_ = 0;
    HCRYPTKEY key_ = 0;
};

class Record {
  public:
    void add_signature(const std::string& kind, bool is_right) {
        const std::lock_guard lock(mutex_);
        ++right_[kind + (is_right ? " signatures" : " wrong signatures")];
    }
    /// Whether it succeeded; else its error is counted.
    bool note(const std::string& kind, const char* call, BOOL succeeded) {
        const DWORD error = GetLastError();
        if (succeeded) return true;
        char text[100];
        std::snprintf(text, sizeof text, "error: %s, %s, %08lX", kind.c_str(), call, error);
        {
            const std::lock_guard lock(mutex_);
            ++errors_[text];
        }
        Sleep(rest_after_failure_ms);
        return false;
    }
    void print() const {
        for (const auto& [what, count] : right_) std::printf("%s: %d\n", what.c_str(), count);
        for (const auto& [what, count] : errors_) std::printf("%s, %d\n", what.c_str(), count);
    }

  private:
    std::mutex mutex_;
    std::map<std::string, int> right_;
    std::map<std::string, int> errors_;
};

struct Load {
    const char* provider = nullptr;
    Clock::time_point end;
    Bytes public_key;
    Record record;

    bool is_over() const {
        return Clock::now() >= end || GetFileAttributesA("stop") != INVALID_FILE_ATTRIBUTES;
    }
};

bool open(Load& load, const std::string& kind, Handles& handles) {
    return load.record.note(kind, "CryptAcquireContext",
                            CryptAcquireContextA(&handles.context, nullptr, load.provider,
                                                 PROV_RSA_FULL, CRYPT_SILENT)) &&
           load.record.note(kind, "CryptGetUserKey",
                            CryptGetUserKey(handles.context, AT_KEYEXCHANGE, &handles.key));
}

/// Asks for the key's size, signs, verifies.
void use(Load& load, const std::string& kind, const Handles& handles, const Judge& judge,
         unsigned message) {
    Record& record = load.record;
    DWORD bits = 0;
    DWORD size = sizeof bits;
    HCRYPTHASH hash = 0;
    if (!record.note(
            kind, "CryptGetKeyParam",
            CryptGetKeyParam(handles.key, KP_KEYLEN, reinterpret_cast<BYTE*>(&bits), &size, 0)) ||
        !record.note(kind, "CryptCreateHash",
                     CryptCreateHash(handles.context, CALG_SHA_256, 0, 0, &hash)))
        return;
    Bytes signature(bits / 8);
    size = bits / 8;
    if (record.note(
            kind, "CryptHashData",
            CryptHashData(hash, reinterpret_cast<const BYTE*>(&message), sizeof message, 0)) &&
        record.note(kind, "CryptSignHash",
                    CryptSignHashW(hash, AT_KEYEXCHANGE, nullptr, 0, signature.data(), &size)))
        record.add_signature(kind, judge.accepts(message, signature));
    record.note(kind, "CryptDestroyHash", CryptDestroyHash(hash));
}

void work(Load& load, unsigned number) {
    const Judge judge(load.public_key);
    Handles kept;
    if (!open(load, "kept", kept)) return;
    for (unsigned turn = number << 16; !load.is_over(); ++turn) {
        use(load, "kept", kept, judge, turn);
        Handles fresh;
        if (open(load, "fresh", fresh)) use(load, "fresh", fresh, judge, turn);
    }
    // The trouble is over: now every kept handle has to work, without any other call before.
    use(load, "kept to the end", kept, judge, number);
}

Bytes public_key_of(const Handles& handles) {
    Bytes blob(1024);
    DWORD size = 1024;
    if (!CryptExportKey(handles.key, 0, PUBLICKEYBLOB, 0, blob.data(), &size)) size = 0;
    blob.resize(size);
    return blob;
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 5) {
        std::fputs("recovery_probe: see the head of recovery_probe.cpp\n", stderr);
        return 2;
    }
    Load load;
    load.provider = arguments[1];
    load.end = Clock::now() + std::chrono::seconds(std::atoi(arguments[4]));
    Handles first;
    if (open(load, "first", first))
        load.record.note("first", "CryptSetProvParam",
                         CryptSetProvParam(first.context, PP_KEYEXCHANGE_PIN,
                                           reinterpret_cast<const BYTE*>(arguments[2]), 0));
    load.public_key = public_key_of(first);
    std::vector<std::thread> threads;
    for (int i = 0; i < std::atoi(arguments[3]); ++i)
        threads.emplace_back([&load, i] { work(load, static_cast<unsigned>(i)); });
    for (std::thread& thread : threads) thread.join();
    load.record.print();
    return 0;
}
