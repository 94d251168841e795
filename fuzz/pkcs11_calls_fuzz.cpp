// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// A program of PKCS #11 calls: each byte names a function, the bytes behind it are its arguments.
// Every call returns a code that the standard lists for it, and when the program is over the module
// works for the next one as if nothing had been. With CARDMUX_SHOW_CALLS in the environment each
// call is printed with its code.
#include "api/pkcs11/error_to_ckr.h"
#include "fuzz/pkcs11_functions.h"
#include "fuzz/pkcs11_world.h"

namespace cardmux::fuzz {
namespace {

constexpr int calls_max = 64;
constexpr std::size_t known_max = 16;
constexpr CK_ULONG counts_max = 4096;

/// Handles begin at a random place; what is small is a count.
void add(std::vector<CK_ULONG>& known, const std::vector<CK_ULONG>& written) {
    for (const CK_ULONG number : written)
        if (number > counts_max && known.size() < known_max) known.push_back(number);
}

void check(const Function& function, CK_RV code) {
    static const bool shows_all = std::getenv("CARDMUX_SHOW_CALLS") != nullptr;
    const bool is_listed = may_return(function, code);
    if (shows_all || !is_listed)
        std::fprintf(stderr, "%s: %#lx %s\n", function.name, code,
                     code == CKR_OK ? "" : pkcs11::name_of_ckr(code));
    require(is_listed, "a function returns what the standard lists for it");
}

void call_next(Input& input, KnownHandles& known) {
    const Function& function = functions()[input.byte() % functions().size()];
    Arguments arguments(input, known);
    const CK_RV code = function.call(arguments);
    check(function, code);
    if (code != CKR_OK) return;
    if (function.writes == Writes::Sessions) add(known.sessions, arguments.written());
    if (function.writes == Writes::Objects) add(known.objects, arguments.written());
}

void run(Input& input) {
    KnownHandles known;
    for (int i = 0; i < calls_max && !input.rest().empty(); ++i) call_next(input, known);
    const CK_RV code = C_Finalize(nullptr);
    require(code == CKR_OK || code == CKR_CRYPTOKI_NOT_INITIALIZED, "the module comes to an end");
}

void sign(CK_SESSION_HANDLE session) {
    CK_OBJECT_CLASS object_class = CKO_PRIVATE_KEY;
    CK_BYTE id = 1;
    CK_ATTRIBUTE wanted[] = {{CKA_CLASS, &object_class, sizeof(object_class)}, {CKA_ID, &id, 1}};
    CK_OBJECT_HANDLE key = CK_INVALID_HANDLE;
    CK_ULONG count = 0;
    CK_KEY_TYPE type = CKK_RSA;
    CK_ATTRIBUTE asked{CKA_KEY_TYPE, &type, sizeof(type)};
    require(C_FindObjectsInit(session, wanted, 2) == CKR_OK &&
                C_FindObjects(session, &key, 1, &count) == CKR_OK && count == 1 &&
                C_FindObjectsFinal(session) == CKR_OK &&
                C_GetAttributeValue(session, key, &asked, 1) == CKR_OK,
            "the next program finds its key");
    CK_MECHANISM mechanism{type == CKK_EC ? CKM_ECDSA : CKM_RSA_PKCS, nullptr, 0};
    CK_BYTE data[32] = {};
    CK_BYTE signature[512];
    CK_ULONG size = sizeof signature;
    require(C_SignInit(session, &mechanism, key) == CKR_OK &&
                C_Sign(session, data, sizeof data, signature, &size) == CKR_OK,
            "the next program signs");
}

void expect_that_all_works() {
    CK_SLOT_ID slot = 0;
    CK_ULONG count = 1;
    CK_SESSION_HANDLE session = CK_INVALID_HANDLE;
    CK_BYTE pin[] = {'1', '2', '3', '4', '5', '6'};
    require(initialize(1) == CKR_OK, "the next program can begin");
    require(C_GetSlotList(CK_TRUE, &slot, &count) == CKR_OK && count == 1, "it finds the card");
    require(C_OpenSession(slot, CKF_SERIAL_SESSION, nullptr, nullptr, &session) == CKR_OK &&
                C_Login(session, CKU_USER, pin, sizeof pin) == CKR_OK,
            "it can log in");
    if (card_has_keys()) sign(session);
    require(C_Finalize(nullptr) == CKR_OK, "it can end");
}

}  // namespace
}  // namespace cardmux::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace cardmux::fuzz;
    Input input(data, size);
    begin_world(input.byte());
    run(input);
    mend_world();
    expect_that_all_works();
    return 0;
}
