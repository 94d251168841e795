// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "tool/pkcs11_uri.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

namespace cardmux::tool {
namespace {

constexpr std::string_view scheme = "pkcs11:";
// RFC 7512, 2.3: pk11-res-avail, and what the path or the query adds.
constexpr std::string_view always_allowed = "-._~:[]@!$'()*+,=";
constexpr std::string_view path_adds = "&";
constexpr std::string_view query_adds = "/?|";

bool is_alphanumeric(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/// Nothing if a character is not allowed, or a percent sign without two digits.
std::optional<std::string> decode(std::string_view value, std::string_view also_allowed) {
    std::string decoded;
    for (std::size_t i = 0; i < value.size(); ++i) {
        const char c = value[i];
        if (c == '%') {
            if (i + 2 >= value.size()) return std::nullopt;
            const int high = hex_digit(value[i + 1]);
            const int low = hex_digit(value[i + 2]);
            if (high < 0 || low < 0) return std::nullopt;
            decoded.push_back(static_cast<char>(high * 16 + low));
            i += 2;
            continue;
        }
        const bool allowed = is_alphanumeric(c) ||
                             always_allowed.find(c) != std::string_view::npos ||
                             also_allowed.find(c) != std::string_view::npos;
        if (!allowed) return std::nullopt;
        decoded.push_back(c);
    }
    return decoded;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(separator), text.size());
        parts.push_back(text.substr(0, end));
        if (end == text.size()) return parts;
        text.remove_prefix(end + 1);
        if (text.empty()) parts.emplace_back();  // a separator with nothing behind it
    }
    return parts;
}

class Parser {
  public:
    explicit Parser(std::string& problem) : problem_(problem) {}

    bool parse(std::string_view text) {
        if (text.substr(0, scheme.size()) != scheme)
            return refuse("a PKCS #11 URI starts with \"pkcs11:\"");
        text.remove_prefix(scheme.size());
        const std::size_t question = text.find('?');
        const std::string_view path = text.substr(0, question);
        for (const std::string_view attribute : split(path, ';'))
            if (!read_attribute(attribute, path_adds)) return false;
        if (question == std::string_view::npos) return true;
        for (const std::string_view attribute : split(text.substr(question + 1), '&'))
            if (!read_attribute(attribute, query_adds)) return false;
        return true;
    }

    Pkcs11Uri take() { return std::move(uri_); }

  private:
    bool refuse(std::string why) {
        problem_ = std::move(why);
        return false;
    }

    bool read_attribute(std::string_view attribute, std::string_view also_allowed) {
        const std::size_t equals = attribute.find('=');
        if (equals == std::string_view::npos || equals == 0)
            return refuse(fmt::format("\"{}\" is not name=value", attribute));
        const std::string_view name = attribute.substr(0, equals);
        if (std::find(seen_.begin(), seen_.end(), name) != seen_.end())
            return refuse(fmt::format("\"{}\" is there twice", name));
        seen_.push_back(name);
        const auto value = decode(attribute.substr(equals + 1), also_allowed);
        if (!value)
            return refuse(
                fmt::format("\"{}\": other characters than letters, digits and "
                            "-._~:[]@!$'()*+,= are written as %XX",
                            attribute));
        return also_allowed == path_adds ? set_path(name, *value) : set_query(name, *value);
    }

    bool set_path(std::string_view name, const std::string& value) {
        if (name == "id") {
            uri_.id = to_bytes(bytes_of(value));
            return true;
        }
        if (name == "slot-id") return set_slot_id(value);
        if (name == "type") return set_type(value);
        if (name == "library-version") return set_library_version(value);
        return set_text(name, value);
    }

    bool set_query(std::string_view name, const std::string& value) {
        if (name == "pin-value")
            return refuse(
                "a PIN on the command line is seen by everybody: leave pin-value out and "
                "use --pin-file, --pin-fd or the prompt");
        if (name == "pin-source") uri_.pin_source = value;
        if (name == "module-path") uri_.module_path = value;
        return true;  // RFC 7512, 2.4: what is unknown in the query is ignored
    }

    bool set_slot_id(const std::string& value) {
        std::uint64_t number = 0;
        const char* end = value.data() + value.size();
        const auto [last, failure] = std::from_chars(value.data(), end, number);
        if (value.empty() || failure != std::errc() || last != end)
            return refuse("slot-id is a number");
        uri_.slot_id = number;
        return true;
    }

    /// RFC 7512, 2.3: the minor number may be left out, and is 0 then.
    bool set_library_version(const std::string& value) {
        const auto is_number = [](std::string_view text) {
            return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
        };
        const std::size_t point = value.find('.');
        const std::string major = value.substr(0, point);
        const std::string minor = point == std::string::npos ? "0" : value.substr(point + 1);
        if (!is_number(major) || !is_number(minor))
            return refuse("library-version is a number, or two with a point between them");
        uri_.library_version = major + "." + minor;
        return true;
    }

    bool set_type(const std::string& value) {
        constexpr std::array known{"public", "private", "cert", "secret-key", "data"};
        if (std::find(known.begin(), known.end(), value) == known.end())
            return refuse(
                fmt::format("type={}: it can be private, public, cert, data or secret-key", value));
        uri_.type = value;
        return true;
    }

    bool set_text(std::string_view name, const std::string& value) {
        if (value.find('\0') != std::string::npos)
            return refuse(fmt::format("\"{}\" has a zero byte", name));
        std::string* field = text_field(name);
        if (field == nullptr)
            return refuse(fmt::format("\"{}\" is unknown: no token could match it", name));
        *field = value;
        return true;
    }

    std::string* text_field(std::string_view name) {
        if (name == "token") return &uri_.token;
        if (name == "manufacturer") return &uri_.manufacturer;
        if (name == "serial") return &uri_.serial;
        if (name == "model") return &uri_.model;
        if (name == "object") return &uri_.object;
        if (name == "slot-description") return &uri_.slot_description;
        if (name == "slot-manufacturer") return &uri_.slot_manufacturer;
        if (name == "library-manufacturer") return &uri_.library_manufacturer;
        if (name == "library-description") return &uri_.library_description;
        return nullptr;
    }

    std::string& problem_;
    Pkcs11Uri uri_;
    std::vector<std::string_view> seen_;
};

std::string encode(std::string_view value) {
    constexpr std::string_view plain = "-._~";
    std::string encoded;
    for (const char c : value) {
        if (is_alphanumeric(c) || plain.find(c) != std::string_view::npos)
            encoded.push_back(c);
        else
            encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return encoded;
}

}  // namespace

Result<Pkcs11Uri> parse_pkcs11_uri(std::string_view text, std::string& problem) {
    Parser parser(problem);
    if (!parser.parse(text)) return Error(ErrorCode::InvalidArgument, "read a PKCS #11 URI");
    return parser.take();
}

std::string to_string(const Pkcs11Uri& uri) {
    std::string path;
    const auto add = [&path](std::string_view name, const std::string& encoded) {
        if (!path.empty()) path += ';';
        path += fmt::format("{}={}", name, encoded);
    };
    const auto add_text = [&add](std::string_view name, const std::string& value) {
        if (!value.empty()) add(name, encode(value));
    };
    add_text("token", uri.token);
    add_text("manufacturer", uri.manufacturer);
    add_text("serial", uri.serial);
    add_text("model", uri.model);
    add_text("object", uri.object);
    add_text("type", uri.type);
    if (uri.id) {
        std::string encoded;
        for (const std::uint8_t byte : *uri.id) encoded += fmt::format("%{:02X}", byte);
        add("id", encoded);
    }
    if (uri.slot_id) add("slot-id", std::to_string(*uri.slot_id));
    add_text("slot-description", uri.slot_description);
    add_text("slot-manufacturer", uri.slot_manufacturer);
    add_text("library-manufacturer", uri.library_manufacturer);
    add_text("library-description", uri.library_description);
    add_text("library-version", uri.library_version);
    std::string text = std::string(scheme) + path;
    if (!uri.pin_source.empty()) text += "?pin-source=" + encode(uri.pin_source);
    return text;
}

}  // namespace cardmux::tool
