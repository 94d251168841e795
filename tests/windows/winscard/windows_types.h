// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#pragma once

// winscard's types as a Windows program lays them out. Declared here because windows.h and
// pcsc-lite's winscard.h give the same names to types of other widths (DWORD and LONG: 32 bits
// there, 64 here). Source: winscard.h and winsmcrd.h of mingw-w64.

#include <cstddef>
#include <cstdint>

/// Windows' calling convention for a function of ours.
#define FORWARDER_CALL extern "C" __attribute__((ms_abi, visibility("default")))

namespace forwarder {

using Dword = std::uint32_t;
using Code = std::int32_t;
using Handle = std::uint64_t;  ///< SCARDCONTEXT or SCARDHANDLE

struct IoRequest {
    Dword protocol;
    Dword length;  ///< of this structure and what follows, in bytes
};
static_assert(sizeof(IoRequest) == 8);

template <class Char>
struct ReaderState {
    const Char* reader;
    void* user_data;
    Dword current_state;
    Dword event_state;
    Dword atr_length;
    std::uint8_t atr[36];
};
static_assert(sizeof(ReaderState<char>) == 64);
static_assert(offsetof(ReaderState<char>, atr) == 28);

struct AtrMask {
    Dword length;
    std::uint8_t atr[36];
    std::uint8_t mask[36];
};
static_assert(sizeof(AtrMask) == 76);

/// "Allocate what I need" in a length; the buffer is then the address of a pointer.
constexpr Dword auto_allocate = 0xFFFFFFFF;
constexpr Dword infinite = 0xFFFFFFFF;

/// What Windows' winscard answers for a handle that it does not know: Win32's ERROR_INVALID_HANDLE
/// rather than SCARD_E_INVALID_HANDLE. It is the code of the failure that this project is about.
constexpr Code error_invalid_handle = 6;
constexpr Code invalid_parameter = static_cast<Code>(0x80100004);
constexpr Code no_memory = static_cast<Code>(0x80100006);
constexpr Code insufficient_buffer = static_cast<Code>(0x80100008);
constexpr Code service_stopped = static_cast<Code>(0x8010001E);
constexpr Code unsupported_feature = static_cast<Code>(0x80100022);
constexpr Code cache_item_not_found = static_cast<Code>(0x80100070);
constexpr Code unknown_card = static_cast<Code>(0x8010000D);

constexpr Dword protocol_raw = 0x00010000;
constexpr Dword protocol_default = 0x80000000;

}  // namespace forwarder
