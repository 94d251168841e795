// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// What the monitor's thread does when something throws: it says so, rests, and tries again.
#include "provider/reader_monitor.h"

#include <gtest/gtest.h>

#include <atomic>
#include <new>

#include "simulation/simulated_transport.h"

namespace cardmux::provider {
namespace {

using transport::ReaderStatus;

enum class Fault : int { None, Connect, List, Wait };

/// The simulated transport; one call throws, once, where it is told to.
struct Faults {
    std::atomic<Fault> next{Fault::None};
    void meet(Fault here) {
        if (next.compare_exchange_strong(here, Fault::None)) throw std::bad_alloc();
    }
};

class FaultyService final : public transport::ReaderService {
  public:
    FaultyService(std::unique_ptr<ReaderService> real, Faults& faults)
        : real_(std::move(real)), faults_(faults) {}
    Result<std::vector<ReaderStatus>> list() override {
        faults_.meet(Fault::List);
        return real_->list();
    }
    Result<std::vector<ReaderStatus>> wait_for_change(const std::vector<ReaderStatus>& known,
                                                      Duration timeout) override {
        auto seen = real_->wait_for_change(known, timeout);
        faults_.meet(Fault::Wait);
        return seen;
    }
    void interrupt() override { real_->interrupt(); }
    Result<std::unique_ptr<transport::CardConnection>> connect(const std::string& name) override {
        return real_->connect(name);
    }

  private:
    std::unique_ptr<ReaderService> real_;
    Faults& faults_;
};

class FaultyTransport final : public transport::Transport {
  public:
    Result<std::unique_ptr<transport::ReaderService>> connect_service() override {
        faults.meet(Fault::Connect);
        CARDMUX_TRY_ASSIGN(auto service, real.connect_service());
        return std::unique_ptr<transport::ReaderService>(
            std::make_unique<FaultyService>(std::move(service), faults));
    }
    std::string world() const override { return "faulty"; }

    simulation::SimulatedTransport real;
    Faults faults;
};

class ReaderMonitorTest : public ::testing::Test {
  protected:
    ReaderMonitorTest() { transport_->real.add_reader("Reader 0"); }

    Result<std::vector<ReaderStatus>> readers() {
        return monitor_.readers(Deadline::after(std::chrono::seconds(20)));
    }
    /// Whether all readers are known within a bounded time.
    bool recovers(std::size_t count) {
        for (int i = 0; i < 2000; ++i) {
            const auto seen = readers();
            if (seen && seen->size() == count) return true;
            sleep_for(std::chrono::milliseconds(5));
        }
        return false;
    }

    std::shared_ptr<FaultyTransport> transport_ = std::make_shared<FaultyTransport>();
    ReaderMonitor monitor_{transport_, true,
                           std::shared_ptr<LogSink>(&silent_log(), [](LogSink*) {})};
};

TEST_F(ReaderMonitorTest, says_that_memory_ran_out_and_tries_again) {
    for (const Fault fault : {Fault::Connect, Fault::List}) {
        ReaderMonitor monitor(transport_, true,
                              std::shared_ptr<LogSink>(&silent_log(), [](LogSink*) {}));
        transport_->faults.next = fault;
        const auto first = monitor.readers(Deadline::after(std::chrono::seconds(20)));
        ASSERT_FALSE(first.ok());
        EXPECT_EQ(first.error().code, ErrorCode::OutOfMemory);
        const auto second = monitor.readers(Deadline::after(std::chrono::seconds(20)));
        ASSERT_TRUE(second.ok()) << to_string(second.error());
        EXPECT_EQ(second->size(), 1U);
        EXPECT_TRUE(monitor.shut_down(Deadline::after(std::chrono::seconds(20))));
    }
}

TEST_F(ReaderMonitorTest, goes_on_after_a_wait_that_throws) {
    ASSERT_TRUE(recovers(1));
    transport_->faults.next = Fault::Wait;
    transport_->real.add_reader("Reader 1");
    EXPECT_TRUE(recovers(2));
    EXPECT_EQ(transport_->faults.next, Fault::None);
    EXPECT_TRUE(monitor_.shut_down(Deadline::after(std::chrono::seconds(20))));
}

TEST_F(ReaderMonitorTest, tells_again_what_a_listener_could_not_take_in) {
    std::atomic<int> calls{0};
    monitor_.set_listener([&](const std::string&, ReaderMonitor::Change) {
        if (++calls == 1) throw std::bad_alloc();
    });
    ASSERT_TRUE(recovers(1));
    transport_->real.add_reader("Reader 1");
    struct Nothing final : simulation::SimulatedCard {
        Bytes atr() const override { return {0x3B, 0x00}; }
        void reset() override {}
        void power_off() override {}
        Bytes transmit(ByteView) override { return {0x6D, 0x00}; }
    };
    transport_->real.insert("Reader 0", std::make_shared<Nothing>());
    for (int i = 0; i < 2000 && calls < 2; ++i) {
        (void)readers();
        sleep_for(std::chrono::milliseconds(5));
    }
    EXPECT_EQ(calls, 2);
    EXPECT_TRUE(monitor_.shut_down(Deadline::after(std::chrono::seconds(20))));
}

}  // namespace
}  // namespace cardmux::provider
