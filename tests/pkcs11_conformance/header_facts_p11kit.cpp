// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <p11-kit/pkcs11.h>
#include <p11-kit/pkcs11x.h>

#include <cstddef>

#include "header_facts.h"

namespace header_facts {

Facts of_p11kit() {
    return {
#include "header_facts_common.inc"
#include "header_facts_p11kit.inc"
    };
}

}  // namespace header_facts
