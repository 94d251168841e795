// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "tool/answer.h"
#include "tool/card_access.h"
#include "tool/command.h"
#include "tool/key_name.h"

namespace cardmux::tool {
namespace {

using nlohmann::json;

constexpr const char* examples = R"(Examples:
  cardmux list
  cardmux list --json
  cardmux list --simulate fixed:10ms,cards=2

Exit codes: 0 at least one card could be read; 3 no reader or no card; 5 no smart card service;
1 there are cards, and none could be read.)";

struct ListOptions {
    CardOptions card;
    bool json = false;
};

const char* name_of(drivers::PinPolicy policy) {
    switch (policy) {
        case drivers::PinPolicy::Never:
            return "never";
        case drivers::PinPolicy::Once:
            return "once";
        case drivers::PinPolicy::Always:
            return "always";
    }
    return "";
}

json key_to_json(const token::TokenContents& contents, const token::TokenKey& key) {
    json uses = json::array();
    if (key.key.can_sign) uses.push_back("sign");
    if (key.key.can_decrypt) uses.push_back("decrypt");
    if (key.key.can_derive) uses.push_back("derive");
    json object{{"name", short_name_of(key.key.reference)},
                {"label", key.label},
                {"id", to_hex(key.id)},
                {"type", describe(key.key.public_key)},
                {"pin", name_of(key.key.pin_policy)},
                {"uses", uses},
                {"uri", to_string(uri_of(contents, key, "private"))},
                {"certificate", nullptr}};
    for (const token::TokenCertificate& certificate : contents.certificates)
        if (certificate.key_reference == key.key.reference)
            object["certificate"] = {{"common_name", certificate.certificate.common_name},
                                     {"not_before", certificate.certificate.not_before},
                                     {"not_after", certificate.certificate.not_after}};
    return object;
}

json token_to_json(CardAccess& access, const OpenToken& open) {
    const token::TokenContents& contents = *open.contents;
    const auto tries = access.tries_left(open);
    json object{{"label", contents.label},
                {"driver", contents.identity.driver},
                {"kind", describe(contents.identity)},
                {"model", contents.identity.model},
                {"serial", contents.identity.serial_number},
                {"uri", to_string(uri_of(contents))},
                {"pin_tries_left", tries ? json(*tries) : json(nullptr)},
                {"keys", json::array()}};
    for (const token::TokenKey& key : contents.keys)
        object["keys"].push_back(key_to_json(contents, key));
    return object;
}

json reader_to_json(CardAccess& access, const provider::SlotStatus& slot) {
    json object{
        {"reader", slot.reader}, {"slot", slot.id}, {"card", nullptr}, {"problem", nullptr}};
    if (slot.card_mute) object["problem"] = "the card does not answer: is it the right way round?";
    if (!slot.card_present || slot.card_mute) return object;
    object["atr"] = to_hex(slot.atr);
    const auto open = access.open(slot);
    if (open)
        object["card"] = token_to_json(access, *open);
    else
        object["problem"] = to_string(open.error());
    return object;
}

std::string key_text(const json& key) {
    std::string text = fmt::format("    {}  {:<10} {:<32} PIN {}\n", key["name"].get<std::string>(),
                                   key["type"].get<std::string>(), key["label"].get<std::string>(),
                                   key["pin"].get<std::string>());
    if (!key["certificate"].is_null())
        text += fmt::format("        certificate of {}, until {}\n",
                            key["certificate"]["common_name"].get<std::string>(),
                            key["certificate"]["not_after"].get<std::string>());
    return text + fmt::format("        {}\n", key["uri"].get<std::string>());
}

std::string reader_text(const json& reader) {
    std::string text = fmt::format("{}\n", reader["reader"].get<std::string>());
    if (!reader["problem"].is_null())
        return text + fmt::format("  {}\n", reader["problem"].get<std::string>());
    const json& card = reader["card"];
    if (card.is_null()) return text + "  no card\n";
    text += fmt::format("  {} ({}, serial {})\n", card["label"].get<std::string>(),
                        card["kind"].get<std::string>(), card["serial"].get<std::string>());
    for (const json& key : card["keys"]) text += key_text(key);
    return text;
}

ExitCode exit_code_of(const json& readers) {
    bool has_problem = false;
    for (const json& reader : readers) {
        if (!reader["card"].is_null()) return ExitCode::Ok;
        has_problem = has_problem || !reader["problem"].is_null();
    }
    return has_problem ? ExitCode::Failed : ExitCode::NoCard;
}

ExitCode run_list(const ListOptions& options) {
    ExitCode exit_code = ExitCode::Ok;
    const auto access = CardAccess::create(options.card, exit_code);
    if (!access) return exit_code;
    const auto slots = access->slots();
    if (!slots) return report_error("list the readers", slots.error());
    json readers = json::array();
    for (const auto& slot : *slots) readers.push_back(reader_to_json(*access, slot));
    if (options.json)
        give_answer({{"readers", readers}});
    else
        for (const json& reader : readers) fmt::print("{}", reader_text(reader));
    if (readers.empty() && !options.card.reader.empty()) return access->report_no_reader();
    exit_code = exit_code_of(readers);
    if (exit_code == ExitCode::NoCard)
        (void)report_problem(exit_code, readers.empty() ? "no reader" : "no card in any reader",
                             "plug one in, or `cardmux doctor` to see what is missing");
    if (exit_code == ExitCode::Failed)
        (void)report_problem(exit_code, "no card could be read", "`cardmux doctor` says more");
    return exit_code;
}

}  // namespace

void add_list_command(CLI::App& app, CommandContext& context) {
    auto options = std::make_shared<ListOptions>();
    CLI::App* command = app.add_subcommand("list", "Show readers, cards, keys and certificates");
    command->footer(examples);
    add_card_options(*command, options->card);
    command->add_flag("--json", options->json, "One JSON object on stdout");
    command->callback([options, &context] { context.exit_code = run_list(*options); });
}

}  // namespace cardmux::tool
