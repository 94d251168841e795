// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "transaction/transaction_manager.h"

#include <algorithm>

#include "base/acting_for_process.h"
#include "base/last_catch.h"
#include "transaction/manager_shared.h"

namespace cardmux::transaction {
namespace {

/// How often an idle hold looks whether another process waits: at most this long is it kept
/// waiting.
constexpr Duration wanted_interval = std::chrono::milliseconds(5);

bool is_in_transaction(Phase phase) {
    return phase == Phase::Held || phase == Phase::Operating || phase == Phase::Ending;
}

}  // namespace

// ---- events and decisions -----------------------------------------------------------------------

/// Where memory runs out half-way, the machine's view and ours may differ: the owner starts anew.
void TransactionManager::Shared::feed(State& data, const Event& event) noexcept {
    if (data.failure) return;
    try {
        for (const Decision& decision : data.machine.handle(event)) apply(data, decision);
    } catch (...) {
        data.failure = code_of_current_exception();
    }
    if (!data.steps.empty() || data.failure) owner_wakes.notify_one();
}

void TransactionManager::Shared::answer(State& data, RequestId id, std::optional<ErrorCode> code) {
    const auto found = data.pending.find(id);
    if (found == data.pending.end()) return;
    Pending& pending = *found->second;
    pending.answered = true;
    pending.code = code ? code : pending.thrown;
    pending.changed.notify_one();
    data.pending.erase(found);
}

/// The turn may have been asked for when only bulk requests waited: then other processes learn now
/// that it hurries.
void TransactionManager::Shared::enqueue(State& data, RequestId id, const Request& request) {
    feed(data, Requested{id, request.client, request.service_class});
    if (request.service_class != ServiceClass::Interactive) return;
    if (data.machine.phase() != Phase::WaitingTurn) return;
    for (Decision& step : data.steps) {
        auto* take = std::get_if<TakeTurn>(&step);
        if (take == nullptr) continue;
        take->service_class = ServiceClass::Interactive;  // not asked for yet
        return;
    }
    turn->hurry();
}

/// As a request of nobody's. Without threads of ours there would be nobody to carry it out, and
/// whoever comes next does it anyway.
void TransactionManager::Shared::enqueue_aftercare(State& data, Aftercare aftercare) {
    if (!aftercare || !settings.may_create_threads || data.stopping) return;
    const auto pending = std::make_shared<Pending>();
    pending->request.operation = "put the card in order";
    pending->is_attended = false;
    pending->work = [aftercare = std::move(aftercare)](CardTransaction& card) {
        const auto done = aftercare(card);
        return done ? std::nullopt : std::optional(done.error().code);
    };
    const RequestId id = data.next_id++;
    data.pending.emplace(id, pending);
    enqueue(data, id, pending->request);
}

/// Answers and timers are dealt with at once; the rest waits for the owner.
void TransactionManager::Shared::apply(State& data, const Decision& decision) {
    if (const auto* given = std::get_if<Answer>(&decision)) {
        answer(data, given->id, given->code);
    } else if (const auto* arm = std::get_if<Arm>(&decision)) {
        data.timers.at(static_cast<std::size_t>(arm->timer)) = now() + length_of(data, arm->timer);
        owner_wakes.notify_one();
    } else if (const auto* disarm = std::get_if<Disarm>(&decision)) {
        data.timers.at(static_cast<std::size_t>(disarm->timer)).reset();
    } else {
        data.steps.push_back(decision);
    }
}

Duration TransactionManager::Shared::length_of(const State& data, Timer timer) const {
    switch (timer) {
        case Timer::Hold:
            return data.hold;
        case Timer::TurnBound:
            return std::max(Duration::zero(), turn->busy_since() + settings.turn_bound - now());
        case Timer::QuantumMinimum:
            return settings.quantum_minimum;
        case Timer::Gap:
            return foreign_gap;
        case Timer::Retry:
            return settings.retry;
        case Timer::RideThrough:
            return settings.ride_through;
        case Timer::Idle:
            return settings.idle;
    }
    return Duration::zero();
}

void TransactionManager::Shared::fire_due_timers(State& data) {
    for (std::size_t i = 0; i < timer_count; ++i) {
        auto& timer = data.timers.at(i);
        if (!timer || *timer > now()) continue;
        timer.reset();
        const auto which = static_cast<Timer>(i);
        if (which == Timer::Gap) {
            turn->gap_left();
            ++data.statistics.gaps;
        }
        feed(data, TimerFired{which});
    }
}

std::optional<TimePoint> TransactionManager::Shared::next_timer(const State& data) const {
    std::optional<TimePoint> next;
    for (const auto& timer : data.timers) {
        if (timer && (!next || *timer < *next)) next = timer;
    }
    if (data.machine.phase() == Phase::Held) {
        next = next ? std::min(*next, data.next_look) : data.next_look;
    }
    return next;
}

// ---- the owner's part ---------------------------------------------------------------------------

TransactionManager::Shared::Next TransactionManager::Shared::next_step(
    const Pending* until_answered, Decision& step) {
    auto data = state.lock();
    for (;;) {
        fire_due_timers(*data);
        if (data->machine.phase() == Phase::Held && now() >= data->next_look) {
            data->next_look = now() + wanted_interval;
            const OuterTurn::Wanted wanted = turn->wanted();
            if (wanted.by_anybody) feed(*data, TurnWanted{true, wanted.by_interactive});
        }
        if (data->failure) return Next::StartAnew;
        const Phase phase = data->machine.phase();
        const bool at_rest =
            phase == Phase::Stopped ||
            (phase == Phase::Idle && (!data->machine.is_connected() || until_answered != nullptr));
        const bool others_take_over =
            until_answered != nullptr && until_answered->answered && !data->pending.empty();
        if ((at_rest && data->steps.empty()) || others_take_over) {
            leave(*data);
            return Next::Leave;
        }
        if (!data->steps.empty()) {
            step = data->steps.front();
            data->steps.pop_front();
            return Next::Perform;
        }
        const auto next = next_timer(*data);
        data.wait(owner_wakes, next ? Deadline::at(*next) : Deadline::never());
    }
}

/// Carries a step out with no lock held, then tells the machine what came of it.
void TransactionManager::Shared::perform_step(const Decision& step) {
    const std::optional<Event> event = carry_out(step);
    const bool operated = std::holds_alternative<Run>(step);
    const OuterTurn::Wanted wanted = operated ? turn->wanted() : OuterTurn::Wanted{};
    auto data = state.lock();
    data->insertion = link.insertion();
    if (std::holds_alternative<TakeTurn>(step)) ++data->statistics.turns;
    if (std::holds_alternative<Begin>(step)) ++data->statistics.transactions;
    if (std::holds_alternative<Reconnect>(step)) ++data->statistics.reconnects;
    if (operated) {
        data->last_progress = now();
        end_running_limit(*data);
        ++data->statistics.operations;
        data->statistics.apdus += link.apdu_count();
        if (link.loss()) ++data->statistics.interrupted;
        feed(*data, TurnWanted{wanted.by_anybody, wanted.by_interactive});
        enqueue_aftercare(*data, link.take_aftercare());
    }
    if (event) feed(*data, *event);
    if (std::holds_alternative<End>(step)) ++data->ended_count;
    step_ended.notify_all();
}

/// Who waits by the longer limit looks again how long it may.
void TransactionManager::Shared::end_running_limit(State& data) {
    if (data.running_limit == Duration::zero()) return;
    data.running_limit = Duration::zero();
    for (const auto& [id, pending] : data.pending) pending->changed.notify_one();
}

std::optional<Event> TransactionManager::Shared::carry_out(const Decision& step) {
    if (const auto* take = std::get_if<TakeTurn>(&step)) {
        turn_taken = true;  // also if it throws half-way
        const auto taken = turn->take(take->service_class);
        if (!taken) {
            // PC/SC's own lock still keeps us apart; only order and speed between processes suffer.
            LogLine(*log, LogLevel::Warning, "turn").with("reader", reader).with(taken.error());
        }
        return TurnGained{now() - turn->busy_since() >= settings.turn_bound};
    }
    if (std::holds_alternative<GiveTurn>(step)) {
        turn->give();
        turn_taken = false;
        return std::nullopt;
    }
    if (std::holds_alternative<Begin>(step)) {
        const auto failure = link.begin();
        if (failure) return BeginFailed{failure->code, failure->connected};
        return Begun{};
    }
    if (const auto* run_step = std::get_if<Run>(&step)) return run(run_step->id);
    if (std::holds_alternative<End>(step)) {
        link.end();
        return Ended{};
    }
    if (const auto* reconnect = std::get_if<Reconnect>(&step)) {
        const auto failure = link.reconnect(reconnect->unpower);
        if (failure) return ReconnectFailed{failure->code};
        return Reconnected{};
    }
    link.disconnect();
    return std::nullopt;
}

Event TransactionManager::Shared::run(RequestId id) {
    std::shared_ptr<Pending> pending;
    {
        auto data = state.lock();
        const auto found = data->pending.find(id);
        if (found != data->pending.end()) {
            pending = found->second;
            data->running_limit = pending->request.no_progress_limit;
        }
    }
    link.start_operation();
    if (!pending) return Finished{};  // its caller gave up after the machine had granted it
    const TimePoint started = now();
    const std::optional<ErrorCode> code = call(*pending);
    LogLine(*log, LogLevel::Info, "operation")
        .with("reader", reader)
        .with("client", pending->request.client)
        .with("card", pending->request.card)
        .with("name", pending->request.operation)
        .with("key", pending->request.key)
        .with("wait_ms", milliseconds(started - pending->requested_at))
        .with("card_ms", milliseconds(now() - started))
        .with("apdus", std::uint64_t{link.apdu_count()})
        .with("epoch", link.epoch())
        .with("result", code ? cardmux::name_of(*code) : "ok");
    if (!link.loss()) return Finished{};
    const bool repeatable = code && is_loss(*code);
    return Finished{repeatable ? Outcome::LostRepeatable : Outcome::LostFinal, *link.loss()};
}

/// A work that throws has a caller who is told so; nobody else notices.
std::optional<ErrorCode> TransactionManager::Shared::call(Pending& pending) {
    ErrorCode thrown{};
    try {
        return pending.work(link);
    } catch (...) {
        thrown = code_of_current_exception();
    }
    link.doubt_state();
    auto data = state.lock();
    pending.thrown = thrown;
    return thrown;
}

/// One step of the owner's, or a fresh start. False: the owner has left.
bool TransactionManager::Shared::advance(const Pending* until_answered) {
    Decision step;
    switch (next_step(until_answered, step)) {
        case Next::Perform:
            perform_step(step);
            return true;
        case Next::StartAnew:
            return start_anew();
        case Next::Leave:
            break;
    }
    return false;
}

/// The owner: until there is nothing left to do. What it does may throw (memory); then it starts
/// anew, and if not even that can be done, it ends and the next one does.
void TransactionManager::Shared::own(const Pending* until_answered) {
    for (bool goes_on = true; goes_on;) {
        try {
            goes_on = advance(until_answered);
        } catch (...) {
            auto data = state.lock();
            goes_on = !data->failure;  // else it was the fresh start that failed
            data->failure = code_of_current_exception();
            if (!goes_on) leave(*data);
        }
    }
}

/// Answers everybody, lets the card and the turn go, and forgets all plans. Whoever comes meanwhile
/// is served by the fresh machine. False: that failed, too, and the owner has left.
bool TransactionManager::Shared::start_anew() {
    ErrorCode failure{};
    {
        auto data = state.lock();
        failure = *data->failure;
        while (!data->pending.empty()) answer(*data, data->pending.begin()->first, failure);
    }
    LogLine(*log, LogLevel::Error, "start_anew")
        .with("reader", reader)
        .with(Error(failure, "decide whose turn it is"));
    link.disconnect();
    if (turn_taken) turn->give();
    turn_taken = false;
    auto data = state.lock();
    data->machine = CardMachine(settings.machine);
    data->steps.clear();
    data->timers.fill(std::nullopt);
    data->failure.reset();
    end_running_limit(*data);
    step_ended.notify_all();
    for (const auto& [id, pending] : data->pending) {
        feed(*data, Requested{id, pending->request.client, pending->request.service_class});
    }
    if (data->stopping) feed(*data, StopAsked{});
    if (data->failure) leave(*data);
    return !data->failure;
}

void TransactionManager::Shared::leave(State& data) {
    data.owner_running = false;
    owner_gone.notify_all();
    wake_a_caller(data);
}

/// Where callers do the work: with no owner, one of those who wait takes its part.
void TransactionManager::Shared::wake_a_caller(State& data) {
    if (data.owner_running) return;
    for (const auto& [id, pending] : data.pending) {
        if (!pending->is_attended) continue;
        pending->changed.notify_one();
        return;
    }
}

void TransactionManager::Shared::start_owner(State& data,
                                             const std::shared_ptr<Shared>& self) noexcept {
    if (data.owner_running || !settings.may_create_threads) return;
    data.owner.join();  // the one before: it has nothing left to do and takes no lock
    try {
        data.owner_running = data.owner.start("cardmux-card", [self] { self->own(nullptr); });
    } catch (...) {
        data.owner_running = false;  // no memory: the caller does the work itself
    }
}

// ---- the callers' part --------------------------------------------------------------------------

TransactionManager::TransactionManager(std::shared_ptr<transport::Transport> transport,
                                       std::string reader, std::unique_ptr<OuterTurn> turn,
                                       ManagerSettings settings, std::shared_ptr<LogSink> log) {
    settings.machine.holds = settings.may_create_threads && settings.hold > Duration::zero();
    settings.machine.rides_through = settings.ride_through > Duration::zero();
    shared_ = std::make_shared<Shared>(std::move(transport), std::move(reader), std::move(turn),
                                       settings, std::move(log));
}

TransactionManager::~TransactionManager() {
    shut_down(Deadline::after(Duration::zero()));
}

Duration TransactionManager::Shared::no_progress_limit(const State& data) const {
    return std::max(settings.no_progress_limit, data.running_limit);
}

TimePoint TransactionManager::Shared::progress_limit(const State& data,
                                                     const Pending& pending) const {
    const TimePoint moved =
        std::max({data.last_progress, pending.requested_at, turn->last_released()});
    return moved + std::max(no_progress_limit(data), 2 * settings.ride_through);
}

/// None: it goes on waiting.
std::optional<Error> TransactionManager::Shared::reason_to_give_up(const State& data,
                                                                   const Pending& pending) const {
    if (pending.request.deadline.has_passed()) {
        return Error(ErrorCode::TimedOut, pending.request.operation);
    }
    if (now() < progress_limit(data, pending)) return std::nullopt;
    return Error(ErrorCode::NoProgress, pending.request.operation)
        .with_detail(static_cast<std::int64_t>(milliseconds(no_progress_limit(data))));
}

/// The request's caller has its answer. It may have been the one who was woken to be the owner.
void TransactionManager::Shared::withdraw(State& data, RequestId id, ErrorCode code) {
    answer(data, id, code);
    feed(data, Withdrawn{id});
    wake_a_caller(data);
}

/// Where callers do the work, the last of them to leave sees the card to its rest: a transaction or
/// a turn must not stay with nobody there to end it.
bool TransactionManager::Shared::is_left_behind(const State& data) {
    if (data.owner_running || !data.pending.empty() || data.failure) return false;
    const Phase phase = data.machine.phase();
    return (phase != Phase::Idle && phase != Phase::Stopped) || !data.steps.empty();
}

Result<void> TransactionManager::perform_untyped(const Request& request, Work work) {
    assert_no_lock_held("wait for the card");
    const auto pending = std::make_shared<Shared::Pending>();
    pending->request = request;
    pending->work = std::move(work);
    std::optional<Error> given_up;
    RequestId id = 0;
    for (bool first = true;; first = false) {
        {
            auto data = shared_->state.lock();
            if (first) {
                id = data->next_id++;
                data->pending.emplace(id, pending);
                shared_->enqueue(*data, id, request);
                shared_->start_owner(*data, shared_);
            }
            while (!pending->answered && data->owner_running) {
                const TimePoint limit = shared_->progress_limit(*data, *pending);
                if (data.wait(pending->changed, request.deadline.or_at(limit))) continue;
                if (pending->answered) break;
                given_up = shared_->reason_to_give_up(*data, *pending);
                if (given_up) shared_->withdraw(*data, id, given_up->code);
            }
            if (pending->answered && !Shared::is_left_behind(*data)) break;
            // The system has no thread to give, or an owner ended meanwhile: started again.
            shared_->start_owner(*data, shared_);
            if (data->owner_running) continue;
            data->owner_running = true;
        }
        const ActingForProcess process;
        shared_->own(pending.get());  // threads are forbidden or used up: this caller does the work
    }
    if (given_up) return *given_up;
    if (pending->code) return Error(*pending->code, request.operation);
    return success();
}

void TransactionManager::cancel(ClientId client) {
    auto data = shared_->state.lock();
    for (auto next = data->pending.begin(); next != data->pending.end();) {
        const auto [id, pending] = *next++;
        if (pending->request.client == client) {
            shared_->withdraw(*data, id, ErrorCode::Cancelled);
        }
    }
}

void TransactionManager::release_hold() {
    auto data = shared_->state.lock();
    shared_->feed(*data, ReleaseAsked{});
}

void TransactionManager::end_hold(Deadline deadline) {
    assert_no_lock_held("wait for the end of a transaction");
    auto data = shared_->state.lock();
    shared_->feed(*data, ReleaseAsked{});
    const Deadline limit = deadline.or_at(now() + shared_->no_progress_limit(*data));
    const std::uint64_t ended_before = data->ended_count;
    while (is_in_transaction(data->machine.phase()) && data->owner_running &&
           data->ended_count == ended_before) {
        if (!data.wait(shared_->step_ended, limit)) return;
    }
}

void TransactionManager::set_hold(Duration hold) {
    shared_->state.lock()->hold = hold;
}

void TransactionManager::card_arrived() {
    auto data = shared_->state.lock();
    shared_->feed(*data, CardArrived{});
}

void TransactionManager::card_left() {
    auto data = shared_->state.lock();
    ++data->left_count;
    shared_->feed(*data, CardLeft{});
}

std::uint64_t TransactionManager::card_left_count() const {
    return shared_->state.lock()->left_count;
}

std::uint64_t TransactionManager::insertion() const {
    return shared_->state.lock()->insertion;
}

ManagerStatistics TransactionManager::statistics() const {
    auto data = shared_->state.lock();
    ManagerStatistics statistics = data->statistics;
    statistics.waiting = data->machine.waiting_count();
    return statistics;
}

void TransactionManager::begin_shut_down() {
    auto data = shared_->state.lock();
    data->stopping = true;
    shared_->feed(*data, StopAsked{});
    if (!data->steps.empty() || data->failure) shared_->start_owner(*data, shared_);
}

bool TransactionManager::shut_down(Deadline deadline) {
    begin_shut_down();
    bool must_own = false;
    {
        auto data = shared_->state.lock();
        must_own = !data->owner_running && (!data->steps.empty() || data->failure);
        if (must_own) data->owner_running = true;
    }
    if (must_own) shared_->own(nullptr);
    Thread owner;
    bool has_ended = false;
    {
        auto data = shared_->state.lock();
        while (data->owner_running && data.wait(shared_->owner_gone, deadline)) {
        }
        has_ended = !data->owner_running;
        owner = std::move(data->owner);
        for (auto& [id, pending] : data->pending) {
            // Its operation hangs in the card: the caller gets away, the owner thread stays.
            pending->answered = true;
            pending->code = ErrorCode::ShuttingDown;
            pending->changed.notify_one();
        }
        data->pending.clear();
    }
    has_ended ? owner.join() : owner.detach();
    return has_ended;
}

}  // namespace cardmux::transaction
