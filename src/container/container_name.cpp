// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "container/container_name.h"

#include <algorithm>

namespace cardmux::container {
namespace {

constexpr std::string_view reader_prefix = R"(\\.\)";

Error bad_name() {
    return Error(ErrorCode::InvalidArgument, "read a container's name");
}

/// Characters of UTF-8: bytes that continue one do not count.
std::size_t count_characters(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::count_if(
        text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

}  // namespace

Result<ContainerName> parse_container_name(std::string_view text) {
    ContainerName name;
    if (text.starts_with(reader_prefix)) {
        text.remove_prefix(reader_prefix.size());
        const std::size_t end = std::min(text.find('\\'), text.size());
        if (end == 0) return bad_name();
        name.reader = std::string(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    if (text.find('\\') != std::string_view::npos) return bad_name();
    if (count_characters(text) > container_name_max) return bad_name();
    name.container = std::string(text);
    return name;
}

std::string full_name(std::string_view reader, std::string_view container) {
    return std::string(reader_prefix) + std::string(reader) + "\\" + std::string(container);
}

}  // namespace cardmux::container
