// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The second remedy for those who must stay on Microsoft's provider: how long it holds a
// transaction (TransactionTimeoutMilliseconds, "0x6 ERROR_INVALID_HANDLE when a multithreaded
// application accesses a BaseCSP smart card"). Set only after a backup, put back exactly.
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "registration/backup.h"
#include "registration/provider_keys.h"
#include "registration/shared_folder.h"
#include "tool/answer.h"
#include "tool/windows/commands.h"

namespace cardmux::tool::windows {
namespace {

using namespace registration;
using nlohmann::json;

constexpr const char* examples = R"(Examples:
  cardmux basecsp show
  cardmux basecsp backup
  cardmux basecsp set-timeout 100
  cardmux basecsp restore

All but `show` want an administrator.

An absent value means the default: a transaction is held for 1500 ms. Programs read a new value
when they acquire a context anew; most have to be started again. Microsoft says of this remedy that
it may help, without guarantee.)";

struct BasecspOptions {
    bool json = false;
    bool overwrite = false;
    std::uint32_t milliseconds = 0;
};

struct Place {
    const char* provider;
    RegistryKey key;
};

/// HKLM\SYSTEM is the same for 32-bit programs, so the KSP has one place only.
std::vector<Place> places() {
    return {{microsoft_csp, csp_key(microsoft_csp, RegistryView::Programs64)},
            {microsoft_csp, csp_key(microsoft_csp, RegistryView::Programs32)},
            {microsoft_ksp, ksp_key(microsoft_ksp)}};
}

std::string basecsp_backup_file() {
    return backup_file("basecsp.json");
}

/// errors    as read_value
Result<json> values_at(const Place& place) {
    CARDMUX_TRY_ASSIGN(const bool exists, key_exists(place.key));
    json entry{{"provider", place.provider},
               {"key", to_string(place.key)},
               {"is_there", exists},
               {"values", json::object()}};
    for (const char* name : documented_values) {
        CARDMUX_TRY_ASSIGN(const auto value, read_value(place.key, name));
        json& shown = entry["values"][name] = nullptr;
        if (!value) continue;
        const auto number = number_of(*value);
        if (number)
            shown = *number;
        else
            shown = fmt::format("type {}, {}", value->type, to_hex(value->data));
    }
    return entry;
}

void print_place(const json& entry) {
    fmt::print("{}\n  {}\n", entry["provider"].get<std::string>(), entry["key"].get<std::string>());
    if (!entry["is_there"].get<bool>()) fmt::print("  not there\n");
    for (const auto& [name, value] : entry["values"].items())
        if (entry["is_there"].get<bool>())
            fmt::print("  {:<32} {}\n", name, value.is_null() ? "absent" : value.dump());
}

ExitCode show(const BasecspOptions& options) {
    json answer{{"providers", json::array()}};
    for (const Place& place : places()) {
        const auto entry = values_at(place);
        if (!entry) return report_windows_error("read the registry", entry.error());
        answer["providers"].push_back(*entry);
        if (!options.json) print_place(*entry);
    }
    const auto backup = read_backup(basecsp_backup_file());
    const bool has_backup = backup.ok() && backup->has_value();
    answer["backup"] = has_backup ? json(basecsp_backup_file()) : json(nullptr);
    if (!options.json)
        fmt::print("backup: {}\n", has_backup ? basecsp_backup_file() : std::string("none"));
    give_answer(answer);
    return ExitCode::Ok;
}

/// The backup, as far as it can be believed.
///
/// errors    as read_backup; DataInvalid: also if it names what `backup` does not save
Result<std::optional<Backup>> known_backup() {
    CARDMUX_TRY(take_over_shared_folder());
    CARDMUX_TRY_ASSIGN(auto backup, read_backup(basecsp_backup_file()));
    std::vector<RestorableKey> keys;
    for (const Place& place : places())
        keys.push_back({place.key,
                        RestorableKey::Reach::Itself,
                        {documented_values.begin(), documented_values.end()}});
    if (backup && !is_restorable(*backup, keys, {})) return backup_is_foreign();
    return backup;
}

ExitCode make_backup(const BasecspOptions& options) {
    const auto known = known_backup();
    const bool is_damaged = !known && known.error().code == ErrorCode::DataInvalid;
    if (!known && !(is_damaged && options.overwrite))
        return report_backup_problem(basecsp_backup_file(), known.error());
    if (known.ok() && *known && !options.overwrite)
        return report_problem(ExitCode::Failed,
                              "there is a backup already: " + basecsp_backup_file(),
                              "`cardmux basecsp restore` first; or --overwrite, if what is in the "
                              "registry now is what shall come back one day");
    Backup backup;
    for (const Place& place : places())
        for (const char* name : documented_values)
            if (auto saved = save_value(backup, place.key, name); !saved)
                return report_windows_error("read the registry", saved.error());
    if (auto folder = make_folder_of_backups(); !folder)
        return report_windows_error("make the folder of the backup", folder.error());
    if (auto written = write_backup(basecsp_backup_file(), backup); !written)
        return report_windows_error("write " + basecsp_backup_file(), written.error());
    if (!options.json)
        fmt::print("saved {} values in {}\n", backup.values.size(), basecsp_backup_file());
    give_answer({{"backup", basecsp_backup_file()}, {"values", backup.values.size()}});
    return ExitCode::Ok;
}

/// Puts back what was there before this if one write fails.
///
/// backup    only what it has is changed
/// left      after an error: what could not be put back
/// errors    as read_value, write_value
Result<json> write_timeout(std::uint32_t milliseconds, const Backup& backup,
                           std::vector<NotPutBack>& left) {
    std::vector<RegistryKey> keys;
    Backup before;
    for (const Place& place : places()) {
        CARDMUX_TRY_ASSIGN(const bool exists, key_exists(place.key));
        if (!exists || !backup.has(place.key, timeout_value)) continue;
        CARDMUX_TRY(save_value(before, place.key, timeout_value));
        keys.push_back(place.key);
    }
    json changed = json::array();
    for (const RegistryKey& key : keys) {
        const auto written = write_value(key, timeout_value, number_value(milliseconds));
        if (!written) {
            left = put_back(before, {});
            return written.error();
        }
        changed.push_back(to_string(key));
    }
    return changed;
}

ExitCode set_timeout(const BasecspOptions& options) {
    const auto backup = known_backup();
    if (!backup) return report_backup_problem(basecsp_backup_file(), backup.error());
    if (!*backup)
        return report_problem(ExitCode::Failed, "there is no backup, so nothing is changed",
                              "`cardmux basecsp backup` first");
    std::vector<NotPutBack> left;
    const auto changed = write_timeout(options.milliseconds, **backup, left);
    if (!changed) return report_not_put_back("set the timeout", changed.error(), left);
    if (changed->empty())
        return report_problem(ExitCode::NotFound, "Microsoft's smart card providers are not here",
                              "`cardmux basecsp show` says where they were looked for");
    give_answer({{"changed", *changed}, {"milliseconds", options.milliseconds}});
    if (options.json) return ExitCode::Ok;
    for (const json& key : *changed)
        fmt::print("{}: {} = {}\n", key.get<std::string>(), timeout_value, options.milliseconds);
    fmt::print("start the programs anew that use the card\n");
    return ExitCode::Ok;
}

ExitCode restore(const BasecspOptions& options) {
    const auto backup = known_backup();
    if (!backup) return report_backup_problem(basecsp_backup_file(), backup.error());
    if (!*backup)
        return report_problem(ExitCode::NotFound,
                              "there is no backup, so there is nothing to restore",
                              "`cardmux basecsp backup` makes one");
    if (const auto left = put_back(**backup, {}); !left.empty())
        return report_not_put_back("restore the values", left.front().error, left);
    const auto same = is_as_before(**backup);
    if (!same) return report_windows_error("check the restored values", same.error());
    if (!*same)
        return report_problem(ExitCode::Failed, "the values are not as they were",
                              "something else writes them: a group policy?");
    if (auto removed = remove_backup(basecsp_backup_file()); !removed)
        return report_windows_error("remove the backup", removed.error());
    if (!options.json) fmt::print("restored {} values\n", (*backup)->values.size());
    give_answer({{"restored", (*backup)->values.size()}});
    return ExitCode::Ok;
}

}  // namespace

void add_basecsp_command(CLI::App& app, CommandContext& context) {
    auto options = std::make_shared<BasecspOptions>();
    CLI::App* command = app.add_subcommand(
        "basecsp", "Show and change how long Microsoft's smart card providers hold a card");
    command->footer(examples);
    command->require_subcommand(1);
    const auto add = [&](const char* name, const char* text, auto run) {
        CLI::App* step = command->add_subcommand(name, text);
        step->footer(examples);
        step->add_flag("--json", options->json, "One JSON object on stdout");
        step->callback([options, &context, run] { context.exit_code = run(*options); });
        return step;
    };
    add("show", "What is set, in both registry views, and whether there is a backup", show);
    add("backup", "Save all values, absent ones as absent", make_backup)
        ->add_flag("--overwrite", options->overwrite, "Though there is a backup");
    add("set-timeout", "Set TransactionTimeoutMilliseconds; wants a backup", set_timeout)
        ->add_option("milliseconds", options->milliseconds, "0 to 60000")
        ->required()
        ->check(CLI::Range(0, 60000));
    add("restore", "Put the saved values back, exactly", restore);
}

}  // namespace cardmux::tool::windows
