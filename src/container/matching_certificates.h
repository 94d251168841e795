// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Which of a card's keys a certificate is for, where a program hands over many at once.
#pragma once

#include <vector>

#include "container/container.h"

namespace cardmux::container {

/// A certificate, and the container whose key is in it.
struct MatchingCertificate {
    FoundContainer container;
    Bytes der;
};

/// Each certificate with its container, in the order of the certificates; those that the card has
/// already are left out.
///
/// ders      X.509
/// errors    DataInvalid: one is no certificate, or of a key that this card does not have, or there
///           are two different ones for one key
Result<std::vector<MatchingCertificate>> match_certificates(const CardInReader& card,
                                                            const std::vector<Bytes>& ders);

}  // namespace cardmux::container
