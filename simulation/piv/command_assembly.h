// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The card's end of long commands and long answers: joins chained commands (CLA 10), hands answers
// out in pieces (61xx, GET RESPONSE), refuses lengths that the card does not know. ISO 7816-4,
// sections 5.1.1, 5.1.3 and 11.4. What the commands mean is not known here.
#pragma once

#include <optional>

#include "iso7816/apdu.h"

namespace cardmux::simulation {

class CommandAssembly {
  public:
    struct Lengths {
        bool extended = true;            ///< false: a command of extended length gets 6700
        bool answers_61_always = false;  ///< at most 256 bytes an answer, whatever was asked for
    };
    explicit CommandAssembly(Lengths lengths) : lengths_(lengths) {}

    /// One APDU as it came in: either it makes a command complete, or it is answered at once (a
    /// part of a chain, GET RESPONSE, an APDU that is none).
    struct Step {
        std::optional<iso7816::CommandApdu> command;  ///< to carry out, then call respond()
        iso7816::ResponseApdu response;               ///< the answer if there is no command
    };
    Step accept(ByteView apdu);

    /// The answer to the command that accept() gave out: as much as may be sent at once.
    iso7816::ResponseApdu respond(iso7816::ResponseApdu whole);

    /// Forgets parts of commands and answers.
    void reset();

  private:
    Step get_response(const iso7816::CommandApdu& command);
    Step join(iso7816::CommandApdu command);
    iso7816::ResponseApdu next_part(std::size_t size_max);

    Lengths lengths_;
    std::optional<iso7816::CommandApdu> chain_;
    std::size_t answer_size_max_ = 256;
    Bytes waiting_;
    std::uint16_t waiting_status_word_ = 0;
};

}  // namespace cardmux::simulation
