// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Which world this module lives in. Two implementations, one for each shared object that we build:
// the real one cannot be switched to the other by anything but linking.
#pragma once

#include "provider/environment.h"

namespace cardmux::pkcs11 {

/// The transport and randomness; log and threads are the caller's to fill in. Connects to nothing.
///
/// errors    InvalidArgument: what the environment asks for cannot be made
Result<provider::Environment> make_environment();

/// An environment variable, or null; always null in a program that runs with raised privileges.
const char* secure_environment(const char* name);

}  // namespace cardmux::pkcs11
