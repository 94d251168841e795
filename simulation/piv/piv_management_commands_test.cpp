// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <gtest/gtest.h>

#include "iso7816/tlv_writer.h"
#include "simulation/piv/block_cipher.h"
#include "simulation/piv/card_test_user.h"

namespace cardmux::simulation {
namespace {

/// The manager's side, for any of the algorithms.
class Manager {
  public:
    Manager(CardTestUser& user, ManagementKey key) : user_(user), key_(std::move(key)) {}

    Answer ask(std::uint32_t tag, ByteView value) {
        return send(iso7816::TlvWriter().add(tag, value).take());
    }
    Answer send(const Bytes& inner) {
        return user_.extended(0x87, static_cast<std::uint8_t>(key_.algorithm), 0x9B,
                              iso7816::TlvWriter().add(0x7C, inner).bytes());
    }
    Bytes encrypt(ByteView block) { return run(CipherDirection::Encrypt, block); }
    Bytes decrypt(ByteView block) { return run(CipherDirection::Decrypt, block); }
    /// The block inside 7C L tag L.
    static Bytes block_in(const Answer& answer) {
        return answer.data.size() < 4 ? Bytes() : Bytes(answer.data.begin() + 4, answer.data.end());
    }

  private:
    Bytes run(CipherDirection direction, ByteView block) {
        return cipher_block(library_, key_, direction, block).value_or(Bytes());
    }
    CardTestUser& user_;
    ManagementKey key_;
    CryptoLibrary library_;
};

class PivManagementCommands : public testing::TestWithParam<ManagementAlgorithm> {
  protected:
    void SetUp() override { user.select(); }

    bool is_manager() { return user.put_object(0x5FC106, Bytes{1}).word == 0x9000; }

    ManagementKey key = {.algorithm = GetParam(),
                         .key = Bytes(management_key_size(GetParam()), 0x5C)};
    CardTestUser user{
        {.management_algorithm = GetParam(), .management_key = key.key, .provisioned = false}};
    Manager manager{user, key};
    Bytes block = Bytes(block_size(GetParam()), 0x42);
};

INSTANTIATE_TEST_SUITE_P(Algorithms, PivManagementCommands,
                         testing::Values(ManagementAlgorithm::TripleDes,
                                         ManagementAlgorithm::Aes128, ManagementAlgorithm::Aes192,
                                         ManagementAlgorithm::Aes256));

TEST_P(PivManagementCommands, accepts_the_manager_by_mutual_authentication) {
    const Answer witness = manager.ask(0x80, {});
    ASSERT_EQ(witness.word, 0x9000);
    const Bytes proof = manager.decrypt(Manager::block_in(witness));
    const Answer answer =
        manager.send(iso7816::TlvWriter().add(0x80, proof).add(0x81, block).take());
    EXPECT_EQ(answer.word, 0x9000);
    EXPECT_EQ(Manager::block_in(answer), manager.encrypt(block)) << "the card's own proof";
    EXPECT_TRUE(is_manager());
}

TEST_P(PivManagementCommands, accepts_the_manager_by_single_authentication) {
    const Answer challenge = manager.ask(0x81, {});
    ASSERT_EQ(challenge.word, 0x9000);
    EXPECT_EQ(manager.ask(0x82, manager.encrypt(Manager::block_in(challenge))).word, 0x9000);
    EXPECT_TRUE(is_manager());
}

TEST_P(PivManagementCommands, refuses_a_wrong_proof_and_asks_anew) {
    const Answer challenge = manager.ask(0x81, {});
    EXPECT_EQ(manager.ask(0x82, block).word, 0x6982);
    EXPECT_FALSE(is_manager());
    const Bytes right = manager.encrypt(Manager::block_in(challenge));
    EXPECT_EQ(manager.ask(0x82, right).word, 0x6985) << "the challenge is used up";
    manager.ask(0x80, {});
    EXPECT_EQ(manager.send(iso7816::TlvWriter().add(0x80, block).add(0x81, block).take()).word,
              0x6982);
    EXPECT_FALSE(is_manager());
}

TEST_P(PivManagementCommands, takes_an_answer_directly_after_its_question_only) {
    const Answer challenge = manager.ask(0x81, {});
    user.get_object(0x5FC102);
    EXPECT_EQ(manager.ask(0x82, manager.encrypt(Manager::block_in(challenge))).word, 0x6985);
    const Answer witness = manager.ask(0x80, {});
    EXPECT_EQ(manager.ask(0x82, manager.decrypt(Manager::block_in(witness))).word, 0x6985)
        << "the other way of asking";
}

TEST_P(PivManagementCommands, loses_the_manager_at_reset) {
    const Answer challenge = manager.ask(0x81, {});
    manager.ask(0x82, manager.encrypt(Manager::block_in(challenge)));
    user.card().reset();
    user.select();
    EXPECT_FALSE(is_manager());
}

TEST_P(PivManagementCommands, refuses_other_algorithms_and_nonsense) {
    for (const int number : {0x00, 0x03, 0x08, 0x0A, 0x0C, 0x07, 0xFF}) {
        const bool is_mine = number == static_cast<int>(GetParam()) ||
                             (number == 0 && GetParam() == ManagementAlgorithm::TripleDes);
        const Answer answer = user.extended(0x87, static_cast<std::uint8_t>(number), 0x9B,
                                            Bytes{0x7C, 0x02, 0x81, 0x00});
        EXPECT_EQ(answer.word, is_mine ? 0x9000 : 0x6A86);
    }
    EXPECT_EQ(manager.send({}).word, 0x6A80);
    EXPECT_EQ(manager.ask(0x82, {}).word, 0x6A80);
    EXPECT_EQ(manager.ask(0x85, block).word, 0x6A80);
}

}  // namespace
}  // namespace cardmux::simulation
