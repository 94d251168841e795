// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "tests/explorer/waiting_order.h"

#include <algorithm>
#include <bit>

namespace cardmux::explorer {

bool WaitingOrder::Clients::has(unsigned client) const {
    return std::find(numbers.begin(), numbers.begin() + count, client) != numbers.begin() + count;
}

void WaitingOrder::Clients::remove(unsigned client) {
    const auto end = std::remove(numbers.begin(), numbers.begin() + count, client);
    std::fill(end, numbers.end(), std::uint8_t{0});
    count = static_cast<std::uint8_t>(end - numbers.begin());
}

Requests WaitingOrder::queued_of(unsigned client) const {
    const Requests in_front = front_ == 0 ? 0 : bit_of(front_);
    return waiting_ & requests_of(client) & ~in_front;
}

void WaitingOrder::joins(RequestId id, ServiceClass service_class) {
    waiting_ |= bit_of(id);
    Clients& clients = of(service_class);
    if (!clients.has(client_of(id))) clients.add(client_of(id));
}

void WaitingOrder::leaves(RequestId id) {
    waiting_ &= ~bit_of(id);
    if (front_ == id) {
        front_ = 0;
        return;
    }
    if (queued_of(client_of(id)) != 0) return;
    for (Clients& clients : classes_) clients.remove(client_of(id));
}

bool WaitingOrder::only_bulk(bool front_is_bulk) const {
    return waiting_ != 0 && !any(ServiceClass::Interactive) && (front_ == 0 || front_is_bulk);
}

std::optional<Violation> WaitingOrder::granted(RequestId id, ServiceClass service_class,
                                               unsigned run_max) {
    if (front_ != 0) {
        if (front_ != id) return Violation{Invariant::RoundRobin, "not who was interrupted"};
        leaves(id);
        return std::nullopt;
    }
    const bool is_bulk = service_class == ServiceClass::Bulk;
    const bool bulk_waits = any(ServiceClass::Bulk);
    if (is_bulk && any(ServiceClass::Interactive) && interactive_run_ < run_max) {
        return Violation{Invariant::OvertakingBounded, "bulk goes before interactive"};
    }
    if (!is_bulk && bulk_waits && interactive_run_ >= run_max) {
        return Violation{Invariant::OvertakingBounded, "bulk waits behind too many interactive"};
    }
    Clients& clients = of(service_class);
    const unsigned client = client_of(id);
    if (clients.numbers.front() != client) {
        return Violation{Invariant::RoundRobin, "another client has waited longer"};
    }
    if (std::countr_zero(queued_of(client)) != static_cast<int>(id)) {
        return Violation{Invariant::FirstComeFirstServed, "its client asked for another before"};
    }
    interactive_run_ = static_cast<std::uint8_t>(is_bulk || !bulk_waits ? 0 : interactive_run_ + 1);
    waiting_ &= ~bit_of(id);
    clients.remove(client);
    if (queued_of(client) != 0) clients.add(client);
    return std::nullopt;
}

void WaitingOrder::append_to(transaction::Fingerprint& fingerprint) const {
    for (const Clients& clients : classes_) {
        for (unsigned i = 0; i < clients.count; ++i) {
            fingerprint.add_name(client_id(clients.numbers.at(i)));
        }
        fingerprint.add(clients.count);
    }
    for (Requests rest = waiting_; rest != 0; rest &= rest - 1) {
        fingerprint.add_member(static_cast<RequestId>(std::countr_zero(rest)));
    }
    fingerprint.end_set();
    fingerprint.add_name(front_);
    fingerprint.add(interactive_run_);
}

}  // namespace cardmux::explorer
