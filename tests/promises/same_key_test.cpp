// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Aim (G7): the key that was found is the one that is used. Another one in its place, however it
// came there, gives no result.
#include "tests/promises/world.h"

namespace cardmux::promises {
namespace {

constexpr auto no_error = static_cast<ErrorCode>(255);

template <typename T>
ErrorCode code(const Result<T>& result) {
    return result ? no_error : result.error().code;
}

class SameKey : public World {
  protected:
    /// The card as another program, or another machine, left it.
    void put_back(simulation::PivCardOptions options) {
        transport_->remove(reader_name);
        card_ = make_card(1, options);
        transport_->insert(reader_name, card_);
    }
    static Result<std::uint8_t> replace(Process& process, std::uint8_t reference,
                                        crypto::KeyKind kind = crypto::Curve::P256) {
        token::NewKey key;
        key.key_reference = reference;
        key.source = kind;
        key.replace = true;
        return process.token->create_key(process.client, std::move(key), Deadline::never());
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
    put_back({.key_set = 5});
    EXPECT_EQ(code(process.token->sign(process.client, *found, Deadline::never())),
              ErrorCode::KeyNotFound);
    EXPECT_EQ(code(process.sign(0x9E)), no_error);
}

TEST_F(SameKey, signs_or_none_does_when_we_have_replaced_it) {
    put_back(yubikey());
    Process process(transport_, {});
    ASSERT_TRUE(process.login());
    const auto found = process.request_for(process.client, 0x9A);
    ASSERT_TRUE(found.ok());
    ASSERT_TRUE(replace(process, 0x9A).ok());
    EXPECT_EQ(code(process.token->sign(process.client, *found, Deadline::never())),
              ErrorCode::KeyNotFound);
    EXPECT_EQ(code(process.sign(0x9A)), no_error);
}

TEST_F(SameKey, is_looked_for_again_when_another_process_put_another_kind_there) {
    put_back(yubikey());
    Settings settings;
    settings.shared_folder = shared_folder();
    Process one(transport_, settings);
    Process other(transport_, settings);
    ASSERT_TRUE(one.login());
    ASSERT_TRUE(other.login());
    ASSERT_EQ(code(one.sign(0x9A)), no_error);
    ASSERT_TRUE(replace(other, 0x9A, crypto::Curve::P384).ok());
    EXPECT_EQ(code(one.sign(0x9A)), ErrorCode::KeyNotFound);
    EXPECT_EQ(code(one.sign(0x9A)), no_error);
}

TEST_F(SameKey, is_not_shown_any_more_once_the_card_has_said_that_it_is_gone) {
    auto options = yubikey();
    options.behavior.yubico_deletes_keys = true;
    put_back(options);
    Settings settings;
    settings.shared_folder = shared_folder();
    Process one(transport_, settings);
    Process other(transport_, settings);
    ASSERT_TRUE(one.login());
    ASSERT_TRUE(other.login());
    ASSERT_EQ(code(one.sign(0x9A)), no_error);
    ASSERT_TRUE(other.token->delete_key(other.client, 0x9A, Deadline::never()).ok());
    EXPECT_EQ(code(one.sign(0x9A)), ErrorCode::KeyNotFound);
    const auto contents = one.token->contents(one.client, Deadline::never());
    ASSERT_TRUE(contents.ok());
    EXPECT_EQ((*contents)->find_key(0x9A), nullptr);
}

}  // namespace
}  // namespace cardmux::promises
