# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""What questions cost. CryptGetUserKey, CryptGetKeyParam and every question for a size: no APDU at
all, not even the one that looks whether the card is still there. Through Wine's advapi32."""
import unittest

from csp_world import CspWorld, NO_MORE_ITEMS, MORE_DATA

PROBE = "csp_queries_probe.exe"


class CspQueries(unittest.TestCase):
    def apdus(self, what, times):
        # A hold that ends at once: else a question inside it would cost nothing that one sees.
        with CspWorld(PROBE, TransactionTimeoutMilliseconds=0) as world:
            found = world.run_windows(PROBE, *map(str, world.provider), what, str(times)).out
            self.assertEqual(found, "done\n")
            return world.card()["apdus"]

    def test_keys_and_sizes_cost_no_apdu(self):
        self.assertEqual(self.apdus("keys", 100), self.apdus("keys", 1))

    def test_sizes_of_a_context_of_no_card_read_no_card(self):
        self.assertEqual(self.apdus("sizes", 10), 0)

    def test_a_card_is_read_anew_where_cached_data_must_not_count(self):
        once = self.apdus("acquire", 1)
        self.assertEqual(self.apdus("acquire", 5), once)
        self.assertEqual(self.apdus("anew", 1), once)
        anew = self.apdus("anew", 5) - once
        self.assertGreaterEqual(anew, 4 * 5, "its objects, four times")

    def test_a_question_for_the_size_begins_an_enumeration_and_has_room_for_every_name(self):
        with CspWorld(PROBE) as world:
            ended = world.run_windows(PROBE, *map(str, world.provider), "names", "1")
            found = [tuple(line.split(": ", 1)) for line in ended.out.splitlines()[:-1]]
        names = [which for what, which in found if what == "name"]
        self.assertEqual(names, ["piv-9a-", "piv-9c-", "piv-9d-", "piv-9e-"])
        self.assertEqual(found[2 * len(names):], [
            ("next", NO_MORE_ITEMS), ("size after the last", NO_MORE_ITEMS),
            ("first again", names[0]), ("too little room", MORE_DATA), ("needed", "40"),
            ("not stepped on", names[0])])


if __name__ == "__main__":
    unittest.main()
