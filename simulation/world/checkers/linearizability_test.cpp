// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "simulation/world/checkers/linearizability.h"

#include <gtest/gtest.h>

namespace cardmux::simulation {
namespace {

using Events = std::vector<Event>;

Event open(std::uint64_t begun, std::uint64_t ended) {
    return {Action::Open, Ending::Done, begun, ended, "open"};
}
Event close(std::uint64_t begun, std::uint64_t ended) {
    return {Action::Close, Ending::Done, begun, ended, "close"};
}
Event log_in(std::uint64_t begun, std::uint64_t ended, Ending ending = Ending::Done) {
    return {Action::LogIn, ending, begun, ended, "log in"};
}
Event log_out(std::uint64_t begun, std::uint64_t ended, Ending ending = Ending::Done) {
    return {Action::LogOut, ending, begun, ended, "log out"};
}
Event use(std::uint64_t begun, std::uint64_t ended, Ending ending = Ending::Done) {
    return {Action::Use, ending, begun, ended, "use"};
}

bool is_explained(const Events& events, const std::vector<std::uint64_t>& losses = {}) {
    return explain(events, losses).is_found;
}

TEST(Linearizability, explains_one_call_after_the_other) {
    EXPECT_TRUE(is_explained({}));
    EXPECT_TRUE(is_explained({open(1, 2), log_in(3, 4), use(5, 6), log_out(7, 8), close(9, 10)}));
    EXPECT_TRUE(is_explained({open(1, 2), use(3, 4, Ending::NotLoggedIn), log_in(5, 6),
                              log_in(7, 8, Ending::AlreadySo)}));
}

TEST(Linearizability, explains_no_use_before_a_login_or_after_a_logout) {
    EXPECT_FALSE(is_explained({open(1, 2), use(3, 4), log_in(5, 6)}));
    EXPECT_FALSE(is_explained({open(1, 2), log_in(3, 4), log_out(5, 6), use(7, 8)}));
    EXPECT_FALSE(is_explained({open(1, 2), log_in(3, 4), use(5, 6, Ending::NotLoggedIn)}));
}

TEST(Linearizability, lets_calls_that_overlap_happen_in_either_order) {
    EXPECT_TRUE(is_explained({open(1, 2), use(3, 9), log_in(4, 5)}));
    EXPECT_TRUE(is_explained({open(1, 2), log_in(3, 4), log_out(5, 9), use(6, 8)}));
    EXPECT_TRUE(
        is_explained({open(1, 2), log_in(3, 4), log_out(5, 9), use(6, 8, Ending::NotLoggedIn)}));
    EXPECT_FALSE(is_explained(
        {open(1, 2), log_in(3, 4), log_out(5, 20), use(6, 8, Ending::NotLoggedIn), use(9, 10)}))
        << "not first without and then with the login";
}

TEST(Linearizability, lets_one_of_two_logins_at_once_be_the_first) {
    EXPECT_TRUE(is_explained({open(1, 2), log_in(3, 6), log_in(4, 5, Ending::AlreadySo)}));
    EXPECT_FALSE(is_explained({open(1, 2), log_in(3, 6), log_in(4, 5)}));
}

TEST(Linearizability, ends_a_login_with_the_last_session) {
    EXPECT_TRUE(is_explained(
        {open(1, 2), log_in(3, 4), close(5, 6), open(7, 8), use(9, 10, Ending::NotLoggedIn)}));
    EXPECT_FALSE(is_explained({open(1, 2), log_in(3, 4), close(5, 6), open(7, 8), use(9, 10)}));
    EXPECT_TRUE(is_explained({open(1, 2), log_in(3, 4), open(5, 6), close(7, 8), use(9, 10)}));
}

TEST(Linearizability, lets_a_fault_end_one_login_and_no_more) {
    const Events lost_once = {open(1, 2), log_in(3, 4), use(5, 6, Ending::NotLoggedIn),
                              log_in(7, 8), use(9, 10)};
    EXPECT_TRUE(is_explained(lost_once, {4}));
    EXPECT_FALSE(is_explained(lost_once));
    EXPECT_FALSE(is_explained(lost_once, {8})) << "it came later";
    EXPECT_FALSE(is_explained({open(1, 2), log_in(3, 4), use(5, 6, Ending::NotLoggedIn),
                               log_in(7, 8), use(9, 10, Ending::NotLoggedIn)},
                              {4}));
}

TEST(Linearizability, counts_a_call_with_another_error_as_nothing) {
    EXPECT_TRUE(
        is_explained({open(1, 2), log_in(3, 4, Ending::Unknown), use(5, 6, Ending::NotLoggedIn)}));
    EXPECT_TRUE(is_explained({open(1, 2), use(3, 4, Ending::Unknown)}));
}

TEST(Linearizability, says_where_it_got_stuck) {
    const Explanation explanation = explain({open(1, 2), use(3, 4)}, {});
    EXPECT_NE(explanation.stuck_at.find("3..4 use"), std::string::npos) << explanation.stuck_at;
}

}  // namespace
}  // namespace cardmux::simulation
