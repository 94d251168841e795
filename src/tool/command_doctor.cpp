// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "provider/process_variable.h"
#include "tool/answer.h"
#include "tool/card_access.h"
#include "tool/command.h"
#include "tool/doctor/findings.h"
#include "tool/doctor/pcsc_programs.h"
#include "tool/doctor/service_inquiry.h"
#include "tool/world.h"
#include "transaction/outer_turn.h"

namespace cardmux::tool {
namespace {

using transport::ReaderStatus;
using Readers = std::vector<ReaderStatus>;

constexpr const char* examples = R"(Examples:
  cardmux doctor
  cardmux doctor --json
  cardmux doctor --simulate fixed:10ms

Exit codes: 0 nothing wrong; 3 no reader or no card; 4 the PIN is blocked; 5 no smart card
service, or it refuses you; 7 the service or a card does not answer; 2 the settings make no sense;
1 something else is wrong.)";

constexpr double service_answers_within_seconds = 5;
constexpr int few_tries = 2;

struct DoctorOptions {
    CardOptions card;
    bool json = false;
};

class Doctor {
  public:
    explicit Doctor(const DoctorOptions& options) : options_(options) {}

    void examine() {
        std::string problem;
        const auto settings = provider::load_settings(&provider::process_variable, problem);
        if (!settings)
            return add(
                {State::Problem, problem, "docs/settings.md has all settings", ExitCode::Usage});
        settings_ = *settings;
        const auto world = make_world(options_.card.simulate, problem);
        if (!world)
            return add({State::Problem, problem, "try --simulate fixed:10ms", ExitCode::Usage});
        const auto readers = ask_for_readers(*world, service_deadline());
        if (!readers)
            examine_missing_service(readers.error());
        else
            examine_service(*readers, **world);
        if (options_.card.simulate.empty()) examine_programs();
    }

    const Findings& findings() const { return findings_; }

  private:
    void add(Finding finding) { findings_.add(std::move(finding)); }

    Deadline service_deadline() const {
        const double seconds =
            std::min(options_.card.timeout_seconds, service_answers_within_seconds);
        return Deadline::after(
            std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds)));
    }

    void examine_missing_service(const Error& error) {
        const std::string socket = service_socket();
        if (error.code == ErrorCode::AccessDenied)
            return add(
                {State::Problem, "the smart card service (" + socket + ") refuses this user",
                 "log in at the machine itself, or allow org.debian.pcsc-lite.access_pcsc and "
                 "access_card in a polkit rule",
                 ExitCode::NoService});
        if (error.code == ErrorCode::TimedOut)
            return add({State::Problem, "the smart card service (" + socket + ") does not answer",
                        "restart it: systemctl restart pcscd", ExitCode::TimedOut});
        add({State::Problem, "no smart card service at " + socket + ": " + to_string(error),
             "install pcscd and start it: apt install pcscd; systemctl start pcscd.socket",
             ExitCode::NoService});
    }

    void examine_service(const Readers& readers, transport::Transport& world) {
        add({State::Fine, "the smart card service answers, and lets you in", ""});
        if (readers.empty())
            return add({State::Problem, "no reader",
                        "plug one in; USB readers need the driver package libccid",
                        ExitCode::NoCard});
        Readers wanted = readers;
        if (!options_.card.reader.empty())
            std::erase_if(wanted, [this](const ReaderStatus& reader) {
                return reader.name != options_.card.reader;
            });
        if (wanted.empty()) return add(no_such_reader(readers));
        examine_readers(wanted, world);
    }

    Finding no_such_reader(const Readers& readers) const {
        std::vector<std::string> names;
        for (const ReaderStatus& reader : readers) names.push_back(reader.name);
        const MissingReader missing = missing_reader(options_.card.reader, names);
        return {State::Problem, missing.text, missing.next_step, ExitCode::NoCard};
    }

    void examine_readers(const Readers& readers, transport::Transport& world) {
        bool any_card = false;
        for (const auto& reader : readers) {
            any_card = any_card || reader.card_present;
            examine_reader(reader, world);
        }
        if (!any_card)
            return add({State::Problem, "no card in any reader", "put one in", ExitCode::NoCard});
        examine_cards(readers);
    }

    void examine_reader(const ReaderStatus& reader, transport::Transport& world) {
        if (!reader.card_present)
            return add({State::Note, fmt::format("{}: empty", reader.name), ""});
        if (reader.card_mute)
            return add({State::Problem, fmt::format("{}: the card does not answer", reader.name),
                        "take it out, clean the contacts, put it in the right way round",
                        ExitCode::NoCard});
        if (reader.used_exclusively)
            return add({State::Problem,
                        fmt::format("{}: another program has the card for itself", reader.name),
                        end_the_holder()});
        std::string text = fmt::format("{}: a card", reader.name);
        if (reader.in_use) text += "; some program is connected to it";
        const auto turn = process_with_turn(world, reader.name);
        if (turn) text += fmt::format("; the Cardmux process {} has its turn with it", *turn);
        add({State::Fine, text, ""});
    }

    std::optional<std::uint32_t> process_with_turn(transport::Transport& world,
                                                   const std::string& reader) const {
        if (world.world().empty()) return std::nullopt;
        const std::string folder = settings_.shared_folder.empty()
                                       ? transaction::default_shared_folder()
                                       : settings_.shared_folder;
        return transaction::process_with_turn(folder, world.world(), reader);
    }

    /// Whether a driver of ours can read them.
    void examine_cards(const Readers& readers) {
        ExitCode exit_code = ExitCode::Ok;
        const auto access = CardAccess::create(options_.card, exit_code);
        if (!access) return add({State::Problem, "Cardmux cannot start", "see above", exit_code});
        const auto slots = access->slots();
        if (!slots)
            return add({State::Problem, to_string(slots.error()), advice_for(slots.error().code),
                        exit_code_for(slots.error())});
        for (const auto& slot : *slots) {
            const auto reader = std::ranges::find(readers, slot.reader, &ReaderStatus::name);
            const bool was_in_use = reader != readers.end() && reader->in_use;
            if (slot.card_present && !slot.card_mute) examine_card(*access, slot, was_in_use);
        }
    }

    void examine_card(CardAccess& access, const provider::SlotStatus& slot, bool was_in_use) {
        const auto open = access.open(slot);
        if (!open) return examine_unreadable_card(slot.reader, open.error(), was_in_use);
        const auto& identity = open->contents->identity;
        add({State::Fine,
             fmt::format("{}: {}, serial {}, {} keys", slot.reader, describe(identity),
                         identity.serial_number, open->contents->keys.size()),
             open->contents->keys.empty() ? "the card has no keys yet" : ""});
        examine_tries(slot.reader, access.tries_left(*open));
    }

    void examine_unreadable_card(const std::string& reader, const Error& error, bool was_in_use) {
        if (error.code == ErrorCode::CardNotRecognized)
            return add({State::Note, fmt::format("{}: {}", reader, to_string(error)),
                        "Cardmux knows PIV cards; `opensc-tool -n` names others"});
        const bool no_answer = exit_code_for(error) == ExitCode::TimedOut;
        if (no_answer && was_in_use)
            return add({State::Problem,
                        fmt::format("{}: the card did not answer within {} s: another program has "
                                    "it and does not let it go",
                                    reader, options_.card.timeout_seconds),
                        end_the_holder(), ExitCode::TimedOut});
        add({State::Problem, fmt::format("{}: {}", reader, to_string(error)),
             no_answer ? "take the card out and put it back" : advice_for(error.code),
             exit_code_for(error)});
    }

    /// Who may hold a card, and what to do about it.
    static std::string end_the_holder() {
        std::vector<std::string> names;
        for (const PcscProgram& program : find_pcsc_programs())
            names.push_back(fmt::format("{} (process {})", program.name, program.process));
        if (names.empty())
            return "end the program that uses the card; it is another user's: `sudo cardmux "
                   "doctor` "
                   "names it";
        return fmt::format("end the program that holds the card: {}", fmt::join(names, ", or "));
    }

    void examine_tries(const std::string& reader, std::optional<int> tries) {
        if (!tries || *tries > few_tries) return;
        if (*tries <= 0)
            return add({State::Problem, fmt::format("{}: the card's PIN is blocked", reader),
                        "unblock it with the PUK", ExitCode::Pin});
        if (*tries == 1)
            return add({State::Note, fmt::format("{}: one try is left for the PIN", reader),
                        "present the right one with `cardmux pin verify`: Cardmux spares the last "
                        "try by itself"});
        add({State::Note, fmt::format("{}: {} tries are left for the PIN", reader, *tries),
             "the right PIN brings the others back: `cardmux pin verify`"});
    }

    void examine_programs() {
        for (const PcscProgram& program : find_pcsc_programs())
            add({State::Note,
                 fmt::format("{} (process {}) uses smart cards too", program.name, program.process),
                 program.advice});
    }

    const DoctorOptions& options_;
    provider::Settings settings_;
    Findings findings_;
};

ExitCode run_doctor(const DoctorOptions& options) {
    Doctor doctor(options);
    doctor.examine();
    const Findings& findings = doctor.findings();
    if (options.json)
        give_answer(findings.to_json());
    else
        fmt::print("{}", findings.to_text());
    findings.note_first_problem();
    return findings.exit_code();
}

}  // namespace

void add_doctor_command(CLI::App& app, CommandContext& context) {
    auto options = std::make_shared<DoctorOptions>();
    CLI::App* command =
        app.add_subcommand("doctor", "What is wrong with cards, readers, service, and what to do");
    command->footer(examples);
    command->add_flag("--json", options->json, "One JSON object on stdout");
    add_card_options(*command, options->card);
    command->callback([options, &context] { context.exit_code = run_doctor(*options); });
}

}  // namespace cardmux::tool
