// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// What the callers of a transaction manager and its owner thread share. Private to
// transaction_manager.cpp.
#pragma once

#include <array>
#include <deque>
#include <map>

#include "base/sync.h"
#include "transaction/card_link.h"
#include "transaction/transaction_manager.h"

namespace cardmux::transaction {

struct TransactionManager::Shared {
    /// One caller's request. Its fields are guarded by `state`, but for `work`, which only the
    /// owner calls.
    struct Pending {
        Request request;
        Work work;
        TimePoint requested_at = now();
        bool answered = false;
        std::optional<ErrorCode> code;
        std::optional<ErrorCode> thrown;  // what `work` threw instead of a result
        bool is_attended = true;          // somebody waits for it
        Condition changed;
    };

    struct State {
        explicit State(const ManagerSettings& settings)
            : machine(settings.machine), hold(settings.hold) {}
        CardMachine machine;
        Duration hold;
        std::deque<Decision> steps;  // for the owner to perform, in order
        std::map<RequestId, std::shared_ptr<Pending>> pending;
        std::array<std::optional<TimePoint>, timer_count> timers{};
        TimePoint last_progress = now();
        Duration running_limit = Duration::zero();  // of the operation on the card: Request's
        TimePoint next_look = now();
        RequestId next_id = 1;
        std::uint64_t left_count = 0;
        std::uint64_t insertion = 0;
        std::uint64_t ended_count = 0;  // transactions
        ManagerStatistics statistics;
        std::optional<ErrorCode>
            failure;  // something of ours threw: `machine` is not to be trusted
        bool stopping = false;
        bool owner_running = false;
        Thread owner;  // the last one that was started
    };

    Shared(std::shared_ptr<transport::Transport> transport, std::string reader_name,
           std::unique_ptr<OuterTurn> turn_, ManagerSettings settings_,
           std::shared_ptr<LogSink> log_)
        : settings(settings_),
          reader(reader_name),
          log(std::move(log_)),
          turn(std::move(turn_)),
          link(std::move(transport), std::move(reader_name), *turn, *log),
          state(LockRank::Queue, settings_) {}

    void feed(State& data, const Event& event) noexcept;
    void enqueue(State& data, RequestId id, const Request& request);
    void enqueue_aftercare(State& data, Aftercare aftercare);
    void apply(State& data, const Decision& decision);
    static void answer(State& data, RequestId id, std::optional<ErrorCode> code);
    Duration length_of(const State& data, Timer timer) const;
    void fire_due_timers(State& data);
    std::optional<TimePoint> next_timer(const State& data) const;

    /// The owner's part: waits for the next step.
    enum class Next : std::uint8_t { Perform, StartAnew, Leave };
    Next next_step(const Pending* until_answered, Decision& step);
    void perform_step(const Decision& step);
    std::optional<Event> carry_out(const Decision& step);
    Event run(RequestId id);
    std::optional<ErrorCode> call(Pending& pending);
    bool advance(const Pending* until_answered);
    void own(const Pending* until_answered);
    bool start_anew();
    void leave(State& data);
    static void wake_a_caller(State& data);
    void start_owner(State& data, const std::shared_ptr<Shared>& self) noexcept;

    void end_running_limit(State& data);
    Duration no_progress_limit(const State& data) const;
    TimePoint progress_limit(const State& data, const Pending& pending) const;
    std::optional<Error> reason_to_give_up(const State& data, const Pending& pending) const;
    void withdraw(State& data, RequestId id, ErrorCode code);
    static bool is_left_behind(const State& data);

    const ManagerSettings settings;
    const std::string reader;
    const std::shared_ptr<LogSink> log;
    const std::unique_ptr<OuterTurn> turn;  // owner thread only, where it says nothing else
    CardLink link;                          // owner thread only
    bool turn_taken = false;                // owner thread only
    Condition owner_wakes;
    Condition owner_gone;
    Condition step_ended;
    Guarded<State> state;
};

}  // namespace cardmux::transaction
