// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The card drivers of this build, in probing order. A plain list: no registration.
#pragma once

#include <vector>

#include "drivers/card_driver.h"

namespace cardmux::provider {

std::vector<drivers::DriverProbe> driver_table();

}  // namespace cardmux::provider
