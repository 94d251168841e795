# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""Runs `cardmux load` and `cardmux simulate` for the demo. Nothing here outlives the demo."""
import glob
import json
import os
import subprocess
import threading
import time

TIME_LIMIT = 300  # seconds, above all that `cardmux load` sets itself
PEERS = {"Cardmux": None, "OpenSC": "opensc-pkcs11.so", "ykcs11": "libykcs11.so.2"}


class DemoFailure(Exception):
    """Something that makes the demo say nothing about Cardmux."""


def module_of(peer, build):
    if PEERS[peer] is None:
        return f"{build}/cardmux-pkcs11.so"
    found = sorted(glob.glob(f"/usr/lib/*/{PEERS[peer]}") + glob.glob(f"/usr/lib/{PEERS[peer]}"))
    if not found:
        raise DemoFailure(f"{PEERS[peer]} is not installed (scripts/packages_demo.txt)")
    return found[0]


class Load:
    """One `cardmux load` in the background; result() waits for it."""

    def __init__(self, build, module, options, environment=None):
        self.command = [f"{build}/cardmux", "load", "--module", module, "--json", "--timeline",
                        "--progress", *options]
        pin, pin_end = os.pipe()
        os.write(pin_end, b"123456\n")
        os.close(pin_end)
        self.process = subprocess.Popen(
            [*self.command, "--pin-fd", str(pin)], pass_fds=[pin], text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**os.environ, "CARDMUX_CONFIG": "/dev/null", **(environment or {})})
        os.close(pin)
        self.said = ""
        self.timer = threading.Timer(TIME_LIMIT, self.process.kill)
        self.timer.start()

    def wait_for_progress(self):
        """Returns when the load has run for about a second."""
        self.said = self.process.stderr.readline()

    def result(self):
        out, said = self.process.communicate()
        self.timer.cancel()
        try:
            return json.loads(out)
        except ValueError:
            raise DemoFailure(f"{' '.join(self.command)}\nended with {self.process.returncode} and "
                              f"no result:\n{(self.said + said).strip()[-2000:]}") from None


class SimulatedReader:
    """A private pcscd with one virtual reader and a simulated card in it."""

    def __init__(self, build, profile):
        self.process = subprocess.Popen(
            [f"{build}/cardmux", "simulate", "--pcscd", "--profile", profile, "--json",
             "--die-with-parent"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line.startswith("{"):
            said = self.process.communicate()[1]
            raise DemoFailure("no private pcscd with a virtual reader (it wants root or user "
                              f"namespaces):\n{said.strip()[-2000:]}")
        self.environment = json.loads(line)["environment"]

    def command(self, text):
        """Sends one command, e.g. "remove 0". Returns the time when it was carried out."""
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        if not answer.get("ok"):
            raise DemoFailure(f"simulate: {text}: {answer.get('problem')}")
        return time.time()

    def pull(self, seconds):
        """Takes the card out for so long. Returns when it left and when it was back."""
        left = self.command("remove 0")
        time.sleep(seconds)
        return left, self.command("insert 0")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.command("quit")
            self.process.stdin.close()
        except (OSError, ValueError):
            pass  # it has ended already
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.terminate()
            self.process.wait()
