// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "drivers/piv/piv_key_operation.h"

#include <algorithm>

#include "drivers/piv/piv_data_model.h"
#include "drivers/piv/piv_objects.h"
#include "iso7816/status_word.h"

namespace cardmux::drivers::piv {
namespace {

namespace status = iso7816::status;

/// What the card computes on: RSA: the block as it is. EC: as many bytes as the field, the leftmost
/// of a longer hash, a shorter one with zeros before it (the same number; cards want the full
/// length).
Result<Bytes> challenge_for(const crypto::PublicKey& key, ByteView input) {
    if (const auto* rsa = std::get_if<crypto::RsaPublicKey>(&key)) {
        if (input.size() != rsa->modulus.size())
            return Error(ErrorCode::DataSizeInvalid, "PIV GENERAL AUTHENTICATE");
        return to_bytes(input);
    }
    const std::size_t size = crypto::field_size(std::get<crypto::EcPublicKey>(key).curve);
    if (input.empty()) return Error(ErrorCode::DataSizeInvalid, "PIV GENERAL AUTHENTICATE");
    const ByteView leftmost = input.first(std::min(input.size(), size));
    Bytes challenge(size - leftmost.size(), 0);
    append(challenge, leftmost);
    return challenge;
}

/// RSA: as long as the modulus (a card may leave leading zeros out). EC: r and s joined.
Result<Bytes> result_for(const crypto::PublicKey& key, ByteView response) {
    if (const auto* elliptic = std::get_if<crypto::EcPublicKey>(&key))
        return crypto::ecdsa_from_der(response, elliptic->curve);
    const std::size_t size = std::get<crypto::RsaPublicKey>(key).modulus.size();
    if (response.size() > size || response.empty())
        return Error(ErrorCode::CardDataMalformed, "PIV GENERAL AUTHENTICATE");
    Bytes result(size - response.size(), 0);
    append(result, response);
    return result;
}

/// X, as long as the field (a card may leave leading zeros out).
Result<SecretBytes> agreed_secret(ByteView response, std::size_t size) {
    if (response.empty() || response.size() > size)
        return Error(ErrorCode::CardDataMalformed, "PIV GENERAL AUTHENTICATE");
    Bytes padded(size - response.size(), 0);
    padded.reserve(size);  // a vector that grew would leave a copy behind
    append(padded, response);
    SecretBytes secret(padded);
    wipe(padded);
    return secret;
}

Error key_operation_error(std::uint16_t word) {
    ErrorCode code = ErrorCode::CardRefused;
    switch (word) {
        case status::security_not_satisfied:
            code = ErrorCode::SecurityNotSatisfied;
            break;
        case status::file_not_found:
        case status::wrong_p1_p2:
        case status::reference_data_not_found:
        case status::wrong_parameters:
            code = ErrorCode::KeyNotFound;
            break;
        default:
            break;
    }
    return Error(code, "PIV GENERAL AUTHENTICATE").with_status_word(word);
}

}  // namespace

Result<std::uint8_t> algorithm_of(const crypto::KeyKind& kind) {
    if (const auto* curve = std::get_if<crypto::Curve>(&kind))
        return *curve == crypto::Curve::P256 ? algorithm_p256 : algorithm_p384;
    switch (std::get<crypto::RsaKind>(kind).bits) {
        case 1024:
            return algorithm_rsa1024;
        case 2048:
            return algorithm_rsa2048;
        case 3072:
            return algorithm_rsa3072;
        case 4096:
            return algorithm_rsa4096;
        default:
            return Error(ErrorCode::NotSupported, "PIV algorithm");
    }
}

Result<Bytes> operate_with_key(PivCommands& commands, iso7816::ApduChannel& channel,
                               const CardKey& key, ByteView input) {
    CARDMUX_TRY_ASSIGN(const std::uint8_t algorithm, algorithm_of(crypto::kind_of(key.public_key)));
    CARDMUX_TRY_ASSIGN(const Bytes challenge, challenge_for(key.public_key, input));
    CARDMUX_TRY_ASSIGN(iso7816::ResponseApdu response,
                       commands.general_authenticate(channel, algorithm, key.reference, challenge));
    if (!response.ok()) return key_operation_error(response.status_word);
    const auto parsed = parse_authentication_response(response.data);
    Result<Bytes> result =
        parsed.ok() ? result_for(key.public_key, *parsed) : Result<Bytes>(parsed.error());
    wipe(response.data);  // it may have been something decrypted
    return result;
}

Result<SecretBytes> derive_with_key(PivCommands& commands, iso7816::ApduChannel& channel,
                                    const CardKey& key, ByteView point) {
    const auto* elliptic = std::get_if<crypto::EcPublicKey>(&key.public_key);
    if (elliptic == nullptr) return Error(ErrorCode::NotSupported, "PIV GENERAL AUTHENTICATE");
    const std::size_t size = crypto::field_size(elliptic->curve);
    if (point.size() != 1 + 2 * size)
        return Error(ErrorCode::DataSizeInvalid, "PIV GENERAL AUTHENTICATE");
    CARDMUX_TRY_ASSIGN(const std::uint8_t algorithm, algorithm_of(crypto::kind_of(key.public_key)));
    CARDMUX_TRY_ASSIGN(iso7816::ResponseApdu response,
                       commands.agree_on_key(channel, algorithm, key.reference, point));
    if (!response.ok()) return key_operation_error(response.status_word);
    const auto parsed = parse_authentication_response(response.data);
    auto secret = parsed.ok() ? agreed_secret(*parsed, size) : Result<SecretBytes>(parsed.error());
    wipe(response.data);
    return secret;
}

}  // namespace cardmux::drivers::piv
