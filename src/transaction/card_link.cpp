// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "transaction/card_link.h"

#include <algorithm>

#include "base/last_catch.h"
#include "base/sync.h"

namespace cardmux::transaction {

using transport::Disposition;

bool is_loss(ErrorCode code) {
    switch (code) {
        case ErrorCode::CardReset:
        case ErrorCode::CardRemoved:
        case ErrorCode::CardAbsent:
        case ErrorCode::CardUnresponsive:
        case ErrorCode::ReaderUnavailable:
        case ErrorCode::ServiceUnavailable:
            return true;
        default:
            return false;
    }
}

CardLink::CardLink(std::shared_ptr<transport::Transport> transport, std::string reader,
                   PinLedger& ledger, LogSink& log)
    : transport_(std::move(transport)), reader_(std::move(reader)), ledger_(ledger), log_(log) {}

std::optional<CardLink::Failure> CardLink::begin() {
    assert_no_lock_held("begin a transaction");
    if (!connection_) {
        if (const auto connected = connect(); !connected) {
            LogLine(log_, LogLevel::Info, "connect")
                .with("reader", reader_)
                .with(connected.error());
            return Failure{connected.error().code, false, connected.error().platform_code};
        }
    }
    if (const auto begun = connection_->begin(); !begun) {
        LogLine(log_, LogLevel::Info, "begin").with("reader", reader_).with(begun.error());
        note_loss(begun.error().code);
        return Failure{begun.error().code, true, begun.error().platform_code};
    }
    transaction_open_ = true;
    ++epoch_;
    return std::nullopt;
}

Result<void> CardLink::connect() {
    const bool service_was_known = service_ != nullptr;
    auto connected = connect_once();
    if (!connected && connected.error().code == ErrorCode::ServiceUnavailable &&
        service_was_known) {
        // The service was restarted since we used it last.
        note_loss(ErrorCode::ServiceUnavailable);
        connected = connect_once();
    }
    if (!connected) note_loss(connected.error().code);
    return connected;
}

Result<void> CardLink::connect_once() {
    if (!service_) {
        CARDMUX_TRY_ASSIGN(service_, transport_->connect_service());
    }
    CARDMUX_TRY_ASSIGN(auto connection, service_->connect(reader_));
    CARDMUX_TRY(note_insertion());
    connection_ = std::move(connection);
    return success();
}

Result<void> CardLink::note_insertion() {
    CARDMUX_TRY_ASSIGN(const auto readers, service_->list());
    const auto found = std::ranges::find(readers, reader_, &transport::ReaderStatus::name);
    if (found == readers.end()) return Error(ErrorCode::ReaderUnavailable, "find the reader");
    if (event_count_ != found->event_count) ++insertion_;
    event_count_ = found->event_count;
    return success();
}

/// After anything but a reset, another card may be there next time.
void CardLink::note_loss(ErrorCode code) {
    if (!is_loss(code) || code == ErrorCode::CardReset) return;
    event_count_.reset();
    if (code == ErrorCode::ServiceUnavailable) service_.reset();
}

void CardLink::end() {
    assert_no_lock_held("end a transaction");
    // A card that was lost has forgotten us; one whose answer we had no memory for has not.
    if (farewell_ && !(loss_ && is_loss(*loss_))) say_farewell();
    farewell_ = nullptr;
    loss_.reset();
    if (!transaction_open_) return;
    transaction_open_ = false;
    ++epoch_;
    if (const auto ended = connection_->end(Disposition::Leave); !ended) {
        // The transaction is over all the same; what is wrong shows at the next begin.
        LogLine(log_, LogLevel::Info, "end").with("reader", reader_).with(ended.error());
    }
}

void CardLink::say_farewell() {
    start_operation();
    Result<void> said;
    try {
        said = farewell_(*this);
    } catch (...) {
        said = Error(code_of_current_exception(), "say farewell to the card");
    }
    if (said) return;
    LogLine(log_, LogLevel::Warning, "farewell").with("reader", reader_).with(said.error());
}

std::optional<CardLink::Failure> CardLink::reconnect(bool unpower) {
    assert_no_lock_held("reconnect");
    if (!connection_) return Failure{ErrorCode::CardRemoved, false};
    end();
    ++epoch_;
    const auto taken = connection_->reconnect(unpower ? Disposition::Unpower : Disposition::Leave);
    if (taken) return std::nullopt;
    LogLine(log_, LogLevel::Info, "reconnect").with("reader", reader_).with(taken.error());
    note_loss(taken.error().code);
    return Failure{taken.error().code, true, taken.error().platform_code};
}

void CardLink::disconnect() {
    assert_no_lock_held("disconnect");
    end();
    ++epoch_;
    connection_.reset();
}

void CardLink::start_operation() {
    loss_.reset();
    aftercare_ = nullptr;
    apdu_count_ = 0;
}

Result<Bytes> CardLink::transmit(ByteView command) {
    assert_no_lock_held("transmit");
    if (loss_) return Error(*loss_, "send to a card that was lost");
    if (!transaction_open_) return Error(ErrorCode::Internal, "send outside a transaction");
    ++apdu_count_;
    auto answer = transmit_or_lose(command);
    if (!answer) {
        loss_ = answer.error().code;
        note_loss(*loss_);
    }
    return answer;
}

/// An answer that there was no memory for, or one without a status word, is an answer lost: whoever
/// sent the command has to know, since the card may have carried it out (and counted a PIN).
Result<Bytes> CardLink::transmit_or_lose(ByteView command) try {
    constexpr std::size_t status_word_size = 2;
    auto answer = connection_->transmit(command);
    if (answer && answer->size() < status_word_size)
        return Error(ErrorCode::CardUnresponsive, "receive an answer");
    return answer;
} catch (...) {
    return Error(code_of_current_exception(), "send to the card");
}

ByteView CardLink::atr() const {
    return connection_ ? connection_->atr() : ByteView{};
}

}  // namespace cardmux::transaction
