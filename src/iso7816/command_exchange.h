// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// One logical command, however many APDUs it takes: command chaining, extended length, GET RESPONSE
// (61xx) and the second try with the right Le (6Cxx). ISO 7816-4, sections 5.1.1, 5.1.3 and 11.4.
#pragma once

#include "iso7816/apdu.h"
#include "iso7816/apdu_channel.h"

namespace cardmux::iso7816 {

/// Sends `command` and collects the whole response.
///
/// form      Extended: one APDU, however long. Short: data above 255 bytes are chained (CLA 10)
/// returns   all response data joined, and the last status word, whatever it is
/// errors    those of ApduChannel::transmit; CardDataMalformed: an answer of more than 64 KiB, or
///           more GET RESPONSE rounds than that needs (a card that never ends does not hold us up)
Result<ResponseApdu> exchange(ApduChannel& channel, const CommandApdu& command, LengthForm form);

}  // namespace cardmux::iso7816
