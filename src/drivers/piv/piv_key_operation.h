// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// One use of a private key: which algorithm, what exactly the card is to compute on, what its
// answer means. Checks no PIN and no result.
#pragma once

#include "drivers/card_driver.h"
#include "drivers/piv/piv_commands.h"

namespace cardmux::drivers::piv {

/// The card's number for a kind of key.
///
/// errors    NotSupported: a size that no card has
/// source    SP 800-78-4 table 6-2; Yubico's for RSA 4096
Result<std::uint8_t> algorithm_of(const crypto::KeyKind& kind);

/// input     RSA: modulus-size bytes, big-endian. EC: the hash; of a longer one the leftmost
///           field-size bytes count
/// returns   RSA: modulus-size bytes. EC: r and s joined, each field-size bytes, big-endian
/// errors    DataSizeInvalid, NotSupported (the key's size); SecurityNotSatisfied, KeyNotFound,
///           CardRefused, CardDataMalformed; those of ApduChannel::transmit
/// waits     for the card's computing, perhaps for a touch
/// source    SP 800-73-4 part 2, 3.2.4 and appendix A; quirk P9 in docs/cards/piv.md
Result<Bytes> operate_with_key(PivCommands& commands, iso7816::ApduChannel& channel,
                               const CardKey& key, ByteView input);

/// The key agreement of an EC key.
///
/// point     04, X, Y: 1 + 2 * field-size bytes
/// returns   X of the product, field-size bytes, big-endian
/// errors    DataSizeInvalid; NotSupported: not an EC key; as operate_with_key
/// waits     as operate_with_key
/// source    SP 800-73-4 part 2, 3.2.4 and appendix A.4
Result<SecretBytes> derive_with_key(PivCommands& commands, iso7816::ApduChannel& channel,
                                    const CardKey& key, ByteView point);

}  // namespace cardmux::drivers::piv
