// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "simulation/world/checkers/linearizability.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <set>

namespace cardmux::simulation {
namespace {

struct Card {
    int sessions = 0;
    bool is_logged_in = false;
    std::size_t losses = 0;  ///< of logins, by what may end one
    auto operator<=>(const Card&) const = default;
};

/// Whether it can only have ended so with somebody logged in.
bool wants_login(const Event& event) {
    if (event.action == Action::LogIn) return event.ending == Ending::AlreadySo;
    return event.ending == Ending::Done;
}

/// The card after the event; none if the event could not end so on this card. Of LogIn Done and
/// Refused say that nobody was logged in, of the others NotLoggedIn.
std::optional<Card> after(Card card, const Event& event, std::size_t losses_max) {
    if (event.action == Action::Open) {
        ++card.sessions;
        return card;
    }
    if (event.action == Action::Close) {
        if (--card.sessions == 0) card.is_logged_in = false;
        return card;
    }
    if (wants_login(event) && !card.is_logged_in) return std::nullopt;
    if (!wants_login(event) && card.is_logged_in) {
        if (card.losses == losses_max) return std::nullopt;
        ++card.losses;  // lost before, and seen now
    }
    const bool logs_in = event.action == Action::LogIn && event.ending != Ending::Refused;
    card.is_logged_in = logs_in || (event.action == Action::Use && wants_login(event));
    return card;
}

/// What has happened so far: all events before `first`, and those of `beyond`.
struct Progress {
    std::size_t first = 0;
    std::set<std::size_t> beyond;
    Card card;
    auto operator<=>(const Progress&) const = default;

    bool has(std::size_t index) const { return index < first || beyond.count(index) > 0; }
    void add(std::size_t index, const Card& then) {
        card = then;
        beyond.insert(index);
        while (beyond.erase(first) > 0) ++first;
    }
};

class Search {
  public:
    Search(std::vector<Event> events, std::vector<std::uint64_t> losses)
        : events_(std::move(events)), losses_(std::move(losses)) {}

    Explanation run() {
        Progress start;
        std::vector<Progress> open = {start};
        while (!open.empty()) {
            const Progress progress = open.back();
            open.pop_back();
            if (is_complete(progress)) return {.is_found = true, .stuck_at = {}};
            furthest_ = std::max(furthest_, progress.first);
            for (const std::size_t next : candidates(progress)) {
                const Event& event = events_.at(next);
                const auto card = after(progress.card, event, losses_until(event.ended));
                if (!card) continue;
                Progress further = progress;
                further.add(next, *card);
                if (seen_.insert(further).second) open.push_back(std::move(further));
            }
        }
        return {.is_found = false, .stuck_at = around_furthest()};
    }

  private:
    bool is_complete(const Progress& progress) const { return progress.first == events_.size(); }

    std::size_t losses_until(std::uint64_t step) const {
        return static_cast<std::size_t>(std::count_if(
            losses_.begin(), losses_.end(), [step](std::uint64_t loss) { return loss < step; }));
    }

    /// Those that began before any that is still to come has ended.
    std::vector<std::size_t> candidates(const Progress& progress) const {
        std::uint64_t first_end = std::numeric_limits<std::uint64_t>::max();
        std::vector<std::size_t> found;
        for (std::size_t i = progress.first; i < events_.size(); ++i) {
            if (progress.has(i)) continue;
            if (events_.at(i).begun > first_end) break;
            first_end = std::min(first_end, events_.at(i).ended);
            found.push_back(i);
        }
        std::erase_if(found, [&](std::size_t i) { return events_.at(i).begun > first_end; });
        return found;
    }

    std::string around_furthest() const {
        std::string text;
        const std::size_t begin = furthest_ > 3 ? furthest_ - 3 : 0;
        for (std::size_t i = begin; i < std::min(events_.size(), furthest_ + 5); ++i) {
            const Event& event = events_.at(i);
            text += "\n  " + std::to_string(event.begun) + ".." + std::to_string(event.ended) +
                    " " + event.text;
        }
        return text;
    }

    const std::vector<Event> events_;
    const std::vector<std::uint64_t> losses_;
    std::set<Progress> seen_;
    std::size_t furthest_ = 0;
};

}  // namespace

Explanation explain(std::vector<Event> events, std::vector<std::uint64_t> losses) {
    std::erase_if(events, [](const Event& event) {
        const bool changes_only_if_done =
            event.action == Action::Open || event.action == Action::Close;
        return event.ending == Ending::Unknown ||
               (changes_only_if_done && event.ending != Ending::Done);
    });
    std::sort(events.begin(), events.end(),
              [](const Event& a, const Event& b) { return a.begun < b.begun; });
    return Search(std::move(events), std::move(losses)).run();
}

}  // namespace cardmux::simulation
