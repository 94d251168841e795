// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <windows.h>

#include "tool/windows/smart_card_service.h"
//
#include <fmt/core.h>
#include <tlhelp32.h>
#include <winscard.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/loaded_dll_windows.h"
#include "base/wide_text_windows.h"

namespace cardmux::tool::windows {
namespace {

/// The functions that are asked for, by their own types.
struct Winscard {
    LoadedDll dll{L"winscard.dll"};
    decltype(&SCardEstablishContext) establish = nullptr;
    decltype(&SCardReleaseContext) release = nullptr;
    decltype(&SCardListReadersW) list_readers = nullptr;
    decltype(&SCardGetStatusChangeW) get_status_change = nullptr;
    decltype(&SCardConnectW) connect = nullptr;
    decltype(&SCardBeginTransaction) begin = nullptr;
    decltype(&SCardTransmit) transmit = nullptr;
    decltype(&SCardEndTransaction) end = nullptr;
    decltype(&SCardDisconnect) disconnect = nullptr;

    bool find_all() {
        return dll.find("SCardEstablishContext", establish) &&
               dll.find("SCardReleaseContext", release) &&
               dll.find("SCardListReadersW", list_readers) &&
               dll.find("SCardGetStatusChangeW", get_status_change) &&
               dll.find("SCardConnectW", connect) && dll.find("SCardBeginTransaction", begin) &&
               dll.find("SCardTransmit", transmit) && dll.find("SCardEndTransaction", end) &&
               dll.find("SCardDisconnect", disconnect);
    }
};

Error unavailable(const char* operation, LONG code) {
    return Error(ErrorCode::ServiceUnavailable, operation)
        .with_platform_code(static_cast<std::uint32_t>(code));
}

/// A list of texts, each with its zero, one more at the end.
std::vector<std::wstring> texts_in(const std::wstring& list) {
    std::vector<std::wstring> texts;
    for (std::size_t at = 0; at < list.size() && list[at] != L'\0'; at += texts.back().size() + 1)
        texts.emplace_back(list.c_str() + at);
    return texts;
}

Result<std::vector<std::wstring>> reader_names(const Winscard& api, SCARDCONTEXT context) {
    DWORD size = 0;
    LONG code = api.list_readers(context, nullptr, nullptr, &size);
    if (code == static_cast<LONG>(SCARD_E_NO_READERS_AVAILABLE)) return std::vector<std::wstring>();
    if (code != SCARD_S_SUCCESS) return unavailable("SCardListReaders", code);
    std::wstring list(size, L'\0');
    code = api.list_readers(context, nullptr, list.data(), &size);
    if (code != SCARD_S_SUCCESS) return unavailable("SCardListReaders", code);
    return texts_in(list);
}

ReaderState state_of(const std::wstring& name, const SCARD_READERSTATEW& state) {
    ReaderState reader;
    reader.name = from_wide(name);
    if ((state.dwEventState & SCARD_STATE_PRESENT) != 0)
        reader.atr.assign(state.rgbAtr, state.rgbAtr + std::min<DWORD>(state.cbAtr, 33));
    reader.is_in_use = (state.dwEventState & SCARD_STATE_INUSE) != 0;
    reader.is_exclusive = (state.dwEventState & SCARD_STATE_EXCLUSIVE) != 0;
    reader.is_mute = (state.dwEventState & SCARD_STATE_MUTE) != 0;
    return reader;
}

Result<std::vector<ReaderState>> readers_of(const Winscard& api, SCARDCONTEXT context) {
    CARDMUX_TRY_ASSIGN(const auto names, reader_names(api, context));
    std::vector<SCARD_READERSTATEW> states(names.size());
    for (std::size_t i = 0; i < names.size(); ++i) states[i].szReader = names[i].c_str();
    std::vector<ReaderState> readers;
    if (states.empty()) return readers;
    const LONG code =
        api.get_status_change(context, 0, states.data(), static_cast<DWORD>(states.size()));
    if (code != SCARD_S_SUCCESS && code != static_cast<LONG>(SCARD_E_TIMEOUT))
        return unavailable("SCardGetStatusChange", code);
    for (std::size_t i = 0; i < names.size(); ++i) readers.push_back(state_of(names[i], states[i]));
    return readers;
}

// SP 800-73-4: part 1, 2.2 (the application's identifier); part 2, 3.1.1 and 3.1.2.
constexpr std::array<std::uint8_t, 5> piv_provider{0xA0, 0x00, 0x00, 0x03, 0x08};
constexpr std::array<std::uint8_t, 9> get_discovery{0x00, 0xCB, 0x3F, 0xFF, 0x03,
                                                    0x5C, 0x01, 0x7E, 0x00};
constexpr std::array<std::uint8_t, 17> select_piv{0x00, 0xA4, 0x04, 0x00, 0x0B, 0xA0,
                                                  0x00, 0x00, 0x03, 0x08, 0x00, 0x00,
                                                  0x10, 0x00, 0x01, 0x00, 0x00};
constexpr std::array<std::uint8_t, 11> select_piv_by_provider{0x00, 0xA4, 0x04, 0x00, 0x05, 0xA0,
                                                              0x00, 0x00, 0x03, 0x08, 0x00};

/// returns   the answer without its status word; none: the card refused
/// errors    as has_piv
Result<std::optional<Bytes>> ask(const Winscard& api, SCARDHANDLE card, DWORD protocol,
                                 ByteView command) {
    // In T=0 an answer's length has no place in a command with data.
    const auto size = static_cast<DWORD>(command.size() - (protocol == SCARD_PROTOCOL_T0 ? 1 : 0));
    const SCARD_IO_REQUEST header{protocol, sizeof header};
    Bytes answer(258);
    auto received = static_cast<DWORD>(answer.size());
    const LONG code =
        api.transmit(card, &header, command.data(), size, nullptr, answer.data(), &received);
    if (code != SCARD_S_SUCCESS) return unavailable("SCardTransmit", code);
    if (received < 2) return std::optional<Bytes>();
    const std::uint8_t status = answer[received - 2];
    if (status != 0x90 && status != 0x61) return std::optional<Bytes>();
    answer.resize(received - 2);
    return std::optional<Bytes>(std::move(answer));
}

/// needs     a transaction
Result<bool> answers_as_piv(const Winscard& api, SCARDHANDLE card, DWORD protocol) {
    CARDMUX_TRY_ASSIGN(const auto discovery, ask(api, card, protocol, get_discovery));
    if (discovery && !std::ranges::search(*discovery, piv_provider).empty()) return true;
    CARDMUX_TRY_ASSIGN(auto selected, ask(api, card, protocol, select_piv));
    if (selected) return true;
    CARDMUX_TRY_ASSIGN(selected, ask(api, card, protocol, select_piv_by_provider));
    return selected.has_value();
}

Result<bool> card_has_piv(const Winscard& api, SCARDCONTEXT context, const std::string& reader) {
    SCARDHANDLE card = 0;
    DWORD protocol = 0;
    LONG code = api.connect(context, to_wide(reader).c_str(), SCARD_SHARE_SHARED,
                            SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1, &card, &protocol);
    if (code != SCARD_S_SUCCESS) return unavailable("SCardConnect", code);
    Result<bool> has = false;
    code = api.begin(card);
    if (code == SCARD_S_SUCCESS) {
        has = answers_as_piv(api, card, protocol);
        api.end(card, SCARD_LEAVE_CARD);
    } else {
        has = unavailable("SCardBeginTransaction", code);
    }
    api.disconnect(card, SCARD_LEAVE_CARD);
    return has;
}

bool has_winscard(DWORD process) {
    const HANDLE modules = CreateToolhelp32Snapshot(TH32CS_SNAPMODULE, process);
    if (modules == INVALID_HANDLE_VALUE) return false;
    MODULEENTRY32W module{};
    module.dwSize = sizeof module;
    bool found = false;
    for (BOOL more = Module32FirstW(modules, &module); more != 0 && !found;
         more = Module32NextW(modules, &module))
        found = CompareStringOrdinal(module.szModule, -1, L"winscard.dll", -1, TRUE) == CSTR_EQUAL;
    CloseHandle(modules);
    return found;
}

/// Calls `question(api, context)`.
///
/// errors    ServiceUnavailable; the question's
template <typename Question>
auto with_service(const Question& question) -> decltype(question(Winscard(), SCARDCONTEXT())) {
    static Winscard api;  // loaded once: Wine's cannot be loaded again
    if (!api.find_all()) return unavailable("load winscard.dll", ERROR_MOD_NOT_FOUND);
    SCARDCONTEXT context = 0;
    const LONG code = api.establish(SCARD_SCOPE_SYSTEM, nullptr, nullptr, &context);
    if (code != SCARD_S_SUCCESS) return unavailable("SCardEstablishContext", code);
    auto answer = question(api, context);
    api.release(context);
    return answer;
}

const char* name_of_state(DWORD state) {
    switch (state) {
        case SERVICE_STOPPED:
            return "stopped";
        case SERVICE_START_PENDING:
            return "starting";
        case SERVICE_STOP_PENDING:
            return "stopping";
        case SERVICE_RUNNING:
            return "running";
        case SERVICE_PAUSED:
            return "paused";
        default:
            return "between two states";
    }
}

}  // namespace

Result<std::vector<ReaderState>> list_readers() {
    return with_service(
        [](const Winscard& api, SCARDCONTEXT context) { return readers_of(api, context); });
}

Result<bool> has_piv(const std::string& reader) {
    return with_service([&](const Winscard& api, SCARDCONTEXT context) {
        return card_has_piv(api, context, reader);
    });
}

std::string state_of_service() {
    const SC_HANDLE manager = OpenSCManagerW(nullptr, nullptr, SC_MANAGER_CONNECT);
    if (manager == nullptr) return fmt::format("not known (error {})", GetLastError());
    std::string text;
    const SC_HANDLE service = OpenServiceW(manager, L"SCardSvr", SERVICE_QUERY_STATUS);
    SERVICE_STATUS status{};
    if (service == nullptr)
        text = GetLastError() == ERROR_SERVICE_DOES_NOT_EXIST
                   ? "not installed"
                   : fmt::format("not known (error {})", GetLastError());
    else if (QueryServiceStatus(service, &status) == 0)
        text = fmt::format("not known (error {})", GetLastError());
    else
        text = name_of_state(status.dwCurrentState);
    if (service != nullptr) CloseServiceHandle(service);
    CloseServiceHandle(manager);
    return text;
}

std::vector<std::string> programs_with_smart_cards() {
    std::vector<std::string> programs;
    const HANDLE processes = CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0);
    if (processes == INVALID_HANDLE_VALUE) return programs;
    PROCESSENTRY32W process{};
    process.dwSize = sizeof process;
    for (BOOL more = Process32FirstW(processes, &process); more != 0;
         more = Process32NextW(processes, &process)) {
        const DWORD id = process.th32ProcessID;
        if (id != GetCurrentProcessId() && id != 0 && has_winscard(id))
            programs.push_back(fmt::format("{} ({})", from_wide(process.szExeFile), id));
    }
    CloseHandle(processes);
    return programs;
}

}  // namespace cardmux::tool::windows
