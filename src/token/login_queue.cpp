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

std::optional<Error> LoginQueue::State::answer_since(std::uint64_t count,
                                                     const SecretBytes& pin) const {
    std::optional<Error> last;
    for (const Answer& answer : answers) {
        if (answer.number > count && answer.holds_for(pin)) last = answer.error;
    }
    return last;
}

/// In the order of arrival, or who logs in again and again would keep others out for ever. An
/// answer is heard at once, also while the next login is under way.
std::optional<Error> LoginQueue::wait_for_turn(const SecretBytes& pin, Deadline deadline) {
    std::optional<Error> ours;
    {
        auto state = state_.lock();
        const std::uint64_t answers_before = state->answer_count;
        const std::uint64_t ticket = ++state->last_ticket;
        state->waiting.push_back(ticket);
        for (;;) {
            ours = state->answer_since(answers_before, pin);
            if (ours || (!state->is_busy && state->waiting.front() == ticket)) break;
            if (state.wait(turn_ended_, deadline) || !deadline.has_passed()) continue;
            ours = Error(ErrorCode::TimedOut, "wait for another login");
            break;
        }
        std::erase(state->waiting, ticket);
        if (state->waiting.empty()) state->answers.clear();
        if (!ours) state->is_busy = true;
    }
    if (ours) turn_ended_.notify_all();  // the next one may be first now
    return ours;
}

void LoginQueue::remember(const SecretBytes& pin, const Error& error) {
    if (!is_about_this_pin(error) && !is_about_the_card(error)) return;
    SecretBytes copy = pin.clone();
    auto state = state_.lock();
    const std::uint64_t number = ++state->answer_count;
    if (state->waiting.empty()) return;
    state->answers.push_back({std::move(copy), error, number});
}

void LoginQueue::pass_on() {
    state_.lock()->is_busy = false;
    turn_ended_.notify_all();
}

Result<void> LoginQueue::run(const SecretBytes& pin, Deadline deadline, const Login& login) {
    if (const std::optional<Error> answer = wait_for_turn(pin, deadline)) return *answer;
    const Turn turn(*this);
    Result<void> result = login();
    if (!result) remember(pin, result.error());
    return result;
}

std::size_t LoginQueue::waiting_count() {
    return state_.lock()->waiting.size();
}

}  // namespace cardmux::token
