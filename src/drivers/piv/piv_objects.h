// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The contents of PIV data objects as values. Pure parsers of bytes that nobody vouches for: they
// send nothing. `data` is what follows tag and length of 53 (or 7E) in a card's answer.
#pragma once

#include <optional>

#include "base/bytes.h"
#include "crypto/public_key.h"
#include "drivers/card_driver.h"
#include "drivers/piv/piv_data_model.h"

namespace cardmux::drivers::piv {

struct Discovery {
    bool names_piv = false;  ///< the application it names is PIV
    bool global_pin_is_primary = false;
};

/// errors    CardDataMalformed
/// source    SP 800-73-4 part 1, 3.3.2
Result<Discovery> parse_discovery(ByteView data);

struct CardholderId {
    Bytes guid;    ///< 16 bytes; empty if the card has none, or only zeros
    Bytes fasc_n;  ///< 25 bytes; empty if the card has none, or one that all such cards share
};

/// errors    CardDataMalformed
/// source    SP 800-73-4 part 1, 3.1.2
Result<CardholderId> parse_chuid(ByteView data);

/// The certificate inside, uncompressed; none if the object is empty.
///
/// returns   DER, 64 KiB at most; not checked to be a certificate
/// errors    CardDataMalformed: damaged, or larger than that when uncompressed
/// source    SP 800-73-4 part 1, table 10 and appendix A (compression: RFC 1952)
Result<std::optional<Bytes>> parse_certificate_object(ByteView data);

/// A key as the standard has it in this place.
CardKey key_in(const Slot& slot, crypto::PublicKey public_key);

/// What a card stores for a certificate (CertInfo 0: as it is).
///
/// der       empty: nothing is stored
/// source    SP 800-73-4 part 1, table 10
Bytes certificate_object(ByteView der);

/// A public key as a card tells of it.
///
/// data      81 modulus, 82 exponent; or 86 04 X Y
/// errors    CardDataMalformed; NotSupported: an algorithm that we do not know
/// source    SP 800-73-4 part 2, table 11
Result<crypto::PublicKey> parse_public_key(std::uint8_t algorithm, ByteView data);

/// What Yubico's GET METADATA says of a key.
struct KeyMetadata {
    crypto::PublicKey public_key;
    std::optional<PinPolicy> pin_policy;  ///< none: the slot's own
};

/// errors    CardDataMalformed; NotSupported: an algorithm that we do not know
/// source    developers.yubico.com/PIV, "GET METADATA"
Result<KeyMetadata> parse_metadata(ByteView data);

/// The result inside an answer to GENERAL AUTHENTICATE; the view lives as long as `data` does.
///
/// errors    CardDataMalformed
/// source    SP 800-73-4 part 2, table 7
Result<ByteView> parse_authentication_response(ByteView data);

}  // namespace cardmux::drivers::piv
