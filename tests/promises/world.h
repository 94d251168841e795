// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// A small world for tests of promises: one simulated reader and card, and providers ("processes")
// on it.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "provider/provider.h"
#include "simulation/simulated_piv_card.h"
#include "simulation/simulated_transport.h"

namespace cardmux::promises {

using provider::Settings;
using simulation::SimulatedPivCard;
using token::Client;

inline constexpr const char* reader_name = "Reader 0";
inline constexpr const char* right_pin = "123456";
inline constexpr const char* wrong_pin = "999999";
inline constexpr token::DomainId our_domain = 1;

inline SecretBytes pin(const char* text) {
    return SecretBytes(bytes_of(text));
}

/// Waits, bounded, until `condition` holds.
template <typename Condition>
bool soon(Condition condition) {
    for (int i = 0; i < 2000; ++i) {
        if (condition()) return true;
        sleep_for(std::chrono::milliseconds(5));
    }
    return condition();
}

/// Keeps what is logged.
class RecordedLog final : public LogSink {
  public:
    bool wants(LogLevel) const override { return true; }
    void write(LogLevel, std::string_view line) override { lines_.lock()->emplace_back(line); }
    /// How many lines contain all of `words`.
    int count(const std::vector<std::string>& words) {
        auto lines = lines_.lock();
        return static_cast<int>(std::ranges::count_if(*lines, [&](const std::string& line) {
            return std::ranges::all_of(words,
                                       [&](const auto& w) { return line.find(w) != line.npos; });
        }));
    }

  private:
    Guarded<std::vector<std::string>> lines_{LockRank::Log};
};

/// One process: a provider and a client in it.
struct Process {
    /// Only who names a folder has neighbours: tests that run at once must not meet in the default.
    Process(const std::shared_ptr<transport::Transport>& transport, const Settings& settings,
            bool may_create_threads = true)
        : Process(settings.shared_folder.empty()
                      ? alone(environment_of(transport, may_create_threads))
                      : environment_of(transport, may_create_threads),
                  settings) {}
    static provider::Environment environment_of(
        const std::shared_ptr<transport::Transport>& transport, bool may_create_threads) {
        provider::Environment environment;
        environment.transport = transport;
        environment.may_create_threads = may_create_threads;
        return environment;
    }
    static provider::Environment alone(provider::Environment environment) {
        environment.open_turn = [](const auto&, const auto&, const auto&) {
            return Result<std::unique_ptr<transaction::OuterTurn>>(
                transaction::make_private_turn());
        };
        return environment;
    }
    Process(const provider::Environment& environment, const Settings& settings) {
        provider = std::move(provider::Provider::create(environment, settings)).value();
        const auto slots = provider->slots(Deadline::after(std::chrono::seconds(10)));
        EXPECT_TRUE(slots.ok());
        token = provider->slot(0)->token();
        client = provider->make_client(our_domain);
    }
    ~Process() { provider->shut_down(Deadline::after(std::chrono::seconds(10))); }
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    /// errors    those of Token::login
    Result<void> login(const char* text = right_pin) {
        return token->login(client, pin(text), Deadline::never());
    }
    /// What signs with the key that is in this place now.
    ///
    /// errors    KeyNotFound; those of Token::contents
    Result<token::SignRequest> request_for(const Client& who, std::uint8_t key,
                                           Deadline deadline = Deadline::never()) {
        CARDMUX_TRY_ASSIGN(const auto contents, token->contents(who, deadline));
        const token::TokenKey* const found = contents->find_key(key);
        if (found == nullptr) return Error(ErrorCode::KeyNotFound, "find a key");
        token::SignRequest request;
        request.key_reference = key;
        request.public_key = found->key.public_key;
        request.input = Bytes(32, 0x42);
        request.scheme = token::Ecdsa{};
        if (std::holds_alternative<crypto::RsaPublicKey>(request.public_key))
            request.scheme = token::RsaPkcs1{};
        return request;
    }
    /// errors    those of Token::sign
    Result<Bytes> sign(std::uint8_t key = 0x9A, const char* operation_pin = nullptr) {
        return sign_as(client, key, operation_pin);
    }
    /// errors    those of Token::sign
    Result<Bytes> sign_as(const Client& who, std::uint8_t key = 0x9A,
                          const char* operation_pin = nullptr,
                          Deadline deadline = Deadline::never()) {
        CARDMUX_TRY_ASSIGN(token::SignRequest request, request_for(who, key, deadline));
        SecretBytes secret;
        if (operation_pin != nullptr) {
            secret = pin(operation_pin);
            request.operation_pin = &secret;
        }
        return token->sign(who, request, deadline);
    }

    std::shared_ptr<provider::Provider> provider;
    std::shared_ptr<token::Token> token;
    Client client;
};

class World : public ::testing::Test {
  protected:
    World() { insert(make_card(1)); }
    ~World() override {
        if (!folder_.empty()) std::filesystem::remove_all(folder_);
    }

    static std::shared_ptr<SimulatedPivCard> make_card(std::uint32_t serial,
                                                       simulation::PivCardOptions options = {}) {
        options.serial_number = serial;
        auto made = SimulatedPivCard::create(options);
        EXPECT_TRUE(made.ok());
        return made ? std::move(made).value() : nullptr;
    }

    void insert(std::shared_ptr<SimulatedPivCard> card) {
        card_ = std::move(card);
        transport_->add_reader(reader_name);
        transport_->insert(reader_name, card_);
    }

    /// A folder in which several processes of one test agree on turns.
    std::string shared_folder() {
        if (folder_.empty()) {
            std::string name =
                (std::filesystem::temp_directory_path() / "cardmux-world-XXXXXX").string();
            folder_ = mkdtemp(name.data());
        }
        return folder_;
    }

    /// A management key in a file that nobody else may read.
    std::string key_file(const Bytes& key) {
        const std::filesystem::path file =
            std::filesystem::path(shared_folder()) / ("key-" + std::to_string(++key_file_count_));
        std::ofstream(file) << to_hex(key);
        using std::filesystem::perms;
        std::filesystem::permissions(file, perms::owner_read | perms::owner_write);
        return file.string();
    }
    static Bytes factory_key() {
        return from_hex("010203040506070801020304050607080102030405060708").value_or({});
    }

    /// A foreign program's own connection to the card.
    std::unique_ptr<transport::CardConnection> foreign_program() {
        foreign_service_ = std::move(transport_->connect_service()).value();
        auto connected = foreign_service_->connect(reader_name);
        EXPECT_TRUE(connected.ok());
        return connected ? std::move(connected).value() : nullptr;
    }

    std::uint64_t verifies() const { return card_->statistics().verify_attempts; }
    std::uint64_t wrong_pins() const { return card_->statistics().wrong_pins; }

    std::shared_ptr<simulation::SimulatedTransport> transport_ =
        std::make_shared<simulation::SimulatedTransport>(
            simulation::SimulatedTransportOptions{Duration::zero(), "test world"});
    std::shared_ptr<SimulatedPivCard> card_;

  private:
    std::string folder_;
    int key_file_count_ = 0;
    std::unique_ptr<transport::ReaderService> foreign_service_;
};

}  // namespace cardmux::promises
