// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The text of a name in a certificate, whichever of ASN.1's many string types it was written in
// (RFC 5280, section 4.1.2.4; ITU-T X.690, section 8.23). Private to src/crypto.
#pragma once

#include <string>

#include "crypto/der.h"

namespace cardmux::crypto {

/// A string of any kind as UTF-8; empty if it is none, or holds what is no Unicode character. A
/// T61String (TeletexString) is read as Latin-1, as everybody writes it.
std::string utf8_of(const der::Element& element);

}  // namespace cardmux::crypto
