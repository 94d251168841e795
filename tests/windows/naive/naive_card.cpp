// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "windows/naive/naive_card.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace naive {
namespace {

using Clock = std::chrono::steady_clock;

const Bytes select_piv = {0x00, 0xA4, 0x04, 0x00, 0x0B, 0xA0, 0x00, 0x00,
                          0x03, 0x08, 0x00, 0x00, 0x10, 0x00, 0x01, 0x00};
const Bytes read_discovery = {0x00, 0xCB, 0x3F, 0xFF, 0x03, 0x5C, 0x01, 0x7E, 0x00};
const Bytes read_certificate_9a = {0x00, 0xCB, 0x3F, 0xFF, 0x05, 0x5C,
                                   0x03, 0x5F, 0xC1, 0x05, 0x00};
constexpr std::size_t chunk_size = 255;

/// The "transaction manager" of the process. Its mutex keeps operations apart as it should.
struct Manager {
    std::mutex mutex;
    std::condition_variable changed;
    std::atomic<SCARDHANDLE> held = 0;  ///< whose transaction is open; its owner may close it
    std::atomic<int> entered = 0;       ///< threads in an operation, or waiting for their turn
    bool is_verified = false;
    Clock::time_point deadline;
    std::atomic<DWORD> timeout_ms =
        1500;  ///< apart from the mutex: opening a context waits for none
    std::string pin;
    Bytes certificate;
    bool has_timer = false;
};

/// Never destroyed: the timer runs until the process ends.
Manager& manager() {
    static auto& one = *new Manager;
    return one;
}

void end_transaction(Manager& all) {
    SCardEndTransaction(all.held, SCARD_LEAVE_CARD);
    all.held = 0;
}

void run_timer() {
    Manager& all = manager();
    std::unique_lock lock(all.mutex);
    while (true) {
        if (all.held == 0) {
            all.changed.wait(lock);
        } else if (Clock::now() < all.deadline) {
            all.changed.wait_until(lock, all.deadline);
        } else {
            end_transaction(all);
        }
    }
}

Error transmit(SCARDHANDLE card, const Bytes& command, Bytes& answer) {
    Bytes part(300);
    DWORD length = static_cast<DWORD>(part.size());
    const Error error =
        SCardTransmit(card, SCARD_PCI_T1, command.data(), static_cast<DWORD>(command.size()),
                      nullptr, part.data(), &length);
    if (error != SCARD_S_SUCCESS) return error;
    if (length < 2) return SCARD_E_UNEXPECTED;
    answer.insert(answer.end(), part.begin(), part.begin() + length);
    return SCARD_S_SUCCESS;
}

WORD take_status_word(Bytes& answer) {
    const auto word = static_cast<WORD>(answer[answer.size() - 2] << 8 | answer.back());
    answer.resize(answer.size() - 2);
    return word;
}

/// Sends a command and fetches the whole answer. status_word: the last one.
Error exchange(SCARDHANDLE card, const Bytes& command, Bytes& answer, WORD& status_word) {
    answer.clear();
    Error error = transmit(card, command, answer);
    if (error != SCARD_S_SUCCESS) return error;
    status_word = take_status_word(answer);
    while (status_word >> 8 == 0x61) {
        const Bytes more = {0x00, 0xC0, 0x00, 0x00, static_cast<std::uint8_t>(status_word)};
        error = transmit(card, more, answer);
        if (error != SCARD_S_SUCCESS) return error;
        status_word = take_status_word(answer);
    }
    return SCARD_S_SUCCESS;
}

Error to_error(WORD status_word) {
    if (status_word == 0x9000) return SCARD_S_SUCCESS;
    if (status_word >> 4 == 0x63C) return SCARD_W_WRONG_CHV;
    if (status_word == 0x6983) return SCARD_W_CHV_BLOCKED;
    if (status_word == 0x6982) return SCARD_W_SECURITY_VIOLATION;
    return SCARD_E_UNEXPECTED;
}

Error command(SCARDHANDLE card, const Bytes& bytes, Bytes& answer) {
    WORD status_word = 0;
    const Error error = exchange(card, bytes, answer, status_word);
    return error != SCARD_S_SUCCESS ? error : to_error(status_word);
}

Error begin(SCARDHANDLE card) {
    Error error = SCardBeginTransaction(card);
    if (error == SCARD_W_RESET_CARD) {
        DWORD protocol = 0;
        error = SCardReconnect(card, SCARD_SHARE_SHARED, SCARD_PROTOCOL_Tx, SCARD_LEAVE_CARD,
                               &protocol);
        if (error == SCARD_S_SUCCESS) error = SCardBeginTransaction(card);
    }
    return error;
}

/// Opens a transaction, unless one is held: then that one is used, whoever's handle it is.
Error enter(Manager& all, SCARDHANDLE card) {
    if (all.held != 0) return SCARD_S_SUCCESS;
    Error error = begin(card);
    if (error != SCARD_S_SUCCESS) return error;
    all.held = card;
    all.is_verified = false;
    Bytes answer;
    return command(card, select_piv, answer);
}

void leave(Manager& all, Error error) {
    if (error != SCARD_S_SUCCESS) {
        if (all.held != 0) end_transaction(all);
    } else if (all.timeout_ms == 0) {
        end_transaction(all);
    } else {
        all.deadline = Clock::now() + std::chrono::milliseconds(all.timeout_ms);
    }
    if (!all.has_timer) {
        all.has_timer = true;
        std::thread(run_timer).detach();
    }
    all.changed.notify_all();
}

using Operation = std::function<Error(Manager&, SCARDHANDLE used)>;

Error in_transaction(const CardHandle& handle, const Operation& operation) {
    Manager& all = manager();
    ++all.entered;
    Error error = SCARD_S_SUCCESS;
    {
        const std::lock_guard lock(all.mutex);
        error = enter(all, handle.get());
        if (error == SCARD_S_SUCCESS) error = operation(all, all.held);
        leave(all, error);
    }
    --all.entered;
    return error;
}

Error verify(Manager& all, SCARDHANDLE used) {
    if (all.is_verified) return SCARD_S_SUCCESS;
    if (all.pin.empty()) return static_cast<Error>(NTE_SILENT_CONTEXT);
    Bytes bytes = {0x00, 0x20, 0x00, 0x80, 0x08};
    bytes.insert(bytes.end(), all.pin.begin(), all.pin.end());
    bytes.resize(5 + 8, 0xFF);
    Bytes answer;
    const Error error = command(used, bytes, answer);
    all.is_verified = error == SCARD_S_SUCCESS;
    return error;
}

/// The value of a BER-TLV at `at`, which moves behind its head; the length it has.
std::size_t read_length(const Bytes& data, std::size_t& at) {
    if (at >= data.size()) return 0;
    std::size_t length = data[at++];
    if (length > 0x80) {
        const std::size_t digits = length - 0x80;
        length = 0;
        for (std::size_t index = 0; index < digits && at < data.size(); index++) {
            length = length << 8 | data[at++];
        }
    }
    return std::min(length, data.size() - at);
}

/// The value in the two nested objects of these tags.
Bytes unwrap(const Bytes& data, std::uint8_t outer, std::uint8_t inner) {
    std::size_t at = 1;
    if (data.empty() || data[0] != outer) return {};
    read_length(data, at);
    if (at >= data.size() || data[at++] != inner) return {};
    const std::size_t length = read_length(data, at);
    return Bytes(data.begin() + at, data.begin() + at + length);
}

void append_head(Bytes& data, std::uint8_t tag, std::size_t length) {
    data.insert(data.end(), {tag, 0x82, static_cast<std::uint8_t>(length >> 8),
                             static_cast<std::uint8_t>(length)});
}

/// GENERAL AUTHENTICATE in chained commands.
Error use_key(SCARDHANDLE card, const Bytes& block, Bytes& signature) {
    Bytes data;
    append_head(data, 0x7C, block.size() + 6);
    data.insert(data.end(), {0x82, 0x00});
    append_head(data, 0x81, block.size());
    data.insert(data.end(), block.begin(), block.end());
    const std::uint8_t algorithm = block.size() == 384 ? 0x05 : 0x07;
    for (std::size_t at = 0; at < data.size(); at += chunk_size) {
        const std::size_t count = std::min(chunk_size, data.size() - at);
        const bool is_last = at + count == data.size();
        Bytes bytes = {static_cast<std::uint8_t>(is_last ? 0x00 : 0x10), 0x87, algorithm, 0x9A,
                       static_cast<std::uint8_t>(count)};
        bytes.insert(bytes.end(), data.begin() + at, data.begin() + at + count);
        if (is_last) bytes.push_back(0x00);
        Bytes answer;
        const Error error = command(card, bytes, answer);
        if (error != SCARD_S_SUCCESS) return error;
        if (is_last) signature = unwrap(answer, 0x7C, 0x82);
    }
    return signature.size() == block.size() ? SCARD_S_SUCCESS : SCARD_E_UNEXPECTED;
}

Error find_reader(SCARDCONTEXT service, std::string& name) {
    char* names = nullptr;
    DWORD length = SCARD_AUTOALLOCATE;
    const Error error =
        SCardListReadersA(service, nullptr, reinterpret_cast<char*>(&names), &length);
    if (error != SCARD_S_SUCCESS) return error;
    name = names;
    SCardFreeMemory(service, names);
    return SCARD_S_SUCCESS;
}

}  // namespace

std::shared_ptr<CardHandle> CardHandle::open(Error& error) {
    SCARDCONTEXT service = 0;
    error = SCardEstablishContext(SCARD_SCOPE_USER, nullptr, nullptr, &service);
    if (error != SCARD_S_SUCCESS) return nullptr;
    std::string reader;
    SCARDHANDLE card = 0;
    DWORD protocol = 0;
    error = find_reader(service, reader);
    if (error == SCARD_S_SUCCESS) {
        // pcscd, other than Windows, lets nobody connect as long as there is a transaction.
        const std::lock_guard lock(manager().mutex);
        if (manager().held != 0) end_transaction(manager());
        error = SCardConnectA(service, reader.c_str(), SCARD_SHARE_SHARED, SCARD_PROTOCOL_Tx, &card,
                              &protocol);
    }
    if (error == SCARD_S_SUCCESS) return std::make_shared<CardHandle>(service, card);
    SCardReleaseContext(service);
    return nullptr;
}

void CardHandle::close() {
    if (card_ == 0) return;
    // The fault. A thread ends its own transaction here, unless others have entered it, who would
    // be disturbed: they go on in it with a handle that is closed.
    Manager& all = manager();
    SCARDHANDLE own = card_;
    if (all.entered == 0 && all.held.compare_exchange_strong(own, 0))
        SCardEndTransaction(card_, SCARD_LEAVE_CARD);
    SCardDisconnect(card_, SCARD_LEAVE_CARD);
    SCardReleaseContext(service_);
    card_ = 0;
}

void set_transaction_timeout(DWORD timeout_ms) {
    manager().timeout_ms = timeout_ms;
}

void set_pin(const std::string& pin) {
    const std::lock_guard lock(manager().mutex);
    manager().pin = pin;
}

Error look(const CardHandle& handle) {
    return in_transaction(handle, [](Manager&, SCARDHANDLE used) {
        Bytes answer;
        return command(used, read_discovery, answer);
    });
}

Error read_certificate(const CardHandle& handle, Bytes& certificate) {
    return in_transaction(handle, [&](Manager& all, SCARDHANDLE used) {
        Bytes answer;
        if (!all.certificate.empty()) {
            certificate = all.certificate;
            return command(used, read_discovery, answer);
        }
        const Error error = command(used, read_certificate_9a, answer);
        if (error != SCARD_S_SUCCESS) return error;
        certificate = all.certificate = unwrap(answer, 0x53, 0x70);
        return certificate.empty() ? SCARD_E_NO_SUCH_CERTIFICATE : SCARD_S_SUCCESS;
    });
}

Error sign(const CardHandle& handle, const Bytes& block, Bytes& signature) {
    return in_transaction(handle, [&](Manager& all, SCARDHANDLE used) {
        const Error error = verify(all, used);
        return error == SCARD_S_SUCCESS ? use_key(used, block, signature) : error;
    });
}

void stay_loaded() {
    HMODULE module = nullptr;
    GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_PIN | GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS,
                       reinterpret_cast<LPCWSTR>(reinterpret_cast<void*>(&stay_loaded)), &module);
}

}  // namespace naive
