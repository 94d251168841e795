// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "api/pkcs11/module/module_environment.h"
#include "transport/transport.h"

namespace cardmux::pkcs11 {

Result<provider::Environment> make_environment() {
    provider::Environment environment;
    environment.transport = transport::make_pcsc_transport();
    return environment;
}

}  // namespace cardmux::pkcs11
