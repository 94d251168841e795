// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// What the registry says of our providers and of Microsoft's.
#include <fmt/core.h>

#include <filesystem>

#include "api/windows/provider_registry.h"
#include "api/windows/provider_values.h"
#include "base/wide_text_windows.h"
#include "registration/provider_keys.h"
#include "tool/windows/doctor_findings.h"

namespace cardmux::tool::windows {
namespace {

using namespace registration;

constexpr std::uint32_t default_timeout_ms = 1500;

/// None: absent, or not readable.
std::optional<RegistryValue> value_at(const RegistryKey& key, const std::string& name) {
    const auto value = read_value(key, name);
    return value.ok() ? *value : std::optional<RegistryValue>();
}

Finding registered(const std::string& provider, const std::optional<RegistryValue>& image) {
    const auto path = image ? text_of(*image) : std::nullopt;
    if (!path)
        return {"provider", provider + ": not registered", ExitCode::Failed,
                "`cardmux register` as administrator"};
    Finding finding{"provider", provider + ": " + *path, ExitCode::Ok, {}};
    std::error_code ignored;  // what cannot be looked at counts as absent
    const bool has_folder = path->find_first_of("\\/") != std::string::npos;
    if (has_folder && !std::filesystem::exists(to_wide(*path), ignored)) {
        finding.problem = ExitCode::Failed;
        finding.text += ", which does not exist";
        finding.next = "`cardmux register --dll-folder FOLDER` as administrator";
    }
    return finding;
}

/// As the providers judge it; empty: they take it.
std::string why_nonsense(const api::ProviderValue& allowed, const RegistryValue& value) {
    const auto number = number_of(value);
    if (!number) return "is no REG_DWORD";
    if (allowed.allows(*number)) return {};
    const std::string steps =
        allowed.step == 1 ? std::string() : fmt::format(" in steps of {}", allowed.step);
    return fmt::format("is {}; from {} to {}{} is allowed", *number, allowed.least, allowed.most,
                       steps);
}

/// None: absent, or refused.
std::optional<std::uint32_t> allowed_number_at(const RegistryKey& key,
                                               const api::ProviderValue& allowed) {
    const auto value = value_at(key, allowed.name);
    return value && why_nonsense(allowed, *value).empty() ? number_of(*value) : std::nullopt;
}

void add_nonsense(const std::string& provider, const RegistryKey& key,
                  std::vector<Finding>& findings) {
    const auto add = [&](const std::string& what) {
        findings.push_back({"setting", provider + ": " + what + "; the default is used",
                            ExitCode::Failed, "correct or delete the value in " + to_string(key)});
    };
    for (const api::ProviderValue& allowed : api::provider_values) {
        const auto value = value_at(key, allowed.name);
        const std::string why = value ? why_nonsense(allowed, *value) : std::string();
        if (!why.empty()) add(std::string(allowed.name) + " " + why);
    }
    if (api::is_pin_time_missing(allowed_number_at(key, api::provider_value("PinCachePolicy")),
                                 allowed_number_at(key, api::provider_value("PinCacheSeconds"))))
        add(api::pin_time_is_missing);
}

Finding timeout_at(const char* provider, const RegistryKey& key) {
    const auto there = key_exists(key);
    const std::string where = key.view == RegistryView::Programs32 ? " (32-bit programs)" : "";
    if (!there.ok() || !*there)
        return {"base csp", provider + where + ": not there", ExitCode::Ok, {}};
    const auto value = value_at(key, timeout_value);
    const auto number = value ? number_of(*value) : std::nullopt;
    if (value && !number)
        return {"base csp", fmt::format("{}{}: {} is no REG_DWORD", provider, where, timeout_value),
                ExitCode::Failed, "`cardmux basecsp show`, and correct it"};
    return {"base csp",
            fmt::format("{}{}: holds the card for {} ms{}", provider, where,
                        number.value_or(default_timeout_ms), number ? "" : " (the default)"),
            ExitCode::Ok,
            {}};
}

}  // namespace

std::vector<Finding> findings_about_registration() {
    std::vector<Finding> findings;
    for (const char* name : {api::csp_name_rsa_full, api::csp_name_rsa_aes}) {
        findings.push_back(registered(name, value_at(csp_key(name), "Image Path")));
        add_nonsense(name, csp_key(name), findings);
    }
    const RegistryKey ksp = ksp_key(api::ksp_name);
    findings.push_back(registered(api::ksp_name, value_at(ksp.child("UM"), "Image")));
    add_nonsense(api::ksp_name, ksp, findings);
    return findings;
}

std::vector<Finding> findings_about_base_csp() {
    return {timeout_at(microsoft_csp, csp_key(microsoft_csp, RegistryView::Programs64)),
            timeout_at(microsoft_csp, csp_key(microsoft_csp, RegistryView::Programs32)),
            timeout_at(microsoft_ksp, ksp_key(microsoft_ksp))};
}

}  // namespace cardmux::tool::windows
