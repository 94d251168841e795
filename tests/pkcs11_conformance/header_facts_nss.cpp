// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <nss/pkcs11.h>
#include <nss/pkcs11n.h>

#include <cstddef>

#include "header_facts.h"

namespace header_facts {

Facts of_nss() {
    return {
#include "header_facts_common.inc"
#include "header_facts_nss.inc"
    };
}

}  // namespace header_facts
