// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The card as a whole: selection, keys with their PIN rules, time, statistics, faults. The commands
// of one subject are tested beside it, in piv/.
#include "simulation/simulated_piv_card.h"

#include <gtest/gtest.h>

#include <thread>

#include "simulation/piv/card_test_user.h"

namespace cardmux::simulation {
namespace {

constexpr std::uint8_t challenge = 0x81;
constexpr std::uint8_t exponentiation = 0x85;

PivCardOptions all_of(KeyAlgorithm algorithm) {
    return {.key_algorithm = algorithm, .signature_key_algorithm = algorithm};
}

TEST(SimulatedPivCard, has_an_answer_to_reset_that_adds_up_and_tells_its_lengths) {
    CardTestUser user;
    const Bytes atr = user.card().atr();
    std::uint8_t sum = 0;
    for (std::size_t i = 1; i < atr.size(); ++i) sum ^= atr[i];
    EXPECT_EQ(sum, 0);
    EXPECT_EQ(atr.size(), 23U);
    EXPECT_EQ(atr[13], 0xC0);
    CardTestUser chaining({.behavior = {.extended_length = false}});
    EXPECT_EQ(chaining.card().atr()[13], 0x80);
}

TEST(SimulatedPivCard, answers_like_a_yubikey_5_when_told_to) {
    CardTestUser user({.behavior = {.yubico = true}});
    EXPECT_EQ(to_hex(user.card().atr()), "3bfd1300008131fe158073c021c057597562694b657940");
}

TEST(SimulatedPivCard, is_selected_by_its_whole_name_and_by_its_beginning) {
    CardTestUser user;
    const Answer whole = user.select();
    EXPECT_EQ(whole.word, 0x9000);
    EXPECT_EQ(whole.data[0], 0x61);
    EXPECT_EQ(user.send("00A4040009A0000003080000100000"), whole);
    EXPECT_EQ(user.send("00A4040005A00000030800"), whole);
    EXPECT_EQ(user.send("00A4040009A0000003080000110000").word, 0x6A82);
    EXPECT_EQ(user.send("00A404000CA0000003080000100001000000").word, 0x6A82);
    EXPECT_EQ(user.send("00A4000009A0000003080000100000").word, 0x6A86);
}

TEST(SimulatedPivCard, knows_no_command_before_it_is_selected) {
    CardTestUser user;
    EXPECT_EQ(user.verify().word, 0x6D00);
    user.select();
    EXPECT_EQ(user.verify().word, 0x9000);
    user.card().reset();
    EXPECT_EQ(user.verify().word, 0x6D00);
}

TEST(SimulatedPivCard, keeps_authority_when_selected_again_or_drops_it_by_option) {
    CardTestUser keeps;
    keeps.select();
    keeps.verify();
    keeps.select();
    EXPECT_EQ(keeps.send("00200080").word, 0x9000);
    CardTestUser drops({.behavior = {.select_drops_authority = true}});
    drops.select();
    drops.verify();
    drops.select();
    EXPECT_EQ(drops.send("00200080").word, 0x63C3);
}

TEST(SimulatedPivCard, keeps_authority_over_a_reset_by_option_only) {
    for (const bool keeps : {false, true}) {
        CardTestUser user({.behavior = {.keeps_authority = keeps}});
        user.select();
        user.verify();
        user.card().reset();
        EXPECT_EQ(user.card().is_pin_verified(), keeps);
        user.select();
        EXPECT_EQ(user.send("00200080").word, keeps ? 0x9000 : 0x63C3);
    }
}

TEST(SimulatedPivCard, keeps_everything_when_an_unknown_applet_is_asked_for) {
    CardTestUser user;
    user.select();
    user.verify();
    EXPECT_EQ(user.send("00A4040006D27600012401").word, 0x6A82);
    EXPECT_EQ(user.send("00200080").word, 0x9000);
}

TEST(SimulatedPivCard, drops_authority_when_another_applet_is_selected) {
    CardTestUser user;
    user.select();
    user.verify();
    EXPECT_EQ(user.send("00A4040008A000000151000000").word, 0x9000);
    EXPECT_EQ(user.send("00200080").word, 0x6D00);
    user.select();
    EXPECT_EQ(user.send("00200080").word, 0x63C3);
}

TEST(SimulatedPivCard, signs_with_rsa_as_its_certificate_says) {
    for (const KeyAlgorithm algorithm :
         {KeyAlgorithm::Rsa2048, KeyAlgorithm::Rsa3072, KeyAlgorithm::Rsa4096}) {
        CardTestUser user(all_of(algorithm));
        user.select();
        user.verify();
        const PublicKey key = public_key_of_certificate(user.card().certificate(0x9A));
        ASSERT_NE(key, nullptr);
        const std::size_t size = algorithm == KeyAlgorithm::Rsa2048   ? 256
                                 : algorithm == KeyAlgorithm::Rsa3072 ? 384
                                                                      : 512;
        const Bytes block = some_block(size);
        const Answer answer = user.use_key(algorithm, 0x9A, challenge, block);
        EXPECT_EQ(answer.word, 0x9000);
        EXPECT_EQ(raw_public_operation(key, answer.data), block);
    }
}

TEST(SimulatedPivCard, signs_with_elliptic_curves_as_its_certificate_says) {
    for (const KeyAlgorithm algorithm : {KeyAlgorithm::P256, KeyAlgorithm::P384}) {
        CardTestUser user(all_of(algorithm));
        user.select();
        user.verify();
        const PublicKey key = public_key_of_certificate(user.card().certificate(0x9A));
        ASSERT_NE(key, nullptr);
        const Bytes hash = some_block(algorithm == KeyAlgorithm::P256 ? 32 : 48);
        const Answer answer = user.use_key(algorithm, 0x9A, challenge, hash);
        EXPECT_EQ(answer.word, 0x9000);
        EXPECT_TRUE(verifies(key, hash, answer.data));
        EXPECT_FALSE(verifies(key, some_block(20), answer.data));
    }
}

TEST(SimulatedPivCard, agrees_on_a_secret_with_another_card) {
    for (const KeyAlgorithm algorithm : {KeyAlgorithm::P256, KeyAlgorithm::P384}) {
        PivCardOptions options = all_of(algorithm);
        options.behavior.yubico = true;  // its metadata tell the public key
        CardTestUser one(options);
        options.serial_number = 2;
        CardTestUser other(options);
        const auto point_of = [&](CardTestUser& user) {
            user.select();
            user.verify();
            const Bytes metadata = user.send("00F7009D00").data;
            const std::size_t size = algorithm == KeyAlgorithm::P256 ? 65 : 97;
            return Bytes(metadata.end() - static_cast<std::ptrdiff_t>(size), metadata.end());
        };
        const Bytes point_one = point_of(one);
        const Bytes point_other = point_of(other);
        const Answer secret = one.use_key(algorithm, 0x9D, exponentiation, point_other);
        EXPECT_EQ(secret.word, 0x9000);
        EXPECT_EQ(secret.data.size(), algorithm == KeyAlgorithm::P256 ? 32U : 48U);
        EXPECT_EQ(other.use_key(algorithm, 0x9D, exponentiation, point_one), secret);
        Bytes not_on_curve = point_other;
        not_on_curve.back() ^= 1;
        EXPECT_EQ(one.use_key(algorithm, 0x9D, exponentiation, not_on_curve).word, 0x6A80);
    }
}

TEST(SimulatedPivCard, wants_the_pin_for_9A_and_9D_once_and_for_9E_never) {
    CardTestUser user;
    user.select();
    const Bytes block = some_block(256);
    EXPECT_EQ(user.use_key(KeyAlgorithm::Rsa2048, 0x9A, challenge, block).word, 0x6982);
    EXPECT_EQ(user.use_key(KeyAlgorithm::Rsa2048, 0x9D, challenge, block).word, 0x6982);
    EXPECT_EQ(user.use_key(KeyAlgorithm::Rsa2048, 0x9E, challenge, block).word, 0x9000);
    user.verify();
    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(user.use_key(KeyAlgorithm::Rsa2048, 0x9A, challenge, block).word, 0x9000);
        EXPECT_EQ(user.use_key(KeyAlgorithm::Rsa2048, 0x9D, challenge, block).word, 0x9000);
    }
    EXPECT_EQ(user.card().statistics().private_key_operations, 5U);
}

TEST(SimulatedPivCard, wants_the_pin_for_9C_directly_before_each_use) {
    CardTestUser user;
    user.select();
    const Bytes hash = some_block(32);
    const auto sign = [&] { return user.use_key(KeyAlgorithm::P256, 0x9C, challenge, hash).word; };
    EXPECT_EQ(sign(), 0x6982);
    user.verify();
    EXPECT_EQ(sign(), 0x9000);
    EXPECT_EQ(sign(), 0x6982);
    user.verify();
    user.get_object(0x5FC102);  // a command between takes it away
    EXPECT_EQ(sign(), 0x6982);
    user.verify();
    user.send("00200080");  // a status query, too
    EXPECT_EQ(sign(), 0x6982);
    EXPECT_EQ(user.use_key(KeyAlgorithm::Rsa2048, 0x9A, challenge, some_block(256)).word, 0x9000);
}

TEST(SimulatedPivCard, counts_a_chain_and_its_answer_as_one_use_of_9C) {
    CardTestUser user(all_of(KeyAlgorithm::Rsa2048));
    user.select();
    user.verify();
    Bytes request = {0x7C, 0x82, 0x01, 0x06, 0x82, 0x00, 0x81, 0x82, 0x01, 0x00};
    append(request, some_block(256));
    const Answer answer = user.chained(0x87, 0x07, 0x9C, request);
    EXPECT_EQ(answer.word, 0x9000);
    EXPECT_EQ(answer.data.size(), 264U);
    EXPECT_EQ(user.card().statistics().count(0x87), 2U);
    EXPECT_EQ(user.card().statistics().count(0xC0), 1U);
    EXPECT_EQ(user.chained(0x87, 0x07, 0x9C, request).word, 0x6982);
}

TEST(SimulatedPivCard, refuses_blocks_that_no_such_key_can_take) {
    CardTestUser user;
    user.select();
    user.verify();
    const auto use = [&](KeyAlgorithm algorithm, std::uint8_t slot, ByteView block) {
        return user.use_key(algorithm, slot, challenge, block).word;
    };
    EXPECT_EQ(use(KeyAlgorithm::Rsa2048, 0x9A, some_block(255)), 0x6A80);
    EXPECT_EQ(use(KeyAlgorithm::Rsa2048, 0x9A, some_block(257)), 0x6A80);
    EXPECT_EQ(use(KeyAlgorithm::Rsa2048, 0x9A, Bytes(256, 0xFF)), 0x6A80);
    EXPECT_EQ(use(KeyAlgorithm::Rsa3072, 0x9A, some_block(256)), 0x6A86);
    EXPECT_EQ(use(KeyAlgorithm::Rsa2048, 0x82, some_block(256)), 0x6A88);
    EXPECT_EQ(use(KeyAlgorithm::Rsa2048, 0x99, some_block(256)), 0x6A86);
    EXPECT_EQ(user.send("0087079A02810000").word, 0x6A80);
}

TEST(SimulatedPivCard, is_the_same_card_each_time_and_another_with_another_number) {
    PivCardOptions options = all_of(KeyAlgorithm::P256);
    CardTestUser one(options);
    CardTestUser again(options);
    options.serial_number = 2;
    CardTestUser other(options);
    for (const std::uint32_t object : {0x5FC105, 0x5FC102, 0x5FC10A}) {
        EXPECT_FALSE(one.card().object(object).empty());
        EXPECT_EQ(one.card().object(object), again.card().object(object));
        EXPECT_NE(one.card().object(object), other.card().object(object));
    }
}

TEST(SimulatedPivCard, shares_keys_but_not_identity_within_a_key_set) {
    CardTestUser one({.serial_number = 7, .key_set = 3});
    CardTestUser other({.serial_number = 8, .key_set = 3});
    for (CardTestUser* user : {&one, &other}) user->select();
    const Bytes block = some_block(256);
    EXPECT_EQ(one.use_key(KeyAlgorithm::Rsa2048, 0x9E, challenge, block),
              other.use_key(KeyAlgorithm::Rsa2048, 0x9E, challenge, block));
    EXPECT_NE(one.card().object(0x5FC102), other.card().object(0x5FC102));
}

TEST(SimulatedPivCard, takes_the_whole_time_of_its_profile_and_no_more) {
    PivCardOptions options = all_of(KeyAlgorithm::Rsa4096);  // computing alone takes milliseconds
    options.time_profile = TimeProfile::parse("fixed:60ms").value();
    CardTestUser user(options);
    user.select();
    const TimePoint start = now();
    EXPECT_EQ(user.use_key(KeyAlgorithm::Rsa4096, 0x9E, challenge, some_block(512)).word, 0x9000);
    const double taken = milliseconds(now() - start);
    EXPECT_GE(taken, 60);
    EXPECT_LT(taken, 160);
}

TEST(SimulatedPivCard, carries_out_commands_of_several_threads_one_after_another) {
    PivCardOptions options = all_of(KeyAlgorithm::P256);
    options.time_profile = TimeProfile::parse("fixed:20ms").value();
    CardTestUser user(options);
    user.select();
    const TimePoint start = now();
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            EXPECT_EQ(user.use_key(KeyAlgorithm::P256, 0x9E, challenge, some_block(32)).word,
                      0x9000);
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_GE(milliseconds(now() - start), 80);
}

TEST(SimulatedPivCard, ends_a_command_in_progress_when_it_is_reset) {
    PivCardOptions options = all_of(KeyAlgorithm::P256);
    options.time_profile = TimeProfile::parse("fixed:60s").value();
    CardTestUser user(options);
    user.select();
    std::thread worker([&] { user.use_key(KeyAlgorithm::P256, 0x9E, challenge, some_block(32)); });
    while (user.card().statistics().private_key_operations == 0) std::this_thread::yield();
    user.card().reset();
    worker.join();
    EXPECT_EQ(user.card().statistics().resets, 2U);
}

TEST(SimulatedPivCard, hangs_while_it_is_delayed_and_goes_on_when_freed) {
    CardTestUser user(all_of(KeyAlgorithm::P256));
    user.select();
    user.card().set_delay(std::chrono::hours(1));
    std::thread worker([&] { EXPECT_EQ(user.verify().word, 0x9000); });
    while (user.card().statistics().verify_attempts == 0) std::this_thread::yield();
    user.card().set_delay(Duration::zero());
    worker.join();
    EXPECT_TRUE(user.card().is_pin_verified());
}

TEST(SimulatedPivCard, carries_out_a_command_whose_answer_is_lost) {
    CardTestUser user(all_of(KeyAlgorithm::P256));
    user.select();
    user.card().lose_next_answer();
    EXPECT_TRUE(user.card().transmit(from_hex("0020008008313131313131FFFF").value()).empty());
    EXPECT_EQ(user.card().pin_tries_left(), 2);
    EXPECT_EQ(user.send("00200080").word, 0x63C2);
}

TEST(SimulatedPivCard, takes_a_new_pin_behind_our_back) {
    CardTestUser user(all_of(KeyAlgorithm::P256));
    user.select();
    user.verify();
    user.card().change_pin_behind_back("654321");
    EXPECT_EQ(user.verify("123456").word, 0x63C2);
    EXPECT_EQ(user.verify("654321").word, 0x9000);
}

TEST(SimulatedPivCard, counts_what_it_does) {
    CardTestUser user(all_of(KeyAlgorithm::P256));
    user.select();
    user.verify("111111");
    user.verify();
    user.send("00200080");
    const CardStatistics statistics = user.card().statistics();
    EXPECT_EQ(statistics.apdus, 4U);
    EXPECT_EQ(statistics.count(0x20), 3U);
    EXPECT_EQ(statistics.verify_attempts, 2U);
    EXPECT_EQ(statistics.wrong_pins, 1U);
    EXPECT_EQ(statistics.selects, 1U);
    EXPECT_EQ(statistics.resets, 1U);
    ASSERT_EQ(statistics.last_apdus.size(), 4U);
    EXPECT_EQ(statistics.last_apdus[1].status_word, 0x63C2);
    user.card().clear_statistics();
    EXPECT_EQ(user.card().statistics().apdus, 0U);
}

TEST(SimulatedPivCard, refuses_options_that_no_card_has) {
    const auto code = [](PivCardOptions options) {
        const auto made = SimulatedPivCard::create(std::move(options));
        return made.ok() ? ErrorCode::Internal : made.error().code;
    };
    EXPECT_EQ(code({.pin = "12345"}), ErrorCode::InvalidArgument);
    EXPECT_EQ(code({.pin = "123456789"}), ErrorCode::InvalidArgument);
    EXPECT_EQ(code({.puk = ""}), ErrorCode::InvalidArgument);
    EXPECT_EQ(code({.pin_tries = 0}), ErrorCode::InvalidArgument);
    EXPECT_EQ(code({.pin_tries = 16}), ErrorCode::InvalidArgument);
    EXPECT_EQ(code({.guid = Bytes(15)}), ErrorCode::InvalidArgument);
    EXPECT_EQ(code({.management_key = Bytes(16)}), ErrorCode::InvalidArgument);
}

}  // namespace
}  // namespace cardmux::simulation
