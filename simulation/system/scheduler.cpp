// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "simulation/system/scheduler.h"

#include <pthread.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>

namespace cardmux::simulation {
namespace {

/// Some time after the machine started, so that "long ago" can be told from "never".
constexpr TimePoint beginning{std::chrono::seconds(1000)};

Scheduler* active_scheduler = nullptr;

}  // namespace

struct Scheduler::SimulatedThread {
    SimulatedThread() { sem_init(&baton, 0, 0); }
    ~SimulatedThread() { sem_destroy(&baton); }
    SimulatedThread(const SimulatedThread&) = delete;
    SimulatedThread& operator=(const SimulatedThread&) = delete;

    Scheduler* scheduler = nullptr;
    int number = 0;
    std::string name;
    std::function<void()> body;
    sem_t baton{};

    const char* waits_for = "its start";
    std::function<bool()> condition = [] { return true; };
    std::optional<TimePoint> until;
    TimePoint stopped_until{};
    std::uint64_t priority = 0;
    bool has_ended = false;

    ProcessNumber process = 0;
    int locks = 0;
    int service_calls = 0;
    bool is_killed = false;

    bool condition_holds() const { return condition(); }
};

namespace {
// A pointer to a type that is the scheduler's own business.
thread_local void* current_thread = nullptr;
}  // namespace

Scheduler::Scheduler(ScheduleOptions options)
    : options_(options),
      chance_(options.seed, "schedule"),
      now_(beginning),
      lowest_priority_(std::uint64_t{1} << 32) {
    for (unsigned i = 0; i < options_.priority_changes; ++i)
        priority_change_steps_.push_back(chance_.between(1, options_.steps_expected));
    std::sort(priority_change_steps_.begin(), priority_change_steps_.end());
}

Scheduler::~Scheduler() {
    // The real threads of those who were killed are still there.
    for (auto& thread : threads_) {
        if (thread->is_killed) (void)thread.release();
    }
}

Scheduler* Scheduler::active() {
    return active_scheduler;
}

void Scheduler::forget_after_fork() {
    active_scheduler = nullptr;
}

void Scheduler::run(const std::function<void()>& body) {
    auto first = std::make_unique<SimulatedThread>();
    current_thread = first.get();
    first->name = "main";
    add(std::move(first));
    active_scheduler = this;
    body();
    wait("the end of all threads", [this] { return living_.size() == 1; });
    active_scheduler = nullptr;
    current_thread = nullptr;
}

void Scheduler::fail(const std::string& problem) {
    if (report_) {
        report_(problem);
    } else {
        std::fprintf(stderr, "%s\n", problem.c_str());
    }
    std::fflush(nullptr);
    std::_Exit(1);
}

// ---- threads ------------------------------------------------------------------------------------

void Scheduler::add(std::unique_ptr<SimulatedThread> thread) {
    thread->scheduler = this;
    thread->number = static_cast<int>(threads_.size()) + 1;
    thread->priority = lowest_priority_ + 1 + chance_.below(std::uint64_t{1} << 60);
    living_.push_back(thread.get());
    threads_.push_back(std::move(thread));
}

int Scheduler::start(const std::string& name, std::function<void()> body) {
    auto thread = std::make_unique<SimulatedThread>();
    SimulatedThread& started = *thread;
    started.body = std::move(body);
    started.process = process();
    add(std::move(thread));
    started.name = name + "#" + std::to_string(started.number);
    pthread_t real{};
    const auto enter = [](void* argument) -> void* {
        auto* const self = static_cast<SimulatedThread*>(argument);
        self->scheduler->main(*self);
        return nullptr;
    };
    if (pthread_create(&real, nullptr, enter, &started) != 0) fail("no thread of the real system");
    pthread_detach(real);
    step();
    return started.number;
}

void Scheduler::main(SimulatedThread& thread) {
    current_thread = &thread;
    take_baton(thread);
    try {
        thread.body();
    } catch (...) {  // NOLINT(bugprone-empty-catch): as the real one does (sync_posix.cpp)
    }
    thread.body = nullptr;
    thread.has_ended = true;
    std::erase(living_, &thread);
    sem_post(&next().baton);
}

bool Scheduler::has_ended(int thread) const {
    return threads_.at(static_cast<std::size_t>(thread) - 1)->has_ended;
}

int Scheduler::thread() const {
    return static_cast<SimulatedThread*>(current_thread)->number;
}

const std::string& Scheduler::name_of(int thread) const {
    return threads_.at(static_cast<std::size_t>(thread) - 1)->name;
}

void Scheduler::count_lock(int change) {
    static_cast<SimulatedThread*>(current_thread)->locks += change;
}

void Scheduler::check_no_lock_held(const char* where) {
    const auto& self = *static_cast<SimulatedThread*>(current_thread);
    if (self.locks != 0) fail(self.name + " holds a lock at: " + where);
}

// ---- whose turn it is ---------------------------------------------------------------------------

bool Scheduler::wait(const char* what, std::function<bool()> condition,
                     std::optional<TimePoint> until) {
    auto& self = *static_cast<SimulatedThread*>(current_thread);
    self.waits_for = what;
    self.condition = std::move(condition);
    self.until = until;
    if (options_.stall_one_in != 0 && chance_.one_in(options_.stall_one_in)) stall(self);
    switch_from(self);
    self.until.reset();
    return self.condition_holds();
}

void Scheduler::stall(SimulatedThread& thread) {
    const auto longest = static_cast<std::uint64_t>(options_.stall_max.count());
    thread.stopped_until = now_ + Duration(static_cast<Duration::rep>(chance_.below(longest)));
}

void Scheduler::switch_from(SimulatedThread& from) {
    SimulatedThread& to = next();
    if (&to == &from) return;
    ++switches_;
    sem_post(&to.baton);
    take_baton(from);
}

void Scheduler::take_baton(SimulatedThread& thread) {
    while (sem_wait(&thread.baton) != 0 && errno == EINTR) {
    }
}

bool Scheduler::can_run(const SimulatedThread& thread) const {
    if (thread.is_killed && thread.service_calls == 0) return false;
    if (thread.stopped_until > now_) return false;
    return (thread.until && *thread.until <= now_) || thread.condition_holds();
}

Scheduler::SimulatedThread& Scheduler::next() {
    if (++steps_ > options_.steps_max) {
        fail("after " + std::to_string(steps_) + " steps still no end in sight (livelock?)" +
             who_waits_for_what());
    }
    now_ += options_.step_cost;
    change_priority();
    ready_.clear();
    for (;;) {
        std::copy_if(living_.begin(), living_.end(), std::back_inserter(ready_),
                     [this](const SimulatedThread* thread) { return can_run(*thread); });
        if (!ready_.empty()) break;
        if (!jump()) fail("deadlock: nobody can run" + who_waits_for_what());
    }
    SimulatedThread& chosen = options_.policy == Policy::Priorities
                                  ? most_important()
                                  : *ready_.at(chance_.below(ready_.size()));
    if (ready_.size() > 1) hash_.add(static_cast<std::uint64_t>(chosen.number));
    return chosen;
}

/// To the next moment at which somebody may run. False: there is none.
bool Scheduler::jump() {
    std::optional<TimePoint> earliest;
    for (const SimulatedThread* thread : living_) {
        if (thread->is_killed && thread->service_calls == 0) continue;
        const bool only_stopped = thread->stopped_until > now_ && thread->condition_holds();
        std::optional<TimePoint> when = only_stopped ? thread->stopped_until : thread->until;
        if (when) when = std::max(*when, thread->stopped_until);
        if (when && (!earliest || *when < *earliest)) earliest = when;
    }
    if (!earliest || *earliest <= now_) return false;
    now_ = *earliest;
    return true;
}

Scheduler::SimulatedThread& Scheduler::most_important() const {
    return **std::max_element(ready_.begin(), ready_.end(),
                              [](const SimulatedThread* a, const SimulatedThread* b) {
                                  return a->priority < b->priority;
                              });
}

void Scheduler::change_priority() {
    if (options_.policy != Policy::Priorities || priority_change_steps_.empty()) return;
    if (steps_ < priority_change_steps_.front()) return;
    priority_change_steps_.erase(priority_change_steps_.begin());
    static_cast<SimulatedThread*>(current_thread)->priority = --lowest_priority_;
}

bool Scheduler::wakes_without_cause() {
    return chance_.one_in(options_.spurious_wake_one_in);
}

std::string Scheduler::who_waits_for_what() const {
    std::string text;
    for (const SimulatedThread* thread : living_) {
        text += "\n  " + thread->name + " waits for " + thread->waits_for;
        if (thread->locks != 0) text += ", holds " + std::to_string(thread->locks) + " locks";
    }
    return text;
}

// ---- processes ----------------------------------------------------------------------------------

ProcessNumber Scheduler::process() const {
    return static_cast<SimulatedThread*>(current_thread)->process;
}

void Scheduler::set_process(ProcessNumber process) {
    static_cast<SimulatedThread*>(current_thread)->process = process;
}

void Scheduler::kill(ProcessNumber process) {
    killed_.push_back(process);
    for (SimulatedThread* thread : living_) thread->is_killed |= thread->process == process;
    std::erase_if(living_, [](SimulatedThread* thread) {
        const bool dies = thread->is_killed && thread->service_calls == 0;
        if (dies) thread->has_ended = true;
        return dies;
    });
}

void Scheduler::stop(ProcessNumber process, TimePoint until) {
    for (SimulatedThread* thread : living_) {
        if (thread->process == process) thread->stopped_until = until;
    }
}

bool Scheduler::is_alive(ProcessNumber process) const {
    return std::find(killed_.begin(), killed_.end(), process) == killed_.end();
}

ServiceCall::ServiceCall() {
    if (active_scheduler == nullptr) return;
    ++static_cast<Scheduler::SimulatedThread*>(current_thread)->service_calls;
}

ServiceCall::~ServiceCall() {
    if (active_scheduler == nullptr) return;
    auto& self = *static_cast<Scheduler::SimulatedThread*>(current_thread);
    if (--self.service_calls > 0 || !self.is_killed) return;
    Scheduler& scheduler = *active_scheduler;
    std::erase(scheduler.living_, &self);
    self.has_ended = true;
    scheduler.switch_from(self);  // for good
}

}  // namespace cardmux::simulation
