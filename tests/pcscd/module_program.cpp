// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// A program that uses a PKCS #11 module in steps that no ordinary tool makes: it leaves children
// behind, ends without C_Finalize, signs without having logged in. Prints each step with the return
// value of the last call that it made, in hexadecimal, when it is done: "sign 0".
//
//     module_program MODULE STEP ...
//     pin:HEX   from now on this PIN, masked as memory_search.h says, in place of 123456
//     login     present the PIN
//     logout
//     finalise  C_Finalize
//     sign      sign with key 9A (RSA), or if it is not shown with whatever handle will do
//     sign-9c   present the PIN for this signature, and sign with key 9C (RSA)
//     search    look for the PIN in this process's memory: "search ALL LOCKED UNDUMPED WHERE..."
//     plant     leave a copy of the PIN in ordinary memory
//     unplant   wipe that copy
//     start-again   as at the beginning, after finalise
//     use-up-descriptors, free-descriptors   no file or socket can be opened meanwhile
//     fork      a forked child that does nothing for a minute
//     spawn     another program, started by the shell, that does nothing for a minute
//     pause     do nothing for a minute
//     exit      end by exit(0), without C_Finalize
#include <dlfcn.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "api/pkcs11/pkcs11.h"
#include "memory_search.h"

// For AddressSanitizer: what a process leaves that ends without C_Finalize is no leak.
extern "C" [[gnu::visibility("default")]] const char* __asan_default_options() {
    return "detect_leaks=0";
}

namespace {

using memory_search::MaskedSecret;

constexpr unsigned idle_seconds = 60;

struct Program {
    CK_FUNCTION_LIST* p11 = nullptr;
    CK_SESSION_HANDLE session = 0;
    MaskedSecret pin = memory_search::masked_secret("949796919093");  // 123456
    std::vector<CK_BYTE> planted{};                                   ///< a copy of the PIN
    std::vector<int> used_descriptors{};
};

/// The PIN for as long as this lives. The host's part of keeping it out of memory.
class Unmasked {
  public:
    explicit Unmasked(const MaskedSecret& secret) {
        for (const unsigned char byte : secret.bytes) bytes_[size_++] = byte ^ MaskedSecret::mask;
    }
    ~Unmasked() { explicit_bzero(bytes_.data(), bytes_.size()); }
    Unmasked(const Unmasked&) = delete;
    Unmasked& operator=(const Unmasked&) = delete;
    CK_BYTE* data() { return bytes_.data(); }
    CK_ULONG size() const { return size_; }

  private:
    std::array<CK_BYTE, 8> bytes_{};
    CK_ULONG size_ = 0;
};

/// The module's first calls, up to a session.
CK_RV begin(Program& program) {
    CK_C_INITIALIZE_ARGS arguments{};
    arguments.flags = CKF_OS_LOCKING_OK;
    CK_RV code = program.p11->C_Initialize(&arguments);
    if (code == CKR_CRYPTOKI_ALREADY_INITIALIZED) code = CKR_OK;
    CK_SLOT_ID slot = 0;
    CK_ULONG count = 1;
    if (code == CKR_OK) code = program.p11->C_GetSlotList(CK_TRUE, &slot, &count);
    if (code != CKR_OK) return code;
    if (count == 0) return CKR_SLOT_ID_INVALID;
    return program.p11->C_OpenSession(slot, CKF_SERIAL_SESSION, nullptr, nullptr, &program.session);
}

CK_RV start(Program& program, const char* path) {
    void* const module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (module == nullptr) {
        std::fprintf(stderr, "%s\n", dlerror());
        return CKR_GENERAL_ERROR;
    }
    const auto get = reinterpret_cast<CK_C_GetFunctionList>(dlsym(module, "C_GetFunctionList"));
    const CK_RV code = get(&program.p11);
    return code == CKR_OK ? begin(program) : code;
}

CK_RV log_in(const Program& program, CK_USER_TYPE user = CKU_USER) {
    Unmasked pin(program.pin);
    return program.p11->C_Login(program.session, user, pin.data(), pin.size());
}

CK_RV start_signing(const Program& program, CK_OBJECT_HANDLE key) {
    CK_MECHANISM mechanism{CKM_RSA_PKCS, nullptr, 0};
    return program.p11->C_SignInit(program.session, &mechanism, key);
}

CK_RV finish_signing(const Program& program) {
    std::array<CK_BYTE, 32> data{1};
    std::array<CK_BYTE, 512> signature{};
    CK_ULONG size = signature.size();
    return program.p11->C_Sign(program.session, data.data(), data.size(), signature.data(), &size);
}

CK_RV sign_with(const Program& program, CK_OBJECT_HANDLE key) {
    const CK_RV code = start_signing(program, key);
    return code == CKR_OK ? finish_signing(program) : code;
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

/// The PIN is with the operation from C_Login to C_Sign.
CK_RV sign_with_9c(const Program& program) {
    std::vector<CK_OBJECT_HANDLE> keys;
    const CK_BYTE id_9c = 2;
    CK_RV code = find_keys(program, &id_9c, keys);
    if (code == CKR_OK && keys.empty()) code = CKR_KEY_HANDLE_INVALID;
    if (code == CKR_OK) code = start_signing(program, keys.front());
    if (code == CKR_OK) code = log_in(program, CKU_CONTEXT_SPECIFIC);
    return code == CKR_OK ? finish_signing(program) : code;
}

void search(const Program& program) {
    const auto places = memory_search::find_in_memory(program.pin);
    std::printf("search %d %d %d%s\n", places.all, places.locked, places.undumped,
                places.mappings.c_str());
}

void plant(Program& program) {
    Unmasked pin(program.pin);
    program.planted.assign(pin.data(), pin.data() + pin.size());
}

void use_up_descriptors(Program& program) {
    constexpr rlim_t most = 64;  // soon used up
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = most;
    setrlimit(RLIMIT_NOFILE, &limit);
    for (int copy = dup(STDIN_FILENO); copy >= 0; copy = dup(STDIN_FILENO))
        program.used_descriptors.push_back(copy);
}

void free_descriptors(Program& program) {
    for (const int descriptor : program.used_descriptors) close(descriptor);
    program.used_descriptors.clear();
}

CK_RV idle(const std::string& step) {
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
    return CKR_OK;
}

CK_RV take(Program& program, const std::string& step) {
    if (step.starts_with("pin:")) program.pin = memory_search::masked_secret(step.substr(4));
    if (step == "login") return log_in(program);
    if (step == "logout") return program.p11->C_Logout(program.session);
    if (step == "finalise") return program.p11->C_Finalize(nullptr);
    if (step == "sign") return sign(program);
    if (step == "sign-9c") return sign_with_9c(program);
    if (step == "search") search(program);
    if (step == "plant") plant(program);
    if (step == "unplant") explicit_bzero(program.planted.data(), program.planted.size());
    if (step == "start-again") return begin(program);
    if (step == "use-up-descriptors") use_up_descriptors(program);
    if (step == "free-descriptors") free_descriptors(program);
    if (step == "exit") std::exit(0);
    return idle(step);
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
        if (std::string(argv[i]) != "search") std::printf("%s %lx\n", argv[i], code);
        std::fflush(stdout);
    }
    if (program.p11 != nullptr) program.p11->C_Finalize(nullptr);
    return started == CKR_OK ? 0 : 1;
}
