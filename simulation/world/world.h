// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// One simulated world: readers and cards, the seed's schedule and faults, the trace, and what the
// checkers keep an eye on. Everything in it is touched by the thread with the baton only, so there
// are no locks here.
//
//   World world(options);
//   world.run([&] { start processes and clients, join them });
//   world.report()
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "simulation/fault_plan.h"
#include "simulation/simulated_piv_card.h"
#include "simulation/simulated_transport.h"
#include "simulation/system/scheduler.h"
#include "simulation/world/canary.h"
#include "simulation/world/trace.h"

namespace cardmux::simulation {

struct WorldOptions {
    std::uint64_t seed = 1;
    FaultPlan::Mode faults = FaultPlan::Mode::Swarm;
    std::uint64_t sweep_step = 0;
    std::size_t trace_lines_kept = 60;  ///< 0: all
    Canary canary = Canary::None;
};

/// A reader, and what is known of what belongs in it.
struct WorldReader {
    std::string name;
    std::shared_ptr<SimulatedPivCard> home;   ///< the card that belongs in it
    std::shared_ptr<SimulatedPivCard> spare;  ///< another one, with other keys
    std::string pin;                          ///< of the card at home, as it is now
    std::uint64_t epoch = 0;
    std::string turn = "-";

    // What the checker of PIN tries knows (G6).
    std::uint64_t tries_allowed = 0;  ///< that may have been spent so far
    int explicit_logins = 0;          ///< under way: each may spend one

    Duration busy = Duration::zero();  ///< in commands
    const void* holder = nullptr;      ///< which connection has a transaction (G2)
};

struct RunCounts {
    std::uint64_t operations = 0;  ///< calls of clients
    std::uint64_t signatures = 0;  ///< right ones
    std::uint64_t errors = 0;      ///< calls that ended with an error, as they may
    std::uint64_t apdus = 0;
    std::map<std::string, std::uint64_t> faults;
    std::map<std::string, std::uint64_t> results;  ///< by name
};

class World {
  public:
    explicit World(const WorldOptions& options);
    ~World();
    World(const World&) = delete;
    World& operator=(const World&) = delete;

    /// The one that runs; null if none does.
    static World* current();

    void run(const std::function<void()>& body);

    Scheduler& scheduler() { return scheduler_; }
    SeededRandom& chance() { return chance_; }
    FaultPlan& plan() { return plan_; }
    Trace& trace() { return trace_; }
    RunCounts& counts() { return counts_; }
    const WorldOptions& options() const { return options_; }
    bool has(Canary canary) const { return options_.canary == canary; }
    SimulatedTransport& transport() { return *transport_; }
    std::vector<WorldReader>& readers() { return readers_; }
    WorldReader* find_reader(const std::string& name);

    /// Something happened that may end a login, once: a fault that callers may notice.
    void note_login_loss() { login_losses_.push_back(scheduler_.steps()); }
    const std::vector<std::uint64_t>& login_losses() const { return login_losses_; }

    /// Writes a line for the current thread. `reader` null: concerns none.
    void note(const std::string& step, const WorldReader* reader, const std::string& result);

    /// A promise is broken: tells so, with the trace, and ends the process.
    [[noreturn]] void fail(const std::string& problem);
    void expect(bool holds, const std::string& problem) {
        if (!holds) fail(problem);
    }

    /// The first line of what a failure prints: how to see it again.
    std::string replay_line() const;

  private:
    void add_reader(int index);
    PivCardOptions card_options(std::uint32_t serial);

    const WorldOptions options_;
    SeededRandom chance_;
    FaultPlan plan_;
    Scheduler scheduler_;
    Trace trace_;
    RunCounts counts_;
    std::shared_ptr<SimulatedTransport> transport_;
    std::vector<WorldReader> readers_;
    std::vector<std::uint64_t> login_losses_;  ///< steps
};

}  // namespace cardmux::simulation
