// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "naive_provider/naive_card.h"

#include <atomic>
#include <utility>

#include "drivers/piv/piv_driver.h"
#include "simulation/simulation_spec.h"

namespace cardmux::naive {
namespace {

/// How long a transaction stays open after an operation (Base CSP: TransactionTimeoutMilliseconds).
constexpr auto hold = std::chrono::milliseconds(15);

class Channel : public iso7816::ApduChannel {
  public:
    explicit Channel(transport::CardConnection& connection) : connection_(connection) {}
    Result<Bytes> transmit(ByteView command) override { return connection_.transmit(command); }

  private:
    transport::CardConnection& connection_;
};

Error invalid_handle() {
    return Error(ErrorCode::InvalidArgument, "use a card handle");
}

}  // namespace

/// What a card handle stands for. Kept alive by those inside a call, dead for all others once
/// closed.
struct NaiveCardManager::Connection {
    std::unique_ptr<transport::ReaderService> service;
    std::unique_ptr<transport::CardConnection> card;
    std::atomic<bool> is_closed = false;

    Gate gate;  ///< the "transaction manager": one operation at a time on this handle
    std::unique_ptr<drivers::CardDriver> driver;
    bool in_transaction = false;
    bool is_verified = false;

    Result<void> begin() {
        if (is_closed) return invalid_handle();
        if (in_transaction) return success();
        auto begun = card->begin();
        if (!begun && begun.error().code == ErrorCode::CardReset) {
            CARDMUX_TRY(card->reconnect(transport::Disposition::Leave));
            begun = card->begin();
        }
        CARDMUX_TRY(begun);
        in_transaction = true;
        is_verified = false;
        return select();
    }

    Result<void> select() {
        Channel channel(*card);
        if (driver) return driver->select(channel);
        CARDMUX_TRY_ASSIGN(driver, drivers::piv::probe_piv(channel, card->atr()));
        return driver ? success() : Result<void>(Error(ErrorCode::CardNotRecognized, "probe"));
    }

    Result<void> verify(const SecretBytes& pin) {
        if (is_verified) return success();
        Channel channel(*card);
        CARDMUX_TRY(driver->verify_pin(channel, pin));
        is_verified = true;
        return success();
    }

    void end() {
        if (!in_transaction) return;
        in_transaction = false;
        (void)card->end(transport::Disposition::Leave);
    }
};

NaiveCardManager::NaiveCardManager(std::shared_ptr<transport::Transport> transport,
                                   std::string reader)
    : transport_(std::move(transport)), reader_(std::move(reader)) {
    (void)timer_.start("naive-timer", [this] { run_timer(); });
}

NaiveCardManager::~NaiveCardManager() {
    state_.lock()->is_ending = true;
    changed_.notify_all();
    timer_.join();
}

Result<std::unique_ptr<NaiveCardManager>> NaiveCardManager::create(
    const std::string& specification) {
    std::string problem;
    CARDMUX_TRY_ASSIGN(const auto spec, simulation::parse_simulation_spec(specification, problem));
    CARDMUX_TRY_ASSIGN(auto world, simulation::build_simulation(spec, problem));
    if (world.readers.empty()) return Error(ErrorCode::ReaderUnavailable, "find a reader");
    return create(world.transport, world.readers.front());
}

Result<std::unique_ptr<NaiveCardManager>> NaiveCardManager::create(
    std::shared_ptr<transport::Transport> transport, const std::string& reader) {
    auto manager =
        std::unique_ptr<NaiveCardManager>(new NaiveCardManager(std::move(transport), reader));
    CARDMUX_TRY_ASSIGN(const auto connection, manager->connect());
    CARDMUX_TRY(connection->begin());
    Channel channel(*connection->card);
    CARDMUX_TRY_ASSIGN(const auto contents, connection->driver->read_contents(channel));
    connection->end();
    if (contents.keys.empty()) return Error(ErrorCode::KeyNotFound, "find a key");
    manager->key_ = contents.keys.front();
    return manager;
}

Result<std::shared_ptr<NaiveCardManager::Connection>> NaiveCardManager::connect() {
    auto connection = std::make_shared<Connection>();
    CARDMUX_TRY_ASSIGN(connection->service, transport_->connect_service());
    CARDMUX_TRY_ASSIGN(connection->card, connection->service->connect(reader_));
    return connection;
}

Result<CardHandle> NaiveCardManager::acquire(SessionId session) {
    const InsideGate opening(opening_);
    if (const CardHandle cached = state_.lock()->cached; cached != 0) return cached;
    // With no lock: it waits until a closed connection, still in use, has ended its transaction.
    CARDMUX_TRY_ASSIGN(auto connection, connect());
    auto state = state_.lock();
    const CardHandle handle = state->next_handle++;
    state->cached = state->owners[session] = handle;
    state->connections[handle] = std::move(connection);
    return handle;
}

void NaiveCardManager::release(SessionId session) {
    std::shared_ptr<Connection> closed;  // goes after the lock: to disconnect may wait
    auto state = state_.lock();
    const auto owned = state->owners.find(session);
    if (owned == state->owners.end()) return;
    const auto connection = state->connections.find(owned->second);
    connection->second->is_closed = true;
    closed = std::move(connection->second);
    if (state->cached == owned->second) state->cached = 0;
    state->connections.erase(connection);
    state->owners.erase(owned);
}

std::shared_ptr<NaiveCardManager::Connection> NaiveCardManager::find(CardHandle handle) {
    auto state = state_.lock();
    const auto found = state->connections.find(handle);
    return found == state->connections.end() ? nullptr : found->second;
}

Result<void> NaiveCardManager::verify(CardHandle handle, const SecretBytes& pin) {
    const auto connection = find(handle);
    if (!connection) return invalid_handle();
    const InsideGate inside(connection->gate);
    CARDMUX_TRY(connection->begin());
    auto verified = connection->verify(pin);
    connection->end();
    return verified;
}

Result<Bytes> NaiveCardManager::sign(CardHandle handle, const SecretBytes& pin, ByteView block) {
    const auto connection = find(handle);
    if (!connection) return invalid_handle();
    const InsideGate inside(connection->gate);
    CARDMUX_TRY(connection->begin());
    CARDMUX_TRY(connection->verify(pin));
    Channel channel(*connection->card);
    auto signature = connection->driver->private_key_operation(channel, key_, block);
    end_transaction_later(handle);
    return signature;
}

void NaiveCardManager::end_transaction_later(CardHandle handle) {
    {
        auto state = state_.lock();
        state->timer_handle = handle;
        state->timer_when = now() + hold;
    }
    changed_.notify_all();
}

void NaiveCardManager::run_timer() {
    for (;;) {
        std::shared_ptr<Connection> due;
        {
            auto state = state_.lock();
            while (!state->is_ending && (state->timer_handle == 0 || now() < state->timer_when)) {
                state.wait(changed_, state->timer_handle == 0 ? Deadline::never()
                                                              : Deadline::at(state->timer_when));
            }
            if (state->is_ending) return;
            const auto found = state->connections.find(std::exchange(state->timer_handle, 0));
            if (found == state->connections.end()) continue;  // closed by its owner
            due = found->second;
        }
        const InsideGate inside(due->gate);
        due->end();
    }
}

}  // namespace cardmux::naive
