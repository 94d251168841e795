// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The article's scenario as a small Windows program: threads that acquire a context (or open a
// key), set the PIN, look at the key, sign, verify, and release, each with its own, as any program
// may. Knows nothing of Cardmux. Prints lines "what: value"; exit code 0 if it ran, whatever
// failed.
//
//     provider_churn csp|ksp NAME PIN THREADS SECONDS [GAP]
//
// GAP: a thread rests 0 to GAP milliseconds before each call about the key. The first failure ends
// the run where SECONDS is negative, and else is only counted.

// clang-format off
#include <windows.h>
#include <wincrypt.h>
#include <bcrypt.h>
#include <ncrypt.h>
// clang-format on

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

/// The call that failed, or null, and its error.
struct Outcome {
    const char* call = nullptr;
    DWORD error = 0;
};

struct Request {
    bool is_csp = true;
    std::string name;
    std::string pin;
    int threads = 1;
    double seconds = 1;
    bool ends_at_failure = false;
    int gap_ms = 0;
};

/// Rests as the request says.
void rest(const Request& request) {
    thread_local std::minstd_rand random(GetCurrentThreadId());
    if (request.gap_ms > 0) Sleep(random() % static_cast<unsigned>(request.gap_ms));
}

Outcome failed(const char* call) {
    return {call, GetLastError()};
}

/// What is signed; another in each turn.
std::vector<BYTE> make_hash(unsigned turn) {
    std::vector<BYTE> hash(32, 0x5A);
    for (int index = 0; index < 4; index++) hash[index] = static_cast<BYTE>(turn >> (8 * index));
    return hash;
}

/// Signs and verifies with a context that is ready. Returns what failed.
Outcome sign_with(HCRYPTPROV judge, HCRYPTKEY key, HCRYPTHASH hash) {
    BYTE signature[512];
    DWORD size = sizeof signature;
    if (!CryptSignHashW(hash, AT_KEYEXCHANGE, nullptr, 0, signature, &size)) {
        return failed("CryptSignHash");
    }
    BYTE blob[600];
    DWORD blob_size = sizeof blob;
    if (!CryptExportKey(key, 0, PUBLICKEYBLOB, 0, blob, &blob_size))
        return failed("CryptExportKey");
    BYTE value[32];
    DWORD value_size = sizeof value;
    if (!CryptGetHashParam(hash, HP_HASHVAL, value, &value_size, 0)) {
        return failed("CryptGetHashParam");
    }
    HCRYPTKEY public_key = 0;
    HCRYPTHASH judged = 0;
    if (!CryptImportKey(judge, blob, blob_size, 0, 0, &public_key) ||
        !CryptCreateHash(judge, CALG_SHA_256, 0, 0, &judged) ||
        !CryptSetHashParam(judged, HP_HASHVAL, value, 0)) {
        return failed("the judge");
    }
    Outcome outcome;
    if (!CryptVerifySignatureW(judged, signature, size, public_key, nullptr, 0)) {
        outcome = failed("CryptVerifySignature");
    }
    CryptDestroyHash(judged);
    CryptDestroyKey(public_key);
    return outcome;
}

Outcome use_context(HCRYPTPROV context, HCRYPTPROV judge, const Request& request, unsigned turn) {
    if (!CryptSetProvParam(context, PP_KEYEXCHANGE_PIN,
                           reinterpret_cast<const BYTE*>(request.pin.c_str()), 0)) {
        return failed("CryptSetProvParam");
    }
    HCRYPTKEY key = 0;
    rest(request);
    if (!CryptGetUserKey(context, AT_KEYEXCHANGE, &key)) return failed("CryptGetUserKey");
    DWORD bits = 0;
    DWORD size = sizeof bits;
    Outcome outcome;
    HCRYPTHASH hash = 0;
    rest(request);
    if (!CryptGetKeyParam(key, KP_KEYLEN, reinterpret_cast<BYTE*>(&bits), &size, 0)) {
        outcome = failed("CryptGetKeyParam");
    } else if (!CryptCreateHash(context, CALG_SHA_256, 0, 0, &hash) ||
               !CryptSetHashParam(hash, HP_HASHVAL, make_hash(turn).data(), 0)) {
        outcome = failed("CryptCreateHash");
    } else {
        rest(request);
        outcome = sign_with(judge, key, hash);
    }
    if (hash != 0) CryptDestroyHash(hash);
    CryptDestroyKey(key);
    return outcome;
}

Outcome turn_of_csp(const Request& request, HCRYPTPROV judge, unsigned turn) {
    HCRYPTPROV context = 0;
    if (!CryptAcquireContextA(&context, nullptr, request.name.c_str(), PROV_RSA_FULL,
                              CRYPT_SILENT)) {
        return failed("CryptAcquireContext");
    }
    const Outcome outcome = use_context(context, judge, request, turn);
    if (!CryptReleaseContext(context, 0) && outcome.call == nullptr) {
        return failed("CryptReleaseContext");
    }
    return outcome;
}

/// Verifies by BCrypt, which has nothing to do with the provider.
Outcome judge_by_bcrypt(NCRYPT_KEY_HANDLE key, const std::vector<BYTE>& hash, BYTE* signature,
                        DWORD size) {
    BYTE blob[700];
    DWORD blob_size = 0;
    SECURITY_STATUS status =
        NCryptExportKey(key, 0, BCRYPT_RSAPUBLIC_BLOB, nullptr, blob, sizeof blob, &blob_size, 0);
    if (status != 0) return {"NCryptExportKey", static_cast<DWORD>(status)};
    BCRYPT_ALG_HANDLE algorithm = nullptr;
    BCRYPT_KEY_HANDLE public_key = nullptr;
    BCRYPT_PKCS1_PADDING_INFO padding = {BCRYPT_SHA256_ALGORITHM};
    status = BCryptOpenAlgorithmProvider(&algorithm, BCRYPT_RSA_ALGORITHM, nullptr, 0);
    if (status == 0) {
        status = BCryptImportKeyPair(algorithm, nullptr, BCRYPT_RSAPUBLIC_BLOB, &public_key, blob,
                                     blob_size, 0);
    }
    if (status == 0) {
        status = BCryptVerifySignature(public_key, &padding, const_cast<BYTE*>(hash.data()),
                                       static_cast<ULONG>(hash.size()), signature, size,
                                       BCRYPT_PAD_PKCS1);
    }
    if (public_key != nullptr) BCryptDestroyKey(public_key);
    if (algorithm != nullptr) BCryptCloseAlgorithmProvider(algorithm, 0);
    if (status != 0) return {"BCryptVerifySignature", static_cast<DWORD>(status)};
    return {};
}

Outcome use_key(NCRYPT_KEY_HANDLE key, const Request& request, unsigned turn) {
    const std::wstring pin(request.pin.begin(), request.pin.end());
    SECURITY_STATUS status = NCryptSetProperty(
        key, NCRYPT_PIN_PROPERTY, reinterpret_cast<BYTE*>(const_cast<wchar_t*>(pin.c_str())),
        static_cast<DWORD>(2 * pin.size() + 2), 0);
    if (status != 0) return {"NCryptSetProperty", static_cast<DWORD>(status)};
    DWORD bits = 0;
    DWORD size = 0;
    rest(request);
    status = NCryptGetProperty(key, NCRYPT_LENGTH_PROPERTY, reinterpret_cast<BYTE*>(&bits),
                               sizeof bits, &size, 0);
    if (status != 0) return {"NCryptGetProperty", static_cast<DWORD>(status)};
    std::vector<BYTE> hash = make_hash(turn);
    BYTE signature[512];
    BCRYPT_PKCS1_PADDING_INFO padding = {BCRYPT_SHA256_ALGORITHM};
    rest(request);
    status = NCryptSignHash(key, &padding, hash.data(), static_cast<DWORD>(hash.size()), signature,
                            sizeof signature, &size, BCRYPT_PAD_PKCS1 | NCRYPT_SILENT_FLAG);
    if (status != 0) return {"NCryptSignHash", static_cast<DWORD>(status)};
    return judge_by_bcrypt(key, hash, signature, size);
}

Outcome turn_of_ksp(const Request& request, unsigned turn) {
    const std::wstring name(request.name.begin(), request.name.end());
    NCRYPT_PROV_HANDLE provider = 0;
    SECURITY_STATUS status = NCryptOpenStorageProvider(&provider, name.c_str(), 0);
    if (status != 0) return {"NCryptOpenStorageProvider", static_cast<DWORD>(status)};
    NCRYPT_KEY_HANDLE key = 0;
    status = NCryptOpenKey(provider, &key, L"", 0, NCRYPT_SILENT_FLAG);
    Outcome outcome = {"NCryptOpenKey", static_cast<DWORD>(status)};
    if (status == 0) {
        outcome = use_key(key, request, turn);
        NCryptFreeObject(key);
    }
    NCryptFreeObject(provider);
    return outcome;
}

class Churn {
  public:
    explicit Churn(const Request& request) : request_(request), started_(Clock::now()) {}

    void run() {
        std::vector<std::thread> threads;
        for (int index = 0; index < request_.threads; index++) {
            threads.emplace_back([this, index] { work(static_cast<unsigned>(index)); });
        }
        for (auto& thread : threads) thread.join();
    }

    void report() const {
        std::printf("ok: %d\n", ok_);
        std::printf("first failure: %.3f\n", first_failure_);
        for (const auto& [what, count] : failures_) {
            std::printf("failed: %s %d\n", what.c_str(), count);
        }
    }

  private:
    double seconds() const {
        return std::chrono::duration<double>(Clock::now() - started_).count();
    }

    void work(unsigned number) {
        HCRYPTPROV judge = 0;
        CryptAcquireContextA(&judge, nullptr, MS_ENH_RSA_AES_PROV_A, PROV_RSA_AES,
                             CRYPT_VERIFYCONTEXT);
        for (unsigned turn = number << 20; seconds() < request_.seconds && !is_over_; turn++) {
            note(request_.is_csp ? turn_of_csp(request_, judge, turn)
                                 : turn_of_ksp(request_, turn));
        }
        CryptReleaseContext(judge, 0);
    }

    void note(const Outcome& outcome) {
        const std::lock_guard lock(mutex_);
        if (outcome.call == nullptr) {
            ok_++;
            return;
        }
        char text[100];
        std::snprintf(text, sizeof text, "%s 0x%lX", outcome.call, outcome.error);
        failures_[text]++;
        if (first_failure_ < 0) first_failure_ = seconds();
        is_over_ = request_.ends_at_failure;
    }

    const Request& request_;
    Clock::time_point started_;
    std::atomic<bool> is_over_ = false;
    std::mutex mutex_;
    int ok_ = 0;
    double first_failure_ = -1;
    std::map<std::string, int> failures_;
};

}  // namespace

int main(int argc, char** argv) {
    if (argc < 6) {
        std::fputs("provider_churn: see the head of provider_churn.cpp\n", stderr);
        return 2;
    }
    Request request;
    request.is_csp = std::string(argv[1]) == "csp";
    request.name = argv[2];
    request.pin = argv[3];
    request.threads = std::max(1, std::atoi(argv[4]));
    request.seconds = std::abs(std::atof(argv[5]));
    request.ends_at_failure = argv[5][0] == '-';
    request.gap_ms = argc > 6 ? std::atoi(argv[6]) : 0;
    Churn churn(request);
    churn.run();
    churn.report();
    return 0;
}
