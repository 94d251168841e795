# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""Several processes share one card over pcscd: fairly, without errors, at the card's speed."""
import unittest

from load_test_case import LoadTestCase
from private_pcscd import PrivatePcscd

SECONDS = 25
SHARE_DIFFERENCE_MAX = 0.10


class LoadProcesses(LoadTestCase):
    def check_processes(self, *settings, profile="yubikey5"):
        with PrivatePcscd(profile=profile, cards=settings) as world:
            load = self.start_load(world, SECONDS, "--processes", "2", "--threads", "8")
            report = self.finish_load(load, SECONDS + 30)
            self.check_all_right(world, report)
            processes = report["process_list"]
            for process in processes:
                print({name: process[name] for name in
                       ("ok", "share", "ready_s", "first_signature_s")})
            shares = [process["ok"] / report["ok"] for process in processes]
            self.assertLessEqual(max(shares) - min(shares), SHARE_DIFFERENCE_MAX, processes)

    def test_two_processes_of_eight_threads_with_rsa(self):
        self.check_processes()

    def test_two_processes_of_eight_threads_with_p256(self):
        self.check_processes("key=p256")


if __name__ == "__main__":
    unittest.main()
