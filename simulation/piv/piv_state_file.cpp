// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "simulation/piv/piv_state_file.h"

#include <cerrno>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

namespace cardmux::simulation {
namespace {

using nlohmann::json;

constexpr int format_version = 1;

Error damaged() {
    return Error(ErrorCode::DataInvalid, "state file of the simulated card");
}

Error system_failed() {
    return Error(ErrorCode::SystemFailed, "state file of the simulated card")
        .with_platform_code(errno);
}

std::string hex_number(std::uint32_t number) {
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "%X", number);
    return text.data();
}

json write(const PinReference& reference) {
    return {{"value", to_hex(bytes_of(reference.value))},
            {"tries_max", reference.tries_max},
            {"tries_left", reference.tries_left},
            {"is_default", reference.is_default}};
}

json write(const StoredKey& stored) {
    return {{"pkcs8", to_hex(stored.key.pkcs8())},
            {"pin_policy", static_cast<int>(stored.pin_policy)},
            {"imported", stored.imported}};
}

/// The accessors of the library throw where a part is missing or of another type; from_json()
/// catches.
Bytes read_hex(const json& value) {
    auto bytes = from_hex(value.get<std::string>());
    if (!bytes.ok()) throw std::invalid_argument("hexadecimal");
    return std::move(bytes).value();
}

PinReference read_pin(const json& value) {
    const Bytes pin = read_hex(value.at("value"));
    PinReference reference{.value = std::string(pin.begin(), pin.end()),
                           .tries_max = value.at("tries_max").get<int>(),
                           .tries_left = value.at("tries_left").get<int>(),
                           .is_default = value.at("is_default").get<bool>()};
    if (reference.tries_max < 1 || reference.tries_max > 15 || reference.tries_left < 0 ||
        reference.tries_left > reference.tries_max) {
        throw std::invalid_argument("tries");
    }
    return reference;
}

StoredKey read_key(const CryptoLibrary& library, const json& value) {
    auto key = PrivateKey::from_pkcs8(library, read_hex(value.at("pkcs8")));
    const int policy = value.at("pin_policy").get<int>();
    if (!key.ok() || policy < 1 || policy > 3) throw std::invalid_argument("key");
    return {.key = std::move(key).value(),
            .pin_policy = static_cast<KeyPinPolicy>(policy),
            .imported = value.at("imported").get<bool>()};
}

ManagementKey read_management(const json& value) {
    const auto algorithm =
        management_algorithm_of(static_cast<std::uint8_t>(value.at("algorithm").get<int>()));
    if (!algorithm.ok()) throw std::invalid_argument("algorithm");
    ManagementKey key{.algorithm = algorithm.value(), .key = read_hex(value.at("key"))};
    if (key.key.size() != management_key_size(key.algorithm)) throw std::invalid_argument("key");
    return key;
}

PivMemory read_memory(const CryptoLibrary& library, const json& root) {
    if (root.at("format").get<int>() != format_version) throw std::invalid_argument("format");
    PivMemory memory{.serial_number = root.at("serial_number").get<std::uint32_t>(),
                     .pin = read_pin(root.at("pin")),
                     .puk = read_pin(root.at("puk")),
                     .management = read_management(root.at("management")),
                     .management_is_default = root.at("management").at("is_default").get<bool>()};
    for (const auto& [tag, content] : root.at("objects").items()) {
        memory.objects[static_cast<std::uint32_t>(std::stoul(tag, nullptr, 16))] =
            read_hex(content);
    }
    for (const auto& [slot, key] : root.at("keys").items()) {
        memory.keys.insert_or_assign(static_cast<std::uint8_t>(std::stoul(slot, nullptr, 16)),
                                     read_key(library, key));
    }
    return memory;
}

}  // namespace

std::string to_json(const PivMemory& memory) {
    json root = {{"about", "a simulated card of Cardmux; no key in here is a secret"},
                 {"format", format_version},
                 {"serial_number", memory.serial_number},
                 {"pin", write(memory.pin)},
                 {"puk", write(memory.puk)},
                 {"objects", json::object()},
                 {"keys", json::object()}};
    root["management"] = {{"algorithm", static_cast<int>(memory.management.algorithm)},
                          {"key", to_hex(memory.management.key)},
                          {"is_default", memory.management_is_default}};
    for (const auto& [tag, content] : memory.objects) {
        root["objects"][hex_number(tag)] = to_hex(content);
    }
    for (const auto& [slot, key] : memory.keys) root["keys"][hex_number(slot)] = write(key);
    return root.dump(1) + "\n";
}

Result<PivMemory> from_json(const CryptoLibrary& library, const std::string& text) {
    try {
        return read_memory(library, json::parse(text));
    } catch (const std::exception&) {
        return damaged();
    }
}

Result<PivMemory> load_state(const CryptoLibrary& library, const std::string& file) {
    errno = 0;
    std::ifstream stream(file, std::ios::binary);
    if (!stream) {
        if (errno == ENOENT) {
            return Error(ErrorCode::ObjectNotFound, "state file of the simulated card");
        }
        return system_failed();
    }
    std::ostringstream text;
    text << stream.rdbuf();
    if (stream.bad()) return system_failed();
    return from_json(library, text.str());
}

Result<void> save_state(const PivMemory& memory, const std::string& file) {
    const std::string beside = file + ".new";
    errno = 0;
    std::ofstream stream(beside, std::ios::binary | std::ios::trunc);
    stream << to_json(memory);
    stream.close();
    if (!stream || std::rename(beside.c_str(), file.c_str()) != 0) {
        const Error error = system_failed();
        std::remove(beside.c_str());
        return error;
    }
    return success();
}

}  // namespace cardmux::simulation
