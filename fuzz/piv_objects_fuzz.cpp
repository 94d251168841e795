// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The contents of a PIV card's objects one by one, without the commands around them: what is read
// has the sizes that it promises, and what we write is read again.
#include <algorithm>

#include "drivers/piv/management/place_notes.h"
#include "drivers/piv/piv_objects.h"
#include "fuzz/input.h"

namespace cardmux::fuzz {
namespace {

using namespace drivers::piv;

constexpr std::size_t certificate_size_max = 65536;

void check_chuid(ByteView data) {
    const auto chuid = parse_chuid(data);
    if (!chuid.ok()) return;
    require(chuid->guid.empty() || chuid->guid.size() == 16, "a GUID has 16 bytes");
    require(chuid->fasc_n.empty() || chuid->fasc_n.size() == 25, "a FASC-N has 25 bytes");
}

void check_certificate(ByteView data) {
    const auto der = parse_certificate_object(data);
    if (!der.ok() || !*der) return;
    require((*der)->size() <= certificate_size_max, "a certificate is no longer than promised");
    const auto again = parse_certificate_object(certificate_object(**der));
    require(again.ok() && *again == *der, "a certificate is the same after writing and reading");
}

void check_key(const crypto::PublicKey& key) {
    const auto der = crypto::encode_public_key_info(key);
    if (!der.ok()) return;
    const auto again = crypto::parse_public_key_info(*der);
    require(again.ok() && *again == key, "a key is the same after writing and reading");
}

void check_notes(ByteView data) {
    const std::vector<PlaceNote> notes = parse_place_notes(data);
    require(notes.size() <= 64, "a card has not so many places");
    require(parse_place_notes(encode_place_notes(notes)) == notes,
            "notes are the same after writing and reading");
}

}  // namespace
}  // namespace cardmux::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace cardmux;
    fuzz::Input input(data, size);
    const std::uint8_t algorithm = input.byte();
    const ByteView object = input.rest();
    (void)drivers::piv::parse_discovery(object).ok();
    (void)drivers::piv::parse_authentication_response(object).ok();
    fuzz::check_chuid(object);
    fuzz::check_certificate(object);
    fuzz::check_notes(object);
    if (const auto key = drivers::piv::parse_public_key(algorithm, object)) fuzz::check_key(*key);
    if (const auto metadata = drivers::piv::parse_metadata(object))
        fuzz::check_key(metadata->public_key);
    return 0;
}
