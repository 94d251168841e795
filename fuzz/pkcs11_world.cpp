// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "fuzz/pkcs11_world.h"

#include <array>
#include <cstdlib>

#include "api/pkcs11/module/module_environment.h"
#include "fuzz/input.h"
#include "simulation/simulation_spec.h"

namespace cardmux::fuzz {
namespace {

using simulation::SimulatedPivCard;

constexpr std::array card_words = {"instant,key=p256,yubico", "instant,key=rsa2048",
                                   "instant,empty,yubico"};
constexpr unsigned empty_card = 2;
constexpr const char* reader = "Reader";

/// A card that makes no RSA keys, which would take seconds: it refuses, as it may.
class QuickCard final : public simulation::SimulatedCard {
  public:
    explicit QuickCard(std::shared_ptr<SimulatedPivCard> card) : card_(std::move(card)) {}

    Bytes atr() const override { return card_->atr(); }
    void reset() override { card_->reset(); }
    void power_off() override { card_->power_off(); }
    Bytes transmit(ByteView command) override {
        const auto parsed = iso7816::parse_command(command);
        if (parsed.ok() && parsed->ins == 0x47 && !makes_elliptic(parsed->data))
            return {0x6a, 0x80};
        return card_->transmit(command);
    }

  private:
    /// AC L { 80 01 algorithm ...
    static bool makes_elliptic(const Bytes& data) {
        return data.size() >= 5 && (data[4] == 0x11 || data[4] == 0x14);
    }
    std::shared_ptr<SimulatedPivCard> card_;
};

struct World {
    unsigned number = 0;
    bool is_spoiled = false;
    std::shared_ptr<simulation::SimulatedTransport> transport;
    std::array<std::shared_ptr<SimulatedPivCard>, card_words.size()> cards;

    std::shared_ptr<SimulatedPivCard>& card() { return cards[number]; }
};

World& world() {
    static auto& the_world = *new World;
    return the_world;
}

std::shared_ptr<SimulatedPivCard> make_card(const char* words) {
    std::string problem;
    const auto spec = simulation::parse_simulation_spec(words, problem);
    require(spec.ok(), "the card can be described");
    return SimulatedPivCard::create(card_options(*spec, 0)).value();
}

/// Commands that leave something on the card: PUT DATA, GENERATE, IMPORT, MOVE KEY, and the like.
bool has_changed(const SimulatedPivCard& card) {
    const auto seen = card.statistics();
    constexpr std::uint8_t changing[] = {0xdb, 0x47, 0xfe, 0xf6, 0x24, 0x2c, 0xff, 0xfb, 0xfa};
    for (const std::uint8_t ins : changing)
        if (seen.count(ins) > 0) return true;
    return seen.wrong_pins > 0;
}

void place_card() {
    World& here = world();
    if (here.card() == nullptr) here.card() = make_card(card_words[here.number]);
    here.card()->clear_statistics();
    here.is_spoiled = false;
    here.transport = std::make_shared<simulation::SimulatedTransport>();
    here.transport->add_reader(reader);
    here.transport->insert(reader, std::make_shared<QuickCard>(here.card()));
}

}  // namespace

void begin_world(unsigned card) {
    setenv("CARDMUX_CONFIG", "/dev/null", 1);
    world().number = card % card_words.size();
    place_card();
}

void mend_world() {
    World& here = world();
    if (here.is_spoiled || has_changed(*here.card())) here.card() = nullptr;
    place_card();
}

bool card_has_keys() {
    return world().number != empty_card;
}

CK_RV initialize(CK_BYTE how) noexcept {
    CK_C_INITIALIZE_ARGS arguments{};
    arguments.flags = CKF_LIBRARY_CANT_CREATE_OS_THREADS;
    if ((how & 1) != 0) arguments.flags |= CKF_OS_LOCKING_OK;
    if ((how & 2) != 0) arguments.pReserved = &arguments;
    if ((how & 4) != 0) arguments.CreateMutex = [](CK_VOID_PTR_PTR) { return CKR_OK; };
    if ((how & 8) != 0) {
        arguments.DestroyMutex = [](CK_VOID_PTR) { return CKR_OK; };
        arguments.LockMutex = arguments.DestroyMutex;
        arguments.UnlockMutex = arguments.DestroyMutex;
    }
    return C_Initialize(&arguments);
}

CK_RV get_interface(const char* name, CK_VERSION_PTR version, CK_INTERFACE_PTR_PTR interface,
                    CK_FLAGS flags) noexcept {
    std::string copy(name != nullptr ? name : "");
    return C_GetInterface(name != nullptr ? reinterpret_cast<CK_UTF8CHAR*>(copy.data()) : nullptr,
                          version, interface, flags);
}

CK_RV pull_card() noexcept {
    world().transport->remove(reader);
    return CKR_OK;
}

CK_RV insert_card() noexcept {
    world().transport->insert(reader, std::make_shared<QuickCard>(world().card()));
    return CKR_OK;
}

CK_RV reset_card() noexcept {
    world().transport->reset(reader);
    return CKR_OK;
}

CK_RV lose_answer(CK_BYTE later) noexcept {
    world().is_spoiled = true;
    world().card()->lose_next_answer(later % 16);
    return CKR_OK;
}

CK_RV change_pin() noexcept {
    World& here = world();
    here.is_spoiled = true;
    here.card()->change_pin_behind_back("654321");
    return CKR_OK;
}

}  // namespace cardmux::fuzz

namespace cardmux::pkcs11 {

Result<provider::Environment> make_environment() {
    provider::Environment environment;
    environment.transport = fuzz::world().transport;
    return environment;
}

}  // namespace cardmux::pkcs11
