// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Drives the machine through every order of events of small worlds, one for each of several
// settings, and writes down, for each phase and event, all that it was seen to decide:
// docs/transitions.md. What has to hold in every world (a request is never forgotten, a turn never
// kept, one thing under way at a time ...) is checked in each. There are some hundred thousand.
// CARDMUX_ALL_WORLDS=1 visits all of them (the long test transaction.all_worlds, in the release
// build) and wants the file to be the same; otherwise the nearest ones are visited, and what they
// decide has to be in the file. CARDMUX_WRITE_DOCS=1 with all worlds writes the file.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <limits>
#include <set>
#include <sstream>
#include <utility>
#include <vector>

#include "transaction/card_machine.h"

namespace cardmux::transaction {
namespace {

/// What was decided and has not been answered by its event yet. One at most.
enum class UnderWay : std::uint8_t { Nothing, TakeTurn, Begin, Run, End, Reconnect };

/// A machine and what the world around it knows: which timers run, which requests are open.
struct World {
    CardMachine machine;
    std::set<Timer> armed;
    std::set<RequestId> open;
    RequestId running = 0;  // on the card, even if its caller has gone; not reused meanwhile
    UnderWay under_way = UnderWay::Nothing;
    bool turn_held = false;

    auto operator<=>(const World& other) const = default;
};

struct Explored {
    const char* name;
    MachineSettings settings;
};

/// The worlds of these settings are explored, one after another.
std::vector<Explored> explored_settings() {
    constexpr MachineSettings small{.quantum_operations = 1,
                                    .attempts_max = 2,
                                    .recoveries_max = 2,
                                    .busy_retries_max = 1,
                                    .interactive_run_max = 1};
    std::vector<Explored> explored{
        {"default", small}, {"ride through", small}, {"no holds", small}, {"no gaps", small}};
    explored[1].settings.rides_through = true;
    explored[2].settings.holds = false;
    explored[3].settings.gaps = false;
    return explored;
}
/// Connected or not, and whose turn it was among the classes: all that may differ when idle.
constexpr std::size_t idle_kinds = 4;
constexpr std::size_t near_worlds = 4000;

/// Codes that the machine treats alike: the first stands for all, and the test checks that.
constexpr std::array gone{ErrorCode::CardAbsent, ErrorCode::CardRemoved,
                          ErrorCode::ReaderUnavailable, ErrorCode::ServiceUnavailable};
constexpr std::array refused{ErrorCode::AccessDenied, ErrorCode::OutOfMemory, ErrorCode::Internal};

/// The other codes of its class.
std::vector<ErrorCode> codes_alike(ErrorCode code) {
    if (code == gone[0]) return {gone.begin() + 1, gone.end()};
    if (code == refused[0]) return {refused.begin() + 1, refused.end()};
    return {};
}

/// The same event with the other codes.
std::vector<Event> events_alike(const Event& event) {
    std::vector<Event> events;
    if (const auto* begin = std::get_if<BeginFailed>(&event)) {
        for (const ErrorCode code : codes_alike(begin->code)) {
            events.emplace_back(BeginFailed{code, begin->connected});
        }
    } else if (const auto* finished = std::get_if<Finished>(&event)) {
        for (const ErrorCode code : codes_alike(finished->loss)) {
            events.emplace_back(Finished{finished->outcome, code});
        }
    } else if (const auto* reconnect = std::get_if<ReconnectFailed>(&event)) {
        for (const ErrorCode code : codes_alike(reconnect->code)) {
            events.emplace_back(ReconnectFailed{code});
        }
    }
    return events;
}

void add_replies(const World& world, std::vector<Event>& events) {
    switch (world.under_way) {
        case UnderWay::TakeTurn:
            events.insert(events.end(), {TurnGained{false}, TurnGained{true}});
            break;
        case UnderWay::Begin:
            events.insert(events.end(), {Begun{}, BeginFailed{ErrorCode::CardReset, true},
                                         BeginFailed{ErrorCode::CardUnresponsive, true},
                                         BeginFailed{ErrorCode::CardUnresponsive, false},
                                         BeginFailed{gone[0], true}, BeginFailed{gone[0], false},
                                         BeginFailed{ErrorCode::CardBusy, false},
                                         BeginFailed{refused[0], false}});
            break;
        case UnderWay::Run:
            events.emplace_back(Finished{});
            for (const ErrorCode loss :
                 {ErrorCode::CardReset, ErrorCode::CardUnresponsive, gone[0]}) {
                events.emplace_back(Finished{Outcome::LostRepeatable, loss});
                events.emplace_back(Finished{Outcome::LostFinal, loss});
            }
            events.emplace_back(Finished{Outcome::LostFinal, refused[0]});
            break;
        case UnderWay::End:
            events.emplace_back(Ended{});
            break;
        case UnderWay::Reconnect:
            events.insert(events.end(), {Reconnected{}, ReconnectFailed{gone[0]},
                                         ReconnectFailed{ErrorCode::CardUnresponsive}});
            break;
        case UnderWay::Nothing:
            break;
    }
}

/// The events that can happen in this world.
std::vector<Event> possible_events(const World& world) {
    std::vector<Event> events;
    for (RequestId id : {1, 2}) {
        const auto service_class = id == 1 ? ServiceClass::Interactive : ServiceClass::Bulk;
        const bool is_open = world.open.count(id) != 0;
        if (is_open) events.emplace_back(Withdrawn{id});
        if (!is_open && world.running != id) {
            events.emplace_back(Requested{id, id, service_class});
        }
    }
    add_replies(world, events);
    for (Timer timer : world.armed) events.emplace_back(TimerFired{timer});
    events.insert(events.end(),
                  {TurnWanted{false, false}, TurnWanted{true, false}, TurnWanted{true, true},
                   ReleaseAsked{}, CardArrived{}, CardLeft{}, StopAsked{}});
    return events;
}

// ---- what the world learns of it, and what has to hold ------------------------------------------

UnderWay started_by(const Decision& decision) {
    if (std::holds_alternative<TakeTurn>(decision)) return UnderWay::TakeTurn;
    if (std::holds_alternative<Begin>(decision)) return UnderWay::Begin;
    if (std::holds_alternative<Run>(decision)) return UnderWay::Run;
    if (std::holds_alternative<End>(decision)) return UnderWay::End;
    if (std::holds_alternative<Reconnect>(decision)) return UnderWay::Reconnect;
    return UnderWay::Nothing;
}

bool is_reply(const Event& event) {
    return std::holds_alternative<TurnGained>(event) || std::holds_alternative<Begun>(event) ||
           std::holds_alternative<BeginFailed>(event) || std::holds_alternative<Finished>(event) ||
           std::holds_alternative<Ended>(event) || std::holds_alternative<Reconnected>(event) ||
           std::holds_alternative<ReconnectFailed>(event);
}

void note_event(World& world, const Event& event) {
    if (const auto* requested = std::get_if<Requested>(&event)) world.open.insert(requested->id);
    if (const auto* withdrawn = std::get_if<Withdrawn>(&event)) world.open.erase(withdrawn->id);
    if (const auto* fired = std::get_if<TimerFired>(&event)) world.armed.erase(fired->timer);
    if (std::holds_alternative<TurnGained>(event)) world.turn_held = true;
    if (is_reply(event)) world.under_way = UnderWay::Nothing;
}

/// Empty: the decision may be taken in this world.
std::string note_decision(World& world, const Decision& decision) {
    const UnderWay started = started_by(decision);
    if (started != UnderWay::Nothing) {
        if (world.under_way != UnderWay::Nothing) return "two things are under way";
        if (world.turn_held == (started == UnderWay::TakeTurn)) return "the turn is wrong";
        if (started == UnderWay::Begin && world.open.empty()) return "begins for nobody";
        world.under_way = started;
    }
    if (std::holds_alternative<GiveTurn>(decision)) {
        if (!world.turn_held) return "gives a turn that it has not";
        if (world.under_way != UnderWay::Nothing) return "gives the turn too early";
        world.turn_held = false;
    }
    if (const auto* answer = std::get_if<Answer>(&decision)) {
        const bool is_owed = world.open.erase(answer->id) == 1 || world.running == answer->id;
        if (!is_owed) return "answers twice";
        if (world.running == answer->id) world.running = 0;
    }
    if (const auto* run = std::get_if<Run>(&decision)) world.running = run->id;
    if (const auto* arm = std::get_if<Arm>(&decision)) world.armed.insert(arm->timer);
    if (const auto* disarm = std::get_if<Disarm>(&decision)) world.armed.erase(disarm->timer);
    return "";
}

/// Empty: the world is as it should be after an event.
std::string fault_in(const World& world) {
    const Phase phase = world.machine.phase();
    const bool running_is_open = world.open.count(world.running) != 0;
    if (world.machine.waiting_count() + (running_is_open ? 1 : 0) != world.open.size()) {
        return "a request is neither queued nor running nor answered";
    }
    if ((world.under_way == UnderWay::Run) != (world.running != 0)) return "who runs is unknown";
    const bool at_rest = phase == Phase::Idle || phase == Phase::Stopped;
    if (!at_rest) {
        const bool goes_on = world.under_way != UnderWay::Nothing || !world.armed.empty();
        return goes_on ? "" : "nothing will ever happen again";
    }
    if (world.under_way != UnderWay::Nothing) return "something is under way at rest";
    if (world.turn_held) return "the turn is kept at rest";
    if (!world.open.empty()) return "somebody waits at rest";
    const bool may_idle = phase == Phase::Idle && world.machine.is_connected();
    const std::set<Timer> allowed = may_idle ? std::set{Timer::Idle} : std::set<Timer>{};
    if (world.armed != allowed) return "the timers at rest are wrong";
    if (phase == Phase::Stopped && world.machine.is_connected()) return "stopped and connected";
    return "";
}

/// Empty: all is well.
std::string note(World& world, const Event& event, const Decisions& decisions) {
    note_event(world, event);
    std::string fault;
    for (const Decision& decision : decisions) {
        const std::string found = note_decision(world, decision);
        if (fault.empty()) fault = found;
    }
    if (std::holds_alternative<Finished>(event) && world.under_way != UnderWay::Run) {
        world.running = 0;
    }
    return fault.empty() ? fault_in(world) : fault;
}

void replace(std::string& text, const std::string& what, const std::string& by) {
    const auto at = text.find(what);
    if (at != std::string::npos) text.replace(at, what.size(), by);
}

/// Numbers are the small world's; in a table "n" says more, as does a code's class.
std::string generalised(std::string text) {
    for (char& c : text) {
        if (c == '1' || c == '2') c = 'n';
    }
    for (const ErrorCode code : gone) replace(text, cardmux::name_of(code), "(gone)");
    for (const ErrorCode code : refused) replace(text, cardmux::name_of(code), "(refused)");
    return text;
}

std::string text_of(const Decisions& decisions) {
    std::string text;
    for (const Decision& decision : decisions) {
        if (std::holds_alternative<Disarm>(decision)) continue;
        text += (text.empty() ? "" : ", ") + generalised(to_string(decision));
    }
    return text.empty() ? "-" : text;
}

struct Exploration {
    std::set<std::string> rows;
    std::set<Phase> phases;
    std::set<std::string> faults;  // with the phase and event that showed it
    std::size_t worlds = 0;
};

/// What the table says of one transition; empty if nothing changed.
std::string row_of(const CardMachine& before, const Event& event, const Decisions& decisions,
                   const CardMachine& after) {
    if (before.phase() == after.phase() && decisions.empty()) return "";
    return std::string("| ") + name_of(before.phase()) + " | " + generalised(to_string(event)) +
           " | " + text_of(decisions) + " | " + name_of(after.phase()) + " |";
}

/// Empty: the codes of one class make no difference here.
std::string difference_of_codes(const CardMachine& before, const Event& event,
                                const std::string& row) {
    for (const Event& other : events_alike(event)) {
        CardMachine after = before;
        const Decisions decisions = after.handle(other);
        if (row_of(before, other, decisions, after) != row) return to_string(other) + " differs";
    }
    return "";
}

void explore(const MachineSettings& settings, std::size_t worlds_max, Exploration& seen) {
    std::set<World> met;
    std::set<CardMachine> idle;
    std::deque<World> worlds{World{CardMachine(settings), {}, {}}};
    while (!worlds.empty() && met.size() < worlds_max) {
        const World before = std::move(worlds.front());
        worlds.pop_front();
        for (const Event& event : possible_events(before)) {
            World after = before;
            const Decisions decisions = after.machine.handle(event);
            std::string fault = note(after, event, decisions);
            const std::string row = row_of(before.machine, event, decisions, after.machine);
            if (fault.empty()) fault = difference_of_codes(before.machine, event, row);
            if (!fault.empty()) seen.faults.insert(fault + ": " + row);
            if (!row.empty()) seen.rows.insert(row);
            seen.phases.insert(after.machine.phase());
            after.machine.forget_history({});
            if (after.machine.phase() == Phase::Idle) idle.insert(after.machine);
            if (met.insert(after).second) worlds.push_back(std::move(after));
        }
    }
    seen.worlds += met.size();
    if (idle.size() > idle_kinds) {
        seen.faults.insert("an idle card remembers troubles: " + std::to_string(idle.size()));
    }
}

std::string table_of(const Exploration& exploration) {
    std::ostringstream text;
    text << "# Transitions of the transaction manager\n\n"
            "Written by `src/transaction/transition_table_test.cpp` from the code that ships; do "
            "not edit.\n"
            "Two requests (one interactive, one bulk), every order of events until nothing new is "
            "found;\n"
            "what was decided for each event in each phase, with the settings as they are, with "
            "ride_through,\nwithout holds, and without gaps. Disarmed timers are left out, as are "
            "events that change nothing.\n\n"
            "(gone) is CardAbsent, CardRemoved, ReaderUnavailable or ServiceUnavailable; (refused) "
            "is AccessDenied,\nOutOfMemory, Internal or any other error: each is treated as "
            "the others of its class are.\n\n"
            "| phase | event | decisions, in order | next phase |\n|---|---|---|---|\n";
    for (const std::string& row : exploration.rows) text << row << "\n";
    return text.str();
}

TEST(TransitionTable, in_docs_is_what_the_machine_does) {
    const bool all = std::getenv("CARDMUX_ALL_WORLDS") != nullptr;
    Exploration exploration;
    for (const auto& [name, settings] : explored_settings()) {
        const std::size_t before = exploration.worlds;
        explore(settings, all ? std::numeric_limits<std::size_t>::max() : near_worlds, exploration);
        std::printf("%s: %zu worlds\n", name, exploration.worlds - before);
    }
    for (const std::string& fault : exploration.faults) ADD_FAILURE() << fault;
    EXPECT_EQ(exploration.phases.size(), phase_count) << "a phase was not reached";
    const char* const path = CARDMUX_SOURCE_DIR "/docs/transitions.md";
    if (all && std::getenv("CARDMUX_WRITE_DOCS") != nullptr) {
        std::ofstream(path) << table_of(exploration);
    }
    std::ifstream file(path);
    const std::string written((std::istreambuf_iterator<char>(file)),
                              std::istreambuf_iterator<char>());
    if (all) {
        EXPECT_TRUE(written == table_of(exploration))
            << "run this test with CARDMUX_WRITE_DOCS=1 too and read the difference";
        return;
    }
    for (const std::string& row : exploration.rows) {
        EXPECT_NE(written.find("\n" + row + "\n"), std::string::npos)
            << row << " is not in docs/transitions.md; see the head of this file";
    }
}

}  // namespace
}  // namespace cardmux::transaction
