// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <stdlib.h>

#include "api/pkcs11/module/module_environment.h"

namespace cardmux::pkcs11 {

const char* secure_environment(const char* name) {
    return secure_getenv(name);
}

}  // namespace cardmux::pkcs11
