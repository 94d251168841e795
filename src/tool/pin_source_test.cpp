// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "tool/pin_source.h"

#include <gtest/gtest.h>

namespace cardmux::tool {
namespace {

/// The file that this pin-source names; "" if it is refused.
std::string file_of(const std::string& pin_source) {
    Pkcs11Uri uri;
    uri.pin_source = pin_source;
    std::string problem;
    const auto source = pin_source_for(uri, PinSource(), problem);
    EXPECT_EQ(problem.empty(), source.ok());
    return source ? source->file : "";
}

TEST(PinSource, is_the_file_that_the_uri_names) {
    EXPECT_EQ(file_of("file:/etc/pin"), "/etc/pin");
    EXPECT_EQ(file_of("file:///etc/pin"), "/etc/pin");
    EXPECT_EQ(file_of("file://localhost/etc/pin"), "/etc/pin");
    EXPECT_EQ(file_of("file:pin.txt"), "pin.txt");
    EXPECT_EQ(file_of("/etc/pin"), "/etc/pin");
}

TEST(PinSource, is_refused_if_it_is_no_file_of_this_machine) {
    EXPECT_EQ(file_of("|/usr/bin/pinentry"), "");
    EXPECT_EQ(file_of("file://elsewhere/etc/pin"), "");
    EXPECT_EQ(file_of("https://example.org/pin"), "");
}

TEST(PinSource, is_what_the_command_line_says_first) {
    Pkcs11Uri uri;
    uri.pin_source = "file:/etc/pin";
    PinSource given;
    given.descriptor = 3;
    std::string problem;
    const auto source = pin_source_for(uri, given, problem);
    ASSERT_TRUE(source.ok());
    EXPECT_EQ(source->descriptor, 3);
    EXPECT_TRUE(source->file.empty());
}

}  // namespace
}  // namespace cardmux::tool
