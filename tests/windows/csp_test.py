# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""Our CSP as a Windows program meets it: through Wine's advapi32, down to a simulated card."""
import re
import unittest

from csp_world import (BAD_DATA, BAD_FLAGS, BAD_HASH, BAD_HASH_STATE, BAD_KEY, BAD_KEYSET,
                       BAD_KEYSET_PARAM, BAD_LEN, BAD_SIGNATURE, BAD_TYPE, BAD_UID, CspWorld,
                       EXISTS, INVALID_CHV, INVALID_PARAMETER, NO_KEY, PERM, PIN, RSA_AES, RSA_FULL,
                       SILENT, UNKNOWN_READER, WRONG_CHV)

CHURN = "provider_churn.exe"
RACE = "csp_release_race.exe"
DECRYPTION = "piv-9d"  # the start of its container's name


def probe_world(provider=RSA_FULL):
    return CspWorld("csp_probe.exe", provider, files=[CHURN, RACE])


class Csp(unittest.TestCase):
    def test_a_container_has_four_names(self):
        with probe_world() as world:
            found, _ = world.probe("containers")
        self.assertEqual([which for what, which in found if what in ("form", "same")],
                         ["ok", "1"] * 4)
        for what, code in (("no such container", BAD_KEYSET), ("bad flags", BAD_FLAGS),
                           ("no such reader", UNKNOWN_READER), ("bad name", BAD_KEYSET_PARAM),
                           ("new but there", EXISTS), ("new container", SILENT),
                           ("delete", SILENT)):
            self.assertIn((what, code), found)

    def test_keys_and_certificates_are_those_of_the_card(self):
        with probe_world() as world:
            found, _ = world.probe("keys")
            once = world.card()["apdus"]
            world.probe("keys")
            self.assertEqual(world.card()["apdus"], 2 * once,
                             "each process reads the card once")
        rsa = "1, algorithm A400, bits 2048, blob 276, certificate 1"
        self.assertEqual(sum(rsa in " ".join(each) for each in found), 3, found)
        # 9C has an elliptic curve, which CryptoAPI has no name for.
        self.assertIn(("user key", NO_KEY), found)

    def test_parameters_have_their_sizes(self):
        with probe_world() as world:
            found = dict(world.probe("parameters")[0])
            self.assertEqual(world.card()["private_key_operations"], 0)
        for parameter, size in ((1, 32), (3, 4), (16, 4), (22, 88), (39, 4), (42, 8), (45, 16)):
            self.assertEqual(found[f"parameter {parameter}"], f"00000000, {size} bytes")
        for parameter in (7, 9, 10, 18, 31, 32, 33, 40):
            self.assertEqual(found[f"parameter {parameter}"], f"{BAD_TYPE}, 0 bytes")
        self.assertEqual(found["certificates that name their key"], "3")  # of RSA keys
        self.assertEqual((found["its key"], found["a pair in it"]), (NO_KEY, PERM))

    def test_a_pin_counts_for_the_process_until_it_is_taken_back(self):
        with probe_world() as world:
            found, log = world.probe("pin", PIN)
            self.assertEqual(world.card()["wrong_pins"], 1)
            self.assertEqual(world.card()["pin_tries_left"], 3)
        self.assertEqual([which for what, which in found if what.startswith("signature")],
                         [f"0, error {SILENT}", "256", "256", f"0, error {SILENT}"])
        self.assertIn(("wrong PIN", WRONG_CHV), found)
        self.assertIn(("PIN of an impossible form", INVALID_CHV), found)
        self.assertIn("tries left 2", log)

    def check_signatures(self, provider):
        with probe_world(provider) as world:
            found, _ = world.probe("sign", PIN)
            made = world.card()["private_key_operations"]
        right = [which for what, which in found if what in ("signature", "by us")]
        self.assertEqual(right, ["ok"] * 20)
        self.assertEqual(made, 11, "no size query signs")
        for what, code in (("changed", BAD_SIGNATURE), ("changed, by us", BAD_SIGNATURE),
                           ("more data after signing", BAD_HASH_STATE)):
            self.assertIn((what, code), found)
        self.assertIn(("wrong spec", f"0, error {NO_KEY}"), found)

    def test_signatures_are_right_with_type_1(self):
        self.check_signatures(RSA_FULL)

    def test_signatures_are_right_with_type_24(self):
        self.check_signatures(RSA_AES)

    def test_the_card_decrypts(self):
        with probe_world() as world:
            found, _ = world.probe("decrypt", PIN, DECRYPTION)
        self.assertEqual([each for each in found if each[0] in ("decrypt", "plain")],
                         [("decrypt", "ok"), ("plain", "for the card only"),
                          ("decrypt", "ok"), ("plain", "by our own provider"),
                          ("decrypt", "ok"), ("plain", "256 bytes"),
                          ("decrypt", BAD_DATA), ("decrypt", BAD_LEN)])

    def test_session_keys_are_opened_by_the_card_and_used_in_software(self):
        with probe_world() as world:
            found, _ = world.probe("exchange", PIN, DECRYPTION)
            self.assertEqual(world.card()["private_key_operations"], 4)
        self.assertEqual(found.count(("plain", "under the session's key")), 4, found)

    def test_messages_are_signed_and_opened_through_the_system_s_functions(self):
        with probe_world() as world:
            found, _ = world.probe("messages", PIN)
            self.assertEqual(world.card()["private_key_operations"], 2)
        self.assertEqual([each for each in found if each[1] not in ("ok", "a letter")], [])
        self.assertEqual(found[-1], ("text", "a letter"))

    def test_stale_handles_are_named_and_never_error_6(self):
        with probe_world() as world:
            found, log = world.probe("stale")
            self.assertEqual(world.card()["apdus"], 0)
        expected = [("another's hash", BAD_HASH), ("hash as key", BAD_KEY), ("release", "ok"),
                    ("release twice", BAD_UID), ("hash of a released context", BAD_UID),
                    ("its hash elsewhere", BAD_HASH), ("use after release", BAD_UID),
                    ("null handle", BAD_UID), ("null output", INVALID_PARAMETER),
                    ("last error after success", "4711")]
        self.assertEqual(found[3:], expected)
        late = re.search(r"function=CPCreateHash code=NTE_BAD_UID context=(\d+) thread=(\d+) "
                         r"unknown_handle=\1 released_by_thread=\2 released_at=\d+", log)
        self.assertTrue(late, log)

    def test_threads_share_the_card_without_an_error(self):
        """What makes the naive provider fail with 0x6 (naive_test.py)."""
        with probe_world() as world:
            out = world.run_windows(CHURN, "csp", RSA_FULL[0], PIN, "8", "4", "0", seconds=60).out
            self.assertEqual(world.card()["wrong_pins"], 0)
            signed = world.card()["private_key_operations"]
        self.assertNotIn("failed", out)
        self.assertGreater(int(re.search(r"ok: (\d+)", out).group(1)), 50, out)
        self.assertLessEqual(int(re.search(r"ok: (\d+)", out).group(1)), signed)

    def test_contexts_are_released_under_the_threads_that_use_them(self):
        with probe_world() as world:
            out = world.run_windows(RACE, PIN, "16", "6", seconds=60).out
            card = world.card()
        self.assertEqual(card["wrong_pins"], 0)
        counts = dict(line.split(": ", 1) for line in out.splitlines())
        self.assertNotIn("error", counts, out)
        self.assertGreater(int(counts["signatures"]), 100, out)
        # Once for a hold of the card, which may end while the threads wait for a processor.
        self.assertLess(card["verify_attempts"], int(counts["signatures"]) // 20)
        self.assertGreater(int(counts["releases"]), 50, out)
        self.assertGreater(int(counts["refused"]), 0, "else nothing was tried")


if __name__ == "__main__":
    unittest.main()
