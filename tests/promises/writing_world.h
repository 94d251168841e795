// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// For tests of writing: cards that can be written, and what is done with them.
#pragma once

#include <map>

#include "container/container.h"
#include "crypto/certificate_writing.h"
#include "drivers/piv/piv_commands.h"
#include "drivers/piv/piv_driver.h"
#include "drivers/piv/scripted_channel.h"
#include "tests/promises/world.h"
#include "token/derived_name.h"

namespace cardmux::promises {
using crypto::Curve;
using token::KeyPurpose;
using token::NewKey;

inline constexpr std::uint8_t ins_generate = 0x47;
inline constexpr std::uint8_t ins_authenticate = 0x87;
inline constexpr auto no_error = static_cast<ErrorCode>(255);

template <typename T>
ErrorCode code(const Result<T>& result) {
    return result ? no_error : result.error().code;
}

inline simulation::PivCardOptions empty_yubikey() {
    simulation::PivCardOptions options{.provisioned = false};
    options.behavior.yubico = true;
    return options;
}

/// A plain card with all its keys.
inline simulation::PivCardOptions plain_card() {
    return {.key_algorithm = simulation::KeyAlgorithm::P256};
}

class Writing : public World {
  protected:
    void use(const simulation::PivCardOptions& options) {
        transport_->remove(reader_name);
        card_ = make_card(1, options);
        transport_->insert(reader_name, card_);
    }

    Settings with_key(const Bytes& key) {
        Settings settings;
        settings.management_key_file = key_file(key);
        return settings;
    }

    static NewKey new_key(crypto::KeyKind kind = Curve::P256, std::string name = {},
                          KeyPurpose purpose = KeyPurpose::Signature) {
        NewKey key;
        key.purpose = purpose;
        key.source = kind;
        key.container_name = std::move(name);
        return key;
    }
    static Result<std::uint8_t> create(Process& process, NewKey key) {
        return process.token->create_key(process.client, std::move(key), Deadline::never());
    }
    static Result<void> remove(Process& process, std::uint8_t reference) {
        return process.token->delete_key(process.client, reference, Deadline::never());
    }
    static Result<void> certify(Process& process, std::uint8_t reference, const Bytes& der) {
        return process.token->write_certificate(process.client, reference, der, Deadline::never());
    }
    static std::shared_ptr<const token::TokenContents> contents(Process& process) {
        auto read = process.token->contents(process.client, Deadline::never());
        EXPECT_TRUE(read.ok());
        return read ? *read : std::make_shared<token::TokenContents>();
    }
    static std::vector<std::string> container_names(Process& process) {
        std::vector<std::string> names;
        for (const auto& container : container::containers_of(*contents(process)))
            names.push_back(container.name);
        return names;
    }
    /// Whether the key signs; the token checks with its public key.
    static ErrorCode use_key(Process& process, std::uint8_t reference) {
        auto request = process.request_for(process.client, reference);
        if (!request) return request.error().code;
        const SecretBytes secret = pin(right_pin);
        request->operation_pin = &secret;
        return code(process.token->sign(process.client, *request, Deadline::never()));
    }

    /// Writes objects as a program does that has the management key.
    void put_objects(const Bytes& key, const std::map<std::uint32_t, Bytes>& objects) {
        drivers::piv::ScriptedChannel channel(
            [this](ByteView command) { return card_->transmit(command); });
        const auto driver = drivers::piv::probe_piv(channel, card_->atr());
        const SecretBytes secret(key);
        EXPECT_TRUE((*driver)->management()->authenticate(channel, &secret, system_random()).ok());
        drivers::piv::PivCommands commands(card_->atr());
        for (const auto& [tag, content] : objects)
            EXPECT_TRUE(commands.put_data(channel, tag, content)->ok());
        card_->reset();
    }
    /// Has the card keep its management key behind the PIN, as Yubico's tools do.
    void put_behind_pin(const Bytes& key) {
        put_objects(key, {{0x5FC109, from_hex("881a8918" + to_hex(key)).value_or({})},
                          {0x5FFF00, from_hex("8003810102").value()}});
    }
    void remove_chuid() { put_objects(factory_key(), {{0x5FC102, {}}}); }

    /// What the card says to a PUT DATA of another program's, within a hold of ours and after it.
    std::uint16_t foreign_put_data() {
        const auto foreign = foreign_program();
        EXPECT_TRUE(foreign->begin().ok());
        EXPECT_TRUE(foreign->transmit(from_hex("00A4040005A000000308").value_or({})).ok());
        const auto answer = foreign->transmit(from_hex("00DB3FFF085C035FC1065301AA").value_or({}));
        EXPECT_TRUE(foreign->end(transport::Disposition::Leave).ok());
        EXPECT_TRUE(answer.ok());
        if (!answer) return 0;
        return static_cast<std::uint16_t>(answer->at(answer->size() - 2) << 8 | answer->back());
    }
};

}  // namespace cardmux::promises
