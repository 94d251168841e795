// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "iso7816/tlv_writer.h"

#include <gtest/gtest.h>

#include "iso7816/tlv_reader.h"

namespace cardmux::iso7816 {
namespace {

TEST(TlvWriter, writes_tags_in_as_many_bytes_as_they_have) {
    TlvWriter writer;
    writer.add(0x53, {}).add(0x7F49, {}).add(0x5FC102, {});
    EXPECT_EQ(to_hex(writer.bytes()), "53007f49005fc10200");
}

TEST(TlvWriter, takes_the_shortest_length_form) {
    const auto head_of = [](std::size_t size) {
        return to_hex(ByteView(TlvWriter().add(0x53, Bytes(size, 0x11)).take()).first(5));
    };
    EXPECT_EQ(head_of(0x7f), "537f111111");
    EXPECT_EQ(head_of(0x80), "5381801111");
    EXPECT_EQ(head_of(0xff), "5381ff1111");
    EXPECT_EQ(head_of(0x100), "5382010011");
    EXPECT_EQ(head_of(0xffff), "5382ffff11");
    EXPECT_EQ(head_of(0x10000), "5383010000");
}

// The dynamic authentication template for RSA-2048: SP 800-73-4 part 2, section 3.2.4.
TEST(TlvWriter, nests_objects) {
    TlvWriter inner;
    inner.add(0x82, {}).add(0x81, Bytes(256, 0xAA));
    const Bytes data = TlvWriter().add(0x7C, inner.bytes()).take();
    EXPECT_EQ(data.size(), 266U);
    EXPECT_EQ(to_hex(ByteView(data).first(10)),
              "7c82010682008182"
              "0100");
}

TEST(TlvWriter, writes_single_bytes) {
    EXPECT_EQ(to_hex(TlvWriter().add_byte(0x80, 0x07).bytes()), "800107");
}

TEST(TlvWriter, is_empty_after_take) {
    TlvWriter writer;
    writer.add(0x53, {});
    EXPECT_EQ(writer.take().size(), 2U);
    EXPECT_TRUE(writer.bytes().empty());
}

TEST(TlvWriter, writes_what_the_reader_reads) {
    for (const std::size_t size : {0, 1, 127, 128, 255, 256, 65535, 65536, 70000}) {
        const Bytes value(size, 0x42);
        const Bytes data = TlvWriter().add(0x5FC10A, value).add_byte(0xFE, 1).take();
        TlvReader reader(data);
        const auto object = reader.next();
        ASSERT_TRUE(object.ok()) << size;
        EXPECT_EQ((*object)->tag, 0x5FC10AU);
        EXPECT_TRUE(equal((*object)->value, value));
        EXPECT_EQ((*reader.next())->tag, 0xFEU);
    }
}

}  // namespace
}  // namespace cardmux::iso7816
