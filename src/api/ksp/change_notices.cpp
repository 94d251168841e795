// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "api/ksp/change_notices.h"

#include <algorithm>

#include "api/ksp/ksp.h"

namespace cardmux::ksp {

/// Closed when nobody signals it any more.
struct ChangeNotices::Notice {
    Notice(const EventCalls& calls_, api::Handle provider_, std::uint64_t event_)
        : calls(calls_), provider(provider_), event(event_) {}
    ~Notice() { calls.close(event); }
    Notice(const Notice&) = delete;
    Notice& operator=(const Notice&) = delete;

    const EventCalls calls;
    const api::Handle provider;
    const std::uint64_t event;
};

Result<std::uint64_t> ChangeNotices::add(api::Handle provider) {
    CARDMUX_TRY_ASSIGN(const std::uint64_t event, calls_.make());
    auto notice = std::make_shared<Notice>(calls_, provider, event);
    state_.lock()->notices.push_back(std::move(notice));
    return event;
}

bool ChangeNotices::remove(api::Handle provider, std::uint64_t event) {
    std::shared_ptr<Notice> removed;  // closed when the lock is free again
    auto state = state_.lock();
    const auto found =
        std::ranges::find_if(state->notices, [&](const std::shared_ptr<Notice>& notice) {
            return notice->provider == provider && notice->event == event;
        });
    if (found == state->notices.end()) return false;
    removed = std::move(*found);
    state->notices.erase(found);
    return true;
}

void ChangeNotices::remove_all(api::Handle provider) {
    std::vector<std::shared_ptr<Notice>> removed;
    {
        auto state = state_.lock();
        std::erase_if(state->notices, [&](const std::shared_ptr<Notice>& notice) {
            if (notice->provider != provider) return false;
            removed.push_back(notice);
            return true;
        });
    }
    for (const auto& notice : removed) calls_.signal(notice->event);
}

void ChangeNotices::watch(const std::shared_ptr<provider::Provider>& cards) {
    {
        auto state = state_.lock();
        if (state->watched.lock() == cards) return;
        state->watched = cards;
    }
    cards->add_change_listener([self = weak_from_this()] {
        if (const auto notices = self.lock()) notices->tell();
    });
}

void ChangeNotices::tell() {
    const std::vector<std::shared_ptr<Notice>> notices = state_.lock()->notices;
    for (const auto& notice : notices) calls_.signal(notice->event);
}

Outcome<void> notify_change(Ksp& ksp, api::Handle provider, std::uint64_t& event,
                            std::uint32_t flags) {
    constexpr std::uint32_t register_flag = 0x1;    // NCRYPT_REGISTER_NOTIFY_FLAG
    constexpr std::uint32_t unregister_flag = 0x2;  // NCRYPT_UNREGISTER_NOTIFY_FLAG
    constexpr std::uint64_t no_event = UINT64_MAX;  // INVALID_HANDLE_VALUE
    constexpr Duration patience = std::chrono::seconds(5);
    CARDMUX_TRY(ksp.find_provider(provider));
    if ((flags & unregister_flag) != 0) {
        CARDMUX_TRY(check_flags(flags, unregister_flag | flag::silent));
        if (!ksp.notices().remove(provider, event)) return refuse(status::nte_invalid_parameter);
        event = no_event;
        return done();
    }
    CARDMUX_TRY(check_flags(flags, register_flag | flag::silent | flag::machine_key));
    if ((flags & register_flag) == 0) return refuse(status::nte_bad_flags);
    CARDMUX_TRY_ASSIGN(const auto cards, ksp.world().provider());
    ksp.notices().watch(cards);
    // Starts the watch over the readers. Without a service it goes on trying.
    (void)cards->slots(Deadline::after(patience));
    CARDMUX_TRY_ASSIGN(event, ksp.notices().add(provider));
    return done();
}

}  // namespace cardmux::ksp
