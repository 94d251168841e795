// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Our reading of directory strings against libcrypto's.
#include <gtest/gtest.h>
#include <openssl/asn1.h>
#include <openssl/err.h>

#include "base/random.h"
#include "crypto/directory_string.h"
#include "crypto/library_types_openssl.h"

namespace cardmux::crypto {
namespace {

using Text = std::unique_ptr<ASN1_STRING, Releaser<ASN1_STRING_free>>;

std::string as_libcrypto_reads(std::uint8_t tag, const Bytes& content) {
    const Text text(ASN1_STRING_type_new(tag));
    ASN1_STRING_set(text.get(), content.data(), static_cast<int>(content.size()));
    unsigned char* converted = nullptr;
    const int size = ASN1_STRING_to_UTF8(&converted, text.get());
    if (size < 0) return {};
    std::string result(reinterpret_cast<const char*>(converted), static_cast<std::size_t>(size));
    OPENSSL_free(converted);
    return result;
}

/// Strings of the kind in which libcrypto and we could differ: mostly well formed, and long enough.
Bytes random_content() {
    constexpr std::uint8_t leads[] = {0x00, 0x01, 0x10, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0,
                                      0xbf, 0xc0, 0xc1, 0xc2, 0xd7, 0xd8, 0xdf, 0xe0, 0xed, 0xee,
                                      0xef, 0xf0, 0xf3, 0xf4, 0xf5, 0xf7, 0xf8, 0xff, 0x00, 0x00};
    Bytes content(1 + 4);
    system_random().fill(content);
    content.resize(1 + content[0] % 4);
    for (std::uint8_t& byte : content) byte = leads[byte % std::size(leads)];
    return content;
}

TEST(DirectoryString, is_read_as_libcrypto_reads_it) {
    std::size_t texts = 0;
    for (const std::uint8_t tag :
         Bytes{0x04, 0x0c, 0x12, 0x13, 0x14, 0x16, 0x1a, 0x1b, 0x1c, 0x1e}) {
        for (int time = 0; time < 20000; ++time) {
            const Bytes content = random_content();
            const std::string theirs = as_libcrypto_reads(tag, content);
            EXPECT_EQ(utf8_of({tag, content, {}}), theirs) << int{tag} << " " << to_hex(content);
            if (tag == 0x0c && !theirs.empty()) ++texts;
        }
    }
    ERR_clear_error();
    EXPECT_GT(texts, 1000U);
}

}  // namespace
}  // namespace cardmux::crypto
