// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The strict level: the CSP's entry points called directly, by threads that share contexts, while
// another thread releases the contexts under them. The one error allowed is the documented one for
// a handle (NTE_BAD_UID, NTE_BAD_KEY, NTE_BAD_HASH) whose context was released before the call
// ended; a signature that is given is right. Prints lines "what: value".
//
//     csp_release_race PIN THREADS SECONDS
#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

// clang-format off
#include <windows.h>
#include <wincrypt.h>
// clang-format on

namespace {

using Signature = std::array<BYTE, 512>;

/// The entry points, from the DLL that Windows would load.
struct Csp {
    HMODULE library = LoadLibraryA("cardmuxcsp.dll");
    template <typename Function>
    Function* entry(const char* name) const {
        return reinterpret_cast<Function*>(reinterpret_cast<void*>(GetProcAddress(library, name)));
    }
    BOOL(WINAPI* acquire)
    (HCRYPTPROV*, LPCSTR, DWORD,
     void*) = entry<BOOL WINAPI(HCRYPTPROV*, LPCSTR, DWORD, void*)>("CPAcquireContext");
    BOOL(WINAPI* release)
    (HCRYPTPROV, DWORD) = entry<BOOL WINAPI(HCRYPTPROV, DWORD)>("CPReleaseContext");
    BOOL(WINAPI* set)
    (HCRYPTPROV, DWORD, const BYTE*,
     DWORD) = entry<BOOL WINAPI(HCRYPTPROV, DWORD, const BYTE*, DWORD)>("CPSetProvParam");
    BOOL(WINAPI* user_key)
    (HCRYPTPROV, DWORD,
     HCRYPTKEY*) = entry<BOOL WINAPI(HCRYPTPROV, DWORD, HCRYPTKEY*)>("CPGetUserKey");
    BOOL(WINAPI* export_key)
    (HCRYPTPROV, HCRYPTKEY, HCRYPTKEY, DWORD, DWORD, BYTE*, DWORD*) =
        entry<BOOL WINAPI(HCRYPTPROV, HCRYPTKEY, HCRYPTKEY, DWORD, DWORD, BYTE*, DWORD*)>(
            "CPExportKey");
    BOOL(WINAPI* create_hash)
    (HCRYPTPROV, ALG_ID, HCRYPTKEY, DWORD, HCRYPTHASH*) =
        entry<BOOL WINAPI(HCRYPTPROV, ALG_ID, HCRYPTKEY, DWORD, HCRYPTHASH*)>("CPCreateHash");
    BOOL(WINAPI* hash_data)
    (HCRYPTPROV, HCRYPTHASH, const BYTE*, DWORD,
     DWORD) = entry<BOOL WINAPI(HCRYPTPROV, HCRYPTHASH, const BYTE*, DWORD, DWORD)>("CPHashData");
    BOOL(WINAPI* sign)
    (HCRYPTPROV, HCRYPTHASH, DWORD, LPCWSTR, DWORD, BYTE*, DWORD*) =
        entry<BOOL WINAPI(HCRYPTPROV, HCRYPTHASH, DWORD, LPCWSTR, DWORD, BYTE*, DWORD*)>(
            "CPSignHash");
    BOOL(WINAPI* destroy_hash)
    (HCRYPTPROV, HCRYPTHASH) = entry<BOOL WINAPI(HCRYPTPROV, HCRYPTHASH)>("CPDestroyHash");
    BOOL(WINAPI* destroy_key)
    (HCRYPTPROV, HCRYPTKEY) = entry<BOOL WINAPI(HCRYPTPROV, HCRYPTKEY)>("CPDestroyKey");
};

const Csp& csp() {
    static const Csp functions;
    return functions;
}

/// A context that several threads use and one releases.
struct Shared {
    HCRYPTPROV handle = 0;
    std::atomic<bool> is_released{false};  ///< set before the release begins
};

struct World {
    std::mutex mutex;  // of all below
    std::vector<std::shared_ptr<Shared>> contexts;
    std::map<std::string, int> errors;
    std::atomic<int> calls{0};
    std::atomic<int> refused{0};
    std::atomic<int> signatures{0};
    std::atomic<int> releases{0};
    std::atomic<bool> is_over{false};

    std::shared_ptr<Shared> any(unsigned number) {
        const std::lock_guard lock(mutex);
        return contexts[number % contexts.size()];
    }
    void add_error(const std::string& text) {
        const std::lock_guard lock(mutex);
        ++errors[text];
    }
};

/// Whether the call succeeded; any other end is counted as what it is.
bool judge(World& world, const Shared& context, const char* call, BOOL succeeded) {
    const DWORD error = GetLastError();
    ++world.calls;
    if (succeeded) return true;
    const bool is_about_handles = error == static_cast<DWORD>(NTE_BAD_UID) ||
                                  error == static_cast<DWORD>(NTE_BAD_KEY) ||
                                  error == static_cast<DWORD>(NTE_BAD_HASH);
    if (is_about_handles && context.is_released) {
        ++world.refused;
        return false;
    }
    char text[80];
    std::snprintf(text, sizeof text, "%s %08lX%s", call, error,
                  context.is_released ? "" : " of a living context");
    world.add_error(text);
    return false;
}

std::shared_ptr<Shared> open(World& world) {
    auto context = std::make_shared<Shared>();
    judge(world, *context, "acquire",
          csp().acquire(&context->handle, nullptr, CRYPT_SILENT, nullptr));
    return context;
}

/// Verifies apart from the CSP. One for each thread.
class Judge {
  public:
    explicit Judge(const std::vector<BYTE>& blob) {
        CryptAcquireContextA(&software_, nullptr, nullptr, PROV_RSA_AES, CRYPT_VERIFYCONTEXT);
        CryptImportKey(software_, blob.data(), static_cast<DWORD>(blob.size()), 0, 0, &key_);
    }
    ~Judge() {
        CryptDestroyKey(key_);
        CryptReleaseContext(software_, 0);
    }
    bool accepts(unsigned message, const Signature& signature, DWORD size) const {
        HCRYPTHASH hash = 0;
        CryptCreateHash(software_, CALG_SHA_256, 0, 0, &hash);
        CryptHashData(hash, reinterpret_cast<const BYTE*>(&message), sizeof message, 0);
        const BOOL right = CryptVerifySignatureW(hash, signature.data(), size, key_, nullptr, 0);
        CryptDestroyHash(hash);
        return right;
    }

  private:
    HCRYPTPROV software_ = 0;
    HCRYPTKEY key_ = 0;
};

void sign(World& world, const Shared& context, const Judge& verifier, unsigned message) {
    HCRYPTHASH hash = 0;
    if (!judge(world, context, "create hash",
               csp().create_hash(context.handle, CALG_SHA_256, 0, 0, &hash)))
        return;
    Signature signature{};
    DWORD size = sizeof signature;
    const bool is_signed =
        judge(world, context, "hash data",
              csp().hash_data(context.handle, hash, reinterpret_cast<const BYTE*>(&message),
                              sizeof message, 0)) &&
        judge(
            world, context, "sign",
            csp().sign(context.handle, hash, AT_KEYEXCHANGE, nullptr, 0, signature.data(), &size));
    if (is_signed) {
        ++world.signatures;
        if (!verifier.accepts(message, signature, size)) world.add_error("wrong signature");
    }
    judge(world, context, "destroy hash", csp().destroy_hash(context.handle, hash));
}

void use(World& world, unsigned seed, const std::vector<BYTE>& blob) {
    const Judge verifier(blob);
    std::minstd_rand random(seed);
    while (!world.is_over) {
        const auto context = world.any(random());
        HCRYPTKEY key = 0;
        if (judge(world, *context, "user key",
                  csp().user_key(context->handle, AT_KEYEXCHANGE, &key)))
            judge(world, *context, "destroy key", csp().destroy_key(context->handle, key));
        sign(world, *context, verifier, random());
    }
}

void release_under_them(World& world) {
    std::minstd_rand random(4711);
    while (!world.is_over) {
        Sleep(random() % 10);
        auto next = open(world);
        std::shared_ptr<Shared> old;
        {
            const std::lock_guard lock(world.mutex);
            old = std::exchange(world.contexts[random() % world.contexts.size()], next);
        }
        Sleep(random() % 3);  // now others hold it and will not get it anew
        old->is_released = true;
        const BOOL released = csp().release(old->handle, 0);
        if (!released) world.add_error("release");
        ++world.releases;
    }
}

std::vector<BYTE> public_key(const Shared& context) {
    HCRYPTKEY key = 0;
    csp().user_key(context.handle, AT_KEYEXCHANGE, &key);
    std::vector<BYTE> blob(1024);
    DWORD size = 1024;
    csp().export_key(context.handle, key, 0, PUBLICKEYBLOB, 0, blob.data(), &size);
    csp().destroy_key(context.handle, key);
    blob.resize(size);
    return blob;
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 4) return 2;
    World world;
    for (int i = 0; i < 4; ++i) world.contexts.push_back(open(world));
    if (!csp().set(world.contexts[0]->handle, PP_KEYEXCHANGE_PIN,
                   reinterpret_cast<const BYTE*>(arguments[1]), 0))
        world.add_error("PIN");
    const std::vector<BYTE> blob = public_key(*world.contexts[0]);
    std::vector<std::thread> threads;
    for (int i = 0; i < std::atoi(arguments[2]); ++i)
        threads.emplace_back([&, i] { use(world, static_cast<unsigned>(i + 1), blob); });
    threads.emplace_back([&] { release_under_them(world); });
    std::this_thread::sleep_for(std::chrono::seconds(std::atoi(arguments[3])));
    world.is_over = true;
    for (std::thread& thread : threads) thread.join();
    std::printf("calls: %d\nsignatures: %d\nreleases: %d\nrefused: %d\n", world.calls.load(),
                world.signatures.load(), world.releases.load(), world.refused.load());
    for (const auto& [text, times] : world.errors)
        std::printf("error: %s, %d times\n", text.c_str(), times);
    return 0;
}
