// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// A mail program, a signer of code and a logon, with the system's own message functions over a card
// that only the certificates in MY lead to. What it finds, it says on standard output, a line a
// finding; what it makes, it writes into files for others to judge (messages_test.py: OpenSSL).
//
//   messages_probe PROVIDER TYPE {publish|withdraw}
//   messages_probe PROVIDER TYPE sign PIN CONTAINER IN OUT        the content within
//   messages_probe PROVIDER TYPE sign-detached PIN CONTAINER IN OUT
//   messages_probe PROVIDER TYPE sign-code PIN CONTAINER IN OUT   IN: a SpcIndirectDataContent
//   messages_probe PROVIDER TYPE decrypt PIN IN OUT
//   messages_probe PROVIDER TYPE log-on PIN READER
#include <cstdio>
#include <cstdlib>
#include <string>

#include "published.h"

namespace cardmux::messages {
namespace {

char digest_oid[] = "2.16.840.1.101.3.4.2.1";  // SHA-256
// SPC_INDIRECT_DATA_OBJID (Authenticode)
char code_oid[] = "1.3.6.1.4.1.311.2.1.4";

/// The attribute that mail programs sign with the message: when it was signed.
class SigningTime {
  public:
    SigningTime() {
        FILETIME now{};
        GetSystemTimeAsFileTime(&now);
        auto size = static_cast<DWORD>(encoded_.size());
        CryptEncodeObject(encoding, szOID_RSA_signingTime, &now, encoded_.data(), &size);
        value_ = {size, encoded_.data()};
    }
    SigningTime(const SigningTime&) = delete;
    SigningTime& operator=(const SigningTime&) = delete;
    CRYPT_ATTRIBUTE* attribute() { return &attribute_; }

  private:
    Bytes encoded_ = Bytes(100);
    char oid_[sizeof szOID_RSA_signingTime] = szOID_RSA_signingTime;
    CRYPT_ATTR_BLOB value_{};
    CRYPT_ATTRIBUTE attribute_{oid_, 1, &value_};
};

/// Whether the message was made.
bool sign_mail(PCCERT_CONTEXT certificate, const Bytes& content, BOOL detached, Bytes& message) {
    SigningTime time;
    CRYPT_SIGN_MESSAGE_PARA how{};
    how.cbSize = sizeof how;
    how.dwMsgEncodingType = encoding;
    how.pSigningCert = certificate;
    how.HashAlgorithm.pszObjId = digest_oid;
    how.cMsgCert = 1;
    how.rgpMsgCert = &certificate;
    how.cAuthAttr = 1;
    how.rgAuthAttr = time.attribute();
    const BYTE* contents[] = {content.data()};
    DWORD sizes[] = {static_cast<DWORD>(content.size())};
    DWORD size = 0;
    if (!say("size", CryptSignMessage(&how, detached, 1, contents, sizes, nullptr, &size)))
        return false;
    message.resize(size);
    const bool is_signed =
        say("sign", CryptSignMessage(&how, detached, 1, contents, sizes, message.data(), &size));
    message.resize(size);
    return is_signed;
}

/// PKCS #7 SignedData whose content is of Authenticode's type. signtool does so in SignerSign.
bool sign_code(PCCERT_CONTEXT certificate, const CertificateKey& key, const Bytes& content,
               Bytes& message) {
    SigningTime time;
    CMSG_SIGNER_ENCODE_INFO signer{};
    signer.cbSize = sizeof signer;
    signer.pCertInfo = certificate->pCertInfo;
    signer.hCryptProv = key.context();
    signer.dwKeySpec = key.spec();
    signer.HashAlgorithm.pszObjId = digest_oid;
    signer.cAuthAttr = 1;
    signer.rgAuthAttr = time.attribute();
    CERT_BLOB sent_along{certificate->cbCertEncoded, certificate->pbCertEncoded};
    CMSG_SIGNED_ENCODE_INFO how{};
    how.cbSize = sizeof how;
    how.cSigners = 1;
    how.rgSigners = &signer;
    how.cCertEncoded = 1;
    how.rgCertEncoded = &sent_along;
    HCRYPTMSG open = CryptMsgOpenToEncode(encoding, 0, CMSG_SIGNED, &how, code_oid, nullptr);
    if (!say("open", open != nullptr)) return false;
    DWORD size = 0;
    bool is_signed = say("content", CryptMsgUpdate(open, content.data(),
                                                   static_cast<DWORD>(content.size()), TRUE)) &&
                     say("size", CryptMsgGetParam(open, CMSG_CONTENT_PARAM, 0, nullptr, &size));
    message.resize(size);
    is_signed = is_signed &&
                say("sign", CryptMsgGetParam(open, CMSG_CONTENT_PARAM, 0, message.data(), &size));
    message.resize(size);
    CryptMsgClose(open);
    return is_signed;
}

void sign(const std::string& what, const Provider& provider, char** arguments) {
    const Store store;
    const Certificate certificate(find_published(store, provider, arguments[0]));
    if (!say("certificate in MY", certificate.context != nullptr)) return;
    const CertificateKey key(certificate.context, provider);
    const Bytes content = read_file(arguments[1]);
    Bytes message;
    const bool is_signed =
        what == "sign-code"
            ? sign_code(certificate.context, key, content, message)
            : sign_mail(certificate.context, content, what == "sign-detached", message);
    if (is_signed) say("written", write_file(arguments[2], message));
}

Bytes parameter(HCRYPTMSG message, DWORD which, DWORD index) {
    DWORD size = 0;
    if (!CryptMsgGetParam(message, which, index, nullptr, &size)) return {};
    Bytes value(size);
    if (!CryptMsgGetParam(message, which, index, value.data(), &size)) size = 0;
    value.resize(size);
    return value;
}

/// For the recipient whose certificate is in MY, as a mail program looks for itself.
bool open_message(HCRYPTMSG message, const Store& store, const Provider& provider) {
    DWORD count = 0;
    DWORD size = sizeof count;
    CryptMsgGetParam(message, CMSG_RECIPIENT_COUNT_PARAM, 0, &count, &size);
    for (DWORD index = 0; index < count; ++index) {
        Bytes recipient = parameter(message, CMSG_RECIPIENT_INFO_PARAM, index);
        const Certificate certificate(CertGetSubjectCertificateFromStore(
            store.handle, encoding, reinterpret_cast<CERT_INFO*>(recipient.data())));
        if (certificate.context == nullptr) continue;
        std::printf("recipient: %lu of %lu\n", index + 1, count);
        const CertificateKey key(certificate.context, provider);
        CMSG_CTRL_DECRYPT_PARA how{};
        how.cbSize = sizeof how;
        how.hCryptProv = key.context();
        how.dwKeySpec = key.spec();
        how.dwRecipientIndex = index;
        return say("decrypt", CryptMsgControl(message, 0, CMSG_CTRL_DECRYPT, &how));
    }
    return say("recipient in MY", FALSE);
}

void decrypt(const Provider& provider, char** arguments) {
    const Store store;
    const Bytes encrypted = read_file(arguments[0]);
    HCRYPTMSG message = CryptMsgOpenToDecode(encoding, 0, 0, 0, nullptr, nullptr);
    const bool is_open =
        say("ciphers", install_content_keys()) &&
        say("message", CryptMsgUpdate(message, encrypted.data(),
                                      static_cast<DWORD>(encrypted.size()), TRUE)) &&
        open_message(message, store, provider);
    if (is_open)
        say("written", write_file(arguments[1], parameter(message, CMSG_CONTENT_PARAM, 0)));
    CryptMsgClose(message);
}

/// False: no such command, or with other arguments.
bool run(int count, char** arguments) {
    if (count < 4) return false;
    Provider provider{arguments[1], static_cast<DWORD>(std::atoi(arguments[2])), ""};
    const std::string what = arguments[3];
    if (count > 4) provider.pin = arguments[4];
    if (what == "publish" && count == 4) {
        publish(provider);
    } else if (what == "withdraw" && count == 4) {
        withdraw(provider);
    } else if (what.rfind("sign", 0) == 0 && count == 8) {
        sign(what, provider, arguments + 5);
    } else if (what == "decrypt" && count == 7) {
        decrypt(provider, arguments + 5);
    } else if (what == "log-on" && count == 6) {
        log_on(provider, arguments[5]);
    } else {
        return false;
    }
    return true;
}

}  // namespace
}  // namespace cardmux::messages

int main(int count, char** arguments) {
    if (cardmux::messages::run(count, arguments)) return 0;
    std::fputs("messages_probe: see the head of messages_probe.cpp\n", stderr);
    return 2;
}
