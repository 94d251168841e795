// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "simulation/simulation_spec.h"

#include <gtest/gtest.h>

namespace cardmux::simulation {
namespace {

SimulationSpec parse(const std::string& text) {
    std::string problem;
    const auto spec = parse_simulation_spec(text, problem);
    EXPECT_TRUE(spec.ok()) << text << ": " << problem;
    return spec.ok() ? spec.value() : SimulationSpec{};
}

/// What is said of a wrong text; empty if it is taken.
std::string problem_with(const std::string& text) {
    std::string problem;
    const auto spec = parse_simulation_spec(text, problem);
    if (spec.ok()) return "";
    EXPECT_EQ(spec.error().code, ErrorCode::InvalidArgument);
    return problem;
}

TEST(SimulationSpec, is_one_instant_card_when_nothing_is_said) {
    const SimulationSpec spec = parse("");
    EXPECT_EQ(spec.cards, 1);
    EXPECT_EQ(spec.readers, 1);
    EXPECT_EQ(spec.card.time_profile.name(), "instant");
    EXPECT_EQ(spec.card.pin, "123456");
    EXPECT_EQ(spec.card.key_algorithm, KeyAlgorithm::Rsa2048);
    EXPECT_EQ(spec.card.signature_key_algorithm, KeyAlgorithm::P256);
}

TEST(SimulationSpec, plain_is_the_opposite_of_yubico) {
    EXPECT_FALSE(parse("plain").card.behavior.yubico);
    EXPECT_NE(problem_with("plain,yubico"), "");
    EXPECT_NE(problem_with("yubico,plain"), "");
}

TEST(SimulationSpec, reads_every_word_that_it_documents) {
    const SimulationSpec spec = parse(
        "certum,cards=3,readers=5,key=p384,pin=87654321,puk=12121212,tries=5,serial=40,state=/x/y,"
        "shared-keys,empty,yubico,no-logout=6B00,chaining-only,61xx,select-drops-authority,keeps-"
        "authority,"
        "no-discovery");
    EXPECT_EQ(spec.card.time_profile.name(), "certum");
    EXPECT_EQ(spec.cards, 3);
    EXPECT_EQ(spec.readers, 5);
    EXPECT_EQ(spec.card.key_algorithm, KeyAlgorithm::P384);
    EXPECT_EQ(spec.card.signature_key_algorithm, KeyAlgorithm::P384);
    EXPECT_EQ(spec.card.pin, "87654321");
    EXPECT_EQ(spec.card.puk, "12121212");
    EXPECT_EQ(spec.card.pin_tries, 5);
    EXPECT_EQ(spec.card.serial_number, 40U);
    EXPECT_EQ(spec.card.state_file, "/x/y");
    EXPECT_TRUE(spec.shared_keys);
    EXPECT_FALSE(spec.card.provisioned);
    EXPECT_TRUE(spec.card.behavior.yubico);
    EXPECT_FALSE(spec.card.behavior.has_logout);
    EXPECT_EQ(spec.card.behavior.logout_refusal, 0x6B00);
    EXPECT_FALSE(spec.card.behavior.extended_length);
    EXPECT_TRUE(spec.card.behavior.answers_61_always);
    EXPECT_TRUE(spec.card.behavior.select_drops_authority);
    EXPECT_TRUE(spec.card.behavior.keeps_authority);
    EXPECT_FALSE(spec.card.behavior.has_discovery);
}

TEST(SimulationSpec, takes_the_more_special_key_word_in_any_order) {
    for (const char* text : {"key=rsa3072,signkey=p384", "signkey=p384,key=rsa3072"}) {
        const SimulationSpec spec = parse(text);
        EXPECT_EQ(spec.card.key_algorithm, KeyAlgorithm::Rsa3072);
        EXPECT_EQ(spec.card.signature_key_algorithm, KeyAlgorithm::P384);
    }
}

TEST(SimulationSpec, names_the_word_that_is_wrong_and_what_is_allowed) {
    EXPECT_EQ(problem_with("instant,cards=65"), "'cards=65': 0 to 64");
    EXPECT_EQ(problem_with("cards=x"), "'cards=x': 0 to 64");
    EXPECT_EQ(problem_with("key=rsa1024"),
              "'key=rsa1024': rsa2048, rsa3072, rsa4096, p256 or p384");
    EXPECT_EQ(problem_with("pin=12345"), "'pin=12345': 6 to 8 characters");
    EXPECT_EQ(problem_with("pin"), "'pin': 6 to 8 characters");
    EXPECT_EQ(problem_with("cards=3,readers=2"), "'readers=2': at least as many as cards (3)");
    EXPECT_EQ(problem_with("fixed:10"),
              "'fixed:10': a time such as fixed:10ms, fixed:500us or fixed:1.5s");
    EXPECT_EQ(problem_with("instant,certum"), "'certum': said twice");
    EXPECT_EQ(problem_with("cards=1,cards=2"), "'cards=2': said twice");
    const std::string unknown = problem_with("instant,crads=2");
    EXPECT_TRUE(unknown.starts_with("'crads=2': no such word; there are instant, ")) << unknown;
    EXPECT_NE(unknown.find("select-drops-authority"), std::string::npos);
}

TEST(SimulationSpec, gives_each_card_its_own_number_keys_and_file) {
    SimulationSpec spec = parse("serial=40,state=/x/y");
    EXPECT_EQ(card_options(spec, 0).serial_number, 40U);
    EXPECT_EQ(card_options(spec, 2).serial_number, 42U);
    EXPECT_EQ(card_options(spec, 0).state_file, "/x/y");
    EXPECT_EQ(card_options(spec, 2).state_file, "/x/y.3");
    EXPECT_EQ(card_options(spec, 2).key_set, 0U);
    spec.shared_keys = true;
    EXPECT_EQ(card_options(spec, 2).key_set, 40U);
}

TEST(SimulationSpec, builds_readers_with_different_cards_in_them) {
    std::string problem;
    auto built = build_simulation(parse("cards=2,readers=3,key=p256"), problem);
    ASSERT_TRUE(built.ok()) << problem;
    EXPECT_EQ(built->cards.size(), 2U);
    ASSERT_EQ(built->readers.size(), 3U);
    EXPECT_EQ(built->readers[2], "Cardmux Simulated Reader 02");
    EXPECT_NE(built->cards[0]->certificate(0x9A), built->cards[1]->certificate(0x9A));
    const auto service = built->transport->connect_service();
    const auto readers = service.value()->list().value();
    EXPECT_TRUE(readers[0].card_present);
    EXPECT_TRUE(readers[1].card_present);
    EXPECT_FALSE(readers[2].card_present);
}

TEST(SimulationSpec, says_which_card_cannot_be_made) {
    std::string problem;
    const auto built = build_simulation(parse("empty,state=/nonexistent/folder/state"), problem);
    ASSERT_FALSE(built.ok());
    EXPECT_TRUE(problem.starts_with("simulated card 1: ")) << problem;
}

/// The module with simulated cards inside makes them at its start, which has to be quick.
TEST(SimulationSpec, makes_four_rsa_cards_without_making_keys) {
    std::string problem;
    const TimePoint start = now();
    ASSERT_TRUE(build_simulation(parse("cards=4"), problem).ok()) << problem;
    RecordProperty("milliseconds", std::to_string(milliseconds(now() - start)));
    // Sixteen new RSA keys would take many times as long, on any machine.
    EXPECT_LT(milliseconds(now() - start), 1000);
}

}  // namespace
}  // namespace cardmux::simulation
