// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "simulation/world/observed_turn.h"

namespace cardmux::simulation {
namespace {

using transaction::OuterTurn;
using transaction::ServiceClass;

class ObservedTurn final : public OuterTurn {
  public:
    ObservedTurn(World& world, WorldReader* reader, ProcessNumber process,
                 std::unique_ptr<OuterTurn> inner)
        : world_(world), reader_(reader), process_(process), inner_(std::move(inner)) {}

    Result<void> take(ServiceClass service_class) override {
        const auto taken = inner_->take(service_class);
        if (reader_ != nullptr && taken) reader_->turn = "p" + std::to_string(process_);
        world_.note("turn", reader_, taken ? "ok" : name_of(taken.error().code));
        return taken;
    }
    void give() override {
        world_.note("turn over", reader_, "");
        if (reader_ != nullptr) reader_->turn = "-";
        inner_->give();
    }
    void hurry() override { inner_->hurry(); }
    Wanted wanted() override { return inner_->wanted(); }
    TimePoint last_released() const override { return inner_->last_released(); }
    TimePoint busy_since() override { return inner_->busy_since(); }
    void gap_left() override { inner_->gap_left(); }
    std::uint64_t next_stamp() override { return inner_->next_stamp(); }
    std::uint64_t refused_stamp() override { return inner_->refused_stamp(); }
    void note_refused() override {
        world_.note("PIN refused, told to all", reader_, "");
        inner_->note_refused();
    }

  private:
    World& world_;
    WorldReader* const reader_;
    const ProcessNumber process_;
    const std::unique_ptr<OuterTurn> inner_;
};

}  // namespace

provider::TurnFactory observed_turns(World& world, ProcessNumber process) {
    return [&world, process](const std::string& folder, const std::string& name,
                             const std::string& reader) -> Result<std::unique_ptr<OuterTurn>> {
        CARDMUX_TRY_ASSIGN(auto inner, transaction::open_shared_turn(folder, name, reader));
        return std::unique_ptr<OuterTurn>(std::make_unique<ObservedTurn>(
            world, world.find_reader(reader), process, std::move(inner)));
    };
}

}  // namespace cardmux::simulation
