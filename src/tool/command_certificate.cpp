// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <CLI/CLI.hpp>

#include "tool/answer.h"
#include "tool/card_access.h"
#include "tool/command.h"
#include "tool/file_data.h"
#include "tool/key_name.h"

namespace cardmux::tool {
namespace {

constexpr const char* examples = R"(Examples:
  cardmux cert export --key 9a >alice.pem
  cardmux cert export --key 9c --format der --output alice.der
  cardmux cert export --simulate fixed:10ms --key 9a

Exit codes: docs/tool.md; 6 the card has no such certificate.)";

struct ExportOptions {
    CardOptions card;
    std::string key = "9a";
    std::string format = "pem";
    std::string output = "-";
    bool json = false;
};

const crypto::Certificate* find_certificate(const token::TokenContents& contents,
                                            const Pkcs11Uri& uri) {
    const token::TokenKey* key = find_key(contents, uri);
    if (key == nullptr) return nullptr;
    for (const token::TokenCertificate& certificate : contents.certificates)
        if (certificate.key_reference == key->key.reference) return &certificate.certificate;
    return nullptr;
}

ExitCode write_certificate(const ExportOptions& options, const crypto::Certificate& certificate) {
    const std::string pem = pem_of(certificate.der, "CERTIFICATE");
    if (!options.json || options.output != "-") {
        const bool as_pem = options.format == "pem";
        const ExitCode written =
            write_output(options.output, as_pem ? bytes_of(pem) : ByteView(certificate.der));
        if (written != ExitCode::Ok) return written;
    }
    if (options.json)
        give_answer({{"common_name", certificate.common_name},
                     {"not_before", certificate.not_before},
                     {"not_after", certificate.not_after},
                     {"pem", pem}});
    return ExitCode::Ok;
}

ExitCode run_export(const ExportOptions& options) {
    std::string problem;
    // The key's own URI names its certificate too: `cardmux list` shows keys.
    const auto uri = parse_key_name(options.key, {"cert", "private", "public"}, problem);
    if (!uri)
        return report_problem(ExitCode::Usage, problem, "`cardmux list` shows keys and names");
    ExitCode exit_code = ExitCode::Ok;
    const auto access = CardAccess::create(options.card, exit_code);
    if (!access) return exit_code;
    const auto open = access->find(*uri, options.key, exit_code);
    if (!open) return exit_code;
    const crypto::Certificate* certificate = find_certificate(*open->contents, *uri);
    if (certificate == nullptr)
        return report_problem(ExitCode::NotFound, options.key + " has no certificate on this card",
                              "`cardmux list` shows which keys have one");
    return write_certificate(options, *certificate);
}

}  // namespace

void add_certificate_command(CLI::App& app, CommandContext& context) {
    auto options = std::make_shared<ExportOptions>();
    CLI::App* group = app.add_subcommand("cert", "Certificates on a card");
    group->require_subcommand(1);
    CLI::App* command = group->add_subcommand("export", "Write a certificate to a file");
    command->footer(examples);
    command->add_option("--key", options->key, "9a, 9c, ... or a PKCS #11 URI [9a]");
    command->add_option("--format", options->format, "pem or der [pem]")
        ->check(CLI::IsMember({"pem", "der"}));
    command->add_option("--output", options->output, "Where it goes [stdout]");
    command->add_flag("--json", options->json, "One JSON object on stdout");
    add_card_options(*command, options->card);
    command->callback([options, &context] { context.exit_code = run_export(*options); });
}

}  // namespace cardmux::tool
