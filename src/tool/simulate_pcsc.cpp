// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "tool/simulate_pcsc.h"

#include <algorithm>
#include <memory>
#include <optional>

#include "base/sync.h"
#include "transport/transport.h"

namespace cardmux::tool {
namespace {

using transport::ReaderStatus;

constexpr Duration look_again_after = std::chrono::milliseconds(200);

bool all_have_cards(const std::vector<std::string>& names,
                    const std::vector<ReaderStatus>& readers) {
    return std::all_of(names.begin(), names.end(), [&](const std::string& name) {
        return std::any_of(readers.begin(), readers.end(), [&](const ReaderStatus& reader) {
            return reader.name == name && reader.card_present && !reader.atr.empty();
        });
    });
}

Result<void> reset_card_now(const std::string& reader) {
    const auto pcsc = transport::make_pcsc_transport();
    CARDMUX_TRY_ASSIGN(const auto service, pcsc->connect_service());
    CARDMUX_TRY_ASSIGN(const auto card, service->connect(reader));
    CARDMUX_TRY(card->begin());
    return card->end(transport::Disposition::Reset);
}

/// A result that one thread waits for and another, which may outlive the wait, provides.
class Pending {
  public:
    void provide(const Result<void>& result) {
        result_.lock()->emplace(result);
        provided_.notify_all();
    }
    Result<void> wait(Deadline deadline) {
        auto result = result_.lock();
        while (!result->has_value()) {
            if (!result.wait(provided_, deadline) && !result->has_value()) {
                return Error(ErrorCode::TimedOut, "reset a card");
            }
        }
        return **result;
    }

  private:
    Guarded<std::optional<Result<void>>> result_{LockRank::Queue};
    Condition provided_;
};

}  // namespace

Result<void> wait_for_cards(const std::vector<std::string>& readers, Deadline deadline) {
    const auto pcsc = transport::make_pcsc_transport();
    CARDMUX_TRY_ASSIGN(const auto service, pcsc->connect_service());
    CARDMUX_TRY_ASSIGN(auto known, service->list());
    while (!all_have_cards(readers, known)) {
        if (deadline.has_passed()) return Error(ErrorCode::TimedOut, "wait for the cards");
        CARDMUX_TRY_ASSIGN(known, service->wait_for_change(known, look_again_after));
    }
    return success();
}

Result<void> reset_card(const std::string& reader, Deadline deadline) {
    const auto pending = std::make_shared<Pending>();
    Thread thread;
    if (!thread.start("reset", [pending, reader] { pending->provide(reset_card_now(reader)); })) {
        return Error(ErrorCode::SystemFailed, "start a thread");
    }
    thread.detach();
    return pending->wait(deadline);
}

}  // namespace cardmux::tool
