// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "fuzz/pkcs11_arguments.h"

#include <array>
#include <cstring>

#include "api/pkcs11/operations/mechanisms.h"

namespace cardmux::fuzz {
namespace {

constexpr std::array attribute_types = {
    CKA_CLASS,
    CKA_TOKEN,
    CKA_PRIVATE,
    CKA_LABEL,
    CKA_VALUE,
    CKA_ID,
    CKA_KEY_TYPE,
    CKA_SIGN,
    CKA_DECRYPT,
    CKA_DERIVE,
    CKA_MODULUS_BITS,
    CKA_PUBLIC_EXPONENT,
    CKA_EC_PARAMS,
    CKA_EC_POINT,
    CKA_CERTIFICATE_TYPE,
    CKA_SUBJECT,
    CKA_SENSITIVE,
    CKA_EXTRACTABLE,
    CKA_MODULUS,
    CKA_PRIME_1,
    CKA_PRIME_2,
    CKA_EXPONENT_1,
    CKA_EXPONENT_2,
    CKA_COEFFICIENT,
    CKA_ISSUER,
    CKA_SERIAL_NUMBER,
    CKA_ALLOWED_MECHANISMS,
    CKA_PUBLIC_KEY_INFO,
    CKA_PRIVATE_EXPONENT,
    CKA_ALWAYS_AUTHENTICATE,
    CKA_VERIFY,
    CKA_UNIQUE_ID,
};

constexpr std::uint8_t p256_parameters[] = {0x06, 0x08, 0x2a, 0x86, 0x48,
                                            0xce, 0x3d, 0x03, 0x01, 0x07};
constexpr const char* pin = "123456";
constexpr std::size_t larger_than_all_values = 8192;

constexpr std::uint8_t first_raw = 0xf0;  ///< from here on an index is the number itself
constexpr std::uint8_t first_object = 0x60;
constexpr std::uint8_t first_constant = 0xa0;

CK_ULONG pick(const std::vector<CK_ULONG>& from, std::size_t index) {
    return from.empty() ? index : from[index % from.size()];
}

/// A mechanism of the module's own table.
CK_MECHANISM_TYPE mechanism_type(std::size_t index) {
    const auto table = pkcs11::mechanism_table();
    return table[index % table.size()].type;
}

}  // namespace

/// A handle that was given out, a small number, a large one.
CK_ULONG Arguments::number() {
    const std::uint8_t kind = input_.byte();
    if (kind < first_object) return pick(known_.sessions, kind);
    if (kind < first_constant) return pick(known_.objects, kind - first_object);
    if (kind < first_raw) return kind - first_constant;
    if (kind == first_raw) return CK_UNAVAILABLE_INFORMATION;
    return raw(kind % sizeof(CK_ULONG) + 1);
}

CK_ULONG Arguments::raw(std::size_t bytes) {
    CK_ULONG value = 0;
    for (std::size_t i = 0; i < bytes; ++i) value = value << 8 | input_.byte();
    return value;
}

std::uint8_t* Arguments::allocate(std::size_t size) {
    memory_.push_back(std::make_unique<std::uint8_t[]>(size));
    return memory_.back().get();
}

std::uint8_t* Arguments::copy(ByteView from) {
    std::uint8_t* to = allocate(from.size());
    if (!from.empty()) std::memcpy(to, from.data(), from.size());
    return to;
}

ByteView Arguments::content() {
    return input_.block();
}

void Arguments::make(CK_ULONG& size_or_number) {
    size_or_number = last_count_ ? static_cast<CK_ULONG>(*last_count_) : number();
    last_count_.reset();
}

/// The first one is also the size that the buffer before has room for.
void Arguments::make(CK_ULONG_PTR& numbers) {
    const std::uint8_t count = input_.byte();
    if (count == 0) return last_count_.reset();
    numbers = reinterpret_cast<CK_ULONG*>(allocate(count * sizeof(CK_ULONG)));
    numbers[0] = last_count_ ? static_cast<CK_ULONG>(*last_count_) : 0;
    numbers_.emplace_back(numbers, count);
    last_count_ = count;
}

void Arguments::make(CK_BYTE_PTR& buffer) {
    last_count_.reset();
    switch (input_.byte()) {
        case 0:
            return;
        case 1:
            last_count_ = input_.byte() * std::size_t{4};
            buffer = allocate(*last_count_);
            return;
        case 2:
            last_count_ = bytes_of(pin).size();
            buffer = copy(bytes_of(pin));
            return;
        default:
            const ByteView given = content();
            last_count_ = given.size();
            buffer = copy(given);
    }
}

void Arguments::make(CK_VOID_PTR& buffer) {
    CK_BYTE_PTR bytes = nullptr;
    make(bytes);
    buffer = bytes;
}

void Arguments::make(const char*& text) {
    if (input_.byte() == 0) return;
    Bytes terminated = to_bytes(content());
    terminated.push_back(0);
    text = reinterpret_cast<const char*>(copy(terminated));
}

void Arguments::make(CK_ATTRIBUTE_PTR& attributes) {
    const std::uint8_t count = input_.byte();
    last_count_.reset();
    if (count == 0) return;
    attributes = reinterpret_cast<CK_ATTRIBUTE*>(allocate(count * sizeof(CK_ATTRIBUTE)));
    for (std::size_t i = 0; i < count; ++i) fill(attributes[i]);
    last_count_ = count;
}

void Arguments::fill(CK_ATTRIBUTE& attribute) {
    const std::uint8_t type = input_.byte();
    attribute.type = type < first_raw ? attribute_types[type % attribute_types.size()] : raw(4);
    ByteView value;
    CK_ULONG as_number = 0;
    switch (input_.byte()) {
        case 0:
            return;
        case 1:
            attribute.ulValueLen = number();
            return;
        case 2:
            as_number = number();
            value = ByteView(reinterpret_cast<const std::uint8_t*>(&as_number), sizeof as_number);
            break;
        case 3:
            value = p256_parameters;
            break;
        case 4:
            attribute.ulValueLen = input_.byte() * CK_ULONG{8};
            attribute.pValue = allocate(attribute.ulValueLen);
            return;
        case 5:
            attribute.ulValueLen = CK_UNAVAILABLE_INFORMATION;
            attribute.pValue = allocate(larger_than_all_values);
            return;
        case 6:
            as_number = input_.byte();
            value = ByteView(reinterpret_cast<const std::uint8_t*>(&as_number), 1);
            break;
        default:
            value = content();
    }
    attribute.pValue = copy(value);
    attribute.ulValueLen = static_cast<CK_ULONG>(value.size());
}

void Arguments::make(CK_MECHANISM_PTR& mechanism) {
    if (input_.byte() == 0) return;
    mechanism = reinterpret_cast<CK_MECHANISM*>(allocate(sizeof(CK_MECHANISM)));
    fill(*mechanism);
}

template <typename Structure>
void Arguments::set_parameter(CK_MECHANISM& mechanism, const Structure& parameter) {
    mechanism.pParameter =
        copy({reinterpret_cast<const std::uint8_t*>(&parameter), sizeof parameter});
    mechanism.ulParameterLen = sizeof parameter;
}

void Arguments::fill(CK_MECHANISM& mechanism) {
    const std::uint8_t type = input_.byte();
    mechanism.mechanism = type < first_raw ? mechanism_type(type) : raw(4);
    switch (input_.byte()) {
        case 0:
            return;
        case 1: {
            CK_RSA_PKCS_PSS_PARAMS pss{};
            pss.hashAlg = mechanism_type(input_.byte());
            pss.mgf = input_.byte();
            pss.sLen = number();
            return set_parameter(mechanism, pss);
        }
        case 2: {
            CK_RSA_PKCS_OAEP_PARAMS oaep{};
            oaep.hashAlg = mechanism_type(input_.byte());
            oaep.mgf = input_.byte();
            oaep.source = input_.byte();
            make(oaep.pSourceData);
            make(oaep.ulSourceDataLen);
            return set_parameter(mechanism, oaep);
        }
        case 3:
            mechanism.ulParameterLen = number();
            return;
        default:
            // Not so long that it could be the structure above, with pointers to anywhere.
            const ByteView given = content();
            const std::size_t size = std::min(given.size(), sizeof(CK_RSA_PKCS_OAEP_PARAMS) - 1);
            mechanism.pParameter = copy(given.first(size));
            mechanism.ulParameterLen = static_cast<CK_ULONG>(size);
    }
}

std::vector<CK_ULONG> Arguments::written() const {
    std::vector<CK_ULONG> all;
    for (const auto& [numbers, count] : numbers_) all.insert(all.end(), numbers, numbers + count);
    return all;
}

}  // namespace cardmux::fuzz
