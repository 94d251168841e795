// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// A number of 128 bits for a machine's state, so that who explores millions of states can tell
// which it has seen. Not for secrets, and not for storing: it differs between versions.
#pragma once

#include <bit>
#include <cstdint>

namespace cardmux::transaction {

class Fingerprint {
  public:
    /// What a client or a request counts as: two states that differ in names only are one for whom
    /// names make no difference. Null: as itself.
    using Renamed = std::uint64_t (*)(std::uint64_t name);

    explicit Fingerprint(Renamed renamed = nullptr) : renamed_(renamed) {}

    void add(std::uint64_t value) {
        low_ = mixed((low_ ^ value) * 0x9E3779B97F4A7C15U);
        high_ = mixed((std::rotl(high_, 25) + value) * 0xD1B54A32D192ED03U);
    }
    void add_name(std::uint64_t name) { add(called(name)); }

    /// The same whatever the order in which the members of a set are added; `end_set` ends it.
    void add_member(std::uint64_t name, std::uint64_t value = 0) {
        Fingerprint member;
        member.add(called(name));
        member.add(value);
        set_ += member.low_;
    }
    void end_set() {
        add(set_);
        set_ = 0;
    }

    std::uint64_t low() const { return low_; }
    std::uint64_t high() const { return high_; }

  private:
    static std::uint64_t mixed(std::uint64_t value) { return value ^ (value >> 29); }
    std::uint64_t called(std::uint64_t name) const { return renamed_ ? renamed_(name) : name; }

    Renamed renamed_;
    std::uint64_t low_ = 0x243F6A8885A308D3U;
    std::uint64_t high_ = 0x13198A2E03707344U;
    std::uint64_t set_ = 0;
};

}  // namespace cardmux::transaction
