// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// What a call comes to inside an interface: a value, or a refusal. A refusal is either a code of
// the interface's own (wrong handle, wrong order) or an Error from below, which only the boundary
// translates. Each interface has a Refusal of its own, which an Error becomes by itself, and names
// its Outcome<T>. CARDMUX_TRY works with it as with Result.
#pragma once

#include <optional>
#include <utility>
#include <variant>

#include "base/result.h"

namespace cardmux::api {

template <typename T, typename Refusal>
class [[nodiscard]] Outcome {
  public:
    // NOLINTNEXTLINE(google-explicit-constructor): `return value;` reads best, as in Result
    Outcome(T value) : content_(std::in_place_index<0>, std::move(value)) {}
    // NOLINTNEXTLINE(google-explicit-constructor)
    Outcome(Refusal refusal) : content_(std::in_place_index<1>, std::move(refusal)) {}
    // NOLINTNEXTLINE(google-explicit-constructor)
    Outcome(const Error& error) : content_(std::in_place_index<1>, error) {}
    // NOLINTNEXTLINE(google-explicit-constructor)
    Outcome(Result<T> result) : content_(take(std::move(result))) {}

    bool ok() const { return content_.index() == 0; }
    /// Holds only if ok().
    T& value() & { return *std::get_if<0>(&content_); }
    T&& value() && { return std::move(*std::get_if<0>(&content_)); }
    const T& value() const& { return *std::get_if<0>(&content_); }
    const T& operator*() const { return value(); }
    const T* operator->() const { return std::get_if<0>(&content_); }
    /// Holds only if not ok().
    const Refusal& error() const { return *std::get_if<1>(&content_); }

  private:
    using Content = std::variant<T, Refusal>;
    static Content take(Result<T> result) {
        if (result.ok()) return Content(std::in_place_index<0>, std::move(result).value());
        return Content(std::in_place_index<1>, result.error());
    }
    Content content_;
};

template <typename Refusal>
class [[nodiscard]] Outcome<void, Refusal> {
  public:
    Outcome() = default;
    // NOLINTNEXTLINE(google-explicit-constructor)
    Outcome(Refusal refusal) : refusal_(std::move(refusal)) {}
    // NOLINTNEXTLINE(google-explicit-constructor)
    Outcome(const Error& error) : refusal_(error) {}
    // NOLINTNEXTLINE(google-explicit-constructor)
    Outcome(const Result<void>& result) {
        if (!result.ok()) refusal_ = result.error();
    }

    bool ok() const { return !refusal_.has_value(); }
    const Refusal& error() const { return *refusal_; }

  private:
    std::optional<Refusal> refusal_;
};

}  // namespace cardmux::api
