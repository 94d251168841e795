// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "simulation/world/nature.h"

#include <algorithm>

#include "simulation/world/foreign_program.h"

namespace cardmux::simulation {

void Nature::start() {
    (void)thread_.start("nature", [this] { live(); });
}

void Nature::finish() {
    world_.plan().end();
    agenda_changed_ = true;
    thread_.join();
    for (Thread& program : foreign_programs_) program.join();
    foreign_programs_.clear();
}

/// Until the plan has ended and everything is put right.
void Nature::live() {
    std::uint64_t events_left = world_.plan().events();
    TimePoint next_event = now() + world_.plan().pause();
    for (;;) {
        const bool ended = world_.plan().has_ended();
        if (ended && agenda_.empty() && striking_ == 0) return;
        std::optional<TimePoint> until = next_due();
        if (!ended && events_left > 0) until = until ? std::min(*until, next_event) : next_event;
        agenda_changed_ = false;
        world_.scheduler().wait(
            "the next event", [this] { return agenda_changed_; }, until);
        if (run_due()) continue;
        if (world_.plan().has_ended() || events_left == 0 || now() < next_event) continue;
        --events_left;
        next_event = now() + world_.plan().pause();
        strike_somewhere();
    }
}

void Nature::strike_somewhere() {
    const std::optional<Fault> fault = world_.plan().draw(Place::AnyTime);
    if (!fault) return;
    auto& readers = world_.readers();
    strike(*fault, readers.at(world_.plan().chance().below(readers.size())));
}

void Nature::later(Duration after, std::function<void()> action) {
    if (world_.has(Canary::StaysBroken)) return;
    agenda_.push_back({now() + after, std::move(action)});
    agenda_changed_ = true;
}

std::optional<TimePoint> Nature::next_due() const {
    std::optional<TimePoint> next;
    for (const Due& due : agenda_) {
        if (!next || due.when < *next) next = due.when;
    }
    return next;
}

bool Nature::run_due() {
    const auto due = std::find_if(agenda_.begin(), agenda_.end(),
                                  [](const Due& candidate) { return candidate.when <= now(); });
    if (due == agenda_.end()) return false;
    const auto action = std::move(due->action);
    agenda_.erase(due);
    action();
    return true;
}

void Nature::strike(Fault fault, WorldReader& reader) {
    ++world_.counts().faults[name_of(fault)];
    world_.note(std::string("! ") + name_of(fault), &reader, "");
    ++reader.epoch;
    ++striking_;
    note_possible_loss(fault, reader);
    carry_out(fault, reader);
    --striking_;
    agenda_changed_ = true;
}

/// Whose transaction it was has it no longer, and perhaps whose login it was, neither.
void Nature::note_possible_loss(Fault fault, WorldReader& reader) {
    FaultSet only;
    only.add(fault);
    if (!only.is_invisible()) world_.note_login_loss();
    if (fault == Fault::ServiceDown) {
        for (WorldReader& each : world_.readers()) each.holder = nullptr;
    }
    if (fault == Fault::Pulled || fault == Fault::Swapped || fault == Fault::Unplugged)
        reader.holder = nullptr;
}

void Nature::carry_out(Fault fault, WorldReader& reader) {
    switch (fault) {
        case Fault::Reset:
            world_.transport().reset(reader.name);
            break;
        case Fault::Unpowered:
            if (const auto card = world_.transport().card(reader.name)) card->power_off();
            world_.transport().reset(reader.name);
            break;
        case Fault::Pulled:
        case Fault::Swapped:
        case Fault::Unplugged:
        case Fault::ServiceDown:
        case Fault::Sharing:
        case Fault::Mute:
        case Fault::Hang:
            take_away(fault, reader);
            break;
        case Fault::ForeignHold:
        case Fault::ForeignSelect:
        case Fault::ForeignVerify:
        case Fault::ForeignDrop:
        case Fault::ForeignReset:
        case Fault::OneTryLeft:
            send_foreign_program(fault, reader);
            break;
        case Fault::PinChanged:
            change_pin(reader);
            break;
        case Fault::ProcessKilled:
        case Fault::ProcessStopped:
            strike_process(fault);
            break;
        case Fault::LostAnswer:
        case Fault::Truncated:
        case Fault::Late:
        case Fault::Stall:
            break;  // of the call, or of the schedule
    }
}

/// What is put right again after a while.
void Nature::take_away(Fault fault, WorldReader& reader) {
    SimulatedTransport& transport = world_.transport();
    const Duration length = world_.plan().length_of(fault);
    const auto put_right = [this, &reader](const char* what, auto action) {
        return [this, &reader, what, action] {
            ++reader.epoch;
            action();
            world_.note(std::string("! ") + what, &reader, "");
        };
    };
    const auto bring_home = [&transport, &reader] {
        transport.add_reader(reader.name);
        transport.insert(reader.name, reader.home);
        reader.holder = nullptr;
    };
    switch (fault) {
        case Fault::Pulled:
            transport.remove(reader.name);
            later(length, put_right("put back", bring_home));
            break;
        case Fault::Swapped:
            transport.insert(reader.name, reader.spare);
            later(length, put_right("put back", bring_home));
            break;
        case Fault::Unplugged:
            transport.remove_reader(reader.name);
            later(length, put_right("plugged in", bring_home));
            break;
        case Fault::ServiceDown:
            transport.stop_service();
            later(length, put_right("service up", [&transport] { transport.start_service(); }));
            break;
        case Fault::Sharing:
            transport.set_used_exclusively(reader.name, true);
            later(length, put_right("shared again", [&transport, &reader] {
                      transport.set_used_exclusively(reader.name, false);
                  }));
            break;
        case Fault::Mute:
            transport.set_mute(reader.name, true);
            later(length, put_right("answers again", [&transport, &reader] {
                      transport.set_mute(reader.name, false);
                  }));
            break;
        default:
            reader.home->set_delay(length);
            later(length, put_right("reader goes on",
                                    [&reader] { reader.home->set_delay(Duration::zero()); }));
    }
}

/// Whoever logged in before learns of it by one wrong try, which is allowed (G6).
void Nature::change_pin(WorldReader& reader) {
    ++reader.tries_allowed;
    reader.pin = reader.pin == "123456" ? "654321" : "123456";
    reader.home->change_pin_behind_back(reader.pin);
}

void Nature::send_foreign_program(Fault fault, WorldReader& reader) {
    const Duration length =
        world_.plan().length_of(fault == Fault::OneTryLeft ? Fault::ForeignSelect : fault);
    Thread program;
    (void)program.start("foreign", [this, fault, length, &reader] {
        world_.scheduler().set_process(foreign_process);
        use_card_as_foreign_program(world_, reader, fault, length);
    });
    foreign_programs_.push_back(std::move(program));
}

void Nature::strike_process(Fault fault) {
    if (victims_.empty()) return;
    const std::size_t which = world_.plan().chance().below(victims_.size());
    const ProcessNumber victim = victims_.at(which);
    if (fault == Fault::ProcessStopped) {
        world_.scheduler().stop(victim, now() + world_.plan().length_of(fault));
        return;
    }
    victims_.erase(victims_.begin() + static_cast<std::ptrdiff_t>(which));
    world_.scheduler().kill(victim);
    if (clean_up_) clean_up_(victim);
}

}  // namespace cardmux::simulation
