// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Aim: the driver does its work on the simulated card in each of its characters, with no more APDUs
// than it takes. Cards that stray in ways the simulated card does not know:
// piv_driver_quirks_test.cpp.
#include "drivers/piv/piv_driver.h"

#include <gtest/gtest.h>

#include "crypto/hash.h"
#include "drivers/piv/scripted_channel.h"
#include "simulation/simulated_piv_card.h"

namespace cardmux::drivers::piv {
namespace {

using simulation::KeyAlgorithm;
using simulation::PivCardOptions;
using simulation::SimulatedPivCard;

SecretBytes pin(std::string_view text) {
    return SecretBytes(bytes_of(text));
}

Bytes sha256(std::string_view text) {
    return crypto::hash(crypto::HashAlgorithm::Sha256, bytes_of(text)).value_or({});
}

/// A card, the way to it, its driver.
struct Bench {
    explicit Bench(const PivCardOptions& options)
        : card(SimulatedPivCard::create(options).value_or(nullptr)),
          channel([this](ByteView command) { return card->transmit(command); }) {
        card->reset();
        auto probed = probe_piv(channel, card->atr());
        if (probed.ok()) driver = std::move(probed).value();
    }

    CardKey key(std::uint8_t reference) {
        const auto contents = driver->read_contents(channel);
        for (const CardKey& candidate : contents.ok() ? contents->keys : std::vector<CardKey>())
            if (candidate.reference == reference) return candidate;
        ADD_FAILURE() << "no key " << int{reference};
        return {};
    }

    std::shared_ptr<SimulatedPivCard> card;
    ScriptedChannel channel;
    std::unique_ptr<CardDriver> driver;
};

/// Whether the key signs a hash so that its public key agrees.
void expect_signature(Bench& bench, const CardKey& key) {
    if (const auto* elliptic = std::get_if<crypto::EcPublicKey>(&key.public_key)) {
        const Bytes hash = sha256("a document");
        const auto signature = bench.driver->private_key_operation(bench.channel, key, hash);
        ASSERT_TRUE(signature.ok()) << to_string(signature.error());
        EXPECT_TRUE(crypto::ecdsa_signature_fits(*elliptic, hash, *signature).value_or(false));
        return;
    }
    const auto& rsa = std::get<crypto::RsaPublicKey>(key.public_key);
    Bytes block(rsa.modulus.size(), 0x5A);
    block[0] = 0x00;
    const auto result = bench.driver->private_key_operation(bench.channel, key, block);
    ASSERT_TRUE(result.ok()) << to_string(result.error());
    EXPECT_TRUE(crypto::rsa_result_fits(rsa, block, *result).value_or(false));
}

TEST(PivDriver, finds_the_keys_certificates_and_name_of_a_card) {
    Bench bench({});
    ASSERT_NE(bench.driver, nullptr);
    const auto contents = bench.driver->read_contents(bench.channel);
    ASSERT_TRUE(contents.ok());
    ASSERT_EQ(contents->keys.size(), 4U);
    ASSERT_EQ(contents->certificates.size(), 4U);
    for (const CardCertificate& certificate : contents->certificates)
        EXPECT_EQ(certificate.der, bench.card->certificate(certificate.key_reference));
    EXPECT_EQ(bench.key(0x9A).pin_policy, PinPolicy::Once);
    EXPECT_EQ(bench.key(0x9C).pin_policy, PinPolicy::Always);
    EXPECT_EQ(bench.key(0x9D).pin_policy, PinPolicy::Once);
    EXPECT_EQ(bench.key(0x9E).pin_policy, PinPolicy::Never);
    EXPECT_TRUE(bench.key(0x9D).can_decrypt);
    EXPECT_FALSE(bench.key(0x9D).can_sign);
    ASSERT_NE(bench.driver->proof_key(*contents), nullptr);
    EXPECT_EQ(bench.driver->proof_key(*contents)->reference, 0x9E);

    const auto identity = bench.driver->read_identity(bench.channel);
    ASSERT_TRUE(identity.ok());
    EXPECT_EQ(identity->driver, "PIV");
    EXPECT_EQ(identity->model, "PIV card");
    EXPECT_EQ(identity->unique_id.size(), 16U);
    EXPECT_EQ(identity->serial_number, to_hex(identity->unique_id).substr(0, 16));
}

TEST(PivDriver, tells_two_cards_apart_and_knows_one_again) {
    Bench one({.serial_number = 1});
    Bench again({.serial_number = 1});
    Bench other({.serial_number = 2});
    const auto first = one.driver->read_identity(one.channel);
    ASSERT_TRUE(first.ok());
    EXPECT_EQ(*first, *again.driver->read_identity(again.channel));
    EXPECT_NE(*first, *other.driver->read_identity(other.channel));
}

TEST(PivDriver, names_a_yubikey) {
    PivCardOptions options;
    options.behavior.yubico = true;
    Bench bench(options);
    EXPECT_EQ(bench.driver->read_identity(bench.channel)->model, "YubiKey PIV");
}

TEST(PivDriver, does_not_know_a_card_without_piv) {
    ScriptedChannel channel;
    channel.answer("00a40400", "6a82");
    const auto probed = probe_piv(channel, Bytes{0x3B, 0x00});
    ASSERT_TRUE(probed.ok());
    EXPECT_EQ(*probed, nullptr);
    EXPECT_EQ(channel.sent().size(), 3U);  // is it selected? its full name, its short one
}

TEST(PivDriver, signs_with_every_algorithm) {
    for (KeyAlgorithm algorithm : {KeyAlgorithm::Rsa2048, KeyAlgorithm::Rsa3072,
                                   KeyAlgorithm::Rsa4096, KeyAlgorithm::P256, KeyAlgorithm::P384}) {
        for (bool extended : {true, false}) {
            PivCardOptions options;
            options.key_algorithm = algorithm;
            options.behavior.extended_length = extended;
            Bench bench(options);
            ASSERT_NE(bench.driver, nullptr);
            ASSERT_TRUE(bench.driver->verify_pin(bench.channel, pin("123456")).ok());
            expect_signature(bench, bench.key(0x9A));
        }
    }
}

TEST(PivDriver, uses_the_signature_key_directly_after_the_pin_and_not_otherwise) {
    Bench bench({});
    const CardKey key = bench.key(0x9C);
    ASSERT_TRUE(bench.driver->verify_pin(bench.channel, pin("123456")).ok());
    expect_signature(bench, key);
    const auto again = bench.driver->private_key_operation(bench.channel, key, sha256("twice"));
    ASSERT_FALSE(again.ok());
    EXPECT_EQ(again.error().code, ErrorCode::SecurityNotSatisfied);
    EXPECT_EQ(again.error().status_word, 0x6982);
}

TEST(PivDriver, uses_the_card_authentication_key_without_pin_and_others_only_with_it) {
    Bench bench({});
    expect_signature(bench, bench.key(0x9E));
    const CardKey key = bench.key(0x9A);
    const auto refused = bench.driver->private_key_operation(bench.channel, key, Bytes(256, 0));
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, ErrorCode::SecurityNotSatisfied);
}

TEST(PivDriver, says_that_a_key_is_not_there) {
    Bench bench({.provisioned = false});
    CardKey key;
    key.reference = 0x9A;
    key.public_key = crypto::EcPublicKey{crypto::Curve::P256, Bytes(65, 4)};
    ASSERT_TRUE(bench.driver->verify_pin(bench.channel, pin("123456")).ok());
    const auto refused = bench.driver->private_key_operation(bench.channel, key, sha256("x"));
    ASSERT_FALSE(refused.ok());
    EXPECT_NE(refused.error().status_word, 0);
}

TEST(PivDriver, sends_nothing_for_input_of_an_impossible_size) {
    Bench bench({});
    const CardKey key = bench.key(0x9A);
    bench.channel.forget_sent();
    const auto refused = bench.driver->private_key_operation(bench.channel, key, Bytes(255, 1));
    EXPECT_EQ(refused.error().code, ErrorCode::DataSizeInvalid);
    EXPECT_TRUE(bench.channel.sent().empty());
}

// --- PIN

TEST(PivDriver, tells_whether_the_pin_is_verified_and_how_many_tries_are_left) {
    Bench bench({});
    auto status = bench.driver->pin_status(bench.channel);
    ASSERT_TRUE(status.ok());
    EXPECT_FALSE(status->verified);
    EXPECT_EQ(status->tries_left, 3);
    ASSERT_TRUE(bench.driver->verify_pin(bench.channel, pin("123456")).ok());
    EXPECT_TRUE(bench.driver->pin_status(bench.channel)->verified);
    EXPECT_EQ(bench.card->statistics().verify_attempts, 1U);
}

TEST(PivDriver, counts_wrong_pins_down_to_blocked) {
    Bench bench({});
    for (int left : {2, 1}) {
        const auto wrong = bench.driver->verify_pin(bench.channel, pin("999999"));
        EXPECT_EQ(wrong.error().code, ErrorCode::PinIncorrect);
        EXPECT_EQ(wrong.error().detail, left);
    }
    EXPECT_EQ(bench.driver->verify_pin(bench.channel, pin("999999")).error().code,
              ErrorCode::PinBlocked);
    EXPECT_EQ(bench.driver->verify_pin(bench.channel, pin("123456")).error().code,
              ErrorCode::PinBlocked);
    EXPECT_EQ(bench.driver->pin_status(bench.channel).error().code, ErrorCode::PinBlocked);
    EXPECT_EQ(bench.card->pin_tries_left(), 0);
}

TEST(PivDriver, sends_no_pin_that_no_card_can_have) {
    Bench bench({});
    bench.channel.forget_sent();
    for (std::string_view text : {"", "12345", "123456789", "12345\xff"}) {
        EXPECT_EQ(bench.driver->verify_pin(bench.channel, pin(text)).error().code,
                  ErrorCode::PinFormatInvalid);
    }
    EXPECT_TRUE(bench.channel.sent().empty());
    EXPECT_EQ(bench.driver->verify_pin(bench.channel, pin("12345a")).error().code,
              ErrorCode::PinFormatInvalid);  // the card's own word: 6A80, not counted
    EXPECT_EQ(bench.card->pin_tries_left(), 3);
}

// --- selecting

TEST(PivDriver, finds_piv_still_selected_without_selecting_it) {
    PivCardOptions options;
    options.behavior.select_drops_authority = true;
    Bench bench(options);
    ASSERT_TRUE(bench.driver->verify_pin(bench.channel, pin("123456")).ok());
    const auto selects = bench.card->statistics().selects;
    ASSERT_TRUE(bench.driver->select(bench.channel).ok());
    EXPECT_EQ(bench.card->statistics().selects, selects);
    EXPECT_TRUE(bench.card->is_pin_verified());
}

TEST(PivDriver, selects_piv_again_after_a_reset) {
    for (bool discovery : {true, false}) {
        PivCardOptions options;
        options.behavior.has_discovery = discovery;
        Bench bench(options);
        bench.card->reset();
        ASSERT_TRUE(bench.driver->select(bench.channel).ok());
        EXPECT_TRUE(bench.driver->pin_status(bench.channel)->tries_left.has_value());
    }
}

TEST(PivDriver, selects_piv_again_after_another_application) {
    Bench bench({});
    ASSERT_TRUE(bench.channel.transmit(*from_hex("00a4040008a000000151000000")).ok());
    ASSERT_TRUE(bench.driver->select(bench.channel).ok());
    EXPECT_EQ(bench.driver->pin_status(bench.channel)->tries_left, 3);
}

// --- giving authority back

TEST(PivDriver, drops_authority_on_every_character_of_card) {
    for (bool logout : {true, false}) {
        for (bool forgets : {true, false}) {
            for (std::uint16_t refusal : std::initializer_list<std::uint16_t>{0x6A86, 0x6B00}) {
                PivCardOptions options;
                options.behavior.has_logout = logout;
                options.behavior.logout_refusal = refusal;
                options.behavior.select_drops_authority = forgets;
                Bench bench(options);
                const CardKey key = bench.key(0x9A);
                for (int round = 0; round < 3; ++round) {
                    ASSERT_TRUE(bench.driver->verify_pin(bench.channel, pin("123456")).ok());
                    ASSERT_TRUE(bench.card->is_pin_verified());
                    ASSERT_TRUE(bench.driver->drop_authority(bench.channel).ok());
                    EXPECT_FALSE(bench.card->is_pin_verified());
                    // PIV is selected still: the next command needs no SELECT.
                    EXPECT_EQ(bench.driver->pin_status(bench.channel)->tries_left, 3);
                }
            }
        }
    }
}

TEST(PivDriver, is_not_misled_by_dropping_authority_that_was_not_there) {
    PivCardOptions options;
    options.behavior.has_logout = false;
    Bench bench(options);
    // Selecting PIV anew seems to do it, though this card forgets only at another application.
    ASSERT_TRUE(bench.driver->drop_authority(bench.channel).ok());
    ASSERT_TRUE(bench.driver->verify_pin(bench.channel, pin("123456")).ok());
    ASSERT_TRUE(bench.driver->drop_authority(bench.channel).ok());
    EXPECT_FALSE(bench.card->is_pin_verified());
}

TEST(PivDriver, drops_authority_with_one_apdu_from_the_second_time_on) {
    Bench bench({});
    ASSERT_TRUE(bench.driver->verify_pin(bench.channel, pin("123456")).ok());
    ASSERT_TRUE(bench.driver->drop_authority(bench.channel).ok());
    ASSERT_TRUE(bench.driver->verify_pin(bench.channel, pin("123456")).ok());
    bench.channel.forget_sent();
    ASSERT_TRUE(bench.driver->drop_authority(bench.channel).ok());
    EXPECT_EQ(bench.channel.sent(), std::vector<std::string>{"0020ff80"});
}

// --- Yubico's

TEST(PivDriver, learns_of_a_yubikeys_keys_without_certificate_from_metadata) {
    PivCardOptions options;
    options.behavior.yubico = true;
    Bench bench(options);
    const crypto::PublicKey with_certificate = bench.key(0x9A).public_key;
    bench.channel.answer("00cb3fff0000055c035fc105", "6a82");
    EXPECT_EQ(bench.key(0x9A).public_key, with_certificate);
    const auto contents = bench.driver->read_contents(bench.channel);
    ASSERT_TRUE(contents.ok());
    EXPECT_EQ(contents->keys.size(), 4U);
    EXPECT_EQ(contents->certificates.size(), 3U);
    EXPECT_EQ(bench.channel.count("00f700"), 2U);
    EXPECT_EQ(bench.channel.count("00fd"), 0U);  // known by its name
}

TEST(PivDriver, uses_a_yubikeys_serial_number_where_the_chuid_is_missing) {
    PivCardOptions options;
    options.behavior.yubico = true;
    options.serial_number = 1234567;
    Bench bench(options);
    bench.channel.answer("00cb3fff0000055c035fc102", "6a82");
    const auto identity = bench.driver->read_identity(bench.channel);
    ASSERT_TRUE(identity.ok());
    EXPECT_EQ(identity->serial_number, "1234567");
    EXPECT_EQ(identity->unique_id.size(), 4U);
}

// --- APDUs

/// From power on to the first signature and out again, as a token does it.
void run_first_signature(Bench& bench, std::uint8_t reference) {
    ASSERT_TRUE(bench.driver->read_identity(bench.channel).ok());
    const auto contents = bench.driver->read_contents(bench.channel);
    ASSERT_TRUE(contents.ok());
    ASSERT_TRUE(bench.driver->pin_status(bench.channel).ok());
    ASSERT_TRUE(bench.driver->verify_pin(bench.channel, pin("123456")).ok());
    for (const CardKey& key : contents->keys)
        if (key.reference == reference) expect_signature(bench, key);
}

TEST(PivDriver, needs_eleven_apdus_to_the_first_signature) {
    for (std::uint8_t reference : std::initializer_list<std::uint8_t>{0x9A, 0x9C}) {
        Bench bench({});
        run_first_signature(bench, reference);
        EXPECT_EQ(bench.channel.sent().size(), 11U);
        ASSERT_TRUE(bench.driver->drop_authority(bench.channel).ok());
        EXPECT_EQ(bench.channel.sent().size(), 13U);  // and once a look whether it is gone
    }
}

TEST(PivDriver, needs_one_apdu_a_signature_two_with_61xx_three_chained) {
    struct Case {
        KeyAlgorithm algorithm;
        bool extended;
        bool answers_61;
        std::size_t apdus;
    };
    for (const Case& expected :
         {Case{KeyAlgorithm::Rsa2048, true, false, 1}, Case{KeyAlgorithm::Rsa2048, true, true, 2},
          Case{KeyAlgorithm::Rsa2048, false, false, 3}, Case{KeyAlgorithm::P256, true, false, 1},
          Case{KeyAlgorithm::P256, false, false, 1}}) {
        PivCardOptions options;
        options.key_algorithm = expected.algorithm;
        options.behavior.extended_length = expected.extended;
        options.behavior.answers_61_always = expected.answers_61;
        Bench bench(options);
        const CardKey key = bench.key(0x9A);
        ASSERT_TRUE(bench.driver->verify_pin(bench.channel, pin("123456")).ok());
        bench.channel.forget_sent();
        expect_signature(bench, key);
        EXPECT_EQ(bench.channel.sent().size(), expected.apdus)
            << expected.extended << expected.answers_61;
    }
}

TEST(PivDriver, derives_a_secret_that_the_peer_computes_as_well) {
    PivCardOptions options;
    options.key_algorithm = KeyAlgorithm::P256;
    Bench first(options);
    options.serial_number = 2;
    Bench second(options);
    const CardKey one = first.key(0x9D);
    const CardKey other = second.key(0x9D);
    ASSERT_TRUE(one.can_derive);
    ASSERT_TRUE(first.driver->verify_pin(first.channel, pin("123456")).ok());
    ASSERT_TRUE(second.driver->verify_pin(second.channel, pin("123456")).ok());
    const auto& one_point = std::get<crypto::EcPublicKey>(one.public_key).point;
    const auto& other_point = std::get<crypto::EcPublicKey>(other.public_key).point;
    ASSERT_NE(one_point, other_point);
    const auto here = first.driver->derive(first.channel, one, other_point);
    const auto there = second.driver->derive(second.channel, other, one_point);
    ASSERT_TRUE(here.ok() && there.ok());
    EXPECT_EQ(here->size(), 32u);
    EXPECT_TRUE(here->equals(*there));
}

TEST(PivDriver, reads_the_public_key_of_one_place_where_there_is_one) {
    for (const bool yubico : {true, false}) {
        PivCardOptions options{.key_algorithm = KeyAlgorithm::P256};
        options.behavior.yubico = yubico;
        Bench bench(options);
        const auto read = bench.driver->read_public_key(bench.channel, 0x9D);
        ASSERT_TRUE(read.ok());
        EXPECT_EQ(*read, bench.key(0x9D).public_key) << yubico;
        bench.card->clear_statistics();
        for (const auto empty : {std::uint8_t{0x82}, std::uint8_t{0x42}}) {
            const auto none = bench.driver->read_public_key(bench.channel, empty);
            ASSERT_TRUE(none.ok());
            EXPECT_FALSE(none->has_value());
        }
        const auto asked = bench.card->statistics();
        EXPECT_EQ(asked.apdus, yubico ? 2U : 1U) << "of the key, if at all, once";
    }
}

TEST(PivDriver, an_rsa_key_derives_nothing) {
    Bench bench({});
    const auto refused = bench.driver->derive(bench.channel, bench.key(0x9D), Bytes(65, 4));
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, ErrorCode::NotSupported);
}

}  // namespace
}  // namespace cardmux::drivers::piv
