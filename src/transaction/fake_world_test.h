// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// For tests of the transaction manager alone: a card that says 9000 to everything, in a reader that
// is always there, and a turn that nobody else wants; each throws where it is told to.
#pragma once

#include <atomic>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "transaction/outer_turn.h"
#include "transport/transport.h"

namespace cardmux::transaction {

/// Counts, and throws once (or holds up) where it is told to.
struct Faults {
    std::atomic<bool> begin_throws{false};
    std::atomic<bool> transmit_throws{false};
    std::atomic<bool> answer_is_cut{false};  // the next one has no status word
    std::atomic<bool> turn_throws{false};
    std::atomic<bool> wanted_throws{false};  // after an operation, too
    std::atomic<bool> holds_begin{false};    // whoever begins a transaction stays there
    std::atomic<int> connections{0};
    std::atomic<int> open_transactions{0};
    std::atomic<int> turns_taken{0};
    std::atomic<int> turns_given{0};
    std::atomic<bool> holds_callers{false};  // whoever looks how long it may wait stays there
    mutable std::atomic<int> callers_looked{0};

    static void throw_once(std::atomic<bool>& fault) {
        if (fault.exchange(false)) throw std::bad_alloc();
    }
};

class FakeConnection final : public transport::CardConnection {
  public:
    explicit FakeConnection(std::shared_ptr<Faults> faults) : faults_(std::move(faults)) {
        ++faults_->connections;
    }
    ~FakeConnection() override { --faults_->connections; }
    FakeConnection(const FakeConnection&) = delete;
    FakeConnection& operator=(const FakeConnection&) = delete;

    Result<void> begin() override {
        Faults::throw_once(faults_->begin_throws);
        while (faults_->holds_begin) sleep_for(std::chrono::milliseconds(1));
        ++faults_->open_transactions;
        return success();
    }
    Result<void> end(transport::Disposition) override {
        --faults_->open_transactions;
        return success();
    }
    Result<Bytes> transmit(ByteView) override {
        Faults::throw_once(faults_->transmit_throws);
        if (faults_->answer_is_cut.exchange(false)) return Bytes{0x90};
        return Bytes{0x90, 0x00};
    }
    Result<void> reconnect(transport::Disposition) override { return success(); }
    ByteView atr() const override { return {}; }

  private:
    std::shared_ptr<Faults> faults_;
};

class FakeService final : public transport::ReaderService {
  public:
    explicit FakeService(std::shared_ptr<Faults> faults) : faults_(std::move(faults)) {}
    Result<std::vector<transport::ReaderStatus>> list() override {
        transport::ReaderStatus reader;
        reader.name = "Reader 0";
        reader.card_present = true;
        return std::vector{reader};
    }
    Result<std::vector<transport::ReaderStatus>> wait_for_change(
        const std::vector<transport::ReaderStatus>& known, Duration) override {
        return known;
    }
    void interrupt() override {}
    Result<std::unique_ptr<transport::CardConnection>> connect(const std::string&) override {
        return std::unique_ptr<transport::CardConnection>(
            std::make_unique<FakeConnection>(faults_));
    }

  private:
    std::shared_ptr<Faults> faults_;
};

class FakeTransport final : public transport::Transport {
  public:
    explicit FakeTransport(std::shared_ptr<Faults> faults) : faults_(std::move(faults)) {}
    Result<std::unique_ptr<transport::ReaderService>> connect_service() override {
        return std::unique_ptr<transport::ReaderService>(std::make_unique<FakeService>(faults_));
    }
    std::string world() const override { return "fake"; }

  private:
    std::shared_ptr<Faults> faults_;
};

class FakeTurn final : public OuterTurn {
  public:
    explicit FakeTurn(std::shared_ptr<Faults> faults) : faults_(std::move(faults)) {}
    Result<void> take(ServiceClass) override {
        ++faults_->turns_taken;
        Faults::throw_once(faults_->turn_throws);
        return success();
    }
    void give() override { ++faults_->turns_given; }
    void hurry() override {}
    Wanted wanted() override {
        Faults::throw_once(faults_->wanted_throws);
        return {};
    }
    TimePoint last_released() const override {
        ++faults_->callers_looked;
        while (faults_->holds_callers) sleep_for(std::chrono::milliseconds(1));
        return {};
    }
    TimePoint busy_since() override { return now(); }
    void gap_left() override {}
    std::uint64_t next_stamp() override { return 1; }
    std::uint64_t refused_stamp() override { return 0; }
    void note_refused() override {}

  private:
    std::shared_ptr<Faults> faults_;
};

}  // namespace cardmux::transaction
