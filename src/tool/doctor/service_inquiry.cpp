// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "tool/doctor/service_inquiry.h"

#include "base/sync.h"

namespace cardmux::tool {
namespace {

using Readers = std::vector<transport::ReaderStatus>;

/// What a thread that may hang leaves for the one that waits. Outlives both.
struct Inquiry {
    struct Answer {
        bool is_there = false;
        Result<Readers> readers{Readers{}};
    };
    Guarded<Answer> answer{LockRank::Session};
    Condition changed;
};

}  // namespace

Result<Readers> ask_for_readers(const std::shared_ptr<transport::Transport>& world,
                                Deadline deadline) {
    auto inquiry = std::make_shared<Inquiry>();
    Thread thread;
    const bool started = thread.start("doctor", [world, inquiry] {
        auto service = world->connect_service();
        auto readers = service ? (*service)->list() : Result<Readers>(service.error());
        auto answer = inquiry->answer.lock();
        answer->is_there = true;
        answer->readers = std::move(readers);
        inquiry->changed.notify_all();
    });
    if (!started) return Error(ErrorCode::SystemFailed, "start a thread");
    thread.detach();
    auto answer = inquiry->answer.lock();
    while (!answer->is_there)
        if (!answer.wait(inquiry->changed, deadline) && !answer->is_there)
            return Error(ErrorCode::TimedOut, "ask the smart card service for its readers");
    return answer->readers;
}

}  // namespace cardmux::tool
