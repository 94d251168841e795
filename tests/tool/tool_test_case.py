# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""What the tests of `cardmux` have in common: a folder of their own, an environment without the
user's settings, one simulated card unless the test says otherwise, and openssl as the judge."""
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

BUILD = pathlib.Path(os.environ.get("CARDMUX_BUILD", ".")).resolve()
TOOL = BUILD / "cardmux"
SIMULATED_MODULE = BUILD / "cardmux-pkcs11-simulated.so"
PIN = "123456"
LETTER = b"Dear Alice,\n"
PROGRAM_SECONDS = 60

# docs/tool.md
OK, FAILED, USAGE, NO_CARD, WRONG_PIN, NO_SERVICE, NOT_FOUND, TIMED_OUT = range(8)


class Finished:
    """How a program ended; its output is text, `raw` the bytes of stdout."""

    def __init__(self, argv, result):
        self.argv, self.code, self.raw = argv, result.returncode, result.stdout
        self.out = result.stdout.decode(errors="replace")
        self.err = result.stderr.decode(errors="replace")

    def __str__(self):
        return (f"{' '.join(map(str, self.argv))}: exit code {self.code}\n"
                f"--- stdout\n{self.out[-2000:]}\n--- stderr\n{self.err[-2000:]}")


class ToolTestCase(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="cardmux-test-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.environment = {name: value for name, value in os.environ.items()
                            if not name.startswith(("CARDMUX_", "PCSCLITE_", "XDG_"))}
        self.environment.update(HOME=str(self.folder), LC_ALL="C", CARDMUX_CONFIG=str(
            self.write("cardmux.toml", "")), CARDMUX_SHARED_FOLDER=str(self.folder / "shared"))
        self.write("letter.pdf", LETTER)
        self.write("pin.txt", PIN + "\n")

    def write(self, name, content):
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def read(self, name):
        return (self.folder / name).read_bytes()

    def run_program(self, argv, code=OK, stdin=b"", environment=None, **more):
        """Runs a program to its end, without a terminal. code: what it must be, None for any."""
        argv = [str(word) for word in argv]
        result = subprocess.run(argv, input=stdin, cwd=self.folder, timeout=PROGRAM_SECONDS,
                                env={**self.environment, **(environment or {})}, check=False,
                                capture_output=True, start_new_session=True, **more)
        finished = Finished(argv, result)
        if code is not None:
            self.assertEqual(finished.code, code, finished)
        return finished

    def tool(self, *words, code=OK, simulate="instant", **more):
        """Runs a command of the tool over simulated cards; simulate=None: as the words say."""
        cards = [] if simulate is None else ["--simulate", simulate]
        return self.run_program([TOOL, *words, *cards], code, **more)

    def tool_json(self, *words, code=OK, **more):
        """The one object on stdout."""
        finished = self.tool(*words, "--json", code=code, **more)
        self.assertEqual(finished.out.count("\n"), 1, finished)
        return json.loads(finished.out)

    def export_public_key(self, key, simulate="instant"):
        """Writes KEY.pem, for openssl, from the certificate."""
        self.tool("cert", "export", "--key", key, "--output", key + ".crt", simulate=simulate)
        public = self.run_program(["openssl", "x509", "-in", key + ".crt", "-noout", "-pubkey"])
        return self.write(key + ".pem", public.raw)

    def openssl_accepts(self, key_file, signature, hash_name="sha256", *options):
        finished = self.run_program(
            ["openssl", "dgst", "-" + hash_name, "-verify", key_file, "-signature", signature,
             *options, "letter.pdf"], code=None)
        return finished.code == 0 and "Verified OK" in finished.out

    def check_says(self, finished, *words):
        """That stderr has these words: a failure names its cause and what to do."""
        for word in words:
            self.assertIn(word, finished.err, finished)
