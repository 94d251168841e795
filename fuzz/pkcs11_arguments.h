// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The arguments of PKCS #11 calls, written by a fuzzer's input: pointers that are null, handles of
// nobody, buffers that are too short, templates that contradict themselves. What they say of their
// memory is true, since no module can help a caller who lies about that: every buffer is as large
// as its size says, exactly, so that a byte read or written beyond is a finding.
#pragma once

#include <memory>
#include <optional>
#include <tuple>
#include <type_traits>
#include <vector>

#include "api/pkcs11/pkcs11.h"
#include "fuzz/input.h"

namespace cardmux::fuzz {

/// What earlier calls have given out.
struct KnownHandles {
    std::vector<CK_ULONG> sessions;
    std::vector<CK_ULONG> objects;
};

/// Of one call. A size follows its buffer, as in all functions of the standard.
class Arguments {
  public:
    Arguments(Input& input, const KnownHandles& known) : input_(input), known_(known) {}

    /// The next argument, of the type that the function has there.
    template <typename Parameter>
    Parameter next() {
        Parameter made{};
        make(made);
        return made;
    }

    /// All numbers that are where a function may write some.
    std::vector<CK_ULONG> written() const;

  private:
    void make(CK_BYTE& value) { value = input_.byte(); }
    void make(CK_ULONG& size_or_number);
    void make(CK_ULONG_PTR& numbers);
    void make(CK_BYTE_PTR& buffer);
    void make(CK_VOID_PTR& buffer);
    void make(CK_ATTRIBUTE_PTR& attributes);
    void make(CK_MECHANISM_PTR& mechanism);
    void make(const char*& text);
    void make(CK_NOTIFY&) {}
    /// A structure that the function fills; or a version, which it reads.
    template <typename Structure>
    void make(Structure*& structure) {
        last_count_.reset();
        if (input_.byte() == 0) return;
        std::uint8_t* memory = allocate(sizeof(Structure) * structures);
        memory[0] = input_.byte();
        memory[1] = input_.byte();
        structure = reinterpret_cast<Structure*>(memory);
        if constexpr (std::is_same_v<Structure, CK_INTERFACE>) last_count_ = structures;
    }

    CK_ULONG number();
    CK_ULONG raw(std::size_t bytes);
    std::uint8_t* allocate(std::size_t size);
    std::uint8_t* copy(ByteView content);
    ByteView content();
    void fill(CK_ATTRIBUTE& attribute);
    void fill(CK_MECHANISM& mechanism);
    template <typename Structure>
    void set_parameter(CK_MECHANISM& mechanism, const Structure& parameter);

    static constexpr std::size_t structures = 2;  ///< C_GetInterfaceList has two to tell

    Input& input_;
    const KnownHandles& known_;
    std::vector<std::unique_ptr<std::uint8_t[]>> memory_;
    std::vector<std::pair<const CK_ULONG*, std::size_t>> numbers_;
    /// How many the buffer before has room for; none: it is null, or there is none before.
    std::optional<std::size_t> last_count_;
};

/// Calls a function with arguments of the input, read from left to right.
template <typename... Parameters>
CK_RV call_with(CK_RV (*function)(Parameters...) noexcept, Arguments& arguments) {
    std::tuple<Parameters...> values{arguments.next<Parameters>()...};
    return std::apply(function, values);
}

}  // namespace cardmux::fuzz
