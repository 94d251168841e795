# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""A world under Wine in which our KSP is registered, behind the double of ncrypt.dll.

    with KspWorld("ksp_pin_probe.exe", PinCachePolicy=1) as world:
        found, log = world.probe("later", PIN, "100")    # ("PIN", "ok"), ...
"""
from probe_world import ProbeWorld
from windows_world import NCRYPT, WINSCARD

KSP_NAME = "Cardmux Smart Card Key Storage Provider"
KSP_FILES = ["cardmux.dll", NCRYPT, WINSCARD]


class KspWorld(ProbeWorld):
    """`values`: registry values under the provider's name."""

    def __init__(self, program, options=None, **values):
        super().__init__(program, [KSP_NAME], KSP_FILES, **(options or {}))
        self._values = values

    def __enter__(self):
        super().__enter__()
        self.register_ksp(KSP_NAME, "cardmux.dll", **self._values)
        return self
