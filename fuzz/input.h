// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// A fuzzer's input, taken apart from the front, and a card made of what is left of it. Every choice
// comes from the input, so that the same input does the same again.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "iso7816/apdu.h"
#include "iso7816/apdu_channel.h"

namespace cardmux::fuzz {

/// Ends the run with a finding if something does not hold that has to.
inline void require(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "does not hold: %s\n", what);
    std::abort();
}

class Input {
  public:
    Input(const std::uint8_t* data, std::size_t size) : rest_(data, size) {}

    /// Zero at the end.
    std::uint8_t byte() {
        if (rest_.empty()) return 0;
        const std::uint8_t first = rest_[0];
        rest_ = rest_.subspan(1);
        return first;
    }

    /// As many bytes as the next two say (little-endian), or as there are.
    ByteView block() {
        const auto low = byte();
        const std::size_t size = low | static_cast<std::size_t>(byte()) << 8;
        const ByteView taken = rest_.first(std::min(size, rest_.size()));
        rest_ = rest_.subspan(taken.size());
        return taken;
    }

    ByteView rest() const { return rest_; }

  private:
    ByteView rest_;
};

/// Answers each command with the next block of the input, then breaks or repeats itself for ever.
class HostileCard final : public iso7816::ApduChannel {
  public:
    explicit HostileCard(Input& input) : goes_on_(input.byte() % 2 == 1), input_(input) {}

    Result<Bytes> transmit(ByteView command) override {
        require(iso7816::parse_command(command).ok(), "a command that we send can be read");
        require(++count_ <= count_max, "the conversation comes to an end");
        if (!input_.rest().empty()) {
            last_ = to_bytes(input_.block());
        } else if (!goes_on_) {
            return Error(ErrorCode::CardRemoved, "transmit");
        }
        return last_;
    }

  private:
    /// 40 objects of a PIV card, each in the 512 rounds that command_exchange allows, twice (6Cxx).
    static constexpr int count_max = 50000;
    bool goes_on_;
    Input& input_;
    Bytes last_;
    int count_ = 0;
};

}  // namespace cardmux::fuzz
