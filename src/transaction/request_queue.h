// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Who is next on one card: round robin over clients, first come first served within one, two
// classes. A pure, copyable value; it knows ids only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "transaction/client.h"
#include "transaction/fingerprint.h"

namespace cardmux::transaction {

/// Unique for one card's manager, never reused, from 1.
using RequestId = std::uint64_t;

class RequestQueue {
  public:
    /// A bulk request waits behind at most so many interactive ones in a row.
    explicit RequestQueue(unsigned interactive_run_max)
        : interactive_run_max_(interactive_run_max) {}

    void add(RequestId id, ClientId client, ServiceClass service_class);

    /// Puts a request that was interrupted back in front of everybody: it had its turn already.
    void put_back(RequestId id, ClientId client, ServiceClass service_class);

    struct Granted {
        RequestId id = 0;
        ClientId client = 0;
        ServiceClass service_class = ServiceClass::Interactive;
        auto operator<=>(const Granted&) const = default;
    };
    /// Takes the next one out. Holds only if not empty().
    Granted take_next();

    /// Whether it was queued.
    bool remove(RequestId id);

    bool empty() const { return size() == 0; }
    std::size_t size() const;
    /// The strongest class that waits: what others are told. Not always that of the next one,
    /// since bulk requests have their turns too. Holds only if not empty().
    ServiceClass best_class() const;
    /// In no particular order.
    std::vector<RequestId> all() const;

    void append_to(Fingerprint& fingerprint) const;

    auto operator<=>(const RequestQueue&) const = default;

  private:
    struct ClientQueue {
        ClientId client = 0;
        std::vector<RequestId> requests;
        auto operator<=>(const ClientQueue&) const = default;
    };
    using Ring = std::vector<ClientQueue>;  // short, and copied often by who explores the machine

    Ring& ring(ServiceClass service_class);
    bool bulk_is_next() const;
    static Granted take_from(Ring& ring, ServiceClass service_class);

    std::optional<Granted> front_;  // put back, before everybody
    Ring interactive_;
    Ring bulk_;
    unsigned interactive_run_max_;
    unsigned interactive_run_ = 0;  // granted in a row while bulk requests waited
};

}  // namespace cardmux::transaction
