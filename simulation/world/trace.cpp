// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "simulation/world/trace.h"

#include <array>
#include <cstdio>

namespace cardmux::simulation {

const char* Trace::header() {
    return "     time ms  client              step                              card   epoch  turn "
           " "
           "result";
}

std::string TraceLine::text() const {
    std::array<char, 400> text{};
    const int size =
        std::snprintf(text.data(), text.size(), "%12.3f  %-18s  %-32s  %-5s %6llu  %-4s  %s",
                      milliseconds(time.time_since_epoch() - std::chrono::seconds(1000)),
                      client.c_str(), step.c_str(), card.c_str(),
                      static_cast<unsigned long long>(epoch), turn.c_str(), result.c_str());
    return size > 0 ? std::string(text.data()) : std::string();
}

void Trace::add(const TraceLine& line) {
    std::string text = line.text();
    ++count_;
    hash_.add(text);
    lines_.push_back(std::move(text));
    if (kept_ != 0 && lines_.size() > kept_) lines_.pop_front();
}

}  // namespace cardmux::simulation
