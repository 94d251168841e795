// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "api/windows/handle_table.h"

#include <algorithm>

namespace cardmux::api {

Handle HandleNumbers::next(WindowsHandleKind kind) {
    return (next_.fetch_add(1, std::memory_order_relaxed) << kind_bits) |
           static_cast<std::uint64_t>(kind);
}

void ReleasedHandles::note(const ReleasedHandle& released) {
    auto all = released_.lock();
    if (all->size() == remembered) all->pop_front();
    all->push_back(released);
}

ReleasedHandle ReleasedHandles::find(Handle handle) {
    auto all = released_.lock();
    const auto found = std::ranges::find(*all, handle, &ReleasedHandle::handle);
    return found == all->end() ? ReleasedHandle{} : *found;
}

}  // namespace cardmux::api
