// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "container/matching_certificates.h"

#include <gtest/gtest.h>

#include "container/find_container.h"
#include "simulation/simulated_piv_card.h"
#include "simulation/simulated_transport.h"

namespace cardmux::container {
namespace {

class MatchingCertificates : public testing::Test {
  protected:
    /// The second has keys of its own.
    MatchingCertificates() {
        insert("Reader 0", {.serial_number = 1});
        insert("Reader 1", {.serial_number = 2, .key_set = 5});
        provider::Environment environment;
        environment.transport = transport_;
        provider_ = std::move(provider::Provider::create(environment, {})).value();
    }
    ~MatchingCertificates() override {
        provider_->shut_down(Deadline::after(std::chrono::seconds(10)));
    }
    void insert(const std::string& reader, const simulation::PivCardOptions& options) {
        transport_->add_reader(reader);
        transport_->insert(reader,
                           std::move(simulation::SimulatedPivCard::create(options)).value());
    }
    CardInReader card(const std::string& reader) {
        return card_in(*provider_, reader, provider_->make_client(7), Deadline::never()).value();
    }
    static Bytes certificate_of(const CardInReader& card, std::uint8_t reference) {
        for (const Container& container : containers_of(*card.contents)) {
            if (container.key_reference == reference)
                return FoundContainer{card, container}.certificate()->certificate.der;
        }
        return {};
    }
    /// As if the card had no certificates yet.
    static CardInReader bare(CardInReader card) {
        auto contents = std::make_shared<token::TokenContents>(*card.contents);
        contents->certificates.clear();
        card.contents = std::move(contents);
        return card;
    }
    static ErrorCode code(const CardInReader& card, const std::vector<Bytes>& ders) {
        const auto matching = match_certificates(card, ders);
        return matching ? ErrorCode::Internal : matching.error().code;
    }

    std::shared_ptr<simulation::SimulatedTransport> transport_ =
        std::make_shared<simulation::SimulatedTransport>();
    std::shared_ptr<provider::Provider> provider_;
};

TEST_F(MatchingCertificates, are_each_of_the_key_that_is_in_it) {
    const CardInReader full = card("Reader 0");
    const std::vector<Bytes> ders{certificate_of(full, 0x9D), certificate_of(full, 0x9A)};
    const auto matching = match_certificates(bare(full), ders);
    ASSERT_TRUE(matching.ok());
    ASSERT_EQ(matching->size(), 2U);
    EXPECT_EQ(matching->at(0).container.container.key_reference, 0x9D);
    EXPECT_EQ(matching->at(1).container.container.key_reference, 0x9A);
    EXPECT_EQ(matching->at(1).der, ders[1]);
}

TEST_F(MatchingCertificates, that_are_there_already_or_come_twice_are_written_once_at_most) {
    const CardInReader full = card("Reader 0");
    const Bytes der = certificate_of(full, 0x9A);
    EXPECT_EQ(match_certificates(full, {der, der})->size(), 0U);
    EXPECT_EQ(match_certificates(bare(full), {der, der})->size(), 1U);
    EXPECT_EQ(match_certificates(full, {})->size(), 0U);
}

TEST_F(MatchingCertificates, are_all_refused_if_one_is_of_no_key_of_the_card) {
    const CardInReader full = card("Reader 0");
    const Bytes ours = certificate_of(full, 0x9A);
    const Bytes strange = certificate_of(card("Reader 1"), 0x9A);
    EXPECT_EQ(code(bare(full), {ours, strange}), ErrorCode::DataInvalid);
    EXPECT_EQ(code(bare(full), {ours, {0x30, 0x01, 0x00}}), ErrorCode::DataInvalid);
}

TEST_F(MatchingCertificates, are_refused_if_two_are_of_one_key) {
    const CardInReader full = card("Reader 0");
    const Bytes one = certificate_of(full, 0x9A);
    Bytes other = one;
    other.back() ^= 1;  // of its signature: another certificate of the same key
    EXPECT_EQ(code(bare(full), {one, other}), ErrorCode::DataInvalid);
}

}  // namespace
}  // namespace cardmux::container
