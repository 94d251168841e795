// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// A provider on a simulated card, for tests.
#pragma once

#include <gtest/gtest.h>

#include "api/ksp/changing_keys.h"
#include "api/ksp/opening.h"
#include "api/ksp/properties.h"
#include "api/ksp/property_values.h"
#include "api/ksp/using_keys.h"
#include "simulation/simulated_piv_card.h"
#include "simulation/simulated_transport.h"

namespace cardmux::ksp {

/// Keeps what is logged.
class RecordedLog final : public LogSink {
  public:
    bool wants(LogLevel) const override { return true; }
    void write(LogLevel, std::string_view line) override { lines_.lock()->emplace_back(line); }
    bool has(const std::string& words) {
        auto lines = lines_.lock();
        return std::ranges::any_of(
            *lines, [&](const std::string& line) { return line.find(words) != line.npos; });
    }

  private:
    Guarded<std::vector<std::string>> lines_{LockRank::Log};
};

/// Events that count their signals, and remember that they were closed.
class RecordedEvents {
  public:
    EventCalls calls() {
        return {[this]() -> Result<std::uint64_t> { return add(); },
                [this](std::uint64_t event) { ++state_.lock()->at(event).signals; },
                [this](std::uint64_t event) { state_.lock()->at(event).is_closed = true; }};
    }
    int signals(std::uint64_t event) { return state_.lock()->at(event).signals; }
    bool is_closed(std::uint64_t event) { return state_.lock()->at(event).is_closed; }

  private:
    struct Event {
        int signals = 0;
        bool is_closed = false;
    };
    std::uint64_t add() {
        auto state = state_.lock();
        const std::uint64_t event = 1000 + state->size();
        (*state)[event] = {};
        return event;
    }
    Guarded<std::map<std::uint64_t, Event>> state_{LockRank::Log};
};

class KspTest : public testing::Test {
  protected:
    static constexpr std::uint8_t slot_9a = 0x9A;
    static constexpr std::uint8_t slot_9c = 0x9C;
    static constexpr std::uint8_t slot_9d = 0x9D;

    KspTest() { start(simulation::KeyAlgorithm::Rsa2048); }
    ~KspTest() override { end(); }

    /// 9A, 9D and 9E have keys of this algorithm; 9C has a P-256 key.
    void start(simulation::KeyAlgorithm algorithm) {
        simulation::PivCardOptions options;
        options.key_algorithm = algorithm;
        start(options);
    }
    void start(const simulation::PivCardOptions& options) {
        end();
        card_ = std::move(simulation::SimulatedPivCard::create(options)).value();
        transport_ = std::make_shared<simulation::SimulatedTransport>();
        transport_->add_reader("Reader 0");
        transport_->insert("Reader 0", card_);
        provider::Environment environment;
        environment.transport = transport_;
        cards_ = std::move(provider::Provider::create(environment, {})).value();
        KspWorld world;
        world.provider = [cards = cards_] { return Result(cards); };
        world.domain = [this] { return domain_; };
        world.settings = [this](const std::string&) { return settings_; };
        world.thread_number = [] { return std::uint64_t{77}; };
        world.make_store = [](const auto& found) {
            return Result<std::uint64_t>(100 + found.size());
        };
        world.events = events_.calls();
        world.reader_icon = [this](const std::string&) -> Result<Bytes> {
            if (icon_.empty()) return Error(ErrorCode::NotSupported, "icon");
            return icon_;
        };
        world.log = &log_;
        ksp_ = std::make_unique<Ksp>(std::move(world));
        provider_ = open_provider(*ksp_, "", 0).value();
    }
    void end() {
        if (cards_) cards_->shut_down(Deadline::after(std::chrono::seconds(10)));
    }

    std::string name_of(std::uint8_t slot) {
        const std::vector<ListedKey> keys = list_keys(*ksp_, provider_, "", 0).value().keys;
        for (const ListedKey& listed : keys) {
            if (listed.name.starts_with("piv-" + to_hex(Bytes{slot}))) return listed.name;
        }
        ADD_FAILURE() << "no such key";
        return "";
    }
    Handle open(std::uint8_t slot) {
        return open_key(*ksp_, provider_, name_of(slot), 0, flag::silent).value();
    }
    std::shared_ptr<KspKey> key(Handle handle) { return ksp_->find_key(provider_, handle).value(); }
    std::shared_ptr<KspKey> key_in(std::uint8_t slot) { return key(open(slot)); }
    Outcome<void> give(const std::string& pin, std::uint8_t slot = slot_9a) {
        return set_key_property(*ksp_, *key_in(slot), property::pin, utf16_of(pin), 0);
    }

    Outcome<Bytes> sign(KspKey& key, const Padding& padding, const Bytes& hash) {
        Bytes bytes(512);
        Output output{bytes, false};
        CARDMUX_TRY(sign_hash(*ksp_, key, padding, hash, output));
        bytes.resize(output.size);
        return bytes;
    }
    Outcome<Bytes> property_of(KspKey& key, const std::string& name) {
        Bytes bytes(4096);
        Output output{bytes, false};
        CARDMUX_TRY(get_key_property(*ksp_, key, name, output, 0));
        bytes.resize(output.size);
        return bytes;
    }
    /// NTE_ and SCARD_ code alike; success if all went well.
    template <typename T>
    static Status code(const Outcome<T>& outcome,
                       api::CallPurpose purpose = api::CallPurpose::UseKey) {
        if (outcome.ok()) return status::success;
        if (outcome.error().code != status::success) return outcome.error().code;
        return api::status_for(*outcome.error().cause, api::WindowsInterface::Ksp, purpose);
    }
    std::uint64_t apdus() { return card_->statistics().apdus; }

    static Padding pkcs1(const std::string& hash) {
        return {flag::pad_pkcs1 | flag::silent, true, hash, 0, {}};
    }
    static Padding pss(const std::string& hash, std::size_t salt) {
        return {flag::pad_pss | flag::silent, true, hash, salt, {}};
    }
    static Padding oaep(const std::string& hash, Bytes label = {}) {
        return {flag::pad_oaep | flag::silent, true, hash, 0, std::move(label)};
    }
    static Padding nothing() { return {flag::silent, false, "", 0, {}}; }

    RecordedLog log_;
    RecordedEvents events_;
    Bytes icon_;
    token::DomainId domain_ = 1;
    api::ProviderSettings settings_;
    std::shared_ptr<simulation::SimulatedPivCard> card_;
    std::shared_ptr<simulation::SimulatedTransport> transport_;
    std::shared_ptr<provider::Provider> cards_;
    std::unique_ptr<Ksp> ksp_;
    Handle provider_ = 0;
};

}  // namespace cardmux::ksp
