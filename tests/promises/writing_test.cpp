// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Aim: keys can be made, named, certified and deleted through a token; whoever may not write
// cannot; the authority to write is gone afterwards; a lost answer is never taken for another try.
#include <atomic>

#include "crypto/certificate_writing.h"
#include "tests/promises/writing_world.h"
#include "token/derived_name.h"

namespace cardmux::promises {
namespace {

TEST_F(Writing, makes_keys_of_all_kinds_that_sign_and_are_seen_at_once) {
    use(empty_yubikey());
    Process process(transport_, {});
    ASSERT_TRUE(process.login().ok());
    ASSERT_TRUE(contents(process)->keys.empty());
    std::vector<std::uint8_t> made;
    for (const crypto::KeyKind& kind :
         {crypto::KeyKind(crypto::RsaKind{2048}), crypto::KeyKind(Curve::P256),
          crypto::KeyKind(Curve::P384)}) {
        const auto reference = create(process, new_key(kind));
        ASSERT_TRUE(reference.ok()) << to_string(reference.error());
        made.push_back(*reference);
        ASSERT_NE(contents(process)->find_key(*reference), nullptr);
        EXPECT_EQ(crypto::kind_of(contents(process)->find_key(*reference)->key.public_key), kind);
        EXPECT_EQ(use_key(process, *reference), no_error);
    }
    EXPECT_EQ(made, (std::vector<std::uint8_t>{0x9C, 0x82, 0x83}));
    // Another process, later, sees the same.
    Process other(transport_, {});
    EXPECT_EQ(contents(other)->keys.size(), 3U);
}

TEST_F(Writing, picks_places_by_purpose_until_the_card_is_full) {
    use(empty_yubikey());
    Process process(transport_, {});
    ASSERT_TRUE(process.login().ok());
    const auto next = [&](KeyPurpose purpose) {
        return create(process, new_key(Curve::P256, {}, purpose)).value_or(0);
    };
    EXPECT_EQ(next(KeyPurpose::KeyExchange), 0x9A);
    EXPECT_EQ(next(KeyPurpose::KeyAgreement), 0x9D);
    EXPECT_EQ(next(KeyPurpose::KeyExchange), 0x82);
    EXPECT_EQ(next(KeyPurpose::Signature), 0x9C);
    for (int i = 0x83; i <= 0x95; ++i) EXPECT_EQ(next(KeyPurpose::Signature), i);
    EXPECT_EQ(code(create(process, new_key())), ErrorCode::CardFull);
    EXPECT_EQ(contents(process)->keys.size(), 23U);
    Settings settings = with_key(factory_key());
    use(plain_card());
    Process plain(transport_, settings);
    ASSERT_TRUE(plain.login().ok());
    EXPECT_EQ(code(create(plain, new_key())), ErrorCode::CardFull);
}

TEST_F(Writing, looks_once_whether_a_place_is_free_whoever_has_chosen_it) {
    const auto commands_for = [this](std::optional<std::uint8_t> place) {
        use(empty_yubikey());
        Process process(transport_, {});
        EXPECT_TRUE(process.login().ok());
        (void)contents(process);
        card_->clear_statistics();
        NewKey key = new_key();
        key.key_reference = place;
        const auto made = create(process, std::move(key));
        EXPECT_TRUE(made.ok());
        EXPECT_EQ(made ? *made : 0, 0x9C);
        return card_->statistics().apdus;
    };
    EXPECT_EQ(commands_for({}), commands_for(0x9C));
}

TEST_F(Writing, wants_the_login_first_and_sends_nothing_without_it) {
    use(empty_yubikey());
    Process process(transport_, {});
    (void)contents(process);
    const auto apdus = card_->statistics().apdus;
    EXPECT_EQ(code(create(process, new_key())), ErrorCode::LoginRequired);
    EXPECT_EQ(code(remove(process, 0x9A)), ErrorCode::LoginRequired);
    EXPECT_EQ(code(certify(process, 0x9A, {})), ErrorCode::LoginRequired);
    Client stranger = process.client;
    stranger.domain = 99;
    ASSERT_TRUE(process.login().ok());
    EXPECT_EQ(code(process.token->create_key(stranger, new_key(), Deadline::never())),
              ErrorCode::LoginRequired);
    EXPECT_EQ(card_->statistics().count(ins_generate), 0U);
    EXPECT_LE(card_->statistics().apdus, apdus + 3) << "the login";
}

TEST_F(Writing, says_which_key_is_missing_and_leaves_no_trace) {
    auto options = empty_yubikey();
    options.management_key = Bytes(24, 0x37);
    use(options);
    {
        Process process(transport_, {});
        ASSERT_TRUE(process.login().ok());
        EXPECT_EQ(code(create(process, new_key())), ErrorCode::ManagementKeyRequired);
    }
    {
        Process process(transport_, with_key(Bytes(24, 0x38)));
        ASSERT_TRUE(process.login().ok());
        EXPECT_EQ(code(create(process, new_key())), ErrorCode::ManagementKeyRequired);
        EXPECT_EQ(foreign_put_data(), 0x6982);
        const auto proofs = card_->statistics().count(ins_authenticate);
        EXPECT_GT(proofs, 0U);
        EXPECT_EQ(code(create(process, new_key())), ErrorCode::ManagementKeyRequired);
        EXPECT_EQ(code(remove(process, 0x9A)), ErrorCode::ManagementKeyRequired);
        EXPECT_EQ(card_->statistics().count(ins_authenticate), proofs) << "not presented again";
    }
    EXPECT_EQ(card_->statistics().count(ins_generate), 0U);
    Process process(transport_, with_key(Bytes(24, 0x37)));
    ASSERT_TRUE(process.login().ok());
    EXPECT_EQ(code(create(process, new_key())), no_error);
}

TEST_F(Writing, takes_the_key_that_the_card_keeps_behind_its_pin) {
    auto options = empty_yubikey();
    options.management_key = Bytes(24, 0x37);
    use(options);
    put_behind_pin(options.management_key);
    Process process(transport_, {});
    ASSERT_TRUE(process.login().ok());
    const auto reference = create(process, new_key());
    ASSERT_TRUE(reference.ok()) << to_string(reference.error());
    EXPECT_EQ(use_key(process, *reference), no_error);
    EXPECT_EQ(foreign_put_data(), 0x6982);
}

TEST_F(Writing, takes_the_authority_away_before_anybody_else_has_the_card) {
    use(empty_yubikey());
    Settings settings;
    settings.leave_authority = true;  // of the PIN; of the manager never
    for (const bool leaves : {false, true}) {
        Process process(transport_, leaves ? settings : Settings());
        ASSERT_TRUE(process.login().ok());
        const auto reference = create(process, new_key());
        ASSERT_TRUE(reference.ok()) << to_string(reference.error());
        EXPECT_EQ(foreign_put_data(), 0x6982);
        // And when the card refuses in between.
        NewKey impossible = new_key(crypto::RsaKind{1024});
        EXPECT_EQ(code(create(process, std::move(impossible))), ErrorCode::NotSupported);
        EXPECT_EQ(foreign_put_data(), 0x6982);
        EXPECT_EQ(use_key(process, *reference), no_error) << "the PIN is presented anew";
    }
}

TEST_F(Writing, takes_the_authority_away_in_the_operation_that_gained_it) {
    use(empty_yubikey());
    const auto log = std::make_shared<RecordedLog>();
    auto environment = Process::alone(Process::environment_of(transport_, true));
    environment.log = log;
    Process process(environment, {});
    ASSERT_TRUE(process.login().ok());
    ASSERT_EQ(code(create(process, new_key())), no_error);
    EXPECT_EQ(log->count({"create key"}), 1);
    EXPECT_EQ(log->count({"take authority away"}), 0) << "only after a loss";
    EXPECT_EQ(log->count({"authority_left"}), 0);
}

TEST_F(Writing, keeps_names_that_are_the_only_ones_on_the_card) {
    use(empty_yubikey());
    Process process(transport_, {});
    ASSERT_TRUE(process.login().ok());
    ASSERT_EQ(code(create(process, new_key(Curve::P256, "Käthe"))), no_error);
    ASSERT_EQ(code(create(process, new_key())), no_error);
    const auto names = container_names(process);
    ASSERT_EQ(names.size(), 2U);
    EXPECT_EQ(names[0], "Käthe");
    EXPECT_TRUE(names[1].starts_with("piv-82-"));
    EXPECT_EQ(code(create(process, new_key(Curve::P256, "Käthe"))), ErrorCode::AlreadyExists);
    EXPECT_EQ(code(create(process, new_key(Curve::P256, names[1]))), ErrorCode::AlreadyExists);
    EXPECT_EQ(code(create(process, new_key(Curve::P256, "a\\b"))), ErrorCode::InvalidArgument);
    EXPECT_EQ(code(create(process, new_key(Curve::P256, std::string(40, 'a')))),
              ErrorCode::InvalidArgument);
    EXPECT_EQ(contents(process)->keys.size(), 2U);
    Process other(transport_, {});
    EXPECT_EQ(container_names(other), names);
}

TEST_F(Writing, overwrites_only_if_it_is_told_to) {
    use(empty_yubikey());
    Process process(transport_, {});
    ASSERT_TRUE(process.login().ok());
    const auto first = create(process, new_key(Curve::P256, "mine"));
    ASSERT_TRUE(first.ok());
    const auto before = contents(process)->find_key(*first)->public_key_info;
    NewKey again = new_key();
    again.key_reference = *first;
    EXPECT_EQ(code(create(process, std::move(again))), ErrorCode::AlreadyExists);
    EXPECT_EQ(contents(process)->find_key(*first)->public_key_info, before);
    NewKey by_name = new_key(Curve::P384, "MINE");
    by_name.replace = true;
    EXPECT_EQ(create(process, std::move(by_name)).value_or(0), *first);
    EXPECT_NE(contents(process)->find_key(*first)->public_key_info, before);
    EXPECT_EQ(container_names(process), std::vector<std::string>{"MINE"});
    NewKey nowhere = new_key();
    nowhere.key_reference = 0x42;
    EXPECT_EQ(code(create(process, std::move(nowhere))), ErrorCode::InvalidArgument);
}

TEST_F(Writing, imports_a_key_and_notices_one_that_is_none) {
    use(empty_yubikey());
    Process process(transport_, {});
    ASSERT_TRUE(process.login().ok());
    // The order of P-256 is above this scalar; its point is that of RFC 6979, A.2.5.
    const auto key_with = [](const char* y) {
        crypto::EcPrivateKey key;
        key.scalar = SecretBytes(
            from_hex("C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721").value());
        key.public_key.point =
            from_hex(std::string("0460FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29F"
                                 "B6") +
                     y)
                .value();
        NewKey wanted;
        wanted.source = crypto::PrivateKey(std::move(key));
        return wanted;
    };
    const auto wrong = create(
        process, key_with("86FC0645BE9F4A5F7A5D0C4D0F4C7C3F1F6A7E5F3B1C2D3E4F5061728394A5B6"));
    EXPECT_EQ(code(wrong), ErrorCode::DataInvalid);
    EXPECT_TRUE(contents(process)->keys.empty()) << "what does not belong together is taken away";
    const auto right = create(
        process, key_with("7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299"));
    ASSERT_TRUE(right.ok()) << to_string(right.error());
    EXPECT_EQ(use_key(process, *right), no_error);
}

TEST_F(Writing, passes_over_places_where_the_key_would_not_be_as_wanted) {
    use(empty_yubikey());
    Process process(transport_, {});
    ASSERT_TRUE(process.login().ok());
    const auto wanted = [](auto fits) {
        NewKey key = new_key();
        key.fits = fits;
        return key;
    };
    const auto asks_once = [](const drivers::CardKey& key) {
        return key.pin_policy == drivers::PinPolicy::Once;
    };
    EXPECT_EQ(create(process, wanted(asks_once)).value_or(0), 0x82);  // 9C asks always
    NewKey named = wanted(asks_once);
    named.key_reference = 0x9C;
    EXPECT_EQ(code(create(process, std::move(named))), ErrorCode::DataInvalid);
    EXPECT_EQ(code(create(process, wanted([](const drivers::CardKey&) { return false; }))),
              ErrorCode::DataInvalid);
    EXPECT_EQ(contents(process)->keys.size(), 1U);
}

TEST_F(Writing, lets_the_card_compute_the_point_of_an_ec_key_where_it_shows_it) {
    crypto::EcPrivateKey key;
    key.scalar = SecretBytes(Bytes(32, 0x11));
    const auto import = [&key](Process& process) {
        NewKey wanted;
        wanted.key_reference = 0x9A;
        wanted.source = crypto::EcPrivateKey{key.public_key, key.scalar.clone()};
        return create(process, std::move(wanted));
    };
    use(empty_yubikey());
    Process process(transport_, {});
    ASSERT_TRUE(process.login().ok());
    EXPECT_EQ(import(process).value_or(0), 0x9A);
    EXPECT_EQ(use_key(process, 0x9A), no_error);
    use(plain_card());
    Process plain(transport_, with_key(factory_key()));
    ASSERT_TRUE(plain.login().ok());
    EXPECT_EQ(code(import(plain)), ErrorCode::NotSupported);
}

TEST_F(Writing, uses_and_deletes_no_other_key_than_the_one_meant) {
    use(empty_yubikey());
    Process process(transport_, {});
    ASSERT_TRUE(process.login().ok());
    NewKey first = new_key();
    first.key_reference = 0x9A;
    ASSERT_TRUE(create(process, std::move(first)).ok());
    const crypto::PublicKey meant = contents(process)->find_key(0x9A)->key.public_key;
    token::SignRequest request;
    request.key_reference = 0x9A;
    request.scheme = token::Ecdsa{};
    request.input = Bytes(32, 0x42);
    request.public_key = meant;
    EXPECT_EQ(code(process.token->sign(process.client, request, Deadline::never())), no_error);
    Process other(transport_, {});
    ASSERT_TRUE(other.login().ok());
    NewKey second = new_key();
    second.key_reference = 0x9A;
    second.replace = true;
    ASSERT_TRUE(create(other, std::move(second)).ok());
    // This process does not know yet, but it reads anew before it deletes.
    EXPECT_EQ(code(process.token->delete_key(process.client, 0x9A, Deadline::never(), &meant)),
              ErrorCode::KeyNotFound);
    EXPECT_EQ(code(other.token->sign(other.client, request, Deadline::never())),
              ErrorCode::KeyNotFound);
    EXPECT_EQ(use_key(other, 0x9A), no_error);
    const crypto::PublicKey now = contents(other)->find_key(0x9A)->key.public_key;
    EXPECT_EQ(code(other.token->delete_key(other.client, 0x9A, Deadline::never(), &now)), no_error);
}

TEST_F(Writing, takes_a_certificate_of_this_key_and_no_other) {
    use(empty_yubikey());
    Process process(transport_, {});
    ASSERT_TRUE(process.login().ok());
    const std::uint8_t one = create(process, new_key()).value_or(0);
    const std::uint8_t two = create(process, new_key()).value_or(0);
    const auto certificate_of = [&](std::uint8_t reference) {
        const auto known = contents(process);
        const auto& key = known->find_key(reference)->key.public_key;
        const crypto::CertificateText text{.common_name = "x", .serial_number = {1}};
        const auto to_sign = crypto::certificate_to_sign(key, text);
        return crypto::signed_certificate(key, *to_sign, Bytes(64, 1)).value_or({});
    };
    EXPECT_EQ(code(certify(process, one, certificate_of(two))), ErrorCode::DataInvalid);
    EXPECT_EQ(code(certify(process, one, Bytes{1, 2, 3})), ErrorCode::DataInvalid);
    EXPECT_EQ(code(certify(process, 0x95, certificate_of(one))), ErrorCode::KeyNotFound);
    EXPECT_TRUE(contents(process)->certificates.empty());
    ASSERT_EQ(code(certify(process, one, certificate_of(one))), no_error);
    ASSERT_EQ(contents(process)->certificates.size(), 1U);
    EXPECT_EQ(contents(process)->certificates[0].certificate.common_name, "x");
    EXPECT_EQ(foreign_put_data(), 0x6982);
    ASSERT_EQ(code(certify(process, one, {})), no_error);
    EXPECT_TRUE(contents(process)->certificates.empty());
    EXPECT_EQ(use_key(process, one), no_error);
}

TEST_F(Writing, deletes_key_certificate_and_name) {
    use(empty_yubikey());
    Process process(transport_, {});
    ASSERT_TRUE(process.login().ok());
    const auto reference = create(process, new_key(Curve::P256, "mine"));
    ASSERT_TRUE(reference.ok());
    EXPECT_EQ(code(remove(process, 0x9D)), ErrorCode::KeyNotFound);
    ASSERT_EQ(code(remove(process, *reference)), no_error);
    EXPECT_TRUE(contents(process)->keys.empty());
    EXPECT_EQ(use_key(process, *reference), ErrorCode::KeyNotFound);
    EXPECT_EQ(create(process, new_key(Curve::P256, "mine")).value_or(0), *reference);
}

TEST_F(Writing, certifies_a_new_key_where_it_would_not_be_seen_otherwise) {
    const Settings settings = with_key(factory_key());
    use(plain_card());
    Process process(transport_, settings);
    ASSERT_TRUE(process.login().ok());
    for (const std::uint8_t place : std::initializer_list<std::uint8_t>{0x9A, 0x9C, 0x9D}) {
        ASSERT_EQ(code(remove(process, place)), no_error);
        EXPECT_EQ(contents(process)->find_key(place), nullptr);
        EXPECT_EQ(code(create(process, new_key(Curve::P256, "a name"))),
                  place == 0x9C ? ErrorCode::NotSupported : ErrorCode::CardFull)
            << "no place for a name, or for a signature key";
        NewKey key = new_key(Curve::P384);
        if (place == 0x9D) key = new_key(crypto::RsaKind{2048});
        key.key_reference = place;
        const auto made = create(process, std::move(key));
        ASSERT_TRUE(made.ok()) << to_string(made.error());
        const auto known = contents(process);
        ASSERT_NE(known->find_key(place), nullptr);
        EXPECT_EQ(use_key(process, place), no_error);
        const auto certificate =
            std::ranges::find(known->certificates, place, &token::TokenCertificate::key_reference);
        ASSERT_NE(certificate, known->certificates.end());
        EXPECT_EQ(certificate->certificate.common_name,
                  token::derived_container_name(known->identity, place));
        EXPECT_EQ(foreign_put_data(), 0x6982);
    }
    EXPECT_EQ(wrong_pins(), 0U);
}

TEST_F(Writing, makes_no_key_that_could_not_certify_itself_where_it_has_to) {
    const Settings settings = with_key(factory_key());
    use(plain_card());
    Process process(transport_, settings);
    ASSERT_TRUE(process.login().ok());
    const Bytes before = card_->certificate(0x9D);
    card_->clear_statistics();
    NewKey key = new_key(Curve::P256);
    key.key_reference = 0x9D;
    key.replace = true;
    EXPECT_EQ(code(create(process, std::move(key))), ErrorCode::NotSupported);
    EXPECT_EQ(card_->certificate(0x9D), before);
    EXPECT_EQ(card_->statistics().count(ins_generate), 0U);
    EXPECT_EQ(card_->statistics().count(0xDB), 0U);
}

TEST_F(Writing, is_seen_by_whoever_distrusts_what_was_read_before) {
    use(plain_card());
    Process writing(transport_, with_key(factory_key()));
    Process reading(transport_, {});
    ASSERT_TRUE(writing.login().ok());
    const auto before = contents(reading);
    ASSERT_TRUE(certify(writing, 0x9A, {}).ok());
    card_->clear_statistics();
    EXPECT_EQ(contents(reading), before);
    EXPECT_EQ(card_->statistics().apdus, 0U) << "what is known costs nothing";
    reading.token->distrust_contents();
    EXPECT_EQ(card_->statistics().apdus, 0U);
    const auto after = contents(reading);
    EXPECT_EQ(after->certificates.size() + 1, before->certificates.size());
    EXPECT_GT(after->reading_number, before->reading_number);
    card_->clear_statistics();
    EXPECT_EQ(contents(reading), after);
    EXPECT_EQ(card_->statistics().apdus, 0U) << "once";
}

TEST_F(Writing, tells_beforehand_where_keys_can_go) {
    use(empty_yubikey());
    Process yubikey(transport_, {});
    EXPECT_EQ(contents(yubikey)->free_places.size(), 23U);
    EXPECT_TRUE(contents(yubikey)->keeps_names);
    use(plain_card());
    Process plain(transport_, with_key(factory_key()));
    EXPECT_TRUE(contents(plain)->free_places.empty());
    ASSERT_TRUE(plain.login().ok());
    ASSERT_TRUE(remove(plain, 0x9A).ok());
    EXPECT_EQ(contents(plain)->free_places, std::vector<std::uint8_t>{0x9A});
    EXPECT_FALSE(contents(plain)->keeps_names);
}

TEST_F(Writing, disturbs_nobody_who_signs_meanwhile) {
    simulation::PivCardOptions options{.key_algorithm = simulation::KeyAlgorithm::Rsa2048};
    options.behavior.yubico = true;
    use(options);
    Process process(transport_, {});
    ASSERT_TRUE(process.login().ok());
    std::atomic<bool> stop{false};
    std::atomic<int> signatures{0};
    std::atomic<int> errors{0};
    std::vector<std::thread> signers;
    for (int i = 0; i < 4; ++i) {
        signers.emplace_back([&] {
            const Client client = process.provider->make_client(our_domain);
            while (!stop) ++(process.sign_as(client).ok() ? signatures : errors);
        });
    }
    int failures = 0;
    for (int i = 0; i < 5; ++i) {
        const auto made = create(process, new_key(Curve::P256, "new"));
        failures += made ? 0 : 1;
        if (made && !remove(process, *made)) ++failures;
    }
    ASSERT_TRUE(soon([&] { return signatures > 20; }));
    stop = true;
    for (std::thread& signer : signers) signer.join();
    EXPECT_EQ(errors, 0);
    EXPECT_EQ(failures, 0);
    EXPECT_EQ(wrong_pins(), 0U);
}

}  // namespace
}  // namespace cardmux::promises
