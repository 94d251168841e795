# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""A world under Wine in which our CSP is registered; codes by their names.

    with CspWorld("csp_probe.exe", PinCachePolicy=1) as world:
        found, log = world.probe("containers")    # ("form", "ok"), ...
"""
from probe_world import PIN, ProbeWorld, findings  # noqa: F401: for who imports us
from windows_world import WINSCARD

DLL = "cardmuxcsp.dll"
RSA_FULL = ("Cardmux Smart Card Crypto Provider", 1)
RSA_AES = ("Cardmux Smart Card RSA and AES Crypto Provider", 24)

BAD_FLAGS, BAD_HASH, BAD_KEY, BAD_UID = "80090009", "80090002", "80090003", "80090001"
BAD_KEYSET, BAD_KEYSET_PARAM, EXISTS = "80090016", "8009001F", "8009000F"
BAD_DATA, BAD_LEN, BAD_SIGNATURE, NO_KEY = "80090005", "80090004", "80090006", "8009000D"
BAD_HASH_STATE, PERM, SILENT, BAD_TYPE = "8009000C", "80090010", "80090022", "8009000A"
BAD_KEY_STATE, BAD_VER = "8009000B", "80090007"
UNKNOWN_READER, WRONG_CHV, INVALID_CHV = "80100009", "8010006B", "8010002A"
NO_SMARTCARD, UNSUPPORTED_FEATURE = "8010000C", "80100022"
STORAGE_FULL, SECURITY_VIOLATION = "80090023", "8010006A"
NO_SUCH_CERTIFICATE, READ_ONLY_CARD = "8010002C", "80100034"
CANCELLED_BY_USER = "8010006E"
INVALID_PARAMETER, MORE_DATA, NO_MORE_ITEMS = "00000057", "000000EA", "00000103"
FIXED_PARAMETER = "80090025"
DONE = "00000000"


class CspWorld(ProbeWorld):
    """`files`: what lies beside the program. `values`: registry values under the provider's name.
    """

    def __init__(self, program, provider=RSA_FULL, files=(), options=None, **values):
        super().__init__(program, provider, [*files, DLL, "cardmux.dll", WINSCARD],
                         **(options or {}))
        self.provider, self._values = provider, values

    def __enter__(self):
        super().__enter__()
        self.register_csp(self.provider[0], DLL, self.provider[1], **self._values)
        return self
