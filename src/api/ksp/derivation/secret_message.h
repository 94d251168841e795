// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Bytes around a secret. Private to src/api/ksp/derivation.
#pragma once

#include <initializer_list>

#include "base/bytes.h"
#include "base/secret.h"

namespace cardmux::ksp {

/// Made in one piece, since one that grew would leave copies behind, and overwritten at the end.
class SecretMessage {
  public:
    explicit SecretMessage(std::initializer_list<ByteView> parts) {
        std::size_t size = 0;
        for (const ByteView part : parts) size += part.size();
        bytes_.reserve(size);
        for (const ByteView part : parts) append(bytes_, part);
    }
    ~SecretMessage() { wipe(bytes_); }
    SecretMessage(const SecretMessage&) = delete;
    SecretMessage& operator=(const SecretMessage&) = delete;
    ByteView view() const { return bytes_; }
    std::span<std::uint8_t> bytes() { return bytes_; }

  private:
    Bytes bytes_;
};

}  // namespace cardmux::ksp
