// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Cardmux's own transport as a Windows program: whether it says of readers, cards and the service
// what really happened to them. Prints "done" and exits with 0 if all was as expected.
//
//     transport_probe card       the card answers, is reset by another connection, answers again
//     transport_probe watch      waits until the first reader's card goes and comes back
//     transport_probe restart    uses the card until the service goes, and again when it is back
#include <cstdio>
#include <cstdlib>
#include <string>

#include "base/sync.h"
#include "transport/transport.h"

namespace {

using cardmux::Bytes;
using cardmux::Error;
using cardmux::ErrorCode;
using cardmux::transport::CardConnection;
using cardmux::transport::Disposition;
using cardmux::transport::ReaderService;
using cardmux::transport::ReaderStatus;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

const Bytes select_piv = {0x00, 0xA4, 0x04, 0x00, 0x09, 0xA0, 0x00,
                          0x00, 0x03, 0x08, 0x00, 0x00, 0x10, 0x00};

void check(bool is_so, const std::string& what) {
    if (is_so) return;
    std::printf("failed: %s\n", what.c_str());
    std::fflush(stdout);
    std::_Exit(1);
}

template <class Value>
Value got(cardmux::Result<Value> result, const char* what) {
    if (!result.ok()) check(false, what + (": " + cardmux::to_string(result.error())));
    return std::move(result).value();
}

void done(const cardmux::Result<void>& result, const char* what) {
    if (!result.ok()) check(false, what + (": " + cardmux::to_string(result.error())));
}

void say(const char* what) {
    std::puts(what);
    std::fflush(stdout);
}

std::unique_ptr<cardmux::transport::Transport> transport;

std::unique_ptr<ReaderService> new_service() {
    return got(transport->connect_service(), "connect_service");
}

ReaderStatus first_reader(ReaderService& service) {
    const auto readers = got(service.list(), "list");
    check(!readers.empty(), "there is a reader");
    return readers.front();
}

void check_answer(CardConnection& card) {
    const Bytes answer = got(card.transmit(select_piv), "transmit");
    check(answer.size() > 2 && answer[answer.size() - 2] == 0x90, "PIV is selected");
}

int run_card() {
    const auto service = new_service();
    const auto other_service = new_service();
    const ReaderStatus reader = first_reader(*service);
    check(reader.card_present && !reader.atr.empty(), "the card is seen");
    const auto card = got(service->connect(reader.name), "connect");
    const auto other = got(other_service->connect(reader.name), "connect");
    check(Bytes(card->atr().begin(), card->atr().end()) == reader.atr, "the ATR is the same");
    done(card->begin(), "begin");
    check_answer(*card);
    done(card->end(Disposition::Leave), "end");
    done(other->begin(), "begin of the other");
    done(other->end(Disposition::Reset), "end of the other");
    const auto begun = card->begin();
    check(!begun.ok() && begun.error().code == ErrorCode::CardReset, "the reset is told");
    done(card->reconnect(Disposition::Leave), "reconnect");
    done(card->begin(), "begin after a reset");
    check_answer(*card);
    done(card->end(Disposition::Leave), "end");
    check(!service->connect("No Such Reader").ok(), "a reader that is not there");
    say("done");
    return 0;
}

/// Waits until the first reader has a card or none.
void await(ReaderService& service, bool is_present) {
    auto known = got(service.list(), "list");
    while (known.front().card_present != is_present) {
        known = got(service.wait_for_change(known, 20s), "wait_for_change");
        check(!known.empty(), "the reader is still there");
    }
    say(is_present ? "present" : "gone");
}

int run_watch() {
    const auto service = new_service();
    const auto card = got(service->connect(first_reader(*service).name), "connect");
    await(*service, true);
    await(*service, false);
    const auto sent = card->transmit(select_piv);
    check(!sent.ok() && sent.error().code == ErrorCode::CardRemoved, "the removal is told");
    await(*service, true);
    say("done");
    return 0;
}

int run_restart() {
    auto service = new_service();
    const auto card = got(service->connect(first_reader(*service).name), "connect");
    say("in use");
    auto sent = card->transmit(select_piv);
    while (sent.ok()) {
        cardmux::sleep_for(20ms);
        sent = card->transmit(select_piv);
    }
    std::printf("command: %s\n", cardmux::to_string(sent.error()).c_str());
    const auto listed = service->list();
    check(!listed.ok() && listed.error().code == ErrorCode::ServiceUnavailable,
          listed.ok() ? "the service is gone" : cardmux::to_string(listed.error()));
    say("noticed");
    while (true) {
        auto again = transport->connect_service();
        if (again.ok()) service = std::move(again).value();
        const auto readers = service->list();
        if (readers.ok() && !readers->empty() && readers->front().card_present) break;
        cardmux::sleep_for(50ms);
    }
    check_answer(*got(service->connect(first_reader(*service).name), "connect"));
    say("done");
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    const std::string what = argc > 1 ? argv[1] : "";
    transport = cardmux::transport::make_pcsc_transport();
    if (what == "card") return run_card();
    if (what == "watch") return run_watch();
    if (what == "restart") return run_restart();
    std::fputs("transport_probe: see the head of transport_probe.cpp\n", stderr);
    return 2;
}
