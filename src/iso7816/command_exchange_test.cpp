// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The exchange against a card that really parses, chains and holds answers back, with its ways of
// straying as switches.
#include "iso7816/command_exchange.h"

#include <gtest/gtest.h>

#include <numeric>

#include "iso7816/status_word.h"

namespace cardmux::iso7816 {
namespace {

/// Answers INS A0 with `answer`, INS C0 with what it held back; all else is 6D00.
class EchoCard final : public ApduChannel {
  public:
    Bytes answer;
    bool sends_extended = false;         ///< answers in full where Le allows it
    std::size_t round_size = 256;        ///< bytes for each GET RESPONSE
    bool insists_on_right_size = false;  ///< 6Cxx until Le is exact
    int fail_at = -1;                    ///< the APDU with this number is lost
    std::uint16_t chain_refusal = 0;     ///< the status word for a chained block

    std::vector<Bytes> seen;
    Bytes command_data;  ///< joined over the chain

    Result<Bytes> transmit(ByteView bytes) override {
        if (static_cast<int>(seen.size()) == fail_at) {
            return Error(ErrorCode::CardRemoved, "transmit");
        }
        seen.push_back(to_bytes(bytes));
        const auto command = parse_command(bytes);
        if (!command.ok()) return with_status({}, status::wrong_length);
        if (command->ins == 0xC0) return get_response(*command);
        if (command->ins != 0xA0) return with_status({}, status::instruction_not_supported);
        return accept_block(*command);
    }

    std::string headers() const {
        std::string text;
        for (const Bytes& command : seen) text += to_hex(ByteView(command).first(4)) + " ";
        return text;
    }

  private:
    static Bytes with_status(ByteView data, std::uint16_t word) {
        return encode(ResponseApdu{.data = to_bytes(data), .status_word = word});
    }

    Bytes accept_block(const CommandApdu& command) {
        if (!in_chain_) command_data.clear();
        in_chain_ = (command.cla & 0x10) != 0;
        if (in_chain_ && chain_refusal != 0) return with_status({}, chain_refusal);
        const bool is_last = !in_chain_;
        if (is_last && insists_on_right_size &&
            command.expected_size.value_or(0) != answer.size()) {
            in_chain_ = true;  // the block comes again
            return with_status({}, static_cast<std::uint16_t>(0x6C00 | (answer.size() & 0xff)));
        }
        append(command_data, command.data);
        if (in_chain_) return with_status({}, status::success);
        waiting_ = answer;
        return send(sends_extended ? command.expected_size.value_or(0) : 256);
    }

    Bytes get_response(const CommandApdu& command) {
        const std::size_t due = std::min(waiting_.size(), round_size);
        if (command.expected_size.value_or(0) > due) {
            return with_status({}, static_cast<std::uint16_t>(0x6C00 | (due & 0xff)));
        }
        return send(round_size);
    }

    Bytes send(std::size_t size_max) {
        const std::size_t size = std::min({waiting_.size(), size_max, std::size_t{65536}});
        const Bytes part(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(size));
        waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(size));
        if (waiting_.empty()) return with_status(part, status::success);
        const std::size_t hint = waiting_.size() > 255 ? 0 : waiting_.size();
        return with_status(part, static_cast<std::uint16_t>(0x6100 | hint));
    }

    bool in_chain_ = false;
    Bytes waiting_;
};

/// Answers every command with the same bytes.
class StubbornCard final : public ApduChannel {
  public:
    explicit StubbornCard(Bytes answer) : answer_(std::move(answer)) {}
    int count = 0;

    Result<Bytes> transmit(ByteView) override {
        ++count;
        return answer_;
    }

  private:
    Bytes answer_;
};

Bytes counting(std::size_t size) {
    Bytes bytes(size);
    std::iota(bytes.begin(), bytes.end(), std::uint8_t{1});
    return bytes;
}

CommandApdu command_with(std::size_t size) {
    return {.cla = 0x00,
            .ins = 0xA0,
            .p1 = 0x07,
            .p2 = 0x9A,
            .data = counting(size),
            .expected_size = response_size_any};
}

TEST(CommandExchange, sends_a_short_command_as_one_apdu) {
    EchoCard card;
    card.answer = counting(100);
    const auto response = exchange(card, command_with(255), LengthForm::Short);
    ASSERT_TRUE(response.ok());
    EXPECT_EQ(response->data, card.answer);
    EXPECT_EQ(response->status_word, status::success);
    EXPECT_EQ(card.command_data, counting(255));
    EXPECT_EQ(card.headers(), "00a0079a ");
}

TEST(CommandExchange, chains_rsa_4096_in_three_parts_and_collects_the_answer_in_two) {
    EchoCard card;
    card.answer = counting(520);
    const auto response = exchange(card, command_with(522), LengthForm::Short);
    ASSERT_TRUE(response.ok());
    EXPECT_EQ(response->data, card.answer);
    EXPECT_EQ(card.command_data, counting(522));
    EXPECT_EQ(card.headers(), "10a0079a 10a0079a 00a0079a 00c00000 00c00000 ");
    EXPECT_EQ(card.seen[0].size(), 5 + 255U) << "a block that is not the last has no Le";
    EXPECT_EQ(card.seen[2].size(), 6 + 12U);
}

TEST(CommandExchange, sends_a_full_last_block_rather_than_an_empty_one) {
    EchoCard card;
    ASSERT_TRUE(exchange(card, command_with(510), LengthForm::Short).ok());
    EXPECT_EQ(card.headers(), "10a0079a 00a0079a ");
    EXPECT_EQ(card.command_data, counting(510));
}

TEST(CommandExchange, sends_rsa_4096_as_one_extended_apdu) {
    EchoCard card;
    card.sends_extended = true;
    card.answer = counting(520);
    const auto response = exchange(card, command_with(522), LengthForm::Extended);
    ASSERT_TRUE(response.ok());
    EXPECT_EQ(response->data, card.answer);
    EXPECT_EQ(card.command_data, counting(522));
    EXPECT_EQ(card.seen.size(), 1U);
}

TEST(CommandExchange, collects_61xx_that_answers_an_extended_command) {
    EchoCard card;
    card.answer = counting(264);
    const auto response = exchange(card, command_with(266), LengthForm::Extended);
    ASSERT_TRUE(response.ok());
    EXPECT_EQ(response->data, card.answer);
    EXPECT_EQ(card.headers(), "00a0079a 00c00000 ");
    EXPECT_EQ(card.seen[1].back(), 8) << "Le is what the card said";
}

TEST(CommandExchange, repeats_once_with_the_size_that_6Cxx_names) {
    EchoCard card;
    card.insists_on_right_size = true;
    card.answer = counting(32);
    const auto response = exchange(card, command_with(10), LengthForm::Short);
    ASSERT_TRUE(response.ok());
    EXPECT_EQ(response->data, card.answer);
    ASSERT_EQ(card.seen.size(), 2U);
    EXPECT_EQ(card.seen[1].back(), 32);
}

TEST(CommandExchange, repeats_only_the_last_block_of_a_chain_after_6Cxx) {
    EchoCard card;
    card.insists_on_right_size = true;
    card.answer = counting(64);
    const auto response = exchange(card, command_with(300), LengthForm::Short);
    ASSERT_TRUE(response.ok());
    EXPECT_EQ(response->data, card.answer);
    EXPECT_EQ(card.command_data, counting(300));
    EXPECT_EQ(card.headers(), "10a0079a 00a0079a 00a0079a ");
}

TEST(CommandExchange, repeats_get_response_with_the_size_that_6Cxx_names) {
    EchoCard card;
    card.answer = counting(700);
    card.round_size = 100;  // less than 61 00 promised
    const auto response = exchange(card, command_with(10), LengthForm::Short);
    ASSERT_TRUE(response.ok());
    EXPECT_EQ(response->data, card.answer);
}

TEST(CommandExchange, gives_up_on_a_card_that_never_knows_its_size) {
    StubbornCard card(*from_hex("6c10"));
    const auto response = exchange(card, command_with(10), LengthForm::Short);
    ASSERT_TRUE(response.ok());
    EXPECT_EQ(response->status_word, 0x6C10);
    EXPECT_EQ(card.count, 2);
}

TEST(CommandExchange, gives_up_on_a_card_that_always_has_more_but_sends_nothing) {
    StubbornCard card(*from_hex("6110"));
    const auto response = exchange(card, command_with(10), LengthForm::Short);
    ASSERT_FALSE(response.ok());
    EXPECT_EQ(response.error().code, ErrorCode::CardDataMalformed);
    EXPECT_LE(card.count, 600);
}

TEST(CommandExchange, gives_up_on_a_card_that_sends_more_than_64_KiB) {
    Bytes answer(256, 0x11);
    append(answer, *from_hex("6100"));
    StubbornCard card(answer);
    const auto response = exchange(card, command_with(10), LengthForm::Short);
    ASSERT_FALSE(response.ok());
    EXPECT_EQ(response.error().code, ErrorCode::CardDataMalformed);
    EXPECT_EQ(card.count, 257);
}

TEST(CommandExchange, accepts_an_answer_of_exactly_64_KiB) {
    EchoCard card;
    card.answer = counting(65536);
    const auto response = exchange(card, command_with(10), LengthForm::Short);
    ASSERT_TRUE(response.ok());
    EXPECT_EQ(response->data, card.answer);
}

TEST(CommandExchange, returns_other_status_words_as_they_are) {
    EchoCard card;
    CommandApdu unknown = command_with(0);
    unknown.ins = 0xAA;
    const auto response = exchange(card, unknown, LengthForm::Short);
    ASSERT_TRUE(response.ok());
    EXPECT_EQ(response->status_word, status::instruction_not_supported);
    EXPECT_TRUE(response->data.empty());
}

TEST(CommandExchange, stops_a_chain_at_the_block_that_the_card_refuses) {
    EchoCard card;
    card.chain_refusal = status::chaining_not_supported;
    const auto response = exchange(card, command_with(600), LengthForm::Short);
    ASSERT_TRUE(response.ok());
    EXPECT_EQ(response->status_word, status::chaining_not_supported);
    EXPECT_EQ(card.seen.size(), 1U);
}

TEST(CommandExchange, passes_on_the_error_of_the_channel_wherever_it_happens) {
    for (int fail_at = 0; fail_at < 5; ++fail_at) {
        EchoCard card;
        card.answer = counting(520);
        card.fail_at = fail_at;
        const auto response = exchange(card, command_with(522), LengthForm::Short);
        ASSERT_FALSE(response.ok()) << fail_at;
        EXPECT_EQ(response.error().code, ErrorCode::CardRemoved);
    }
}

TEST(CommandExchange, refuses_an_answer_without_status_word) {
    StubbornCard card(Bytes{0x90});
    EXPECT_EQ(exchange(card, command_with(1), LengthForm::Short).error().code,
              ErrorCode::CardDataMalformed);
}

TEST(CommandExchange, asks_for_the_rest_on_the_same_logical_channel) {
    const auto class_of_second = [](std::uint8_t cla) {
        EchoCard card;
        card.answer = counting(300);
        CommandApdu command = command_with(1);
        command.cla = cla;
        EXPECT_TRUE(exchange(card, command, LengthForm::Short).ok());
        return card.seen.at(1).at(0);
    };
    EXPECT_EQ(class_of_second(0x00), 0x00);
    EXPECT_EQ(class_of_second(0x02), 0x02);
    EXPECT_EQ(class_of_second(0x43), 0x43);
    EXPECT_EQ(class_of_second(0x80), 0x00);
}

}  // namespace
}  // namespace cardmux::iso7816
