// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// URIs of PKCS #11 and short names of keys, as people and scripts give them to the tool: what is
// accepted means the same when written and read again.
#include <string>

#include "fuzz/input.h"
#include "tool/key_name.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace cardmux;
    const std::string text(data, data + size);
    std::string problem;
    auto uri = tool::parse_key_name(text, problem);
    fuzz::require(uri.ok() || !problem.empty(), "a name that is refused has a reason");
    if (!uri.ok()) return 0;
    uri->module_path.clear();  // is not written
    const auto again = tool::parse_pkcs11_uri(tool::to_string(*uri), problem);
    fuzz::require(again.ok() && *again == *uri, "a URI is the same after writing and reading");
    return 0;
}
