// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The explorer takes some worlds for one, and explores one error code for many. Here two worlds go
// side by side on random walks, one as the other's image: what is taken for one must decide alike
// at every step. (The walks are the same in every run.)
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "tests/explorer/explored_world.h"

namespace cardmux::explorer {
namespace {

using namespace transaction;  // NOLINT(google-build-using-namespace): all of its events

constexpr unsigned steps_max = 60;

/// Everything at once, and one of the settings.
Model model_of(unsigned seed) {
    Model model{{.operations = 3, .at_once = 2, .faults = 3, .wishes = 2, .logouts = 1, .stops = 1},
                small_settings,
                small_settings};
    model.bounds.stops = seed % 5 == 0 ? 1 : 0;
    model.settings.rides_through = seed % 2 == 1;
    model.settings.holds = seed % 3 != 0;
    model.settings.gaps = seed % 7 != 0;
    model.promised = model.settings;
    return model;
}

const Step& one_of(const std::vector<Step>& steps, std::mt19937& chance) {
    return steps.at(chance() % steps.size());
}

std::string to_string(const Decisions& decided) {
    std::string text;
    for (const Decision& decision : decided) text += transaction::to_string(decision) + "; ";
    return text;
}

// ---- clients of one class -----------------------------------------------------------------------

std::uint64_t mirrored(std::uint64_t id) {
    const unsigned client = client_of(id);
    return client == 1 || client == 2 ? client_id(3 - client) | (id & 3) : id;
}

Event mirrored(const Event& event) {
    if (const auto* e = std::get_if<Requested>(&event)) {
        return Requested{mirrored(e->id), mirrored(e->client), e->service_class};
    }
    if (const auto* e = std::get_if<Withdrawn>(&event)) return Withdrawn{mirrored(e->id)};
    return event;
}

TEST(Alike, worlds_with_two_clients_exchanged_have_one_fingerprint) {
    std::size_t differ_otherwise = 0;
    for (unsigned seed = 0; seed < 400; ++seed) {
        std::mt19937 chance(seed);
        const Model model = model_of(seed);
        Model unsimplified = model;
        unsimplified.bounds.simplified = false;
        World one(model);
        World other(model);
        std::vector<Step> steps;
        Decisions decided;
        for (unsigned i = 0; i < steps_max; ++i) {
            steps_of(one, model, steps);
            if (steps.empty()) break;
            const Step step = one_of(steps, chance);
            ASSERT_FALSE(take(one, step, model, decided));
            ASSERT_FALSE(
                take(other, {mirrored(step.event), step.strike, step.wanted}, model, decided));
            ASSERT_EQ(one.fingerprint(model).low(), other.fingerprint(model).low());
            ASSERT_EQ(one.fingerprint(model).high(), other.fingerprint(model).high());
            if (one.fingerprint(unsimplified).low() != other.fingerprint(unsimplified).low()) {
                ++differ_otherwise;
            }
        }
    }
    EXPECT_GT(differ_otherwise, 1000U) << "the walks never told the two apart";
}

// ---- what is forgotten --------------------------------------------------------------------------

bool is_among(const Step& step, const std::vector<Step>& steps) {
    return std::ranges::any_of(steps, [&](const Step& other) {
        return explorer::to_string(step) == explorer::to_string(other) &&
               step.wanted == other.wanted;
    });
}

/// What the simplified world cannot do must make no difference to it.
void expect_no_difference(const World& before, const World& after, const Model& model) {
    World simple_before = before;
    World simple_after = after;
    simple_before.simplify(model);
    simple_after.simplify(model);
    EXPECT_EQ(simple_before.fingerprint(model).low(), simple_after.fingerprint(model).low());
}

TEST(Alike, a_simplified_world_decides_as_the_whole_one) {
    std::size_t simplified = 0;
    for (unsigned seed = 0; seed < 1000; ++seed) {
        std::mt19937 chance(seed);
        const Model model = model_of(seed);
        World whole(model);
        World simple(model);
        std::vector<Step> steps;
        std::vector<Step> simple_steps;
        Decisions decided;
        Decisions simple_decided;
        for (unsigned i = 0; i < steps_max; ++i) {
            steps_of(whole, model, steps);
            steps_of(simple, model, simple_steps);
            if (steps.empty()) break;
            const Step step = one_of(steps, chance);
            const World before = whole;
            ASSERT_FALSE(take(whole, step, model, decided));
            if (is_among(step, simple_steps)) {
                ASSERT_FALSE(take(simple, step, model, simple_decided));
                ASSERT_EQ(to_string(decided), to_string(simple_decided));
                simple.simplify(model);
            } else {
                ASSERT_TRUE(decided.empty()) << to_string(decided);
                expect_no_difference(before, whole, model);
            }
            if (whole.fingerprint(model).low() != simple.fingerprint(model).low()) ++simplified;
        }
    }
    EXPECT_GT(simplified, 1000U) << "nothing was ever forgotten";
}

// ---- error codes --------------------------------------------------------------------------------

constexpr auto code_count = static_cast<unsigned>(ErrorCode::Internal) + 1;

/// The code that the explorer uses in its place.
ErrorCode explored_for(ErrorCode code) {
    switch (code) {
        case ErrorCode::CardAbsent:
        case ErrorCode::CardRemoved:
        case ErrorCode::ReaderUnavailable:
        case ErrorCode::ServiceUnavailable:
            return ErrorCode::CardAbsent;
        case ErrorCode::CardReset:
        case ErrorCode::CardUnresponsive:
        case ErrorCode::CardBusy:
            return code;
        default:
            return ErrorCode::AccessDenied;
    }
}

/// The event with `code` where it has the code that stands for it.
Event with_code(const Event& event, ErrorCode code) {
    const ErrorCode explored = explored_for(code);
    Event other = event;
    if (auto* e = std::get_if<BeginFailed>(&other); e != nullptr && e->code == explored) {
        e->code = code;
    } else if (auto* f = std::get_if<Finished>(&other); f != nullptr && f->loss == explored) {
        f->loss = code;
    } else if (auto* r = std::get_if<ReconnectFailed>(&other);
               r != nullptr && r->code == explored) {
        r->code = code;
    }
    return other;
}

/// With `code` in the answers as the explorer's.
std::string as_explored(Decisions decided, ErrorCode code) {
    for (Decision& decision : decided) {
        auto* answer = std::get_if<Answer>(&decision);
        if (answer != nullptr && answer->code == code) answer->code = explored_for(code);
    }
    return to_string(decided);
}

TEST(Alike, every_error_code_is_decided_as_the_one_that_is_explored_for_it) {
    for (unsigned number = 0; number < code_count; ++number) {
        const auto code = static_cast<ErrorCode>(number);
        std::size_t given = 0;
        for (unsigned seed = 0; seed < 300; ++seed) {
            std::mt19937 chance(seed);
            const Model model = model_of(seed);
            World world(model);
            CardMachine other(model.settings);
            std::vector<Step> steps;
            Decisions decided;
            for (unsigned i = 0; i < steps_max; ++i) {
                steps_of(world, model, steps);
                if (steps.empty()) break;
                const Step step = one_of(steps, chance);
                const Event event = with_code(step.event, code);
                if (transaction::to_string(event) != transaction::to_string(step.event)) ++given;
                if (std::holds_alternative<Finished>(event)) {
                    other.handle(TurnWanted{step.wanted != Wanted::ByNobody,
                                            step.wanted == Wanted::ByInteractive});
                }
                ASSERT_FALSE(take(world, step, model, decided));
                ASSERT_EQ(as_explored(decided, code), as_explored(other.handle(event), code))
                    << cardmux::name_of(code);
            }
        }
        if (code != explored_for(code)) {
            EXPECT_GT(given, 50U) << cardmux::name_of(code) << " was never given";
        }
    }
}

}  // namespace
}  // namespace cardmux::explorer
