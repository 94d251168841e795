// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Reads the vector files beside it. For tests only.
#pragma once

#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace cardmux::crypto::test_vectors {

/// One entry: its own values, and those that stand alone above it (n, e of the section).
struct Entry {
    std::string section;  ///< what stands in brackets
    std::map<std::string, std::string> values;

    std::string text(const std::string& name) const { return values.at(name); }
    /// NIST leaves a leading zero digit out here and there.
    Bytes bytes(const std::string& name) const {
        const std::string& digits = values.at(name);
        return *from_hex(digits.size() % 2 == 0 ? digits : "0" + digits);
    }
    bool is_right() const { return values.at("Result")[0] == 'P'; }
};

/// All entries that have a value of the name `last`, which ends each entry.
inline std::vector<Entry> read(const std::string& file_name, const std::string& last) {
    std::ifstream file(std::string(CARDMUX_CRYPTO_VECTORS) + "/" + file_name);
    std::vector<Entry> entries;
    Entry current;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with('[')) {
            current = {};
            current.section = line.substr(1, line.find(']') - 1);
        }
        const auto equals = line.find(" = ");
        if (line.starts_with('[') || equals == std::string::npos) continue;
        const std::string name = line.substr(0, equals);
        current.values[name] = line.substr(equals + 3);
        if (name == last) entries.push_back(current);
    }
    return entries;
}

}  // namespace cardmux::crypto::test_vectors
