// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The functions of the table (function_table_windows.cpp), by Microsoft's names. None throws.
#pragma once

#include "api/ksp/windows/ncrypt_provider_windows.h"

namespace cardmux::ksp::entries {

/// Their parameters are the table's.
void add_opening(Table& table);
void add_properties(Table& table);
void add_using(Table& table);
void add_changing(Table& table);

}  // namespace cardmux::ksp::entries
