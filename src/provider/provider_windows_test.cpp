// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <gtest/gtest.h>
#include <windows.h>

#include <atomic>

#include "provider/provider.h"

namespace cardmux::provider {
namespace {

bool impersonates() {
    HANDLE token = nullptr;
    if (!OpenThreadToken(GetCurrentThread(), TOKEN_QUERY, TRUE, &token)) return false;
    CloseHandle(token);
    return true;
}

/// How often something of the process's was opened, and how often while impersonating.
struct Opened {
    std::atomic<int> count = 0;
    std::atomic<int> impersonating = 0;
    void note() {
        ++count;
        if (impersonates()) ++impersonating;
    }
};

class OneEmptyReader final : public transport::ReaderService {
  public:
    Result<std::vector<transport::ReaderStatus>> list() override { return readers(); }
    Result<std::vector<transport::ReaderStatus>> wait_for_change(
        const std::vector<transport::ReaderStatus>& /*known*/, Duration /*timeout*/) override {
        sleep_for(std::chrono::milliseconds(10));
        return readers();
    }
    void interrupt() override {}
    Result<std::unique_ptr<transport::CardConnection>> connect(const std::string&) override {
        return Error(ErrorCode::CardAbsent, "connect");
    }

  private:
    static std::vector<transport::ReaderStatus> readers() {
        transport::ReaderStatus reader;
        reader.name = "Reader 0";
        return {reader};
    }
};

class EmptyWorld final : public transport::Transport {
  public:
    explicit EmptyWorld(Opened& opened) : opened_(opened) {}
    Result<std::unique_ptr<transport::ReaderService>> connect_service() override {
        opened_.note();
        return std::unique_ptr<transport::ReaderService>(std::make_unique<OneEmptyReader>());
    }
    std::string world() const override { return "test"; }

  private:
    Opened& opened_;
};

class ProviderOnWindows : public testing::TestWithParam<bool> {};

INSTANTIATE_TEST_SUITE_P(Threads, ProviderOnWindows, testing::Bool(), [](const auto& mode) {
    return std::string(mode.param ? "own_threads" : "callers_work");
});

TEST_P(ProviderOnWindows, opens_what_is_the_process_s_with_the_rights_of_the_process) {
    Opened service;
    Opened turn;
    Environment environment;
    environment.transport = std::make_shared<EmptyWorld>(service);
    environment.may_create_threads = GetParam();
    environment.open_turn = [&](const std::string&, const std::string&, const std::string&) {
        turn.note();
        return Result<std::unique_ptr<transaction::OuterTurn>>(transaction::make_private_turn());
    };
    const auto provider = std::move(Provider::create(std::move(environment), {})).value();
    ASSERT_TRUE(ImpersonateSelf(SecurityImpersonation));
    EXPECT_TRUE(provider->slots(Deadline::after(std::chrono::seconds(10))).ok());
    const auto token = provider->slot(0)->token();
    EXPECT_FALSE(token->contents(provider->make_client(1), Deadline::never()).ok());  // no card
    EXPECT_TRUE(impersonates());
    RevertToSelf();
    EXPECT_EQ(turn.count, 1);
    EXPECT_EQ(turn.impersonating, 0);
    EXPECT_GE(service.count, 2);  // the monitor's and the card's
    EXPECT_EQ(service.impersonating, 0);
    provider->shut_down(Deadline::after(std::chrono::seconds(10)));
}

}  // namespace
}  // namespace cardmux::provider
