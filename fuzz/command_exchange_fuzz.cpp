// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// A card that answers anything at all, for ever if it likes: the exchange ends, and returns no more
// than it promises.
#include "fuzz/input.h"
#include "iso7816/command_exchange.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace cardmux;
    fuzz::Input input(data, size);
    const bool is_short = input.byte() % 2 == 0;
    iso7816::CommandApdu command;
    command.cla = input.byte();
    command.ins = input.byte();
    command.expected_size = 1 + input.byte() * std::uint32_t{257};
    command.data = Bytes(input.byte() * std::size_t{5}, 0x5a);
    fuzz::HostileCard card(input);
    const auto response = iso7816::exchange(
        card, command, is_short ? iso7816::LengthForm::Short : iso7816::LengthForm::Extended);
    fuzz::require(!response.ok() || response->data.size() <= 65536,
                  "the answer is no longer than 64 KiB");
    return 0;
}
