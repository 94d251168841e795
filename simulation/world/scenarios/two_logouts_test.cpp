// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// One login, and two threads that log out at once: one of them ended it, the other was too late.
// Both used to be told that they had (seed 1427 of the simulated world's first day): whoever counts
// on it logs out a third one, who has logged in meanwhile.
#include <gtest/gtest.h>

#include <algorithm>

#include "simulation/world/clients/pkcs11_application.h"

namespace cardmux::simulation {
namespace {

std::vector<CK_RV> log_out_twice(std::uint64_t seed) {
    WorldOptions options;
    options.seed = seed;
    options.faults = FaultPlan::Mode::Calm;
    World world(options);
    std::vector<CK_RV> codes;
    world.run([&] {
        world.scheduler().set_process(pkcs11_process);
        Pkcs11Application application(world, nullptr, {.logs_out = true});
        WorldReader& reader = world.readers().front();
        application.initialize();
        CK_SESSION_HANDLE session = CK_INVALID_HANDLE;
        application.open(reader, session);
        application.log_in(reader, session);
        std::vector<Thread> threads(2);
        for (Thread& thread : threads) {
            (void)thread.start("leaver",
                               [&] { codes.push_back(application.log_out(reader, session)); });
        }
        for (Thread& thread : threads) thread.join();
        application.expect_explainable();
        application.finalize();
    });
    return codes;
}

TEST(TwoLogouts, at_once_end_a_login_once) {
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        const auto codes = log_out_twice(seed);
        EXPECT_EQ(std::count(codes.begin(), codes.end(), CKR_OK), 1) << "seed " << seed;
        EXPECT_EQ(std::count(codes.begin(), codes.end(), CKR_USER_NOT_LOGGED_IN), 1);
    }
}

}  // namespace
}  // namespace cardmux::simulation
