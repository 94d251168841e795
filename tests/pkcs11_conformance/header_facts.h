// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Facts about a PKCS #11 header as a table, so that headers which cannot be included together can
// be compared: each is included by one translation unit of its own.
#pragma once

#include <map>
#include <string>

namespace header_facts {

/// "sizeof CK_INFO", "CK_INFO.flags" or "CKR_OK" -> number.
using Facts = std::map<std::string, unsigned long>;

Facts of_cardmux_shared_with_p11kit();
Facts of_cardmux_shared_with_nss();
Facts of_p11kit();
Facts of_nss();

}  // namespace header_facts

#define SIZE(type) {"sizeof " #type, sizeof(type)},
#define OFFSET(type, member) {#type "." #member, offsetof(type, member)},
#define VALUE(name) {#name, static_cast<unsigned long>(name)},
