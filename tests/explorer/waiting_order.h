// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Who must be next, by the promise and not by the machine's own queue: of each class the clients
// that wait, those first that have waited longest since they came or were served. The explorer
// compares every grant with it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "tests/explorer/invariants.h"
#include "transaction/card_machine.h"

namespace cardmux::explorer {

using transaction::ClientId;
using transaction::RequestId;
using transaction::ServiceClass;

inline constexpr unsigned clients_max = 4;
inline constexpr unsigned operations_max = 4;

/// Clients are numbered from 1; client and request have names from which the number can be read.
constexpr ClientId client_id(unsigned number) {
    return std::uint64_t{number} << 2;
}
constexpr RequestId request_id(unsigned client, unsigned operation) {
    return client_id(client) | operation;
}
constexpr unsigned client_of(std::uint64_t id) {
    return static_cast<unsigned>(id >> 2);
}

/// One bit for each request.
using Requests = std::uint32_t;
constexpr Requests bit_of(RequestId id) {
    return Requests{1} << id;
}
constexpr Requests requests_of(unsigned client) {
    return Requests{0xF} << client_id(client);
}

class WaitingOrder {
  public:
    /// `id` waits from now on, behind what its client asked for before.
    void joins(RequestId id, ServiceClass service_class);
    /// It was interrupted: it is next of all.
    void returns(RequestId id) {
        front_ = static_cast<std::uint8_t>(id);
        waiting_ |= bit_of(id);
    }
    /// It no longer waits, and was not granted.
    void leaves(RequestId id);
    /// It is granted. None: it was its turn.
    ///
    /// run_max   interactive grants in a row while bulk requests wait
    std::optional<Violation> granted(RequestId id, ServiceClass service_class, unsigned run_max);

    Requests waiting() const { return waiting_; }
    /// Whether any client of the class waits, but for one that was interrupted.
    bool any(ServiceClass service_class) const { return of(service_class).count != 0; }
    /// Whether none but bulk requests wait.
    bool only_bulk(bool front_is_bulk) const;
    RequestId front() const { return front_; }
    void append_to(transaction::Fingerprint& fingerprint) const;

  private:
    struct Clients {
        std::array<std::uint8_t, clients_max> numbers{};
        std::uint8_t count = 0;
        bool has(unsigned client) const;
        void add(unsigned client) { numbers.at(count++) = static_cast<std::uint8_t>(client); }
        void remove(unsigned client);
    };
    Clients& of(ServiceClass service_class) {
        return classes_.at(static_cast<std::size_t>(service_class));
    }
    const Clients& of(ServiceClass service_class) const {
        return classes_.at(static_cast<std::size_t>(service_class));
    }
    /// Waiting ones of the client, without the one in front of everybody.
    Requests queued_of(unsigned client) const;

    std::array<Clients, 2> classes_;
    Requests waiting_ = 0;
    std::uint8_t front_ = 0;
    std::uint8_t interactive_run_ = 0;
};

}  // namespace cardmux::explorer
