// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

#include "api/windows/provider_registry.h"
#include "registration/provider_keys.h"
#include "tool/answer.h"
#include "tool/windows/card_certificates.h"
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

Programs find a certificate's key by the provider and the container that it names. `adopt` takes the
certificates of the current user that name Microsoft's smart card providers, and makes those whose
card is in a reader name ours and the container that has their key. Windows' certificate propagation
service writes Microsoft's names again when the card is inserted: run `adopt` again, or bind the
card to Cardmux (`cardmux register --bind-cards`), or stop that service (CertPropSvc). `publish`
adds certificates that are not there; those that name Microsoft's providers it adopts.)";

/// What a link says of how its key is opened, whichever provider has it (CRYPT_KEY_PROV_INFO):
/// without questions, as the machine's, and whether the program keeps the context. The same numbers
/// in CryptoAPI and in CNG. What else may stand there is about Microsoft's container
/// (CRYPT_NEWKEYSET, CRYPT_VERIFYCONTEXT): with ours it would mean another key, or none.
constexpr std::uint32_t flags_to_keep = 0x01 | 0x20 | 0x40;  // CERT_SET_KEY_CONTEXT_PROP_ID,
                                                             // CRYPT_MACHINE_KEYSET, CRYPT_SILENT

struct CertsOptions {
    bool json = false;
};

/// What our providers say of the cards that are there. One that fails says nothing of them.
class Cards {
  public:
    /// Ours in the place of Microsoft's link; none: no card here has this certificate's key.
    std::optional<KeyLink> link_for(const StoredCertificate& certificate);
    /// Why our provider for this one does not answer.
    const std::optional<Error>& failure_for(const KeyLink& link) {
        return link.provider == registration::microsoft_csp ? csp_failure_ : ksp_failure_;
    }

  private:
    const std::vector<StoredCertificate>& of_csp();
    const std::vector<StoredCertificate>& of_ksp();
    std::optional<std::vector<StoredCertificate>> csp_;
    std::optional<std::vector<StoredCertificate>> ksp_;
    std::optional<Error> csp_failure_;
    std::optional<Error> ksp_failure_;
};

std::vector<StoredCertificate> take(Result<std::vector<StoredCertificate>> list,
                                    std::optional<Error>& failure) {
    if (list) return std::move(*list);
    failure = list.error();
    return {};
}

const std::vector<StoredCertificate>& Cards::of_csp() {
    if (!csp_) csp_ = take(certificates_of_csp(api::csp_name_rsa_full, 1), csp_failure_);
    return *csp_;
}

const std::vector<StoredCertificate>& Cards::of_ksp() {
    if (!ksp_) ksp_ = take(certificates_of_ksp(api::ksp_name), ksp_failure_);
    return *ksp_;
}

bool is_adoptable(const StoredCertificate& certificate) {
    return certificate.link && (certificate.link->provider == registration::microsoft_csp ||
                                certificate.link->provider == registration::microsoft_ksp);
}

bool is_ours(const StoredCertificate& certificate) {
    const std::string provider = certificate.link ? certificate.link->provider : "";
    return provider == api::csp_name_rsa_full || provider == api::csp_name_rsa_aes ||
           provider == api::ksp_name;
}

std::optional<KeyLink> Cards::link_for(const StoredCertificate& certificate) {
    const bool is_csp = certificate.link->provider == registration::microsoft_csp;
    const auto& list = is_csp ? of_csp() : of_ksp();
    // The same certificate; else another one of the same key, such as one that was renewed.
    auto found = std::ranges::find(list, certificate.der, &StoredCertificate::der);
    if (found == list.end())
        found = std::ranges::find(list, certificate.public_key, &StoredCertificate::public_key);
    if (found == list.end() || !found->link) return std::nullopt;
    KeyLink ours = *found->link;
    ours.flags |= certificate.link->flags & flags_to_keep;
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

/// Saves the link before it is changed. It is not ours (is_adoptable), so that it is what comes
/// back, also where an earlier one was saved: somebody has written this one since.
///
/// returns   false: the certificate is gone
/// errors    as write_saved_links, set_link
Result<bool> adopt_one(const StoredCertificate& certificate, const KeyLink& ours,
                       std::vector<SavedLink>& saved) {
    std::erase_if(saved,
                  [&](const SavedLink& link) { return link.thumbprint == certificate.thumbprint; });
    saved.push_back({certificate.thumbprint, *certificate.link, ours});
    CARDMUX_TRY(write_saved_links(saved));
    return set_link(certificate.thumbprint, ours);
}

/// Empty: nothing stands against it.
std::string why_not_adopted(const StoredCertificate& certificate,
                            const std::optional<KeyLink>& ours, Cards& cards) {
    if (certificate.has_parameters) return "has parameters that would be lost";
    if (ours) return {};
    const auto& failure = cards.failure_for(*certificate.link);
    if (!failure) return "its card is in no reader";
    return fmt::format("our provider does not answer: {}: {}", failure->operation,
                       text_of_code(failure->platform_code));
}

void print_link(const CertsOptions& options, const std::string& subject, const KeyLink& link) {
    if (!options.json) fmt::print("{}: {}, container {}\n", subject, link.provider, link.container);
}

/// What becomes of the certificates in MY, and the backup that it needs.
struct Adoption {
    const CertsOptions& options;
    std::vector<SavedLink> saved;
    Cards cards{};
    json adopted = json::array();
    json skipped = json::array();

    void skip(const StoredCertificate& certificate, const std::string& why) {
        fmt::print(stderr, "cardmux: {}: {}; left as it is\n", certificate.subject, why);
        skipped.push_back({{"subject", certificate.subject}, {"why", why}});
    }

    /// needs     is_adoptable
    /// errors    as adopt_one
    Result<void> adopt(const StoredCertificate& certificate) {
        const auto ours = cards.link_for(certificate);
        const std::string why_not = why_not_adopted(certificate, ours, cards);
        if (!why_not.empty()) {
            skip(certificate, why_not);
            return success();
        }
        CARDMUX_TRY_ASSIGN(const bool is_there, adopt_one(certificate, *ours, saved));
        if (!is_there) return success();
        adopted.push_back(to_hex(certificate.thumbprint));
        print_link(options, certificate.subject, *ours);
        return success();
    }
};

ExitCode run_adopt(const CertsOptions& options) {
    const auto list = list_own_certificates();
    if (!list) return report_windows_error("read your certificates", list.error());
    auto saved = read_saved_links();
    if (!saved) return report_damaged_backup(saved.error());
    Adoption adoption{options, std::move(*saved)};
    for (const StoredCertificate& certificate : *list) {
        if (!is_adoptable(certificate)) continue;
        if (auto done = adoption.adopt(certificate); !done)
            return report_windows_error("adopt " + certificate.subject, done.error());
    }
    if (!options.json) fmt::print("adopted {} certificates\n", adoption.adopted.size());
    give_answer({{"adopted", adoption.adopted},
                 {"skipped", adoption.skipped},
                 {"backup", certificate_backup_file()}});
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
        if (now == list->end() || now->link != link.ours) continue;
        const auto outcome = set_link(link.thumbprint, link.link);
        if (!outcome) return report_windows_error("restore " + now->subject, outcome.error());
        if (!*outcome) continue;
        ++restored;
        if (!options.json) fmt::print("{}: {}\n", now->subject, link.link.provider);
    }
    if (auto outcome = write_saved_links({}); !outcome)
        return report_windows_error("remove the backup", outcome.error());
    if (!options.json) fmt::print("restored {} certificates\n", restored);
    give_answer({{"restored", restored}, {"saved", saved->size()}});
    return ExitCode::Ok;
}

/// Those of RSA keys by our CSP; the others by our KSP, since CryptoAPI has no name for such keys.
Result<std::vector<StoredCertificate>> certificates_to_publish() {
    CARDMUX_TRY_ASSIGN(auto list, certificates_of_csp(api::csp_name_rsa_full, 1));
    const auto of_ksp = certificates_of_ksp(api::ksp_name);
    if (!of_ksp) {
        fmt::print(stderr, "cardmux: without those of elliptic keys: {}: {}\n",
                   of_ksp.error().operation, text_of_code(of_ksp.error().platform_code));
        return list;
    }
    std::ranges::copy_if(*of_ksp, std::back_inserter(list),
                         [](const StoredCertificate& one) { return !one.is_rsa; });
    return list;
}

/// Of one that is in MY, Microsoft's link is adopted, any other stays.
///
/// mine      the same certificate in MY; null: it is not there
/// returns   whether MY has got it, or its link, by this
/// errors    as Adoption::adopt, add_certificate, set_link
Result<bool> publish_one(const StoredCertificate& certificate, const StoredCertificate* mine,
                         Adoption& adoption) {
    if (mine == nullptr) return add_certificate(certificate.der, *certificate.link);
    if (!mine->link) return set_link(mine->thumbprint, *certificate.link);
    if (is_adoptable(*mine))
        CARDMUX_TRY(adoption.adopt(*mine));
    else if (!is_ours(*mine))
        adoption.skip(*mine, "names " + mine->link->provider);
    return false;
}

ExitCode run_publish(const CertsOptions& options) {
    const auto list = certificates_to_publish();
    if (!list) return report_windows_error("publish the card's certificates", list.error());
    const auto my = list_own_certificates();
    if (!my) return report_windows_error("read your certificates", my.error());
    auto saved = read_saved_links();
    if (!saved) return report_damaged_backup(saved.error());
    Adoption adoption{options, std::move(*saved)};
    json names = json::array();
    for (const StoredCertificate& certificate : *list) {
        if (!certificate.link) continue;
        const auto mine =
            std::ranges::find(*my, certificate.thumbprint, &StoredCertificate::thumbprint);
        const auto added = publish_one(certificate, mine == my->end() ? nullptr : &*mine, adoption);
        if (!added) return report_windows_error("publish " + certificate.subject, added.error());
        if (!*added) continue;
        names.push_back({{"subject", certificate.subject},
                         {"provider", certificate.link->provider},
                         {"container", certificate.link->container}});
        print_link(options, certificate.subject, *certificate.link);
    }
    if (!options.json)
        fmt::print("published {} certificates, adopted {}\n", names.size(),
                   adoption.adopted.size());
    give_answer({{"published", names},
                 {"adopted", adoption.adopted},
                 {"skipped", adoption.skipped},
                 {"backup", certificate_backup_file()}});
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
    add("restore", "Put the names back that `adopt` and `publish` changed", run_restore);
    add("publish", "Add the card's certificates to your store, under our providers' names",
        run_publish);
}

}  // namespace cardmux::tool::windows
