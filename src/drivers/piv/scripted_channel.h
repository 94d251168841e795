// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// For tests: a card that answers as a table says, and where the table says nothing as another card
// does. Remembers what it was sent.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "iso7816/apdu_channel.h"

namespace cardmux::drivers::piv {

class ScriptedChannel final : public iso7816::ApduChannel {
  public:
    using Card = std::function<Bytes(ByteView)>;

    /// `card` answers what the table does not; 6D00 without one.
    explicit ScriptedChannel(Card card = {}) : card_(std::move(card)) {}

    /// Commands that begin with `command` (hexadecimal; with $ at its end: that are just this) get
    /// `response`. Later lines come first.
    void answer(const std::string& command, const std::string& response) {
        lines_.insert(lines_.begin(), {command, from_hex(response).value_or({})});
    }
    /// Commands that begin so fail without an answer.
    void fail(const std::string& command, ErrorCode code) {
        lines_.insert(lines_.begin(), {command, Error(code, "ScriptedChannel")});
    }

    Result<Bytes> transmit(ByteView command) override {
        const std::string hex = to_hex(command);
        sent_.push_back(hex);
        for (const auto& [start, response] : lines_)
            if ((hex + "$").compare(0, start.size(), start) == 0) return response;
        if (card_) return card_(command);
        return Bytes{0x6D, 0x00};
    }

    /// The commands so far, as lower-case hexadecimal.
    const std::vector<std::string>& sent() const { return sent_; }
    void forget_sent() { sent_.clear(); }

    /// How many commands began so.
    std::size_t count(const std::string& start) const {
        std::size_t found = 0;
        for (const std::string& hex : sent_)
            if (hex.compare(0, start.size(), start) == 0) ++found;
        return found;
    }

  private:
    Card card_;
    std::vector<std::pair<std::string, Result<Bytes>>> lines_;
    std::vector<std::string> sent_;
};

}  // namespace cardmux::drivers::piv
