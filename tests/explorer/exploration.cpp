// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "tests/explorer/exploration.h"

#include <algorithm>
#include <atomic>
#include <thread>
#include <tuple>
#include <utility>

#include "tests/explorer/seen_worlds.h"
#include "tests/explorer/way_back.h"

namespace cardmux::explorer {
namespace {

using transaction::Phase;

constexpr std::size_t worlds_at_a_time = 64;

/// A violation, and where: none of the steps is the way back from the world itself.
struct Failure {
    Violation violation;
    std::uint64_t world = 0;
    std::optional<std::size_t> step;

    /// Which of several at the same depth is shown does not depend on the threads.
    bool operator<(const Failure& other) const {
        return std::tuple(violation.invariant, world, step) <
               std::tuple(other.violation.invariant, other.world, other.step);
    }
};

/// One thread's part of the worlds at one depth.
struct Found {
    std::vector<World> next;
    std::size_t transitions = 0;
    unsigned longest_way_back = 0;
    std::array<std::size_t, transaction::phase_count> worlds_in{};
    std::optional<Failure> failure;
    std::vector<Step> steps;
    Decisions decided;

    void fail(const Failure& other) {
        if (!failure || other < *failure) failure = other;
    }
};

class Exploration {
  public:
    Exploration(const Model& model, unsigned threads) : model_(model), found_(threads) {}

    Explored run() {
        World first(model_);
        first.simplify(model_);
        seen_.insert(first.fingerprint(model_), 0);
        worlds_.emplace_back().push_back(std::move(first));
        while (!failure_) {
            visit_all();
            if (!gather()) break;
            ++explored_.depth;
        }
        explored_.worlds = seen_.size();
        explored_.bytes = seen_.bytes();
        if (failure_) describe(*failure_);
        return std::move(explored_);
    }

  private:
    void visit_all() {
        std::vector<std::thread> threads;
        next_.store(0);
        for (Found& found : found_) threads.emplace_back([&] { work(found); });
        for (std::thread& thread : threads) thread.join();
    }

    /// The worlds of one depth are the lists of all threads, one after another.
    void work(Found& found) {
        for (;;) {
            std::size_t from = next_.fetch_add(worlds_at_a_time);
            std::size_t left = worlds_at_a_time;
            std::size_t list = 0;
            for (; list < worlds_.size() && from >= worlds_[list].size(); ++list) {
                from -= worlds_[list].size();
            }
            if (list == worlds_.size()) return;
            for (; left != 0 && list < worlds_.size(); --left) {
                visit(worlds_[list][from], found);
                for (++from; list < worlds_.size() && from >= worlds_[list].size(); ++list) {
                    from = 0;
                }
            }
        }
    }

    void visit(const World& world, Found& found) {
        const std::uint64_t here = world.fingerprint(model_).low();
        ++found.worlds_in.at(static_cast<std::size_t>(world.machine.phase()));
        const WayBack way = way_back_from(world, model_);
        found.longest_way_back = std::max(found.longest_way_back, way.steps);
        if (way.violation) found.fail({*way.violation, here, std::nullopt});
        steps_of(world, model_, found.steps);
        for (std::size_t i = 0; i < found.steps.size(); ++i) {
            World after = world;
            ++found.transitions;
            const auto violation = take(after, found.steps[i], model_, found.decided);
            if (violation) {
                found.fail({*violation, here, i});
                continue;
            }
            after.simplify(model_);
            if (seen_.insert(after.fingerprint(model_), here)) {
                found.next.push_back(std::move(after));
            }
        }
    }

    /// Whether there are worlds of the next depth.
    bool gather() {
        worlds_.clear();
        for (Found& found : found_) {
            explored_.transitions += std::exchange(found.transitions, 0);
            explored_.longest_way_back =
                std::max(explored_.longest_way_back, found.longest_way_back);
            for (std::size_t i = 0; i < transaction::phase_count; ++i) {
                explored_.worlds_in.at(i) += std::exchange(found.worlds_in.at(i), 0);
            }
            if (found.failure && (!failure_ || *found.failure < *failure_)) {
                failure_ = found.failure;
            }
            if (!found.next.empty()) worlds_.push_back(std::exchange(found.next, {}));
        }
        return !worlds_.empty();
    }

    /// Goes the way once more, since only fingerprints were kept.
    void describe(const Failure& failure) {
        World world(model_);
        world.simplify(model_);
        std::vector<std::uint64_t> way = seen_.way_to(failure.world);
        for (std::size_t i = 1; i < way.size(); ++i) world = go_on(world, way[i]);
        if (failure.step) {
            steps_of(world, model_, steps_);
            show_step(world, steps_.at(*failure.step));
        } else {
            explored_.way += "  and from here, with nothing more going wrong:\n";
        }
        explored_.way += std::string("  ") + name_of(failure.violation.invariant) + ": " +
                         failure.violation.what + "\n";
        explored_.violation = failure.violation;
    }

    World go_on(const World& world, std::uint64_t to) {
        steps_of(world, model_, steps_);
        for (const Step& step : steps_) {
            World after = world;
            if (take(after, step, model_, decided_)) continue;
            after.simplify(model_);
            if (after.fingerprint(model_).low() != to) continue;
            show_step(world, step);
            return after;
        }
        explored_.way += "  (a step is missing)\n";
        return world;
    }

    void show_step(World world, const Step& step) {
        decided_.clear();
        take(world, step, model_, decided_);
        explored_.way += "  " + to_string(step) + "\n";
        for (const Decision& decision : decided_) {
            explored_.way += "      -> " + transaction::to_string(decision) + "\n";
        }
    }

    const Model& model_;
    SeenWorlds seen_;
    std::vector<std::vector<World>> worlds_;  // of the depth that is visited
    std::atomic<std::size_t> next_ = 0;
    std::vector<Found> found_;
    std::optional<Failure> failure_;
    std::vector<Step> steps_;
    Decisions decided_;
    Explored explored_;
};

}  // namespace

Explored explore(const Model& model, unsigned threads) {
    return Exploration(model, std::max(1U, threads)).run();
}

}  // namespace cardmux::explorer
