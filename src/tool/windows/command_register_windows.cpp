// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "api/windows/provider_registry.h"
#include "base/wide_text_windows.h"
#include "registration/opened_path_windows.h"
#include "registration/provider_registration.h"
#include "registration/system_files.h"
#include "tool/answer.h"
#include "tool/windows/commands.h"
#include "tool/windows/own_file.h"
#include "tool/windows/smart_card_service.h"

namespace cardmux::tool::windows {
namespace {

using namespace registration;
using nlohmann::json;

constexpr const char* register_examples = R"(Examples:
  cardmux register
  cardmux register --bind-cards
  cardmux register --in-place --dll-folder "C:\Program Files\Cardmux"

Wants an administrator. Copies cardmux.dll and its forwarders to System32, where services find them
and no user can change them; afterwards the folder that was unpacked is not needed any more. With
--in-place the DLL stays where it is, which only administrators may be able to write. What was in
the registry before is kept in %ProgramData%\Cardmux\backup.json; `cardmux unregister` puts it back.
A newer version: `cardmux register` again; programs that run keep the old DLL until they end.)";

constexpr const char* unregister_examples = R"(Examples:
  cardmux unregister
  cardmux unregister --json

Wants an administrator. Certificates that were adopted: `cardmux certs restore` first.)";

constexpr const char* binding_warning =
    "Binding makes the cards belong to Cardmux. Where LSA runs protected (RunAsPPL), Windows loads "
    "no\nprovider there that Microsoft has not signed: logon with these cards will fail. `cardmux "
    "unregister`\ntakes the binding back.";

struct RegisterOptions {
    std::string dll_folder;
    std::vector<std::string> bind_atrs;
    bool bind_cards = false;
    bool in_place = false;
    bool anyway = false;
    bool json = false;
};

/// Of the cards that our driver would take.
///
/// left_out  readers whose card is another one, with the reason
/// errors    as list_readers
Result<std::vector<Bytes>> atrs_of_piv_cards(std::vector<std::string>& left_out) {
    CARDMUX_TRY_ASSIGN(const auto readers, list_readers());
    std::vector<Bytes> atrs;
    for (const ReaderState& reader : readers) {
        if (reader.atr.empty()) continue;
        const auto piv = has_piv(reader.name);
        if (piv.ok() && *piv) {
            atrs.push_back(reader.atr);
            continue;
        }
        left_out.push_back(reader.name + ": " +
                           (piv ? "no PIV card"
                                : fmt::format("{}: {}", piv.error().operation,
                                              text_of_code(piv.error().platform_code))));
        fmt::print(stderr, "cardmux: {}; this card is not bound\n", left_out.back());
    }
    return atrs;
}

/// left_out  as atrs_of_piv_cards
/// errors    reported; the exit code is returned
ExitCode collect_atrs(const RegisterOptions& options, std::vector<Bytes>& atrs,
                      std::vector<std::string>& left_out) {
    for (const std::string& text : options.bind_atrs) {
        auto atr = from_hex(text);
        if (!atr || atr->size() < 2 || atr->size() > 33)
            return report_problem(ExitCode::Usage, "--bind-atr " + text + " is no answer to reset",
                                  "`cardmux doctor` shows those of the cards in the readers");
        atrs.push_back(std::move(*atr));
    }
    if (!options.bind_cards) return ExitCode::Ok;
    const auto of_cards = atrs_of_piv_cards(left_out);
    if (!of_cards) return report_windows_error("ask for the cards", of_cards.error());
    if (of_cards->empty())
        return report_problem(ExitCode::NoCard, "there is no PIV card to bind",
                              "put a card of each kind into a reader, or use --bind-atr");
    atrs.insert(atrs.end(), of_cards->begin(), of_cards->end());
    return ExitCode::Ok;
}

/// errors    reported; the exit code is returned
ExitCode look_at_files(const RegisterOptions& options, const std::filesystem::path& folder) {
    std::error_code failure;
    for (const std::string& name : own_file_names()) {
        if (std::filesystem::is_regular_file(folder / name, failure)) continue;
        return report_problem(ExitCode::Usage,
                              "there is no " + from_wide((folder / name).wstring()),
                              "unpack the whole zip; --dll-folder names the folder with its DLLs");
    }
    if (!options.in_place || options.anyway) return ExitCode::Ok;
    const auto dll = from_wide((folder / L"cardmux.dll").wstring());
    const std::string changeable = changeable_by_others(dll);
    if (changeable.empty()) return ExitCode::Ok;
    return report_problem(
        ExitCode::Usage,
        "others than administrators may change " + changeable +
            ", so that their code would run in services and at logon; nothing is changed",
        "leave --in-place away, which copies the DLLs to System32; or move the folder to where "
        "administrators alone write, such as C:\\Program Files\\Cardmux");
}

void print_report(const RegistrationReport& report) {
    fmt::print("registered: {}\n            {}\n            {}\n", api::csp_name_rsa_full,
               api::csp_name_rsa_aes, api::ksp_name);
    fmt::print("DLL:        {} (KSP: {})\nbackup:     {}\n", report.csp_image, report.ksp_image,
               report.backup);
    if (!report.ksp_entry_by_system)
        fmt::print("note:       this system's BCryptRegisterProvider wrote no entry; we did\n");
    fmt::print("next:       `cardmux certs adopt` makes your certificates use it\n");
}

ExitCode report_files_in_the_way() {
    const auto files = files_in_the_way();
    return report_problem(
        ExitCode::Failed,
        fmt::format("cannot register (nothing is changed): no backup says that these are ours: {}",
                    fmt::join(files, ", ")),
        "if an earlier `cardmux register` put them there, delete them (rename one that is in use), "
        "and register again; else use --in-place");
}

ExitCode run_register(const RegisterOptions& options) {
    RegistrationRequest request;
    std::vector<std::string> left_out;
    const std::string folder =
        options.dll_folder.empty() ? folder_of_this_program() : options.dll_folder;
    std::error_code failure;
    const auto whole = std::filesystem::absolute(to_wide(folder), failure).lexically_normal();
    request.dll = from_wide((whole / L"cardmux.dll").wstring());
    request.in_place = options.in_place;
    const ExitCode looked_at = look_at_files(options, whole);
    if (looked_at != ExitCode::Ok) return looked_at;
    const ExitCode collected = collect_atrs(options, request.bind_atrs, left_out);
    if (collected != ExitCode::Ok) return collected;
    if (!request.bind_atrs.empty()) fmt::print(stderr, "{}\n", binding_warning);
    std::vector<NotPutBack> left;
    const auto report = register_providers(request, left);
    if (!report && report.error().code == ErrorCode::DataInvalid)
        return report_backup_problem(registration_backup_file(), report.error());
    if (!report && report.error().code == ErrorCode::AlreadyExists && left.empty())
        return report_files_in_the_way();
    if (!report) return report_not_put_back("register", report.error(), left);
    if (!options.json) print_report(*report);
    give_answer({{"csp_image", report->csp_image},
                 {"ksp_image", report->ksp_image},
                 {"ksp_entry_by_system", report->ksp_entry_by_system},
                 {"bound_cards", request.bind_atrs.size()},
                 {"not_bound", left_out},
                 {"warning", request.bind_atrs.empty() ? "" : binding_warning},
                 {"changed", report->changed},
                 {"backup", report->backup}});
    return ExitCode::Ok;
}

ExitCode run_unregister(const RegisterOptions& options) {
    std::vector<NotPutBack> left;
    const auto report = unregister_providers(left);
    if (!report && report.error().code == ErrorCode::ObjectNotFound)
        return report_problem(ExitCode::NotFound,
                              "nothing is registered: there is no " + registration_backup_file(),
                              "`cardmux doctor` shows what the registry says of us");
    if (!report && report.error().code == ErrorCode::DataInvalid)
        return report_backup_problem(registration_backup_file(), report.error());
    if (!report) return report_not_put_back("unregister", report.error(), left);
    give_answer({{"restored", report->values}, {"left_over", report->left_over}});
    if (options.json) return ExitCode::Ok;
    fmt::print("the registry is as it was: {} values put back\n", report->values);
    for (const std::string& file : report->left_over)
        fmt::print("{} was in use: renamed, gone after the next start of Windows\n", file);
    return ExitCode::Ok;
}

}  // namespace

void add_register_commands(CLI::App& app, CommandContext& context) {
    auto options = std::make_shared<RegisterOptions>();
    CLI::App* command = app.add_subcommand(
        "register", "Copy our DLLs to System32 and tell Windows of them (administrator)");
    command->footer(register_examples);
    command->add_option("--dll-folder", options->dll_folder,
                        "Where cardmux.dll is [beside this program]");
    command->add_flag("--in-place", options->in_place,
                      "Register the DLL where it is; do not copy it to System32");
    command->add_flag("--anyway", options->anyway,
                      "With --in-place: though others may change it. For tests only");
    command->add_flag("--bind-cards", options->bind_cards,
                      "Make the PIV cards now in the readers belong to our providers (by ATR)");
    command->add_option("--bind-atr", options->bind_atrs, "The same by the ATR, in hexadecimal");
    command->add_flag("--json", options->json, "One JSON object on stdout");
    command->callback([options, &context] { context.exit_code = run_register(*options); });

    CLI::App* back =
        app.add_subcommand("unregister", "Put the registry back, remove our DLLs (administrator)");
    back->footer(unregister_examples);
    back->add_flag("--json", options->json, "One JSON object on stdout");
    back->callback([options, &context] { context.exit_code = run_unregister(*options); });
}

}  // namespace cardmux::tool::windows
