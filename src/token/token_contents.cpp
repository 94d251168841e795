// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "token/token_contents.h"

#include <algorithm>
#include <array>

namespace cardmux::token {
namespace {

struct NamedKey {
    std::uint8_t reference;
    std::uint8_t id;
    const char* label;
};

constexpr std::array<NamedKey, 4> named_keys{{
    {0x9A, 0x01, "PIV Authentication"},
    {0x9C, 0x02, "Digital Signature"},
    {0x9D, 0x03, "Key Management"},
    {0x9E, 0x04, "Card Authentication"},
}};

constexpr std::uint8_t retired_first = 0x82;
constexpr std::uint8_t retired_last = 0x95;
constexpr std::uint8_t retired_first_id = 0x05;

const NamedKey* find_named(std::uint8_t reference) {
    const auto found = std::ranges::find(named_keys, reference, &NamedKey::reference);
    return found == named_keys.end() ? nullptr : &*found;
}

/// What people call the card: the name in its authentication certificate, else its model.
std::string label_of_card(const TokenContents& contents) {
    for (const TokenCertificate& certificate : contents.certificates) {
        if (certificate.key_reference != 0x9A) continue;
        if (!certificate.certificate.common_name.empty())
            return certificate.certificate.common_name;
    }
    return contents.identity.model.empty() ? "PIV card" : contents.identity.model;
}

}  // namespace

Bytes id_of_key(std::uint8_t reference) {
    if (const NamedKey* named = find_named(reference)) return {named->id};
    if (reference >= retired_first && reference <= retired_last) {
        return {static_cast<std::uint8_t>(retired_first_id + reference - retired_first)};
    }
    return {reference};
}

std::optional<std::uint8_t> reference_of_id(ByteView id) {
    if (id.size() != 1) return std::nullopt;
    const auto named = std::ranges::find(named_keys, id[0], &NamedKey::id);
    if (named != named_keys.end()) return named->reference;
    constexpr std::uint8_t retired_last_id = retired_first_id + retired_last - retired_first;
    if (id[0] < retired_first_id || id[0] > retired_last_id) return std::nullopt;
    return static_cast<std::uint8_t>(retired_first + id[0] - retired_first_id);
}

std::string label_of_key(std::uint8_t reference) {
    if (const NamedKey* named = find_named(reference)) return named->label;
    if (reference >= retired_first && reference <= retired_last) {
        return "Retired Key Management " + std::to_string(reference - retired_first + 1);
    }
    return "Key " + to_hex(Bytes{reference});
}

const TokenKey* TokenContents::find_key(std::uint8_t reference) const {
    const auto found =
        std::ranges::find(keys, reference, [](const TokenKey& key) { return key.key.reference; });
    return found == keys.end() ? nullptr : &*found;
}

std::shared_ptr<const TokenContents> make_contents(const CardSide::Reading& reading, LogSink& log) {
    auto contents = std::make_shared<TokenContents>();
    contents->identity = reading.identity;
    contents->reading_number = reading.number;
    contents->free_places = reading.free_places;
    contents->keeps_names = reading.keeps_names;
    for (const drivers::CardCertificate& certificate : reading.contents.certificates) {
        auto parsed = crypto::parse_certificate(certificate.der);
        if (!parsed) {
            LogLine(log, LogLevel::Warning, "certificate")
                .with("key", to_hex(Bytes{certificate.key_reference}))
                .with(parsed.error());
            continue;
        }
        contents->certificates.push_back({certificate.key_reference,
                                          label_of_key(certificate.key_reference),
                                          std::move(parsed).value()});
    }
    for (const drivers::CardKey& key : reading.contents.keys) {
        TokenKey shown{key, label_of_key(key.reference), id_of_key(key.reference), {}, {}, {}};
        auto info = crypto::encode_public_key_info(key.public_key);
        if (info) shown.public_key_info = std::move(info).value();
        for (const TokenCertificate& certificate : contents->certificates) {
            if (certificate.key_reference == key.reference) {
                shown.subject = certificate.certificate.subject;
            }
        }
        const drivers::KeyName* const name = reading.contents.find_name(key.reference);
        if (name != nullptr) shown.container_name = name->name;
        contents->keys.push_back(std::move(shown));
    }
    contents->label = label_of_card(*contents);
    return contents;
}

}  // namespace cardmux::token
