// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// GENERAL AUTHENTICATE with the management key 9B: single (external) and mutual authentication
// (SP 800-73-4 part 2, section 3.2.4 and appendix A.1).
#include <algorithm>

#include "base/random.h"
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

/// The three objects of the exchange; none: not there. An empty one asks, a full one answers.
struct Exchange {
    std::optional<ByteView> witness;
    std::optional<ByteView> challenge;
    std::optional<ByteView> response;
};

std::optional<ByteView> value_of(const TlvReader& reader, std::uint32_t tag) {
    const auto found = reader.find(tag);
    if (!found.ok() || !found.value()) return std::nullopt;
    return found.value()->value;
}

Bytes random_block(const PivCard& card) {
    Bytes block(block_size(card.memory.management.algorithm));
    system_random().fill(block);
    return block;
}

Result<Bytes> encrypt(const PivCard& card, ByteView block) {
    return cipher_block(card.library, card.memory.management, CipherDirection::Encrypt, block);
}

ResponseApdu answer_template(std::uint32_t tag, ByteView value) {
    const Bytes inner = TlvWriter().add(tag, value).take();
    return answer_with(TlvWriter().add(piv::tag_authentication, inner).take());
}

/// We send a random block encrypted; the manager has to send it back in clear.
ResponseApdu give_witness(PivCard& card) {
    Bytes witness = random_block(card);
    const auto encrypted = encrypt(card, witness);
    if (!encrypted.ok()) return answer(status::no_precise_diagnosis);
    card.session.pending = {.expected_response = std::move(witness), .is_mutual = true};
    return answer_template(piv::tag_witness, encrypted.value());
}

/// We send a random block in clear; the manager has to send it back encrypted.
ResponseApdu give_challenge(PivCard& card) {
    const Bytes challenge = random_block(card);
    auto encrypted = encrypt(card, challenge);
    if (!encrypted.ok()) return answer(status::no_precise_diagnosis);
    card.session.pending = {.expected_response = std::move(encrypted).value(), .is_mutual = false};
    return answer_template(piv::tag_challenge, challenge);
}

ResponseApdu finish_mutual(PivCard& card, const Exchange& exchange, const Bytes& expected) {
    if (!equal(*exchange.witness, expected)) return answer(status::security_not_satisfied);
    const auto proof = encrypt(card, exchange.challenge.value_or(ByteView()));
    if (!proof.ok()) return answer(status::wrong_data);
    card.session.manager_authenticated = true;
    return answer_template(piv::tag_response, proof.value());
}

ResponseApdu finish_single(PivCard& card, const Exchange& exchange, const Bytes& expected) {
    if (!equal(*exchange.response, expected)) return answer(status::security_not_satisfied);
    card.session.manager_authenticated = true;
    return answer(status::success);
}

}  // namespace

ResponseApdu authenticate_manager(PivCard& card, const CommandApdu& command,
                                  const std::optional<PendingAuthentication>& pending) {
    const auto algorithm = management_algorithm_of(command.p1);
    if (!algorithm.ok() || algorithm.value() != card.memory.management.algorithm) {
        return answer(status::wrong_p1_p2);
    }
    const auto request = TlvReader(command.data).require(piv::tag_authentication);
    if (!request.ok()) return answer(status::wrong_data);
    const TlvReader reader(request.value());
    const Exchange exchange{.witness = value_of(reader, piv::tag_witness),
                            .challenge = value_of(reader, piv::tag_challenge),
                            .response = value_of(reader, piv::tag_response)};
    if (exchange.witness && exchange.witness->empty()) return give_witness(card);
    if (exchange.witness) {
        if (!pending || !pending->is_mutual) return answer(status::conditions_not_satisfied);
        return finish_mutual(card, exchange, pending->expected_response);
    }
    if (exchange.challenge && exchange.challenge->empty()) return give_challenge(card);
    if (exchange.response && !exchange.response->empty()) {
        if (!pending || pending->is_mutual) return answer(status::conditions_not_satisfied);
        return finish_single(card, exchange, pending->expected_response);
    }
    return answer(status::wrong_data);
}

}  // namespace cardmux::simulation
