// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <fmt/core.h>

#include <CLI/CLI.hpp>

#include "tool/answer.h"
#include "tool/card_access.h"
#include "tool/command.h"

namespace cardmux::tool {
namespace {

using nlohmann::json;

constexpr const char* examples = R"(Examples:
  cardmux pin verify
  cardmux pin verify --pin-file pin.txt --json
  cardmux pin verify --pin-fd 3 3<pin.txt --reader 'Some Reader 00 00'

A wrong PIN costs one of the card's tries, as it says afterwards.
Exit codes: 0 the card accepted the PIN; 4 it did not; others: docs/tool.md.)";

struct PinOptions {
    CardOptions card;
    PinSource pin;
    std::string token;
    bool json = false;
};

ExitCode say(const PinOptions& options, const OpenToken& open, const Result<void>& result) {
    const auto tries = open.token->pin_tries_left();
    if (options.json)
        give_answer({{"accepted", result.ok()},
                     {"tries_left", tries ? json(*tries) : json(nullptr)},
                     {"card", open.contents->label},
                     {"reader", open.reader}});
    if (!result) return report_error("verify the PIN", result.error());
    if (!options.json)
        fmt::print("The card accepted the PIN{}.\n",
                   tries ? fmt::format("; {} tries left", *tries) : std::string());
    return ExitCode::Ok;
}

ExitCode run_pin_verify(const PinOptions& options) {
    std::string problem;
    const std::string name = options.token.empty() ? "pkcs11:" : options.token;
    const auto uri = parse_pkcs11_uri(name, problem);
    const auto source = uri ? pin_source_for(*uri, options.pin, problem) : uri.error();
    if (!source) return report_problem(ExitCode::Usage, problem, "`cardmux list` shows URIs");
    ExitCode exit_code = ExitCode::Ok;
    const auto access = CardAccess::create(options.card, exit_code);
    if (!access) return exit_code;
    const auto open = access->find(*uri, options.token.empty() ? "a card" : name, exit_code);
    if (!open) return exit_code;
    const auto pin = pin_for(*access, *source, *open, exit_code);
    if (!pin) return exit_code;
    const auto result = open->token->login(open->client, *pin, access->deadline());
    exit_code = say(options, *open, result);
    if (result) open->token->logout(open->client.domain);
    return exit_code;
}

}  // namespace

void add_pin_command(CLI::App& app, CommandContext& context) {
    auto options = std::make_shared<PinOptions>();
    CLI::App* group = app.add_subcommand("pin", "The card's PIN");
    group->require_subcommand(1);
    CLI::App* command =
        group->add_subcommand("verify", "Present the PIN and say what the card says");
    command->footer(examples);
    command->add_option("--token", options->token, "PKCS #11 URI of the card [the first]");
    command->add_flag("--json", options->json, "One JSON object on stdout");
    add_pin_options(*command, options->pin);
    add_card_options(*command, options->card);
    command->callback([options, &context] { context.exit_code = run_pin_verify(*options); });
}

}  // namespace cardmux::tool
