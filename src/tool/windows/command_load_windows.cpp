// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The article's scenario against any provider ("0x6 ERROR_INVALID_HANDLE when a multithreaded
// application accesses a BaseCSP smart card").
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "registration/provider_keys.h"
#include "tool/answer.h"
#include "tool/windows/commands.h"
#include "tool/windows/load/load_run.h"
#include "tool/windows/pin_file.h"

namespace cardmux::tool::windows {
namespace {

using namespace registration;

constexpr const char* examples = R"(Examples:
  cardmux load --csp "Microsoft Base Smart Card Crypto Provider" --threads 32 --pin-file pin.txt
  cardmux load --csp "Cardmux Smart Card Crypto Provider" --mode release --count 10000
  cardmux load --ksp "Cardmux Smart Card Key Storage Provider" --seconds 30 --json
  cardmux load --csp "Cardmux Smart Card Crypto Provider" --direct cardmux.dll --mode release

Modes:
  own      acquire, get the key, read it, sign, release: each thread with contexts of its own
  shared   one context for all threads, each an owner of it (CryptContextAddRef) while it uses it;
           now and then a new one takes its place, and the old one goes with its last owner
  release  the same all the time, one context for each four threads; where the interface counts no
           owners (CNG, --direct), the context is gone under those who are inside

Signs once before the threads start, and stops at once when the card refuses the PIN.

Exit codes: 0 all signatures right and no error; 1 errors or wrong signatures; 2 usage; 3 no card;
4 PIN; 6 no such key; 7 a call hung. Where nobody is an owner (`release` with CNG or --direct) a
call with a handle that was released before it returned may fail with NTE_BAD_UID, NTE_BAD_KEY or
NTE_BAD_HASH (CSP), NTE_INVALID_HANDLE (KSP): that is `expected`, every other code is an error.)";

struct LoadCommandOptions {
    RunOptions run;
    std::string csp;
    std::string ksp;
    std::string hash = "sha256";
    std::string pin_file;
    bool pin_each = false;
    bool json = false;
    bool picture = false;
    bool timeline = false;
};

/// As registered; PROV_RSA_FULL if that is not known.
std::uint32_t registered_type(const std::string& provider) {
    const auto value = read_value(csp_key(provider), "Type");
    if (!value || !*value) return 1;
    return number_of(**value).value_or(1);
}

ExitCode prepare(LoadCommandOptions& options) {
    RunOptions& run = options.run;
    if (options.csp.empty() == options.ksp.empty())
        return report_problem(ExitCode::Usage, "name one provider: --csp NAME or --ksp NAME",
                              "`cardmux doctor` shows those that are registered");
    run.is_ksp = !options.ksp.empty();
    run.target.provider = run.is_ksp ? options.ksp : options.csp;
    if (!run.is_ksp && run.target.type == 0) run.target.type = registered_type(options.csp);
    run.client.mode = run.mode == "own"      ? LoadMode::Own
                      : run.mode == "shared" ? LoadMode::Shared
                                             : LoadMode::Release;
    run.target.sign_sha1 = run.client.sign_sha1 = options.hash == "sha1";
    if (options.pin_file.empty()) return ExitCode::Ok;
    auto pin = read_pin_file(options.pin_file);
    if (!pin && pin.error().code == ErrorCode::PinFormatInvalid)
        return report_problem(
            ExitCode::Pin, fmt::format("cannot {} ({})", pin.error().operation, options.pin_file),
            "make it anew: in cmd `(echo 123456)> pin.txt`, in PowerShell "
            "`Set-Content -Encoding ascii pin.txt 123456`");
    if (!pin) return report_windows_error("read " + options.pin_file, pin.error());
    run.pin = std::move(*pin);
    if (options.pin_each) run.client.pin_each = &run.pin;
    return ExitCode::Ok;
}

ExitCode report_refused_pin(const std::string& what) {
    return report_problem(ExitCode::Pin, what,
                          "try the PIN once where you see the tries that are left, and correct the "
                          "file: nothing more was presented");
}

/// The first call that failed says what is missing.
ExitCode report_start(const Error& error) {
    const auto code = static_cast<std::uint32_t>(error.platform_code);
    const std::string what = fmt::format("{}: {}, {}", error.operation, name_of_code(code),
                                         text_of_code(error.platform_code));
    if (is_pin_refusal(code)) return report_refused_pin(what);
    switch (code) {
        case 0x8010000C:  // SCARD_E_NO_SMARTCARD
        case 0x8010002E:  // SCARD_E_NO_READERS_AVAILABLE
        case 0x80100069:  // SCARD_W_REMOVED_CARD
            return report_problem(ExitCode::NoCard, what, "put the card into the reader");
        case 0x80090022:  // NTE_SILENT_CONTEXT
            return report_problem(ExitCode::Pin, what, "give the card's PIN with --pin-file");
        case 0x8010001D:  // SCARD_E_NO_SERVICE
            return report_problem(ExitCode::NoService, what, "start the service SCardSvr");
        case 0x8009000D:  // NTE_NO_KEY
        case 0x80090016:  // NTE_BAD_KEYSET
        case 0x80090019:  // NTE_KEYSET_NOT_DEF
        case 0x80100030:  // SCARD_E_NO_KEY_CONTAINER
            return report_problem(ExitCode::NotFound, what,
                                  "is the provider registered (`cardmux doctor`), and is the "
                                  "container's name right (--container)?");
        default:
            return report_problem(ExitCode::Failed, what, "`cardmux doctor` shows what is there");
    }
}

ExitCode run_load_command(LoadCommandOptions& options) {
    const ExitCode prepared = prepare(options);
    if (prepared != ExitCode::Ok) return prepared;
    auto report = run_load(options.run);
    if (!report) return report_start(report.error());
    report->common.with_timeline = options.timeline;
    give_answer(to_json(*report));
    if (!options.json) fmt::print("{}", to_text(*report));
    if (options.picture)
        fmt::print(options.json ? stderr : stdout, "{}",
                   load::picture_of(report->common.observation));
    // A thread that hangs in a provider cannot be ended; the process can.
    if (report->common.hung) std::_Exit(static_cast<int>(finish_output(ExitCode::TimedOut)));
    if (report->pin_refused) return report_refused_pin("the card refused the PIN during the run");
    return report->common.exit_code();
}

void add_target_options(CLI::App& command, LoadCommandOptions& options) {
    TargetRequest& target = options.run.target;
    command.add_option("--csp", options.csp, "Load this CSP, through CryptoAPI");
    command.add_option("--ksp", options.ksp, "Load this KSP, through CNG");
    command.add_option("--type", target.type, "The CSP's type [as registered]");
    command.add_option("--direct", target.direct_dll,
                       "Call the entry points of this DLL, not the system's functions");
    command.add_option("--container", target.container,
                       "Name of the container [the default one; of a KSP the first key]");
    command.add_option("--hash", options.hash, "sha256 or sha1 [sha256]")
        ->check(CLI::IsMember({"sha256", "sha1"}));
    command.add_flag("--prompt", target.may_prompt, "The provider may ask on the screen");
    command.add_option("--pin-file", options.pin_file, "The PIN is the first line of this file");
    command.add_flag("--pin-each", options.pin_each,
                     "In mode `own` present the PIN in every context, not once");
}

void add_run_options(CLI::App& command, LoadCommandOptions& options) {
    RunOptions& run = options.run;
    command.add_option("--threads", run.threads, "Threads [4]")->check(CLI::Range(1, 1024));
    auto* seconds = command.add_option("--seconds", run.seconds, "How long [10]")
                        ->check(CLI::Range(0.1, 86400.0));
    command.add_option("--count", run.count, "End after so many signatures in all")
        ->excludes(seconds);
    command.add_option("--mode", run.mode, "own, shared or release [own]")
        ->check(CLI::IsMember({"own", "shared", "release"}));
    command.add_flag("--stop-at-first-error", run.client.stop_at_first_error,
                     "End the run with the first error");
    command.add_option("--time-limit", run.time_limit,
                       "Seconds after which a hanging run is ended [--seconds and 30 more]");
    command.add_flag("--json", options.json, "One JSON object on stdout");
    command.add_flag("--picture", options.picture, "Draw the run, a column for each 100 ms");
    command.add_flag("--timeline", options.timeline, "Counts for each 100 ms, in the JSON");
}

}  // namespace

void add_load_command(CLI::App& app, CommandContext& context) {
    auto options = std::make_shared<LoadCommandOptions>();
    CLI::App* command = app.add_subcommand(
        "load", "Sign with any CSP or KSP, as hard as you like, and check every signature");
    command->footer(examples);
    add_target_options(*command, *options);
    add_run_options(*command, *options);
    command->callback([options, &context] { context.exit_code = run_load_command(*options); });
}

}  // namespace cardmux::tool::windows
