// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// How Windows programs name a key: a container on a card, with or without the reader, or neither
// (Smart Card Minidriver Specification, "container specification levels").
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "token/derived_name.h"

namespace cardmux::container {

using token::container_name_max;

struct ContainerName {
    std::optional<std::string> reader;  ///< none: any reader
    std::string container;              ///< empty: the card's default container
};

/// `\\.\reader\container`, `\\.\reader` (also with a backslash at the end), `container`, or
/// nothing.
///
/// text      UTF-8
/// errors    InvalidArgument: no reader after `\\.\`, a backslash in the container's name, a name
///           that is too long
Result<ContainerName> parse_container_name(std::string_view text);

/// The form that finds it again in this reader: `\\.\reader\container`.
std::string full_name(std::string_view reader, std::string_view container);

}  // namespace cardmux::container
