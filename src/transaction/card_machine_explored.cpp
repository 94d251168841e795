// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// What only those need who explore the machine: tests/explorer/, transition_table_test.cpp.
#include <algorithm>

#include "transaction/card_machine.h"

namespace cardmux::transaction {

void CardMachine::forget_history(const Prospects& prospects) {
    turn_operations_ = std::min(turn_operations_, std::max(1U, settings_.quantum_operations));
    if (!turn_held_) {
        turn_operations_ = 0;
        quantum_passed_ = wanted_ = wanted_by_interactive_ = false;
    }
    if (!riding_through_) away_code_ = ErrorCode::CardAbsent;
    if (!prospects.losses) {
        attempts_.clear();
        recoveries_ = busy_retries_ = 0;
        unpower_tried_ = false;
    }
    if (!prospects.wishes && !wanted_) {
        turn_operations_ = 0;
        quantum_passed_ = false;
    }
}

void CardMachine::append_to(Fingerprint& fingerprint) const {
    queue_.append_to(fingerprint);
    fingerprint.add_name(running_ ? running_->request.id : 0);
    for (const auto& [id, attempts] : attempts_) fingerprint.add_member(id, attempts);
    fingerprint.end_set();
    for (const RequestId id : overdue_) fingerprint.add_member(id);
    fingerprint.end_set();
    std::uint64_t flags = 0;
    for (const bool flag : {running_ && running_->withdrawn, connected_, turn_held_, gap_due_,
                            quantum_passed_, wanted_, wanted_by_interactive_, release_asked_,
                            unpower_tried_, riding_through_, stopping_}) {
        flags = flags << 1 | (flag ? 1 : 0);
    }
    fingerprint.add(flags << 16 | static_cast<std::uint64_t>(phase_) << 8 |
                    static_cast<std::uint64_t>(away_code_));
    fingerprint.add(std::uint64_t{turn_operations_} << 32 | recoveries_);
    fingerprint.add(busy_retries_);
}

void RequestQueue::append_to(Fingerprint& fingerprint) const {
    fingerprint.add_name(front_ ? front_->id : 0);
    for (const Ring* clients : {&interactive_, &bulk_}) {
        for (const ClientQueue& client : *clients) {
            fingerprint.add_name(client.client);
            for (const RequestId id : client.requests) fingerprint.add_name(id);
        }
        fingerprint.add(clients->size());
    }
    fingerprint.add(interactive_run_);
}

}  // namespace cardmux::transaction
