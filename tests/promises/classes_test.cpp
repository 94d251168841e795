// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// G3, its two classes: interactive requests overtake bulk ones after the operation in progress, in
// one process and between processes, and bulk ones are not starved. Counted in the order of grants:
// the first operation is kept on the card until everybody has lined up.
#include "tests/promises/world.h"
#include "transaction/outer_turn.h"
#include "transaction/transaction_manager.h"

namespace cardmux::promises {
namespace {

using transaction::CardTransaction;
using transaction::OuterTurn;
using transaction::Request;
using transaction::ServiceClass;
using transaction::TransactionManager;

constexpr auto interactive = ServiceClass::Interactive;
constexpr auto bulk = ServiceClass::Bulk;

/// The order in which operations had the card, by name; the first one stays until open().
class Gate {
  public:
    void pass(const std::string& name) {
        auto state = state_.lock();
        state->order.push_back(name);
        state->entered.notify_all();
        while (!state->is_open) state.wait(state->opened, Deadline::never());
    }
    void wait_for_first() {
        auto state = state_.lock();
        while (state->order.empty()) state.wait(state->entered, Deadline::never());
    }
    void open() {
        auto state = state_.lock();
        state->is_open = true;
        state->opened.notify_all();
    }
    std::vector<std::string> order() { return state_.lock()->order; }

  private:
    struct State {
        std::vector<std::string> order;
        bool is_open = false;
        Condition entered;
        Condition opened;
    };
    Guarded<State> state_{LockRank::Log};
};

class Classes : public World {
  protected:
    ~Classes() override { finish(); }

    /// One process's manager of the card.
    std::shared_ptr<TransactionManager> manager() {
        return std::make_shared<TransactionManager>(
            transport_, reader_name, turn(), transaction::ManagerSettings{},
            std::shared_ptr<LogSink>(&silent_log(), [](LogSink*) {}));
    }
    std::unique_ptr<OuterTurn> turn() {
        return transaction::open_shared_turn(shared_folder(), "classes", reader_name).value();
    }

    /// A client of its own asks for one operation, on a thread.
    void ask(std::shared_ptr<TransactionManager> manager, ServiceClass service_class,
             const std::string& name) {
        Request request;
        request.client = ++last_client_;
        request.service_class = service_class;
        threads_.emplace_back([this, manager, request, name] {
            const auto done = manager->perform<bool>(
                request, [gate = gate_, name](CardTransaction&) -> Result<bool> {
                    gate->pass(name);
                    return true;
                });
            EXPECT_TRUE(done.ok());
        });
    }
    /// Asks so often, and waits until all have lined up.
    void line_up(const std::shared_ptr<TransactionManager>& manager, ServiceClass service_class,
                 const std::string& name, std::uint64_t count) {
        const std::uint64_t before = manager->statistics().waiting;
        for (std::uint64_t i = 0; i < count; ++i) ask(manager, service_class, name);
        ASSERT_TRUE(soon([&] { return manager->statistics().waiting == before + count; }));
    }
    /// The order of all operations.
    std::vector<std::string> finish() {
        gate_->open();
        for (std::thread& thread : threads_) thread.join();
        threads_.clear();
        return gate_->order();
    }

    std::shared_ptr<Gate> gate_ = std::make_shared<Gate>();
    std::vector<std::thread> threads_;
    transaction::ClientId last_client_ = 0;
};

TEST_F(Classes, an_interactive_request_waits_for_the_operation_in_progress_only) {
    const auto process = manager();
    ask(process, bulk, "first");
    gate_->wait_for_first();
    line_up(process, bulk, "bulk", 10);
    line_up(process, interactive, "interactive", 1);
    const auto order = finish();
    ASSERT_EQ(order.size(), 12U);
    EXPECT_EQ(order.at(1), "interactive");
}

TEST_F(Classes, a_bulk_request_is_overtaken_a_bounded_number_of_times) {
    const auto process = manager();
    const unsigned bound = transaction::MachineSettings{}.interactive_run_max;
    ask(process, interactive, "first");
    gate_->wait_for_first();
    line_up(process, interactive, "interactive", 3 * bound);
    line_up(process, bulk, "bulk", 2);
    const auto order = finish();
    EXPECT_EQ(order.at(bound + 1), "bulk");
    EXPECT_EQ(order.at(2 * bound + 2), "bulk");
}

TEST_F(Classes, an_interactive_process_ends_a_bulk_turn_after_the_operation_in_progress) {
    const auto one = manager();
    const auto other = manager();
    const auto probe = turn();
    ask(one, bulk, "first");
    gate_->wait_for_first();
    line_up(one, bulk, "bulk", 10);
    line_up(other, interactive, "interactive", 1);
    ASSERT_TRUE(soon([&] { return probe->wanted().by_interactive; }));
    const auto order = finish();
    EXPECT_EQ(order.at(1), "interactive");
}

TEST_F(Classes, an_interactive_request_hurries_the_bulk_turn_that_its_process_waits_for) {
    const auto one = manager();
    const auto other = manager();
    const auto probe = turn();
    ask(one, bulk, "first");
    gate_->wait_for_first();
    line_up(one, bulk, "bulk", 10);
    line_up(other, bulk, "other bulk", 3);
    ASSERT_TRUE(soon([&] { return probe->wanted().by_anybody; }));
    ASSERT_FALSE(probe->wanted().by_interactive);
    line_up(other, interactive, "interactive", 1);
    EXPECT_TRUE(soon([&] { return probe->wanted().by_interactive; }));
    const auto order = finish();
    EXPECT_EQ(order.at(1), "interactive");
}

TEST_F(Classes, a_bulk_process_has_its_turn_beside_an_interactive_one) {
    const auto one = manager();
    const auto other = manager();
    const auto probe = turn();
    ask(one, interactive, "first");
    gate_->wait_for_first();
    line_up(one, interactive, "interactive", 200);
    line_up(other, bulk, "bulk", 1);
    ASSERT_TRUE(soon([&] { return probe->wanted().by_anybody; }));
    sleep_for(transaction::ManagerSettings{}.quantum_minimum);
    const auto order = finish();
    const auto bulk_at = std::ranges::find(order, "bulk") - order.begin();
    EXPECT_LE(bulk_at, transaction::MachineSettings{}.quantum_operations);
}

}  // namespace
}  // namespace cardmux::promises
