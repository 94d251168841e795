// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "drivers/piv/inflate.h"

#include <zlib.h>

namespace cardmux::drivers::piv {
namespace {

/// The largest window, and 32 more: the form is told by its header.
constexpr int any_form = 15 + 32;

/// Ends the stream on every way out.
struct Inflater {
    z_stream stream{};
    Inflater() = default;
    ~Inflater() { inflateEnd(&stream); }
    Inflater(const Inflater&) = delete;
    Inflater& operator=(const Inflater&) = delete;
};

}  // namespace

Result<Bytes> inflate(ByteView compressed, std::size_t size_max) {
    Inflater inflater;
    if (inflateInit2(&inflater.stream, any_form) != Z_OK)
        return Error(ErrorCode::OutOfMemory, "uncompress certificate");
    Bytes output(size_max);
    // zlib does not write to its input; without ZLIB_CONST its type says otherwise.
    inflater.stream.next_in = const_cast<Bytef*>(compressed.data());
    inflater.stream.avail_in = static_cast<uInt>(compressed.size());
    inflater.stream.next_out = output.data();
    inflater.stream.avail_out = static_cast<uInt>(output.size());
    if (::inflate(&inflater.stream, Z_FINISH) != Z_STREAM_END)
        return Error(ErrorCode::CardDataMalformed, "uncompress certificate");
    output.resize(inflater.stream.total_out);
    return output;
}

}  // namespace cardmux::drivers::piv
