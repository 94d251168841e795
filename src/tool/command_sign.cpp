// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <fmt/core.h>

#include <CLI/CLI.hpp>

#include "crypto/hash.h"
#include "crypto/rsa_padding.h"
#include "tool/answer.h"
#include "tool/card_access.h"
#include "tool/command.h"
#include "tool/file_data.h"
#include "tool/key_name.h"
#include "tool/signature_options.h"

namespace cardmux::tool {
namespace {

constexpr const char* examples = R"(Examples:
  cardmux sign --key 9a --output letter.sig letter.pdf
  cardmux sign --key 9a --pss --hash sha512 --pin-file pin.txt <letter.pdf >letter.sig
  cardmux sign --key 'pkcs11:type=private;id=%01' --json letter.pdf
  cardmux sign --simulate fixed:10ms --key 9a --output letter.sig letter.pdf

The signature is what `openssl dgst -verify` takes: for EC keys DER, with --raw r and s joined.
Exit codes: docs/tool.md; 4 PIN, 6 no such key.)";

struct SignOptions {
    CardOptions card;
    SignatureOptions signature;
    PinSource pin;
    std::string key = "9a";
    std::string input = "-";
    std::string output = "-";
    bool raw = false;
    bool json = false;
};

struct HashName {
    std::string_view name;
    crypto::HashAlgorithm algorithm;
};
constexpr HashName hash_names[] = {{"SHA256", crypto::HashAlgorithm::Sha256},
                                   {"SHA384", crypto::HashAlgorithm::Sha384},
                                   {"SHA512", crypto::HashAlgorithm::Sha512}};

crypto::HashAlgorithm algorithm_of(const load::LoadMechanism& mechanism) {
    for (const auto& [name, algorithm] : hash_names)
        if (name == mechanism.hash) return algorithm;
    return crypto::HashAlgorithm::Sha256;
}

Result<token::SignRequest> request_for(const token::TokenKey& key,
                                       const load::LoadMechanism& mechanism, ByteView data) {
    const crypto::HashAlgorithm algorithm = algorithm_of(mechanism);
    CARDMUX_TRY_ASSIGN(const auto hash, crypto::hash(algorithm, data));
    token::SignRequest request;
    request.key_reference = key.key.reference;
    request.public_key = key.key.public_key;
    request.input = hash;
    if (mechanism.family == load::KeyFamily::Ec) {
        request.scheme = token::Ecdsa{};
    } else if (mechanism.is_pss) {
        request.scheme = token::RsaPss{algorithm, algorithm, hash.size()};
    } else {
        CARDMUX_TRY_ASSIGN(request.input, crypto::digest_info(algorithm, hash));
        request.scheme = token::RsaPkcs1{};
    }
    return request;
}

/// Logs in if there is a PIN, and signs.
Result<Bytes> log_in_and_sign(CardAccess& access, const OpenToken& open, const token::TokenKey& key,
                              token::SignRequest request, const SecretBytes* pin) {
    if (pin == nullptr) return open.token->sign(open.client, request, access.deadline());
    CARDMUX_TRY(open.token->login(open.client, *pin, access.deadline()));
    if (key.key.pin_policy == drivers::PinPolicy::Always) request.operation_pin = pin;
    auto signature = open.token->sign(open.client, request, access.deadline());
    open.token->logout(open.client.domain);
    return signature;
}

ExitCode write_signature(const SignOptions& options, const Bytes& signature,
                         const token::TokenKey& key, const load::LoadMechanism& mechanism) {
    if (!options.json || options.output != "-") {
        const ExitCode written = write_output(options.output, signature);
        if (written != ExitCode::Ok) return written;
    }
    if (options.json)
        give_answer({{"key", short_name_of(key.key.reference)},
                     {"type", describe(key.key.public_key)},
                     {"mechanism", mechanism.name},
                     {"signature_hex", to_hex(signature)}});
    return ExitCode::Ok;
}

/// Before anybody is asked for a PIN.
ExitCode check_key(const token::TokenKey& key, const SignOptions& options) {
    if (!key.key.can_sign)
        return report_problem(
            ExitCode::Usage, fmt::format("{} ({}) is not a key that signs", options.key, key.label),
            "use 9a, 9c or 9e; `cardmux list --json` shows what each key can do");
    if (options.raw && std::holds_alternative<crypto::RsaPublicKey>(key.key.public_key))
        return report_problem(ExitCode::Usage, "--raw is for EC keys, and this is an RSA key",
                              "leave it out: an RSA signature has one form only");
    return ExitCode::Ok;
}

ExitCode sign_with(CardAccess& access, const OpenToken& open, const token::TokenKey& key,
                   const SignOptions& options) {
    const auto* ec = std::get_if<crypto::EcPublicKey>(&key.key.public_key);
    std::string problem;
    const auto* mechanism = choose_mechanism(
        options.signature, ec == nullptr ? load::KeyFamily::Rsa : load::KeyFamily::Ec, problem);
    if (mechanism == nullptr)
        return report_problem(ExitCode::Usage, problem, "`cardmux list` shows the types of keys");
    ExitCode exit_code = ExitCode::Ok;
    const auto data = read_input(options.input, exit_code);
    if (!data) return exit_code;
    auto request = request_for(key, *mechanism, *data);
    if (!request) return report_error("prepare the signature", request.error());
    std::optional<SecretBytes> pin;
    if (key.key.pin_policy != drivers::PinPolicy::Never) {
        pin = pin_for(access, options.pin, open, exit_code);
        if (!pin) return exit_code;
    }
    auto signature =
        log_in_and_sign(access, open, key, std::move(request).value(), pin ? &*pin : nullptr);
    if (signature && ec != nullptr && !options.raw)
        signature = crypto::ecdsa_to_der(*signature, ec->curve);
    if (!signature) return report_error("sign with " + options.key, signature.error());
    return write_signature(options, *signature, key, *mechanism);
}

ExitCode run_sign(SignOptions& options) {
    std::string problem;
    const auto uri = parse_key_name(options.key, {"private"}, problem);
    if (!uri)
        return report_problem(ExitCode::Usage, problem, "`cardmux list` shows keys and names");
    const auto pin = pin_source_for(*uri, options.pin, problem);
    if (!pin) return report_problem(ExitCode::Usage, problem, "leave it out, or use --pin-file");
    options.pin = *pin;
    ExitCode exit_code = ExitCode::Ok;
    const auto access = CardAccess::create(options.card, exit_code);
    if (!access) return exit_code;
    const auto open = access->find(*uri, options.key, exit_code);
    if (!open) return exit_code;
    const token::TokenKey* key = find_key(*open->contents, *uri);
    if (key == nullptr)
        return report_problem(ExitCode::NotFound, options.key + " names no key",
                              "`cardmux list` shows keys and names");
    exit_code = check_key(*key, options);
    return exit_code == ExitCode::Ok ? sign_with(*access, *open, *key, options) : exit_code;
}

}  // namespace

void add_sign_command(CLI::App& app, CommandContext& context) {
    auto options = std::make_shared<SignOptions>();
    CLI::App* command = app.add_subcommand("sign", "Sign a file with a key on a card");
    command->footer(examples);
    command->add_option("file", options->input, "What to sign [stdin]");
    command->add_option("--key", options->key, "9a, 9c, ... or a PKCS #11 URI [9a]");
    command->add_option("--output", options->output, "Where the signature goes [stdout]");
    command->add_flag("--raw", options->raw, "EC keys: r and s joined instead of DER");
    command->add_flag("--json", options->json, "One JSON object on stdout");
    add_signature_options(*command, options->signature);
    add_pin_options(*command, options->pin);
    add_card_options(*command, options->card);
    command->callback([options, &context] { context.exit_code = run_sign(*options); });
}

}  // namespace cardmux::tool
