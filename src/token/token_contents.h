// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// From what a card holds to what applications see of it: names, ids, parsed certificates.
#pragma once

#include "token/card_side.h"
#include "token/token.h"

namespace cardmux::token {

/// Objects that cannot be parsed are left out and named in the log.
std::shared_ptr<const TokenContents> make_contents(const CardSide::Reading& reading, LogSink& log);

/// CKA_ID of a key reference: 01 for 9A, 02 for 9C, 03 for 9D, 04 for 9E, 05..18 for 82..95.
Bytes id_of_key(std::uint8_t reference);

/// The key reference whose CKA_ID this is; none if it is no place's.
std::optional<std::uint8_t> reference_of_id(ByteView id);

/// "PIV Authentication" for 9A, and so on (SP 800-73-4 part 1, table 4b).
std::string label_of_key(std::uint8_t reference);

}  // namespace cardmux::token
