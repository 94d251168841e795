// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Whatever the bytes are, the reader stays inside them, comes to an end, and what it reads is what
// the writer writes.
#include "fuzz/input.h"
#include "iso7816/tlv_reader.h"
#include "iso7816/tlv_writer.h"

namespace cardmux::fuzz {
namespace {

bool lies_within(ByteView part, ByteView whole) {
    return part.empty() || (part.data() >= whole.data() &&
                            part.data() + part.size() <= whole.data() + whole.size());
}

void check_written_again(const iso7816::Tlv& object) {
    const Bytes written = iso7816::TlvWriter().add(object.tag, object.value).take();
    iso7816::TlvReader again(written);
    const auto read = again.next();
    require(read.ok() && read->has_value(), "what was written can be read");
    require((*read)->tag == object.tag && equal((*read)->value, object.value),
            "what was written is what is read");
}

void walk(iso7816::TlvReader reader, ByteView whole) {
    while (true) {
        const std::size_t before = reader.rest().size();
        const auto object = reader.next();
        if (!object.ok()) {
            require(reader.rest().size() == before, "the reader stays where it is after an error");
            return;
        }
        if (!object->has_value()) return;
        const iso7816::Tlv& found = **object;
        require(reader.rest().size() < before, "the reader moves");
        require(lies_within(found.value, whole), "the value lies within the input");
        check_written_again(found);
        const auto inner = reader.enter(found);
        if (inner.ok()) walk(*inner, found.value);
    }
}

}  // namespace
}  // namespace cardmux::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const cardmux::ByteView bytes(data, size);
    cardmux::fuzz::walk(cardmux::iso7816::TlvReader(bytes), bytes);
    return 0;
}
