// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "tool/windows/load/load_record.h"

#include <algorithm>
#include <array>

#include "api/windows/error_to_status.h"

namespace cardmux::tool::windows {
namespace {

struct NamedCode {
    std::uint32_t code;
    const char* name;
};

/// What our providers never return, and others do (winerror.h). The first is the article's.
constexpr std::array named{
    NamedCode{6, "0x6 ERROR_INVALID_HANDLE"},
    NamedCode{5, "ERROR_ACCESS_DENIED"},
    NamedCode{0x80090013, "NTE_BAD_PROVIDER"},
    NamedCode{0x80090014, "NTE_BAD_PROV_TYPE"},
    NamedCode{0x80090017, "NTE_PROV_TYPE_NOT_DEF"},
    NamedCode{0x80090018, "NTE_PROV_TYPE_ENTRY_BAD"},
    NamedCode{0x8009001A, "NTE_KEYSET_ENTRY_BAD"},
    NamedCode{0x8009001B, "NTE_PROV_TYPE_NO_MATCH"},
    NamedCode{0x8009001E, "NTE_PROV_DLL_NOT_FOUND"},
    NamedCode{0x80090021, "NTE_SYS_ERR"},
    NamedCode{0x80090030, "NTE_DEVICE_NOT_READY"},
    NamedCode{0x80090035, "NTE_DEVICE_NOT_FOUND"},
    NamedCode{0x80090036, "NTE_USER_CANCELLED"},
    NamedCode{0x80100003, "SCARD_E_INVALID_HANDLE"},
    NamedCode{0x80100004, "SCARD_E_INVALID_PARAMETER"},
    NamedCode{0x8010000F, "SCARD_E_PROTO_MISMATCH"},
    NamedCode{0x80100010, "SCARD_E_NOT_READY"},
    NamedCode{0x80100011, "SCARD_E_INVALID_VALUE"},
    NamedCode{0x80100016, "SCARD_E_NOT_TRANSACTED"},
    NamedCode{0x80100017, "SCARD_E_READER_UNAVAILABLE"},
    NamedCode{0x8010001E, "SCARD_E_SERVICE_STOPPED"},
    NamedCode{0x80100031, "SCARD_E_SERVER_TOO_BUSY"},
    NamedCode{0x80100067, "SCARD_W_UNPOWERED_CARD"},
};

constexpr std::array pin_refusals{
    0x8009002BU,  // NTE_INCORRECT_PASSWORD
    0x8010002AU,  // SCARD_E_INVALID_CHV
    0x8010006BU,  // SCARD_W_WRONG_CHV
    0x8010006CU,  // SCARD_W_CHV_BLOCKED
};

}  // namespace

bool is_pin_refusal(std::uint32_t code) {
    return std::ranges::find(pin_refusals, code) != pin_refusals.end();
}

std::string name_of_code(std::uint32_t code) {
    const auto* found = std::ranges::find(named, code, &NamedCode::code);
    return found == named.end() ? api::name_of_status(code) : std::string(found->name);
}

void add_errors(std::vector<load::ObservedError>& to,
                const std::vector<load::ObservedError>& more) {
    for (const load::ObservedError& error : more) {
        const auto same = std::ranges::find_if(to, [&error](const load::ObservedError& other) {
            return other.code == error.code && other.call == error.call;
        });
        if (same == to.end()) {
            to.push_back(error);
            continue;
        }
        same->count += error.count;
        same->first_us = std::min(same->first_us, error.first_us);
        same->last_us = std::max(same->last_us, error.last_us);
    }
}

void ClientRecord::note(const Error& error, Verdict verdict, std::int64_t now_us) {
    load::ObservedError seen;
    const auto code = static_cast<std::uint32_t>(error.platform_code);
    seen.code = error.platform_code == 0 ? name_of(error.code) : name_of_code(code);
    seen.call = error.operation;
    seen.count = 1;
    seen.first_us = now_us;
    seen.last_us = now_us;
    add_errors(verdict == Verdict::Error ? errors : expected, {seen});
}

}  // namespace cardmux::tool::windows
