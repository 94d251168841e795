// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// One process in which time, threads, locks and chance come from a seed. Threads are real ones (so
// that thread_local, sanitizers and debuggers work), but only the one with the baton runs; it is
// passed on at every lock, wait, sleep, start and join (a transmit is several of these), to
// whom the seed chooses. When nobody can run, time jumps to the next deadline; when there is none
// either, that is a deadlock, and it is told who waits for what.
//
// The other files of this folder put it in the place of src/base/*_posix.cpp at link time
// (docs/decisions/0015_simulated_system.md). Between two such points a thread runs undisturbed:
// what races with nothing but atomics is for ThreadSanitizer to find.
//
//   Scheduler scheduler({.seed = 7});
//   scheduler.run([] { ... Thread::start, Mutex::lock, sleep_for ... });
#pragma once

#include <semaphore.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "simulation/system/seeded_random.h"

namespace cardmux::simulation {

enum class Policy : std::uint8_t {
    Uniform,  ///< each thread that can run is as likely as any other
    /// Always the most important one that can run; importance is drawn once for each thread, and
    /// now and then the one that runs becomes the least important. Finds errors that take few
    /// preemptions at the right places, with a known probability.
    ///
    /// source    Burckhardt et al., A Randomized Scheduler with Probabilistic Guarantees of Finding
    ///           Bugs, ASPLOS 2010 (PCT)
    Priorities,
};

struct ScheduleOptions {
    std::uint64_t seed = 1;
    Policy policy = Policy::Uniform;
    unsigned priority_changes = 3;         ///< of Policy::Priorities
    std::uint64_t steps_expected = 5'000;  ///< they lie within so many steps
    std::uint64_t steps_max = 3'000'000;   ///< beyond them nothing is getting done any more
    unsigned spurious_wake_one_in = 50;    ///< waits that wake without cause; 0: none
    unsigned stall_one_in = 0;             ///< steps after which a thread gets no processor
    Duration stall_max = std::chrono::milliseconds(50);
    Duration step_cost = std::chrono::microseconds(1);  ///< nothing takes no time at all
};

/// A process of the simulated world. Threads belong to that of the thread which started them.
using ProcessNumber = int;

class Scheduler {
  public:
    explicit Scheduler(ScheduleOptions options);
    ~Scheduler();
    Scheduler(const Scheduler&) = delete;
    Scheduler& operator=(const Scheduler&) = delete;

    /// The one that runs now; null outside run(), where the base layer behaves as with one thread.
    static Scheduler* active();
    /// A forked child is a world of one thread.
    static void forget_after_fork();

    /// Runs `body` as the first thread, and returns when all threads have ended.
    void run(const std::function<void()>& body);

    /// Called with what is wrong, instead of printing it; then the process ends with code 1: the
    /// other threads cannot be got rid of otherwise.
    void on_failure(std::function<void(const std::string&)> report) { report_ = std::move(report); }
    [[noreturn]] void fail(const std::string& problem);

    // For the base layer that stands on this.

    /// Waits until `condition` holds and the seed chooses this thread, or `until` has passed.
    /// Returns whether it holds. Evaluated by whichever thread has the baton.
    bool wait(const char* what, std::function<bool()> condition,
              std::optional<TimePoint> until = std::nullopt);
    /// Lets others run.
    void step() {
        wait("step", [] { return true; });
    }
    /// Number of the new thread; 0: the system has none to give.
    int start(const std::string& name, std::function<void()> body);
    bool has_ended(int thread) const;
    TimePoint now() const { return now_; }
    /// One of `count`, by the schedule's own stream of chance.
    std::uint64_t choose(std::uint64_t count) { return chance_.below(count); }
    bool wakes_without_cause();

    /// The current thread's, from 1. Names are unique ("card#2").
    int thread() const;
    const std::string& name_of(int thread) const;
    void count_lock(int change);
    /// Fails if the current thread holds a lock. In every build, unlike base's own check.
    void check_no_lock_held(const char* where);

    // Processes.

    ProcessNumber process() const;
    void set_process(ProcessNumber process);
    /// Its threads never run again. Who is inside the smart card service (ServiceCall) comes out of
    /// it first: the service is another process.
    void kill(ProcessNumber process);
    /// Its threads do not run until then (SIGSTOP).
    void stop(ProcessNumber process, TimePoint until);
    bool is_alive(ProcessNumber process) const;

    // What happened.

    std::uint64_t steps() const { return steps_; }
    std::uint64_t switches() const { return switches_; }
    /// Of all choices made: two runs with the same hash had the same interleaving.
    std::uint64_t schedule_hash() const { return hash_.value(); }

  private:
    friend class ServiceCall;
    struct SimulatedThread;

    void main(SimulatedThread& thread);
    SimulatedThread& next();
    bool can_run(const SimulatedThread& thread) const;
    bool jump();
    SimulatedThread& most_important() const;
    void change_priority();
    void switch_from(SimulatedThread& from);
    void stall(SimulatedThread& thread);
    void add(std::unique_ptr<SimulatedThread> thread);
    std::string who_waits_for_what() const;
    static void take_baton(SimulatedThread& thread);

    const ScheduleOptions options_;
    SeededRandom chance_;
    TimePoint now_;
    std::vector<std::unique_ptr<SimulatedThread>> threads_;  ///< by number - 1
    std::vector<SimulatedThread*> living_;
    std::vector<SimulatedThread*> ready_;               ///< of the choice at hand
    std::vector<std::uint64_t> priority_change_steps_;  ///< ascending
    std::uint64_t lowest_priority_;
    std::uint64_t steps_ = 0;
    std::uint64_t switches_ = 0;
    HashOfRun hash_;
    std::vector<ProcessNumber> killed_;
    std::function<void(const std::string&)> report_;
};

/// The current thread is inside the smart card service: it is not killed there.
class ServiceCall {
  public:
    ServiceCall();
    ~ServiceCall();
    ServiceCall(const ServiceCall&) = delete;
    ServiceCall& operator=(const ServiceCall&) = delete;
};

}  // namespace cardmux::simulation
