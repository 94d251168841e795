// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <algorithm>
#include <array>
#include <utility>

#include "base/secret.h"
#include "base/sync.h"
#include "transport/pcsc_calls.h"
#include "transport/pcsc_error.h"
#include "transport/pcsc_socket.h"
#include "transport/transport.h"

namespace cardmux::transport {
namespace {

constexpr std::uint32_t word(LONG code) {
    return static_cast<std::uint32_t>(code);
}

/// pcsc-lite reports a service that went away during a call as one of these (tried: 1.9.9), which
/// have another meaning too: ask the service whether it is there.
bool may_mean_service_died(LONG code) {
    return word(code) == word(SCARD_F_COMM_ERROR) || word(code) == word(SCARD_W_SECURITY_VIOLATION);
}

/// A connection to the resource manager. pcsc-lite serialises all calls on one context, so each
/// thread's work has its own.
class ServiceContext {
  public:
    static Result<ServiceContext> establish() {
        constexpr int attempts = 8;  // the host may connect to pcscd, or fork, at the same time
        for (int attempt = 1;; ++attempt) {
            SCARDCONTEXT handle = 0;
            LONG code = 0;
            PcscSocket socket = PcscSocket::opened_by([&] { code = establish_context(handle); });
            if (word(code) != word(SCARD_S_SUCCESS))
                return pcsc_error(word(code), "SCardEstablishContext");
            if (!socket.is_doubtful() || attempt == attempts)
                return ServiceContext(handle, std::move(socket));
            SCardReleaseContext(handle);
        }
    }
    ServiceContext(ServiceContext&& other) noexcept
        : handle_(std::exchange(other.handle_, 0)),
          owned_(std::exchange(other.owned_, false)),
          socket_(std::move(other.socket_)) {}
    ServiceContext& operator=(ServiceContext&&) = delete;
    ServiceContext(const ServiceContext&) = delete;
    ServiceContext& operator=(const ServiceContext&) = delete;
    ~ServiceContext() {
        if (!owned_ || is_inherited()) return;
        socket_ = PcscSocket();  // its number is free for others from now on
        SCardReleaseContext(handle_);
    }

    /// Whether it belongs to the parent of this process, and nothing may be sent on it.
    bool is_inherited() const { return socket_.is_inherited(); }

    SCARDCONTEXT handle() const { return handle_; }

    /// A return code of a call on this connection as a result.
    Result<void> result_of(LONG code, const char* operation, const char* file = __builtin_FILE(),
                           int line = __builtin_LINE()) const {
        if (word(code) == word(SCARD_S_SUCCESS)) return success();
        if (may_mean_service_died(code) && !is_service_alive())
            return pcsc_error(word(SCARD_E_NO_SERVICE), operation, file, line);
        return pcsc_error(word(code), operation, file, line);
    }

  private:
    ServiceContext(SCARDCONTEXT handle, PcscSocket socket)
        : handle_(handle), owned_(true), socket_(std::move(socket)) {}

    static LONG establish_context(SCARDCONTEXT& handle) {
        const LONG code = SCardEstablishContext(SCARD_SCOPE_SYSTEM, nullptr, nullptr, &handle);
        if (!may_mean_service_died(code)) return code;
        return SCardEstablishContext(SCARD_SCOPE_SYSTEM, nullptr, nullptr, &handle);
    }

    bool is_service_alive() const {
        DWORD size = 0;
        const std::uint32_t code = word(SCardListReaders(handle_, nullptr, nullptr, &size));
        return code == word(SCARD_S_SUCCESS) || code == word(SCARD_E_NO_READERS_AVAILABLE);
    }

    SCARDCONTEXT handle_;
    bool owned_;
    PcscSocket socket_;
};

DWORD disposition_code(Disposition disposition) {
    switch (disposition) {
        case Disposition::Leave:
            return SCARD_LEAVE_CARD;
        case Disposition::Reset:
            return SCARD_RESET_CARD;
        case Disposition::Unpower:
            return SCARD_UNPOWER_CARD;
    }
    return SCARD_LEAVE_CARD;
}

constexpr DWORD any_protocol = SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1;

std::uint32_t event_count_of(const SCARD_READERSTATE& state) {
    return static_cast<std::uint32_t>((state.dwEventState >> 16) & 0xFFFF);
}

/// The longest answer: 65 536 bytes and the status word, with room for a reader's own bytes
/// (pcsc-lite's MAX_BUFFER_SIZE_EXTENDED is 65 548).
constexpr std::size_t response_size_max = 65548;

class PcscCardConnection final : public CardConnection {
  public:
    PcscCardConnection(ServiceContext context, const std::string& reader)
        : context_(std::move(context)), reader_(native_name(reader)) {}
    PcscCardConnection(const PcscCardConnection&) = delete;
    PcscCardConnection& operator=(const PcscCardConnection&) = delete;
    ~PcscCardConnection() override { disconnect(); }

    /// Connects and reads the answer to reset. Called once, before anything else.
    Result<void> open() {
        CARDMUX_TRY(connect());
        CARDMUX_TRY_ASSIGN(event_count_, read_event_count());
        Result<void> read = read_atr();
        for (int attempt = 0; attempt < 3 && !read.ok(); ++attempt) {
            if (read.error().code != ErrorCode::CardReset) return read;
            read = reconnect(Disposition::Leave);  // somebody reset it meanwhile
        }
        return read;
    }

    Result<void> begin() override {
        assert_no_lock_held("SCardBeginTransaction");
        if (removed_) return removed_error("SCardBeginTransaction");
        return note(SCardBeginTransaction(card_), "SCardBeginTransaction");
    }

    Result<void> end(Disposition disposition) override {
        assert_no_lock_held("SCardEndTransaction");
        const LONG code = SCardEndTransaction(card_, disposition_code(disposition));
        if (removed_) return removed_error("SCardEndTransaction");
        // A reset by somebody else may have ended it already.
        if (word(code) == word(SCARD_E_NOT_TRANSACTED)) return success();
        return note(code, "SCardEndTransaction");
    }

    Result<Bytes> transmit(ByteView command) override {
        assert_no_lock_held("SCardTransmit");
        if (removed_) return removed_error("SCardTransmit");
        // What SCARD_PCI_T0 and SCARD_PCI_T1 point to.
        const SCARD_IO_REQUEST protocol{protocol_, sizeof(SCARD_IO_REQUEST)};
        response_.resize(response_size_max);
        auto size = static_cast<DWORD>(response_.size());
        const LONG code =
            SCardTransmit(card_, &protocol, command.data(), static_cast<DWORD>(command.size()),
                          nullptr, response_.data(), &size);
        CARDMUX_TRY(note(code, "SCardTransmit"));
        const std::span<std::uint8_t> answer(response_.data(),
                                             std::min<std::size_t>(size, response_.size()));
        if (answer.size() < 2) return Error(ErrorCode::CardUnresponsive, "SCardTransmit");
        Bytes result = to_bytes(answer);
        wipe(answer);  // it may have been something decrypted
        return result;
    }

    Result<void> reconnect(Disposition initialization) override {
        assert_no_lock_held("SCardReconnect");
        if (removed_) return removed_error("SCardReconnect");
        // LEAVE would not switch an unpowered card on.
        if (unpowered_ && initialization == Disposition::Leave) initialization = Disposition::Reset;
        if (initialization != Disposition::Leave) CARDMUX_TRY(let_service_look());
        const LONG code = SCardReconnect(card_, SCARD_SHARE_SHARED, any_protocol,
                                         disposition_code(initialization), &protocol_);
        if (word(code) == word(SCARD_E_PROTO_MISMATCH)) {
            disconnect();
            CARDMUX_TRY(connect());
        } else {
            CARDMUX_TRY(note(code, "SCardReconnect"));
        }
        unpowered_ = false;
        // pcscd would go on with whatever card is in the reader now.
        CARDMUX_TRY_ASSIGN(const std::uint32_t count, read_event_count());
        if (count != event_count_) {
            removed_ = true;
            return removed_error("SCardReconnect");
        }
        return read_atr();
    }

    ByteView atr() const override { return atr_; }

  private:
    Result<void> connect() {
        const LONG code = SCardConnect(context_.handle(), reader_.c_str(), SCARD_SHARE_SHARED,
                                       any_protocol, &card_, &protocol_);
        connected_ = word(code) == word(SCARD_S_SUCCESS);
        return note(code, "SCardConnect");
    }

    void disconnect() noexcept {
        const bool connected = std::exchange(connected_, false);
        if (connected && !context_.is_inherited()) SCardDisconnect(card_, SCARD_LEAVE_CARD);
    }

    Result<void> read_atr() {
        std::array<unsigned char, 64> atr{};
        auto size = static_cast<DWORD>(atr.size());
        DWORD name_size = 0;
        DWORD state = 0;
        DWORD protocol = 0;
        CARDMUX_TRY(
            note(SCardStatus(card_, nullptr, &name_size, &state, &protocol, atr.data(), &size),
                 "SCardStatus"));
        atr_.assign(atr.begin(), atr.begin() + std::min<std::size_t>(size, atr.size()));
        return success();
    }

    /// A card that was pulled is not to be reset: pcscd (1.9.9) then takes the reader for empty
    /// without having seen the card go, and never sees one that is put in before it looks again.
    /// So it looks first.
    ///
    /// errors    CardRemoved: it has seen the card go
    Result<void> let_service_look() {
        const TimePoint end = now() + service_looks_within;
        SCARD_READERSTATE state{};
        state.szReader = reader_.c_str();
        for (Duration left{}; left >= Duration::zero(); left = end - now()) {
            const auto left_ms = std::chrono::ceil<std::chrono::milliseconds>(left).count();
            const LONG code =
                SCardGetStatusChange(context_.handle(), static_cast<DWORD>(left_ms), &state, 1);
            if (word(code) == word(SCARD_E_TIMEOUT)) break;
            CARDMUX_TRY(note(code, "SCardGetStatusChange"));
            if (event_count_of(state) != event_count_) {
                removed_ = true;
                return removed_error("SCardGetStatusChange");
            }
            state.dwCurrentState = state.dwEventState & ~DWORD{SCARD_STATE_CHANGED};
        }
        return success();
    }

    /// How often a card was put in or pulled since the reader came.
    Result<std::uint32_t> read_event_count() {
        SCARD_READERSTATE state{};
        state.szReader = reader_.c_str();
        CARDMUX_TRY(
            note(SCardGetStatusChange(context_.handle(), 0, &state, 1), "SCardGetStatusChange"));
        return event_count_of(state);
    }

    Result<void> note(LONG code, const char* operation, const char* file = __builtin_FILE(),
                      int line = __builtin_LINE()) {
        Result<void> result = context_.result_of(code, operation, file, line);
        if (word(code) == word(SCARD_W_UNPOWERED_CARD)) unpowered_ = true;
        if (!result.ok() && result.error().code == ErrorCode::CardRemoved) removed_ = true;
        return result;
    }

    static Error removed_error(const char* operation) {
        return pcsc_error(word(SCARD_W_REMOVED_CARD), operation);
    }

    ServiceContext context_;
    NativeName reader_;
    SCARDHANDLE card_ = 0;
    DWORD protocol_ = 0;
    bool connected_ = false;
    bool unpowered_ = false;
    /// For good: a card that is put back gets a connection of its own, since it may be another.
    bool removed_ = false;
    std::uint32_t event_count_ = 0;
    Bytes atr_;
    Bytes response_;
};

constexpr const char* arrival_reader = "\\\\?PnP?\\Notification";

/// SCardCancel just before SCardGetStatusChange begins is lost, and pcsc-lite's pseudo reader
/// reports only readers that arrive during the call: so no single wait is longer than this.
constexpr Duration wait_slice = std::chrono::milliseconds(500);

/// The pause after a wake-up without a cause, so that a service that does not wait costs no
/// processor.
constexpr Duration spurious_pause = std::chrono::milliseconds(50);

struct Interruption {
    bool requested = false;
    bool waiting = false;  ///< a thread is about to be, or is, inside SCardGetStatusChange
};

/// One reader with the state word that the service gave last.
struct Observation {
    NativeName name;
    ReaderStatus status;
    DWORD event_state = 0;
};

ReaderStatus status_of(const SCARD_READERSTATE& state) {
    ReaderStatus status;
    status.name = utf8_name(state.szReader);
    status.card_present = (state.dwEventState & SCARD_STATE_PRESENT) != 0;
    status.card_mute = (state.dwEventState & SCARD_STATE_MUTE) != 0;
    status.used_exclusively = (state.dwEventState & SCARD_STATE_EXCLUSIVE) != 0;
    status.in_use = (state.dwEventState & SCARD_STATE_INUSE) != 0;
    status.event_count = event_count_of(state);
    if (status.card_present) {
        const std::size_t size = std::min<std::size_t>(state.cbAtr, sizeof(state.rgbAtr));
        status.atr.assign(state.rgbAtr, state.rgbAtr + size);
    }
    return status;
}

/// Whether programs connected or let go, and nothing else: no reason to wake anybody.
bool same_readers_and_cards(std::vector<ReaderStatus> a, std::vector<ReaderStatus> b) {
    for (auto* list : {&a, &b})
        for (ReaderStatus& status : *list) status.in_use = false;
    return a == b;
}

std::vector<ReaderStatus> statuses_of(const std::vector<Observation>& observations) {
    std::vector<ReaderStatus> statuses;
    statuses.reserve(observations.size());
    for (const Observation& observation : observations) statuses.push_back(observation.status);
    return statuses;
}

class PcscReaderService final : public ReaderService {
  public:
    explicit PcscReaderService(ServiceContext context) : context_(std::move(context)) {}

    Result<std::vector<ReaderStatus>> list() override {
        CARDMUX_TRY_ASSIGN(auto observations, observe());
        return statuses_of(observations);
    }

    Result<std::vector<ReaderStatus>> wait_for_change(const std::vector<ReaderStatus>& known,
                                                      Duration timeout) override {
        assert_no_lock_held("SCardGetStatusChange");
        const TimePoint end = now() + timeout;
        for (;;) {
            CARDMUX_TRY_ASSIGN(const auto observations, observe());
            auto statuses = statuses_of(observations);
            const Duration left = end - now();
            if (!same_readers_and_cards(statuses, known) || left <= Duration::zero())
                return statuses;
            if (take_interruption()) return statuses;
            CARDMUX_TRY(wait_slice_of(observations, std::min(left, wait_slice)));
        }
    }

    void interrupt() override {
        bool waiting = false;
        {
            auto interruption = interruption_.lock();
            interruption->requested = true;
            waiting = interruption->waiting;
        }
        interrupted_.notify_all();
        if (waiting) SCardCancel(context_.handle());
    }

    Result<std::unique_ptr<CardConnection>> connect(const std::string& reader) override {
        assert_no_lock_held("SCardConnect");
        CARDMUX_TRY_ASSIGN(auto context, ServiceContext::establish());
        auto connection = std::make_unique<PcscCardConnection>(std::move(context), reader);
        if (auto opened = connection->open(); !opened.ok()) {
            Error error = opened.error();
            if (error.code == ErrorCode::CardRemoved) error.code = ErrorCode::CardAbsent;
            if (error.code == ErrorCode::CardReset) error.code = ErrorCode::CardUnresponsive;
            return error;
        }
        return std::unique_ptr<CardConnection>(std::move(connection));
    }

  private:
    Result<std::vector<NativeName>> reader_names() {
        for (;;) {
            DWORD size = 0;
            LONG code = SCardListReaders(context_.handle(), nullptr, nullptr, &size);
            std::vector<NameChar> names(static_cast<std::size_t>(size) + 1, NameChar{});
            if (word(code) == word(SCARD_S_SUCCESS))
                code = SCardListReaders(context_.handle(), nullptr, names.data(), &size);
            if (word(code) == word(SCARD_E_NO_READERS_AVAILABLE)) return std::vector<NativeName>();
            // A reader came between the two calls.
            if (word(code) == word(SCARD_E_INSUFFICIENT_BUFFER)) continue;
            CARDMUX_TRY(context_.result_of(code, "SCardListReaders"));
            return split_multi_string(names);
        }
    }

    /// Names one after the other, each ended by a zero; an empty one ends the list.
    static std::vector<NativeName> split_multi_string(const std::vector<NameChar>& text) {
        std::vector<NativeName> names;
        auto begin = text.begin();
        while (begin != text.end() && *begin != NameChar{}) {
            const auto stop = std::find(begin, text.end(), NameChar{});
            names.emplace_back(begin, stop);
            begin = stop == text.end() ? stop : stop + 1;
        }
        return names;
    }

    Result<std::vector<Observation>> observe() {
        constexpr int attempts = 5;  // readers may leave between the two questions
        Error last(ErrorCode::ReaderUnavailable, "SCardGetStatusChange");
        for (int attempt = 0; attempt < attempts; ++attempt) {
            CARDMUX_TRY_ASSIGN(const auto names, reader_names());
            auto observations = observe_readers(names);
            if (observations.ok()) return observations;
            last = observations.error();
            if (last.code != ErrorCode::ReaderUnavailable && last.code != ErrorCode::TimedOut)
                return last;
        }
        return last;
    }

    Result<std::vector<Observation>> observe_readers(const std::vector<NativeName>& names) {
        std::vector<Observation> observations;
        for (std::size_t first = 0; first < names.size(); first += watched_readers_max) {
            const std::size_t count = std::min(names.size() - first, watched_readers_max);
            std::vector<SCARD_READERSTATE> states(count, SCARD_READERSTATE{});
            for (std::size_t i = 0; i < count; ++i) states[i].szReader = names[first + i].c_str();
            CARDMUX_TRY(context_.result_of(SCardGetStatusChange(context_.handle(), 0, states.data(),
                                                                static_cast<DWORD>(count)),
                                           "SCardGetStatusChange"));
            for (std::size_t i = 0; i < count; ++i) {
                const DWORD event_state = states[i].dwEventState;
                if (!(event_state & SCARD_STATE_UNKNOWN))
                    observations.push_back({names[first + i], status_of(states[i]), event_state});
            }
        }
        return observations;
    }

    /// Returns when something may have changed, was interrupted, or `slice` is over.
    Result<void> wait_slice_of(const std::vector<Observation>& observations, Duration slice) {
        const NativeName arrivals = native_name(arrival_reader);
        std::vector<SCARD_READERSTATE> states;
        for (const Observation& observation : observations) {
            if (states.size() == watched_readers_max) break;
            SCARD_READERSTATE state{};
            state.szReader = observation.name.c_str();
            state.dwCurrentState = observation.event_state & ~DWORD{SCARD_STATE_CHANGED};
            states.push_back(state);
        }
        if (states.size() < watched_readers_max) {
            SCARD_READERSTATE state{};
            state.szReader = arrivals.c_str();
            // Windows, and pcsc-lite from 2.3: how many readers we know of.
            state.dwCurrentState = static_cast<DWORD>(observations.size() << 16);
            states.push_back(state);
        }
        return wait_for(states, slice);
    }

    Result<void> wait_for(std::vector<SCARD_READERSTATE>& states, Duration slice) {
        const TimePoint begun = now();
        const auto slice_ms = std::chrono::ceil<std::chrono::milliseconds>(slice).count();
        if (!start_waiting()) return success();
        const LONG code = SCardGetStatusChange(context_.handle(), static_cast<DWORD>(slice_ms),
                                               states.data(), static_cast<DWORD>(states.size()));
        interruption_.lock()->waiting = false;
        if (word(code) == word(SCARD_E_TIMEOUT) || word(code) == word(SCARD_E_CANCELLED))
            return success();
        if (word(code) != word(SCARD_E_UNKNOWN_READER))
            CARDMUX_TRY(context_.result_of(code, "SCardGetStatusChange"));
        if (now() - begun < spurious_pause) pause();
        return success();
    }

    /// A change that is seen at once may be one that stays (a bit that the service always reports).
    void pause() {
        const Deadline end = Deadline::after(spurious_pause);
        auto interruption = interruption_.lock();
        while (!interruption->requested && interruption.wait(interrupted_, end)) {
        }
    }

    /// False if an interruption came first.
    bool start_waiting() {
        auto interruption = interruption_.lock();
        interruption->waiting = !interruption->requested;
        return interruption->waiting;
    }

    bool take_interruption() { return std::exchange(interruption_.lock()->requested, false); }

    ServiceContext context_;
    Guarded<Interruption> interruption_{LockRank::Transport};
    Condition interrupted_;
};

class PcscTransport final : public Transport {
  public:
    Result<std::unique_ptr<ReaderService>> connect_service() override {
        CARDMUX_TRY_ASSIGN(auto context, ServiceContext::establish());
        return std::unique_ptr<ReaderService>(
            std::make_unique<PcscReaderService>(std::move(context)));
    }

    /// The resource manager that we talk to: libpcsclite's own choice of its socket, or Windows'.
    std::string world() const override { return pcsc_socket_path(); }
};

}  // namespace

std::unique_ptr<Transport> make_pcsc_transport() {
    return std::make_unique<PcscTransport>();
}

}  // namespace cardmux::transport
