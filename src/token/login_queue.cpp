// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "token/login_queue.h"

namespace cardmux::token {
namespace {

/// Answers that presenting the same PIN again would repeat, at the price of a try.
bool is_about_this_pin(const Error& error) {
    return error.code == ErrorCode::PinIncorrect || error.code == ErrorCode::PinBlocked;
}

/// Nothing has moved for as long as a call should wait. One try after the other would have the last
/// of many wait many times that long.
bool is_about_the_card(const Error& error) {
    return error.code == ErrorCode::NoProgress;
}

}  // namespace

/// Passes the turn on when it ends, also by an exception: everybody behind would wait for ever.
class LoginQueue::Turn {
  public:
    explicit Turn(LoginQueue& queue) : queue_(queue) {}
    ~Turn() { queue_.pass_on(); }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

  private:
    LoginQueue& queue_;
};

bool LoginQueue::Answer::holds_for(const SecretBytes& other) const {
    return is_about_the_card(error) || pin.equals(other);
}

std::optional<Error> LoginQueue::wait_for_turn(const SecretBytes& pin) {
    auto state = state_.lock();
    const std::uint64_t answers_before = state->answer_count;
    ++state->waiting_count;
    while (state->is_busy) state.wait(turn_ended_, Deadline::never());
    --state->waiting_count;
    std::optional<Error> ours;
    for (const Answer& answer : state->answers) {
        const bool came_meanwhile = answer.number > answers_before;
        if (came_meanwhile && answer.holds_for(pin)) ours = answer.error;
    }
    if (state->waiting_count == 0) state->answers.clear();
    state->is_busy = !ours.has_value();
    return ours;
}

void LoginQueue::remember(const SecretBytes& pin, const Error& error) {
    if (!is_about_this_pin(error) && !is_about_the_card(error)) return;
    SecretBytes copy = pin.clone();
    auto state = state_.lock();
    const std::uint64_t number = ++state->answer_count;
    if (state->waiting_count == 0) return;
    state->answers.push_back({std::move(copy), error, number});
}

void LoginQueue::pass_on() {
    state_.lock()->is_busy = false;
    turn_ended_.notify_all();
}

Result<void> LoginQueue::run(const SecretBytes& pin, const Login& login) {
    if (const std::optional<Error> answer = wait_for_turn(pin)) return *answer;
    const Turn turn(*this);
    Result<void> result = login();
    if (!result) remember(pin, result.error());
    return result;
}

std::size_t LoginQueue::waiting_count() {
    return state_.lock()->waiting_count;
}

}  // namespace cardmux::token
