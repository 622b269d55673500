# SPDX-License-Identifier: Apache-2.0
"""Real servers that tests need, from Debian's packages, on free ports and with data that goes with them."""

import contextlib
import os
import pathlib
import pwd
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time


def free_ports(count):
    """Ports that nobody listens on, of those that the system gives to no connection: a server that is down for a while
    finds its own free."""
    first_ephemeral = int(pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    found = []
    while len(found) < count:
        port = random.randrange(10_000, first_ephemeral)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            if port not in found:
                found.append(port)
    return found


def free_port():
    return free_ports(1)[0]


class Server:
    """A server process with its data in a temporary folder."""

    name = user = None
    _stop_signal = signal.SIGTERM

    def __init__(self, durable=False):
        self.durable = durable
        memory = pathlib.Path("/dev/shm")
        home = None if durable or not os.access(memory, os.W_OK) else memory
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix=f"qinling-{self.name}-", dir=home))
        self.data = self.folder / "data"
        self.log = self.folder / "log"
        self.port = free_port()
        self._process = None
        if os.getuid() == 0:
            owner = pwd.getpwnam(self.user)
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)

    def _as_user(self, command):
        if os.getuid() != 0:
            return command
        return ["setpriv", f"--reuid={self.user}", f"--regid={self.user}", "--init-groups", *command]

    def _run(self, command):
        done = subprocess.run(
            self._as_user([str(word) for word in command]), cwd=self.folder, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{command[0]} failed:\n{done.stdout}")

    def start(self):
        """Starts the server on its port, also after stop() or kill(), and waits until it serves."""
        is_new = not self.data.exists()
        self.start_process()
        self.wait_ready()
        if is_new:
            self._prepare()

    def start_process(self):
        if not self.data.exists():
            self._run(self._installation())
        with open(self.log, "ab") as log:
            self._process = subprocess.Popen(
                self._as_user([str(word) for word in self._command()]), cwd=self.folder, stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, start_new_session=True)

    def wait_ready(self):
        deadline = time.monotonic() + 60
        while not self._is_ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{self.name} does not start:\n{self.log.read_text(errors='replace')[-3000:]}")
            time.sleep(0.05)

    def is_alive(self):
        return self._process is not None and self._process.poll() is None

    def pause(self):
        """It neither answers nor ends, until resume()."""
        self._process.send_signal(signal.SIGSTOP)

    def resume(self):
        self._process.send_signal(signal.SIGCONT)

    def stop(self):
        self._end(self._stop_signal)

    def kill(self):
        self._end(signal.SIGKILL)

    def _end(self, how):
        if self.is_alive():
            self._process.send_signal(how)
            self.resume()  # A paused one does not see the signal.
            self._process.wait(60)

    def remove(self):
        self.stop()
        shutil.rmtree(self.folder)

    def _prepare(self):
        """What a new server needs once it serves."""


def ending_on_sigterm():
    """Has SIGTERM end this process as an exception does, so that what it started goes with it."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


def run(command, variables):
    """Runs a command with these variables in its environment, and ends it with us; returns its exit code."""
    process = subprocess.Popen(command, env={**os.environ, **variables})
    try:
        return process.wait()
    except BaseException:
        process.terminate()
        process.wait()
        raise
