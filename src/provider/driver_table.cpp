// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "provider/driver_table.h"

#include "drivers/piv/piv_driver.h"

namespace cardmux::provider {

std::vector<drivers::DriverProbe> driver_table() {
    return {drivers::piv::probe_piv};
}

}  // namespace cardmux::provider
