# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""A world under Wine with one program that prints what it finds, a line a finding: csp_world.py,
ksp_world.py."""
from windows_world import WINE, WindowsWorld, windows_path

PIN = "123456"


def findings(text):
    """The lines "what: which" of a probe, as pairs."""
    return [tuple(line.split(": ", 1)) for line in text.replace("\r\n", "\n").splitlines()]


class ProbeWorld(WindowsWorld):
    """`program`: what probe() runs, with `words` before all others. `files`: what lies beside."""

    def __init__(self, program, words, files, **options):
        super().__init__(files=[program, *files], **options)
        self.program, self._words = program, [str(word) for word in words]

    def probe(self, *words, seconds=60):
        """The findings, as pairs of what and which; and the log."""
        ended = self.run_windows(self.program, *self._words, *words, seconds=seconds,
                                 CARDMUX_LOG="-", CARDMUX_LOG_LEVEL="warning")
        return findings(ended.out), ended.err

    def start_with_desktop(self, *words):
        """The probe where windows can be: a desktop of Wine's on no display."""
        self.make_key(r"HKEY_CURRENT_USER\Software\Wine\Drivers", Graphics="null")
        return self.start([WINE, "explorer", "/desktop=people",
                           windows_path(self.bin / self.program), *self._words, *words])

    def ask(self, *words):
        """The findings of the probe where windows can be."""
        return findings(self.start_with_desktop(*words).finish(60).out)
