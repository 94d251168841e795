// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <fmt/core.h>

#include <CLI/CLI.hpp>

#include "tool/answer.h"
#include "tool/card_access.h"
#include "tool/command.h"
#include "tool/file_data.h"
#include "tool/key_name.h"
#include "tool/load/signature_judge.h"
#include "tool/signature_options.h"

namespace cardmux::tool {
namespace {

using load::JudgeKey;
using load::KeyFamily;
using load::SignatureJudge;

constexpr const char* examples = R"(Examples:
  cardmux verify --key 9a --signature letter.sig letter.pdf
  cardmux verify --certificate alice.pem --signature letter.sig letter.pdf
  cardmux verify --certificate alice.pem --pss --signature letter.sig <letter.pdf

Exit codes: 0 the signature is right; 1 it is not; others: docs/tool.md.)";

struct VerifyOptions {
    CardOptions card;
    SignatureOptions signature;
    std::string key = "9a";
    std::string certificate;
    std::string signature_file;
    std::string input = "-";
    bool json = false;
};

Result<JudgeKey> key_of_certificate(const Bytes& file) {
    CARDMUX_TRY_ASSIGN(const auto der, der_of(file));
    return JudgeKey::from_certificate(der);
}

Result<JudgeKey> key_of_token(const OpenToken& open, const Pkcs11Uri& uri) {
    const token::TokenKey* key = find_key(*open.contents, uri);
    if (key == nullptr) return Error(ErrorCode::KeyNotFound, "find the key");
    return JudgeKey::from_public_key_info(key->public_key_info);
}

/// The form that PKCS#11 uses: r and s joined for EC keys.
Result<Bytes> joined_signature(const JudgeKey& key, ByteView signature) {
    const bool is_der_of_ec =
        key.family() == KeyFamily::Ec && signature.size() != key.signature_size();
    if (!is_der_of_ec) return to_bytes(signature);
    return crypto::ecdsa_from_der(
        signature, key.signature_size() == 64 ? crypto::Curve::P256 : crypto::Curve::P384);
}

Result<bool> signature_fits(const JudgeKey& key, const load::LoadMechanism& mechanism,
                            const Bytes& data, const Bytes& given) {
    CARDMUX_TRY_ASSIGN(const auto judge, SignatureJudge::create(key, mechanism));
    const auto signature = joined_signature(key, given);
    if (!signature) return false;
    return judge.accepts(judge.challenge_for(data), *signature);
}

ExitCode verify_with(const VerifyOptions& options, const JudgeKey& key) {
    std::string problem;
    const auto* mechanism = choose_mechanism(options.signature, key.family(), problem);
    if (mechanism == nullptr)
        return report_problem(ExitCode::Usage, problem,
                              "choose --hash and --pss as in `cardmux sign`");
    ExitCode exit_code = ExitCode::Ok;
    const auto signature = read_input(options.signature_file, exit_code);
    if (!signature) return exit_code;
    const auto data = read_input(options.input, exit_code);
    if (!data) return exit_code;
    const auto fits = signature_fits(key, *mechanism, *data, *signature);
    if (!fits) return report_error("verify", fits.error());
    if (options.json)
        give_answer({{"right", *fits}, {"type", key.describe()}, {"mechanism", mechanism->name}});
    else
        fmt::print("{} ({}, {})\n", *fits ? "The signature is right" : "The signature is WRONG",
                   key.describe(), mechanism->name);
    if (*fits) return ExitCode::Ok;
    return report_problem(ExitCode::Failed, "the signature does not fit this file and key",
                          "check the file, --key or --certificate, --hash and --pss");
}

ExitCode verify_with_certificate(const VerifyOptions& options) {
    ExitCode exit_code = ExitCode::Ok;
    const auto file = read_input(options.certificate, exit_code);
    if (!file) return exit_code;
    const auto key = key_of_certificate(*file);
    if (!key)
        return report_problem(ExitCode::Usage, options.certificate + " is no certificate",
                              "give a certificate in PEM or DER");
    return verify_with(options, *key);
}

ExitCode verify_with_card(const VerifyOptions& options) {
    std::string problem;
    // The public key is the private key's other half: either name will do, and the certificate's.
    const auto uri = parse_key_name(options.key, {"public", "private", "cert"}, problem);
    if (!uri)
        return report_problem(ExitCode::Usage, problem, "`cardmux list` shows keys and names");
    ExitCode exit_code = ExitCode::Ok;
    const auto access = CardAccess::create(options.card, exit_code);
    if (!access) return exit_code;
    const auto open = access->find(*uri, options.key, exit_code);
    if (!open) return exit_code;
    const auto key = key_of_token(*open, *uri);
    if (!key) return report_error("find " + options.key, key.error());
    return verify_with(options, *key);
}

}  // namespace

void add_verify_command(CLI::App& app, CommandContext& context) {
    auto options = std::make_shared<VerifyOptions>();
    CLI::App* command = app.add_subcommand("verify", "Check the signature of a file");
    command->footer(examples);
    command->add_option("file", options->input, "What was signed [stdin]");
    command->add_option("--signature", options->signature_file, "The signature's file")->required();
    auto* key = command->add_option("--key", options->key, "The card's key [9a]");
    command->add_option("--certificate", options->certificate, "A certificate, PEM or DER; no card")
        ->excludes(key);
    command->add_flag("--json", options->json, "One JSON object on stdout");
    add_signature_options(*command, options->signature);
    add_card_options(*command, options->card);
    command->callback([options, &context] {
        context.exit_code = options->certificate.empty() ? verify_with_card(*options)
                                                         : verify_with_certificate(*options);
    });
}

}  // namespace cardmux::tool
