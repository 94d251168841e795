// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "windows/winscard/handles.h"

#include <algorithm>

namespace forwarder {

std::shared_ptr<Service> Service::establish(Code& result) {
    SCARDCONTEXT context = 0;
    result = code(SCardEstablishContext(SCARD_SCOPE_SYSTEM, nullptr, nullptr, &context));
    return result == 0 ? std::make_shared<Service>(context) : nullptr;
}

std::shared_ptr<Wait> Context::begin_wait(Code& result) {
    auto wait = std::make_shared<Wait>();
    {
        const std::lock_guard lock(mutex_);
        if (!idle_.empty()) {
            wait->service = std::move(idle_.back());
            idle_.pop_back();
        }
    }
    if (!wait->service) wait->service = Service::establish(result);
    if (!wait->service) return nullptr;
    const std::lock_guard lock(mutex_);
    waits_.push_back(wait);
    return wait;
}

void Context::end_wait(const std::shared_ptr<Wait>& wait, bool is_service_fine) {
    const std::lock_guard lock(mutex_);
    waits_.erase(std::find(waits_.begin(), waits_.end(), wait));
    if (is_service_fine) idle_.push_back(wait->service);
}

void Context::cancel_waits() {
    const std::lock_guard lock(mutex_);
    for (const auto& wait : waits_) {
        wait->is_cancelled = true;
        SCardCancel(wait->service->get());
    }
}

// Never destroyed: threads of the program may be inside when the process ends.
Table<Context>& contexts() {
    static auto& table = *new Table<Context>(0xCD00000000000001);
    return table;
}

Table<Card>& cards() {
    static auto& table = *new Table<Card>(0xEA00000000000001);
    return table;
}

Code disconnect(Card& card, DWORD disposition) {
    card.is_closed = true;
    const std::lock_guard lock(card.mutex);
    return code(SCardDisconnect(card.handle, disposition));
}

}  // namespace forwarder
