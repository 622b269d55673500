# SPDX-License-Identifier: Apache-2.0
"""A slot: room for one execution, and the executor process that runs it."""

import os
import signal
import socket
from time import monotonic

import frame
from execution import CANCELLED, RESOURCES, TIMEOUT
from log import Log
from loop import READ, READ_WRITE, WRITABLE

EMPTY, STARTING, IDLE, BUSY, LEAVING = "empty", "starting", "idle", "busy", "leaving"

_DISCONNECTED = "Function closed the connection of its process to the worker."
_GARBAGE = "Function wrote to the connection of its process to the worker."
# An executor that exits closes its connection a moment before it can be reaped.
_EXIT_GRACE = 0.25


class Slot:
    """`execution` is the one that runs here or waits for the executor to be ready; None if the slot is free."""

    def __init__(self, index, events, worker):
        self.index = index
        self.state = EMPTY
        self.execution = None
        self._loop = events
        self._worker = worker
        self._socket = None
        self._log = None
        self._sequence = 0
        self._input = b""
        self._parts = None
        self._missing = 0
        self._output = None
        self._why = None  # the output of the execution whose executor the server has killed
        self._answer = None  # of an executor that ends with it: success, output
        self._timed_out = self._time_out

    def start(self):
        """Has an executor forked."""
        self.state = STARTING
        self._why = self._answer = None
        self._input = b""
        self._parts = self._output = None
        self._socket, theirs = socket.socketpair()
        self._socket.setblocking(False)
        reading, writing = os.pipe()
        self._log = Log(self._loop, reading)
        self._loop.watch(self._socket.fileno(), self._ready)
        self._worker.zygote.spawn(self.index, theirs.fileno(), writing)
        theirs.close()
        os.close(writing)

    def take(self, execution):
        self.execution = execution
        if self.state is IDLE:
            self._dispatch()
        elif self.state is EMPTY and self._worker.zygote_ready:
            self.start()

    def cancel(self):
        if self.state is BUSY:
            self._end(CANCELLED)
        elif self.state is not LEAVING:
            execution = self._release()
            execution.fail(CANCELLED)

    def gone(self, status):
        """The executor and all its descendants have ended."""
        was_starting = self.state is STARTING
        self._close_socket()
        text = self._log.text()
        self._log.close()
        self.state = EMPTY
        execution = self.execution
        if execution and execution.started is None and not was_starting:
            if self._worker.zygote_ready:
                self.start()
            return
        if execution:
            self._release()
            execution.log = text
            if self._answer:
                execution.finish(*self._answer)
            else:
                execution.fail(self._why or ended(status))
        self._worker.slot_emptied(self, was_starting, status, text)

    def give_up(self, output):
        """The execution that waits here will not get an executor."""
        if self.execution:
            self._release().fail(output)

    def _dispatch(self):
        execution = self.execution
        self.state = BUSY
        self._sequence = self._sequence + 1 & 0x7FFFFFFF
        self._log.start(self._worker.max_log)
        data = frame.pack(self._sequence, frame.REQUEST, execution.body)
        try:
            sent = self._socket.send(data)
        except BlockingIOError:
            sent = 0
        except OSError:
            self._leave()  # it has ended while idle: the execution waits for the next one
            return
        execution.body = None
        execution.started = now = monotonic()
        self._loop.at(now + execution.timeout, self._timed_out)
        self._worker.share.begun()
        if sent < len(data):
            self._output = memoryview(data)[sent:]
            self._loop.change(self._socket.fileno(), READ_WRITE)

    def _ready(self, events):
        if events & WRITABLE:
            self._flush()
        if events & ~WRITABLE:
            self._read()

    def _flush(self):
        try:
            self._output = self._output[self._socket.send(self._output) :]
        except BlockingIOError:
            return
        except OSError:
            self._output = None
        if not self._output:
            self._output = None
            self._loop.change(self._socket.fileno(), READ)

    def _read(self):
        try:
            data = self._socket.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._disconnected()
            return
        if self._parts is not None:
            self._parts.append(data)
            self._missing -= len(data)
            if self._missing > 0:
                return
            data = b"".join(self._parts)
            self._parts = None
        elif self._input:
            data = self._input + data
            self._input = b""
        if len(data) < frame.HEADER_SIZE:
            self._input = data
            return
        length, sequence, kind = frame.HEADER.unpack_from(data)
        missing = frame.HEADER_SIZE + length - len(data)
        expected = self._sequence if self.state is BUSY else 0 if self.state is STARTING else -1
        if sequence != expected or missing < 0 or length > self._worker.max_answer:
            self._end(_GARBAGE)
        elif missing:
            self._parts = [data]
            self._missing = missing
        elif self.state is STARTING:
            self.state = IDLE
            self._worker.slot_ready()
            if self.execution and self.state is IDLE:
                self._dispatch()
        else:
            self._answered(kind, data[frame.HEADER_SIZE :])

    def _answered(self, kind, payload):
        if kind == frame.SUCCESS or kind == frame.FAILURE:
            self._loop.cancel(self._timed_out)
            self.state = IDLE
            execution = self._release()
            execution.log = self._log.text()
            execution.finish(kind == frame.SUCCESS, payload)
        elif kind == frame.INVALID:
            self._loop.cancel(self._timed_out)
            self.state = IDLE
            self._release().refuse(payload)
        elif kind & frame.RETIRING:
            self._answer = kind & ~frame.RETIRING == frame.SUCCESS, payload
            self._leave()
        else:
            self._end(_GARBAGE)

    def _release(self):
        execution = self.execution
        self.execution = None
        self._worker.released(execution)
        return execution

    def _disconnected(self):
        self._close_socket()
        if self.state is BUSY:
            self._loop.at(monotonic() + _EXIT_GRACE, self._overdue)
        elif self.state is not LEAVING:
            self._leave()

    def _time_out(self):
        self._end(TIMEOUT)

    def _overdue(self):
        self._end(_DISCONNECTED)

    def _end(self, why):
        if self.state is not LEAVING:
            self._why = why
            self._leave()

    def _leave(self):
        """Makes sure that the executor ends; gone() follows."""
        if self.state is not STARTING:
            self.state = LEAVING
        self._close_socket()
        self._worker.zygote.end(self.index)

    def _close_socket(self):
        self._loop.cancel(self._timed_out)
        self._loop.cancel(self._overdue)
        if self._socket:
            self._loop.forget(self._socket.fileno())
            self._socket.close()
            self._socket = None


def ended(status):
    """The output of an execution whose process has ended by itself."""
    if os.WIFEXITED(status):
        return "Function process ended with exit code %d." % os.WEXITSTATUS(status)
    number = os.WTERMSIG(status)
    if number == signal.SIGKILL:
        return RESOURCES
    try:
        return "Function process was killed by %s." % signal.Signals(number).name
    except ValueError:
        return "Function process was killed by signal %d." % number
