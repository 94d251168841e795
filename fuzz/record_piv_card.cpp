// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// record_piv_card use|write <words> <file>: writes what a simulated PIV card answers to everything
// that the driver asks, as an input of piv_driver_fuzz or piv_management_fuzz. That is how their
// seeds were made; <words> are those of simulation/simulation_spec.h.
#include <cstdio>
#include <fstream>
#include <string_view>

#include "fuzz/use_piv_driver.h"
#include "fuzz/use_piv_management.h"
#include "simulation/simulation_spec.h"

namespace cardmux::fuzz {
namespace {

void append_block(Bytes& to, ByteView block) {
    to.push_back(static_cast<std::uint8_t>(block.size() & 0xff));
    to.push_back(static_cast<std::uint8_t>(block.size() >> 8));
    append(to, block);
}

class RecordingChannel final : public iso7816::ApduChannel {
  public:
    explicit RecordingChannel(simulation::SimulatedPivCard& card) : card_(card) {}

    Result<Bytes> transmit(ByteView command) override {
        Bytes answer = card_.transmit(command);
        append_block(record, answer);
        return answer;
    }

    Bytes record;

  private:
    simulation::SimulatedPivCard& card_;
};

int record(bool writes, const char* words, const char* path) {
    std::string problem;
    const auto spec = simulation::parse_simulation_spec(words, problem);
    const auto card =
        spec.ok() ? simulation::SimulatedPivCard::create(card_options(*spec, 0)) : spec.error();
    if (!card.ok()) {
        std::fprintf(stderr, "%s\n", problem.c_str());
        return 1;
    }
    (*card)->reset();
    RecordingChannel channel(**card);
    if (writes)
        use_piv_management(channel, (*card)->atr());
    else
        use_piv_driver(channel, (*card)->atr());
    Bytes input;
    append_block(input, (*card)->atr());
    input.push_back(0);  // breaks at the end
    append(input, channel.record);
    std::ofstream file(path, std::ios::binary);
    file.write(reinterpret_cast<const char*>(input.data()),
               static_cast<std::streamsize>(input.size()));
    return file.good() ? 0 : 1;
}

}  // namespace
}  // namespace cardmux::fuzz

int main(int argument_count, char** arguments) {
    const std::string_view what = argument_count == 4 ? arguments[1] : "";
    if (what != "use" && what != "write") {
        std::fprintf(stderr, "usage: record_piv_card use|write <words> <file>\n");
        return 2;
    }
    return cardmux::fuzz::record(what == "write", arguments[2], arguments[3]);
}
