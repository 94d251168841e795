// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// What `cardmux simulate` keeps: virtual readers, the simulated cards in and beside them, and a
// private pcscd if one was asked for. Commands change it while it runs; each answers with one JSON
// object. Used by the process's first thread only.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "simulation/simulated_piv_card.h"
#include "simulation/vpcd_client.h"
#include "simulation/vpcd_private_pcscd.h"

namespace cardmux::tool {

struct SimulateOptions {
    int readers = 1;
    std::string profile = "instant";
    std::vector<std::string> card_settings;  ///< as in CARDMUX_SIMULATE: "key=p256", "61xx"
    std::string reader_name = "Yubico YubiKey Cardmux";
    int port = 0;  ///< serve a vpcd that listens here already; 0: our own pcscd
    bool private_pcscd = false;
    std::string run_folder;    ///< empty: a temporary one
    bool start_empty = false;  ///< readers without cards at first
    std::string control_path;
    bool die_with_parent = false;
    bool json = false;
    bool execute = false;  ///< run `command`, exit with its code
    std::vector<std::string> command;
};

/// The commands that SimulateWorld::execute takes, for people: indented, one or two a line.
extern const char* const simulate_commands;

class SimulateWorld {
  public:
    explicit SimulateWorld(SimulateOptions options) : options_(std::move(options)) {}
    ~SimulateWorld();
    SimulateWorld(const SimulateWorld&) = delete;
    SimulateWorld& operator=(const SimulateWorld&) = delete;

    /// Makes cards, readers and pcscd, and waits until pcscd sees the cards.
    ///
    /// errors    InvalidArgument, SystemFailed, TimedOut, ServiceUnavailable (nobody listens on
    ///           --port); problem() says what and what to do
    /// waits     20 s at most
    Result<void> start();

    /// Carries out one line: "insert 0", "status", "pcscd kill". The object has "ok", and "problem"
    /// if that is false.
    nlohmann::json execute(const std::string& line);

    /// What a program needs to know to use the readers.
    nlohmann::json description();

    bool wants_to_quit() const { return quit_; }
    const std::string& problem() const { return problem_; }
    const std::string& next_step() const { return next_step_; }

  private:
    struct Reader {
        std::string name;
        std::uint16_t port = 0;
        std::unique_ptr<simulation::VpcdClient> slot;
        std::vector<std::shared_ptr<simulation::SimulatedPivCard>> cards;  ///< two after a swap
        std::size_t current = 0;  ///< the card that is in it, or was last
    };

    Result<void> make_run_folder();
    Result<void> start_pcscd();
    Result<void> add_reader(int number);
    Result<std::shared_ptr<simulation::SimulatedPivCard>> make_card(int number);
    Result<void> wait_until_seen();
    Result<void> wait_until_connected();
    Reader* reader_named(const std::string& number);

    nlohmann::json status();
    nlohmann::json change_pcscd(const std::string& what);
    nlohmann::json change_card(const std::string& what, const std::string& argument,
                               Reader& reader);
    nlohmann::json exchange_card(Reader& reader);
    nlohmann::json reset_through_pcsc(const Reader& reader);

    SimulateOptions options_;
    std::string temporary_folder_;
    std::unique_ptr<simulation::PrivatePcscd> pcscd_;
    std::vector<Reader> readers_;
    int cards_made_ = 0;
    std::string problem_;
    std::string next_step_ = "cardmux simulate --help";
    bool quit_ = false;
};

}  // namespace cardmux::tool
