// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "drivers/piv/inflate.h"

#include <gtest/gtest.h>
#include <zlib.h>

namespace cardmux::drivers::piv {
namespace {

constexpr int zlib_form = 15;
constexpr int gzip_form = 15 + 16;

Bytes compress_as(int form, const Bytes& plain) {
    z_stream stream{};
    EXPECT_EQ(deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, form, 8, Z_DEFAULT_STRATEGY),
              Z_OK);
    Bytes out(deflateBound(&stream, plain.size()));
    Bytes in = plain;
    stream.next_in = in.data();
    stream.avail_in = static_cast<uInt>(in.size());
    stream.next_out = out.data();
    stream.avail_out = static_cast<uInt>(out.size());
    EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

Bytes sample(std::size_t size) {
    Bytes bytes(size);
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(i * i >> 3);
    return bytes;
}

TEST(Inflate, gives_back_what_was_compressed_in_either_form) {
    for (int form : {gzip_form, zlib_form}) {
        const auto plain = inflate(compress_as(form, sample(3000)), 3000);
        ASSERT_TRUE(plain.ok()) << form;
        EXPECT_EQ(*plain, sample(3000));
    }
}

TEST(Inflate, refuses_more_than_the_limit) {
    EXPECT_EQ(inflate(compress_as(gzip_form, sample(3001)), 3000).error().code,
              ErrorCode::CardDataMalformed);
    const Bytes bomb = compress_as(gzip_form, Bytes(50'000'000, 0));
    EXPECT_EQ(inflate(bomb, 65536).error().code, ErrorCode::CardDataMalformed);
}

TEST(Inflate, refuses_every_cut_and_every_damage_of_the_checksum) {
    const Bytes whole = compress_as(gzip_form, sample(500));
    for (std::size_t size = 0; size < whole.size(); ++size)
        EXPECT_FALSE(inflate(ByteView(whole).first(size), 500).ok()) << size;
    Bytes damaged = whole;
    damaged[damaged.size() - 5] ^= 1;
    EXPECT_FALSE(inflate(damaged, 500).ok());
}

TEST(Inflate, refuses_plain_bytes) {
    EXPECT_FALSE(inflate(sample(100), 1000).ok());
}

}  // namespace
}  // namespace cardmux::drivers::piv
