// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// A small Windows program that uses winscard.dll and nothing of Cardmux: whether the forwarder of
// tests/windows/winscard does what a Windows client asks. Prints lines of "what: value"; exit code
// 0 if every call answered as expected, 1 at the first that did not.
//
//     winscard_probe card          every call about readers and the first reader's card
//     winscard_probe watch         waits until the first reader's card goes and comes back
//     winscard_probe cancel        a wait that another thread ends, ten times
//     winscard_probe threads N     N threads send 50 commands each, in transactions of two
//     winscard_probe stale         what is answered for handles that were closed
//     winscard_probe hold MODE     holds the first reader's card, `shared` or `exclusive`, until
//                                  there is a file "stop" in the working folder
//     winscard_probe restart       uses the card until the service goes, and again when it is back
#include <windows.h>
#include <winscard.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

namespace {

const BYTE select_piv[] = {0x00, 0xA4, 0x04, 0x00, 0x0B, 0xA0, 0x00, 0x00,
                           0x03, 0x08, 0x00, 0x00, 0x10, 0x00, 0x01, 0x00};
const BYTE read_discovery[] = {0x00, 0xCB, 0x3F, 0xFF, 0x03, 0x5C, 0x01, 0x7E, 0x00};
constexpr DWORD get_features = SCARD_CTL_CODE(3400);

void check(LONG result, const char* call, LONG expected = SCARD_S_SUCCESS) {
    if (result == expected) return;
    std::printf("failed: %s: %08lX, expected %08lX\n", call, static_cast<unsigned long>(result),
                static_cast<unsigned long>(expected));
    std::fflush(stdout);
    std::_Exit(1);
}

void check_that(bool is_so, const char* what) {
    if (is_so) return;
    std::printf("failed: %s\n", what);
    std::fflush(stdout);
    std::_Exit(1);
}

std::string hex(const BYTE* bytes, DWORD count) {
    std::string digits;
    for (DWORD index = 0; index < count; index++) {
        char pair[3];
        std::snprintf(pair, sizeof pair, "%02x", bytes[index]);
        digits += pair;
    }
    return digits;
}

SCARDCONTEXT establish() {
    SCARDCONTEXT context = 0;
    check(SCardEstablishContext(SCARD_SCOPE_USER, nullptr, nullptr, &context), "Establish");
    return context;
}

std::string first_reader(SCARDCONTEXT context) {
    char* names = nullptr;
    DWORD length = SCARD_AUTOALLOCATE;
    check(SCardListReadersA(context, nullptr, reinterpret_cast<char*>(&names), &length),
          "ListReadersA");
    const std::string name = names;
    check(SCardFreeMemory(context, names), "FreeMemory");
    return name;
}

SCARDHANDLE connect(SCARDCONTEXT context) {
    SCARDHANDLE card = 0;
    DWORD protocol = 0;
    check(SCardConnectA(context, first_reader(context).c_str(), SCARD_SHARE_SHARED,
                        SCARD_PROTOCOL_Tx, &card, &protocol),
          "ConnectA");
    check_that(protocol == SCARD_PROTOCOL_T1, "the protocol is T=1");
    return card;
}

template <std::size_t size>
std::string transmit(SCARDHANDLE card, const BYTE (&command)[size]) {
    BYTE answer[300];
    DWORD length = sizeof answer;
    check(SCardTransmit(card, SCARD_PCI_T1, command, size, nullptr, answer, &length), "Transmit");
    return hex(answer, length);
}

bool ends_well(const std::string& answer) {
    return answer.size() >= 4 && answer.substr(answer.size() - 4) == "9000";
}

void list(SCARDCONTEXT context) {
    DWORD length = 0;
    check(SCardListReadersA(context, SCARD_ALL_READERS, nullptr, &length), "ListReadersA");
    std::vector<char> names(length);
    DWORD small = length - 1;
    check(SCardListReadersA(context, SCARD_ALL_READERS, names.data(), &small), "ListReadersA",
          SCARD_E_INSUFFICIENT_BUFFER);
    check_that(small == length, "the length is told");
    check(SCardListReadersA(context, nullptr, names.data(), &length), "ListReadersA");
    std::vector<wchar_t> wide(length);
    check(SCardListReadersW(context, nullptr, wide.data(), &length), "ListReadersW");
    for (DWORD index = 0; index < length; index++) {
        check_that(wide[index] == names[index], "the same in UTF-16");
    }
    for (const char* at = names.data(); *at != '\0'; at += std::strlen(at) + 1) {
        std::printf("reader: %s\n", at);
    }
    length = 100;
    char groups[100];
    check(SCardListReaderGroupsA(context, groups, &length), "ListReaderGroupsA");
    check_that(std::strcmp(groups, "SCard$DefaultReaders") == 0, "the group");
    length = 100;
    check(SCardListCardsA(context, nullptr, nullptr, 0, groups, &length), "ListCardsA");
    check_that(groups[0] == '\0', "no card type is known");
}

void show_status(SCARDCONTEXT context, SCARDHANDLE card) {
    char name[200];
    DWORD length = sizeof name;
    DWORD state = 0;
    DWORD protocol = 0;
    BYTE atr[36];
    DWORD atr_length = sizeof atr;
    check(SCardStatusA(card, name, &length, &state, &protocol, atr, &atr_length), "StatusA");
    std::printf("status: %s %lu %lu %s\n", name, state, protocol, hex(atr, atr_length).c_str());
    check_that(state == SCARD_SPECIFIC, "the state is specific");
    wchar_t* wide = nullptr;
    length = SCARD_AUTOALLOCATE;
    check(SCardStatusW(card, reinterpret_cast<wchar_t*>(&wide), &length, nullptr, nullptr, nullptr,
                       nullptr),
          "StatusW");
    check_that(wide[0] == static_cast<wchar_t>(name[0]), "the name in UTF-16");
    check(SCardFreeMemory(context, wide), "FreeMemory");
    BYTE* found = nullptr;
    length = SCARD_AUTOALLOCATE;
    check(SCardGetAttrib(card, SCARD_ATTR_ATR_STRING, reinterpret_cast<BYTE*>(&found), &length),
          "GetAttrib");
    check_that(hex(found, length) == hex(atr, atr_length), "the ATR is an attribute");
    check(SCardFreeMemory(context, found), "FreeMemory");
}

void show_features(SCARDHANDLE card) {
    BYTE answer[300];
    DWORD length = 0;
    const LONG result =
        SCardControl(card, get_features, nullptr, 0, answer, sizeof answer, &length);
    std::printf("features: %08lX %s\n", static_cast<unsigned long>(result),
                hex(answer, result == SCARD_S_SUCCESS ? length : 0).c_str());
}

void locate(SCARDCONTEXT context, SCARDHANDLE card) {
    SCARD_ATRMASK mask{};
    mask.cbAtr = sizeof mask.rgbAtr;
    check(SCardGetAttrib(card, SCARD_ATTR_ATR_STRING, mask.rgbAtr, &mask.cbAtr), "GetAttrib");
    std::memset(mask.rgbMask, 0xFF, sizeof mask.rgbMask);
    const std::string name = first_reader(context);
    SCARD_READERSTATEA state{};
    state.szReader = name.c_str();
    check(SCardLocateCardsByATRA(context, &mask, 1, &state, 1), "LocateCardsByATRA");
    check_that((state.dwEventState & SCARD_STATE_ATRMATCH) != 0, "the card is found by its ATR");
    mask.rgbAtr[3] ^= 1;
    state.dwEventState = 0;
    check(SCardLocateCardsByATRA(context, &mask, 1, &state, 1), "LocateCardsByATRA");
    check_that((state.dwEventState & SCARD_STATE_ATRMATCH) == 0, "another ATR is not");
}

int run_card() {
    const HANDLE started = SCardAccessStartedEvent();
    check_that(WaitForSingleObject(started, 0) == WAIT_OBJECT_0, "the service has started");
    SCardReleaseStartedEvent();
    const SCARDCONTEXT context = establish();
    check(SCardIsValidContext(context), "IsValidContext");
    list(context);
    const SCARDHANDLE card = connect(context);
    show_status(context, card);
    show_features(card);
    locate(context, card);
    check(SCardBeginTransaction(card), "BeginTransaction");
    std::printf("piv: %s\n", transmit(card, select_piv).c_str());
    check(SCardEndTransaction(card, SCARD_LEAVE_CARD), "EndTransaction");
    check(SCardEndTransaction(card, SCARD_LEAVE_CARD), "EndTransaction", SCARD_E_NOT_TRANSACTED);
    check(SCardBeginTransaction(card), "BeginTransaction");
    check(SCardEndTransaction(card, SCARD_RESET_CARD), "EndTransaction");
    DWORD protocol = 0;
    check(SCardReconnect(card, SCARD_SHARE_SHARED, SCARD_PROTOCOL_Tx, SCARD_LEAVE_CARD, &protocol),
          "Reconnect");
    check_that(ends_well(transmit(card, select_piv)), "the card answers after a reset");
    check(SCardDisconnect(card, SCARD_LEAVE_CARD), "Disconnect");
    check(SCardReleaseContext(context), "ReleaseContext");
    std::puts("done");
    return 0;
}

/// Waits until the reader's card is there or not.
void await(SCARDCONTEXT context, SCARD_READERSTATEA* states, DWORD wanted) {
    while ((states[0].dwCurrentState & wanted) == 0) {
        check(SCardGetStatusChangeA(context, 20000, states, 2), "GetStatusChangeA");
        for (int index = 0; index < 2; index++) {
            states[index].dwCurrentState = states[index].dwEventState & ~SCARD_STATE_CHANGED;
        }
    }
}

void say(const char* what) {
    std::puts(what);
    std::fflush(stdout);
}

int run_watch() {
    const SCARDCONTEXT context = establish();
    const std::string name = first_reader(context);
    SCARD_READERSTATEA states[2]{};
    states[0].szReader = name.c_str();
    states[1].szReader = "\\\\?PnP?\\Notification";
    await(context, states, SCARD_STATE_PRESENT);
    check_that(states[1].dwCurrentState >> 16 == 2, "there are the two readers of vpcd");
    check(SCardGetStatusChangeA(context, 300, states, 2), "GetStatusChangeA", SCARD_E_TIMEOUT);
    say("present");
    await(context, states, SCARD_STATE_EMPTY);
    say("gone");
    await(context, states, SCARD_STATE_PRESENT);
    say("present");
    check(SCardReleaseContext(context), "ReleaseContext");
    return 0;
}

int run_cancel() {
    const SCARDCONTEXT context = establish();
    const std::string name = first_reader(context);
    for (int turn = 0; turn < 10; turn++) {
        SCARD_READERSTATEA state{};
        state.szReader = name.c_str();
        check(SCardGetStatusChangeA(context, INFINITE, &state, 1), "GetStatusChangeA");
        state.dwCurrentState = state.dwEventState & ~SCARD_STATE_CHANGED;
        std::thread other([&] {
            Sleep(20 * turn);
            first_reader(context);  // a wait keeps nobody else out
            check(SCardCancel(context), "Cancel");
        });
        // A cancel may come before the wait: one more comes after it.
        const LONG result = SCardGetStatusChangeA(context, turn == 0 ? 500 : INFINITE, &state, 1);
        check_that(result == SCARD_E_CANCELLED || (turn == 0 && result == SCARD_E_TIMEOUT),
                   "the wait is cancelled");
        other.join();
    }
    check(SCardReleaseContext(context), "ReleaseContext");
    std::puts("done");
    return 0;
}

void send_many() {
    const SCARDCONTEXT context = establish();
    const SCARDHANDLE card = connect(context);
    for (int turn = 0; turn < 25; turn++) {
        check(SCardBeginTransaction(card), "BeginTransaction");
        check_that(ends_well(transmit(card, select_piv)), "PIV is selected");
        check_that(ends_well(transmit(card, read_discovery)), "the object is read");
        check(SCardEndTransaction(card, SCARD_LEAVE_CARD), "EndTransaction");
    }
    check(SCardDisconnect(card, SCARD_LEAVE_CARD), "Disconnect");
    check(SCardReleaseContext(context), "ReleaseContext");
}

int run_threads(int count) {
    std::vector<std::thread> threads;
    for (int index = 0; index < count; index++) threads.emplace_back(send_many);
    for (auto& thread : threads) thread.join();
    std::printf("commands: %d\n", 50 * count);
    return 0;
}

int run_stale() {
    const SCARDCONTEXT context = establish();
    const SCARDHANDLE closed = connect(context);
    check(SCardDisconnect(closed, SCARD_LEAVE_CARD), "Disconnect");
    check(SCardBeginTransaction(closed), "BeginTransaction", ERROR_INVALID_HANDLE);
    check(SCardDisconnect(closed, SCARD_LEAVE_CARD), "Disconnect", ERROR_INVALID_HANDLE);
    const SCARDHANDLE orphan = connect(context);
    check_that(orphan != closed, "a number is not given twice");
    check(SCardReleaseContext(context), "ReleaseContext");
    check(SCardBeginTransaction(orphan), "BeginTransaction", ERROR_INVALID_HANDLE);
    check(SCardReleaseContext(context), "ReleaseContext", ERROR_INVALID_HANDLE);
    check(SCardIsValidContext(context), "IsValidContext", ERROR_INVALID_HANDLE);
    std::puts("done");
    return 0;
}

/// The first error of a command, or of a wait, until now.
LONG send_until_failure(SCARDHANDLE card) {
    while (true) {
        BYTE answer[300];
        DWORD length = sizeof answer;
        const LONG result = SCardTransmit(card, SCARD_PCI_T1, read_discovery, sizeof read_discovery,
                                          nullptr, answer, &length);
        if (result != SCARD_S_SUCCESS) return result;
        Sleep(20);
    }
}

int run_restart() {
    const SCARDCONTEXT context = establish();
    const std::string name = first_reader(context);
    const SCARDHANDLE card = connect(context);
    LONG waited = SCARD_S_SUCCESS;
    std::thread watcher([&] {
        SCARD_READERSTATEA state{};
        state.szReader = name.c_str();
        while (waited == SCARD_S_SUCCESS) {
            waited = SCardGetStatusChangeA(context, INFINITE, &state, 1);
            state.dwCurrentState = state.dwEventState & ~SCARD_STATE_CHANGED;
        }
    });
    say("in use");
    std::printf("command: %08lX\n", static_cast<unsigned long>(send_until_failure(card)));
    watcher.join();
    std::printf("wait: %08lX\n", static_cast<unsigned long>(waited));
    DWORD length = 0;
    std::printf("list: %08lX\n",
                static_cast<unsigned long>(SCardListReadersA(context, nullptr, nullptr, &length)));
    std::fflush(stdout);
    SCardDisconnect(card, SCARD_LEAVE_CARD);
    SCardReleaseContext(context);
    SCARDCONTEXT again = 0;
    while (SCardEstablishContext(SCARD_SCOPE_USER, nullptr, nullptr, &again) != SCARD_S_SUCCESS ||
           SCardListReadersA(again, nullptr, nullptr, &length) != SCARD_S_SUCCESS) {
        Sleep(50);
    }
    Sleep(1000);  // until pcscd has seen the card
    check_that(ends_well(transmit(connect(again), select_piv)), "the card answers again");
    std::puts("done");
    return 0;
}

int run_hold(const std::string& mode) {
    const SCARDCONTEXT context = establish();
    SCARDHANDLE card = 0;
    DWORD protocol = 0;
    check(SCardConnectA(context, first_reader(context).c_str(),
                        mode == "exclusive" ? SCARD_SHARE_EXCLUSIVE : SCARD_SHARE_SHARED,
                        SCARD_PROTOCOL_Tx, &card, &protocol),
          "Connect");
    std::puts("held");
    std::fflush(stdout);
    while (GetFileAttributesA("stop") == INVALID_FILE_ATTRIBUTES) Sleep(20);
    check(SCardDisconnect(card, SCARD_LEAVE_CARD), "Disconnect");
    check(SCardReleaseContext(context), "Release");
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    const std::string what = argc > 1 ? argv[1] : "";
    if (what == "card") return run_card();
    if (what == "watch") return run_watch();
    if (what == "cancel") return run_cancel();
    if (what == "threads") return run_threads(argc > 2 ? std::atoi(argv[2]) : 8);
    if (what == "stale") return run_stale();
    if (what == "hold") return run_hold(argc > 2 ? argv[2] : "shared");
    if (what == "restart") return run_restart();
    std::fputs("winscard_probe: see the head of winscard_probe.cpp\n", stderr);
    return 2;
}
