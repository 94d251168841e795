// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <gtest/gtest.h>

#include "iso7816/tlv_reader.h"
#include "simulation/piv/card_test_user.h"

namespace cardmux::simulation {
namespace {

class PivYubicoCommands : public testing::Test {
  protected:
    void SetUp() override { user.select(); }

    std::string metadata(const std::string& slot) {
        return to_hex(user.send("00F700" + slot + "00").data);
    }
    void block(const std::string& command) {
        while (user.send(command).word != 0x6983) {
        }
    }

    CardTestUser user{{.serial_number = 0x01020304,
                       .key_algorithm = KeyAlgorithm::P256,
                       .behavior = {.yubico = true}}};
    const std::string wrong_pin = "0020008008393939393939FFFF";
    const std::string wrong_puk = "002C00801039393939393939393132333435363738";
};

TEST_F(PivYubicoCommands, are_unknown_to_other_cards) {
    CardTestUser plain({.provisioned = false});
    plain.select();
    for (const char* command : {"00FD000000", "00F8000000", "00F7008000", "00FB000000"}) {
        EXPECT_EQ(plain.send(command).word, 0x6D00);
    }
}

TEST_F(PivYubicoCommands, tell_version_and_serial_number) {
    EXPECT_EQ(to_hex(user.send("00FD000000").data), "050403");
    EXPECT_EQ(to_hex(user.send("00F8000000").data), "01020304");
    EXPECT_EQ(user.send("00F99A0000").word, 0x6D00) << "attestation";
}

TEST_F(PivYubicoCommands, tell_of_pins_without_costing_a_try) {
    EXPECT_EQ(metadata("80"), "0101ff05010106020303");
    user.verify("999999");
    EXPECT_EQ(metadata("80"), "0101ff05010106020302");
    user.card().change_pin_behind_back("987654");
    EXPECT_EQ(metadata("80"), "0101ff05010006020303");
    EXPECT_EQ(metadata("81"), "0101ff05010106020303");
}

TEST_F(PivYubicoCommands, tell_of_the_management_key) {
    EXPECT_EQ(metadata("9b"), "01010302020001050101");
}

TEST_F(PivYubicoCommands, tell_of_keys) {
    const Answer answer = user.send("00F7009C00");
    const iso7816::TlvReader reader(answer.data);
    EXPECT_EQ(to_hex(reader.require(0x01).value()), "11");
    EXPECT_EQ(to_hex(reader.require(0x02).value()), "0301");
    EXPECT_EQ(to_hex(reader.require(0x03).value()), "01");
    EXPECT_NE(public_key_of_template(reader.require(0x04).value()), nullptr);
    EXPECT_EQ(user.send("00F7008200").word, 0x6A88);
    EXPECT_EQ(user.send("00F7019C00").word, 0x6A86);
}

TEST_F(PivYubicoCommands, set_the_number_of_tries_for_who_may) {
    EXPECT_EQ(user.send("00FA0504").word, 0x6982);
    user.authenticate_manager();
    EXPECT_EQ(user.send("00FA0504").word, 0x6982);
    user.verify();
    EXPECT_EQ(user.send("00FA0010").word, 0x6A86);
    EXPECT_EQ(user.send("00FA0504").word, 0x9000);
    EXPECT_EQ(metadata("80"), "0101ff05010106020505");
    EXPECT_EQ(metadata("81"), "0101ff05010106020404");
}

TEST_F(PivYubicoCommands, set_the_management_key_for_the_manager) {
    const std::string command = "00FFFFFF130C9B10000102030405060708090A0B0C0D0E0F";
    EXPECT_EQ(user.send(command).word, 0x6982);
    user.authenticate_manager();
    EXPECT_EQ(user.send(command).word, 0x6A80) << "AES-256 has 32 bytes";
    std::string right = command;
    right.replace(10, 2, "08");
    EXPECT_EQ(user.send(right).word, 0x9000);
    EXPECT_EQ(metadata("9b"), "01010802020001050100");
    EXPECT_EQ(user.authenticate_manager().word, 0x6A86) << "3DES no more";
}

TEST_F(PivYubicoCommands, reset_the_application_when_both_pins_are_blocked) {
    EXPECT_EQ(user.send("00FB0000").word, 0x6985);
    block(wrong_pin);
    EXPECT_EQ(user.send("00FB0000").word, 0x6985);
    block(wrong_puk);
    EXPECT_EQ(user.send("00FB0000").word, 0x9000);
    EXPECT_EQ(user.verify().word, 0x9000);
    EXPECT_EQ(user.send("00F7009A00").word, 0x6A88);
    EXPECT_EQ(user.get_object(0x5FC105).word, 0x6A82);
    EXPECT_EQ(to_hex(user.send("00F8000000").data), "01020304");
}

}  // namespace
}  // namespace cardmux::simulation
