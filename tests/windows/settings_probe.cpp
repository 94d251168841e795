// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// A program that goes on while an administrator changes TransactionTimeoutMilliseconds: how long
// its provider holds the card after an operation, as another connection to the card sees it. A line
// for each step on standard output, "what: milliseconds".
//
//     settings_probe csp PIN PROVIDER TYPE
//     settings_probe ksp PIN PROVIDER

// clang-format off
#include <windows.h>
#include <bcrypt.h>
#include <ncrypt.h>
#include <wincrypt.h>
#include <winscard.h>
// clang-format on

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>

namespace {

void require(bool holds, const char* what) {
    if (holds) return;
    std::printf("failed: %s\n", what);
    std::fflush(stdout);
    std::_Exit(1);
}

// ---- the provider under test --------------------------------------------------------------------

using Operation = std::function<void()>;

/// Each makes an operation on the card: one with a handle as old as the program, one with a new
/// context or key.
struct Client {
    std::wstring registry_path;
    Operation use_old;
    Operation use_new;
};

Client csp_client(const char* pin, const char* provider, DWORD type) {
    const auto acquire = [=] {
        HCRYPTPROV context = 0;
        require(CryptAcquireContextA(&context, nullptr, provider, type, CRYPT_SILENT), "acquire");
        return context;
    };
    const auto use = [=](HCRYPTPROV context) {
        require(
            CryptSetProvParam(context, PP_KEYEXCHANGE_PIN, reinterpret_cast<const BYTE*>(pin), 0),
            "the PIN");
    };
    Client client;
    client.registry_path = L"SOFTWARE\\Microsoft\\Cryptography\\Defaults\\Provider\\";
    client.use_old = [=, old = acquire()] { use(old); };
    client.use_new = [=] {
        const HCRYPTPROV context = acquire();
        use(context);
        CryptReleaseContext(context, 0);
    };
    return client;
}

Client ksp_client(const std::wstring& pin, const std::wstring& provider_name) {
    NCRYPT_PROV_HANDLE provider = 0;
    require(NCryptOpenStorageProvider(&provider, provider_name.c_str(), 0) == 0, "provider");
    const auto open = [=] {
        NCRYPT_KEY_HANDLE key = 0;
        require(NCryptOpenKey(provider, &key, L"", 0, NCRYPT_SILENT_FLAG) == 0, "open a key");
        return key;
    };
    const auto use = [](NCRYPT_KEY_HANDLE key, std::wstring text) {
        require(NCryptSetProperty(key, NCRYPT_PIN_PROPERTY, reinterpret_cast<BYTE*>(text.data()),
                                  static_cast<DWORD>(2 * text.size() + 2), 0) == 0,
                "the PIN");
    };
    Client client;
    client.registry_path = L"SYSTEM\\CurrentControlSet\\Control\\Cryptography\\Providers\\";
    client.use_old = [=, old = open()] { use(old, pin); };
    client.use_new = [=] {
        const NCRYPT_KEY_HANDLE key = open();
        use(key, pin);
        NCryptFreeObject(key);
    };
    return client;
}

// ---- the administrator, and another program -----------------------------------------------------

class TimeoutValue {
  public:
    explicit TimeoutValue(const std::wstring& path) {
        require(RegOpenKeyExW(HKEY_LOCAL_MACHINE, path.c_str(), 0, KEY_SET_VALUE, &key_) == 0,
                "the provider's registry key");
    }
    ~TimeoutValue() { RegCloseKey(key_); }
    TimeoutValue(const TimeoutValue&) = delete;
    TimeoutValue& operator=(const TimeoutValue&) = delete;

    void set(DWORD number, DWORD type = REG_DWORD) {
        require(RegSetValueExW(key_, name, 0, type, reinterpret_cast<const BYTE*>(&number),
                               sizeof number) == 0,
                "set the value");
    }
    void remove() { require(RegDeleteValueW(key_, name) == 0, "remove the value"); }

  private:
    static constexpr const wchar_t* name = L"TransactionTimeoutMilliseconds";
    HKEY key_ = nullptr;
};

class AnotherConnection {
  public:
    AnotherConnection() {
        char readers[1000] = "";
        DWORD size = sizeof readers;
        DWORD protocol = 0;
        require(SCardEstablishContext(SCARD_SCOPE_SYSTEM, nullptr, nullptr, &context_) == 0 &&
                    SCardListReadersA(context_, nullptr, readers, &size) == 0 &&
                    SCardConnectA(context_, readers, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T1, &card_,
                                  &protocol) == 0,
                "connect to the card");
    }
    ~AnotherConnection() {
        SCardDisconnect(card_, SCARD_LEAVE_CARD);
        SCardReleaseContext(context_);
    }
    AnotherConnection(const AnotherConnection&) = delete;
    AnotherConnection& operator=(const AnotherConnection&) = delete;

    /// Until the card is to be had.
    DWORD milliseconds_of_waiting() const {
        const DWORD before = GetTickCount();
        require(SCardBeginTransaction(card_) == 0, "begin a transaction");
        const DWORD waited = GetTickCount() - before;
        SCardEndTransaction(card_, SCARD_LEAVE_CARD);
        return waited;
    }

  private:
    SCARDCONTEXT context_ = 0;
    SCARDHANDLE card_ = 0;
};

void show_changes(const Client& client, const std::wstring& provider) {
    TimeoutValue value(client.registry_path + provider);
    const AnotherConnection other;
    const auto say_hold_after = [&](const Operation& operation, const char* what) {
        operation();
        std::printf("%s: %lu\n", what, other.milliseconds_of_waiting());
    };
    say_hold_after(client.use_new, "absent");
    value.set(100);
    say_hold_after(client.use_new, "100");
    value.remove();
    say_hold_after(client.use_new, "removed");
    value.set(0);
    say_hold_after(client.use_new, "0");
    say_hold_after(client.use_old, "0, by a handle from before");
    value.set(5000);
    say_hold_after(client.use_new, "5000");
    value.set(0);
    say_hold_after(client.use_new, "0 again");
    value.set(100, REG_BINARY);
    say_hold_after(client.use_new, "no number");
}

}  // namespace

int main(int count, char** arguments) {
    if (count < 4) return 2;
    const std::string pin = arguments[2];
    const std::string provider = arguments[3];
    const std::wstring wide_name(provider.begin(), provider.end());
    if (arguments[1] == std::string("ksp")) {
        show_changes(ksp_client({pin.begin(), pin.end()}, wide_name), wide_name);
    } else if (count > 4) {
        const auto type = static_cast<DWORD>(std::atoi(arguments[4]));
        show_changes(csp_client(arguments[2], arguments[3], type), wide_name);
    }
    return 0;
}
