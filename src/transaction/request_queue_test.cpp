// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "transaction/request_queue.h"

#include <gtest/gtest.h>

namespace cardmux::transaction {
namespace {

constexpr auto interactive = ServiceClass::Interactive;
constexpr auto bulk = ServiceClass::Bulk;

std::vector<RequestId> take_all(RequestQueue& queue) {
    std::vector<RequestId> order;
    while (!queue.empty()) order.push_back(queue.take_next().id);
    return order;
}

TEST(RequestQueue, serves_one_client_first_come_first_served) {
    RequestQueue queue(8);
    for (RequestId id = 1; id <= 4; ++id) queue.add(id, 7, interactive);
    EXPECT_EQ(take_all(queue), (std::vector<RequestId>{1, 2, 3, 4}));
}

TEST(RequestQueue, lets_a_client_with_a_thousand_requests_delay_another_by_one) {
    RequestQueue queue(8);
    for (RequestId id = 1; id <= 1000; ++id) queue.add(id, 7, interactive);
    queue.add(2000, 8, interactive);
    EXPECT_EQ(queue.take_next().id, 1U);
    EXPECT_EQ(queue.take_next().id, 2000U);
    EXPECT_EQ(queue.take_next().id, 2U);
}

TEST(RequestQueue, goes_round_robin_over_clients) {
    RequestQueue queue(8);
    for (RequestId id : {11, 12, 13}) queue.add(id, 1, interactive);
    for (RequestId id : {21, 22}) queue.add(id, 2, interactive);
    queue.add(31, 3, interactive);
    EXPECT_EQ(take_all(queue), (std::vector<RequestId>{11, 21, 31, 12, 22, 13}));
}

TEST(RequestQueue, prefers_interactive_requests) {
    RequestQueue queue(8);
    queue.add(1, 1, bulk);
    queue.add(2, 2, interactive);
    EXPECT_EQ(queue.best_class(), interactive);
    EXPECT_EQ(take_all(queue), (std::vector<RequestId>{2, 1}));
}

TEST(RequestQueue, bounds_how_often_a_bulk_request_is_overtaken) {
    RequestQueue queue(3);
    queue.add(100, 9, bulk);
    for (RequestId id = 1; id <= 10; ++id) queue.add(id, id, interactive);
    EXPECT_EQ(take_all(queue), (std::vector<RequestId>{1, 2, 3, 100, 4, 5, 6, 7, 8, 9, 10}));
}

TEST(RequestQueue, tells_the_strongest_class_though_a_bulk_request_is_next) {
    RequestQueue queue(1);
    queue.add(100, 9, bulk);
    queue.add(1, 1, interactive);
    queue.add(2, 2, interactive);
    EXPECT_EQ(queue.take_next().id, 1U);
    EXPECT_EQ(queue.best_class(), interactive);
    const auto granted = queue.take_next();
    EXPECT_EQ(granted.id, 100U) << "it is due";
    queue.put_back(granted.id, granted.client, granted.service_class);
    EXPECT_EQ(queue.best_class(), interactive);
    EXPECT_EQ(take_all(queue), (std::vector<RequestId>{100, 2}));
}

TEST(RequestQueue, removes_what_was_withdrawn_and_nothing_else) {
    RequestQueue queue(8);
    for (RequestId id : {1, 2, 3}) queue.add(id, id, interactive);
    EXPECT_TRUE(queue.remove(2));
    EXPECT_FALSE(queue.remove(2));
    EXPECT_EQ(queue.size(), 2U);
    EXPECT_EQ(take_all(queue), (std::vector<RequestId>{1, 3}));
}

TEST(RequestQueue, serves_an_interrupted_request_before_everybody) {
    RequestQueue queue(8);
    queue.add(1, 1, interactive);
    const auto granted = queue.take_next();
    queue.add(2, 2, interactive);
    queue.put_back(granted.id, granted.client, granted.service_class);
    EXPECT_EQ(queue.size(), 2U);
    EXPECT_EQ(take_all(queue), (std::vector<RequestId>{1, 2}));
}

}  // namespace
}  // namespace cardmux::transaction
