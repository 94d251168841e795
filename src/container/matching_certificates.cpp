// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "container/matching_certificates.h"

#include <map>

#include "crypto/certificate.h"

namespace cardmux::container {
namespace {

Error bad_certificate() {
    return Error(ErrorCode::DataInvalid, "find a certificate's key");
}

/// errors    DataInvalid: no key of the card's is in it
Result<FoundContainer> container_for(const CardInReader& card, ByteView der) {
    const auto certificate = crypto::parse_certificate(der);
    if (!certificate) return bad_certificate();
    const auto public_key = crypto::parse_public_key_info(certificate->public_key_info);
    if (!public_key) return bad_certificate();
    for (const Container& container : containers_of(*card.contents)) {
        FoundContainer found{card, container};
        if (found.key().key.public_key == *public_key) return found;
    }
    return bad_certificate();
}

}  // namespace

Result<std::vector<MatchingCertificate>> match_certificates(const CardInReader& card,
                                                            const std::vector<Bytes>& ders) {
    std::map<std::uint8_t, Bytes> of_keys;
    std::vector<MatchingCertificate> matching;
    for (const Bytes& der : ders) {
        CARDMUX_TRY_ASSIGN(FoundContainer found, container_for(card, der));
        const auto [other, is_first] = of_keys.emplace(found.container.key_reference, der);
        if (!is_first && other->second != der) return bad_certificate();
        const token::TokenCertificate* const there = found.certificate();
        const bool is_there = there != nullptr && there->certificate.der == der;
        if (is_first && !is_there) matching.push_back({std::move(found), der});
    }
    return matching;
}

}  // namespace cardmux::container
