// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Commands and responses that can be read at all are the same after writing and reading again.
#include "fuzz/input.h"
#include "iso7816/apdu.h"

namespace cardmux::fuzz {
namespace {

void check_command(ByteView bytes) {
    const auto command = iso7816::parse_command(bytes);
    if (!command.ok()) return;
    const auto encoded = iso7816::encode(*command, iso7816::LengthForm::Extended);
    require(encoded.ok(), "a command that was read can be written");
    require(encoded->size() <= bytes.size(), "it is written in its shortest form");
    const auto again = iso7816::parse_command(*encoded);
    require(again.ok() && again->cla == command->cla && again->ins == command->ins &&
                again->p1 == command->p1 && again->p2 == command->p2 &&
                again->data == command->data && again->expected_size == command->expected_size,
            "a command is the same after writing and reading");
}

void check_response(ByteView bytes) {
    const auto response = iso7816::parse_response(bytes);
    require(response.ok() == (bytes.size() >= 2), "two bytes and more are a response");
    if (response.ok()) require(equal(iso7816::encode(*response), bytes), "a response is its bytes");
}

}  // namespace
}  // namespace cardmux::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    cardmux::fuzz::check_command({data, size});
    cardmux::fuzz::check_response({data, size});
    return 0;
}
