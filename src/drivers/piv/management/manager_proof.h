// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The card's management key (9B): where it is known from, and the proof to each other that both
// sides know it.
#pragma once

#include "base/random.h"
#include "drivers/piv/piv_access.h"

namespace cardmux::drivers::piv {

/// As CardManagement::authenticate.
///
/// errors    as there
/// source    SP 800-73-4 part 2, 3.2.4 and appendix A.1; developers.yubico.com/PIV
Result<void> prove_manager(PivAccess& access, iso7816::ApduChannel& channel, const SecretBytes* key,
                           RandomSource& random);

}  // namespace cardmux::drivers::piv
