// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Key agreement from the container down to the card, judged by OpenSSL's ECDH from the other side.
#include <gtest/gtest.h>
#include <openssl/ec.h>
#include <openssl/evp.h>

#include "container/find_container.h"
#include "container/key_access.h"
#include "simulation/simulated_piv_card.h"
#include "simulation/simulated_transport.h"

namespace cardmux::container {
namespace {

using simulation::KeyAlgorithm;
using simulation::SimulatedPivCard;

constexpr token::DomainId domain = 7;
constexpr std::uint8_t management_key = 0x9D;
constexpr std::uint8_t ins_general_authenticate = 0x87;

using EvpKey = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using EvpContext = std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)>;

/// The other party of a key agreement.
class Peer {
  public:
    explicit Peer(const char* curve)
        : key_(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", curve), EVP_PKEY_free) {}

    Bytes point(const char* form) const {
        EVP_PKEY_set_utf8_string_param(key_.get(), "point-format", form);
        Bytes bytes(200);
        std::size_t size = 0;
        EXPECT_EQ(EVP_PKEY_get_octet_string_param(key_.get(), "encoded-pub-key", bytes.data(),
                                                  bytes.size(), &size),
                  1);
        bytes.resize(size);
        return bytes;
    }

    Bytes agree_with(const Bytes& point) const {
        const EvpKey other(EVP_PKEY_new(), EVP_PKEY_free);
        EVP_PKEY_copy_parameters(other.get(), key_.get());
        EXPECT_EQ(EVP_PKEY_set1_encoded_public_key(other.get(), point.data(), point.size()), 1);
        const EvpContext context(EVP_PKEY_CTX_new(key_.get(), nullptr), EVP_PKEY_CTX_free);
        EVP_PKEY_derive_init(context.get());
        EXPECT_EQ(EVP_PKEY_derive_set_peer(context.get(), other.get()), 1);
        Bytes secret(200);
        std::size_t size = secret.size();
        EXPECT_EQ(EVP_PKEY_derive(context.get(), secret.data(), &size), 1);
        secret.resize(size);
        return secret;
    }

  private:
    EvpKey key_;
};

class DeriveTest : public testing::Test {
  protected:
    void put_in(KeyAlgorithm algorithm) {
        simulation::PivCardOptions options;
        options.key_algorithm = algorithm;
        card_ = std::move(SimulatedPivCard::create(options)).value();
        auto transport = std::make_shared<simulation::SimulatedTransport>();
        transport->add_reader("Reader 0");
        transport->insert("Reader 0", card_);
        provider::Environment environment;
        environment.transport = transport;
        provider_ = std::move(provider::Provider::create(environment, {})).value();
        caller_.client = provider_->make_client(domain);
    }
    ~DeriveTest() override {
        if (provider_) provider_->shut_down(Deadline::after(std::chrono::seconds(10)));
    }

    FoundContainer find(std::uint8_t key) {
        auto card = card_in(*provider_, "Reader 0", caller_.client, Deadline::never());
        EXPECT_TRUE(card.ok());
        for (const Container& container : containers_of(*card->contents)) {
            if (container.key_reference == key) return {*card, container};
        }
        ADD_FAILURE() << "no such key";
        return {};
    }
    Result<SecretBytes> derive(const FoundContainer& key, Bytes point) {
        token::DeriveRequest request;
        request.peer_point = std::move(point);
        return access_.derive(key, caller_, request);
    }
    Result<void> give_pin(const FoundContainer& key) {
        return access_.give_pin(key.card, caller_, SecretBytes(bytes_of("123456")));
    }
    std::uint64_t operations() { return card_->statistics().count(ins_general_authenticate); }

    std::shared_ptr<SimulatedPivCard> card_;
    std::shared_ptr<provider::Provider> provider_;
    KeyAccess access_{nullptr};
    Caller caller_;
};

TEST_F(DeriveTest, both_parties_get_the_same_secret_on_both_curves) {
    for (const auto& [algorithm, curve] :
         {std::pair{KeyAlgorithm::P256, "P-256"}, std::pair{KeyAlgorithm::P384, "P-384"}}) {
        put_in(algorithm);
        const FoundContainer key = find(management_key);
        ASSERT_TRUE(give_pin(key).ok());
        const Peer peer(curve);
        const auto& ours = std::get<crypto::EcPublicKey>(key.key().key.public_key);
        for (const char* form : {"uncompressed", "compressed"}) {
            const auto secret = derive(key, peer.point(form));
            ASSERT_TRUE(secret.ok()) << to_string(secret.error());
            EXPECT_TRUE(equal(secret->view(), peer.agree_with(ours.point))) << curve << form;
        }
        provider_->shut_down(Deadline::after(std::chrono::seconds(10)));
    }
}

TEST_F(DeriveTest, a_point_off_the_curve_never_reaches_the_card) {
    put_in(KeyAlgorithm::P256);
    const FoundContainer key = find(management_key);
    ASSERT_TRUE(give_pin(key).ok());
    Bytes off = Peer("P-256").point("uncompressed");
    off.back() ^= 1;
    const auto before = operations();
    for (const Bytes& point : {off, Peer("P-384").point("uncompressed"), Bytes()}) {
        const auto refused = derive(key, point);
        ASSERT_FALSE(refused.ok());
        EXPECT_EQ(refused.error().code, ErrorCode::DataInvalid);
    }
    EXPECT_EQ(operations(), before);
}

TEST_F(DeriveTest, deriving_wants_the_pin_and_the_right_key) {
    put_in(KeyAlgorithm::P256);
    const FoundContainer key = find(management_key);
    const Bytes point = Peer("P-256").point("uncompressed");
    const auto before = operations();
    const auto refused = derive(key, point);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, ErrorCode::LoginRequired);
    ASSERT_TRUE(give_pin(key).ok());
    const auto wrong_key = derive(find(0x9A), point);
    ASSERT_FALSE(wrong_key.ok());
    EXPECT_EQ(wrong_key.error().code, ErrorCode::NotSupported);
    EXPECT_EQ(operations(), before);
}

TEST_F(DeriveTest, a_reset_by_somebody_else_is_mended) {
    put_in(KeyAlgorithm::P256);
    const FoundContainer key = find(management_key);
    ASSERT_TRUE(give_pin(key).ok());
    const Bytes point = Peer("P-256").point("uncompressed");
    ASSERT_TRUE(derive(key, point).ok());
    card_->reset();
    const auto secret = derive(key, point);
    EXPECT_TRUE(secret.ok()) << to_string(secret.error());
}

}  // namespace
}  // namespace cardmux::container
