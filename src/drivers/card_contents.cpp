// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <algorithm>

#include "drivers/card_driver.h"

namespace cardmux::drivers {
namespace {

template <typename Part>
const Part* find(const std::vector<Part>& parts, std::uint8_t reference,
                 std::uint8_t Part::*place) {
    const auto found = std::ranges::find(parts, reference, place);
    return found == parts.end() ? nullptr : &*found;
}

}  // namespace

const CardKey* CardContents::find_key(std::uint8_t reference) const {
    return find(keys, reference, &CardKey::reference);
}

const CardCertificate* CardContents::find_certificate(std::uint8_t reference) const {
    return find(certificates, reference, &CardCertificate::key_reference);
}

const KeyName* CardContents::find_name(std::uint8_t reference) const {
    return find(names, reference, &KeyName::key_reference);
}

}  // namespace cardmux::drivers
