// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// A Windows program that uses a smart card through cardmux-pkcs11.dll, judged by BCrypt. Prints
// "done" and exits with 0 if each call answered as expected, with 1 at the first that did not.
//
//     pkcs11_probe calls PIN
//     pkcs11_probe finalize PIN     C_Finalize while threads are inside, then all of it once more
//     pkcs11_probe logins PIN       C_Finalize while logins wait: for the card, for each other

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>

#include "pkcs11_client.h"

namespace {

using namespace pkcs11_client;

// PKCS #11 2.40, section 2.1: on Windows packed to one byte, with 32-bit numbers.
static_assert(sizeof(CK_ULONG) == 4);
static_assert(sizeof(CK_VERSION) == 2 && sizeof(CK_INFO) == 72 && sizeof(CK_SLOT_INFO) == 104);
static_assert(sizeof(CK_TOKEN_INFO) == 160 && sizeof(CK_SESSION_INFO) == 16);
static_assert(sizeof(CK_ATTRIBUTE) == 16 && offsetof(CK_ATTRIBUTE, pValue) == 4);
static_assert(sizeof(CK_MECHANISM) == 16 && offsetof(CK_MECHANISM, ulParameterLen) == 12);
static_assert(sizeof(CK_MECHANISM_INFO) == 12 && sizeof(CK_DATE) == 8);
static_assert(sizeof(CK_RSA_PKCS_PSS_PARAMS) == 12 && sizeof(CK_RSA_PKCS_OAEP_PARAMS) == 24);
static_assert(sizeof(CK_ECDH1_DERIVE_PARAMS) == 28 && sizeof(CK_C_INITIALIZE_ARGS) == 44);
static_assert(sizeof(CK_INTERFACE) == 20);
static_assert(sizeof(CK_FUNCTION_LIST) == 2 + 68 * 8);
static_assert(sizeof(CK_FUNCTION_LIST_3_0) == 2 + 92 * 8);
static_assert(offsetof(CK_FUNCTION_LIST, C_Initialize) == 2);

constexpr CK_BYTE authentication_id = 1;       // PIV's 9A, an RSA key
constexpr CK_BYTE card_authentication_id = 4;  // PIV's 9E, the same without a PIN
const Bytes message = {'a', ' ', 'l', 'e', 't', 't', 'e', 'r'};

[[noreturn]] void fail(const char* what, CK_RV code, CK_RV expected) {
    std::printf("failed: %s: %08lX, expected %08lX\n", what, code, expected);
    std::fflush(stdout);
    std::_Exit(1);
}

void check(CK_RV code, const char* what, CK_RV expected = CKR_OK) {
    if (code != expected) fail(what, code, expected);
}

void require(bool holds, const char* what) {
    if (!holds) fail(what, 0, 1);
}

CK_MECHANISM plain_mechanism() {
    return {CKM_SHA256_RSA_PKCS, nullptr, 0};
}

CK_RV log_in(const CK_FUNCTION_LIST& call, CK_SESSION_HANDLE session, std::string pin) {
    return call.C_Login(session, CKU_USER, reinterpret_cast<CK_UTF8CHAR*>(pin.data()),
                        static_cast<CK_ULONG>(pin.size()));
}

CK_SESSION_HANDLE open_session(const CK_FUNCTION_LIST& call) {
    CK_SLOT_ID slot = 0;
    CK_ULONG count = 1;
    check(call.C_GetSlotList(CK_TRUE, &slot, &count), "C_GetSlotList");
    CK_SESSION_HANDLE session = CK_INVALID_HANDLE;
    check(call.C_OpenSession(slot, CKF_SERIAL_SESSION, nullptr, nullptr, &session),
          "C_OpenSession");
    return session;
}

// ---- calls --------------------------------------------------------------------------------------

/// Each name that a program may look up leads where the list does.
void check_exports(const CK_FUNCTION_LIST& call) {
    const HMODULE module = GetModuleHandleA(module_name);
    const auto address = [&](const char* name) {
        return reinterpret_cast<void*>(GetProcAddress(module, name));
    };
    require(address("C_Initialize") == reinterpret_cast<void*>(call.C_Initialize), "C_Initialize");
    require(address("C_WaitForSlotEvent") == reinterpret_cast<void*>(call.C_WaitForSlotEvent),
            "C_WaitForSlotEvent");
    const auto get_interface = find_function<CK_C_GetInterface>(module, "C_GetInterface");
    require(get_interface != nullptr, "C_GetInterface");
    CK_INTERFACE* newest = nullptr;
    check(get_interface(nullptr, nullptr, &newest, 0), "C_GetInterface");
    const auto* list = static_cast<const CK_FUNCTION_LIST_3_0*>(newest->pFunctionList);
    require(list->version.major == 3 && list->C_Sign == call.C_Sign, "the list of 3.0");
    require(address("C_MessageVerifyFinal") == reinterpret_cast<void*>(list->C_MessageVerifyFinal),
            "C_MessageVerifyFinal");
}

void check_beginning(const CK_FUNCTION_LIST& call) {
    CK_ULONG count = 0;
    check(call.C_GetSlotList(CK_TRUE, nullptr, &count), "C_GetSlotList, too early",
          CKR_CRYPTOKI_NOT_INITIALIZED);
    CK_C_INITIALIZE_ARGS arguments{};
    arguments.flags = CKF_LIBRARY_CANT_CREATE_OS_THREADS;
    check(call.C_Initialize(&arguments), "C_Initialize, no threads", CKR_NEED_TO_CREATE_THREADS);
    arguments.flags = CKF_OS_LOCKING_OK;
    check(call.C_Initialize(&arguments), "C_Initialize");
    check(call.C_Initialize(&arguments), "C_Initialize, again", CKR_CRYPTOKI_ALREADY_INITIALIZED);
}

void check_descriptions(const CK_FUNCTION_LIST& call, CK_SESSION_HANDLE session) {
    CK_SESSION_INFO about_session{};
    check(call.C_GetSessionInfo(session, &about_session), "C_GetSessionInfo");
    CK_TOKEN_INFO token{};
    check(call.C_GetTokenInfo(about_session.slotID, &token), "C_GetTokenInfo");
    require(token.ulSessionCount == 1 && token.ulRwSessionCount == 0, "one session");
    require(token.ulFreePublicMemory == CK_UNAVAILABLE_INFORMATION, "an unknown size");
    require((token.flags & CKF_LOGIN_REQUIRED) != 0, "the token's flags");
    require(std::memcmp(token.manufacturerID, "Cardmux ", 8) == 0, "the token's maker");
    CK_MECHANISM_INFO mechanism{};
    check(call.C_GetMechanismInfo(about_session.slotID, CKM_SHA256_RSA_PKCS, &mechanism),
          "C_GetMechanismInfo");
    require(mechanism.ulMaxKeySize >= 2048 && (mechanism.flags & CKF_SIGN) != 0, "a mechanism");
}

void check_signing(const CK_FUNCTION_LIST& call, CK_SESSION_HANDLE session) {
    const KeyPair pair = find_key_pair(call, session, authentication_id);
    Signed made = sign(call, session, plain_mechanism(), pair, message);
    check(made.code, "C_Sign");
    require(is_right(pair.public_blob, message, made.signature), "a PKCS #1 signature");
    require(!is_right(pair.public_blob, {'a', 'n', 'o', 't', 'h', 'e', 'r'}, made.signature),
            "the judge");

    CK_RSA_PKCS_PSS_PARAMS parameters = {CKM_SHA256, CKG_MGF1_SHA256, 32};
    const CK_MECHANISM mechanism = {CKM_SHA256_RSA_PKCS_PSS, &parameters, sizeof parameters};
    made = sign(call, session, mechanism, pair, message);
    check(made.code, "C_Sign, PSS");
    BCRYPT_PSS_PADDING_INFO padding = {BCRYPT_SHA256_ALGORITHM, 32};
    require(is_right(pair.public_blob, message, made.signature, &padding, BCRYPT_PAD_PSS),
            "a PSS signature");
}

void check_calls(const CK_FUNCTION_LIST& call, const std::string& pin) {
    check_exports(call);
    check_beginning(call);
    const CK_SESSION_HANDLE session = open_session(call);
    check_descriptions(call, session);
    require(find_object(call, session, CKO_PRIVATE_KEY, authentication_id) == CK_INVALID_HANDLE,
            "a private key is not shown before the login");
    check(log_in(call, session, "000000"), "C_Login, wrong PIN", CKR_PIN_INCORRECT);
    check(log_in(call, session, pin), "C_Login");
    check(log_in(call, session, pin), "C_Login, again", CKR_USER_ALREADY_LOGGED_IN);
    check_signing(call, session);
    check(call.C_Logout(session), "C_Logout");
    check(call.C_CloseSession(session), "C_CloseSession");
    check(call.C_CloseSession(session), "C_CloseSession, again", CKR_SESSION_HANDLE_INVALID);
    check(call.C_Finalize(nullptr), "C_Finalize");
    check(call.C_Finalize(nullptr), "C_Finalize, again", CKR_CRYPTOKI_NOT_INITIALIZED);
}

// ---- C_Finalize under threads -------------------------------------------------------------------

constexpr int thread_count = 8;

struct Crowd {
    std::atomic<int> signed_count = 0;
    std::atomic<bool> is_ending = false;
    std::atomic<int> signed_late = 0;  ///< after C_Finalize was called
    std::atomic<int> inside = 0;       ///< in C_Sign
};

/// Signs until its session is no more. All that it may come to is a right signature, or that.
void sign_till_the_end(const CK_FUNCTION_LIST& call, Crowd& crowd) {
    const CK_SESSION_HANDLE session = open_session(call);
    const KeyPair pair = find_key_pair(call, session, authentication_id);
    for (;;) {
        ++crowd.inside;
        const Signed made = sign(call, session, plain_mechanism(), pair, message);
        --crowd.inside;
        if (made.code == CKR_CRYPTOKI_NOT_INITIALIZED) return;
        if (made.code == CKR_SESSION_HANDLE_INVALID && crowd.is_ending) return;
        check(made.code, "C_Sign in a crowd");
        require(is_right(pair.public_blob, message, made.signature), "a signature in a crowd");
        ++(crowd.is_ending ? crowd.signed_late : crowd.signed_count);
    }
}

/// At once, while threads of before may still be on their way out with their logins.
CK_SESSION_HANDLE begin_again(const CK_FUNCTION_LIST& call, CK_SESSION_HANDLE before) {
    check(call.C_Initialize(nullptr), "C_Initialize after C_Finalize");
    CK_SESSION_INFO info{};
    check(call.C_GetSessionInfo(before, &info), "a session of before", CKR_SESSION_HANDLE_INVALID);
    const CK_SESSION_HANDLE session = open_session(call);
    check(call.C_GetSessionInfo(session, &info), "C_GetSessionInfo");
    require(info.state == CKS_RO_PUBLIC_SESSION, "nobody is logged in any more");
    return session;
}

void check_finalize(const CK_FUNCTION_LIST& call, const std::string& pin) {
    check(call.C_Initialize(nullptr), "C_Initialize");
    const CK_SESSION_HANDLE first = open_session(call);
    check(log_in(call, first, pin), "C_Login");
    Crowd crowd;
    std::array<std::thread, thread_count> threads;
    for (auto& thread : threads) thread = std::thread([&] { sign_till_the_end(call, crowd); });
    while (crowd.signed_count < thread_count || crowd.inside < thread_count) Sleep(1);
    crowd.is_ending = true;
    check(call.C_Finalize(nullptr), "C_Finalize");
    const CK_SESSION_HANDLE second = begin_again(call, first);
    for (auto& thread : threads) thread.join();
    // What the card had begun, and what came to its end meanwhile; all others waited in vain.
    std::printf("late: %d\n", crowd.signed_late.load());
    check(log_in(call, second, pin), "C_Login after C_Finalize");
    check_signing(call, second);
    check(call.C_Finalize(nullptr), "C_Finalize at the end");
}

/// The card is at work for a key that wants no PIN; nobody is logged in.
void check_waiting_logins(const CK_FUNCTION_LIST& call, const std::string& pin) {
    check(call.C_Initialize(nullptr), "C_Initialize");
    const CK_SESSION_HANDLE session = open_session(call);
    const KeyPair open_key = find_key_pair(call, session, card_authentication_id);
    require(open_key.private_key != CK_INVALID_HANDLE, "a key that wants no PIN");
    std::atomic<int> inside = 0;
    std::thread busy([&] {
        ++inside;
        sign(call, session, plain_mechanism(), open_key, message);
    });
    while (inside < 1) Sleep(1);
    Sleep(200);
    std::array<std::thread, 4> logins;
    for (auto& login : logins) {
        login = std::thread([&] {
            const CK_SESSION_HANDLE own = open_session(call);
            ++inside;
            check(log_in(call, own, pin), "C_Login that waits", CKR_CRYPTOKI_NOT_INITIALIZED);
        });
    }
    while (inside < 5) Sleep(1);
    Sleep(200);
    check(call.C_Finalize(nullptr), "C_Finalize");
    for (auto& login : logins) login.join();
    busy.join();
}

}  // namespace

int main(int count, char** arguments) {
    if (count < 3) return 2;
    const CK_FUNCTION_LIST* call = load_module();
    require(call != nullptr, "LoadLibrary");
    if (std::string(arguments[1]) == "calls") {
        check_calls(*call, arguments[2]);
    } else if (std::string(arguments[1]) == "logins") {
        check_waiting_logins(*call, arguments[2]);
    } else {
        check_finalize(*call, arguments[2]);
    }
    std::puts("done");
    return 0;
}
