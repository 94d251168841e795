// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "tool/simulate_world.h"

#include <stdlib.h>

#include <charconv>
#include <filesystem>
#include <iterator>
#include <sstream>

#include "tool/simulate_cards.h"
#include "tool/simulate_pcsc.h"

namespace cardmux::tool {
namespace {

using nlohmann::json;

// pcscd looks for cards every 0.4 s; sixteen readers start one after another.
constexpr Duration seen_within = std::chrono::seconds(15);
constexpr Duration connected_within = std::chrono::seconds(3);
constexpr Duration reset_within = std::chrono::seconds(20);

json failure(const std::string& problem) {
    return {{"ok", false}, {"problem", problem}};
}

json success_object() {
    return {{"ok", true}};
}

json lines_of(const std::string& text) {
    std::istringstream stream(text);
    json lines = json::array();
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
}

}  // namespace

SimulateWorld::~SimulateWorld() {
    readers_.clear();  // cards first, so that pcscd ends with nothing to wait for
    pcscd_.reset();
    std::error_code ignored;
    if (!temporary_folder_.empty()) std::filesystem::remove_all(temporary_folder_, ignored);
}

Result<void> SimulateWorld::start() {
    if (options_.private_pcscd) CARDMUX_TRY(start_pcscd());
    for (int number = 0; number < options_.readers; number++) CARDMUX_TRY(add_reader(number));
    if (options_.start_empty) return success();
    for (Reader& reader : readers_) reader.slot->insert(reader.cards[0]);
    // Where somebody else's pcscd is, we may not be allowed to look.
    return options_.private_pcscd ? wait_until_seen() : wait_until_connected();
}

Result<void> SimulateWorld::make_run_folder() {
    std::error_code trouble;
    if (options_.run_folder.empty()) {
        std::string folder =
            (std::filesystem::temp_directory_path(trouble) / "cardmux-XXXXXX").string();
        if (trouble || ::mkdtemp(folder.data()) == nullptr) {
            problem_ = "cannot make a temporary folder " + folder;
            return Error(ErrorCode::SystemFailed, "make a temporary folder");
        }
        options_.run_folder = temporary_folder_ = folder;
    }
    std::filesystem::create_directories(options_.run_folder, trouble);
    options_.run_folder = std::filesystem::absolute(options_.run_folder).string();
    if (!trouble) return success();
    problem_ = "cannot make the folder " + options_.run_folder + ": " + trouble.message();
    return Error(ErrorCode::SystemFailed, "make the run folder");
}

Result<void> SimulateWorld::start_pcscd() {
    CARDMUX_TRY(make_run_folder());
    simulation::PrivatePcscdOptions settings;
    settings.run_folder = options_.run_folder;
    settings.reader_count = options_.readers;
    settings.reader_name = options_.reader_name;
    settings.first_port = options_.port;
    pcscd_ = std::make_unique<simulation::PrivatePcscd>(settings);
    auto started = pcscd_->prepare();
    if (started.ok()) started = pcscd_->start();
    if (!started.ok()) {
        problem_ = pcscd_->problem();
        return started;
    }
    // For ourselves and for a command that we run.
    ::setenv("PCSCLITE_CSOCK_NAME", pcscd_->socket_path().c_str(), 1);
    return success();
}

Result<void> SimulateWorld::add_reader(int number) {
    Reader reader;
    if (pcscd_) {
        reader.port = pcscd_->port_of(number);
        reader.name = pcscd_->name_of(number);
    } else {
        reader.port = static_cast<std::uint16_t>(options_.port + number);
    }
    reader.slot = std::make_unique<simulation::VpcdClient>(reader.port);
    CARDMUX_TRY_ASSIGN(auto card, make_card(cards_made_++));
    reader.cards.push_back(std::move(card));
    CARDMUX_TRY(reader.slot->start());
    readers_.push_back(std::move(reader));
    return success();
}

Result<std::shared_ptr<simulation::SimulatedPivCard>> SimulateWorld::make_card(int number) {
    return make_simulated_card(options_.profile, options_.card_settings, number, problem_);
}

Result<void> SimulateWorld::wait_until_seen() {
    std::vector<std::string> names;
    for (const Reader& reader : readers_) names.push_back(reader.name);
    const auto seen = wait_for_cards(names, Deadline::after(seen_within));
    if (!seen.ok()) {
        problem_ = "pcscd does not see the cards: " + to_string(seen.error());
        next_step_ = "see " + options_.run_folder + "/pcscd.log";
    }
    return seen;
}

Result<void> SimulateWorld::wait_until_connected() {
    const Deadline deadline = Deadline::after(connected_within);
    for (Reader& reader : readers_) {
        while (!reader.slot->is_connected() && !deadline.has_passed())
            sleep_for(std::chrono::milliseconds(10));
        if (reader.slot->is_connected()) continue;
        problem_ = "nobody takes the card on port " + std::to_string(reader.port) +
                   " of this machine (127.0.0.1)";
        next_step_ = "start a pcscd with vpcd (package vsmartcard-vpcd), or use --pcscd";
        return Error(ErrorCode::ServiceUnavailable, "connect to vpcd");
    }
    return success();
}

json SimulateWorld::description() {
    json readers = json::array();
    for (const Reader& reader : readers_) {
        readers.push_back({{"name", reader.name}, {"port", reader.port}});
    }
    json description = {{"readers", readers}};
    if (pcscd_) {
        description["environment"] = {{"PCSCLITE_CSOCK_NAME", pcscd_->socket_path()}};
        description["run_folder"] = options_.run_folder;
        description["pcscd_pid"] = pcscd_->pid();
    }
    return description;
}

const char* const simulate_commands =
    "  insert R | remove R | swap R (another card) | reset R (as another program would)\n"
    "  glitch R (the card loses its state, nobody is told) | lose R (its next answer)\n"
    "  delay R MS (all its commands take longer) | pin R NEW (changed behind your back)\n"
    "  forget R (its statistics)\n"
    "  pcscd kill | pcscd stop | pcscd start | status | help | quit\n";

json SimulateWorld::execute(const std::string& line) {
    std::istringstream stream(line);
    const std::vector<std::string> words{std::istream_iterator<std::string>(stream), {}};
    const auto word = [&words](std::size_t index) {
        return index < words.size() ? words[index] : std::string();
    };
    if (words.size() > 3) return failure("too many words: " + line);
    if (line == "status") return status();
    if (line == "help") return {{"ok", true}, {"commands", lines_of(simulate_commands)}};
    if (line == "quit") {
        quit_ = true;
        return success_object();
    }
    if (word(0) == "pcscd") return change_pcscd(word(1));
    Reader* reader = reader_named(word(1));
    if (reader == nullptr) return failure("not a command, or no such reader (try help): " + line);
    return change_card(word(0), word(2), *reader);
}

SimulateWorld::Reader* SimulateWorld::reader_named(const std::string& number) {
    std::size_t index = 0;
    const char* end = number.data() + number.size();
    const auto parsed = std::from_chars(number.data(), end, index);
    const bool is_known = parsed.ec == std::errc() && parsed.ptr == end && index < readers_.size();
    return is_known ? &readers_[index] : nullptr;
}

json SimulateWorld::change_card(const std::string& what, const std::string& argument,
                                Reader& reader) {
    if (trouble_card(*reader.cards[reader.current], what, argument)) return success_object();
    if (!argument.empty()) return failure("not a command: " + what + " with " + argument);
    if (what == "swap") return exchange_card(reader);
    if (what == "reset") return reset_through_pcsc(reader);
    if (what == "remove") {
        reader.slot->remove();
        return success_object();
    }
    if (what != "insert") return failure("not a command: " + what);
    if (reader.slot->card() == nullptr) reader.slot->insert(reader.cards[reader.current]);
    return success_object();
}

json SimulateWorld::exchange_card(Reader& reader) {
    if (reader.cards.size() == 1) {
        auto other = make_card(cards_made_++);
        if (!other.ok()) return failure(problem_);
        reader.cards.push_back(std::move(other).value());
    }
    reader.current = 1 - reader.current;
    reader.slot->insert(reader.cards[reader.current]);
    return success_object();
}

json SimulateWorld::reset_through_pcsc(const Reader& reader) {
    if (reader.name.empty()) return failure("reset needs --pcscd: the reader's name is not known");
    const auto done = reset_card(reader.name, Deadline::after(reset_within));
    return done.ok() ? success_object() : failure(to_string(done.error()));
}

json SimulateWorld::change_pcscd(const std::string& what) {
    if (!pcscd_) return failure("there is no pcscd of ours (--pcscd)");
    if (what == "kill") {
        pcscd_->kill();
    } else if (what == "stop") {
        pcscd_->stop();
    } else if (what == "start") {
        if (!pcscd_->start().ok()) return failure(pcscd_->problem());
    } else {
        return failure("pcscd kill, pcscd stop or pcscd start");
    }
    return success_object();
}

json SimulateWorld::status() {
    json readers = json::array();
    for (Reader& reader : readers_) {
        readers.push_back({{"name", reader.name},
                           {"port", reader.port},
                           {"inserted", reader.slot->card() != nullptr},
                           {"connected", reader.slot->is_connected()},
                           {"card", describe_card(*reader.cards[reader.current])}});
    }
    json status = success_object();
    status["readers"] = readers;
    if (pcscd_) status["pcscd"] = {{"running", pcscd_->is_running()}, {"pid", pcscd_->pid()}};
    return status;
}

}  // namespace cardmux::tool
