// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "base/secret.h"

#include <utility>

namespace cardmux {

SecretBytes::SecretBytes(SecretBytes&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

SecretBytes& SecretBytes::operator=(SecretBytes&& other) noexcept {
    if (this != &other) {
        release();
        data_ = std::exchange(other.data_, nullptr);
        size_ = std::exchange(other.size_, 0);
    }
    return *this;
}

SecretBytes::~SecretBytes() {
    release();
}

bool SecretBytes::equals(const SecretBytes& other) const {
    if (size_ != other.size_) return false;
    std::uint8_t difference = 0;
    for (std::size_t i = 0; i < size_; ++i) difference |= data_[i] ^ other.data_[i];
    return difference == 0;
}

}  // namespace cardmux
