// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "simulation/world/world.h"

#include <cstdio>

#include "simulation/system/lock_file_simulated.h"
#include "simulation/system/random_simulated.h"

namespace cardmux::simulation {
namespace {

World* current_world = nullptr;

ScheduleOptions schedule_of(const WorldOptions& options, const FaultPlan& plan) {
    SeededRandom chance(options.seed, "policy");
    ScheduleOptions schedule;
    schedule.seed = options.seed;
    schedule.policy = chance.one_in(2) ? Policy::Priorities : Policy::Uniform;
    schedule.priority_changes = static_cast<unsigned>(chance.between(1, 6));
    if (plan.kinds().has(Fault::Stall)) schedule.stall_one_in = 300;
    return schedule;
}

/// How fast cards are: nothing takes no time here, so that who is busy can be told.
const char* time_profile_of(SeededRandom& chance) {
    constexpr std::array<const char*, 3> profiles = {"fixed:2ms", "fixed:20ms", "yubikey5"};
    return profiles.at(chance.below(profiles.size()));
}

}  // namespace

World::World(const WorldOptions& options)
    : options_(options),
      chance_(options.seed, "world"),
      plan_(options.seed, options.faults, options.sweep_step),
      scheduler_(schedule_of(options, plan_)),
      trace_(options.trace_lines_kept) {
    seed_system_random(options.seed);
    forget_lock_files();
    SimulatedTransportOptions transport;
    transport.world = "simulated world";
    if (chance_.one_in(3)) transport.poll_interval = std::chrono::milliseconds(100);
    if (chance_.one_in(3)) transport.rules = SystemRules::windows();
    transport_ = std::make_shared<SimulatedTransport>(transport);
    scheduler_.on_failure([this](const std::string& problem) { fail(problem); });
    current_world = this;
    const int count = chance_.one_in(3) ? 2 : 1;
    for (int i = 0; i < count; ++i) add_reader(i);
}

World::~World() {
    current_world = nullptr;
}

World* World::current() {
    return current_world;
}

PivCardOptions World::card_options(std::uint32_t serial) {
    PivCardOptions card;
    card.serial_number = serial;
    card.key_algorithm = KeyAlgorithm::P256;
    card.behavior.has_logout = !chance_.one_in(4);
    card.behavior.has_discovery = !chance_.one_in(4);
    card.behavior.select_drops_authority = chance_.one_in(4);
    card.behavior.keeps_authority = chance_.one_in(8);
    card.behavior.yubico = chance_.one_in(3);
    auto profile = TimeProfile::parse(time_profile_of(chance_));
    if (profile) card.time_profile = *profile;
    return card;
}

void World::add_reader(int index) {
    WorldReader reader;
    reader.name = "Reader " + std::to_string(index);
    const auto serial = static_cast<std::uint32_t>(index) * 2 + 1;
    for (auto [card, number] : {std::pair{&reader.home, serial}, {&reader.spare, serial + 1}}) {
        auto made = SimulatedPivCard::create(card_options(number));
        if (!made) fail("make a card: " + to_string(made.error()));
        *card = *made;
    }
    reader.pin = reader.home->options().pin;
    transport_->add_reader(reader.name);
    transport_->insert(reader.name, reader.home);
    readers_.push_back(std::move(reader));
}

void World::run(const std::function<void()>& body) {
    scheduler_.run(body);
}

WorldReader* World::find_reader(const std::string& name) {
    for (WorldReader& reader : readers_) {
        if (reader.name == name) return &reader;
    }
    return nullptr;
}

void World::note(const std::string& step, const WorldReader* reader, const std::string& result) {
    TraceLine line;
    line.time = now();
    line.client = Scheduler::active() != nullptr ? scheduler_.name_of(scheduler_.thread()) : "-";
    line.step = step;
    line.card = "-";
    line.turn = "-";
    line.result = result;
    if (reader != nullptr) {
        line.card = reader->name.substr(reader->name.size() - 1);
        line.epoch = reader->epoch;
        line.turn = reader->turn;
    }
    trace_.add(line);
}

std::string World::replay_line() const {
    std::string line = "cardmux_simulation --seed " + std::to_string(options_.seed);
    if (options_.faults == FaultPlan::Mode::Calm) line += " --calm";
    if (options_.canary != Canary::None)
        line += std::string(" --canary ") + name_of(options_.canary);
    if (options_.sweep_step != 0) line += " --sweep " + std::to_string(options_.sweep_step);
    return line + " --trace";
}

void World::fail(const std::string& problem) {
    std::string text = "FAILED: " + problem + "\n" + Trace::header() + "\n";
    for (const std::string& line : trace_.lines()) text += line + "\n";
    text += "faults: " + plan_.kinds().text() + "\n";
    text += "again: " + replay_line() + "\n";
    std::fputs(text.c_str(), stderr);
    std::fflush(nullptr);
    std::_Exit(1);
}

}  // namespace cardmux::simulation
