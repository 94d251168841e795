// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <cstddef>

#include "api/pkcs11/pkcs11.h"
#include "header_facts.h"

namespace header_facts {

Facts of_cardmux_shared_with_p11kit() {
    return {
#include "header_facts_common.inc"
#include "header_facts_p11kit.inc"
    };
}

Facts of_cardmux_shared_with_nss() {
    return {
#include "header_facts_common.inc"
#include "header_facts_nss.inc"
    };
}

}  // namespace header_facts
