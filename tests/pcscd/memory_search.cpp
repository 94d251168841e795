// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "memory_search.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace memory_search {
namespace {

struct Mapping {
    std::uintptr_t begin = 0;
    std::uintptr_t end = 0;
    std::string name;
    std::string flags;  ///< " rd wr lo dd ", as smaps has them
    bool is_writable = false;
};

/// What is read is looked at here, and nowhere else. Of its own content nothing is told.
std::array<unsigned char, 1 << 16> window;

bool is_window(std::uintptr_t address) {
    const auto begin = reinterpret_cast<std::uintptr_t>(window.data());
    return begin <= address && address < begin + window.size();
}

/// The first line of a mapping: "begin-end perms offset device inode name".
bool begin_mapping(const std::string& line, Mapping& mapping) {
    std::istringstream words(line);
    std::string permissions;
    std::string ignored;
    char dash = 0;
    if (!(words >> std::hex >> mapping.begin >> dash >> mapping.end) || dash != '-') return false;
    words >> permissions >> ignored >> ignored >> ignored >> mapping.name;
    if (mapping.name.empty()) mapping.name = "anonymous";
    mapping.is_writable = permissions.starts_with("rw");
    return true;
}

std::vector<Mapping> writable_mappings() {
    std::vector<Mapping> found;
    std::ifstream smaps("/proc/self/smaps");
    Mapping current;
    for (std::string line; std::getline(smaps, line);) {
        if (Mapping begun; begin_mapping(line, begun)) current = begun;
        if (!line.starts_with("VmFlags:")) continue;
        current.flags = line + " ";
        if (current.is_writable) found.push_back(current);
    }
    return found;
}

bool is_at(const unsigned char* place, const MaskedSecret& secret) {
    for (std::size_t i = 0; i < secret.bytes.size(); ++i) {
        if ((place[i] ^ MaskedSecret::mask) != secret.bytes[i]) return false;
    }
    return true;
}

/// How often it is in the first `size` bytes of the window, which lie at `address`.
int count_in_window(std::size_t size, std::uintptr_t address, const MaskedSecret& secret) {
    int count = 0;
    for (std::size_t at = 0; at + secret.bytes.size() <= size; ++at) {
        if (is_at(window.data() + at, secret) && !is_window(address + at)) ++count;
    }
    return count;
}

int count_in(int memory, const Mapping& mapping, const MaskedSecret& secret) {
    int count = 0;
    const std::size_t overlap = secret.bytes.size() - 1;
    for (std::uintptr_t at = mapping.begin; at < mapping.end;) {
        const std::size_t wanted = std::min<std::size_t>(window.size(), mapping.end - at);
        const ssize_t size = pread(memory, window.data(), wanted, static_cast<off_t>(at));
        if (size <= 0) break;  // gone meanwhile
        count += count_in_window(static_cast<std::size_t>(size), at, secret);
        if (static_cast<std::size_t>(size) <= overlap) break;
        at += static_cast<std::size_t>(size) - (at + size < mapping.end ? overlap : 0);
    }
    explicit_bzero(window.data(), window.size());
    return count;
}

}  // namespace

MaskedSecret masked_secret(const std::string& digits) {
    MaskedSecret secret;
    for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
        secret.bytes.push_back(
            static_cast<unsigned char>(std::strtoul(digits.substr(i, 2).c_str(), nullptr, 16)));
    }
    return secret;
}

Places find_in_memory(const MaskedSecret& secret) {
    Places places;
    const int memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
    if (memory < 0 || secret.bytes.empty()) std::abort();
    for (const Mapping& mapping : writable_mappings()) {
        const int count = count_in(memory, mapping, secret);
        if (count == 0) continue;
        places.all += count;
        if (mapping.flags.find(" lo ") != std::string::npos) places.locked += count;
        if (mapping.flags.find(" dd ") != std::string::npos) places.undumped += count;
        places.mappings += " " + mapping.name;
    }
    close(memory);
    return places;
}

}  // namespace memory_search
