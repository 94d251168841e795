// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "simulation/time_profile.h"

#include <gtest/gtest.h>

namespace cardmux::simulation {
namespace {

double ms(const TimeProfile& profile, TimedCommand command) {
    return milliseconds(profile.duration_of(command));
}

TEST(TimeProfile, instant_adds_nothing) {
    const TimeProfile profile = TimeProfile::parse("instant").value();
    for (std::size_t i = 0; i < timed_command_count; ++i) {
        EXPECT_EQ(profile.duration_of(static_cast<TimedCommand>(i)), Duration::zero());
    }
}

TEST(TimeProfile, fixed_times_private_key_operations_and_nothing_else) {
    const TimeProfile profile = TimeProfile::parse("fixed:10ms").value();
    for (const TimedCommand timed :
         {TimedCommand::Rsa2048, TimedCommand::Rsa3072, TimedCommand::Rsa4096, TimedCommand::P256,
          TimedCommand::P384}) {
        EXPECT_DOUBLE_EQ(ms(profile, timed), 10);
    }
    for (const TimedCommand free :
         {TimedCommand::Continuation, TimedCommand::Other, TimedCommand::Select,
          TimedCommand::ReadCertificate, TimedCommand::Verify}) {
        EXPECT_DOUBLE_EQ(ms(profile, free), 0);
    }
}

TEST(TimeProfile, reads_microseconds_and_seconds) {
    EXPECT_DOUBLE_EQ(ms(TimeProfile::parse("fixed:250us").value(), TimedCommand::P256), 0.25);
    EXPECT_DOUBLE_EQ(ms(TimeProfile::parse("fixed:1.5s").value(), TimedCommand::P256), 1500);
}

TEST(TimeProfile, has_the_measured_figures_of_real_cards) {
    const TimeProfile yubikey = TimeProfile::parse("yubikey5").value();
    EXPECT_DOUBLE_EQ(ms(yubikey, TimedCommand::Select), 1.26);
    EXPECT_DOUBLE_EQ(ms(yubikey, TimedCommand::ReadCertificate), 7.3);
    EXPECT_DOUBLE_EQ(ms(yubikey, TimedCommand::Verify), 9.1);
    EXPECT_DOUBLE_EQ(ms(yubikey, TimedCommand::Rsa2048), 138.5);
    EXPECT_DOUBLE_EQ(ms(yubikey, TimedCommand::P256), 71.6);
    EXPECT_DOUBLE_EQ(ms(yubikey, TimedCommand::P384), 118.6);
    EXPECT_DOUBLE_EQ(ms(TimeProfile::parse("certum").value(), TimedCommand::Rsa4096), 1512);
    EXPECT_DOUBLE_EQ(ms(TimeProfile::parse("nitrokey3").value(), TimedCommand::P256), 1024);
    EXPECT_DOUBLE_EQ(ms(yubikey, TimedCommand::Continuation), 0);
}

TEST(TimeProfile, refuses_what_it_does_not_know) {
    for (const char* text : {"", "instan", "fixed", "fixed:", "fixed:10", "fixed:ms", "fixed:-1ms",
                             "fixed:10min", "fixed:nanms", "fixed:999999s", "yubikey5 "}) {
        const auto profile = TimeProfile::parse(text);
        ASSERT_FALSE(profile.ok()) << text;
        EXPECT_EQ(profile.error().code, ErrorCode::InvalidArgument);
    }
}

}  // namespace
}  // namespace cardmux::simulation
