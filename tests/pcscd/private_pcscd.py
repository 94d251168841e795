# SPDX-License-Identifier: Apache-2.0
# Copyright The Cardmux authors
"""Harness for tests over a real pcscd: each test gets its own, with simulated cards in its readers.

    with PrivatePcscd(profile="yubikey5") as world:
        world.run(["opensc-tool", "-l"])          # fails the test if it fails or takes too long
        world.control("remove 0")
        world.card(0)["pin_tries_left"]

Every program has a time limit, everything is ended by its process id, and a test that leaves a
process behind fails. Standard library only. What starts pcscd and carries the cards is
`cardmux simulate`.
"""
import ctypes
import json
import os
import pathlib
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import time

BUILD = pathlib.Path(os.environ.get("CARDMUX_BUILD", ".")).resolve()
TOOL = BUILD / "cardmux"
MODULE = BUILD / "cardmux-pkcs11.so"
FOREIGN_PROGRAM = BUILD / "foreign_program"
MODULE_PROGRAM = BUILD / "module_program"
PIN = "123456"
PUK = "12345678"
MANAGEMENT_KEY = "010203040506070801020304050607080102030405060708"

START_SECONDS = 30
CONTROL_SECONDS = 30
PROGRAM_SECONDS = 30
END_SECONDS = 10
SKIPPED = 77  # what ctest takes for "cannot be tested here"

PR_SET_CHILD_SUBREAPER = 36


class Finished:
    """How a program ended."""

    def __init__(self, argv, code, out, err):
        self.argv, self.code, self.out, self.err = argv, code, out, err

    def __str__(self):
        return (f"{' '.join(map(str, self.argv))}: exit code {self.code}\n"
                f"--- stdout\n{self.out[-4000:]}\n--- stderr\n{self.err[-4000:]}")


class Running:
    """A program in a process group of its own, with its output in files, so that it never blocks.
    """

    def __init__(self, argv, environment, folder, stdin=b""):
        self.argv = [str(word) for word in argv]
        self._files = [tempfile.TemporaryFile(dir=folder) for _ in range(3)]
        self._files[0].write(stdin)
        self._files[0].seek(0)
        self._texts = ["", ""]
        self.process = subprocess.Popen(self.argv, stdin=self._files[0], stdout=self._files[1],
                                        stderr=self._files[2], env=environment, cwd=folder,
                                        start_new_session=True)

    def output(self):
        """What the program has written so far: stdout, stderr."""
        if self._files:
            self._texts = [os.pread(file.fileno(), 1 << 24, 0).decode(errors="replace")
                           for file in self._files[1:]]
        return self._texts

    def finish(self, seconds, code=0):
        """Waits for the program. code: the exit code it must have, None for any."""
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.end()
            raise AssertionError(f"still running after {seconds} s: "
                                 + str(Finished(self.argv, None, *self.output()))) from None
        finished = Finished(self.argv, self.process.returncode, *self.output())
        self.end()
        if code is not None and finished.code != code:
            raise AssertionError(f"expected exit code {code}: {finished}")
        return finished

    def end(self):
        """Ends the program and its process group, which is ours by construction."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(END_SECONDS)
        self.output()
        for file in self._files:
            file.close()
        self._files = []


def children():
    """Process ids of all children, adopted ones included (see PR_SET_CHILD_SUBREAPER)."""
    found = []
    for task in pathlib.Path("/proc/self/task").iterdir():
        found += [int(pid) for pid in (task / "children").read_text().split()]
    return found


def describe(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return "?"


def wait_until(condition, seconds, what):
    """Asks until the condition holds; fails after so many seconds. Returns what it was."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.02)


class PrivatePcscd:
    """A pcscd with simulated cards, for one test; a context manager.

    environment   for programs: finds this pcscd, this test's home, no setting of the user's
    folder        this test's files; removed at the end
    """

    def __init__(self, readers=1, profile="instant", cards=(), empty=False):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="cardmux-test-"))
        self._options = ["--readers", str(readers), "--profile", profile]
        for setting in cards:
            self._options += ["--card", setting]
        if empty:
            self._options.append("--empty")
        self._programs = []
        self.environment = self._make_environment()

    def _make_environment(self):
        environment = {name: value for name, value in os.environ.items()
                       if not name.startswith(("CARDMUX_", "PKCS11", "OPENSC", "XDG_", "SSH_"))}
        home = self.folder / "home"
        (home / "shared").mkdir(parents=True)
        home.chmod(0o700)
        (home / "opensc.conf").write_text("app default { framework pkcs15 "
                                          "{ use_file_caching = no; } }\n")
        (home / "cardmux.toml").write_text("")
        environment.update(HOME=str(home), LC_ALL="C", OPENSC_CONF=str(home / "opensc.conf"),
                           CARDMUX_CONFIG=str(home / "cardmux.toml"),
                           CARDMUX_SHARED_FOLDER=str(home / "shared"))
        return environment

    # The simulation

    def __enter__(self):
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        self._control_path = str(self.folder / "control")
        self._simulation = subprocess.Popen(
            [str(TOOL), "simulate", "--pcscd", "--json", "--die-with-parent", "--run-dir",
             str(self.folder / "run"), "--control", self._control_path] + self._options,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=self.environment,
            start_new_session=True)
        try:
            line = self._first_line()
            self.description = json.loads(line)
            if "environment" not in self.description:
                raise AssertionError(f"cardmux simulate did not start: {line.decode()}")
        except BaseException:
            self._end_simulation()
            shutil.rmtree(self.folder, ignore_errors=True)
            raise
        self.environment.update(self.description["environment"])
        self.readers = [reader["name"] for reader in self.description["readers"]]
        return self

    def _first_line(self):
        ready, _, _ = select.select([self._simulation.stdout], [], [], START_SECONDS)
        line = self._simulation.stdout.readline() if ready else b""
        if not line:
            raise AssertionError("cardmux simulate did not start")
        return line

    def control(self, command):
        """Sends one command (insert 0, swap 0, pcscd kill, ...) and returns its answer."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(CONTROL_SECONDS)
            connection.connect(self._control_path)
            connection.sendall(command.encode() + b"\n")
            answer = json.loads(connection.makefile().readline())
        if not answer["ok"]:
            raise AssertionError(f"{command}: {answer['problem']}")
        return answer

    def card(self, reader=0):
        """What the simulated card has counted: APDUs by INS, tries left."""
        return self.control("status")["readers"][reader]["card"]

    # Programs

    def start(self, argv, stdin=b"", **more_environment):
        """Starts a program that finds this pcscd."""
        program = Running(argv, {**self.environment, **more_environment}, self.folder, stdin)
        self._programs.append(program)
        return program

    def run(self, argv, seconds=PROGRAM_SECONDS, code=0, stdin=b"", **more_environment):
        """Runs a program to its end."""
        return self.start(argv, stdin, **more_environment).finish(seconds, code)

    def foreign(self, *words, seconds=PROGRAM_SECONDS):
        """Runs foreign_program and returns its JSON object."""
        return json.loads(self.run([FOREIGN_PROGRAM, *words], seconds).out)

    # The end

    def _end_simulation(self):
        if self._simulation.poll() is None:
            self._simulation.terminate()
            try:
                self._simulation.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                self._simulation.kill()
                self._simulation.wait(END_SECONDS)
        self._simulation.stdout.close()
        return self._simulation.returncode

    def __exit__(self, error_type, error, trace):
        for program in self._programs:
            program.end()
        code = self._end_simulation()
        left = self._end_what_is_left()
        shutil.rmtree(self.folder, ignore_errors=True)
        if code != 0 and error_type is None:
            raise AssertionError(f"cardmux simulate ended with {code}")
        if left and error_type is None:
            raise AssertionError(f"processes left behind: {left}")

    @staticmethod
    def _end_what_is_left():
        """Ends what the programs left to us. An exiting process gets a moment to do so itself."""
        deadline = time.monotonic() + 2
        while children() and time.monotonic() < deadline:
            try:
                os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                break
            time.sleep(0.02)
        left = []
        for pid in children():
            left.append(f"{pid} {describe(pid)}")
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        return left
