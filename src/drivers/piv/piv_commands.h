// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The commands of the PIV card edge as calls: one function, one command, its answer with whatever
// status word the card gave. What a status word means is the driver's matter (piv_driver.cpp).
// Learns which command lengths the card takes.
#pragma once

#include <span>

#include "base/secret.h"
#include "iso7816/apdu.h"
#include "iso7816/apdu_channel.h"

namespace cardmux::drivers::piv {

class PivCommands {
  public:
    explicit PivCommands(ByteView atr);

    /// errors    those of ApduChannel::transmit and of exchange(), for each function here
    /// source    SP 800-73-4 part 2, 3.1.1
    Result<iso7816::ResponseApdu> select(iso7816::ApduChannel& channel, ByteView application_id);

    /// errors    as select
    /// source    SP 800-73-4 part 2, 3.1.2
    Result<iso7816::ResponseApdu> get_data(iso7816::ApduChannel& channel, std::uint32_t object);

    /// VERIFY without data: asks, and costs no try.
    ///
    /// errors    as select
    /// source    SP 800-73-4 part 2, 3.2.1
    Result<iso7816::ResponseApdu> verify_status(iso7816::ApduChannel& channel,
                                                std::uint8_t reference);

    /// VERIFY: a wrong PIN costs a try.
    ///
    /// pin       6..8 bytes, not padded
    /// errors    as select
    /// source    SP 800-73-4 part 2, 3.2.1
    Result<iso7816::ResponseApdu> verify(iso7816::ApduChannel& channel, std::uint8_t reference,
                                         const SecretBytes& pin);

    /// VERIFY with P1=FF: takes authority away.
    ///
    /// errors    as select
    /// source    SP 800-73-4 part 2, 3.2.1
    Result<iso7816::ResponseApdu> reset_authority(iso7816::ApduChannel& channel,
                                                  std::uint8_t reference);

    /// GENERAL AUTHENTICATE with `challenge`, asking for the response to it.
    ///
    /// returns   the answer as the card gave it: 7C { 82 .. }
    /// errors    as select
    /// source    SP 800-73-4 part 2, 3.2.4
    Result<iso7816::ResponseApdu> general_authenticate(iso7816::ApduChannel& channel,
                                                       std::uint8_t algorithm,
                                                       std::uint8_t key_reference,
                                                       ByteView challenge);

    /// GENERAL AUTHENTICATE for a key agreement with the holder of `point`.
    ///
    /// point     04, X, Y
    /// returns   the answer as the card gave it: 7C { 82 X }
    /// errors    as select
    /// source    SP 800-73-4 part 2, 3.2.4 and appendix A.4
    Result<iso7816::ResponseApdu> agree_on_key(iso7816::ApduChannel& channel,
                                               std::uint8_t algorithm, std::uint8_t key_reference,
                                               ByteView point);

    /// GENERAL AUTHENTICATE with a whole template: the management key's proofs.
    ///
    /// content   what is inside 7C
    /// errors    as select
    /// source    SP 800-73-4 part 2, 3.2.4 and appendix A.1
    Result<iso7816::ResponseApdu> authenticate_manager(iso7816::ApduChannel& channel,
                                                       std::uint8_t algorithm, ByteView content);

    /// content   what is to be inside 53; empty: the object is removed
    /// errors    as select
    /// source    SP 800-73-4 part 2, 3.3.1
    Result<iso7816::ResponseApdu> put_data(iso7816::ApduChannel& channel, std::uint32_t object,
                                           ByteView content);

    /// returns   the answer as the card gave it: 7F49 { .. }
    /// errors    as select
    /// waits     for the card to find primes
    /// source    SP 800-73-4 part 2, 3.3.2
    Result<iso7816::ResponseApdu> generate_key(iso7816::ApduChannel& channel,
                                               std::uint8_t key_reference, std::uint8_t algorithm);

    /// Yubico's IMPORT ASYMMETRIC KEY.
    ///
    /// content   the private key's parts; wiped, whatever becomes of it
    /// errors    as select
    /// source    developers.yubico.com/PIV
    Result<iso7816::ResponseApdu> import_key(iso7816::ApduChannel& channel,
                                             std::uint8_t key_reference, std::uint8_t algorithm,
                                             Bytes content);

    /// Yubico's MOVE KEY to nowhere, which deletes it.
    ///
    /// errors    as select
    /// source    developers.yubico.com/PIV
    Result<iso7816::ResponseApdu> delete_key(iso7816::ApduChannel& channel,
                                             std::uint8_t key_reference);

    /// A command of Yubico's without data.
    ///
    /// errors    as select
    /// source    developers.yubico.com/PIV
    Result<iso7816::ResponseApdu> yubico(iso7816::ApduChannel& channel, std::uint8_t ins,
                                         std::uint8_t p2);

  private:
    Result<iso7816::ResponseApdu> send_long(iso7816::ApduChannel& channel,
                                            const iso7816::CommandApdu& command);

    iso7816::LengthForm length_form_;
    bool extended_length_worked_ = false;
};

}  // namespace cardmux::drivers::piv
