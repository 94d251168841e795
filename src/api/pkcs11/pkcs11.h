// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// PKCS #11 2.40 and 3.0 for C++: types, constants, functions, function lists. Declared here because
// no Debian package has a plain 3.0 header. For our module, and for our programs that load any
// module.
//
//   dlsym("C_GetFunctionList") -> CK_C_GetFunctionList -> CK_FUNCTION_LIST -> C_Initialize ...
#pragma once

#include "api/pkcs11/standard/pkcs11_constants.h"
#include "api/pkcs11/standard/pkcs11_function_lists.h"
#include "api/pkcs11/standard/pkcs11_functions.h"
#include "api/pkcs11/standard/pkcs11_return_values.h"
#include "api/pkcs11/standard/pkcs11_types.h"
