// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Where a call's answer goes, by CNG's rule: without a buffer only its size is told; one that is
// too small is left as it is, and the size is told as well.
#pragma once

#include <algorithm>
#include <span>

#include "api/ksp/outcome.h"
#include "base/bytes.h"

namespace cardmux::ksp {

struct Output {
    std::span<std::uint8_t> room;
    bool is_query = false;  ///< there is no buffer
    std::size_t size = 0;   ///< of the answer; set also when it did not fit

    /// The answer may come from memory that overlaps the room.
    ///
    /// errors    NTE_BUFFER_TOO_SMALL
    Outcome<void> give(ByteView answer) {
        size = answer.size();
        if (is_query) return done();
        if (room.size() < size) return refuse(status::nte_buffer_too_small);
        std::copy(answer.begin(), answer.end(), room.begin());
        return done();
    }
    /// Answers with the size alone if that is all the caller can get; true if so.
    bool ends_with_size(std::size_t known_size) {
        size = known_size;
        return is_query || room.size() < known_size;
    }
    /// What to return after ends_with_size().
    Outcome<void> only_size() const {
        return is_query ? done() : Outcome<void>(refuse(status::nte_buffer_too_small));
    }
};

}  // namespace cardmux::ksp
