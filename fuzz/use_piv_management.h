// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Everything that can be asked of the PIV driver's part for writing, in the order of
// token/writing/key_writer.h. For the fuzz target and for the recorder of its seeds, which have to
// ask the same.
#pragma once

#include "drivers/piv/piv_driver.h"
#include "fuzz/input.h"

namespace cardmux::fuzz {

/// The same numbers each time, so that what a card proved once it proves again.
class CountingRandom final : public RandomSource {
  public:
    void fill(std::span<std::uint8_t> out) override {
        for (std::uint8_t& byte : out) byte = ++last_;
    }

  private:
    std::uint8_t last_ = 0;
};

inline crypto::PrivateKey some_key() {
    crypto::EcPrivateKey key;
    key.scalar = SecretBytes(Bytes(32, 0x11));
    return key;
}

inline void write_to_place(drivers::CardManagement& management, iso7816::ApduChannel& card,
                           std::uint8_t place) {
    (void)management.is_free(card, place).ok();
    const auto made = management.generate_key(card, place, crypto::Curve::P256);
    if (made.ok()) require(crypto::key_bits(*made) == 256, "a new key is of the kind wanted");
    (void)management.import_key(card, place, some_key()).ok();
    (void)management.write_certificate(card, place, Bytes(600, 0x30)).ok();
    (void)management.write_name(card, place, "a name").ok();
    (void)management.delete_key(card, place).ok();
}

inline void use_management(drivers::CardDriver& driver, iso7816::ApduChannel& card) {
    drivers::CardManagement* management = driver.management();
    if (management == nullptr || !driver.select(card).ok()) return;
    const SecretBytes pin(bytes_of("123456"));
    CountingRandom random;
    (void)driver.verify_pin(card, pin).ok();
    const auto way_back = management->find_way_back(card);
    require(!way_back.ok() || management->knows_way_back(), "a way back that was found is known");
    (void)driver.verify_pin(card, pin).ok();
    if (!management->authenticate(card, nullptr, random).ok()) {
        const SecretBytes key(Bytes(24, 0x01));
        if (!management->authenticate(card, &key, random).ok()) return;
    }
    (void)management->shows_keys(card).ok();
    (void)management->takes_keys(card).ok();
    const auto places = management->places_for(drivers::KeyPurpose::Signature);
    for (const std::uint8_t place : places)
        require(management->is_place(place), "what is offered is a place");
    if (!places.empty()) write_to_place(*management, card, places.front());
    write_to_place(*management, card, 0x95);  // a retired place
    (void)management->drop_authority(card).ok();
}

inline void use_piv_management(iso7816::ApduChannel& card, ByteView atr) {
    const auto driver = drivers::piv::probe_piv(card, atr);
    if (driver.ok() && *driver) use_management(**driver, card);
}

}  // namespace cardmux::fuzz
