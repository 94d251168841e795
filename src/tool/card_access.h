// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// How commands get at cards: the provider, built like a module builds it, but inside the tool.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "provider/provider.h"
#include "tool/command.h"
#include "tool/pin_source.h"
#include "tool/pkcs11_uri.h"
#include "tool/uri_match.h"

namespace cardmux::tool {

struct CardOptions {
    std::string simulate;  ///< not empty: simulated cards, as CARDMUX_SIMULATE describes them
    std::string reader;    ///< empty: any
    double timeout_seconds = 30;
};

/// Adds --simulate, --reader and --timeout.
void add_card_options(CLI::App& command, CardOptions& options);

/// A token with its contents, and who asks.
struct OpenToken {
    std::string reader;
    std::shared_ptr<token::Token> token;
    std::shared_ptr<const token::TokenContents> contents;
    token::Client client;
};

class CardAccess {
  public:
    /// Connects to nothing yet. Null with `exit_code` set, and the reason on stderr, if it cannot.
    static std::unique_ptr<CardAccess> create(const CardOptions& options, ExitCode& exit_code);
    ~CardAccess();
    CardAccess(const CardAccess&) = delete;
    CardAccess& operator=(const CardAccess&) = delete;

    provider::Provider& provider() { return *provider_; }
    /// For the next call: as long as --timeout says, from now on.
    Deadline deadline() const;

    /// Waits until the provider has seen the readers; with a reader wanted, only that one.
    ///
    /// errors    as Provider::slots
    Result<std::vector<provider::SlotStatus>> slots();

    /// errors    as Token::contents
    Result<OpenToken> open(const provider::SlotStatus& slot);

    /// The tries of the card's PIN; none if the card does not tell, or does not answer.
    std::optional<int> tries_left(const OpenToken& open);

    /// The first token that has every attribute of the URI, and the key it names, if it names one.
    /// None with `exit_code` set, and the reason on stderr, if there is none.
    ///
    /// name      what the user called it, for the reason
    std::optional<OpenToken> find(const Pkcs11Uri& uri, const std::string& name,
                                  ExitCode& exit_code);

    /// Of simulated cards, who have no secrets; none for others.
    const std::optional<std::string>& simulated_pin() const { return simulated_pin_; }

    /// Says that --reader names none, and which there are; or that there is none at all.
    ExitCode report_no_reader();

  private:
    CardAccess() = default;
    std::shared_ptr<provider::Provider> provider_;
    std::string reader_;
    Duration timeout_{};
    std::optional<std::string> simulated_pin_;
    bool card_hangs_ = false;  ///< some call had no answer in time
};

/// What to say of a --reader that is not there.
struct MissingReader {
    std::string text;
    std::string next_step;
};
MissingReader missing_reader(const std::string& wanted, const std::vector<std::string>& there);

/// The key that the URI names by id or label. Null: there is none.
const token::TokenKey* find_key(const token::TokenContents& contents, const Pkcs11Uri& uri);

/// The URI of the token, and of one of its keys (type=private or cert).
Pkcs11Uri uri_of(const token::TokenContents& contents);
Pkcs11Uri uri_of(const token::TokenContents& contents, const token::TokenKey& key,
                 const std::string& type);

/// "PIV card", "YubiKey PIV", or, if the model does not say so, with the driver before it.
std::string describe(const drivers::CardIdentity& identity);

/// "RSA 2048", "EC P-256"
std::string describe(const crypto::PublicKey& key);

/// The PIN for a command: simulated cards have a known one. None with `exit_code` set, and the
/// reason on stderr, if it cannot be read.
std::optional<SecretBytes> pin_for(const CardAccess& access, const PinSource& source,
                                   const OpenToken& token, ExitCode& exit_code);

}  // namespace cardmux::tool
