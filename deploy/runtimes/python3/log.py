# SPDX-License-Identifier: Apache-2.0
"""What a process writes to its stdout and stderr, read from a pipe and capped."""

import codecs
import os

_CHUNK = 65536  # the capacity of a pipe, unless someone enlarged it
_MOST_CHUNKS = 64


class Log:
    def __init__(self, events, fd):
        os.set_blocking(fd, False)
        self._loop = events
        self._fd = fd
        self._limit = 1 << 20
        self._parts = []
        self._size = 0
        events.watch(fd, self._readable)

    def start(self, limit):
        """Forgets what there is, and keeps up to `limit` bytes from now on."""
        self._limit = limit
        self._parts = []
        self._size = 0

    def text(self):
        """Everything written so far, each line ended; empty for a silent process."""
        for _ in range(_MOST_CHUNKS):
            if self._fd is None or not self._readable():
                break
        if not self._parts:
            return ""
        content = b"".join(self._parts)
        self._parts = []
        if self._size <= self._limit:
            text = content.decode("utf-8", "replace")
            return text if text.endswith("\n") else text + "\n"
        # A decoder that is not told that this is the end leaves out a character cut in two.
        text = codecs.getincrementaldecoder("utf-8")("replace").decode(content[: self._limit])
        return "%s\n... log cut at %d bytes\n" % (text, self._limit)

    def close(self):
        if self._fd is not None:
            self._loop.forget(self._fd)
            os.close(self._fd)
            self._fd = None

    def _readable(self, _=None):
        try:
            data = os.read(self._fd, _CHUNK)
        except BlockingIOError:
            return False
        if not data:
            self.close()
            return False
        if self._size <= self._limit:
            self._parts.append(data)
        self._size += len(data)
        return True
