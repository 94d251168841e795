// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The service, its readers, cards and users; the user's certificates.
#include <fmt/format.h>

#include "registration/provider_keys.h"
#include "tool/windows/certificate_store.h"
#include "tool/windows/commands.h"
#include "tool/windows/doctor_findings.h"
#include "tool/windows/smart_card_service.h"

namespace cardmux::tool::windows {
namespace {

std::string state_of(const ReaderState& reader) {
    if (reader.atr.empty()) return "no card";
    std::string text = "card with ATR " + to_hex(reader.atr);
    if (reader.is_mute) text += ", which does not answer";
    if (reader.is_exclusive)
        text += ", held by one program alone";
    else if (reader.is_in_use)
        text += ", in use";
    return text;
}

Finding finding_about(const ReaderState& reader, const std::string& programs) {
    Finding finding{"reader", reader.name + ": " + state_of(reader), ExitCode::Ok, {}};
    if (reader.is_mute) {
        finding.problem = ExitCode::NoCard;
        finding.next = "take the card out, clean it, put it in again the right way round";
    } else if (reader.is_exclusive) {
        finding.problem = ExitCode::Failed;
        finding.next = "end the program that holds it; it is one of " + programs;
    }
    return finding;
}

}  // namespace

std::vector<Finding> findings_about_service() {
    const std::string state = state_of_service();
    Finding finding{"service", "Smart Card (SCardSvr): " + state, ExitCode::Ok, {}};
    // It is started by Windows when a reader is there: stopped is no failure by itself.
    if (state == "not installed") {
        finding.problem = ExitCode::NoService;
        finding.next = "this Windows has no smart card service: install that feature";
    }
    return {finding};
}

std::vector<Finding> findings_about_readers() {
    const auto readers = list_readers();
    if (!readers)
        return {{"reader",
                 fmt::format("the service does not answer: {}: {}", readers.error().operation,
                             text_of_code(readers.error().platform_code)),
                 ExitCode::NoService,
                 "`sc start SCardSvr` as administrator, and plug a reader in"}};
    if (readers->empty())
        return {{"reader", "none", ExitCode::NoCard, "plug a reader in, and look for its driver"}};
    const auto programs = programs_with_smart_cards();
    const std::string names = programs.empty() ? "those that you may not look into"
                                               : fmt::format("{}", fmt::join(programs, ", "));
    std::vector<Finding> findings;
    for (const ReaderState& reader : *readers) findings.push_back(finding_about(reader, names));
    findings.push_back({"programs", "with smart cards: " + names, ExitCode::Ok, {}});
    return findings;
}

std::vector<Finding> findings_about_certificates() {
    const auto list = list_own_certificates();
    if (!list)
        return {{"certificates", "cannot be read: " + text_of_code(list.error().platform_code),
                 ExitCode::Failed, "run this as the user whose certificates they are"}};
    std::vector<Finding> findings;
    for (const StoredCertificate& certificate : *list) {
        if (!certificate.link) continue;
        const std::string& provider = certificate.link->provider;
        const bool is_microsoft =
            provider == registration::microsoft_csp || provider == registration::microsoft_ksp;
        findings.push_back({"certificate", certificate.subject + ": " + provider, ExitCode::Ok,
                            is_microsoft ? "`cardmux certs adopt` makes it name Cardmux" : ""});
    }
    if (findings.empty())
        findings.push_back({"certificate", "none with a private key", ExitCode::Ok,
                            "`cardmux certs publish` adds those of the card"});
    return findings;
}

}  // namespace cardmux::tool::windows
