// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// GET DATA and PUT DATA (SP 800-73-4 part 2, sections 3.1.2 and 3.3.1).
#include "iso7816/status_word.h"
#include "iso7816/tlv_reader.h"
#include "iso7816/tlv_writer.h"
#include "simulation/piv/piv_card.h"
#include "simulation/piv/piv_data_model.h"

namespace cardmux::simulation {
namespace {

namespace status = iso7816::status;
using iso7816::CommandApdu;
using iso7816::ResponseApdu;
using iso7816::TlvReader;
using iso7816::TlvWriter;

/// More than the standard's largest object (12 704 bytes, facial image) and less than a length
/// field.
constexpr std::size_t object_size_max = 16384;

/// Objects that are written and answered under their own tag instead of 53.
bool has_own_tag(std::uint32_t object) {
    return object == piv::object_discovery || object == piv::object_biometric_group;
}

bool is_known(const PivCard& card, std::uint32_t object) {
    if (object == piv::object_discovery) return card.options.behavior.has_discovery;
    if (object == piv::object_biometric_group) return true;
    if (object >= piv::object_first && object <= piv::object_last) return true;
    return card.options.behavior.yubico && object >= piv::object_yubico_first &&
           object <= piv::object_yubico_last;
}

std::optional<std::uint32_t> read_name(ByteView name) {
    if (name.empty() || name.size() > 3) return std::nullopt;
    std::uint32_t object = 0;
    for (const std::uint8_t byte : name) object = object << 8 | byte;
    return object;
}

struct ObjectUpdate {
    std::uint32_t object = 0;
    ByteView content;
};

/// Either 5C name, 53 content; or the object under its own tag.
std::optional<ObjectUpdate> read_update(ByteView data) {
    TlvReader reader(data);
    const auto first = reader.next();
    if (!first.ok() || !first.value()) return std::nullopt;
    const iso7816::Tlv head = *first.value();
    if (has_own_tag(head.tag)) return ObjectUpdate{.object = head.tag, .content = head.value};
    if (head.tag != piv::tag_object_name) return std::nullopt;
    const auto object = read_name(head.value);
    const auto content = reader.next();
    if (!object || has_own_tag(*object) || !content.ok() || !content.value() ||
        content.value()->tag != piv::tag_object_data) {
        return std::nullopt;
    }
    return ObjectUpdate{.object = *object, .content = content.value()->value};
}

}  // namespace

ResponseApdu get_data(PivCard& card, const CommandApdu& command) {
    if (command.p1 != 0x3F || command.p2 != 0xFF) return answer(status::wrong_p1_p2);
    const auto name = TlvReader(command.data).require(piv::tag_object_name);
    const auto object = name.ok() ? read_name(name.value()) : std::nullopt;
    if (!object) return answer(status::wrong_data);
    if (!is_known(card, *object)) return answer(status::file_not_found);
    if (piv::needs_pin_to_read(*object) && !card.session.pin_verified) {
        return answer(status::security_not_satisfied);
    }
    const auto found = card.memory.objects.find(*object);
    if (found == card.memory.objects.end()) return answer(status::file_not_found);
    if (piv::is_certificate(*object)) card.effects.timed = TimedCommand::ReadCertificate;
    const std::uint32_t tag = has_own_tag(*object) ? *object : piv::tag_object_data;
    return answer_with(TlvWriter().add(tag, found->second).take());
}

ResponseApdu put_data(PivCard& card, const CommandApdu& command) {
    if (command.p1 != 0x3F || command.p2 != 0xFF) return answer(status::wrong_p1_p2);
    if (!card.session.manager_authenticated) return answer(status::security_not_satisfied);
    const auto update = read_update(command.data);
    if (!update) return answer(status::wrong_data);
    if (!is_known(card, update->object)) return answer(status::function_not_supported);
    if (update->content.size() > object_size_max) return answer(status::memory_full);
    card.effects.memory_changed = true;
    if (update->content.empty()) {
        card.memory.objects.erase(update->object);
    } else {
        card.memory.objects.insert_or_assign(update->object, to_bytes(update->content));
    }
    return answer(status::success);
}

}  // namespace cardmux::simulation
