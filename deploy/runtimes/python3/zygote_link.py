# SPDX-License-Identifier: Apache-2.0
"""The server's end of the connection to a zygote process (zygote.py)."""

import json
import os
import signal
import socket
import sys
from time import monotonic

import log

# A zygote answers within a millisecond; one that does not has been stopped or damaged by the function it imported.
_PATIENCE = 10


class ZygoteLink:
    """Starts a zygote; calls on_message(message) for what it says."""

    def __init__(self, events, environment, on_message):
        self._loop = events
        self._on_message = on_message
        self._unanswered = 0
        self._reaped = False
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._socket.setblocking(False)
        reading, writing = os.pipe()
        self.log = log.Log(events, reading)
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "zygote.py")
        theirs.set_inheritable(True)
        self.pid = os.posix_spawn(
            sys.executable,
            [sys.executable, "-s", "-B", script, str(theirs.fileno()), str(os.getpid())],
            environment,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_DUP2, writing, 1),
                (os.POSIX_SPAWN_DUP2, writing, 2),
            ],
        )
        os.close(writing)
        theirs.close()
        events.watch(self._socket.fileno(), self._readable)

    def load(self, options, package):
        """Loads `package`, or once more what is unpacked already if that is None."""
        files = []
        if package is not None:
            files = [os.memfd_create("package")]
            with os.fdopen(os.dup(files[0]), "wb") as file:
                file.write(package)
        self._send({"op": "load", **options}, files)
        for fd in files:
            os.close(fd)

    def spawn(self, slot, control, output):
        self._expect({"op": "spawn", "slot": slot}, [control, output])

    def end(self, slot):
        self._expect({"op": "kill", "slot": slot})

    def kill(self):
        if not self._reaped:
            os.kill(self.pid, signal.SIGKILL)

    def close(self):
        """After the process has been reaped: handles its last words."""
        self._reaped = True
        while self._socket and self._readable():
            pass
        self._disconnect()

    def _expect(self, message, files=()):
        self._unanswered += 1
        self._loop.at(monotonic() + _PATIENCE, self.kill)
        self._send(message, files)

    def _send(self, message, files=()):
        try:
            socket.send_fds(self._socket, [json.dumps(message).encode()], files)
        except OSError:
            self.kill()

    def _readable(self, _=None):
        try:
            data = self._socket.recv(65536)
        except BlockingIOError:
            return False
        except OSError:
            data = b""
        if not data:
            self._disconnect()
            self.kill()
            return False
        message = json.loads(data)
        if message["op"] == "done":
            self._unanswered -= 1
            if self._unanswered:
                self._loop.at(monotonic() + _PATIENCE, self.kill)
            else:
                self._loop.cancel(self.kill)
        else:
            self._on_message(message)
        return True

    def _disconnect(self):
        if self._socket:
            self._loop.cancel(self.kill)
            self._loop.forget(self._socket.fileno())
            self._socket.close()
            self._socket = None
