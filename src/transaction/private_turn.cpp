// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "transaction/outer_turn.h"

namespace cardmux::transaction {
namespace {

class PrivateTurn final : public OuterTurn {
  public:
    Result<void> take(ServiceClass) override {
        if (now() - released_at_ >= foreign_gap) busy_since_ = now();
        return success();
    }
    void hurry() override {}
    void give() override { released_at_ = now(); }
    Wanted wanted() override { return {}; }
    /// Nobody else's turn is known, and our own operations are counted elsewhere.
    TimePoint last_released() const override { return {}; }
    TimePoint busy_since() override { return busy_since_; }
    void gap_left() override { busy_since_ = now(); }

    std::uint64_t next_stamp() override { return ++last_stamp_; }
    std::uint64_t refused_stamp() override { return refused_stamp_; }
    void note_refused() override { refused_stamp_ = next_stamp(); }

  private:
    std::uint64_t last_stamp_ = 0;
    std::uint64_t refused_stamp_ = 0;
    TimePoint busy_since_;
    TimePoint released_at_;
};

}  // namespace

std::unique_ptr<OuterTurn> make_private_turn() {
    return std::make_unique<PrivateTurn>();
}

}  // namespace cardmux::transaction
