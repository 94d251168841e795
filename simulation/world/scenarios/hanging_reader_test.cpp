// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// A reader hangs, and several threads want to use a key for which a person has to be asked first.
// Nobody is asked about a card that does not move, and all calls end with the first, not one after
// the other (seeds 2973 and 4565 of the simulated world's first day: eight minutes, three
// questions).
#include <gtest/gtest.h>

#include "container/find_container.h"
#include "container/key_access.h"
#include "simulation/world/observed_transport.h"
#include "simulation/world/observed_turn.h"

namespace cardmux::simulation {
namespace {

using container::Caller;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::size_t thread_count = 6;
/// The limit of no progress is 60 s.
constexpr Duration longest = seconds(70);

class CountingPerson final : public container::PinPrompt {
  public:
    Result<SecretBytes> ask(const container::PinQuestion&) override {
        ++question_count;
        return SecretBytes(bytes_of("123456"));
    }
    int question_count = 0;
};

/// How often the person was asked.
int use_key_while_the_reader_hangs(World& world) {
    const auto person = std::make_shared<CountingPerson>();
    WorldReader& reader = world.readers().front();
    provider::Environment environment;
    environment.transport = make_observed_transport(world, nullptr, 0);
    environment.open_turn = observed_turns(world, 0);
    const auto provider = std::move(provider::Provider::create(environment, {})).value();
    container::KeyAccess access(person);
    const auto found = container::find_container(*provider, {reader.name, ""},
                                                 provider->make_client(1), Deadline::never());
    EXPECT_TRUE(found.ok());
    reader.home->set_delay(minutes(13));
    std::vector<Thread> threads(thread_count);
    for (Thread& thread : threads) {
        (void)thread.start("container", [&] {
            Caller caller;
            caller.client = provider->make_client(1);
            token::SignRequest request;
            request.scheme = token::Ecdsa{};
            request.input = Bytes(32, 0x42);
            const TimePoint start = now();
            const auto signature = access.sign(*found, caller, request);
            EXPECT_EQ(signature.ok() ? ErrorCode::Internal : signature.error().code,
                      ErrorCode::NoProgress);
            EXPECT_LT(now() - start, longest);
        });
    }
    for (Thread& thread : threads) thread.join();
    reader.home->set_delay(Duration::zero());
    provider->shut_down(Deadline::after(seconds(10)));
    return person->question_count;
}

TEST(HangingReader, ends_all_calls_at_once_and_has_nobody_asked) {
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        WorldOptions options;
        options.seed = seed;
        options.faults = FaultPlan::Mode::Calm;
        World world(options);
        int question_count = 0;
        world.run([&] { question_count = use_key_while_the_reader_hangs(world); });
        EXPECT_EQ(question_count, 0) << "seed " << seed;
    }
}

}  // namespace
}  // namespace cardmux::simulation
