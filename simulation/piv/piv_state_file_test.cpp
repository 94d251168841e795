// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "simulation/piv/piv_state_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "simulation/piv/card_test_user.h"

namespace cardmux::simulation {
namespace {

class PivStateFile : public testing::Test {
  protected:
    PivStateFile() {
        std::string name = testing::TempDir() + "cardmux_state_XXXXXX";
        folder = ::mkdtemp(name.data());
        options.state_file = folder + "/card.json";
        options.key_algorithm = KeyAlgorithm::P256;
    }
    ~PivStateFile() override {
        std::error_code ignored;
        std::filesystem::remove_all(folder, ignored);
    }

    std::string content() const {
        std::ifstream stream(options.state_file);
        std::ostringstream text;
        text << stream.rdbuf();
        return text.str();
    }
    ErrorCode code_with(const std::string& text) const {
        std::ofstream(options.state_file) << text;
        const auto card = SimulatedPivCard::create(options);
        return card.ok() ? ErrorCode::Internal : card.error().code;
    }

    std::string folder;
    PivCardOptions options;
};

TEST_F(PivStateFile, keeps_counters_pins_objects_and_keys) {
    Answer generated;
    {
        CardTestUser user(options);
        user.select();
        user.authenticate_manager();
        generated = user.extended(0x47, 0x00, 0x82, from_hex("AC03800111").value());
        user.put_object(0x5FC10C, Bytes{1, 2, 3});
        user.send("0024008010313233343536FFFF393837363534FFFF");
        user.verify("111111");
        user.send("002C00801039393939393939393132333435363738");
    }
    CardTestUser user(options);
    user.select();
    EXPECT_EQ(user.card().pin_tries_left(), 2);
    EXPECT_EQ(user.verify("123456").word, 0x63C1);
    EXPECT_EQ(user.send("002C00801039393939393939393132333435363738").word, 0x63C1);
    EXPECT_EQ(user.verify("987654").word, 0x9000);
    EXPECT_EQ(to_hex(user.get_object(0x5FC10C).data), "5303010203");
    const Bytes hash = some_block(32);
    const PublicKey key = public_key_of_template(ByteView(generated.data).subspan(3));
    EXPECT_TRUE(verifies(key, hash, user.use_key(KeyAlgorithm::P256, 0x82, 0x81, hash).data));
}

TEST_F(PivStateFile, survives_a_round_trip_unchanged) {
    CardTestUser user(options);
    const std::string before = content();
    const CryptoLibrary library;
    const auto memory = from_json(library, before);
    ASSERT_TRUE(memory.ok());
    EXPECT_EQ(to_json(memory.value()), before);
}

TEST_F(PivStateFile, is_not_written_by_commands_that_change_nothing) {
    CardTestUser user(options);
    user.select();
    std::filesystem::remove(options.state_file);
    user.verify();
    user.get_object(0x5FC102);
    EXPECT_FALSE(std::filesystem::exists(options.state_file));
    user.verify("111111");
    EXPECT_TRUE(std::filesystem::exists(options.state_file));
    EXPECT_FALSE(std::filesystem::exists(options.state_file + ".new"));
}

TEST_F(PivStateFile, makes_the_card_fail_a_change_that_cannot_be_kept) {
    CardTestUser user(options);
    user.select();
    std::filesystem::remove_all(folder);
    EXPECT_EQ(user.verify("111111").word, 0x6581);
}

TEST_F(PivStateFile, is_refused_when_it_is_damaged) {
    CardTestUser user(options);
    const std::string good = content();
    EXPECT_EQ(code_with(""), ErrorCode::DataInvalid);
    EXPECT_EQ(code_with("[]"), ErrorCode::DataInvalid);
    EXPECT_EQ(code_with(good.substr(0, good.size() / 2)), ErrorCode::DataInvalid);
    const auto replaced = [&](const std::string& what, const std::string& with) {
        std::string text = good;
        const std::size_t at = text.find(what);
        EXPECT_NE(at, std::string::npos) << what;
        return code_with(text.replace(at, what.size(), with));
    };
    EXPECT_EQ(replaced("\"format\": 1", "\"format\": 2"), ErrorCode::DataInvalid);
    EXPECT_EQ(replaced("\"tries_left\": 3", "\"tries_left\": 4"), ErrorCode::DataInvalid);
    EXPECT_EQ(replaced("\"tries_left\": 3", "\"tries_left\": \"3\""), ErrorCode::DataInvalid);
    EXPECT_EQ(replaced("\"algorithm\": 3", "\"algorithm\": 4"), ErrorCode::DataInvalid);
    EXPECT_EQ(replaced("\"pkcs8\": \"30", "\"pkcs8\": \"31"), ErrorCode::DataInvalid);
    EXPECT_EQ(replaced("\"5FC102\"", "\"x\""), ErrorCode::DataInvalid);
    EXPECT_EQ(code_with(good), ErrorCode::Internal) << "the good one is taken";
}

TEST_F(PivStateFile, says_so_when_the_folder_is_missing) {
    options.state_file = folder + "/none/card.json";
    const auto card = SimulatedPivCard::create(options);
    ASSERT_FALSE(card.ok());
    EXPECT_EQ(card.error().code, ErrorCode::SystemFailed);
}

}  // namespace
}  // namespace cardmux::simulation
