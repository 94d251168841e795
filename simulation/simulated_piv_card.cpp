// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "simulation/simulated_piv_card.h"

#include <algorithm>
#include <array>
#include <optional>

#include "iso7816/status_word.h"
#include "iso7816/tlv_reader.h"
#include "simulation/piv/command_assembly.h"
#include "simulation/piv/piv_card_provisioning.h"
#include "simulation/piv/piv_data_model.h"
#include "simulation/piv/piv_state_file.h"

namespace cardmux::simulation {
namespace {

using iso7816::ResponseApdu;

constexpr std::size_t last_apdus_max = 256;

Result<PivMemory> load_or_make(const CryptoLibrary& library, const PivCardOptions& options) {
    if (options.state_file.empty()) return provision(library, options);
    auto loaded = load_state(library, options.state_file);
    if (loaded.ok() || loaded.error().code != ErrorCode::ObjectNotFound) return loaded;
    auto made = provision(library, options);
    if (made.ok()) CARDMUX_TRY(save_state(made.value(), options.state_file));
    return made;
}

std::uint32_t certificate_object(std::uint8_t slot) {
    switch (slot) {
        case piv::key_authentication:
            return piv::object_authentication_certificate;
        case piv::key_signature:
            return piv::object_signature_certificate;
        case piv::key_key_management:
            return piv::object_key_management_certificate;
        case piv::key_card_authentication:
            return piv::object_card_authentication_certificate;
        default:
            return 0;
    }
}

}  // namespace

/// The card itself: whoever has it works with it, alone.
struct SimulatedPivCard::Inside {
    PivCardOptions options;
    CryptoLibrary library;
    PivCard card;
    CommandAssembly assembly;

    Inside(PivCardOptions with, CryptoLibrary with_library)
        : options(std::move(with)),
          library(std::move(with_library)),
          card{.options = options, .library = library, .memory = {}, .session = {}, .effects = {}},
          assembly({.extended = options.behavior.extended_length,
                    .answers_61_always = options.behavior.answers_61_always}) {}
};

/// Where the card lies while nobody works with it, and what is known of it while somebody does.
struct SimulatedPivCard::Desk {
    std::unique_ptr<Inside> inside;         ///< null: a thread works with it
    int resets_waiting = 0;                 ///< they end the command in progress early
    std::optional<int> answers_until_lost;  ///< none: no answer is to be lost
    bool lose_next_verify_answer = false;
    Duration delay = Duration::zero();
    CardStatistics statistics;
    int pin_tries_left = 0;
    bool pin_verified = false;
    std::map<std::uint32_t, Bytes> objects;
};

struct SimulatedPivCard::Shared {
    Guarded<Desk> desk{LockRank::SimulatedCard};
    Condition changed;
};

/// Takes the card from the desk, waiting until it lies there, and puts it back.
class SimulatedPivCard::Turn {
  public:
    explicit Turn(Shared& shared) : shared_(shared) {
        auto desk = shared_.desk.lock();
        while (desk->inside == nullptr) desk.wait(shared_.changed, Deadline::never());
        inside_ = std::move(desk->inside);
    }
    ~Turn() {
        {
            auto desk = shared_.desk.lock();
            desk->inside = std::move(inside_);
        }
        shared_.changed.notify_all();
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

    Inside& operator*() const { return *inside_; }
    Inside* operator->() const { return inside_.get(); }

  private:
    Shared& shared_;
    std::unique_ptr<Inside> inside_;
};

Result<std::shared_ptr<SimulatedPivCard>> SimulatedPivCard::create(PivCardOptions options) {
    CryptoLibrary library;
    auto inside = std::make_unique<Inside>(options, std::move(library));
    CARDMUX_TRY_ASSIGN(inside->card.memory, load_or_make(inside->library, inside->options));
    return std::shared_ptr<SimulatedPivCard>(
        new SimulatedPivCard(std::move(options), std::move(inside)));
}

SimulatedPivCard::SimulatedPivCard(PivCardOptions options, std::unique_ptr<Inside> inside)
    : options_(std::move(options)), shared_(std::make_unique<Shared>()) {
    auto desk = shared_->desk.lock();
    desk->pin_tries_left = inside->card.memory.pin.tries_left;
    desk->objects = inside->card.memory.objects;
    desk->inside = std::move(inside);
}

SimulatedPivCard::~SimulatedPivCard() = default;

Bytes SimulatedPivCard::atr() const {
    // T=1, as both makers' cards (ISO 7816-3); then the historical bytes (ISO 7816-4, section
    // 12.1.1): 73: selection by full and partial name, data coding 21, and what lengths the card
    // knows.
    constexpr std::uint8_t knows_chaining = 0x80;
    constexpr std::uint8_t knows_extended_length = 0x40;
    const bool extended = options_.behavior.extended_length;
    Bytes atr = {0x3B, 0xFD, 0x13, 0x00, 0x00, 0x81, 0x31, 0xFE, 0x15, 0x80, 0x73, 0xC0, 0x21};
    atr.push_back(knows_chaining | (extended ? knows_extended_length : 0));
    atr.push_back(0x57);  // issuer's data: seven bytes
    append(atr, bytes_of(options_.behavior.yubico ? "YubiKey" : "Cardmux"));
    std::uint8_t check = 0;
    for (const std::uint8_t byte : ByteView(atr).subspan(1)) check ^= byte;
    atr.push_back(check);
    return atr;
}

void SimulatedPivCard::forget_session() {
    {
        auto desk = shared_->desk.lock();
        ++desk->resets_waiting;
    }
    shared_->changed.notify_all();
    const Turn turn(*shared_);
    const bool keeps = options_.behavior.keeps_authority && turn->card.session.pin_verified;
    turn->card.session = {};
    turn->card.session.piv_selected = turn->card.session.pin_verified = keeps;
    turn->assembly.reset();
    auto desk = shared_->desk.lock();
    --desk->resets_waiting;
    ++desk->statistics.resets;
    desk->pin_verified = keeps;
}

void SimulatedPivCard::reset() {
    forget_session();
}

void SimulatedPivCard::power_off() {
    forget_session();
}

Bytes SimulatedPivCard::transmit(ByteView command) {
    assert_no_lock_held("simulated card, transmit");
    const Turn turn(*shared_);
    return carry_out(*turn, command);
}

Bytes SimulatedPivCard::carry_out(Inside& inside, ByteView command) {
    const TimePoint start = now();
    TimedCommand timed = TimedCommand::Continuation;
    CommandAssembly::Step step = inside.assembly.accept(command);
    ResponseApdu response = std::move(step.response);
    inside.card.effects = {};
    if (step.command) {
        response = process(inside.card, *step.command);
        timed = inside.card.effects.timed;
        if (inside.card.effects.memory_changed && !options_.state_file.empty() &&
            !save_state(inside.card.memory, options_.state_file).ok()) {
            response = answer(iso7816::status::memory_failure);
        }
        response = inside.assembly.respond(std::move(response));
    }
    bool lost = false;
    if (step.command) {
        auto desk = shared_->desk.lock();
        if (desk->answers_until_lost) lost = (*desk->answers_until_lost)-- == 0;
        if (lost) desk->answers_until_lost.reset();
        if (inside.card.effects.pin_presented) {
            lost = std::exchange(desk->lose_next_verify_answer, false) || lost;
        }
    }
    if (lost) inside.assembly.reset();
    publish(inside, command, lost ? std::uint16_t{0} : response.status_word);
    wait_until_done(start, options_.time_profile.duration_of(timed));
    return lost ? Bytes() : iso7816::encode(response);
}

void SimulatedPivCard::publish(const Inside& inside, ByteView command, std::uint16_t status_word) {
    const PivEffects& effects = inside.card.effects;
    auto desk = shared_->desk.lock();
    CardStatistics& statistics = desk->statistics;
    ++statistics.apdus;
    if (command.size() >= 4) {
        ++statistics.apdus_by_ins[command[1]];
        statistics.last_apdus.push_back({.cla = command[0],
                                         .ins = command[1],
                                         .p1 = command[2],
                                         .p2 = command[3],
                                         .size = command.size(),
                                         .status_word = status_word});
    }
    if (statistics.last_apdus.size() > last_apdus_max) statistics.last_apdus.pop_front();
    statistics.private_key_operations += effects.used_private_key ? 1 : 0;
    statistics.verify_attempts += effects.pin_presented ? 1 : 0;
    statistics.wrong_pins += effects.pin_wrong ? 1 : 0;
    statistics.selects += effects.selected ? 1 : 0;
    desk->pin_tries_left = inside.card.memory.pin.tries_left;
    desk->pin_verified = inside.card.session.pin_verified;
    if (effects.memory_changed) desk->objects = inside.card.memory.objects;
}

void SimulatedPivCard::wait_until_done(TimePoint start, Duration duration) {
    auto desk = shared_->desk.lock();
    while (desk->resets_waiting == 0) {
        const TimePoint end = start + duration + desk->delay;
        if (now() >= end) return;
        desk.wait(shared_->changed, Deadline::at(end));
    }
}

Bytes SimulatedPivCard::object(std::uint32_t tag) const {
    auto desk = shared_->desk.lock();
    const auto found = desk->objects.find(tag);
    return found == desk->objects.end() ? Bytes() : found->second;
}

Bytes SimulatedPivCard::certificate(std::uint8_t slot) const {
    const Bytes content = object(certificate_object(slot));
    const auto certificate = iso7816::TlvReader(content).require(piv::tag_certificate);
    return certificate.ok() ? to_bytes(certificate.value()) : Bytes();
}

CardStatistics SimulatedPivCard::statistics() const {
    return shared_->desk.lock()->statistics;
}

void SimulatedPivCard::clear_statistics() {
    shared_->desk.lock()->statistics = {};
}

int SimulatedPivCard::pin_tries_left() const {
    return shared_->desk.lock()->pin_tries_left;
}

bool SimulatedPivCard::is_pin_verified() const {
    return shared_->desk.lock()->pin_verified;
}

void SimulatedPivCard::change_pin_behind_back(const std::string& pin) {
    const Turn turn(*shared_);
    PinReference& reference = turn->card.memory.pin;
    reference.value = pin;
    reference.is_default = false;
    reference.tries_left = reference.tries_max;
    // A file that cannot be written shows at the next command that changes the card.
    if (!options_.state_file.empty()) (void)save_state(turn->card.memory, options_.state_file).ok();
    shared_->desk.lock()->pin_tries_left = reference.tries_left;
}

void SimulatedPivCard::lose_next_answer(int later) {
    shared_->desk.lock()->answers_until_lost = later;
}

void SimulatedPivCard::lose_next_verify_answer() {
    shared_->desk.lock()->lose_next_verify_answer = true;
}

void SimulatedPivCard::set_delay(Duration delay) {
    {
        auto desk = shared_->desk.lock();
        desk->delay = delay;
    }
    shared_->changed.notify_all();
}

}  // namespace cardmux::simulation
