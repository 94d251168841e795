// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The calls that make or take an SCARDHANDLE.
#include <reader.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "windows/winscard/handles.h"
#include "windows/winscard/text.h"

namespace forwarder {
namespace {

/// pcscd looks at a reader every 0.4 s. Told to reset a card that was pulled since, it takes the
/// reader for empty, and never sees a card that is put in before its next look. Windows is told of
/// cards at once: so pcscd looks first.
constexpr auto pcscd_looks_within = std::chrono::milliseconds(500);

constexpr DWORD attribute_name_a = 0x7FFF0003;
constexpr DWORD attribute_name_w = 0x7FFF0005;
constexpr DWORD attribute_system_name_a = 0x7FFF0004;
constexpr DWORD attribute_system_name_w = 0x7FFF0006;
constexpr std::size_t answer_size = 65538;

DWORD to_pcsc_protocols(Dword protocols) {
    const DWORD common = protocols & (SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1);
    return common | ((protocols & protocol_raw) != 0 ? DWORD{SCARD_PROTOCOL_RAW} : 0);
}

Dword from_pcsc_protocol(DWORD protocol) {
    return protocol == SCARD_PROTOCOL_RAW ? protocol_raw : static_cast<Dword>(protocol);
}

/// pcsc-lite says all that is true, Windows the highest. pcscd leaves a card "negotiable" once its
/// protocol is chosen.
Dword from_pcsc_state(DWORD state, DWORD protocol) {
    if ((state & SCARD_NEGOTIABLE) != 0 && protocol != SCARD_PROTOCOL_UNDEFINED) return 6;
    const DWORD bits[] = {SCARD_SPECIFIC,  SCARD_NEGOTIABLE, SCARD_POWERED,
                          SCARD_SWALLOWED, SCARD_PRESENT,    SCARD_ABSENT};
    Dword ordinal = 6;
    for (const DWORD bit : bits) {
        if ((state & bit) != 0) return ordinal;
        ordinal--;
    }
    return 0;  // unknown
}

/// Windows: CTL_CODE(FILE_DEVICE_SMARTCARD, number, METHOD_BUFFERED, FILE_ANY_ACCESS).
bool is_windows_control(DWORD control) {
    return (control & 0xFFFF0003) == 0x00310000;
}
DWORD to_pcsc_control(DWORD control) {
    return is_windows_control(control) ? SCARD_CTL_CODE((control & 0xFFFF) >> 2) : control;
}
Dword from_pcsc_control(DWORD control) {
    const DWORD number = control - SCARD_CTL_CODE(0);
    return number < 0x4000 ? static_cast<Dword>(0x00310000 | number << 2)
                           : static_cast<Dword>(control);
}

/// The answer to "which features": entries of tag, length 4, control code, most significant first.
void translate_features(std::uint8_t* answer, DWORD length) {
    for (DWORD at = 0; at + 6 <= length && answer[at + 1] == 4; at += 6) {
        std::uint8_t* digits = answer + at + 2;
        DWORD control = 0;
        for (int index = 0; index < 4; index++) control = control << 8 | digits[index];
        const Dword mapped = from_pcsc_control(control);
        for (int index = 0; index < 4; index++) {
            digits[index] = static_cast<std::uint8_t>(mapped >> (24 - 8 * index));
        }
    }
}

/// Calls the function with a card that nobody else is in, and that is open.
template <class Function>
Code with_card(Handle handle, Function&& call) {
    const auto card = cards().find(handle);
    if (!card) return error_invalid_handle;
    const std::lock_guard lock(card->mutex);
    if (card->is_closed) return error_invalid_handle;
    return call(*card);
}

template <class Char>
Code connect(Handle context_handle, const Char* reader, Dword share, Dword protocols, Handle* out,
             Dword* active) {
    const auto context = contexts().find(context_handle);
    if (!context) return error_invalid_handle;
    if (reader == nullptr || out == nullptr || active == nullptr) {
        return code(SCARD_E_INVALID_PARAMETER);
    }
    *out = 0;
    // The card has a context of its own, which would not notice that this one's service is gone.
    DWORD length = 0;
    const LONG listed = SCardListReaders(context->get(), nullptr, nullptr, &length);
    if (listed != SCARD_S_SUCCESS && listed != SCARD_E_NO_READERS_AVAILABLE) return code(listed);
    Code result = 0;
    auto card = std::make_shared<Card>();
    card->context = context_handle;
    card->service = Service::establish(result);
    if (!card->service) return result;
    DWORD protocol = 0;
    result = code(SCardConnect(card->service->get(), from_program(reader).c_str(), share,
                               to_pcsc_protocols(protocols), &card->handle, &protocol));
    if (result != 0) return result;
    *active = from_pcsc_protocol(protocol);
    *out = cards().add(std::move(card));
    return 0;
}

struct CardStatus {
    std::string reader;  ///< its final NUL included
    DWORD state = 0;
    DWORD protocol = 0;
    std::uint8_t atr[MAX_ATR_SIZE];
    DWORD atr_length = sizeof atr;
};

Code read_status(Handle handle, CardStatus& status) {
    return with_card(handle, [&](Card& card) {
        status.reader.resize(MAX_READERNAME + 1);
        DWORD length = status.reader.size();
        const LONG result = SCardStatus(card.handle, status.reader.data(), &length, &status.state,
                                        &status.protocol, status.atr, &status.atr_length);
        status.reader.resize(result == SCARD_S_SUCCESS ? length : 0);
        return code(result);
    });
}

/// What SCardStatus gives but for the name.
Code give_status(const CardStatus& status, Dword* state, Dword* protocol, std::uint8_t* atr,
                 Dword* atr_length) {
    if (state != nullptr) *state = from_pcsc_state(status.state, status.protocol);
    if (protocol != nullptr) *protocol = from_pcsc_protocol(status.protocol);
    if (atr_length == nullptr) return 0;
    return give(status.atr, status.atr_length, atr, atr_length);
}

/// Windows gives a multi-string: one name and a NUL more.
template <class Char>
Code give_reader(const CardStatus& status, Char* reader, Dword* length) {
    if (length == nullptr) return 0;
    return give_text(status.reader + '\0', reader, length);
}

Code read_attribute(Card& card, DWORD attribute, std::vector<std::uint8_t>& value) {
    DWORD length = MAX_BUFFER_SIZE;  // pcsc-lite refuses to answer into more
    value.resize(length);
    const LONG result = SCardGetAttrib(card.handle, attribute, value.data(), &length);
    value.resize(result == SCARD_S_SUCCESS ? length : 0);
    if (result == SCARD_S_SUCCESS || attribute != SCARD_ATTR_ATR_STRING) {
        return code_or_unsupported(result);
    }
    // Windows answers this one for every reader; vpcd's driver does not know it.
    value.resize(MAX_ATR_SIZE);
    length = MAX_ATR_SIZE;
    const Code status =
        code(SCardStatus(card.handle, nullptr, nullptr, nullptr, nullptr, value.data(), &length));
    value.resize(status == 0 ? length : 0);
    return status;
}

}  // namespace

FORWARDER_CALL Code fw_SCardConnectA(Handle context, const char* reader, Dword share,
                                     Dword protocols, Handle* out, Dword* active) {
    return connect(context, reader, share, protocols, out, active);
}
FORWARDER_CALL Code fw_SCardConnectW(Handle context, const char16_t* reader, Dword share,
                                     Dword protocols, Handle* out, Dword* active) {
    return connect(context, reader, share, protocols, out, active);
}

FORWARDER_CALL Code fw_SCardReconnect(Handle handle, Dword share, Dword protocols,
                                      Dword initialization, Dword* active) {
    return with_card(handle, [&](Card& card) {
        // Windows ends the transaction here, pcsc-lite keeps it.
        for (; card.transactions > 0; card.transactions--) {
            SCardEndTransaction(card.handle, SCARD_LEAVE_CARD);
        }
        if (initialization != SCARD_LEAVE_CARD) std::this_thread::sleep_for(pcscd_looks_within);
        DWORD protocol = 0;
        const LONG result = SCardReconnect(card.handle, share, to_pcsc_protocols(protocols),
                                           initialization, &protocol);
        if (result == SCARD_S_SUCCESS && active != nullptr) *active = from_pcsc_protocol(protocol);
        return code(result);
    });
}

FORWARDER_CALL Code fw_SCardDisconnect(Handle handle, Dword disposition) {
    const auto card = cards().take(handle);
    return card ? disconnect(*card, disposition) : error_invalid_handle;
}

FORWARDER_CALL Code fw_SCardBeginTransaction(Handle handle) {
    return with_card(handle, [](Card& card) {
        const LONG result = SCardBeginTransaction(card.handle);
        if (result == SCARD_S_SUCCESS) card.transactions++;
        return code(result);
    });
}

FORWARDER_CALL Code fw_SCardEndTransaction(Handle handle, Dword disposition) {
    return with_card(handle, [&](Card& card) {
        const LONG result = SCardEndTransaction(card.handle, disposition);
        if (card.transactions > 0) card.transactions--;
        return code(result);
    });
}

FORWARDER_CALL Code fw_SCardStatusA(Handle handle, char* reader, Dword* reader_length, Dword* state,
                                    Dword* protocol, std::uint8_t* atr, Dword* atr_length) {
    CardStatus status;
    Code result = read_status(handle, status);
    if (result == 0) result = give_reader(status, reader, reader_length);
    return result == 0 ? give_status(status, state, protocol, atr, atr_length) : result;
}
FORWARDER_CALL Code fw_SCardStatusW(Handle handle, char16_t* reader, Dword* reader_length,
                                    Dword* state, Dword* protocol, std::uint8_t* atr,
                                    Dword* atr_length) {
    CardStatus status;
    Code result = read_status(handle, status);
    if (result == 0) result = give_reader(status, reader, reader_length);
    return result == 0 ? give_status(status, state, protocol, atr, atr_length) : result;
}
FORWARDER_CALL Code fw_SCardState(Handle handle, Dword* state, Dword* protocol, std::uint8_t* atr,
                                  Dword* atr_length) {
    CardStatus status;
    const Code result = read_status(handle, status);
    return result == 0 ? give_status(status, state, protocol, atr, atr_length) : result;
}

FORWARDER_CALL Code fw_SCardTransmit(Handle handle, const IoRequest* header,
                                     const std::uint8_t* command, Dword command_length,
                                     IoRequest* answer_header, std::uint8_t* answer,
                                     Dword* answer_length) {
    if (header == nullptr || command == nullptr || answer == nullptr || answer_length == nullptr) {
        return code(SCARD_E_INVALID_PARAMETER);
    }
    return with_card(handle, [&](Card& card) {
        const bool allocates = *answer_length == auto_allocate;
        std::vector<std::uint8_t> received(allocates ? answer_size : *answer_length);
        const SCARD_IO_REQUEST sent = {to_pcsc_protocols(header->protocol),
                                       sizeof(SCARD_IO_REQUEST)};
        SCARD_IO_REQUEST came = sent;
        DWORD length = received.size();
        const LONG result = SCardTransmit(card.handle, &sent, command, command_length, &came,
                                          received.data(), &length);
        if (result == SCARD_E_INSUFFICIENT_BUFFER) *answer_length = static_cast<Dword>(length);
        if (result != SCARD_S_SUCCESS) return code(result);
        if (answer_header != nullptr) answer_header->protocol = from_pcsc_protocol(came.dwProtocol);
        return give(received.data(), length, answer, answer_length);
    });
}

FORWARDER_CALL Code fw_SCardControl(Handle handle, Dword control, const void* input,
                                    Dword input_length, void* output, Dword output_length,
                                    Dword* returned) {
    return with_card(handle, [&](Card& card) {
        DWORD length = 0;
        const DWORD number = to_pcsc_control(control);
        const LONG result =
            SCardControl(card.handle, number, input, input_length, output, output_length, &length);
        if (result == SCARD_S_SUCCESS && number == SCARD_CTL_CODE(3400)) {
            translate_features(static_cast<std::uint8_t*>(output), length);
        }
        if (returned != nullptr) *returned = static_cast<Dword>(length);
        return code_or_unsupported(result);
    });
}

FORWARDER_CALL Code fw_SCardGetAttrib(Handle handle, Dword attribute, std::uint8_t* out,
                                      Dword* length) {
    return with_card(handle, [&](Card& card) {
        const bool is_wide = attribute == attribute_name_w || attribute == attribute_system_name_w;
        const DWORD narrow =
            attribute == attribute_name_w ? attribute_name_a : attribute_system_name_a;
        std::vector<std::uint8_t> value;
        const Code result = read_attribute(card, is_wide ? narrow : attribute, value);
        if (result != 0) return result;
        if (!is_wide) return give(value.data(), value.size(), out, length);
        const auto wide = to_utf16(std::string(value.begin(), value.end()));
        return give(reinterpret_cast<const std::uint8_t*>(wide.data()), 2 * wide.size(), out,
                    length);
    });
}

FORWARDER_CALL Code fw_SCardSetAttrib(Handle handle, Dword attribute, const std::uint8_t* value,
                                      Dword length) {
    return with_card(handle, [&](Card& card) {
        return code_or_unsupported(SCardSetAttrib(card.handle, attribute, value, length));
    });
}

}  // namespace forwarder
