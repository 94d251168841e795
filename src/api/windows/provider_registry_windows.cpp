// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "api/windows/provider_registry.h"
#include "api/windows/provider_values.h"
#include "base/acting_for_process.h"
#include "base/registry_windows.h"
#include "windows/event_log_windows.h"

namespace cardmux::api {
namespace {

constexpr const char* csp_path = "SOFTWARE\\Microsoft\\Cryptography\\Defaults\\Provider\\";
constexpr const char* ksp_path = "SYSTEM\\CurrentControlSet\\Control\\Cryptography\\Providers\\";

/// Where no value says how long a PIN given with PinCachePolicy::None counts: Base CSP's hold.
constexpr Duration usual_hold = std::chrono::milliseconds(1500);

using Complaint = std::tuple<std::string, std::string, RegistryValue>;

/// Once for each value and content in a process: a service acquires contexts all day.
bool is_new(const Complaint& complaint) {
    static Guarded<std::set<Complaint>> said(LockRank::Registry);
    return said.lock()->insert(complaint).second;
}

/// Whose key: what makes no sense in another provider's is not ours to complain about.
enum class Whose { Ours, Microsofts };

/// One provider's key. What is absent, or says nothing sensible, leaves the default alone.
class Values {
  public:
    Values(WindowsInterface api, std::string provider, Whose whose)
        : provider_(std::move(provider)),
          whose_(whose),
          key_{RegistryRoot::LocalMachine, RegistryView::Programs64,
               (api == WindowsInterface::Csp ? csp_path : ksp_path) + provider_} {}

    /// Not all of it could be read: what an administrator decided is unknown.
    bool is_unknown() const { return is_unknown_; }

    void complain_of_no_time() const {
        if (!is_new({provider_, "PinCacheSeconds", {}})) return;
        windows::write_event(LogLevel::Warning, provider_ + ": the registry value " +
                                                    pin_time_is_missing + ". The default is used.");
    }

    bool has(const ProviderValue& value) const { return read(value.name).has_value(); }
    /// None: absent, or refused (of ours with an event-log entry).
    std::optional<std::uint32_t> number(const ProviderValue& value) const {
        const std::optional<RegistryValue> found = read(value.name);
        if (!found) return std::nullopt;
        const std::optional<std::uint32_t> number = number_of(*found);
        if (number && value.allows(*number)) return number;
        if (whose_ == Whose::Ours) complain(value, *found);
        return std::nullopt;
    }
    void flag(const ProviderValue& value, bool& is_set) const {
        if (const auto found = number(value)) is_set = *found != 0;
    }

  private:
    std::optional<RegistryValue> read(const char* name) const {
        auto found = read_value(key_, name);
        if (found) return *std::move(found);
        note_failure(found.error());
        return std::nullopt;
    }

    void note_failure(const Error& error) const {
        is_unknown_ = true;
        const auto number = static_cast<std::uint32_t>(error.platform_code);
        if (!is_new({provider_, "", number_value(number)})) return;
        windows::write_event(
            LogLevel::Error,
            provider_ + ": its registry values cannot be read (error " + std::to_string(number) +
                "). The strictest rules hold: no key is imported" +
                (whose_ == Whose::Ours ? ", and a person is asked for each PIN." : "."));
    }

    void complain(const ProviderValue& value, const RegistryValue& found) const {
        if (!is_new({provider_, value.name, found})) return;
        const std::optional<std::uint32_t> number = number_of(found);
        std::string text = provider_ + ": the registry value " + value.name;
        text += number ? " is " + std::to_string(*number) : std::string(" is no REG_DWORD");
        text += "; from " + std::to_string(value.least) + " to " + std::to_string(value.most);
        if (value.step != 1) text += " in steps of " + std::to_string(value.step);
        text += " is allowed. The default is used.";
        windows::write_event(LogLevel::Warning, text);
    }

    const std::string provider_;
    const Whose whose_;
    const RegistryKey key_;
    mutable bool is_unknown_ = false;
};

/// What an administrator decided about keys on cards: it is the same decision whichever provider
/// makes or imports them, so that a prohibition is not lost by naming another provider.
class KeyRules {
  public:
    explicit KeyRules(WindowsInterface api, const Values& ours)
        : ours_(ours),
          microsofts_(api, api == WindowsInterface::Csp ? base_csp_name : smart_card_ksp_name,
                      Whose::Microsofts) {}

    void read(ProviderSettings& settings) const {
        if (const auto bits = default_bits()) settings.default_key_bits = *bits;
        flag(provider_value("RequireOnCardPrivateKeyGen"), settings.on_card_generation_only);
        flag(provider_value("AllowPrivateExchangeKeyImport"), settings.may_import_exchange_keys);
        flag(provider_value("AllowPrivateSignatureKeyImport"), settings.may_import_signature_keys);
        flag(provider_value("AllowPrivateECDHEKeyImport"), settings.may_import_ecdh_keys);
        flag(provider_value("AllowPrivateECDSAKeyImport"), settings.may_import_ecdsa_keys);
        if (ours_.is_unknown() || microsofts_.is_unknown()) forbid_imports(settings);
    }

  private:
    static void forbid_imports(ProviderSettings& settings) {
        settings.on_card_generation_only = true;
        settings.may_import_exchange_keys = false;
        settings.may_import_signature_keys = false;
        settings.may_import_ecdh_keys = false;
        settings.may_import_ecdsa_keys = false;
    }

    /// Microsoft's counts if it is longer than our default: theirs, 1024, may stand there as well.
    std::optional<std::uint32_t> default_bits() const {
        constexpr ProviderValue bits = provider_value("DefaultPrivateKeyLenBits");
        if (ours_.has(bits)) return ours_.number(bits);
        return microsofts_.number(
            {bits.name, ProviderSettings().default_key_bits, bits.most, bits.step});
    }
    void flag(const ProviderValue& value, bool& is_set) const {
        (ours_.has(value) ? ours_ : microsofts_).flag(value, is_set);
    }

    const Values& ours_;
    const Values microsofts_;
};

void read_pin_rules(const Values& values, container::PinRules& rules) {
    const auto policy = values.number(provider_value("PinCachePolicy"));
    const auto seconds = values.number(provider_value("PinCacheSeconds"));
    if (is_pin_time_missing(policy, seconds)) {
        values.complain_of_no_time();
    } else if (policy) {
        rules.policy = static_cast<container::PinCachePolicy>(*policy);
    }
    if (seconds) rules.lifetime = std::chrono::seconds(*seconds);
    if (values.is_unknown()) rules = {container::PinCachePolicy::AlwaysPrompt, Duration::zero()};
}

}  // namespace

ProviderSettings read_provider_settings(WindowsInterface api, const std::string& provider_name) {
    // Whom the thread acts for may not be allowed to read what an administrator decided.
    const ActingForProcess process;
    const Values values(api, provider_name, Whose::Ours);
    ProviderSettings settings;
    if (const auto hold = values.number(provider_value("TransactionTimeoutMilliseconds")))
        settings.hold = std::chrono::milliseconds(*hold);
    KeyRules(api, values).read(settings);
    read_pin_rules(values, settings.pin_rules);
    // A PIN given with None counts for the hold in which it was given.
    if (settings.pin_rules.policy == container::PinCachePolicy::None)
        settings.pin_rules.lifetime = settings.hold.value_or(usual_hold);
    return settings;
}

}  // namespace cardmux::api
