// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Aim: the driver writes to the simulated card in its characters: plain, Yubico's of three ages,
// with management keys of all kinds.
#include "drivers/piv/management/piv_management.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "drivers/piv/piv_driver.h"
#include "drivers/piv/scripted_channel.h"
#include "simulation/simulated_piv_card.h"

namespace cardmux::drivers::piv {
namespace {

using simulation::KeyAlgorithm;
using simulation::ManagementAlgorithm;
using simulation::PivCardOptions;
using simulation::SimulatedPivCard;

PivCardOptions empty_card(bool yubico) {
    PivCardOptions options{.provisioned = false};
    options.behavior.yubico = yubico;
    return options;
}

PivCardOptions full_card(bool yubico) {
    PivCardOptions options{.key_algorithm = KeyAlgorithm::P256};
    options.behavior.yubico = yubico;
    return options;
}

Bytes default_key(std::size_t size) {
    Bytes key(size);
    for (std::size_t i = 0; i < size; ++i) key[i] = static_cast<std::uint8_t>(i % 8 + 1);
    return key;
}

struct Bench {
    explicit Bench(const PivCardOptions& options)
        : Bench(SimulatedPivCard::create(options).value_or(nullptr)) {}
    /// The same card met anew.
    explicit Bench(std::shared_ptr<SimulatedPivCard> card_)
        : card(std::move(card_)),
          channel([this](ByteView command) { return card->transmit(command); }) {
        card->reset();
        auto probed = probe_piv(channel, card->atr());
        if (probed.ok()) driver = std::move(probed).value();
    }
    CardManagement& management() { return *driver->management(); }

    ErrorCode authenticate(const Bytes& key) {
        const SecretBytes secret(key);
        return code_of(
            management().authenticate(channel, key.empty() ? nullptr : &secret, system_random()));
    }
    static ErrorCode code_of(const Result<void>& result) {
        return result ? no_error : result.error().code;
    }
    void verify() {
        ASSERT_TRUE(driver->verify_pin(channel, SecretBytes(bytes_of("123456"))).ok());
    }
    CardContents contents() { return driver->read_contents(channel).value_or({}); }
    const CardKey* find(const CardContents& in, std::uint8_t reference) {
        const auto found = std::ranges::find(in.keys, reference, &CardKey::reference);
        return found == in.keys.end() ? nullptr : &*found;
    }
    std::uint16_t put_data() {  // a harmless object
        const Bytes answer = card->transmit(from_hex("00DB3FFF085C035FC1065301AA").value_or({}));
        return static_cast<std::uint16_t>(answer.at(0) << 8 | answer.at(1));
    }

    static constexpr auto no_error = static_cast<ErrorCode>(255);
    std::shared_ptr<SimulatedPivCard> card;
    ScriptedChannel channel;
    std::unique_ptr<CardDriver> driver;
};

constexpr auto no_error = Bench::no_error;

TEST(PivManagement, proves_keys_of_every_cipher) {
    for (const auto algorithm : {ManagementAlgorithm::TripleDes, ManagementAlgorithm::Aes128,
                                 ManagementAlgorithm::Aes192, ManagementAlgorithm::Aes256}) {
        PivCardOptions options = empty_card(true);
        options.management_algorithm = algorithm;
        options.management_key = Bytes(algorithm == ManagementAlgorithm::Aes128   ? 16
                                       : algorithm == ManagementAlgorithm::Aes256 ? 32
                                                                                  : 24,
                                       0x37);
        Bench bench(options);
        EXPECT_EQ(bench.put_data(), 0x6982);
        EXPECT_EQ(bench.authenticate(options.management_key), no_error);
        EXPECT_EQ(bench.put_data(), 0x9000);
    }
}

TEST(PivManagement, tells_the_cipher_by_the_size_where_the_card_does_not) {
    for (const auto& [algorithm, size] :
         std::initializer_list<std::pair<ManagementAlgorithm, std::size_t>>{
             {ManagementAlgorithm::TripleDes, 24},
             {ManagementAlgorithm::Aes128, 16},
             {ManagementAlgorithm::Aes256, 32}}) {
        PivCardOptions options = full_card(false);
        options.management_algorithm = algorithm;
        Bench bench(options);
        EXPECT_EQ(bench.authenticate(default_key(size)), no_error);
        EXPECT_EQ(bench.authenticate(Bytes(size, 1)), ErrorCode::ManagementKeyRequired);
        EXPECT_EQ(bench.authenticate(Bytes(17, 1)), ErrorCode::ManagementKeyRequired);
    }
}

TEST(PivManagement, takes_the_factorys_key_only_if_the_card_says_that_it_has_it) {
    Bench bench(empty_card(true));
    EXPECT_EQ(bench.authenticate({}), no_error);
    PivCardOptions options = empty_card(true);
    options.management_key = Bytes(24, 0x37);
    Bench changed(options);
    EXPECT_EQ(changed.authenticate({}), ErrorCode::ManagementKeyRequired);
    EXPECT_EQ(changed.channel.count("0087"), 0U) << "nothing is guessed";
    EXPECT_EQ(Bench(full_card(false)).authenticate({}), ErrorCode::ManagementKeyRequired);
}

TEST(PivManagement, reads_a_key_that_yubicos_tools_have_put_behind_the_pin) {
    PivCardOptions options = empty_card(true);
    options.management_key = Bytes(24, 0x37);
    Bench bench(options);
    ASSERT_EQ(bench.authenticate(options.management_key), no_error);
    PivCommands commands(bench.card->atr());
    const Bytes printed = from_hex("881a8918" + to_hex(options.management_key)).value_or({});
    ASSERT_TRUE(commands.put_data(bench.channel, 0x5FC109, printed)->ok());
    ASSERT_TRUE(commands.put_data(bench.channel, 0x5FFF00, from_hex("8003810102").value())->ok());
    bench.card->reset();
    ASSERT_TRUE(bench.driver->select(bench.channel).ok());
    EXPECT_EQ(bench.authenticate({}), ErrorCode::ManagementKeyRequired) << "without the PIN";
    bench.verify();
    EXPECT_EQ(bench.authenticate({}), no_error);
    ASSERT_TRUE(commands.put_data(bench.channel, 0x5FFF00, from_hex("8003810101").value())->ok());
    EXPECT_EQ(bench.authenticate({}), ErrorCode::ManagementKeyRequired) << "not noted as such";
}

TEST(PivManagement, has_the_card_prove_that_it_knows_the_key) {
    Bench bench(full_card(false));
    ASSERT_EQ(bench.authenticate(default_key(24)), no_error);
    // A card that takes every proof and answers anything.
    bench.channel.answer("0087039b16", "7C0A820800000000000000009000");
    EXPECT_EQ(bench.authenticate(default_key(24)), ErrorCode::ManagementKeyRequired);
}

TEST(PivManagement, takes_the_authority_away_again) {
    for (const bool yubico : {false, true}) {
        Bench bench(full_card(yubico));
        EXPECT_FALSE(bench.management().find_way_back(bench.channel).ok()) << "nothing is seen";
        bench.verify();
        ASSERT_TRUE(bench.management().find_way_back(bench.channel).ok());
        EXPECT_FALSE(bench.card->is_pin_verified());
        bench.verify();
        ASSERT_EQ(bench.authenticate(default_key(24)), no_error);
        ASSERT_EQ(bench.put_data(), 0x9000);
        ASSERT_TRUE(bench.management().drop_authority(bench.channel).ok());
        EXPECT_EQ(bench.put_data(), 0x6982);
        EXPECT_FALSE(bench.card->is_pin_verified());
        EXPECT_EQ(bench.contents().keys.size(), 4U) << "PIV is selected";
    }
}

TEST(PivManagement, does_not_begin_where_it_could_not_end) {
    // It has no other application; it stays verified whatever is selected; it does not tell.
    for (const auto& [command, answer] : std::initializer_list<std::pair<const char*, const char*>>{
             {"00a40400", "6A82"}, {"00200080$", "9000"}, {"00200080$", "6700"}}) {
        Bench bench(full_card(false));
        bench.verify();
        bench.channel.answer(command, answer);
        EXPECT_EQ(Bench::code_of(bench.management().find_way_back(bench.channel)),
                  ErrorCode::NotSupported)
            << command << answer;
    }
}

TEST(PivManagement, makes_keys_that_sign) {
    Bench bench(empty_card(true));
    ASSERT_EQ(bench.authenticate({}), no_error);
    for (const crypto::KeyKind& kind :
         {crypto::KeyKind(crypto::Curve::P256), crypto::KeyKind(crypto::Curve::P384),
          crypto::KeyKind(crypto::RsaKind{2048})}) {
        const auto made = bench.management().generate_key(bench.channel, 0x9A, kind);
        ASSERT_TRUE(made.ok()) << to_string(made.error());
        EXPECT_EQ(crypto::kind_of(*made), kind);
        const CardContents contents = bench.contents();
        ASSERT_NE(bench.find(contents, 0x9A), nullptr);
        EXPECT_EQ(bench.find(contents, 0x9A)->public_key, *made);
    }
}

TEST(PivManagement, tells_a_kind_that_the_card_does_not_know_from_a_refusal) {
    Bench bench(empty_card(true));
    const auto code = [&](const crypto::KeyKind& kind) {
        return bench.management().generate_key(bench.channel, 0x9A, kind).error().code;
    };
    EXPECT_EQ(code(crypto::Curve::P256), ErrorCode::SecurityNotSatisfied) << "no manager";
    ASSERT_EQ(bench.authenticate({}), no_error);
    EXPECT_EQ(code(crypto::RsaKind{1024}), ErrorCode::NotSupported);
    EXPECT_EQ(code(crypto::RsaKind{1000}), ErrorCode::NotSupported);
    bench.channel.answer("004700", "6A84");
    EXPECT_EQ(code(crypto::Curve::P256), ErrorCode::CardFull);
}

TEST(PivManagement, finds_free_places_also_where_only_the_card_knows_of_a_key) {
    Bench bench(empty_card(true));
    CardManagement& management = bench.management();
    ASSERT_EQ(bench.authenticate({}), no_error);
    EXPECT_TRUE(management.is_free(bench.channel, 0x83).value_or(false));
    ASSERT_TRUE(management.generate_key(bench.channel, 0x83, crypto::Curve::P256).ok());
    EXPECT_FALSE(management.is_free(bench.channel, 0x83).value_or(true)) << "somebody's key";
    PivCommands commands(bench.card->atr());
    ASSERT_TRUE(commands.put_data(bench.channel, 0x5FC10D, Bytes{1, 2, 3})->ok());
    EXPECT_FALSE(management.is_free(bench.channel, 0x82).value_or(true)) << "somebody's object";
    EXPECT_EQ(management.places_for(KeyPurpose::Signature).front(), 0x9C);
    EXPECT_EQ(management.places_for(KeyPurpose::Signature).size(), 21U);
    EXPECT_EQ(Bench(full_card(false)).management().places_for(KeyPurpose::KeyExchange).size(), 2U);
}

TEST(PivManagement, takes_nothing_for_empty_that_it_could_not_read) {
    Bench bench(empty_card(true));
    CardManagement& management = bench.management();
    ASSERT_EQ(bench.authenticate({}), no_error);
    for (const auto place : std::initializer_list<std::uint8_t>{0x9A, 0x82}) {
        ASSERT_TRUE(management.generate_key(bench.channel, place, crypto::Curve::P256).ok());
        ASSERT_TRUE(management.write_name(bench.channel, place, "mine").ok());
    }
    const auto is_free = [](Bench& at, std::uint8_t place) {
        const auto free = at.management().is_free(at.channel, place);
        return free ? no_error : free.error().code;
    };
    for (const char* word : {"6F00", "6982", "6D00", "6E00", "6A81"}) {
        Bench sick(bench.card);
        sick.channel.answer("00f70082", word);
        EXPECT_NE(is_free(sick, 0x82), no_error) << word;
    }
    for (const char* word : {"6A88", "6A82"}) {
        Bench other(bench.card);
        other.channel.answer("00f70083", word);
        EXPECT_TRUE(other.management().is_free(other.channel, 0x83).value_or(false)) << word;
    }
    Bench forgetful(bench.card);
    forgetful.channel.answer("00f7009c", "6D00");  // once, while the card is read
    (void)forgetful.contents();
    EXPECT_FALSE(forgetful.management().is_free(forgetful.channel, 0x82).value_or(true));
    EXPECT_TRUE(forgetful.management().shows_keys(forgetful.channel).value_or(false));
}

TEST(PivManagement, writes_no_notes_back_that_it_could_not_read) {
    Bench bench(empty_card(true));
    ASSERT_EQ(bench.authenticate({}), no_error);
    ASSERT_TRUE(bench.management().write_name(bench.channel, 0x9A, "mine").ok());
    const Bytes before = bench.card->object(0x5F434D);
    for (const char* answer : {"6581", "6F00", "6D00", "5402AAAA9000"}) {
        Bench sick(bench.card);
        ASSERT_EQ(sick.authenticate({}), no_error);
        sick.channel.answer("00cb3fff055c035f434d", answer);
        sick.channel.answer("00cb3fff0000055c035f434d", answer);
        EXPECT_FALSE(sick.management().write_name(sick.channel, 0x9D, "other").ok()) << answer;
        EXPECT_EQ(bench.card->object(0x5F434D), before) << answer;
    }
}

TEST(PivManagement, takes_its_own_note_for_a_key_where_the_card_does_not_tell) {
    PivCardOptions options = empty_card(true);
    options.behavior.yubico_metadata = false;
    Bench bench(options);
    CardManagement& management = bench.management();
    ASSERT_EQ(bench.authenticate(default_key(24)), no_error);
    EXPECT_TRUE(management.is_free(bench.channel, 0x82).value_or(false));
    ASSERT_TRUE(management.write_name(bench.channel, 0x82, "mine").ok());
    EXPECT_FALSE(management.is_free(bench.channel, 0x82).value_or(true));
    ASSERT_TRUE(management.delete_key(bench.channel, 0x82).ok());
    EXPECT_TRUE(management.is_free(bench.channel, 0x82).value_or(false));
}

TEST(PivManagement, keeps_names_and_finds_retired_keys_by_its_notes) {
    Bench bench(empty_card(true));
    ASSERT_EQ(bench.authenticate({}), no_error);
    for (const auto place : std::initializer_list<std::uint8_t>{0x9A, 0x82}) {
        ASSERT_TRUE(
            bench.management().generate_key(bench.channel, place, crypto::Curve::P256).ok());
    }
    EXPECT_EQ(bench.find(bench.contents(), 0x82), nullptr) << "nobody looks there";
    ASSERT_TRUE(bench.management().write_name(bench.channel, 0x9A, "Käthe").ok());
    ASSERT_TRUE(bench.management().write_name(bench.channel, 0x82, "").ok());
    const CardContents contents = bench.contents();
    ASSERT_NE(bench.find(contents, 0x82), nullptr);
    const std::vector<KeyName> names = {{0x9A, "Käthe"}, {0x82, ""}};
    EXPECT_EQ(contents.names, names);
    ASSERT_TRUE(bench.management().write_name(bench.channel, 0x9A, "").ok());
    EXPECT_EQ(bench.contents().names.size(), 1U);
}

TEST(PivManagement, deletes_keys_on_cards_of_every_age) {
    for (const bool metadata : {false, true}) {
        for (const bool deletes : {false, true}) {
            PivCardOptions options = empty_card(true);
            options.behavior.yubico_metadata = metadata;
            options.behavior.yubico_deletes_keys = deletes;
            Bench bench(options);
            CardManagement& management = bench.management();
            ASSERT_EQ(bench.authenticate(default_key(24)), no_error);
            const auto made = management.generate_key(bench.channel, 0x9A, crypto::Curve::P384);
            ASSERT_TRUE(made.ok());
            ASSERT_TRUE(management.write_name(bench.channel, 0x9A, "name").ok());
            ASSERT_TRUE(management.delete_key(bench.channel, 0x9A).ok());
            EXPECT_TRUE(bench.contents().keys.empty()) << metadata << deletes;
            EXPECT_TRUE(bench.contents().names.empty());
            EXPECT_TRUE(management.is_free(bench.channel, 0x9A).value_or(false));
            EXPECT_EQ(bench.channel.count("0047") - 1, metadata && !deletes ? 1U : 0U);
            // A new key there is one again.
            ASSERT_TRUE(management.generate_key(bench.channel, 0x9A, crypto::Curve::P256).ok());
            EXPECT_EQ(bench.contents().keys.size(), metadata ? 1U : 0U);
        }
    }
}

TEST(PivManagement, costs_a_yubikey_one_apdu_at_the_start_and_other_cards_none) {
    Bench plain(full_card(false));
    plain.channel.forget_sent();
    (void)plain.contents();
    EXPECT_EQ(plain.channel.sent().size(), 4U);
    Bench yubikey(full_card(true));
    yubikey.channel.forget_sent();
    (void)yubikey.contents();
    EXPECT_EQ(yubikey.channel.sent().size(), 5U);
}

TEST(PivManagement, writes_and_removes_certificates) {
    Bench bench(full_card(false));
    const Bytes der = bench.card->certificate(0x9A);
    ASSERT_EQ(bench.authenticate(default_key(24)), no_error);
    ASSERT_TRUE(bench.management().write_certificate(bench.channel, 0x9A, {}).ok());
    EXPECT_TRUE(bench.card->certificate(0x9A).empty());
    EXPECT_TRUE(bench.management().is_free(bench.channel, 0x9A).value_or(false));
    ASSERT_TRUE(bench.management().write_certificate(bench.channel, 0x9A, der).ok());
    EXPECT_EQ(bench.card->certificate(0x9A), der);
}

TEST(PivManagement, imports_what_it_is_given_and_refuses_what_cannot_be) {
    Bench bench(empty_card(true));
    ASSERT_EQ(bench.authenticate({}), no_error);
    const auto import = [&](const crypto::PrivateKey& key) {
        return Bench::code_of(bench.management().import_key(bench.channel, 0x9A, key));
    };
    crypto::EcPrivateKey key;
    key.scalar = SecretBytes(Bytes(32, 0x11));
    EXPECT_EQ(import(crypto::PrivateKey(std::move(key))), no_error);
    EXPECT_EQ(bench.contents().keys.size(), 1U);
    crypto::EcPrivateKey wrong_size;
    wrong_size.scalar = SecretBytes(Bytes(31, 0x11));
    EXPECT_EQ(import(crypto::PrivateKey(std::move(wrong_size))), ErrorCode::DataInvalid);
    crypto::RsaPrivateKey exponent_3;
    exponent_3.public_key = {Bytes(256, 0xFF), Bytes{3}};
    EXPECT_EQ(import(crypto::PrivateKey(std::move(exponent_3))), ErrorCode::NotSupported);
    Bench plain(full_card(false));
    EXPECT_FALSE(plain.management().takes_keys(plain.channel).value_or(true));
}

}  // namespace
}  // namespace cardmux::drivers::piv
