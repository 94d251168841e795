// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <nlohmann/json.hpp>

#include "api/windows/provider_registry.h"
#include "registration/provider_keys.h"
#include "tool/answer.h"
#include "tool/windows/certificate_store.h"
#include "tool/windows/commands.h"

namespace cardmux::tool::windows {
namespace {

using nlohmann::json;

constexpr const char* examples = R"(Examples:
  cardmux certs list
  cardmux certs adopt
  cardmux certs publish
  cardmux certs restore

Programs find a certificate's key by the provider that it names. `adopt` makes the certificates of
the current user that name Microsoft's smart card providers name ours. Windows' certificate
propagation service writes Microsoft's name again when the card is inserted: run `adopt` again, or
bind the card to Cardmux (`cardmux register --bind-cards`), or stop that service (CertPropSvc).)";

struct CertsOptions {
    bool json = false;
};

/// Ours in place of Microsoft's; none if the certificate names another.
std::optional<KeyLink> adopted(const KeyLink& link) {
    KeyLink ours = link;
    if (link.provider == registration::microsoft_csp)
        ours.provider = api::csp_name_rsa_full;
    else if (link.provider == registration::microsoft_ksp)
        ours.provider = api::ksp_name;
    else
        return std::nullopt;
    return ours;
}

json to_json(const StoredCertificate& certificate) {
    json object{{"thumbprint", to_hex(certificate.thumbprint)},
                {"subject", certificate.subject},
                {"provider", nullptr}};
    if (!certificate.link) return object;
    object["provider"] = certificate.link->provider;
    object["container"] = certificate.link->container;
    object["type"] = certificate.link->type;
    object["key_spec"] = certificate.link->key_spec;
    return object;
}

ExitCode run_list(const CertsOptions& options) {
    const auto list = list_own_certificates();
    if (!list) return report_windows_error("read your certificates", list.error());
    json answer{{"certificates", json::array()}};
    for (const StoredCertificate& certificate : *list) {
        answer["certificates"].push_back(to_json(certificate));
        if (options.json) continue;
        fmt::print("{}  {}\n", to_hex(certificate.thumbprint), certificate.subject);
        if (certificate.link)
            fmt::print("    {}, container {}\n", certificate.link->provider,
                       certificate.link->container);
        else
            fmt::print("    no private key\n");
    }
    give_answer(answer);
    return ExitCode::Ok;
}

ExitCode report_damaged_backup(const Error& error) {
    return report_problem(ExitCode::Failed, to_string(error),
                          "repair " + certificate_backup_file() + " by hand (it is JSON)");
}

/// Saves the link before it is changed; what was saved first stays.
Result<void> adopt_one(const StoredCertificate& certificate, const KeyLink& ours,
                       std::vector<SavedLink>& saved) {
    if (std::ranges::find(saved, certificate.thumbprint, &SavedLink::thumbprint) == saved.end()) {
        saved.push_back({certificate.thumbprint, *certificate.link});
        CARDMUX_TRY(write_saved_links(saved));
    }
    CARDMUX_TRY(set_link(certificate.thumbprint, ours));
    return success();
}

ExitCode run_adopt(const CertsOptions& options) {
    const auto list = list_own_certificates();
    if (!list) return report_windows_error("read your certificates", list.error());
    auto saved = read_saved_links();
    if (!saved) return report_damaged_backup(saved.error());
    json adopted_list = json::array();
    for (const StoredCertificate& certificate : *list) {
        const auto ours = certificate.link ? adopted(*certificate.link) : std::optional<KeyLink>();
        if (!ours) continue;
        if (certificate.has_parameters) {
            fmt::print(stderr, "cardmux: {} has parameters that would be lost; left as it is\n",
                       certificate.subject);
            continue;
        }
        if (auto outcome = adopt_one(certificate, *ours, *saved); !outcome)
            return report_windows_error("adopt " + certificate.subject, outcome.error());
        adopted_list.push_back(to_hex(certificate.thumbprint));
        if (!options.json) fmt::print("{}: {}\n", certificate.subject, ours->provider);
    }
    if (!options.json) fmt::print("adopted {} certificates\n", adopted_list.size());
    give_answer({{"adopted", adopted_list}, {"backup", certificate_backup_file()}});
    return ExitCode::Ok;
}

/// Only links that are still as we made them: what others have written since is theirs.
ExitCode run_restore(const CertsOptions& options) {
    const auto list = list_own_certificates();
    if (!list) return report_windows_error("read your certificates", list.error());
    const auto saved = read_saved_links();
    if (!saved) return report_damaged_backup(saved.error());
    std::size_t restored = 0;
    for (const SavedLink& link : *saved) {
        const auto now = std::ranges::find(*list, link.thumbprint, &StoredCertificate::thumbprint);
        if (now == list->end() || now->link != adopted(link.link)) continue;
        const auto outcome = set_link(link.thumbprint, link.link);
        if (!outcome) return report_windows_error("restore " + now->subject, outcome.error());
        ++restored;
        if (!options.json) fmt::print("{}: {}\n", now->subject, link.link.provider);
    }
    if (auto outcome = write_saved_links({}); !outcome)
        return report_windows_error("remove the backup", outcome.error());
    if (!options.json) fmt::print("restored {} certificates\n", restored);
    give_answer({{"restored", restored}, {"saved", saved->size()}});
    return ExitCode::Ok;
}

ExitCode run_publish(const CertsOptions& options) {
    const auto published = publish_certificates(api::csp_name_rsa_full, 1);
    if (!published)
        return report_windows_error("publish the card's certificates", published.error());
    json names = json::array();
    for (const PublishedCertificate& certificate : *published) {
        names.push_back({{"subject", certificate.subject}, {"container", certificate.container}});
        if (!options.json)
            fmt::print("{}: container {}\n", certificate.subject, certificate.container);
    }
    if (!options.json) fmt::print("published {} certificates\n", names.size());
    give_answer({{"published", names}});
    return ExitCode::Ok;
}

}  // namespace

void add_certs_command(CLI::App& app, CommandContext& context) {
    auto options = std::make_shared<CertsOptions>();
    CLI::App* command =
        app.add_subcommand("certs", "Which provider your certificates name; make them name ours");
    command->footer(examples);
    command->require_subcommand(1);
    const auto add = [&](const char* name, const char* text, auto run) {
        CLI::App* step = command->add_subcommand(name, text);
        step->footer(examples);
        step->add_flag("--json", options->json, "One JSON object on stdout");
        step->callback([options, &context, run] { context.exit_code = run(*options); });
    };
    add("list", "Your certificates and the provider of each", run_list);
    add("adopt", "Make those of Microsoft's smart card providers name ours", run_adopt);
    add("restore", "Put the names back that `adopt` changed", run_restore);
    add("publish", "Add the card's certificates to your store, under our CSP's name", run_publish);
}

}  // namespace cardmux::tool::windows
