// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The two buffer conventions of PKCS #11: input as pointer and size, and output as pointer and size
// in and out, where no pointer asks for the size.
#pragma once

#include <cstring>

#include "api/pkcs11/outcome.h"
#include "base/bytes.h"

namespace cardmux::pkcs11 {

/// The caller's input.
///
/// errors    CKR_ARGUMENTS_BAD: no pointer, but a size
inline Outcome<ByteView> input(const CK_BYTE* data, CK_ULONG size) {
    if (data == nullptr && size > 0) return refuse(CKR_ARGUMENTS_BAD);
    return ByteView(data, size);
}

class OutputBuffer {
  public:
    OutputBuffer(CK_BYTE_PTR data, CK_ULONG_PTR size) : data_(data), size_(size) {}

    /// False: nobody could be told a size.
    bool is_valid() const { return size_ != nullptr; }
    bool asks_for_size() const { return data_ == nullptr; }
    bool has_room_for(std::size_t wanted) const { return data_ != nullptr && *size_ >= wanted; }

    /// Tells how much is needed: success if only the size was asked, else CKR_BUFFER_TOO_SMALL.
    Outcome<void> tell_size(std::size_t wanted) {
        *size_ = static_cast<CK_ULONG>(wanted);
        if (asks_for_size()) return done();
        return refuse(CKR_BUFFER_TOO_SMALL);
    }

    /// What does not fit is not written: a result of a size that nobody announced. Needs
    /// is_valid().
    ///
    /// errors    ResponseWrong
    Outcome<void> write(ByteView content) {
        if (!has_room_for(content.size())) return Error(ErrorCode::ResponseWrong, "give out");
        if (!content.empty()) std::memcpy(data_, content.data(), content.size());
        *size_ = static_cast<CK_ULONG>(content.size());
        return done();
    }

  private:
    CK_BYTE_PTR data_;
    CK_ULONG_PTR size_;
};

}  // namespace cardmux::pkcs11
