# SPDX-License-Identifier: Apache-2.0
"""The worker: loads one function and places its executions on slots."""

import os
import sys
from time import monotonic

import linux
import slot
from cpu import Share
from execution import Execution
from slot import EMPTY, IDLE, LEAVING, STARTING, Slot
from zygote_link import ZygoteLink


class Load:
    """A function on its way in; `connection` is None when it is loaded once more after its zygote ended."""

    def __init__(self, connection, options, max_log):
        self.connection = connection
        self.options = options
        self.max_log = max_log
        self.failure = None  # output, HTTP status
        self.log = ""


class Worker:
    def __init__(self, events, settings):
        self._loop = events
        self._settings = settings
        self._slots = [Slot(index, events, self) for index in range(settings.slots)]
        self._running = {}  # execution id -> slot
        self._cancelling = {}  # execution id -> connections that asked for it
        self._load = None  # the Load under way
        self._function = None  # the Load that succeeded
        self.zygote_ready = False
        self.max_log = 0
        self.max_answer = 0
        self.share = Share(events, lambda: self._running)
        self._start_zygote()

    # What callers ask for

    def has_function(self):
        """Whether a function is loaded, or being loaded."""
        return bool(self._load or self._function)

    def load(self, connection, options, max_log, package):
        if self.has_function():
            connection.error(409, "A function is loaded already.")
            return
        options["code"] = os.path.join(self._settings.folder, "code")
        options["scratch"] = self._settings.scratch
        options["cgroups"] = self._settings.cgroups
        options["processes"] = self._settings.processes
        self._begin(Load(connection, options, max_log), package)

    def describe(self, connection):
        if not self._function:
            connection.error(409, "No function is loaded.")
            return
        options = self._function.options
        connection.answer_json(200, {name: options[name] for name in ("function", "version", "digest")})

    def execute(self, connection, id, timeout, body):
        if not self._function:
            connection.error(409, "No function is loaded.")
            return
        if id in self._running:
            connection.error(409, "Execution %s is running already." % id)
            return
        free = self._free_slot()
        if free is None:
            connection.error(429, "All slots are busy.")
            return
        self._running[id] = free
        free.take(Execution(connection, id, timeout, body))

    def cancel(self, connection, id):
        place = self._running.get(id)
        if place is None:
            connection.error(404, "Execution %s is not running." % id)
            return
        self._cancelling.setdefault(id, []).append(connection)
        place.cancel()

    # What slots report

    def released(self, execution):
        del self._running[execution.id]
        if not self._running:
            self.share.ended()
        if self._cancelling:
            for connection in self._cancelling.pop(execution.id, ()):
                connection.answer_raw(204, b"")

    def slot_ready(self):
        load = self._load
        if load:
            self._loop.cancel(self._load_timed_out)
            self._load = None
            self._function = load
            if load.connection:
                load.connection.answer_json(200, {})
            for place in self._slots:
                if place.execution and place.state is EMPTY:
                    place.start()

    def slot_emptied(self, place, was_starting, status, text):
        if not self.zygote_ready:
            return
        if self._load:
            self._load.log += text
            self._fail_load(slot.ended(status))
        elif not was_starting and not any(other.state in (IDLE, STARTING) for other in self._slots):
            place.start()

    # Placement

    def _free_slot(self):
        free = [place for place in self._slots if place.execution is None]
        for wanted in IDLE, STARTING, EMPTY, LEAVING:
            for place in free:
                if place.state is wanted:
                    return place
        return None

    # The zygote and what it has loaded

    def _start_zygote(self):
        for folder in os.path.join(self._settings.folder, "code"), self._settings.scratch:
            os.makedirs(folder, exist_ok=True)
        self.zygote = ZygoteLink(self._loop, self._settings.environment, self._zygote_message)

    def _begin(self, load, package):
        self._load = load
        self.max_log = load.max_log
        self.max_answer = load.options["max_result"] + 65536
        self._loop.at(monotonic() + load.options["timeout"], self._load_timed_out)
        self.zygote.log.start(load.max_log)
        self.zygote.load(load.options, package)

    def _zygote_message(self, message):
        kind = message["op"]
        if kind == "gone":
            self._slots[message["slot"]].gone(message["status"])
        elif kind == "loaded" and self._load:
            self.zygote_ready = True
            self.share.limit(self._share_of(self._load.options), self.zygote.pid)
            self._slots[0].start()
        elif kind == "failed" and self._load:
            self._fail_load(message["output"], message["status"])

    def _share_of(self, options):
        """Processors that all executions together may use; 0 where cgroups see to that."""
        return 0 if self._settings.cgroups else options["cpu"] / 1000 * self._settings.slots

    def _load_timed_out(self):
        self._fail_load("Function could not be loaded within %g seconds." % self._load.options["timeout"])

    def _fail_load(self, output, status=422):
        """The zygote is of no more use; the answer follows once it has ended."""
        if not self._load.failure:
            self._load.failure = output, status
            self.zygote.kill()

    def reap(self):
        """Reaps what has ended: the zygote, or an orphan that became a child of this process."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if pid == self.zygote.pid:
                self._zygote_ended(status)

    def _zygote_ended(self, status):
        self.zygote_ready = False
        linux.kill_children()
        self.zygote.close()
        log = self.zygote.log.text()
        self.zygote.log.close()
        for place in self._slots:
            if place.state is not EMPTY:
                place.gone(status)
        load, self._load = self._load, None
        if load:
            self._loop.cancel(self._load_timed_out)
            self._function = None
            output, code = load.failure or (slot.ended(status), 422)
            self._start_zygote()
            self._answer_failed(load, output, code, load.log + log)
        elif self._function:
            self._start_zygote()
            self._begin(Load(None, self._function.options, self._function.max_log), None)
        else:
            sys.exit("The zygote ended before it had anything to load: " + log)

    def _answer_failed(self, load, output, code, log):
        if load.connection is None:
            for place in self._slots:
                place.give_up(output)
        elif code == 400:
            load.connection.error(400, output)
        else:
            load.connection.answer_json(code, {"output": output, "logs": log})
