// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// What a Windows program does with a card's keys through cardmux-pkcs11.dll, printed in hexadecimal
// for a judge outside. Exits with 1 at the first call that fails.
//
//     pkcs11_operations_probe certificate ID
//     pkcs11_operations_probe digest TEXT
//     pkcs11_operations_probe sign ID ecdsa|ecdsa-sha256|ecdsa-sha384 TEXT PIN
//     pkcs11_operations_probe decrypt ID pkcs|oaep HEX PIN
//     pkcs11_operations_probe verify ID TEXT PIN      "right" and "wrong", as C_Verify says

#include <cstdio>
#include <cstdlib>
#include <string>

#include "pkcs11_client.h"

namespace {

using namespace pkcs11_client;

constexpr CK_BYTE digital_signature_id = 2;  // PIV's 9C, which wants the PIN before each use

void check(CK_RV code, const char* what) {
    if (code == CKR_OK) return;
    std::printf("failed: %s: %08lX\n", what, code);
    std::fflush(stdout);
    std::_Exit(1);
}

void print(const Bytes& bytes) {
    for (const BYTE byte : bytes) std::printf("%02x", byte);
    std::puts("");
}

Bytes from_text(const std::string& text) {
    return {text.begin(), text.end()};
}

Bytes from_hex(const std::string& text) {
    Bytes bytes;
    for (std::size_t at = 0; at + 1 < text.size(); at += 2) {
        bytes.push_back(static_cast<BYTE>(std::stoi(text.substr(at, 2), nullptr, 16)));
    }
    return bytes;
}

CK_ULONG size_of(const Bytes& bytes) {
    return static_cast<CK_ULONG>(bytes.size());
}

class Program {
  public:
    explicit Program(const CK_FUNCTION_LIST& call) : call_(call) {
        check(call_.C_Initialize(nullptr), "C_Initialize");
        CK_SLOT_ID slot = 0;
        CK_ULONG count = 1;
        check(call_.C_GetSlotList(CK_TRUE, &slot, &count), "C_GetSlotList");
        check(call_.C_OpenSession(slot, CKF_SERIAL_SESSION, nullptr, nullptr, &session_),
              "C_OpenSession");
    }

    void log_in(std::string pin, CK_USER_TYPE user = CKU_USER) {
        check(call_.C_Login(session_, user, reinterpret_cast<CK_UTF8CHAR*>(pin.data()),
                            static_cast<CK_ULONG>(pin.size())),
              "C_Login");
    }

    Bytes certificate(CK_BYTE id) {
        return read_attribute(call_, session_, find_object(call_, session_, CKO_CERTIFICATE, id),
                              CKA_VALUE);
    }

    Bytes digest(Bytes data) {
        CK_MECHANISM mechanism = {CKM_SHA384, nullptr, 0};
        Bytes hash(48);
        CK_ULONG size = size_of(hash);
        check(call_.C_DigestInit(session_, &mechanism), "C_DigestInit");
        check(call_.C_Digest(session_, data.data(), size_of(data), hash.data(), &size), "C_Digest");
        hash.resize(size);
        return hash;
    }

    Bytes sign(CK_BYTE id, CK_MECHANISM_TYPE type, Bytes data, const std::string& pin) {
        CK_MECHANISM mechanism = {type, nullptr, 0};
        const CK_OBJECT_HANDLE key = find_object(call_, session_, CKO_PRIVATE_KEY, id);
        check(call_.C_SignInit(session_, &mechanism, key), "C_SignInit");
        if (id == digital_signature_id) log_in(pin, CKU_CONTEXT_SPECIFIC);
        Bytes signature(512);
        CK_ULONG size = size_of(signature);
        check(call_.C_Sign(session_, data.data(), size_of(data), signature.data(), &size),
              "C_Sign");
        signature.resize(size);
        return signature;
    }

    Bytes decrypt(CK_BYTE id, bool oaep, Bytes data) {
        CK_RSA_PKCS_OAEP_PARAMS parameters = {CKM_SHA256, CKG_MGF1_SHA256, CKZ_DATA_SPECIFIED,
                                              nullptr, 0};
        CK_MECHANISM mechanism = {CKM_RSA_PKCS, nullptr, 0};
        if (oaep) mechanism = {CKM_RSA_PKCS_OAEP, &parameters, sizeof parameters};
        const CK_OBJECT_HANDLE key = find_object(call_, session_, CKO_PRIVATE_KEY, id);
        check(call_.C_DecryptInit(session_, &mechanism, key), "C_DecryptInit");
        Bytes plain(512);
        CK_ULONG size = size_of(plain);
        check(call_.C_Decrypt(session_, data.data(), size_of(data), plain.data(), &size),
              "C_Decrypt");
        plain.resize(size);
        return plain;
    }

    CK_RV verify(CK_BYTE id, Bytes data, Bytes signature) {
        CK_MECHANISM mechanism = {CKM_SHA256_RSA_PKCS, nullptr, 0};
        const CK_OBJECT_HANDLE key = find_object(call_, session_, CKO_PUBLIC_KEY, id);
        check(call_.C_VerifyInit(session_, &mechanism, key), "C_VerifyInit");
        return call_.C_Verify(session_, data.data(), size_of(data), signature.data(),
                              size_of(signature));
    }

    void end() { check(call_.C_Finalize(nullptr), "C_Finalize"); }

  private:
    const CK_FUNCTION_LIST& call_;
    CK_SESSION_HANDLE session_ = CK_INVALID_HANDLE;
};

CK_MECHANISM_TYPE mechanism_named(const std::string& name) {
    if (name == "ecdsa-sha256") return CKM_ECDSA_SHA256;
    return name == "ecdsa-sha384" ? CKM_ECDSA_SHA384 : CKM_ECDSA;
}

void check_both(Program& program, CK_BYTE id, const std::string& text, const std::string& pin) {
    program.log_in(pin);
    Bytes signature = program.sign(id, CKM_SHA256_RSA_PKCS, from_text(text), pin);
    check(program.verify(id, from_text(text), signature), "C_Verify");
    std::puts("right");
    signature.back() ^= 1;
    if (program.verify(id, from_text(text), signature) == CKR_SIGNATURE_INVALID) {
        std::puts("wrong");
    }
}

}  // namespace

int main(int count, char** arguments) {
    const CK_FUNCTION_LIST* call = load_module();
    if (call == nullptr || count < 3) return 2;
    const std::vector<std::string> words(arguments + 1, arguments + count);
    const std::string& what = words[0];
    Program program(*call);
    const auto id = [&] { return static_cast<CK_BYTE>(std::atoi(words[1].c_str())); };
    if (what == "certificate") {
        print(program.certificate(id()));
    } else if (what == "digest") {
        print(program.digest(from_text(words[1])));
    } else if (what == "sign" && words.size() == 5) {
        program.log_in(words[4]);
        print(program.sign(id(), mechanism_named(words[2]), from_text(words[3]), words[4]));
    } else if (what == "decrypt" && words.size() == 5) {
        program.log_in(words[4]);
        print(program.decrypt(id(), words[2] == "oaep", from_hex(words[3])));
    } else if (what == "verify" && words.size() == 4) {
        check_both(program, id(), words[2], words[3]);
    } else {
        return 2;
    }
    program.end();
    return 0;
}
