// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "tool/card_access.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <cstring>

#include "provider/process_variable.h"
#include "tool/world.h"

namespace cardmux::tool {
namespace {

constexpr token::DomainId own_domain = 1;

// The widths of PKCS#11's fields (CK_TOKEN_INFO, CK_SLOT_INFO).
constexpr std::size_t label_size_max = 32;
constexpr std::size_t description_size_max = 64;

/// As PKCS#11 shows it: cut before a character, no blanks at the end. A URI must name what other
/// programs see.
std::string as_shown(const std::string& text, std::size_t size_max) {
    std::size_t size = std::min(text.size(), size_max);
    const auto is_inside_character = [&text](std::size_t index) {
        return index < text.size() && (static_cast<unsigned char>(text[index]) & 0xC0) == 0x80;
    };
    while (size > 0 && is_inside_character(size)) --size;
    while (size > 0 && text[size - 1] == ' ') --size;
    return text.substr(0, size);
}

/// What our module answers for this card (src/api/pkcs11: C_GetInfo, C_GetSlotInfo,
/// C_GetTokenInfo), so that one URI means one card here and there.
TokenNames names_of(const provider::SlotStatus& slot, const token::TokenContents& contents) {
    TokenNames names;
    names.token = as_shown(contents.label, label_size_max);
    names.serial = contents.identity.serial_number;
    names.model = contents.identity.model;
    names.slot_id = slot.id;
    names.slot_description = as_shown(slot.reader, description_size_max);
    names.manufacturer = names.slot_manufacturer = names.library_manufacturer = "Cardmux";
    names.library_description = "Cardmux PKCS #11 module";
    names.library_version = "0.1";
    return names;
}

/// Why the cards that were looked at are not the one.
struct Misses {
    bool lacks_key = false;           ///< it fits, but for the key
    std::optional<Error> unreadable;  ///< it might have been the one
    std::string not_meant;            ///< it differs from the URI: how
};

/// Tells the reason that comes nearest.
ExitCode report_misses(const Misses& misses, const std::string& name) {
    if (misses.lacks_key)
        return report_error("find " + name, Error(ErrorCode::KeyNotFound, "find the key"));
    if (misses.unreadable) return report_error("find " + name, *misses.unreadable);
    if (misses.not_meant.empty())
        return report_error("find " + name, Error(ErrorCode::CardAbsent, "find the card"));
    return report_problem(ExitCode::NoCard,
                          fmt::format("no card fits {}: {}", name, misses.not_meant),
                          "`cardmux list` shows the cards and their URIs");
}

}  // namespace

void add_card_options(CLI::App& command, CardOptions& options) {
    command.add_option("--simulate", options.simulate,
                       "Use simulated cards, e.g. fixed:10ms,cards=2 (their PIN is known)");
    command.add_option("--reader", options.reader, "Use this reader only");
    command.add_option("--timeout", options.timeout_seconds, "Seconds to wait for a card [30]")
        ->check(CLI::Range(0.1, 3600.0));
}

std::unique_ptr<CardAccess> CardAccess::create(const CardOptions& options, ExitCode& exit_code) {
    std::string problem;
    const auto settings = provider::load_settings(&provider::process_variable, problem);
    if (!settings) {
        exit_code = report_problem(ExitCode::Usage, problem, "docs/settings.md has all settings");
        return nullptr;
    }
    auto world = make_world(options.simulate, problem);
    if (!world) {
        exit_code = report_problem(ExitCode::Usage, problem, "try --simulate fixed:10ms");
        return nullptr;
    }
    if (const std::string names = provider::ignored_variables(); !names.empty())
        fmt::print(stderr, "cardmux: not used by a program with raised rights: {}\n", names);
    provider::Environment environment;
    environment.transport = *world;
    if (!settings->log_file.empty()) {
        environment.log = open_log_file(settings->log_file, settings->log_level);
        if (!environment.log)
            fmt::print(stderr, "cardmux: there will be no log: cannot open {} (CARDMUX_LOG): {}\n",
                       settings->log_file, std::strerror(errno));
    }
    auto provider = provider::Provider::create(environment, *settings);
    if (!provider) {
        exit_code = report_error("start", provider.error());
        return nullptr;
    }
    auto access = std::unique_ptr<CardAccess>(new CardAccess());
    access->provider_ = *provider;
    access->reader_ = options.reader;
    access->timeout_ = std::chrono::duration_cast<Duration>(
        std::chrono::duration<double>(options.timeout_seconds));
    if (!options.simulate.empty()) access->simulated_pin_ = tool::simulated_pin(options.simulate);
    return access;
}

CardAccess::~CardAccess() {
    // A thread that is stuck with a card is not worth the user's time.
    const auto patience = std::chrono::milliseconds(card_hangs_ ? 100 : 2000);
    if (provider_) provider_->shut_down(Deadline::after(patience));
}

Deadline CardAccess::deadline() const {
    return Deadline::after(timeout_);
}

Result<std::vector<provider::SlotStatus>> CardAccess::slots() {
    CARDMUX_TRY_ASSIGN(auto slots, provider_->slots(deadline()));
    std::erase_if(slots, [this](const provider::SlotStatus& slot) {
        return !slot.reader_present || (!reader_.empty() && reader_ != slot.reader);
    });
    return slots;
}

Result<OpenToken> CardAccess::open(const provider::SlotStatus& slot) {
    const auto found = provider_->slot(slot.id);
    if (!found) return Error(ErrorCode::ReaderUnavailable, "open a slot");
    OpenToken open;
    open.reader = slot.reader;
    open.token = found->token();
    open.client = provider_->make_client(own_domain);
    const auto contents = open.token->contents(open.client, deadline());
    if (!contents) {
        card_hangs_ = card_hangs_ || exit_code_for(contents.error()) == ExitCode::TimedOut;
        return contents.error();
    }
    open.contents = *contents;
    return open;
}

std::optional<int> CardAccess::tries_left(const OpenToken& open) {
    const auto tries = open.token->read_pin_tries(open.client, deadline());
    if (tries) return *tries;
    card_hangs_ = card_hangs_ || exit_code_for(tries.error()) == ExitCode::TimedOut;
    return std::nullopt;
}

MissingReader missing_reader(const std::string& wanted, const std::vector<std::string>& there) {
    return {fmt::format("there is no reader '{}'", wanted),
            there.empty() ? "plug it in: there is no reader at all"
                          : fmt::format("use one of these: '{}'", fmt::join(there, "', '"))};
}

ExitCode CardAccess::report_no_reader() {
    if (reader_.empty())
        return report_error("find the card", Error(ErrorCode::ReaderUnavailable, "list readers"));
    std::vector<std::string> there;
    for (const auto& slot : provider_->slots(deadline()).value_or({}))
        if (slot.reader_present) there.push_back(slot.reader);
    const MissingReader missing = missing_reader(reader_, there);
    return report_problem(ExitCode::NoCard, missing.text, missing.next_step);
}

std::optional<OpenToken> CardAccess::find(const Pkcs11Uri& uri, const std::string& name,
                                          ExitCode& exit_code) {
    const auto readers = slots();
    if (!readers) {
        exit_code = report_error("find " + name, readers.error());
        return std::nullopt;
    }
    if (readers->empty()) {
        exit_code = report_no_reader();
        return std::nullopt;
    }
    Misses misses;
    for (const auto& slot : *readers) {
        if (!slot.card_present) continue;
        auto open = this->open(slot);
        if (!open)
            misses.unreadable = open.error();
        else if (const char* differs = differing_attribute(uri, names_of(slot, *open->contents)))
            misses.not_meant = fmt::format("the card in {} has another {}", slot.reader, differs);
        else if (!names_an_object(uri) || find_key(*open->contents, uri) != nullptr)
            return std::move(open).value();
        else
            misses.lacks_key = true;
    }
    exit_code = report_misses(misses, name);
    return std::nullopt;
}

const token::TokenKey* find_key(const token::TokenContents& contents, const Pkcs11Uri& uri) {
    for (const token::TokenKey& key : contents.keys)
        if (object_fits(uri, key.id, key.label)) return &key;
    return nullptr;
}

Pkcs11Uri uri_of(const token::TokenContents& contents) {
    Pkcs11Uri uri;
    uri.token = as_shown(contents.label, label_size_max);
    uri.serial = contents.identity.serial_number;
    return uri;
}

Pkcs11Uri uri_of(const token::TokenContents& contents, const token::TokenKey& key,
                 const std::string& type) {
    Pkcs11Uri uri = uri_of(contents);
    uri.id = key.id;
    uri.type = type;
    return uri;
}

std::string describe(const drivers::CardIdentity& identity) {
    if (identity.model.find(identity.driver) != std::string::npos) return identity.model;
    return fmt::format("{} card, {}", identity.driver, identity.model);
}

std::string describe(const crypto::PublicKey& key) {
    if (std::holds_alternative<crypto::RsaPublicKey>(key))
        return fmt::format("RSA {}", crypto::key_bits(key));
    return fmt::format("EC P-{}", crypto::key_bits(key));
}

std::optional<SecretBytes> pin_for(const CardAccess& access, const PinSource& source,
                                   const OpenToken& token, ExitCode& exit_code) {
    if (access.simulated_pin() && !source.is_given())
        return SecretBytes(bytes_of(*access.simulated_pin()));
    return read_pin_or_report(source, fmt::format("PIN of {}: ", token.contents->label), exit_code);
}

}  // namespace cardmux::tool
