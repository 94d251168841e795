// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Aim (G7): the key that was found is the one that is used. Another one in its place, however it
// came there, gives no result.
#include "tests/promises/writing_world.h"

namespace cardmux::promises {
namespace {

class SameKey : public Writing {
  protected:
    static Result<std::uint8_t> replace(Process& process, std::uint8_t reference,
                                        crypto::KeyKind kind = Curve::P256) {
        NewKey key = new_key(kind);
        key.key_reference = reference;
        key.replace = true;
        return create(process, std::move(key));
    }
    /// With 9E's owner for a peer.
    static token::DeriveRequest request_to_derive(Process& process) {
        const auto found = contents(process);
        const auto* const ours = found->find_key(0x9D);
        const auto* const peer = found->find_key(0x9E);
        EXPECT_TRUE(ours != nullptr && peer != nullptr);
        token::DeriveRequest request;
        if (ours == nullptr || peer == nullptr) return request;
        request.key_reference = 0x9D;
        request.public_key = ours->key.public_key;
        request.peer_point = std::get<crypto::EcPublicKey>(peer->key.public_key).point;
        return request;
    }
    static ErrorCode derive(Process& process, const token::DeriveRequest& request) {
        return code(process.token->derive(process.client, request, Deadline::never()));
    }
    static simulation::PivCardOptions yubikey() {
        simulation::PivCardOptions options;
        options.key_algorithm = simulation::KeyAlgorithm::P256;
        options.behavior.yubico = true;
        return options;
    }
};

TEST_F(SameKey, signs_or_none_does_when_the_card_comes_back_with_others) {
    Process process(transport_, {});
    const auto found = process.request_for(process.client, 0x9E);
    ASSERT_TRUE(found.ok());
    ASSERT_TRUE(process.token->sign(process.client, *found, Deadline::never()).ok());
    use({.key_set = 5});
    EXPECT_EQ(code(process.token->sign(process.client, *found, Deadline::never())),
              ErrorCode::KeyNotFound);
    EXPECT_EQ(code(process.sign(0x9E)), no_error);
}

TEST_F(SameKey, signs_or_none_does_when_we_have_replaced_it) {
    use(yubikey());
    Process process(transport_, {});
    ASSERT_TRUE(process.login());
    const auto found = process.request_for(process.client, 0x9A);
    ASSERT_TRUE(found.ok());
    ASSERT_TRUE(replace(process, 0x9A).ok());
    EXPECT_EQ(code(process.token->sign(process.client, *found, Deadline::never())),
              ErrorCode::KeyNotFound);
    EXPECT_EQ(code(process.sign(0x9A)), no_error);
}

TEST_F(SameKey, derives_or_none_does_when_another_process_has_replaced_it) {
    for (const bool tells_of_keys : {true, false}) {
        auto options = yubikey();
        options.behavior.yubico_metadata = tells_of_keys;
        use(options);
        Settings settings;
        settings.shared_folder = shared_folder();
        // A card that tells nothing of its keys does not tell that it has the factory's either.
        settings.management_key_file = key_file(factory_key());
        Process one(transport_, settings);
        Process other(transport_, settings);
        ASSERT_TRUE(one.login());
        ASSERT_TRUE(other.login());
        const auto found = request_to_derive(one);
        ASSERT_EQ(derive(one, found), no_error);
        // A key there that shows by its certificate only would have to sign that: none is made.
        EXPECT_EQ(replace(other, 0x9D).ok(), tells_of_keys);
        const ErrorCode expected = tells_of_keys ? ErrorCode::KeyNotFound : no_error;
        EXPECT_EQ(derive(one, found), expected) << tells_of_keys;
        EXPECT_EQ(derive(one, request_to_derive(one)), no_error);
    }
}

TEST_F(SameKey, derives_or_none_does_when_we_replace_it_while_the_request_is_queued) {
    use(yubikey());
    Process process(transport_, {});
    ASSERT_TRUE(process.login());
    const auto found = request_to_derive(process);
    ASSERT_EQ(derive(process, found), no_error);
    card_->set_delay(std::chrono::milliseconds(40));
    std::thread replacing([&] { EXPECT_TRUE(replace(process, 0x9D).ok()); });
    EXPECT_TRUE(soon([&] { return card_->statistics().count(ins_generate) > 0; }));
    EXPECT_EQ(derive(process, found), ErrorCode::KeyNotFound);
    replacing.join();
    card_->set_delay(Duration::zero());
}

TEST_F(SameKey, is_looked_at_before_the_first_derivation_of_a_hold_only) {
    use(yubikey());
    Settings settings;
    settings.hold = std::chrono::seconds(20);
    Process process(transport_, settings);
    ASSERT_TRUE(process.login());
    const auto found = request_to_derive(process);
    ASSERT_EQ(derive(process, found), no_error);
    const auto before = card_->statistics().apdus;
    ASSERT_EQ(derive(process, found), no_error);
    EXPECT_EQ(card_->statistics().apdus, before + 1);
}

TEST_F(SameKey, is_looked_for_again_when_another_process_put_another_kind_there) {
    use(yubikey());
    Settings settings;
    settings.shared_folder = shared_folder();
    Process one(transport_, settings);
    Process other(transport_, settings);
    ASSERT_TRUE(one.login());
    ASSERT_TRUE(other.login());
    ASSERT_EQ(code(one.sign(0x9A)), no_error);
    ASSERT_TRUE(replace(other, 0x9A, Curve::P384).ok());
    EXPECT_EQ(code(one.sign(0x9A)), ErrorCode::KeyNotFound);
    EXPECT_EQ(code(one.sign(0x9A)), no_error);
}

TEST_F(SameKey, is_not_shown_any_more_once_the_card_has_said_that_it_is_gone) {
    auto options = yubikey();
    options.behavior.yubico_deletes_keys = true;
    use(options);
    Settings settings;
    settings.shared_folder = shared_folder();
    Process one(transport_, settings);
    Process other(transport_, settings);
    ASSERT_TRUE(one.login());
    ASSERT_TRUE(other.login());
    ASSERT_EQ(code(one.sign(0x9A)), no_error);
    ASSERT_TRUE(remove(other, 0x9A).ok());
    EXPECT_EQ(code(one.sign(0x9A)), ErrorCode::KeyNotFound);
    EXPECT_EQ(contents(one)->find_key(0x9A), nullptr);
}

}  // namespace
}  // namespace cardmux::promises
