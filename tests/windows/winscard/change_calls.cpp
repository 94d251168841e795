// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// SCardGetStatusChange, what ends it, and what is asked in the same form: which cards are where.
#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "windows/winscard/handles.h"
#include "windows/winscard/text.h"

namespace forwarder {
namespace {

using Clock = std::chrono::steady_clock;

constexpr const char* arrival_name = "\\\\?PnP?\\Notification";
/// A cancel that comes just before pcsc-lite begins to wait is lost there: looked for so often.
constexpr Dword slice_ms = 500;

/// The readers that there are: the number, 0 if none.
Code count_readers(SCARDCONTEXT context, Dword& count) {
    count = 0;
    DWORD length = 0;
    LONG result = SCardListReaders(context, nullptr, nullptr, &length);
    std::string names(length, '\0');
    if (result == SCARD_S_SUCCESS) {
        result = SCardListReaders(context, nullptr, names.data(), &length);
    }
    if (result == SCARD_E_NO_READERS_AVAILABLE) return 0;
    if (result != SCARD_S_SUCCESS) return code(result);
    for (const char* at = names.c_str(); *at != '\0'; at += std::string(at).size() + 1) count++;
    return 0;
}

/// The program's list in pcsc-lite's form and back.
template <class Char>
class States {
  public:
    States(ReaderState<Char>* list, Dword count) : list_(list), states_(count), names_(count) {
        for (Dword index = 0; index < count; index++) {
            names_[index] = from_program(list[index].reader);
            states_[index].szReader = names_[index].c_str();
            states_[index].dwCurrentState = list[index].current_state;
            if (names_[index] == arrival_name) arrival_ = index;
        }
        if (has_arrival()) states_[arrival_].dwCurrentState = SCARD_STATE_UNAWARE;
    }

    bool has_arrival() const { return arrival_ < states_.size(); }

    /// Windows keeps the number of readers in the upper half of the state: the program says how
    /// many it knows, and is told how many there are.
    bool see_arrivals(Dword count) {
        if (!has_arrival() || (list_[arrival_].current_state & SCARD_STATE_IGNORE) != 0) {
            return false;
        }
        const Dword known = list_[arrival_].current_state >> 16;
        list_[arrival_].event_state = count << 16 | (known != count ? SCARD_STATE_CHANGED : 0);
        return known != count;
    }

    Code ask(SCARDCONTEXT context, Dword timeout_ms) {
        return code(SCardGetStatusChange(context, timeout_ms, states_.data(), states_.size()));
    }

    /// Returns whether a reader has changed.
    bool give_back() {
        bool has_changed = false;
        for (Dword index = 0; index < states_.size(); index++) {
            if (index == arrival_) continue;
            const auto& from = states_[index];
            auto& to = list_[index];
            to.event_state = static_cast<Dword>(from.dwEventState);
            to.atr_length = static_cast<Dword>(std::min(from.cbAtr, DWORD{sizeof from.rgbAtr}));
            std::copy_n(from.rgbAtr, to.atr_length, to.atr);
            has_changed = has_changed || (to.event_state & SCARD_STATE_CHANGED) != 0;
        }
        return has_changed;
    }

  private:
    ReaderState<Char>* list_;
    std::vector<SCARD_READERSTATE> states_;
    std::vector<std::string> names_;
    std::size_t arrival_ = SIZE_MAX;
};

Dword left_ms(Clock::time_point started, Dword timeout_ms) {
    if (timeout_ms == infinite) return slice_ms;
    const auto gone =
        std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - started).count();
    return gone >= timeout_ms ? 0 : std::min(slice_ms, static_cast<Dword>(timeout_ms - gone));
}

template <class Char>
Code wait_for_change(Wait& wait, States<Char>& states, Dword timeout_ms) {
    const auto started = Clock::now();
    while (true) {
        Dword count = 0;
        Code result = states.has_arrival() ? count_readers(wait.service->get(), count) : 0;
        if (result != 0) return result;
        const bool has_arrived = states.see_arrivals(count);
        const Dword slice = has_arrived ? 0 : left_ms(started, timeout_ms);
        result = states.ask(wait.service->get(), slice);
        if (wait.is_cancelled) return code(SCARD_E_CANCELLED);
        if (result != 0 && result != code(SCARD_E_TIMEOUT)) return result;
        if (states.give_back() || has_arrived) return 0;
        // Success without a change: nothing to watch, or a reader came or went.
        if (result == 0 && !states.has_arrival()) return 0;
        if (slice == 0) return code(SCARD_E_TIMEOUT);
    }
}

template <class Char>
Code get_status_change(Handle handle, Dword timeout_ms, ReaderState<Char>* list, Dword count) {
    const auto context = contexts().find(handle);
    if (!context) return error_invalid_handle;
    if (list == nullptr && count > 0) return code(SCARD_E_INVALID_PARAMETER);
    // The wait has a context of its own, which would not notice that this one's service is gone.
    Dword readers = 0;
    Code result = count_readers(context->get(), readers);
    if (result != 0) return result;
    const auto wait = context->begin_wait(result);
    if (!wait) return result;
    States<Char> states(list, count);
    result = wait_for_change(*wait, states, timeout_ms);
    context->end_wait(wait, result == 0 || result == code(SCARD_E_TIMEOUT));
    return result;
}

bool fits(const AtrMask& wanted, const std::uint8_t* atr, Dword length) {
    if (wanted.length != length || length > sizeof wanted.atr) return false;
    for (Dword index = 0; index < length; index++) {
        if ((atr[index] & wanted.mask[index]) != wanted.atr[index]) return false;
    }
    return true;
}

template <class Char>
Code locate_by_atr(Handle handle, const AtrMask* masks, Dword mask_count, ReaderState<Char>* list,
                   Dword count) {
    if (masks == nullptr || list == nullptr) return code(SCARD_E_INVALID_PARAMETER);
    const Code result = get_status_change(handle, 0, list, count);
    if (result != 0 && result != code(SCARD_E_TIMEOUT)) return result;
    for (Dword index = 0; index < count; index++) {
        auto& state = list[index];
        const bool is_there = (state.event_state & SCARD_STATE_PRESENT) != 0;
        if (is_there && std::any_of(masks, masks + mask_count, [&](const AtrMask& mask) {
                return fits(mask, state.atr, state.atr_length);
            })) {
            state.event_state |= SCARD_STATE_ATRMATCH;
        }
    }
    return 0;
}

}  // namespace

FORWARDER_CALL Code fw_SCardGetStatusChangeA(Handle context, Dword timeout_ms,
                                             ReaderState<char>* list, Dword count) {
    return get_status_change(context, timeout_ms, list, count);
}
FORWARDER_CALL Code fw_SCardGetStatusChangeW(Handle context, Dword timeout_ms,
                                             ReaderState<char16_t>* list, Dword count) {
    return get_status_change(context, timeout_ms, list, count);
}
FORWARDER_CALL Code fw_SCardLocateCardsByATRA(Handle context, const AtrMask* masks,
                                              Dword mask_count, ReaderState<char>* list,
                                              Dword count) {
    return locate_by_atr(context, masks, mask_count, list, count);
}
FORWARDER_CALL Code fw_SCardLocateCardsByATRW(Handle context, const AtrMask* masks,
                                              Dword mask_count, ReaderState<char16_t>* list,
                                              Dword count) {
    return locate_by_atr(context, masks, mask_count, list, count);
}

FORWARDER_CALL Code fw_SCardCancel(Handle handle) {
    const auto context = contexts().find(handle);
    if (!context) return error_invalid_handle;
    context->cancel_waits();
    return 0;
}

}  // namespace forwarder
