// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The two tables that programs get: PKCS #11 2.40 and 3.0. Every entry is a function, none is null.
#pragma once

#include "api/pkcs11/pkcs11.h"

namespace cardmux::pkcs11 {

// Not const: the standard hands out pointers to lists that may be written to.
extern CK_FUNCTION_LIST function_list_2_40;
extern CK_FUNCTION_LIST_3_0 function_list_3_0;

}  // namespace cardmux::pkcs11
