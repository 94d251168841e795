// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "simulation/simulated_transport.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace cardmux::simulation {

using transport::CardConnection;
using transport::Disposition;
using transport::ReaderService;
using transport::ReaderStatus;

namespace {

constexpr std::uint32_t event_count_mask = 0xFFFF;

/// Programs that connect or let go wake nobody (as the PC/SC transport has it).
bool same_readers_and_cards(std::vector<ReaderStatus> a, std::vector<ReaderStatus> b) {
    for (auto* const list : {&a, &b}) {
        for (ReaderStatus& status : *list) status.in_use = false;
    }
    return a == b;
}

}  // namespace

/// Ids are never used twice, so a number that still fits means: the same one, not another in its
/// place.
struct SimulatedTransport::Reader {
    std::string name;
    std::uint64_t id = 0;
    std::shared_ptr<SimulatedCard> card;
    std::uint64_t insertion = 0;  ///< id of the card's stay in here
    std::uint64_t resets = 0;
    std::uint32_t event_count = 0;
    bool mute = false;
    bool used_exclusively = false;
    int connections = 0;
    std::uint64_t holder = 0;  ///< id of the connection that has the card for now, 0: nobody
    int holds = 0;             ///< its transactions, and its command in progress
    int calls = 0;             ///< its command in progress
    TimePoint idle_since{};    ///< when it began its transaction or its last command ended

    void forget_holder() {
        holder = 0;
        holds = 0;
        calls = 0;
    }
    bool idles_longer_than(Duration limit) const {
        return holder != 0 && calls == 0 && now() - idle_since > limit;
    }
    ReaderStatus status() const {
        return {.name = name,
                .card_present = card != nullptr,
                .card_mute = card != nullptr && mute,
                .used_exclusively = card != nullptr && used_exclusively,
                .in_use = connections > 0,
                .atr = card != nullptr && !mute ? card->atr() : Bytes(),
                .event_count = event_count & event_count_mask};
    }
};

struct SimulatedTransport::World {
    std::vector<Reader> readers;
    bool service_runs = true;
    std::uint64_t service_id = 1;
    std::uint64_t last_id = 1;
    Duration idle_limit = Duration::zero();  ///< SystemRules
    std::uint64_t idle_resets = 0;

    std::uint64_t new_id() { return ++last_id; }
    Reader* find(const std::string& name) {
        const auto found = std::find_if(readers.begin(), readers.end(),
                                        [&](const Reader& reader) { return reader.name == name; });
        return found == readers.end() ? nullptr : &*found;
    }
    Reader* find(std::uint64_t id) {
        const auto found = std::find_if(readers.begin(), readers.end(),
                                        [&](const Reader& reader) { return reader.id == id; });
        return found == readers.end() ? nullptr : &*found;
    }
    /// To be asked before anything that depends on who holds a card. True: somebody who waits may
    /// go on.
    bool end_idle_transactions() {
        if (idle_limit == Duration::zero()) return false;
        bool ended = false;
        for (Reader& reader : readers) {
            if (!reader.idles_longer_than(idle_limit)) continue;
            reader.forget_holder();
            ++reader.resets;
            ++idle_resets;
            ended = true;
            if (reader.card) reader.card->reset();  // no command is in progress
        }
        return ended;
    }
    bool serves(std::uint64_t service) const { return service_runs && service == service_id; }
    std::vector<ReaderStatus> statuses() const {
        std::vector<ReaderStatus> all;
        for (const Reader& reader : readers) all.push_back(reader.status());
        return all;
    }
};

struct SimulatedTransport::Shared {
    Guarded<World> world{LockRank::Transport};
    Condition changed;

    /// Waits for a change of the world, or as long as pcsc-lite would before it looks again.
    void wait(Locked<World>& locked, Duration poll_interval) {
        constexpr int looks_in_idle_limit = 10;
        if (poll_interval == Duration::zero()) {
            const Duration limit = locked->idle_limit;
            locked.wait(changed, limit == Duration::zero()
                                     ? Deadline::never()
                                     : Deadline::after(limit / looks_in_idle_limit));
            return;
        }
        const Deadline next_look = Deadline::after(poll_interval);
        while (locked.wait(changed, next_look)) {
        }
    }
};

class SimulatedTransport::Connection final : public CardConnection {
  public:
    /// What it is a connection to. The world is locked; `reader` has a card.
    Connection(std::shared_ptr<Shared> shared, const SimulatedTransportOptions& options,
               World& world, Reader& reader)
        : shared_(std::move(shared)),
          poll_interval_(options.poll_interval),
          rules_(options.rules),
          id_(world.new_id()),
          service_id_(world.service_id),
          reader_id_(reader.id),
          insertion_(reader.insertion),
          resets_seen_(reader.resets),
          card_(reader.card),
          atr_(reader.card->atr()) {
        ++reader.connections;
    }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    ~Connection() override {
        if (holds_card()) reset_card(ResetsSeen::Unchanged);
        {
            auto world = shared_->world.lock();
            Reader* const reader = world->find(reader_id_);
            if (reader != nullptr && reader->holder == id_) reader->forget_holder();
            if (reader != nullptr && world->serves(service_id_)) --reader->connections;
        }
        shared_->changed.notify_all();
    }

    Result<void> begin() override {
        assert_no_lock_held("simulated begin");
        auto world = shared_->world.lock();
        for (;;) {
            CARDMUX_TRY_ASSIGN(Reader * reader, rules_.begin_takes_a_reset_card
                                                    ? find_reader(*world, "begin")
                                                    : find_unreset(*world, "begin"));
            if (take(*reader)) {
                CARDMUX_TRY(find_unreset(*world, "begin"));
                return success();
            }
            shared_->wait(world, poll_interval_);
        }
    }

    Result<void> end(Disposition disposition) override {
        assert_no_lock_held("simulated end");
        if (!holds_card()) return check("end");
        const Result<void> before = check("end");
        if (before.ok() && disposition != Disposition::Leave) reset_card(ResetsSeen::Unchanged);
        release();
        return before;
    }

    Result<Bytes> transmit(ByteView command) override {
        assert_no_lock_held("simulated transmit");
        CARDMUX_TRY(take_for_one_call("transmit", MustBeUnreset::Yes));
        Bytes answer = card_->transmit(command);
        const Result<void> after = check("transmit");
        end_call();
        if (!after.ok()) return after.error();
        if (answer.empty()) return Error(ErrorCode::CardUnresponsive, "transmit: answer lost");
        return answer;
    }

    Result<void> reconnect(Disposition initialization) override {
        assert_no_lock_held("simulated reconnect");
        CARDMUX_TRY(take_for_one_call("reconnect", MustBeUnreset::No));
        if (initialization == Disposition::Leave) {
            see_resets();
        } else {
            reset_card(ResetsSeen::All);
        }
        const Result<void> after = check("reconnect");
        end_call();
        if (rules_.reconnect_ends_transactions) end_transactions();
        return after;
    }

    ByteView atr() const override { return atr_; }

  private:
    enum class MustBeUnreset : std::uint8_t { No, Yes };
    enum class ResetsSeen : std::uint8_t { Unchanged, All };

    /// The reader, if the same card is still in it and the service is the same.
    Result<Reader*> find_reader(World& world, const char* operation) const {
        end_idle_transactions(world);
        if (!world.serves(service_id_)) return Error(ErrorCode::ServiceUnavailable, operation);
        Reader* const reader = world.find(reader_id_);
        if (reader == nullptr) return Error(ErrorCode::ReaderUnavailable, operation);
        if (reader->card == nullptr || reader->insertion != insertion_) {
            return Error(ErrorCode::CardRemoved, operation);
        }
        return reader;
    }

    Result<Reader*> find_unreset(World& world, const char* operation) const {
        CARDMUX_TRY_ASSIGN(Reader * reader, find_reader(world, operation));
        if (reader->resets != resets_seen_) return Error(ErrorCode::CardReset, operation);
        return reader;
    }

    Result<void> check(const char* operation) {
        auto world = shared_->world.lock();
        CARDMUX_TRY(find_unreset(*world, operation));
        return success();
    }

    bool take(Reader& reader) const {
        if (reader.holder != 0 && reader.holder != id_) return false;
        reader.holder = id_;
        ++reader.holds;
        reader.idle_since = now();
        return true;
    }

    /// Waits for others' transactions first, and asks for resets then, as pcscd does.
    Result<void> take_for_one_call(const char* operation, MustBeUnreset must) {
        auto world = shared_->world.lock();
        for (;;) {
            CARDMUX_TRY_ASSIGN(Reader * reader, find_reader(*world, operation));
            if (reader->holder == 0 || reader->holder == id_) {
                if (must == MustBeUnreset::Yes) CARDMUX_TRY(find_unreset(*world, operation));
                take(*reader);
                ++reader->calls;
                return success();
            }
            shared_->wait(world, poll_interval_);
        }
    }

    void end_call() {
        {
            auto world = shared_->world.lock();
            Reader* const reader = world->find(reader_id_);
            if (reader == nullptr || reader->holder != id_) return;
            --reader->calls;
            reader->idle_since = now();
        }
        release();
    }

    void end_transactions() {
        {
            auto world = shared_->world.lock();
            Reader* const reader = world->find(reader_id_);
            if (reader != nullptr && reader->holder == id_) reader->forget_holder();
        }
        shared_->changed.notify_all();
    }

    void end_idle_transactions(World& world) const {
        if (world.end_idle_transactions()) shared_->changed.notify_all();
    }

    void release() {
        {
            auto world = shared_->world.lock();
            Reader* const reader = world->find(reader_id_);
            if (reader == nullptr || reader->holder != id_) return;
            if (--reader->holds == 0) reader->holder = 0;
        }
        shared_->changed.notify_all();
    }

    bool holds_card() {
        auto world = shared_->world.lock();
        end_idle_transactions(*world);
        const Reader* const reader = world->find(reader_id_);
        return reader != nullptr && reader->holder == id_;
    }

    void see_resets() {
        auto world = shared_->world.lock();
        const Reader* const reader = world->find(reader_id_);
        if (reader != nullptr) resets_seen_ = reader->resets;
    }

    /// Needs the card to be held by us. If it was pulled meanwhile, somebody may have put it
    /// elsewhere.
    void reset_card(ResetsSeen seen) {
        {
            auto world = shared_->world.lock();
            const auto reader = find_reader(*world, "reset");
            if (!reader.ok()) return;
            ++reader.value()->resets;
            if (seen == ResetsSeen::All) resets_seen_ = reader.value()->resets;
        }
        card_->reset();
        shared_->changed.notify_all();
    }

    const std::shared_ptr<Shared> shared_;
    const Duration poll_interval_;
    const SystemRules rules_;
    const std::uint64_t id_;
    const std::uint64_t service_id_;
    const std::uint64_t reader_id_;
    const std::uint64_t insertion_;
    std::uint64_t resets_seen_;
    const std::shared_ptr<SimulatedCard> card_;
    const Bytes atr_;
};

class SimulatedTransport::Service final : public ReaderService {
  public:
    Service(std::shared_ptr<Shared> shared, SimulatedTransportOptions options,
            std::uint64_t service_id)
        : shared_(std::move(shared)), options_(std::move(options)), service_id_(service_id) {}

    Result<std::vector<ReaderStatus>> list() override {
        auto world = shared_->world.lock();
        if (!world->serves(service_id_)) return gone("list");
        return world->statuses();
    }

    Result<std::vector<ReaderStatus>> wait_for_change(const std::vector<ReaderStatus>& known,
                                                      Duration timeout) override {
        assert_no_lock_held("simulated wait_for_change");
        const Deadline deadline = Deadline::after(timeout);
        auto world = shared_->world.lock();
        for (;;) {
            if (!world->serves(service_id_)) return gone("wait_for_change");
            auto statuses = world->statuses();
            if (!same_readers_and_cards(statuses, known)) return statuses;
            if (std::exchange(interrupted_, false) || deadline.has_passed()) return statuses;
            world.wait(shared_->changed, deadline);
        }
    }

    void interrupt() override {
        {
            auto world = shared_->world.lock();
            interrupted_ = true;
        }
        shared_->changed.notify_all();
    }

    Result<std::unique_ptr<CardConnection>> connect(const std::string& name) override {
        assert_no_lock_held("simulated connect");
        auto world = shared_->world.lock();
        for (;;) {
            if (!world->serves(service_id_)) return gone("connect");
            if (world->end_idle_transactions()) shared_->changed.notify_all();
            Reader* const reader = world->find(name);
            if (reader == nullptr) return Error(ErrorCode::ReaderUnavailable, "connect");
            if (reader->card == nullptr) return Error(ErrorCode::CardAbsent, "connect");
            if (reader->mute) return Error(ErrorCode::CardUnresponsive, "connect");
            if (reader->used_exclusively) return Error(ErrorCode::CardBusy, "connect");
            if (reader->holder == 0) {
                return std::unique_ptr<CardConnection>(
                    std::make_unique<Connection>(shared_, options_, *world, *reader));
            }
            shared_->wait(world, options_.poll_interval);
        }
    }

  private:
    static Error gone(const char* operation) {
        return Error(ErrorCode::ServiceUnavailable, operation);
    }

    const std::shared_ptr<Shared> shared_;
    const SimulatedTransportOptions options_;
    const std::uint64_t service_id_;
    bool interrupted_ = false;  ///< under the world's lock
};

SimulatedTransport::SimulatedTransport(SimulatedTransportOptions options)
    : options_(std::move(options)), shared_(std::make_shared<Shared>()) {
    shared_->world.lock()->idle_limit = options_.rules.idle_limit;
}

SimulatedTransport::~SimulatedTransport() = default;

Result<std::unique_ptr<ReaderService>> SimulatedTransport::connect_service() {
    auto world = shared_->world.lock();
    if (!world->service_runs) return Error(ErrorCode::ServiceUnavailable, "connect_service");
    return std::unique_ptr<ReaderService>(
        std::make_unique<Service>(shared_, options_, world->service_id));
}

/// Applies `change(world, reader)` to the reader with this name and wakes everybody.
template <typename Change>
bool SimulatedTransport::change_reader(const std::string& reader, Change change) {
    {
        auto world = shared_->world.lock();
        Reader* const found = world->find(reader);
        if (found == nullptr) return false;
        change(*world, *found);
    }
    shared_->changed.notify_all();
    return true;
}

bool SimulatedTransport::add_reader(const std::string& reader) {
    {
        auto world = shared_->world.lock();
        if (world->find(reader) != nullptr) return false;
        Reader added;
        added.name = reader;
        added.id = world->new_id();
        world->readers.push_back(std::move(added));
    }
    shared_->changed.notify_all();
    return true;
}

bool SimulatedTransport::remove_reader(const std::string& reader) {
    std::shared_ptr<SimulatedCard> pulled;
    const bool found = change_reader(reader, [&](World& world, Reader& unplugged) {
        pulled = std::move(unplugged.card);
        const std::uint64_t id = unplugged.id;
        std::erase_if(world.readers, [id](const Reader& other) { return other.id == id; });
    });
    if (pulled) pulled->power_off();
    return found;
}

bool SimulatedTransport::insert(const std::string& reader, std::shared_ptr<SimulatedCard> card) {
    remove(reader);
    card->reset();
    return change_reader(reader, [&](World& world, Reader& found) {
        found.card = std::move(card);
        found.insertion = world.new_id();
        found.mute = false;
        ++found.event_count;
    });
}

bool SimulatedTransport::remove(const std::string& reader) {
    std::shared_ptr<SimulatedCard> pulled;
    const bool known = change_reader(reader, [&](World&, Reader& found) {
        pulled = std::exchange(found.card, nullptr);
        if (pulled) ++found.event_count;
        found.forget_holder();
    });
    // Outside the lock: it ends the command in progress, whose thread needs the lock to return.
    if (pulled) pulled->power_off();
    return known;
}

bool SimulatedTransport::reset(const std::string& reader) {
    std::shared_ptr<SimulatedCard> card;
    const bool known = change_reader(reader, [&](World&, Reader& found) {
        card = found.card;
        if (card) ++found.resets;
    });
    if (!card) return known;
    card->reset();
    // Once more: a connection may have seen the first sign and come back before the card was reset.
    change_reader(reader, [](World&, Reader& found) { ++found.resets; });
    return known;
}

std::shared_ptr<SimulatedCard> SimulatedTransport::card(const std::string& reader) {
    auto world = shared_->world.lock();
    const Reader* const found = world->find(reader);
    return found == nullptr ? nullptr : found->card;
}

bool SimulatedTransport::set_mute(const std::string& reader, bool mute) {
    return change_reader(reader, [&](World&, Reader& found) { found.mute = mute; });
}

bool SimulatedTransport::set_used_exclusively(const std::string& reader, bool exclusive) {
    return change_reader(reader,
                         [&](World&, Reader& found) { found.used_exclusively = exclusive; });
}

bool SimulatedTransport::is_in_transaction(const std::string& reader) {
    auto world = shared_->world.lock();
    const Reader* const found = world->find(reader);
    return found != nullptr && found->holder != 0;
}

std::uint64_t SimulatedTransport::idle_resets() {
    auto world = shared_->world.lock();
    if (world->end_idle_transactions()) shared_->changed.notify_all();
    return world->idle_resets;
}

void SimulatedTransport::stop_service() {
    std::vector<std::shared_ptr<SimulatedCard>> cards;
    {
        auto world = shared_->world.lock();
        world->service_runs = false;
        for (Reader& reader : world->readers) {
            reader.forget_holder();
            reader.connections = 0;
            reader.event_count = 0;
            if (reader.card) cards.push_back(reader.card);
        }
    }
    shared_->changed.notify_all();
    for (const auto& card : cards) card->power_off();
}

void SimulatedTransport::start_service() {
    auto world = shared_->world.lock();
    if (world->service_runs) return;
    world->service_runs = true;
    world->service_id = world->new_id();
}

}  // namespace cardmux::simulation
