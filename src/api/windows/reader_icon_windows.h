// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The picture of a reader, as its driver's package has brought it.
#pragma once

#include <string>

#include "base/bytes.h"

namespace cardmux::api {

/// An icon file (Windows 8 and later). On a service connection of its own, for this one call.
///
/// reader    UTF-8
/// errors    ObjectNotFound: it has none, or the system does not know of icons; ServiceUnavailable
/// waits     for the smart card service
Result<Bytes> reader_icon(const std::string& reader);

}  // namespace cardmux::api
