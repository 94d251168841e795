// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "simulation/world/program/run.h"

#include <cstdlib>

#include "simulation/system/lock_file_simulated.h"
#include "simulation/world/clients/container_process.h"
#include "simulation/world/clients/pkcs11_clients.h"
#include "simulation/world/nature.h"
#include "simulation/world/observed_transport.h"

namespace cardmux::simulation {
namespace {

/// After the last fault everything works again within so much virtual time.
constexpr Duration recovery_limit = std::chrono::seconds(10);

/// What a person would have set for the module: by chance.
void choose_settings(World& world) {
    constexpr std::array<const char*, 4> holds = {"0ms", "20ms", "100ms", "1500ms"};
    setenv("CARDMUX_CONFIG", "/dev/null", 1);
    setenv("CARDMUX_SHARED_FOLDER", "/tmp", 1);
    setenv("CARDMUX_HOLD", holds.at(world.chance().below(holds.size())), 1);
    setenv("CARDMUX_RIDE_THROUGH", world.chance().one_in(3) ? "5s" : "0ms", 1);
}

void expect_recovery(Pkcs11Application& application) {
    for (WorldReader& reader : application.world().readers()) {
        reader.home->change_pin_behind_back(reader.pin);  // with all its tries
        const TimePoint start = now();
        CK_SESSION_HANDLE session = CK_INVALID_HANDLE;
        CK_RV code = CKR_GENERAL_ERROR;
        for (int attempt = 0; attempt < 3 && code != CKR_OK; ++attempt) {
            code = application.open(reader, session);
            if (code == CKR_OK) code = application.sign_patiently(reader, session, 0x9A);
            if (session != CK_INVALID_HANDLE) application.close(reader, session);
            if (code != CKR_OK) sleep_for(std::chrono::seconds(1));
        }
        application.world().expect(code == CKR_OK,
                                   "G5: the faults are over, and a card cannot be "
                                   "used");
        application.world().expect(now() - start < recovery_limit, "G5: to recover took too long");
    }
}

void expect_balance(World& world) {
    const OpenConnections open = open_connections();
    world.expect(open.cards == 0,
                 "handles: " + std::to_string(open.cards) + " connections to cards are still open");
    world.expect(open.services == 0, "handles: " + std::to_string(open.services) +
                                         " connections to the service are still open");
    for (const WorldReader& reader : world.readers()) {
        world.expect(!world.transport().is_in_transaction(reader.name),
                     "handles: a transaction is still open");
    }
}

void live(World& world) {
    world.scheduler().set_process(pkcs11_process);
    choose_settings(world);
    const std::vector<Life> lives = choose_lives(world);
    const auto other_count = static_cast<ProcessNumber>(world.chance().below(3));
    ApplicationHabits habits = habits_of(lives);
    habits.is_alone = other_count == 0;
    Nature nature(world);
    Pkcs11Application application(world, &nature, habits);
    application.initialize();
    nature.on_kill([](ProcessNumber killed) {
        release_locks_of(killed);
        drop_connections_of(killed);
    });
    nature.start();
    std::vector<ContainerProcess> others;
    for (ProcessNumber i = 0; i < other_count; ++i)
        others.emplace_back(world, nature, pkcs11_process + 1 + i);
    Pkcs11Clients clients(application, lives);
    clients.join();
    for (ContainerProcess& other : others) other.join();
    nature.finish();
    expect_recovery(application);
    application.expect_explainable();
    application.expect_busy();
    application.finalize();
}

}  // namespace

RunReport run_seed(const WorldOptions& options) {
    World world(options);
    const TimePoint start = world.scheduler().now();
    world.run([&world] { live(world); });
    expect_balance(world);
    return {.counts = world.counts(),
            .schedule_hash = world.scheduler().schedule_hash(),
            .trace_hash = world.trace().hash(),
            .steps = world.scheduler().steps(),
            .switches = world.scheduler().switches(),
            .time = world.scheduler().now() - start,
            .trace = world.trace().lines()};
}

}  // namespace cardmux::simulation
