// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "provider/reader_monitor.h"

#include <algorithm>

#include "base/last_catch.h"

namespace cardmux::provider {

using transport::ReaderStatus;
using Readers = std::vector<ReaderStatus>;

namespace {

/// How long one wait for a change lasts, at most; and how long the monitor rests while no service
/// is there and nobody asks.
constexpr Duration wait_slice = std::chrono::seconds(60);
constexpr Duration rest_without_service = std::chrono::seconds(1);

const ReaderStatus* find(const Readers& readers, const std::string& name) {
    const auto found = std::ranges::find(readers, name, &ReaderStatus::name);
    return found == readers.end() ? nullptr : &*found;
}

}  // namespace

struct ReaderMonitor::Shared {
    struct State {
        Readers readers;
        Readers told;                  // what the listener was told of
        std::optional<Error> failure;  // of the last try; none: `readers` is true
        std::uint64_t tries = 0;       // finished looks at the service
        bool thread_running = false;
        Thread thread;
        bool try_asked = false;
        bool stopping = false;
        Listener listener;
        transport::ReaderService* waiting_in = nullptr;  // to interrupt; alive while it is set
    };

    Shared(std::shared_ptr<transport::Transport> transport_, std::shared_ptr<LogSink> log_)
        : transport(std::move(transport_)), log(std::move(log_)), state(LockRank::Monitor) {}

    using Service = std::unique_ptr<transport::ReaderService>;

    void watch();
    bool watch_once(Service& service, std::optional<Readers>& known);
    bool rest();
    Result<Readers> look(Service& service, const Readers& known);
    void publish(Result<Readers> seen);
    void tell(const Listener& listener, const Readers& before, const Readers& after,
              Change arrival);
    void note_failure(ErrorCode code);

    const std::shared_ptr<transport::Transport> transport;
    const std::shared_ptr<LogSink> log;
    Condition changed;
    Guarded<State> state;
};

/// The thread: looks, tells, waits for a change; without a service it rests and tries again.
void ReaderMonitor::Shared::watch() {
    Service service;
    std::optional<Readers> known;
    for (bool goes_on = true; goes_on;) {
        try {
            goes_on = watch_once(service, known);
        } catch (...) {  // no memory: what is known stays as it was until the next look
            note_failure(code_of_current_exception());
            service.reset();
            goes_on = rest();
        }
    }
    service.reset();
    auto data = state.lock();
    data->thread_running = false;
    changed.notify_all();
}

/// False: stop.
bool ReaderMonitor::Shared::watch_once(Service& service, std::optional<Readers>& known) {
    if (state.lock()->stopping) return false;
    if (!service) known.reset();
    auto seen = known ? look(service, *known) : look(service, {});
    const bool failed = !seen;
    if (failed) {
        service.reset();
    } else {
        known = seen.value();
    }
    publish(std::move(seen));
    return !failed || rest();
}

void ReaderMonitor::Shared::note_failure(ErrorCode code) {
    auto data = state.lock();
    data->waiting_in = nullptr;
    data->failure = Error(code, "watch the readers");
    ++data->tries;
    data->try_asked = false;
    LogLine(*log, LogLevel::Error, "readers").with(*data->failure);
    changed.notify_all();
}

/// One look: with a new service what is there now, else what is there after the next change.
Result<Readers> ReaderMonitor::Shared::look(Service& service, const Readers& known) {
    if (!service) {
        CARDMUX_TRY_ASSIGN(service, transport->connect_service());
        return service->list();
    }
    {
        auto data = state.lock();
        if (data->stopping) return data->readers;
        data->waiting_in = service.get();
    }
    auto seen = service->wait_for_change(known, wait_slice);
    state.lock()->waiting_in = nullptr;
    return seen;
}

void ReaderMonitor::Shared::publish(Result<Readers> seen) {
    Readers before;
    Readers after;
    Listener listener;
    Change arrival = Change::Arrived;
    {
        auto data = state.lock();
        if (data->tries == 0) arrival = Change::Found;
        before = data->told;
        if (seen) {
            data->readers = std::move(seen).value();
            data->failure.reset();
        } else {
            if (!data->failure || data->failure->code != seen.error().code) {
                LogLine(*log, LogLevel::Warning, "readers").with(seen.error());
            }
            data->readers.clear();
            data->failure = seen.error();
        }
        after = data->readers;
        listener = data->listener;
        ++data->tries;
        data->try_asked = false;
        changed.notify_all();
    }
    if (listener) tell(listener, before, after, arrival);
    // Only now: if this round throws, the next one tells it all (again).
    state.lock()->told = std::move(after);
}

void ReaderMonitor::Shared::tell(const Listener& listener, const Readers& before,
                                 const Readers& after, Change arrival) {
    for (const ReaderStatus& was : before) {
        const ReaderStatus* is = find(after, was.name);
        const bool left = was.card_present && (is == nullptr || !is->card_present ||
                                               is->event_count != was.event_count);
        if (left) listener(was.name, Change::Left);
    }
    for (const ReaderStatus& is : after) {
        const ReaderStatus* was = find(before, is.name);
        const bool arrived = is.card_present && (was == nullptr || !was->card_present ||
                                                 is.event_count != was->event_count);
        if (arrived) listener(is.name, arrival);
    }
}

/// Without a service: until somebody asks, or a while has passed. False: stop.
bool ReaderMonitor::Shared::rest() {
    auto data = state.lock();
    const Deadline until = Deadline::after(rest_without_service);
    while (!data->stopping && !data->try_asked && data.wait(changed, until)) {
    }
    return !data->stopping;
}

ReaderMonitor::ReaderMonitor(std::shared_ptr<transport::Transport> transport,
                             bool may_create_threads, std::shared_ptr<LogSink> log)
    : shared_(std::make_shared<Shared>(std::move(transport), std::move(log))),
      may_create_threads_(may_create_threads) {}

ReaderMonitor::~ReaderMonitor() {
    shut_down(Deadline::after(Duration::zero()));
}

void ReaderMonitor::set_listener(Listener listener) {
    shared_->state.lock()->listener = std::move(listener);
}

Result<Readers> ReaderMonitor::readers(Deadline deadline) {
    if (!may_create_threads_) {
        std::unique_ptr<transport::ReaderService> service;
        auto seen = shared_->look(service, {});
        shared_->publish(seen);
        return seen;
    }
    auto data = shared_->state.lock();
    if (data->stopping) return Error(ErrorCode::ShuttingDown, "list readers");
    if (!data->thread_running) {
        data->thread.join();
        data->thread_running =
            data->thread.start("cardmux-readers", [shared = shared_] { shared->watch(); });
        if (!data->thread_running) return Error(ErrorCode::OutOfMemory, "start the reader monitor");
    }
    const std::uint64_t tries = data->tries;
    if (tries > 0 && !data->failure) return data->readers;
    data->try_asked = true;
    shared_->changed.notify_all();
    while (data->tries == tries && !data->stopping) {
        if (!data.wait(shared_->changed, deadline) && data->tries == tries) {
            return Error(ErrorCode::TimedOut, "list readers");
        }
    }
    if (data->stopping) return Error(ErrorCode::ShuttingDown, "list readers");
    if (data->failure) return *data->failure;
    return data->readers;
}

bool ReaderMonitor::shut_down(Deadline deadline) {
    Thread thread;
    bool has_ended = false;
    {
        auto data = shared_->state.lock();
        data->stopping = true;
        data->listener = nullptr;
        shared_->changed.notify_all();
        if (data->waiting_in != nullptr) data->waiting_in->interrupt();
        while (data->thread_running && data.wait(shared_->changed, deadline)) {
        }
        has_ended = !data->thread_running;
        thread = std::move(data->thread);
    }
    has_ended ? thread.join() : thread.detach();
    return has_ended;
}

}  // namespace cardmux::provider
