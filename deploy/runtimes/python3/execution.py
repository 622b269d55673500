# SPDX-License-Identifier: Apache-2.0
"""One execution, from its request to its answer."""

import json
from time import monotonic

TIMEOUT = "Function execution timeout."
CANCELLED = "Function execution cancelled."
RESOURCES = "Function execution failed because of too much resource consumption"

_ANSWER = b'{"output": %b, "duration": %.3f, "logs": %b, "success": %b}'
_encode = json.JSONEncoder().encode


class Execution:
    __slots__ = ("id", "body", "timeout", "started", "log", "_connection")

    def __init__(self, connection, id, timeout, body):
        self.id = id
        self.body = body
        self.timeout = timeout
        self.started = None  # monotonic time at which an executor got it
        self.log = ""
        self._connection = connection

    def finish(self, success, output):
        """Answers with JSON text that the function returned, or that says how it failed."""
        self._write(success, output, "Start execution: %s\n%sFinished execution: %s\n" % (self.id, self.log, self.id))

    def fail(self, why):
        """Answers for an execution that did not come to its end."""
        self._write(False, _encode(why).encode(), "Start execution: %s\n%s" % (self.id, self.log))

    def refuse(self, reason):
        self._connection.error(400, json.loads(reason))

    def _write(self, success, output, logs):
        duration = monotonic() - self.started if self.started is not None else 0.0
        self._connection.answer(
            _ANSWER % (output, duration, _encode(logs).encode(), b"true" if success else b"false")
        )
