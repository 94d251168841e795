// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// What happened in a run, one line an event: time, client, step, card, epoch, turn, result
// (docs/simulation.md says how to read it). Its hash covers every line, also those that are no
// longer kept. Whoever writes a line sees to it that no PIN is in it: steps name commands, never
// their data.
#pragma once

#include <cstdint>
#include <deque>
#include <string>

#include "base/clock.h"
#include "simulation/system/seeded_random.h"

namespace cardmux::simulation {

struct TraceLine {
    TimePoint time{};
    std::string client;  ///< the thread
    std::string step;
    std::string card;         ///< "0:1": reader 0, serial number 1; "-": none
    std::uint64_t epoch = 0;  ///< of the reader: changes whenever its card's state may have
    std::string turn;         ///< the process that has the outer turn of the reader; "-": none
    std::string result;

    std::string text() const;
};

class Trace {
  public:
    /// kept      how many lines are kept, the last ones; 0: all
    explicit Trace(std::size_t kept) : kept_(kept) {}

    void add(const TraceLine& line);
    const std::deque<std::string>& lines() const { return lines_; }
    std::uint64_t count() const { return count_; }
    std::uint64_t hash() const { return hash_.value(); }

    static const char* header();

  private:
    const std::size_t kept_;
    std::deque<std::string> lines_;
    std::uint64_t count_ = 0;
    HashOfRun hash_;
};

}  // namespace cardmux::simulation
