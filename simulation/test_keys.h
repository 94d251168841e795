// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The public test keys of simulation/test_keys/, as text: PEM blocks ("PRIVATE KEY", PKCS#8), one
// after another. They protect nothing.
#pragma once

namespace cardmux::simulation {

extern const char* const test_keys_rsa2048_pem;
extern const char* const test_keys_rsa3072_pem;
extern const char* const test_keys_rsa4096_pem;

}  // namespace cardmux::simulation
