// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Who is served while others wait, and whether the card works all that time. Fairness and speed are
// promised among the clients of one process where nothing goes wrong, and are told by counts and
// by virtual time: computing costs none of it worth the name, commands do.
#pragma once

#include <map>
#include <vector>

#include "simulation/world/world.h"

namespace cardmux::simulation {

class ServedClients {
  public:
    /// is_judged     false: only counts
    ServedClients(World& world, bool is_judged)
        : world_(world), is_judged_(is_judged), by_reader_(world.readers().size()) {}

    /// The current thread asks for one operation of the card.
    void begin(const WorldReader& reader);
    /// ... and has been served. Fails if another client was served too often meanwhile (G3).
    void end(const WorldReader& reader);
    /// Fails if the card idled while somebody waited (G8).
    void expect_busy() const;

  private:
    struct PerReader {
        std::map<int, std::uint64_t> served;                   ///< by thread
        std::map<int, std::map<int, std::uint64_t>> at_begin;  ///< who waits: what it was then
        int waiting = 0;
        TimePoint since{};
        Duration busy_before = Duration::zero();
        Duration wanted = Duration::zero();  ///< time in which somebody waited
        Duration busy = Duration::zero();    ///< of it, the card was at work
    };
    PerReader& of(const WorldReader& reader);

    World& world_;
    const bool is_judged_;
    std::vector<PerReader> by_reader_;
};

}  // namespace cardmux::simulation
