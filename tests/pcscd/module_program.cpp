// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// A program that uses a PKCS #11 module in steps that no ordinary tool makes: it leaves children
// behind, ends without C_Finalize, signs without having logged in. Prints each step with the return
// value of the last call that it made, in hexadecimal, when it is done: "sign 0".
//
//     module_program MODULE STEP ...
//     login     present the PIN 123456
//     sign      sign with key 9A (RSA), or if it is not shown with whatever handle will do
//     fork      a forked child that does nothing for a minute
//     spawn     another program, started by the shell, that does nothing for a minute
//     pause     do nothing for a minute
//     exit      end by exit(0), without C_Finalize
#include <dlfcn.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "api/pkcs11/pkcs11.h"

// For AddressSanitizer: what a process leaves that ends without C_Finalize is no leak.
extern "C" [[gnu::visibility("default")]] const char* __asan_default_options() {
    return "detect_leaks=0";
}

namespace {

constexpr unsigned idle_seconds = 60;

struct Program {
    CK_FUNCTION_LIST* p11 = nullptr;
    CK_SESSION_HANDLE session = 0;
};

CK_RV start(Program& program, const char* path) {
    void* const module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (module == nullptr) {
        std::fprintf(stderr, "%s\n", dlerror());
        return CKR_GENERAL_ERROR;
    }
    const auto get = reinterpret_cast<CK_C_GetFunctionList>(dlsym(module, "C_GetFunctionList"));
    CK_RV code = get(&program.p11);
    CK_C_INITIALIZE_ARGS arguments{};
    arguments.flags = CKF_OS_LOCKING_OK;
    if (code == CKR_OK) code = program.p11->C_Initialize(&arguments);
    CK_SLOT_ID slot = 0;
    CK_ULONG count = 1;
    if (code == CKR_OK) code = program.p11->C_GetSlotList(CK_TRUE, &slot, &count);
    if (code != CKR_OK) return code;
    return program.p11->C_OpenSession(slot, CKF_SERIAL_SESSION, nullptr, nullptr, &program.session);
}

CK_RV log_in(const Program& program) {
    std::string pin = "123456";
    return program.p11->C_Login(program.session, CKU_USER,
                                reinterpret_cast<CK_UTF8CHAR*>(pin.data()), pin.size());
}

CK_RV sign_with(const Program& program, CK_OBJECT_HANDLE key) {
    CK_MECHANISM mechanism{CKM_RSA_PKCS, nullptr, 0};
    const CK_RV code = program.p11->C_SignInit(program.session, &mechanism, key);
    if (code != CKR_OK) return code;
    std::array<CK_BYTE, 32> data{1};
    std::array<CK_BYTE, 512> signature{};
    CK_ULONG size = signature.size();
    return program.p11->C_Sign(program.session, data.data(), data.size(), signature.data(), &size);
}

/// The private keys that this program is shown, of one id or all.
CK_RV find_keys(const Program& program, const CK_BYTE* id, std::vector<CK_OBJECT_HANDLE>& keys) {
    CK_OBJECT_CLASS object_class = CKO_PRIVATE_KEY;
    CK_BYTE wanted_id = id != nullptr ? *id : CK_BYTE{0};
    std::array<CK_ATTRIBUTE, 2> wanted{
        {{CKA_CLASS, &object_class, sizeof object_class}, {CKA_ID, &wanted_id, sizeof wanted_id}}};
    keys.resize(16);
    CK_ULONG found = 0;
    CK_RV code = program.p11->C_FindObjectsInit(program.session, wanted.data(), id ? 2 : 1);
    if (code != CKR_OK) return code;
    code = program.p11->C_FindObjects(program.session, keys.data(), keys.size(), &found);
    program.p11->C_FindObjectsFinal(program.session);
    keys.resize(found);
    return code;
}

CK_RV sign(const Program& program) {
    std::vector<CK_OBJECT_HANDLE> keys;
    const CK_BYTE id_9a = 1;
    CK_RV code = find_keys(program, &id_9a, keys);
    if (code != CKR_OK || !keys.empty()) {
        return code != CKR_OK ? code : sign_with(program, keys.front());
    }
    // A stranger is not shown this key: it guesses, around the key that everybody may use (9E).
    code = find_keys(program, nullptr, keys);
    if (code != CKR_OK || keys.empty()) return code != CKR_OK ? code : CKR_KEY_HANDLE_INVALID;
    constexpr CK_OBJECT_HANDLE distance = 400;
    const CK_OBJECT_HANDLE shown = keys.front();
    const CK_OBJECT_HANDLE first = shown > distance ? shown - distance : 1;
    for (CK_OBJECT_HANDLE key = first; key < shown + distance; ++key) {
        if (std::find(keys.begin(), keys.end(), key) != keys.end()) continue;
        code = sign_with(program, key);
        if (code == CKR_OK || code == CKR_USER_NOT_LOGGED_IN) return code;
    }
    return code;
}

CK_RV take(const Program& program, const std::string& step) {
    if (step == "login") return log_in(program);
    if (step == "sign") return sign(program);
    if (step == "fork" && fork() == 0) {
        sleep(idle_seconds);
        _exit(0);
    }
    if (step == "spawn") {
        const std::string seconds = std::to_string(idle_seconds);
        return std::system(("sleep " + seconds + " >/dev/null 2>&1 &").c_str()) == 0
                   ? CKR_OK
                   : CKR_GENERAL_ERROR;
    }
    if (step == "pause") sleep(idle_seconds);
    if (step == "exit") std::exit(0);
    return CKR_OK;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) return 2;
    Program program;
    const CK_RV started = start(program, argv[1]);
    std::printf("start %lx\n", started);
    std::fflush(stdout);
    for (int i = 2; i < argc && started == CKR_OK; ++i) {
        const CK_RV code = take(program, argv[i]);
        std::printf("%s %lx\n", argv[i], code);
        std::fflush(stdout);
    }
    if (program.p11 != nullptr) program.p11->C_Finalize(nullptr);
    return started == CKR_OK ? 0 : 1;
}
