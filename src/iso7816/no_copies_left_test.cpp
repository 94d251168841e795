// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Aim: what a card or a file tells of a key leaves no copy behind in memory that is given back. The
// whole test program allocates through here.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

#include "base/secret.h"
#include "iso7816/command_exchange.h"

namespace {

constexpr std::size_t header_size = alignof(std::max_align_t);
constexpr std::uint8_t secret_byte = 0xB7;
constexpr int telling_length = 8;
std::atomic<bool> is_watching{false};
std::atomic<int> copies_left{0};

void* allocate(std::size_t size) {
    void* const block = std::malloc(size + header_size);
    if (block == nullptr) throw std::bad_alloc();
    *static_cast<std::size_t*>(block) = size;
    return static_cast<std::uint8_t*>(block) + header_size;
}

void give_back(void* memory) {
    if (memory == nullptr) return;
    auto* const bytes = static_cast<std::uint8_t*>(memory);
    void* const block = bytes - header_size;
    const std::uint8_t* const end = bytes + *static_cast<std::size_t*>(block);
    if (is_watching &&
        std::search_n(bytes, const_cast<std::uint8_t*>(end), telling_length, secret_byte) != end)
        ++copies_left;
    std::free(block);
}

}  // namespace

[[gnu::noinline]] void* operator new(std::size_t size) {
    return allocate(size);
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
    give_back(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t /*size*/) noexcept {
    give_back(memory);
}

namespace cardmux::iso7816 {
namespace {

/// Has a secret of `left` bytes, and gives it in pieces.
class SecretCard final : public ApduChannel {
  public:
    explicit SecretCard(std::size_t left) : left_(left) {}
    Result<Bytes> transmit(ByteView /*command*/) override {
        const std::size_t size = std::min<std::size_t>(left_, 100);
        left_ -= size;
        Bytes answer(size + 2, secret_byte);
        answer[size] = left_ > 0 ? 0x61 : 0x90;
        answer[size + 1] = static_cast<std::uint8_t>(std::min<std::size_t>(left_, 255));
        return answer;
    }

  private:
    std::size_t left_;
};

TEST(NoCopiesLeft, of_an_answer_that_comes_in_pieces) {
    SecretCard card(1000);
    CommandApdu command;
    command.ins = 0xCB;
    command.expected_size = 256;
    copies_left = 0;
    is_watching = true;
    auto response = exchange(card, command, LengthForm::Short);
    is_watching = false;
    ASSERT_TRUE(response.ok());
    EXPECT_EQ(response->data, Bytes(1000, secret_byte));
    EXPECT_EQ(copies_left, 0);
}

TEST(NoCopiesLeft, of_hexadecimal_also_if_it_is_wrong) {
    const std::string right = "b7b7b7b7b7b7b7b7b7b7b7b7b7b7b7b7b7b7b7b7b7b7b7b7";
    for (const std::string& text : {right, right + "b", right + "x"}) {
        copies_left = 0;
        is_watching = true;
        auto bytes = from_hex(text);
        is_watching = false;
        EXPECT_EQ(bytes.ok(), text == right);
        EXPECT_EQ(copies_left, 0) << text;
    }
}

}  // namespace
}  // namespace cardmux::iso7816
