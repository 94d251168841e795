// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// CryptoAPI's header, which needs windows.h before it.
#pragma once

// clang-format off
#include <windows.h>
#include <wincrypt.h>
// clang-format on
