// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// What befalls a simulated world: persons who pull cards and unplug readers, other programs, a
// service that dies, processes that are killed. Does what the fault plan says, on a thread of its
// own or at the place where it strikes, and puts it right again after a while.
#pragma once

#include <functional>
#include <vector>

#include "base/sync.h"
#include "simulation/world/world.h"

namespace cardmux::simulation {

class Nature {
  public:
    explicit Nature(World& world) : world_(world) {}

    /// Which processes may be killed and stopped; `killed` cleans up after one.
    void may_strike(ProcessNumber process) { victims_.push_back(process); }
    void on_kill(std::function<void(ProcessNumber)> clean_up) { clean_up_ = std::move(clean_up); }

    /// Starts the thread.
    void start();
    /// Nothing goes wrong any more; waits until all is put right.
    void finish();

    /// Something goes wrong with this reader, now.
    void strike(Fault fault, WorldReader& reader);

  private:
    struct Due {
        TimePoint when{};
        std::function<void()> action;
    };
    void live();
    void strike_somewhere();
    void later(Duration after, std::function<void()> action);
    bool run_due();
    std::optional<TimePoint> next_due() const;
    void note_possible_loss(Fault fault, WorldReader& reader);
    void carry_out(Fault fault, WorldReader& reader);
    void take_away(Fault fault, WorldReader& reader);
    void change_pin(WorldReader& reader);
    void send_foreign_program(Fault fault, WorldReader& reader);
    void strike_process(Fault fault);

    World& world_;
    Thread thread_;
    std::vector<Due> agenda_;
    bool agenda_changed_ = false;
    int striking_ = 0;  ///< threads inside strike()
    std::vector<ProcessNumber> victims_;
    std::function<void(ProcessNumber)> clean_up_;
    std::vector<Thread> foreign_programs_;
};

}  // namespace cardmux::simulation
