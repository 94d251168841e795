// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "provider/provider.h"

#include <algorithm>
#include <atomic>
#include <map>

#include "base/acting_for_process.h"
#include "provider/driver_table.h"
#include "provider/management_key_file.h"
#include "provider/reader_monitor.h"
#include "token/card_token.h"

namespace cardmux::provider {
namespace {

using transaction::TransactionManager;

transaction::ManagerSettings manager_settings(const Settings& settings, bool may_create_threads) {
    transaction::ManagerSettings manager;
    manager.hold = settings.hold;
    manager.ride_through = settings.ride_through;
    manager.no_progress_limit = settings.no_progress_limit;
    manager.machine.gaps = settings.politeness != Politeness::Greedy;
    if (settings.politeness == Politeness::Often) {
        manager.turn_bound = std::chrono::milliseconds(2850);
    }
    manager.may_create_threads = may_create_threads;
    return manager;
}

token::TokenSettings token_settings(const Settings& settings) {
    token::TokenSettings token;
    token.card.leave_authority = settings.leave_authority;
    token.card.reuse_pin_without_proof = settings.reuse_pin_without_proof;
    token.drivers = driver_table();
    if (!settings.management_key_file.empty()) {
        token.management_key = [path = settings.management_key_file] {
            const ActingForProcess process;  // the key is the process's, whoever calls
            return read_management_key(path);
        };
    }
    return token;
}

class CardSlot final : public Slot {
  public:
    CardSlot(SlotId id, std::string reader, std::shared_ptr<TransactionManager> manager,
             const Settings& settings, const Environment& environment)
        : id_(id),
          reader_(std::move(reader)),
          manager_(std::move(manager)),
          settings_(token_settings(settings)),
          random_(*environment.random),
          log_(environment.log),
          token_(LockRank::Registry) {}

    SlotId id() const override { return id_; }
    const std::string& reader() const override { return reader_; }
    TransactionManager& manager() { return *manager_; }

    std::shared_ptr<token::Token> token() override {
        auto current = token_.lock();
        if (!*current || (*current)->is_changed()) {
            *current = std::make_shared<token::CardToken>(manager_, settings_, random_, log_);
        }
        return *current;
    }

  private:
    SlotId id_;
    std::string reader_;
    std::shared_ptr<TransactionManager> manager_;
    token::TokenSettings settings_;
    RandomSource& random_;
    std::shared_ptr<LogSink> log_;
    Guarded<std::shared_ptr<token::CardToken>> token_;
};

/// The slots made so far, by reader. Shared with the monitor's thread, which may outlive the
/// provider.
class SlotRegistry {
  public:
    SlotRegistry(const Environment& environment, const Settings& settings)
        : environment_(environment),
          settings_(settings),
          hold_(settings.hold.count()),
          slots_(LockRank::Registry) {}

    /// The reader's slot, made if it is new. Its turn is opened with no lock held: the file may be
    /// in another process's hands for a moment. Of two made at once one is dropped, unused.
    std::shared_ptr<CardSlot> of_reader(const std::string& reader) {
        if (auto known = find(*slots_.lock(), reader)) return known;
        auto manager = std::make_shared<TransactionManager>(
            environment_.transport, reader, open_turn(reader),
            manager_settings(settings_, environment_.may_create_threads), environment_.log);
        auto slots = slots_.lock();
        if (auto known = find(*slots, reader)) return known;
        const auto id = static_cast<SlotId>(slots->size());
        manager->set_hold(Duration(hold_));
        slots->push_back(
            std::make_shared<CardSlot>(id, reader, std::move(manager), settings_, environment_));
        return slots->back();
    }

    std::vector<std::shared_ptr<CardSlot>> all() { return *slots_.lock(); }

    std::shared_ptr<CardSlot> by_id(SlotId id) {
        auto slots = slots_.lock();
        return id < slots->size() ? slots->at(id) : nullptr;
    }

    /// Windows' interfaces say it at every acquire: what is the case already costs nothing.
    void set_hold(Duration hold) {
        auto slots = slots_.lock();
        if (hold_ == hold.count()) return;
        hold_ = hold.count();
        for (const auto& slot : *slots) slot->manager().set_hold(hold);
    }

    void tell(const std::string& reader, ReaderMonitor::Change change) {
        for (const auto& slot : all()) {
            if (slot->reader() != reader) continue;
            if (change == ReaderMonitor::Change::Left) slot->manager().card_left();
            if (change != ReaderMonitor::Change::Left) slot->manager().card_arrived();
        }
        if (change == ReaderMonitor::Change::Found) return;
        const Listeners listeners = *listeners_.lock();
        for (const auto& listener : listeners) listener();
    }

    void add_listener(std::function<void()> listener) {
        listeners_.lock()->push_back(std::move(listener));
    }

  private:
    using Slots = std::vector<std::shared_ptr<CardSlot>>;
    using Listeners = std::vector<std::function<void()>>;

    static std::shared_ptr<CardSlot> find(const Slots& slots, const std::string& reader) {
        const auto found =
            std::ranges::find(slots, reader, [](const auto& s) { return s->reader(); });
        return found == slots.end() ? nullptr : *found;
    }

    std::unique_ptr<transaction::OuterTurn> open_turn(const std::string& reader) {
        const std::string world = environment_.transport->world();
        if (world.empty()) return transaction::make_private_turn();
        const std::string folder = settings_.shared_folder.empty()
                                       ? transaction::default_shared_folder()
                                       : settings_.shared_folder;
        auto turn = environment_.open_turn(folder, world, reader);
        if (turn) {
            if (!folder_logged_.exchange(true)) {
                LogLine(*environment_.log, LogLevel::Info, "shared_folder").with("folder", folder);
            }
            return std::move(turn).value();
        }
        LogLine(*environment_.log, LogLevel::Warning, "shared_folder")
            .with("folder", folder)
            .with("effect", "processes pass the card on by the smart card service's polling lock")
            .with(turn.error());
        return transaction::make_private_turn();
    }

    Environment environment_;
    Settings settings_;
    std::atomic<Duration::rep> hold_;
    std::atomic<bool> folder_logged_{false};
    Guarded<Slots> slots_;
    Guarded<Listeners> listeners_{LockRank::Registry};
};

class CardProvider final : public Provider {
  public:
    CardProvider(const Environment& environment, const Settings& settings)
        : settings_(settings),
          registry_(std::make_shared<SlotRegistry>(environment, settings)),
          monitor_(environment.transport, environment.may_create_threads, environment.log) {
        monitor_.set_listener([registry = registry_](const std::string& reader, auto change) {
            registry->tell(reader, change);
        });
    }

    Result<std::vector<SlotStatus>> slots(Deadline deadline) override {
        const ActingForProcess process;  // files of turns are opened here, for all who come later
        auto readers = monitor_.readers(deadline);
        const bool nothing_known = registry_->all().empty();
        if (!readers && nothing_known) return readers.error();
        const auto present = std::move(readers).value_or({});
        for (const auto& reader : present) (void)registry_->of_reader(reader.name);
        std::vector<SlotStatus> statuses;
        for (const auto& slot : registry_->all()) statuses.push_back(describe(*slot, present));
        return statuses;
    }

    Result<SlotStatus> status(SlotId id) override {
        const auto slot = registry_->by_id(id);
        if (!slot) return Error(ErrorCode::ReaderUnavailable, "find the slot");
        const auto readers = monitor_.readers(Deadline::after(std::chrono::seconds(5)));
        return describe(*slot, readers ? *readers : std::vector<transport::ReaderStatus>{});
    }

    std::shared_ptr<Slot> slot(SlotId id) override { return registry_->by_id(id); }

    token::Client make_client(token::DomainId domain) override {
        return {++last_client_, settings_.service_class, domain};
    }

    void set_hold(Duration hold) override { registry_->set_hold(hold); }

    void shut_down(Deadline deadline) override {
        // The threads end side by side: first all are told, then all are waited for.
        for (const auto& slot : registry_->all()) slot->manager().begin_shut_down();
        monitor_.shut_down(deadline);
        for (const auto& slot : registry_->all()) slot->manager().shut_down(deadline);
    }

    void add_change_listener(std::function<void()> listener) override {
        registry_->add_listener(std::move(listener));
    }

    const Settings& settings() const override { return settings_; }

  private:
    static SlotStatus describe(const Slot& slot,
                               const std::vector<transport::ReaderStatus>& readers) {
        SlotStatus status;
        status.id = slot.id();
        status.reader = slot.reader();
        const auto reader =
            std::ranges::find(readers, slot.reader(), &transport::ReaderStatus::name);
        status.reader_present = reader != readers.end();
        if (!status.reader_present) return status;
        status.card_present = reader->card_present;
        status.card_mute = reader->card_mute;
        status.atr = reader->atr;
        return status;
    }

    Settings settings_;
    std::shared_ptr<SlotRegistry> registry_;
    ReaderMonitor monitor_;
    std::atomic<transaction::ClientId> last_client_{0};
};

}  // namespace

Result<std::shared_ptr<Provider>> Provider::create(Environment environment,
                                                   const Settings& settings) {
    if (!environment.log)
        environment.log = std::shared_ptr<LogSink>(&silent_log(), [](LogSink*) {});
    return std::shared_ptr<Provider>(std::make_shared<CardProvider>(environment, settings));
}

}  // namespace cardmux::provider
