// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "api/pkcs11/module/token_objects.h"

#include <gtest/gtest.h>

#include "api/pkcs11/module/seen_objects.h"

namespace cardmux::pkcs11 {
namespace {

token::TokenKey key(std::uint8_t reference, drivers::PinPolicy policy) {
    token::TokenKey key;
    key.key.reference = reference;
    key.key.pin_policy = policy;
    key.key.public_key = crypto::RsaPublicKey{Bytes(256, reference), {1, 0, 1}};
    key.id = {reference};
    return key;
}

token::TokenContents contents() {
    token::TokenContents contents;
    contents.keys = {key(0x9a, drivers::PinPolicy::Once), key(0x9e, drivers::PinPolicy::Never)};
    return contents;
}

class TokenObjectsTest : public testing::Test {
  protected:
    static std::vector<CK_OBJECT_HANDLE> handles(const TokenObjects& objects) {
        std::vector<CK_OBJECT_HANDLE> handles;
        for (const auto& object : objects.all()) handles.push_back(object->handle);
        return handles;
    }
    HandleSource source_{system_random()};
};

TEST_F(TokenObjectsTest, has_a_public_and_a_private_object_for_each_key) {
    const auto objects = TokenObjects::make(contents(), nullptr, source_);
    ASSERT_EQ(objects->all().size(), 4u);
    EXPECT_EQ(objects->all()[0]->object_class, CKO_PUBLIC_KEY);
    EXPECT_EQ(objects->all()[1]->object_class, CKO_PRIVATE_KEY);
}

TEST_F(TokenObjectsTest, hides_private_keys_only_if_they_need_a_pin) {
    const auto objects = TokenObjects::make(contents(), nullptr, source_);
    EXPECT_TRUE(objects->all()[1]->is_private);
    EXPECT_FALSE(objects->all()[3]->is_private);
}

TEST_F(TokenObjectsTest, keeps_the_handles_of_objects_that_are_still_there) {
    const auto before = TokenObjects::make(contents(), nullptr, source_);
    EXPECT_EQ(handles(*TokenObjects::make(contents(), before.get(), source_)), handles(*before));
}

TEST_F(TokenObjectsTest, gives_new_handles_to_changed_objects_only) {
    const auto before = TokenObjects::make(contents(), nullptr, source_);
    token::TokenContents changed = contents();
    changed.keys[0].key.public_key = crypto::RsaPublicKey{Bytes(256, 0x11), {1, 0, 1}};
    const auto after = TokenObjects::make(changed, before.get(), source_);
    EXPECT_NE(after->all()[0]->handle, before->all()[0]->handle);
    EXPECT_NE(after->all()[1]->handle, before->all()[1]->handle);
    EXPECT_EQ(after->all()[2]->handle, before->all()[2]->handle);
    EXPECT_EQ(before->find(after->all()[0]->handle), nullptr);
}

TEST_F(TokenObjectsTest, keeps_the_handles_of_a_key_that_gets_a_certificate) {
    const auto before = TokenObjects::make(contents(), nullptr, source_);
    token::TokenContents changed = contents();
    changed.keys[0].subject = {0x30, 0x00};
    const auto after = TokenObjects::make(changed, before.get(), source_);
    EXPECT_EQ(handles(*after), handles(*before));
    EXPECT_FALSE(after->all()[1]->attributes == before->all()[1]->attributes);
}

TEST_F(TokenObjectsTest, gives_private_objects_new_handles_after_logout) {
    const auto before = TokenObjects::make(contents(), nullptr, source_);
    const auto after = before->with_new_private_handles(source_);
    EXPECT_EQ(after->all()[0]->handle, before->all()[0]->handle);
    EXPECT_NE(after->all()[1]->handle, before->all()[1]->handle);
    EXPECT_EQ(after->all()[3]->handle, before->all()[3]->handle);
    EXPECT_EQ(after->find(before->all()[1]->handle), nullptr);
}

/// Or a key just made would lose its handle to who is slow.
TEST_F(TokenObjectsTest, are_not_brought_back_by_who_read_the_card_before_it_was_written) {
    const auto before = std::make_shared<token::TokenContents>(contents());
    const auto after = std::make_shared<token::TokenContents>(contents());
    before->reading_number = 1;
    after->reading_number = 2;
    after->keys.push_back(key(0x82, drivers::PinPolicy::Once));
    SeenObjects seen;
    seen.update(before, source_);
    seen.update(after, source_);
    const auto shown = seen.objects();
    EXPECT_EQ(shown->all().size(), 6u);
    seen.update(before, source_);
    EXPECT_EQ(seen.objects(), shown);
}

TEST_F(TokenObjectsTest, never_gives_a_session_the_handle_of_an_object) {
    const CK_ULONG session = source_.next(HandleKind::Session);
    const CK_ULONG object = source_.next(HandleKind::Object);
    EXPECT_NE(session & 3, object & 3);
    EXPECT_NE(session, CK_INVALID_HANDLE);
    EXPECT_GT(object, session);
}

}  // namespace
}  // namespace cardmux::pkcs11
