// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "simulation/fault_plan.h"

#include <algorithm>

namespace cardmux::simulation {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

struct FaultFacts {
    const char* name;
    bool is_invisible;  ///< to callers
    Duration shortest;
    Duration longest;
};

constexpr std::array<FaultFacts, fault_count> facts = {{
    {"reset", true, {}, {}},
    {"unpowered", true, {}, {}},
    {"pulled", false, milliseconds(1), seconds(3)},
    {"swapped", false, milliseconds(50), seconds(3)},
    {"unplugged", false, milliseconds(1), seconds(3)},
    {"service down", false, milliseconds(1), seconds(2)},
    {"sharing", false, milliseconds(100), seconds(10)},
    {"mute", false, milliseconds(1), seconds(2)},
    {"lost answer", false, {}, {}},
    {"truncated", false, {}, {}},
    {"late", true, milliseconds(1), seconds(4)},
    {"hang", false, minutes(13), minutes(13)},
    {"foreign hold", true, milliseconds(1), seconds(8)},
    {"foreign select", true, milliseconds(1), milliseconds(50)},
    {"foreign verify", true, milliseconds(1), milliseconds(50)},
    {"foreign drop", true, milliseconds(1), milliseconds(50)},
    {"foreign reset", true, milliseconds(1), milliseconds(50)},
    {"PIN changed", false, {}, {}},
    {"one try left", false, {}, {}},
    {"process killed", true, {}, {}},
    {"process stopped", true, milliseconds(1), seconds(20)},
    {"stall", true, {}, {}},
}};

const FaultFacts& facts_of(Fault fault) {
    return facts.at(static_cast<std::size_t>(fault));
}

}  // namespace

const char* name_of(Fault fault) {
    return facts_of(fault).name;
}

const std::vector<Fault>& faults_at(Place place) {
    using enum Fault;
    static const std::array<std::vector<Fault>, place_count> table = {{
        {ServiceDown},
        {ServiceDown, Unplugged},
        {ServiceDown, Unplugged, Pulled, Swapped},
        {Sharing, Mute, Pulled, ServiceDown},
        {Reset, Pulled, ServiceDown, ForeignHold},
        {Reset, Unpowered, Pulled, Unplugged, ServiceDown, Hang},
        {LostAnswer, Truncated, Late, Reset, Pulled},
        {Reset, Pulled, ServiceDown},
        {Reset, Pulled, ServiceDown},
        {Reset},
        {Reset, Unpowered, Pulled, Swapped, Unplugged, ServiceDown, Sharing, ForeignHold,
         ForeignSelect, ForeignVerify, ForeignDrop, ForeignReset, PinChanged, OneTryLeft,
         ProcessKilled, ProcessStopped},
    }};
    return table.at(static_cast<std::size_t>(place));
}

bool FaultSet::empty() const {
    return std::none_of(on_.begin(), on_.end(), [](bool is_on) { return is_on; });
}

bool FaultSet::is_invisible() const {
    for (std::size_t i = 0; i < fault_count; ++i) {
        if (on_.at(i) && !facts.at(i).is_invisible) return false;
    }
    return true;
}

std::string FaultSet::text() const {
    std::string text;
    for (std::size_t i = 0; i < fault_count; ++i) {
        if (on_.at(i)) text += (text.empty() ? "" : ", ") + std::string(facts.at(i).name);
    }
    return text.empty() ? "none" : text;
}

FaultPlan::FaultPlan(std::uint64_t seed, Mode mode, std::uint64_t sweep_step)
    : chance_(seed, "faults") {
    const bool calm = mode == Mode::Calm || (mode == Mode::Swarm && chance_.one_in(4));
    if (calm) return;
    // Now and then only what callers must not notice: then every call of theirs has to succeed.
    const bool invisible_only = chance_.one_in(3);
    const std::uint64_t kind_one_in = chance_.between(2, 6);
    for (std::size_t i = 0; i < fault_count; ++i) {
        const bool is_on = chance_.one_in(kind_one_in);
        if (is_on && (!invisible_only || facts.at(i).is_invisible)) {
            kinds_.add(static_cast<Fault>(i));
        }
    }
    constexpr std::array<std::uint64_t, 3> rates = {20, 100, 400};
    one_in_ = rates.at(chance_.below(rates.size()));
    events_ = chance_.between(0, 8);
    if (mode == Mode::Sweep) {
        sweep_step_ = sweep_step;
        events_ = 0;
    }
}

std::optional<Fault> FaultPlan::draw(Place place) {
    if (ended_) return std::nullopt;
    std::vector<Fault> possible;
    for (const Fault fault : faults_at(place)) {
        if (fault == Fault::Hang && hangs_left_ == 0) continue;
        const bool is_reset = fault == Fault::Reset || fault == Fault::Unpowered;
        if (is_reset && place != Place::AnyTime && chances_ < next_reset_) continue;
        if (kinds_.has(fault)) possible.push_back(fault);
    }
    ++chances_;
    if (possible.empty()) return std::nullopt;
    if (place != Place::AnyTime) {
        const bool is_due = sweep_step_ != 0 ? chances_ == sweep_step_ : chance_.one_in(one_in_);
        if (!is_due) return std::nullopt;
    }
    const Fault fault = possible.at(chance_.below(possible.size()));
    if (fault == Fault::Hang) --hangs_left_;
    constexpr std::uint64_t places_of_an_operation = 40;  // two for each command
    if (kinds_.is_invisible()) next_reset_ = chances_ + places_of_an_operation;
    ++drawn_;
    return fault;
}

Duration FaultPlan::pause() {
    constexpr std::array<Duration, 4> scales = {milliseconds(2), milliseconds(50), seconds(1),
                                                seconds(8)};
    const Duration scale = scales.at(chance_.below(scales.size()));
    return Duration(
        static_cast<Duration::rep>(chance_.below(static_cast<std::uint64_t>(scale.count()))));
}

Duration FaultPlan::length_of(Fault fault) {
    const FaultFacts& about = facts_of(fault);
    const auto spread = static_cast<std::uint64_t>((about.longest - about.shortest).count());
    return about.shortest + Duration(static_cast<Duration::rep>(chance_.below(spread)));
}

}  // namespace cardmux::simulation
