// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The text of a settings file on its way through a parser that is safe with ASCII only: toml++ 3.3
// has undefined behaviour at other characters wherever it looks for blanks (its issues 190 and
// 295). Private to src/provider.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cardmux::provider {

/// The same text with %XX for each byte beyond ASCII and for the percent sign; without the byte
/// order mark that some editors put in front. None: it is no UTF-8.
std::optional<std::string> to_ascii(std::string_view text);

/// What the parser makes of such a text, or says of it, as it was.
std::string from_ascii(std::string_view text);

}  // namespace cardmux::provider
