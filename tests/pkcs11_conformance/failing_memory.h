// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Memory that fails on demand, for a whole test program: operator new, and what libcrypto
// allocates. Counted is what the module allocates, on the caller's thread and on its own; not what
// the simulated card does, which stands for another process, nor the test itself.
#pragma once

namespace conformance {

/// While one lives, what this thread allocates is the module's.
class InsideModule {
  public:
    InsideModule();
    ~InsideModule();
    InsideModule(const InsideModule&) = delete;
    InsideModule& operator=(const InsideModule&) = delete;
};

/// While one lives, what this thread allocates is not the module's.
class OutsideModule {
  public:
    OutsideModule();
    ~OutsideModule();
    OutsideModule(const OutsideModule&) = delete;
    OutsideModule& operator=(const OutsideModule&) = delete;
};

/// Called once, before libcrypto allocates anything. Whether libcrypto takes our functions.
bool take_over_libcrypto();

/// Lets the module's allocation of this number fail, counted from 0 and from now.
void let_fail(long number);
/// No further allocation fails. Whether the one of that number was made.
bool let_succeed();

/// Blocks that were allocated and not given back, anybody's.
long live_blocks();

}  // namespace conformance
