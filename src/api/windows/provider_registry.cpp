// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "api/windows/provider_registry.h"

namespace cardmux::api {

void apply_hold(provider::Provider& cards, const ProviderSettings& settings) {
    cards.set_hold(settings.hold.value_or(cards.settings().hold));
}

}  // namespace cardmux::api
