// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <stdlib.h>

#include "provider/process_variable.h"

namespace cardmux::provider {

const char* process_variable(const char* name) {
    return secure_getenv(name);
}

std::string ignored_variables() {
    return {};
}

}  // namespace cardmux::provider
