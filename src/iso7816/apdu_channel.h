// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The way to a card for everything that speaks APDUs. A driver takes an ApduChannel& and never sees
// a reader, a lock, a retry or another client.
#pragma once

#include "base/bytes.h"

namespace cardmux::iso7816 {

class ApduChannel {
  public:
    virtual ~ApduChannel() = default;

    /// Sends one encoded command APDU and returns the encoded response (data and status word, 2
    /// bytes at least). Status words are not errors here.
    ///
    /// errors    CardReset, CardRemoved, ReaderUnavailable, ServiceUnavailable, CardUnresponsive
    /// waits     as long as the card computes; no limit of its own
    virtual Result<Bytes> transmit(ByteView command) = 0;
};

}  // namespace cardmux::iso7816
