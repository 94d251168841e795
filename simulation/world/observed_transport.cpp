// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "simulation/world/observed_transport.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace cardmux::simulation {
namespace {

using transport::CardConnection;
using transport::Disposition;
using transport::ReaderService;
using transport::ReaderStatus;

/// What the service has open for a process. `busy`: a thread is inside it.
class Opened {
  public:
    explicit Opened(ProcessNumber of) : process(of) { all().push_back(this); }
    virtual ~Opened() { std::erase(all(), this); }
    Opened(const Opened&) = delete;
    Opened& operator=(const Opened&) = delete;
    virtual void drop() = 0;
    virtual bool is_card() const = 0;

    /// In the order in which they were opened: addresses differ from run to run.
    static std::vector<Opened*>& all() {
        static auto& opened = *new std::vector<Opened*>;
        return opened;
    }

    const ProcessNumber process;
    int busy = 0;
};

/// A call into the service: it cannot be killed in there, and if its process was killed meanwhile,
/// the service ends the connection afterwards.
class Call {
  public:
    Call(World& world, Opened& opened) : world_(world), opened_(opened) {
        world_.scheduler().check_no_lock_held("a call of the smart card service");
        ++opened_.busy;
    }
    ~Call() {
        if (--opened_.busy == 0 && !world_.scheduler().is_alive(opened_.process)) opened_.drop();
    }
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

  private:
    World& world_;
    Opened& opened_;
    const ServiceCall service_call_;
};

std::string step_of(ByteView command) {
    std::array<char, 40> text{};
    const auto byte = [&](std::size_t i) { return i < command.size() ? command[i] : 0; };
    const char* name = "";
    switch (byte(1)) {
        case 0xA4:
            name = "SELECT";
            break;
        case 0x20:
            name = byte(2) == 0xFF      ? "VERIFY (log out)"
                   : command.size() > 5 ? "VERIFY"
                                        : "VERIFY (ask)";
            break;
        case 0x87:
            name = "GENERAL AUTHENTICATE";
            break;
        case 0xCB:
            name = "GET DATA";
            break;
        case 0xC0:
            name = "GET RESPONSE";
            break;
        default:
            break;
    }
    std::snprintf(text.data(), text.size(), "%02X %02X%02X %s", byte(1), byte(2), byte(3), name);
    return text.data();
}

std::string status_of(const Result<Bytes>& answer) {
    if (!answer) return name_of(answer.error().code);
    if (answer->size() < 2) return "cut off";
    std::array<char, 8> text{};
    std::snprintf(text.data(), text.size(), "%02X%02X", answer->at(answer->size() - 2),
                  answer->back());
    return text.data();
}

template <typename T>
std::string text_of(const Result<T>& result) {
    return result.ok() ? "ok" : name_of(result.error().code);
}

class ObservedConnection final : public CardConnection, private Opened {
  public:
    ObservedConnection(World& world, Nature* nature, ProcessNumber of, WorldReader& reader,
                       std::unique_ptr<CardConnection> inner)
        : Opened(of),
          world_(world),
          nature_(nature),
          reader_(reader),
          inner_(std::move(inner)),
          atr_(to_bytes(inner_->atr())) {}

    ~ObservedConnection() override {
        const Call call(world_, *this);
        strike(Place::Disconnect);
        if (in_transaction_) ++reader_.epoch;
        if (reader_.holder == this) reader_.holder = nullptr;
        world_.note("disconnect", &reader_, "");
        inner_.reset();
    }

    Result<void> begin() override {
        const Call call(world_, *this);
        strike(Place::Begin);
        auto begun = world_.has(Canary::NoExclusion) ? success() : inner_->begin();
        ++reader_.epoch;
        if (begun) {
            // Windows takes the card from who leaves it idle.
            const bool is_free = reader_.holder == nullptr || reader_.holder == this ||
                                 world_.transport().idle_resets() > 0;
            world_.expect(is_free, "G2: two have the card");
            in_transaction_ = true;
            reader_.holder = this;
        }
        world_.note("begin", &reader_, text_of(begun));
        return begun;
    }

    Result<void> end(Disposition disposition) override {
        const Call call(world_, *this);
        strike(Place::End);
        if (disposition != Disposition::Leave) world_.fail("we reset a card under others (G9)");
        in_transaction_ = false;
        if (reader_.holder == this) reader_.holder = nullptr;
        auto ended = inner_->end(disposition);
        ++reader_.epoch;
        world_.note("end", &reader_, text_of(ended));
        return ended;
    }

    Result<Bytes> transmit(ByteView command) override {
        const Call call(world_, *this);
        const std::string step = step_of(command);
        if (!in_transaction_) world_.fail("sent outside a transaction (G2): " + step);
        ++world_.counts().apdus;
        strike(Place::TransmitBefore);
        auto answer = carry_out(command);
        strike_answer(answer);
        world_.note(step, &reader_, status_of(answer));
        check_tries();
        return answer;
    }

    Result<void> reconnect(Disposition initialization) override {
        const Call call(world_, *this);
        strike(Place::Reconnect);
        auto taken = inner_->reconnect(initialization);
        ++reader_.epoch;
        world_.note("reconnect", &reader_, text_of(taken));
        return taken;
    }

    ByteView atr() const override { return atr_; }

  private:
    void drop() override {
        if (reader_.holder == this) reader_.holder = nullptr;
        inner_.reset();
    }
    bool is_card() const override { return true; }

    Result<Bytes> carry_out(ByteView command) {
        if (world_.has(Canary::LockHeld)) {
            const auto locked = world_lock_.lock();
            world_.scheduler().check_no_lock_held("a command of the card");
        }
        if (world_.has(Canary::Idles)) sleep_for(std::chrono::milliseconds(20));
        if (world_.has(Canary::WrongPins) && command[1] == 0x87) {
            const Bytes wrong_pin = {0, 0x20, 0, 0x80, 8, '9', '9', '9', '9', '9', '9', 0xFF, 0xFF};
            (void)inner_->transmit(wrong_pin);
        }
        const TimePoint start = now();
        auto answer = inner_->transmit(command);
        reader_.busy += now() - start;
        return answer;
    }

    void strike(Place place) {
        if (nature_ == nullptr) return;
        if (const auto fault = world_.plan().draw(place)) nature_->strike(*fault, reader_);
    }

    void strike_answer(Result<Bytes>& answer) {
        if (nature_ == nullptr) return;
        const auto fault = world_.plan().draw(Place::TransmitAfter);
        if (!fault) return;
        nature_->strike(*fault, reader_);
        if (*fault == Fault::Late) sleep_for(world_.plan().length_of(*fault));
        if (!answer) return;
        if (*fault == Fault::LostAnswer) answer = Error(ErrorCode::CardUnresponsive, "transmit");
        if (*fault == Fault::Truncated)
            answer->resize(world_.plan().chance().below(answer->size()));
    }

    /// G6, after each command: no try was spent that nobody had to spend.
    void check_tries() {
        const std::uint64_t allowed =
            reader_.tries_allowed + static_cast<std::uint64_t>(reader_.explicit_logins);
        for (const auto& card : {reader_.home, reader_.spare}) {
            const std::uint64_t wrong = card->statistics().wrong_pins;
            if (wrong <= allowed) continue;
            world_.fail("G6: " + std::to_string(wrong) + " wrong PINs were presented to card " +
                        std::to_string(card->options().serial_number) + ", " +
                        std::to_string(allowed) + " may have been");
        }
    }

    World& world_;
    Nature* const nature_;
    WorldReader& reader_;
    std::unique_ptr<CardConnection> inner_;
    const Bytes atr_;
    bool in_transaction_ = false;
    Guarded<int> world_lock_{LockRank::Transport};  ///< for Canary::LockHeld
};

class ObservedService final : public ReaderService, private Opened {
  public:
    ObservedService(World& world, Nature* nature, ProcessNumber of,
                    std::unique_ptr<ReaderService> inner)
        : Opened(of), world_(world), nature_(nature), inner_(std::move(inner)) {}

    Result<std::vector<ReaderStatus>> list() override {
        const Call call(world_, *this);
        strike(Place::ListReaders);
        auto listed = inner_->list();
        world_.note("list readers", nullptr, text_of(listed));
        return listed;
    }

    Result<std::vector<ReaderStatus>> wait_for_change(const std::vector<ReaderStatus>& known,
                                                      Duration timeout) override {
        const Call call(world_, *this);
        strike(Place::StatusChange);
        auto seen = inner_->wait_for_change(known, timeout);
        world_.note("status change", nullptr, text_of(seen));
        return seen;
    }

    /// From another thread, while the service is in a wait.
    void interrupt() override { inner_->interrupt(); }

    Result<std::unique_ptr<CardConnection>> connect(const std::string& name) override {
        const Call call(world_, *this);
        WorldReader* const reader = world_.find_reader(name);
        if (reader == nullptr) return Error(ErrorCode::ReaderUnavailable, "connect");
        if (nature_ != nullptr) {
            if (const auto fault = world_.plan().draw(Place::Connect))
                nature_->strike(*fault, *reader);
        }
        auto connected = inner_->connect(name);
        world_.note("connect", reader, text_of(connected));
        if (!connected) return connected.error();
        return std::unique_ptr<CardConnection>(std::make_unique<ObservedConnection>(
            world_, nature_, process, *reader, std::move(connected).value()));
    }

  private:
    void drop() override { inner_.reset(); }
    bool is_card() const override { return false; }

    /// At a reader by chance.
    void strike(Place place) {
        if (nature_ == nullptr) return;
        const auto fault = world_.plan().draw(place);
        if (!fault) return;
        auto& readers = world_.readers();
        nature_->strike(*fault, readers.at(world_.plan().chance().below(readers.size())));
    }

    World& world_;
    Nature* const nature_;
    std::unique_ptr<ReaderService> inner_;
};

class ObservedTransport final : public transport::Transport {
  public:
    ObservedTransport(World& world, Nature* nature, ProcessNumber process)
        : world_(world), nature_(nature), process_(process) {}

    Result<std::unique_ptr<ReaderService>> connect_service() override {
        const ServiceCall service_call;
        if (nature_ != nullptr) {
            const auto fault = world_.plan().draw(Place::EstablishContext);
            if (fault) nature_->strike(*fault, world_.readers().front());
        }
        auto connected = world_.transport().connect_service();
        world_.note("connect service", nullptr, text_of(connected));
        if (!connected) return connected.error();
        if (world_.has(Canary::LeftOpen)) {
            left_open_.push_back(std::make_unique<ObservedService>(
                world_, nature_, process_, world_.transport().connect_service().value_or(nullptr)));
        }
        return std::unique_ptr<ReaderService>(std::make_unique<ObservedService>(
            world_, nature_, process_, std::move(connected).value()));
    }
    std::string world() const override { return world_.transport().world(); }

  private:
    World& world_;
    Nature* const nature_;
    const ProcessNumber process_;
    static inline std::vector<std::unique_ptr<ReaderService>> left_open_;  ///< Canary::LeftOpen
};

}  // namespace

std::shared_ptr<transport::Transport> make_observed_transport(World& world, Nature* nature,
                                                              ProcessNumber process) {
    return std::make_shared<ObservedTransport>(world, nature, process);
}

void drop_connections_of(ProcessNumber process) {
    for (Opened* const opened : Opened::all()) {
        if (opened->process == process && opened->busy == 0) opened->drop();
    }
}

OpenConnections open_connections() {
    OpenConnections open;
    for (const Opened* const opened : Opened::all()) {
        const World* const world = World::current();
        if (world == nullptr) break;
        if (!World::current()->scheduler().is_alive(opened->process)) continue;
        ++(opened->is_card() ? open.cards : open.services);
    }
    return open;
}

}  // namespace cardmux::simulation
