// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Whatever comes, the card answers with a status word and nothing worse; meant to be run under the
// sanitizers. The bytes follow from a fixed seed: a failure comes again.
#include <gtest/gtest.h>

#include <array>

#include "simulation/piv/card_test_user.h"

namespace cardmux::simulation {
namespace {

constexpr int rounds = 20'000;

/// SplitMix64 (Steele, Lea, Flood 2014): the standard's generators differ between libraries in what
/// their distributions make of them.
class Stream {
  public:
    explicit Stream(std::uint64_t seed) : state_(seed) {}
    std::uint64_t next() {
        std::uint64_t z = (state_ += 0x9E3779B97F4A7C15);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
    std::size_t below(std::size_t limit) { return next() % limit; }
    std::uint8_t byte() { return static_cast<std::uint8_t>(next()); }

  private:
    std::uint64_t state_;
};

/// Commands that reach far into the card, to be bent.
std::vector<Bytes> good_commands() {
    std::vector<Bytes> commands;
    for (
        const char* text :
        {"00A404000BA00000030800001000010000", "00CB3FFF055C035FC10500", "00CB3FFF035C017E00",
         "0020008008313233343536FFFF", "00200080", "0020FF80",
         "0024008010313233343536FFFF313233343536FFFF", "002C0080103132333435363738313233343536FFFF",
         "0087039B047C02800000", "0087039B047C02810000",
         "0087119A267C24820081200102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F2000",
         "10DB3FFF095C035FC10653027001", "00DB3FFF095C035FC10653027001", "0047009A05AC0380011100",
         "00FE119A0606041122334400", "00F7009A00", "00FFFFFF030A9B18", "00C0000000"}) {
        commands.push_back(from_hex(text).value());
    }
    return commands;
}

void expect_status_word(CardTestUser& user, const Bytes& apdu) {
    const Bytes answer = user.card().transmit(apdu);
    ASSERT_GE(answer.size(), 2U) << to_hex(apdu);
    const std::uint8_t class_of_word = answer[answer.size() - 2];
    ASSERT_TRUE(class_of_word == 0x90 || (class_of_word >= 0x61 && class_of_word <= 0x6F))
        << to_hex(apdu);
}

PivCardOptions forgiving() {
    return {.pin_tries = 15,
            .puk_tries = 15,
            .key_algorithm = KeyAlgorithm::P256,
            .behavior = {.yubico = true}};
}

TEST(MalformedApdus, of_random_bytes_get_a_status_word) {
    CardTestUser user(forgiving());
    user.select();
    Stream stream(1);
    for (int i = 0; i < rounds; ++i) {
        Bytes apdu(stream.below(stream.below(20) == 0 ? 600 : 24));
        for (std::uint8_t& byte : apdu) byte = stream.byte();
        if (!apdu.empty() && stream.below(4) != 0) apdu[0] &= 0x10;
        ASSERT_NO_FATAL_FAILURE(expect_status_word(user, apdu));
    }
}

TEST(MalformedApdus, bent_from_good_ones_get_a_status_word) {
    CardTestUser user(forgiving());
    const std::vector<Bytes> commands = good_commands();
    Stream stream(2);
    for (int i = 0; i < rounds; ++i) {
        if (i % 50 == 0) {
            user.select();
            user.authenticate_manager();
            user.verify();
        }
        Bytes apdu = commands[stream.below(commands.size())];
        for (std::size_t bends = stream.below(3); bends > 0; --bends) {
            apdu[stream.below(apdu.size())] = stream.byte();
        }
        if (stream.below(8) == 0) apdu.resize(stream.below(apdu.size() + 8));
        // RSA keys take seconds to make; bytes that ask for one are left out.
        const bool makes_key = apdu.size() > 9 && apdu[1] == 0x47;
        if (makes_key && apdu[9] != 0x11) continue;
        ASSERT_NO_FATAL_FAILURE(expect_status_word(user, apdu));
    }
}

TEST(MalformedApdus, leave_a_card_that_still_works) {
    CardTestUser user(forgiving());
    Stream stream(3);
    for (int i = 0; i < 1000; ++i) {
        Bytes apdu(stream.below(40));
        for (std::uint8_t& byte : apdu) byte = stream.byte();
        user.card().transmit(apdu);
    }
    user.card().reset();
    EXPECT_EQ(user.select().word, 0x9000);
    EXPECT_EQ(user.verify().word, 0x9000);
    EXPECT_EQ(user.use_key(KeyAlgorithm::P256, 0x9A, 0x81, some_block(32)).word, 0x9000);
}

}  // namespace
}  // namespace cardmux::simulation
