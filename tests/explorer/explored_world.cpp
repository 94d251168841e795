// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "tests/explorer/explored_world.h"

#include <algorithm>
#include <bit>

namespace cardmux::explorer {

using transaction::Fingerprint;
using transaction::Phase;

namespace {

constexpr std::uint64_t renamed(std::uint64_t name, unsigned client) {
    return client_id(client) | (name & (operations_max - 1));
}

/// Clients 1 and 2, or 3 and 4, are called by each other's name.
template <unsigned first>
std::uint64_t swapped(std::uint64_t name) {
    const unsigned client = client_of(name);
    if (client == first) return renamed(name, first + 1);
    return client == first + 1 ? renamed(name, first) : name;
}
std::uint64_t swapped_both(std::uint64_t name) {
    return swapped<1>(swapped<3>(name));
}

constexpr std::array<Fingerprint::Renamed, 4> renamings{nullptr, swapped<1>, swapped<3>,
                                                        swapped_both};

/// So many of `renamings` exchange clients of one class only.
std::size_t renaming_count(const Bounds& bounds) {
    if (!bounds.simplified || bounds.clients < 3) return 1;
    return bounds.clients == 3 ? 2 : 4;
}

void append_requests(Fingerprint& fingerprint, Requests requests) {
    for (Requests rest = requests; rest != 0; rest &= rest - 1) {
        fingerprint.add_member(static_cast<RequestId>(std::countr_zero(rest)));
    }
    fingerprint.end_set();
}

Fingerprint fingerprint_of(const World& world, Fingerprint::Renamed renaming) {
    Fingerprint fingerprint(renaming);
    world.machine.append_to(fingerprint);
    world.order.append_to(fingerprint);
    append_requests(fingerprint, world.open);
    for (unsigned client = 1; client <= clients_max; ++client) {
        fingerprint.add_member(client_id(client), world.asked.at(client));
    }
    fingerprint.end_set();
    fingerprint.add_name(world.running);
    std::uint64_t rest = 0;
    for (const unsigned small : {unsigned{world.armed}, unsigned{world.turn_operations},
                                 unsigned{world.faults} << 4 | world.withdrawals,
                                 unsigned{world.wishes} << 4 | world.logouts,
                                 unsigned{world.stops} << 4 | static_cast<unsigned>(world.wanted),
                                 static_cast<unsigned>(world.under_way)}) {
        rest = rest << 8 | small;
    }
    for (const bool flag :
         {world.turn_held, world.transaction_open, world.token_is_sure, world.card_grants,
          world.card_out, world.leaving_due, world.arrival_due, world.quantum_passed,
          world.bound_passed, world.logout_due, world.stopping}) {
        rest = rest << 1 | (flag ? 1 : 0);
    }
    fingerprint.add(rest);
    return fingerprint;
}

std::uint8_t small(unsigned value) {
    return static_cast<std::uint8_t>(value);
}

}  // namespace

ServiceClass class_of(unsigned client, const Bounds& bounds) {
    return client > (bounds.clients + 1) / 2 ? ServiceClass::Bulk : ServiceClass::Interactive;
}

World::World(const Model& model)
    : machine(model.settings),
      faults(small(model.bounds.faults)),
      withdrawals(small(model.bounds.withdrawals)),
      wishes(small(model.bounds.wishes)),
      logouts(small(model.bounds.logouts)),
      stops(small(model.bounds.stops)) {}

bool World::at_rest() const {
    const Phase phase = machine.phase();
    return (phase == Phase::Idle || phase == Phase::Stopped) && open == 0 &&
           under_way == UnderWay::Nothing;
}

void World::simplify(const Model& model) {
    const bool simplified = model.bounds.simplified;
    const bool wishes_come = !simplified || wishes != 0 || wanted != Wanted::ByNobody;
    const bool losses_come = !simplified || faults != 0 || card_out;
    machine.forget_history({.losses = losses_come, .wishes = wishes_come});
    turn_operations =
        std::min(turn_operations, small(std::max(1U, model.promised.quantum_operations)));
    if (!turn_held || !wishes_come) {
        turn_operations = 0;
        quantum_passed = false;
    }
    if (!losses_come && machine.phase() != Phase::Away) arrival_due = false;
    if (!wishes_come) armed &= small(~(1U << static_cast<unsigned>(Timer::QuantumMinimum)));
    if (!simplified || open != 0) return;
    for (unsigned client = 1; client <= model.bounds.clients; ++client) {
        if (asked.at(client) < model.bounds.operations) return;
    }
    withdrawals = 0;  // nobody is left to make use of one
}

Fingerprint World::fingerprint(const Model& model) const {
    Fingerprint least = fingerprint_of(*this, nullptr);
    for (std::size_t i = 1; i < renaming_count(model.bounds); ++i) {
        const Fingerprint other = fingerprint_of(*this, renamings.at(i));
        if (other.low() < least.low()) least = other;
    }
    return least;
}

}  // namespace cardmux::explorer
