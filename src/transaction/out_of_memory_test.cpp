// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Lets every single allocation of an operation fail, one after another, on whatever thread it is
// made: the caller gets an error, the process lives, the next operation succeeds.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "transaction/fake_world_test.h"
#include "transaction/transaction_manager.h"

namespace {

constexpr long never = -1;
std::atomic<long> allocations_left{never};  // until the one that fails

void* allocate(std::size_t size) {
    if (allocations_left.load() != never && allocations_left.fetch_sub(1) == 0) {
        throw std::bad_alloc();
    }
    void* const memory = std::malloc(size == 0 ? 1 : size);
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
}

}  // namespace

// For this whole test program; the other tests leave them as they are. Never inlined: g++ would
// take the free() of an inlined delete for a mistake.
[[gnu::noinline]] void* operator new(std::size_t size) {
    return allocate(size);
}
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    return std::malloc(size == 0 ? 1 : size);
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
    std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}

namespace cardmux::transaction {
namespace {

using namespace std::chrono_literals;

/// Everything of a card's life: two clients, a farewell, the end of the hold, the end of all.
void live(TransactionManager& manager) {
    for (const ClientId client : {1, 2}) {
        const auto result = manager.perform<Bytes>(
            {client, ServiceClass::Interactive, Deadline::after(20s), "test"},
            [](CardTransaction& card) -> Result<Bytes> {
                card.set_farewell([](iso7816::ApduChannel& channel) -> Result<void> {
                    CARDMUX_TRY(channel.transmit(Bytes{0, 0, 0, 0}));
                    return success();
                });
                return card.transmit(Bytes{0, 0, 0, 0});
            });
        EXPECT_TRUE(result.ok() || result.error().code == ErrorCode::OutOfMemory);
    }
    manager.release_hold();
}

Result<Bytes> transmit(TransactionManager& manager) {
    return manager.perform<Bytes>({3, ServiceClass::Interactive, Deadline::after(20s), "test"},
                                  [](CardTransaction& card) {
                                      return card.transmit(Bytes{0, 0, 0, 0});
                                  });
}

/// Whether the allocation of that number was made at all.
bool survives_failure_of(long number, bool may_create_threads) {
    const auto faults = std::make_shared<Faults>();
    ManagerSettings settings;
    settings.hold = 20s;
    settings.no_progress_limit = 20s;
    settings.may_create_threads = may_create_threads;
    TransactionManager manager(std::make_shared<FakeTransport>(faults), "Reader 0",
                               std::make_unique<FakeTurn>(faults), settings,
                               std::shared_ptr<LogSink>(&silent_log(), [](LogSink*) {}));
    allocations_left = number;
    try {
        live(manager);
    } catch (const std::bad_alloc&) {  // the caller's own, which the interface's edge catches
    }
    const bool was_made = allocations_left.exchange(never) < 0;
    (void)transmit(manager);  // may meet the failure on the owner thread still
    const auto after = transmit(manager);
    EXPECT_TRUE(after.ok()) << number << ": " << to_string(after.error());
    EXPECT_TRUE(manager.shut_down(Deadline::after(20s))) << number;
    EXPECT_EQ(faults->open_transactions, 0) << number;
    EXPECT_EQ(faults->connections, 0) << number;
    EXPECT_EQ(faults->turns_taken, faults->turns_given) << number;
    return was_made;
}

class OutOfMemory : public ::testing::TestWithParam<bool> {};

INSTANTIATE_TEST_SUITE_P(Threads, OutOfMemory, ::testing::Bool(), [](const auto& mode) {
    return std::string(mode.param ? "owner_thread" : "callers_work");
});

TEST_P(OutOfMemory, of_any_allocation_costs_an_error_and_nothing_else) {
    long number = 0;
    while (survives_failure_of(number, GetParam())) ++number;
    EXPECT_GT(number, 20) << "the allocations are counted";
}

}  // namespace
}  // namespace cardmux::transaction
