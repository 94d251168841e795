// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <gtest/gtest.h>

#include "iso7816/tlv_reader.h"
#include "simulation/piv/card_test_user.h"

namespace cardmux::simulation {
namespace {

class PivObjectCommands : public testing::Test {
  protected:
    void SetUp() override { user.select(); }

    CardTestUser user{{.key_algorithm = KeyAlgorithm::P256}};
};

TEST_F(PivObjectCommands, reads_what_a_new_card_has_without_a_pin) {
    for (const std::uint32_t object :
         {0x5FC102, 0x5FC105, 0x5FC107, 0x5FC10A, 0x5FC10B, 0x5FC101}) {
        const Answer answer = user.get_object(object);
        EXPECT_EQ(answer.word, 0x9000);
        EXPECT_EQ(answer.data[0], 0x53);
    }
    EXPECT_EQ(user.get_object(0x5FC106).word, 0x6A82);
    EXPECT_EQ(user.get_object(0x5FC124).word, 0x6A82);
    EXPECT_EQ(user.get_object(0x5FFF00).word, 0x6A82);
}

TEST_F(PivObjectCommands, has_a_discovery_object_or_not_by_option) {
    EXPECT_EQ(to_hex(user.send("00CB3FFF035C017E00").data),
              "7e124f0ba0000003080000100001005f2f024000");
    CardTestUser without({.provisioned = false, .behavior = {.has_discovery = false}});
    without.select();
    EXPECT_EQ(without.send("00CB3FFF035C017E00").word, 0x6A82);
}

TEST_F(PivObjectCommands, has_a_chuid_with_the_guid_that_it_was_given) {
    Bytes guid(16, 0xAB);
    CardTestUser other({.guid = guid, .key_algorithm = KeyAlgorithm::P256});
    other.select();
    const Answer answer = other.get_object(0x5FC102);
    const auto chuid = iso7816::TlvReader(answer.data).require(0x53);
    EXPECT_TRUE(equal(iso7816::TlvReader(chuid.value()).require(0x34).value(), guid));
    EXPECT_EQ(iso7816::TlvReader(chuid.value()).require(0x30).value().size(), 25U);
}

TEST_F(PivObjectCommands, keeps_some_objects_for_who_has_the_pin) {
    for (const std::uint32_t object : {0x5FC103, 0x5FC108, 0x5FC109, 0x5FC121, 0x5FC123}) {
        EXPECT_EQ(user.get_object(object).word, 0x6982);
        user.verify();
        EXPECT_EQ(user.get_object(object).word, 0x6A82);
        user.send("0020FF80");
    }
}

TEST_F(PivObjectCommands, writes_for_the_manager_only) {
    const Bytes content(700, 0x5A);
    EXPECT_EQ(user.put_object(0x5FC106, content).word, 0x6982);
    ASSERT_EQ(user.authenticate_manager().word, 0x9000);
    EXPECT_EQ(user.put_object(0x5FC106, content).word, 0x9000);
    const Answer answer = user.get_object(0x5FC106);
    EXPECT_TRUE(equal(iso7816::TlvReader(answer.data).require(0x53).value(), content));
    EXPECT_EQ(user.put_object(0x5FC106, {}).word, 0x9000);
    EXPECT_EQ(user.get_object(0x5FC106).word, 0x6A82);
}

TEST_F(PivObjectCommands, writes_the_discovery_object_under_its_own_tag) {
    user.authenticate_manager();
    EXPECT_EQ(user.send("00DB3FFF067E055F2F0160").word, 0x6A80) << "not a whole object";
    EXPECT_EQ(user.send("00DB3FFF077E055F2F026000").word, 0x9000);
    EXPECT_EQ(to_hex(user.send("00CB3FFF035C017E00").data), "7e055f2f026000");
}

TEST_F(PivObjectCommands, refuses_what_it_does_not_understand) {
    user.authenticate_manager();
    EXPECT_EQ(user.put_object(0x5FC124, Bytes{1}).word, 0x6A81);
    EXPECT_EQ(user.put_object(0x5FFF00, Bytes{1}).word, 0x6A81);
    EXPECT_EQ(user.put_object(0x5FC106, Bytes(16385)).word, 0x6A84);
    EXPECT_EQ(user.send("00DB3FFF055C035FC106").word, 0x6A80);
    EXPECT_EQ(user.send("00DB3FFF0453020000").word, 0x6A80);
    EXPECT_EQ(user.send("00DB0000075C035FC1065300").word, 0x6A86);
    EXPECT_EQ(user.send("00CB0000055C035FC10200").word, 0x6A86);
    EXPECT_EQ(user.send("00CB3FFF065C045FC1020000").word, 0x6A80);
    EXPECT_EQ(user.send("00CB3FFF025C0000").word, 0x6A80);
    EXPECT_EQ(user.send("00CB3FFF00").word, 0x6A80);
}

TEST_F(PivObjectCommands, has_yubicos_objects_if_it_is_one) {
    CardTestUser yubikey({.provisioned = false, .behavior = {.yubico = true}});
    yubikey.select();
    yubikey.authenticate_manager();
    EXPECT_EQ(yubikey.put_object(0x5FFF00, Bytes{1, 2}).word, 0x9000);
    EXPECT_EQ(to_hex(yubikey.get_object(0x5FFF00).data), "53020102");
    EXPECT_EQ(yubikey.put_object(0x5F434D, Bytes{3}).word, 0x9000) << "any other of 5F....";
    EXPECT_EQ(to_hex(yubikey.get_object(0x5F434D).data), "530103");
    EXPECT_EQ(yubikey.put_object(0x600000, Bytes{3}).word, 0x6A81);
}

}  // namespace
}  // namespace cardmux::simulation
