// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "api/windows/handle_table.h"

#include <gtest/gtest.h>

#include <set>

namespace cardmux::api {
namespace {

class HandleTableTest : public testing::Test {
  protected:
    HandleNumbers numbers{system_random()};
    HandleTable<int> contexts{WindowsHandleKind::CspContext, numbers};
    HandleTable<int> keys{WindowsHandleKind::CspKey, numbers};
};

TEST_F(HandleTableTest, a_handle_is_of_its_table_alone) {
    const Handle handle = contexts.add(std::make_shared<int>(1));
    EXPECT_NE(contexts.find(handle), nullptr);
    EXPECT_EQ(keys.find(handle), nullptr);
    EXPECT_EQ(keys.take(handle), nullptr);
    EXPECT_EQ(contexts.find(handle + 1), nullptr);
    EXPECT_EQ(contexts.find(0), nullptr);
}

TEST_F(HandleTableTest, what_is_in_use_outlives_its_handle) {
    const Handle handle = contexts.add(std::make_shared<int>(42));
    const std::shared_ptr<int> in_use = contexts.find(handle);
    EXPECT_NE(contexts.take(handle), nullptr);
    EXPECT_EQ(contexts.find(handle), nullptr);
    EXPECT_EQ(contexts.take(handle), nullptr) << "released twice";
    EXPECT_EQ(*in_use, 42);
}

TEST_F(HandleTableTest, a_handle_can_come_to_mean_another_object) {
    const Handle handle = keys.add(std::make_shared<int>(1));
    const std::shared_ptr<int> in_use = keys.find(handle);
    EXPECT_TRUE(keys.replace(handle, std::make_shared<int>(2)));
    EXPECT_EQ(*keys.find(handle), 2);
    EXPECT_EQ(*in_use, 1);
    keys.take(handle);
    EXPECT_FALSE(keys.replace(handle, std::make_shared<int>(3)));
    EXPECT_EQ(keys.find(handle), nullptr);
}

TEST_F(HandleTableTest, a_number_is_never_given_out_twice_by_any_thread) {
    Guarded<std::set<Handle>> seen(LockRank::Log);
    std::vector<Thread> threads(4);
    for (Thread& thread : threads) {
        thread.start("test-handles", [&] {
            for (int i = 0; i < 2000; ++i) {
                const Handle handle = contexts.add(std::make_shared<int>(i));
                EXPECT_TRUE(seen.lock()->insert(handle).second);
                contexts.take(handle);
            }
        });
    }
    for (Thread& thread : threads) thread.join();
    EXPECT_EQ(contexts.size(), 0u);
}

TEST_F(HandleTableTest, all_of_one_owner_go_together) {
    for (int i = 0; i < 10; ++i) keys.add(std::make_shared<int>(i % 2));
    EXPECT_EQ(keys.take_all([](int owner) { return owner == 1; }).size(), 5u);
    EXPECT_EQ(keys.size(), 5u);
}

TEST(ReleasedHandles, are_remembered_with_who_did_it) {
    ReleasedHandles released;
    for (Handle handle = 1; handle <= 5000; ++handle) released.note({handle, 7, 1.0});
    EXPECT_EQ(released.find(5000).thread, 7u);
    EXPECT_EQ(released.find(1).handle, 0u) << "longer ago than is remembered";
    EXPECT_EQ(released.find(9999).handle, 0u);
}

}  // namespace
}  // namespace cardmux::api
