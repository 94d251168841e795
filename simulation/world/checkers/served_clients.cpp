// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "simulation/world/checkers/served_clients.h"

namespace cardmux::simulation {
namespace {

/// The operation that the card was at when this client came, and one whose turn was before its own.
constexpr std::uint64_t others_turns_max = 2;

/// G8 says 97 % under load. Here a client may be the only one: what it does between two operations
/// is not waiting.
constexpr double busy_share_min = 0.9;
constexpr Duration long_enough_to_tell = std::chrono::milliseconds(200);

}  // namespace

ServedClients::PerReader& ServedClients::of(const WorldReader& reader) {
    return by_reader_.at(static_cast<std::size_t>(&reader - world_.readers().data()));
}

void ServedClients::begin(const WorldReader& reader) {
    PerReader& data = of(reader);
    const int self = world_.scheduler().thread();
    data.at_begin[self] = data.served;
    if (data.waiting++ > 0) return;
    data.since = now();
    data.busy_before = reader.busy;
}

void ServedClients::end(const WorldReader& reader) {
    PerReader& data = of(reader);
    const int self = world_.scheduler().thread();
    data.served[self] += world_.has(Canary::Unfair) ? 5 : 1;
    const auto before = data.at_begin[self];
    for (const auto& [client, count] : data.served) {
        if (client == self || !is_judged_) continue;
        const auto known = before.find(client);
        const std::uint64_t meanwhile = count - (known == before.end() ? 0 : known->second);
        world_.expect(meanwhile <= others_turns_max,
                      "G3: " + world_.scheduler().name_of(client) + " was served " +
                          std::to_string(meanwhile) + " times while " +
                          world_.scheduler().name_of(self) + " waited");
    }
    data.at_begin.erase(self);
    if (--data.waiting > 0) return;
    data.wanted += now() - data.since;
    data.busy += reader.busy - data.busy_before;
}

void ServedClients::expect_busy() const {
    if (!is_judged_) return;
    for (const PerReader& data : by_reader_) {
        if (data.wanted < long_enough_to_tell) continue;
        const double share =
            static_cast<double>(data.busy.count()) / static_cast<double>(data.wanted.count());
        world_.expect(share >= busy_share_min,
                      "G8: while somebody waited, the card was at work only " +
                          std::to_string(static_cast<int>(share * 100)) + " % of the time");
    }
}

}  // namespace cardmux::simulation
