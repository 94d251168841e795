// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// How crypt32 comes by the key of an encrypted message, for the ciphers of mail: a place where a
// program may put a function of its own. Needed under Wine only: that of Wine 8 knows no AES and
// leaves the initialization vector out, with a first block that is wrong.
#include <algorithm>
#include <cstring>
#include <iterator>

#include "published.h"

namespace cardmux::messages {
namespace {

struct Cipher {
    const char* oid;
    ALG_ID algorithm;
};

const Cipher ciphers[] = {{szOID_NIST_AES256_CBC, CALG_AES_256},
                          {szOID_NIST_AES128_CBC, CALG_AES_128},
                          {szOID_RSA_DES_EDE3_CBC, CALG_3DES}};

ALG_ID algorithm_of(const char* oid) {
    const auto* found =
        std::find_if(std::begin(ciphers), std::end(ciphers),
                     [oid](const Cipher& c) { return std::strcmp(c.oid, oid) == 0; });
    return found == std::end(ciphers) ? 0 : found->algorithm;
}

/// A SIMPLEBLOB: CryptoAPI's numbers are little-endian, those of a message are not.
Bytes key_blob(ALG_ID algorithm, const CRYPT_DATA_BLOB& encrypted) {
    const BLOBHEADER header{SIMPLEBLOB, CUR_BLOB_VERSION, 0, algorithm};
    const ALG_ID wrapped_by = CALG_RSA_KEYX;
    Bytes blob(sizeof header + sizeof wrapped_by);
    std::memcpy(blob.data(), &header, sizeof header);
    std::memcpy(blob.data() + sizeof header, &wrapped_by, sizeof wrapped_by);
    blob.insert(blob.end(), std::make_reverse_iterator(encrypted.pbData + encrypted.cbData),
                std::make_reverse_iterator(encrypted.pbData));
    return blob;
}

/// The OCTET STRING in the algorithm's parameters.
BOOL set_vector(HCRYPTKEY key, const CRYPT_OBJID_BLOB& parameters) {
    if (parameters.cbData < 2 || parameters.pbData[0] != 0x04) return FALSE;
    return CryptSetKeyParam(key, KP_IV, parameters.pbData + 2, 0);
}

BOOL WINAPI import_content_key(PCRYPT_ALGORITHM_IDENTIFIER cipher,
                               PCMSG_CTRL_KEY_TRANS_DECRYPT_PARA recipient, DWORD, void*,
                               HCRYPTKEY* content_key) {
    HCRYPTKEY card_key = 0;
    if (!CryptGetUserKey(recipient->hCryptProv, recipient->dwKeySpec, &card_key)) return FALSE;
    // Wine gives all recipients; Windows' documentation has the one only.
    const CMSG_KEY_TRANS_RECIPIENT_INFO& own = recipient->pKeyTrans[recipient->dwRecipientIndex];
    const Bytes blob = key_blob(algorithm_of(cipher->pszObjId), own.EncryptedKey);
    const BOOL is_imported =
        CryptImportKey(recipient->hCryptProv, blob.data(), static_cast<DWORD>(blob.size()),
                       card_key, 0, content_key) &&
        set_vector(*content_key, cipher->Parameters);
    const DWORD error = GetLastError();
    CryptDestroyKey(card_key);
    SetLastError(error);
    return is_imported;
}

}  // namespace

bool install_content_keys() {
    if (GetProcAddress(GetModuleHandleA("ntdll.dll"), "wine_get_version") == nullptr) return true;
    return std::all_of(std::begin(ciphers), std::end(ciphers), [](const Cipher& cipher) {
        CRYPT_OID_FUNC_ENTRY entry{cipher.oid, reinterpret_cast<void*>(&import_content_key)};
        return CryptInstallOIDFunctionAddress(nullptr, X509_ASN_ENCODING,
                                              CMSG_OID_IMPORT_KEY_TRANS_FUNC, 1, &entry, 0) != 0;
    });
}

}  // namespace cardmux::messages
