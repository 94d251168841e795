// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Another PC/SC program, of the kind that shares a card with us without knowing us: it resets the
// card, holds it, selects another applet, verifies a PIN, tries to use a key. It uses winscard, and
// of Cardmux nothing but the clock and byte ranges. Prints one JSON object; exit code 0 if PC/SC
// did what was asked (whatever the card said), 1 otherwise.
//
//     foreign_program reset [--count N] [--every MS]     every program connected is told
//     foreign_program hold MS                            a transaction, kept open that long
//     foreign_program select-other [AID]                 the PIV applet is no longer selected
//     foreign_program verify PIN                         select PIV, present the PIN
//     foreign_program tries                              select PIV, ask how many tries are left
//     foreign_program sign-9a [--no-select]              use key 9A without presenting a PIN
//     foreign_program begin-probe [--count N] [--every MS]     how long BeginTransaction waits
// Each with [--reader NAME], else the first reader with a card.
#include <winscard.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"

namespace {

using cardmux::Bytes;
using cardmux::ByteView;
using nlohmann::json;

/// A PC/SC call that did not work: the call and its code.
struct PcscFailure {
    const char* call;
    LONG code;
};

void check(LONG code, const char* call) {
    if (code != SCARD_S_SUCCESS) throw PcscFailure{call, code};
}

Bytes hex(const std::string& digits) {
    return cardmux::from_hex(digits).value();
}

class Card {
  public:
    explicit Card(const std::string& reader) {
        check(SCardEstablishContext(SCARD_SCOPE_SYSTEM, nullptr, nullptr, &service_),
              "SCardEstablishContext");
        const std::string name = reader.empty() ? first_reader_with_card() : reader;
        check(SCardConnect(service_, name.c_str(), SCARD_SHARE_SHARED,
                           SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1, &card_, &protocol_),
              "SCardConnect");
    }
    ~Card() {
        if (card_ != 0) SCardDisconnect(card_, SCARD_LEAVE_CARD);
        if (service_ != 0) SCardReleaseContext(service_);
    }
    Card(const Card&) = delete;
    Card& operator=(const Card&) = delete;

    /// Returns how long it waited, in milliseconds; the first time from before SCardConnect, which
    /// waits for other programs, too.
    double begin() {
        const auto before = started_.value_or(cardmux::now());
        started_.reset();
        LONG code = SCardBeginTransaction(card_);
        while (code == SCARD_W_RESET_CARD) {
            resets_seen_++;
            check(SCardReconnect(card_, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1,
                                 SCARD_LEAVE_CARD, &protocol_),
                  "SCardReconnect");
            code = SCardBeginTransaction(card_);
        }
        check(code, "SCardBeginTransaction");
        return cardmux::milliseconds(cardmux::now() - before);
    }
    void end(DWORD disposition) {
        check(SCardEndTransaction(card_, disposition), "SCardEndTransaction");
    }
    /// The card's answer, status word included.
    Bytes transmit(ByteView command) {
        Bytes answer(65538);
        DWORD size = answer.size();
        const SCARD_IO_REQUEST* header =
            protocol_ == SCARD_PROTOCOL_T0 ? SCARD_PCI_T0 : SCARD_PCI_T1;
        check(SCardTransmit(card_, header, command.data(), command.size(), nullptr, answer.data(),
                            &size),
              "SCardTransmit");
        answer.resize(size);
        return answer;
    }
    /// Four hexadecimal digits.
    std::string status_word(ByteView command) {
        const Bytes answer = transmit(command);
        return answer.size() < 2 ? "none" : cardmux::to_hex(ByteView(answer).last(2));
    }
    int resets_seen() const { return resets_seen_; }

  private:
    std::string first_reader_with_card() {
        Bytes names(4096);
        DWORD size = names.size();
        char* text = reinterpret_cast<char*>(names.data());
        check(SCardListReaders(service_, nullptr, text, &size), "SCardListReaders");
        for (const char* name = text; *name != '\0'; name += std::string(name).size() + 1) {
            SCARD_READERSTATE state{};
            state.szReader = name;
            check(SCardGetStatusChange(service_, 0, &state, 1), "SCardGetStatusChange");
            if ((state.dwEventState & SCARD_STATE_PRESENT) != 0) return name;
        }
        throw PcscFailure{"no reader has a card", SCARD_E_NO_SMARTCARD};
    }

    SCARDCONTEXT service_ = 0;
    SCARDHANDLE card_ = 0;
    DWORD protocol_ = 0;
    int resets_seen_ = 0;
    std::optional<cardmux::TimePoint> started_ = cardmux::now();
};

struct Request {
    std::string reader;
    int count = 1;
    int every_ms = 500;
    bool select = true;
    std::vector<std::string> words;

    std::string word(std::size_t index, const std::string& otherwise) const {
        return index < words.size() ? words[index] : otherwise;
    }
};

void pause_ms(int duration) {
    cardmux::sleep_for(std::chrono::milliseconds(duration));
}

const Bytes select_piv = hex("00a404000ba000000308000010000100");
const Bytes read_discovery = hex("00cb3fff035c017e00");  // changes nothing, needs nothing

json reset(const Request& request) {
    json waits = json::array();
    for (int turn = 0; turn < request.count; turn++) {
        if (turn > 0) pause_ms(request.every_ms);
        Card card(request.reader);
        waits.push_back(card.begin());
        card.end(SCARD_RESET_CARD);
    }
    return {{"resets", request.count}, {"waits_ms", waits}};
}

json hold(const Request& request) {
    Card card(request.reader);
    const double wait = card.begin();
    (void)card.status_word(read_discovery);  // the card's counters tell that we have it
    pause_ms(std::atoi(request.word(1, "1000").c_str()));
    card.end(SCARD_LEAVE_CARD);
    return {{"wait_ms", wait}};
}

json select_other(const Request& request) {
    const Bytes aid = hex(request.word(1, "a000000151000000"));  // the card manager
    Bytes command = hex("00a40400");
    command.push_back(static_cast<std::uint8_t>(aid.size()));
    cardmux::append(command, aid);
    Card card(request.reader);
    const double wait = card.begin();
    const std::string word = card.status_word(command);
    card.end(SCARD_LEAVE_CARD);
    return {{"wait_ms", wait}, {"status_word", word}};
}

json verify(const Request& request) {
    const std::string pin = request.word(1, "");
    Bytes command = hex("0020008008ffffffffffffffff");
    std::copy_n(pin.begin(), std::min<std::size_t>(pin.size(), 8), command.begin() + 5);
    Card card(request.reader);
    const double wait = card.begin();
    const std::string selected = card.status_word(select_piv);
    const std::string word = card.status_word(command);
    card.end(SCARD_LEAVE_CARD);
    return {{"wait_ms", wait}, {"select_status_word", selected}, {"status_word", word}};
}

json tries(const Request& request) {
    Card card(request.reader);
    const double wait = card.begin();
    const std::string selected = card.status_word(select_piv);
    const std::string word = card.status_word(hex("00200080"));
    card.end(SCARD_LEAVE_CARD);
    json answer = {{"wait_ms", wait}, {"select_status_word", selected}, {"status_word", word}};
    if (word.substr(0, 3) == "63c") answer["tries"] = std::stoi(word.substr(3), nullptr, 16);
    if (word == "6983") answer["tries"] = 0;
    return answer;
}

/// The last status word of RSA-2048 (two chained commands), or of P-256 if the key is not RSA.
std::string use_key_9a(Card& card) {
    Bytes first = hex("1087079aff7c820106820081820100");
    first.resize(5 + 255, 0x01);
    Bytes last = hex("0087079a0b");
    last.resize(5 + 11, 0x01);
    last.push_back(0x00);
    std::string word = card.status_word(first);
    if (word == "9000") word = card.status_word(last);
    if (word == "6982" || word == "9000" || word.substr(0, 2) == "61") return word;
    Bytes command = hex("0087119a267c2482008120");
    command.resize(5 + 38, 0x01);
    command.push_back(0x00);
    return card.status_word(command);
}

json sign_9a(const Request& request) {
    Card card(request.reader);
    const double wait = card.begin();
    if (request.select) (void)card.status_word(select_piv);
    const std::string word = use_key_9a(card);
    card.end(SCARD_LEAVE_CARD);
    const bool refused = word != "9000" && word.substr(0, 2) != "61";
    return {{"wait_ms", wait}, {"status_word", word}, {"refused", refused}};
}

json begin_probe(const Request& request) {
    json waits = json::array();
    int resets_seen = 0;
    Card card(request.reader);
    for (int turn = 0; turn < request.count; turn++) {
        if (turn > 0) pause_ms(request.every_ms);
        waits.push_back(card.begin());
        (void)card.status_word(read_discovery);
        card.end(SCARD_LEAVE_CARD);
    }
    resets_seen = card.resets_seen();
    return {{"waits_ms", waits}, {"resets_seen", resets_seen}};
}

Request parse(int argc, char** argv) {
    Request request;
    for (int index = 1; index < argc; index++) {
        const std::string word = argv[index];
        const bool has_value = index + 1 < argc;
        if (word == "--no-select") {
            request.select = false;
        } else if (word == "--reader" && has_value) {
            request.reader = argv[++index];
        } else if (word == "--count" && has_value) {
            request.count = std::atoi(argv[++index]);
        } else if (word == "--every" && has_value) {
            request.every_ms = std::atoi(argv[++index]);
        } else {
            request.words.push_back(word);
        }
    }
    return request;
}

const std::map<std::string, json (*)(const Request&)> commands = {
    {"reset", reset}, {"hold", hold},       {"select-other", select_other}, {"verify", verify},
    {"tries", tries}, {"sign-9a", sign_9a}, {"begin-probe", begin_probe},
};

}  // namespace

int main(int argc, char** argv) {
    const Request request = parse(argc, argv);
    const auto command = commands.find(request.word(0, ""));
    if (command == commands.end()) {
        std::fputs("foreign_program: see the head of foreign_program.cpp\n", stderr);
        return 2;
    }
    try {
        json answer = command->second(request);
        answer["ok"] = true;
        std::puts(answer.dump().c_str());
        return 0;
    } catch (const PcscFailure& failure) {
        char code[16];
        std::snprintf(code, sizeof code, "%08X", static_cast<unsigned>(failure.code));
        const json answer = {{"ok", false}, {"call", failure.call}, {"code", code}};
        std::puts(answer.dump().c_str());
        return 1;
    }
}
