// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Result<T>: a value or an Error, never both, never ignored. Why not exceptions or another
// library's type: docs/decisions/0001_result_not_exceptions.md.
#pragma once

#include <optional>
#include <utility>
#include <variant>

#include "base/error.h"

namespace cardmux {

template <typename T>
class [[nodiscard]] Result {
  public:
    // NOLINTNEXTLINE(google-explicit-constructor): `return value;` reads best
    Result(T value) : content_(std::in_place_index<0>, std::move(value)) {}
    // NOLINTNEXTLINE(google-explicit-constructor)
    Result(Error error) : content_(std::in_place_index<1>, error) {}

    bool ok() const { return content_.index() == 0; }
    explicit operator bool() const { return ok(); }

    /// Holds only if ok().
    T& value() & { return *std::get_if<0>(&content_); }
    const T& value() const& { return *std::get_if<0>(&content_); }
    T&& value() && { return std::move(*std::get_if<0>(&content_)); }
    T* operator->() { return std::get_if<0>(&content_); }
    const T* operator->() const { return std::get_if<0>(&content_); }
    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T&& operator*() && { return std::move(*this).value(); }

    /// Holds only if not ok().
    const Error& error() const { return *std::get_if<1>(&content_); }

    T value_or(T other) && { return ok() ? std::move(*this).value() : std::move(other); }

  private:
    std::variant<T, Error> content_;
};

template <>
class [[nodiscard]] Result<void> {
  public:
    Result() = default;
    // NOLINTNEXTLINE(google-explicit-constructor)
    Result(Error error) : error_(error) {}

    bool ok() const { return !error_.has_value(); }
    explicit operator bool() const { return ok(); }
    const Error& error() const { return *error_; }

  private:
    std::optional<Error> error_;
};

inline Result<void> success() {
    return {};
}

}  // namespace cardmux

/// Returns from the function with the error if `expression` has one.
#define CARDMUX_TRY(expression)                                               \
    do {                                                                      \
        if (auto cardmux_try_result = (expression); !cardmux_try_result.ok()) \
            return cardmux_try_result.error();                                \
    } while (false)

#define CARDMUX_TRY_JOIN_(a, b) a##b
#define CARDMUX_TRY_NAME_(line) CARDMUX_TRY_JOIN_(cardmux_try_result_, line)

/// `CARDMUX_TRY_ASSIGN(auto value, compute());` One a line: the hidden name is made from the line.
#define CARDMUX_TRY_ASSIGN(declaration, expression)                                      \
    auto CARDMUX_TRY_NAME_(__LINE__) = (expression);                                     \
    if (!CARDMUX_TRY_NAME_(__LINE__).ok()) return CARDMUX_TRY_NAME_(__LINE__).error();   \
    /* NOLINTNEXTLINE(bugprone-macro-parentheses): a declaration takes no parentheses */ \
    declaration = std::move(CARDMUX_TRY_NAME_(__LINE__)).value()
