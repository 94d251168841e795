// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// What a container's key does with what OpenSSL has prepared, and for OpenSSL to judge. Blocks and
// numbers are in hexadecimal and big-endian. Findings as csp_probe's.
//
//   csp_rsa_probe PROVIDER TYPE certificate CONTAINER            says it in hexadecimal
//   csp_rsa_probe PROVIDER TYPE oaep CONTAINER PIN BLOCK [LABEL]
//   csp_rsa_probe PROVIDER TYPE oaep-key CONTAINER PIN BLOCK TEXT
//   csp_rsa_probe PROVIDER TYPE ssl3 CONTAINER PIN HASH          signs 36 bytes
#include <algorithm>

#include "windows/csp_client.h"

namespace {

using namespace csp_client;  // NOLINT(google-build-using-namespace): one program's helpers

Bytes reversed(Bytes bytes) {
    std::reverse(bytes.begin(), bytes.end());
    return bytes;
}

/// The container's key, in a context that has its PIN.
struct Opened {
    Context context;
    HCRYPTKEY key = 0;
    Opened(const char* container, const char* pin) {
        say("acquire", context.acquire(container_with(container).c_str(), CRYPT_SILENT));
        if (pin != nullptr) say("PIN", give_pin(context, pin));
        say("key", CryptGetUserKey(context.handle, spec_of(context.handle), &key));
    }
    ~Opened() { CryptDestroyKey(key); }
};

void show_certificate(const char* container) {
    const Opened opened(container, nullptr);
    std::printf("certificate: %s\n", to_hex(key_value(opened.key, KP_CERTIFICATE)).c_str());
}

void decrypt_once(HCRYPTKEY key, Bytes data, DWORD flags) {
    DWORD size = static_cast<DWORD>(data.size());
    if (CryptDecrypt(key, 0, TRUE, flags, data.data(), &size)) {
        std::printf("plain: %s\n", std::string(data.begin(), data.begin() + size).c_str());
    } else {
        std::printf("plain: error %08lX\n", GetLastError());
    }
}

void decrypt_oaep(const char* container, const char* pin, const std::string& block,
                  const std::string& label) {
    const Opened opened(container, pin);
    const Bytes data = reversed(from_hex(block));
    if (!label.empty()) {
        decrypt_once(opened.key, data, CRYPT_OAEP);  // its label is not none
        Bytes bytes = from_hex(label);
        DATA_BLOB parameters{static_cast<DWORD>(bytes.size()), bytes.data()};
        say("label", CryptSetKeyParam(opened.key, KP_OAEP_PARAMS,
                                      reinterpret_cast<const BYTE*>(&parameters), 0));
    }
    decrypt_once(opened.key, data, CRYPT_OAEP);
    decrypt_once(opened.key, data, 0);  // as if it were PKCS #1 v1.5
    Bytes damaged = data;
    damaged[9] ^= 1;
    decrypt_once(opened.key, damaged, CRYPT_OAEP);
}

/// A SIMPLEBLOB of an AES-128 key, whose block OAEP made; then what it encrypted.
void open_oaep_key(const char* container, const char* pin, const std::string& block,
                   const std::string& text) {
    const Opened opened(container, pin);
    const BLOBHEADER header{SIMPLEBLOB, CUR_BLOB_VERSION, 0, CALG_AES_128};
    const ALG_ID wrapping = CALG_RSA_KEYX;
    Bytes blob(sizeof header + sizeof wrapping);
    std::memcpy(blob.data(), &header, sizeof header);
    std::memcpy(blob.data() + sizeof header, &wrapping, sizeof wrapping);
    const Bytes wrapped = reversed(from_hex(block));
    blob.insert(blob.end(), wrapped.begin(), wrapped.end());
    HCRYPTKEY session = 0;
    say("open as PKCS #1", CryptImportKey(opened.context.handle, blob.data(),
                                          static_cast<DWORD>(blob.size()), 0, 0, &session));
    say("open", CryptImportKey(opened.context.handle, blob.data(), static_cast<DWORD>(blob.size()),
                               opened.key, CRYPT_OAEP, &session));
    decrypt_once(session, from_hex(text), 0);
    CryptDestroyKey(session);
}

void sign_ssl3(const char* container, const char* pin, const std::string& value) {
    const Opened opened(container, pin);
    HCRYPTHASH hash = 0;
    say("hash", CryptCreateHash(opened.context.handle, CALG_SSL3_SHAMD5, 0, 0, &hash));
    say("value", CryptSetHashParam(hash, HP_HASHVAL, from_hex(value).data(), 0));
    const Bytes signature = signature_of(hash, spec_of(opened.context.handle), 0);
    std::printf("signature: %s\n", to_hex(reversed(signature)).c_str());
    CryptDestroyHash(hash);
}

}  // namespace

int main(int count, char** arguments) {
    if (count < 5) return 2;
    provider_name = arguments[1];
    provider_type = static_cast<DWORD>(std::atoi(arguments[2]));
    const std::string what = arguments[3];
    const auto word = [&](int at) { return at < count ? arguments[at] : ""; };
    if (what == "certificate") show_certificate(word(4));
    if (what == "oaep") decrypt_oaep(word(4), word(5), word(6), word(7));
    if (what == "oaep-key") open_oaep_key(word(4), word(5), word(6), word(7));
    if (what == "ssl3") sign_ssl3(word(4), word(5), word(6));
    return 0;
}
