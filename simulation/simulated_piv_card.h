// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// A PIV card after NIST SP 800-73-4, as a program can have one: all commands, real arithmetic, a
// chosen speed, a chosen character (PivCardBehavior), statistics and faults for tests. Everything
// here may be called by any thread at any time; commands are carried out one after another.
//
//   SimulatedPivCard::create(options) -> reset() -> transmit()...
//                     meanwhile: statistics(), pin_tries_left(), change_pin_behind_back(), ...
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>

#include "base/sync.h"
#include "simulation/piv/piv_card_options.h"
#include "simulation/simulated_card.h"

namespace cardmux::simulation {

struct ApduHeader {
    std::uint8_t cla = 0;
    std::uint8_t ins = 0;
    std::uint8_t p1 = 0;
    std::uint8_t p2 = 0;
    std::size_t size = 0;           ///< of the whole APDU, in bytes
    std::uint16_t status_word = 0;  ///< 0: the answer was lost
};

/// What the card has done since it was made (or since clear_statistics).
struct CardStatistics {
    std::uint64_t apdus = 0;
    std::map<std::uint8_t, std::uint64_t> apdus_by_ins;  ///< parts of a chain and GET RESPONSE, too
    std::uint64_t private_key_operations = 0;
    std::uint64_t verify_attempts = 0;  ///< VERIFY with a PIN in it that was compared
    std::uint64_t wrong_pins = 0;       ///< PINs and PUKs, in any command
    std::uint64_t selects = 0;          ///< that found their applet
    std::uint64_t resets = 0;           ///< reset() and power_off()
    std::deque<ApduHeader> last_apdus;  ///< the last 256 at most, oldest first

    std::uint64_t count(std::uint8_t ins) const {
        const auto found = apdus_by_ins.find(ins);
        return found == apdus_by_ins.end() ? 0 : found->second;
    }
};

class SimulatedPivCard final : public SimulatedCard {
  public:
    /// Makes a card, or takes it from its state file. RSA keys beyond the test keys that come with
    /// Cardmux (test_keys/README.md) take seconds to make.
    ///
    /// errors    InvalidArgument: options that no card can have; DataInvalid: the state file is
    ///           damaged; SystemFailed: it cannot be read or written; Internal
    static Result<std::shared_ptr<SimulatedPivCard>> create(PivCardOptions options);
    ~SimulatedPivCard() override;
    SimulatedPivCard(const SimulatedPivCard&) = delete;
    SimulatedPivCard& operator=(const SimulatedPivCard&) = delete;

    Bytes atr() const override;
    /// Both end a command in progress early (its answer is nobody's any more).
    void reset() override;
    void power_off() override;
    Bytes transmit(ByteView command) override;

    /// The object with this tag (5FC105, say) as it is on the card now, without its own tag and
    /// length; empty if there is none.
    Bytes object(std::uint32_t tag) const;
    /// The certificate of 9A, 9C, 9D or 9E as DER; empty if there is none.
    Bytes certificate(std::uint8_t slot) const;
    const PivCardOptions& options() const { return options_; }

    CardStatistics statistics() const;
    void clear_statistics();
    int pin_tries_left() const;
    bool is_pin_verified() const;

    // Faults. All act at once, or when the command in progress has ended.

    /// The PIN becomes another one, with all its tries, as if a person had changed it elsewhere.
    /// The security state stays as it is.
    void change_pin_behind_back(const std::string& pin);
    /// The next command (not a part of a chain), or the one `later` commands after it, is carried
    /// out, but transmit() returns nothing at all.
    void lose_next_answer(int later = 0);
    /// The same for the next VERIFY that presents a PIN.
    void lose_next_verify_answer();
    /// Every command takes this much longer, until set again; a command that is waiting follows at
    /// once. A long time is a card that hangs, zero frees it.
    void set_delay(Duration delay);

  private:
    struct Inside;
    struct Desk;
    struct Shared;
    class Turn;
    SimulatedPivCard(PivCardOptions options, std::unique_ptr<Inside> inside);
    Bytes carry_out(Inside& inside, ByteView command);
    void publish(const Inside& inside, ByteView command, std::uint16_t status_word);
    void wait_until_done(TimePoint start, Duration duration);
    void forget_session();

    const PivCardOptions options_;
    const std::unique_ptr<Shared> shared_;
};

}  // namespace cardmux::simulation
