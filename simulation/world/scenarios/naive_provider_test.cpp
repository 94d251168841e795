// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The scenario that Cardmux exists for: threads that acquire, use and release one card. The naive
// provider, whose card handle belongs to the session that opened it, has to be found faulty in
// it; with Cardmux every call succeeds.
#include <gtest/gtest.h>

#include "simulation/world/clients/pkcs11_application.h"
#include "simulation/world/observed_transport.h"
#include "tests/naive_provider/naive_card.h"

namespace cardmux::simulation {
namespace {

constexpr int rounds = 4;

/// How many of `thread_count` threads' calls failed because of a handle that another one closed.
int churn_naive_provider(std::uint64_t seed, int thread_count) {
    WorldOptions options;
    options.seed = seed;
    options.faults = FaultPlan::Mode::Calm;
    World world(options);
    int invalid_handles = 0;
    world.run([&] {
        const auto transport = make_observed_transport(world, nullptr, 0);
        const auto made = naive::NaiveCardManager::create(transport, world.readers().front().name);
        ASSERT_TRUE(made.ok()) << to_string(made.error());
        const auto use = [&, &manager = **made](naive::SessionId session) {
            const SecretBytes pin(bytes_of(world.readers().front().pin));
            for (int i = 0; i < rounds; ++i) {
                const auto handle = manager.acquire(session);
                if (!handle) continue;
                const auto signature = manager.sign(*handle, pin, Bytes(32, 0x42));
                const bool is_invalid =
                    !signature && signature.error().code == ErrorCode::InvalidArgument;
                invalid_handles += is_invalid ? 1 : 0;
                manager.release(session);
            }
        };
        std::vector<Thread> threads(static_cast<std::size_t>(thread_count));
        for (std::size_t i = 0; i < threads.size(); ++i)
            (void)threads[i].start("naive", [&use, i] { use(i + 1); });
        for (Thread& thread : threads) thread.join();
    });
    return invalid_handles;
}

TEST(NaiveProvider, is_found_faulty_when_threads_acquire_use_and_release) {
    int faulty_seeds = 0;
    for (std::uint64_t seed = 1; seed <= 50; ++seed)
        faulty_seeds += churn_naive_provider(seed, 4) > 0 ? 1 : 0;
    EXPECT_GT(faulty_seeds, 10);
}

TEST(NaiveProvider, works_for_one_thread_which_is_its_vice) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) EXPECT_EQ(churn_naive_provider(seed, 1), 0);
}

TEST(Cardmux, does_the_same_without_one_error) {
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        WorldOptions options;
        options.seed = seed;
        options.faults = FaultPlan::Mode::Calm;
        World world(options);
        world.run([&] {
            world.scheduler().set_process(pkcs11_process);
            // Any error ends the test: Pkcs11Application::call.
            Pkcs11Application application(world, nullptr, {});
            WorldReader& reader = world.readers().front();
            application.initialize();
            CK_SESSION_HANDLE login = CK_INVALID_HANDLE;
            application.open(reader, login);
            application.log_in(reader, login);
            std::vector<Thread> threads(4);
            for (Thread& thread : threads) {
                (void)thread.start("storm", [&] {
                    for (int i = 0; i < rounds; ++i) {
                        CK_SESSION_HANDLE session = CK_INVALID_HANDLE;
                        application.open(reader, session);
                        application.sign(reader, session, 0x9A);
                        application.close(reader, session);
                    }
                });
            }
            for (Thread& thread : threads) thread.join();
            application.finalize();
        });
        EXPECT_EQ(world.counts().signatures, 4U * rounds) << "seed " << seed;
    }
}

}  // namespace
}  // namespace cardmux::simulation
