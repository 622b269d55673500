# SPDX-License-Identifier: Apache-2.0
"""Carries out a schedule on a cluster, and heals it again."""

import collections
import contextlib
import threading
import time

from harness import wait_for
from history import Injected
from network import Cut


class Faults:
    """Each fault has a thread of its own; what it did is in `injected`, what went wrong with it in `failures`."""

    def __init__(self, cluster, report=print):
        self.injected = []
        self.failures = []
        # How long each graceful stop took, in seconds.
        self.stops = []
        self._cluster = cluster
        self._report = report
        self._threads = []
        # Held while a process goes away and comes back: a fault that is due then waits for it, and may well hit the start.
        self._locks = {process.name: threading.RLock() for process in cluster.processes}
        self._starts = collections.Counter()
        self._ended = threading.Event()

    def start(self, faults, begin):
        """Does all at their times, which count from a moment of the monotonic clock."""
        for fault in faults:
            thread = threading.Thread(target=self._do, args=(fault, begin), daemon=True)
            self._threads.append(thread)
            thread.start()

    def wait(self):
        """Until all are healed."""
        for thread in self._threads:
            thread.join()

    def abandon(self):
        """Heals what is not healed yet, and begins nothing."""
        self._ended.set()
        self.wait()

    def _do(self, fault, begin):
        if self._ended.wait(max(0, begin + fault.at - time.monotonic())):
            return
        verb, _, thing = fault.kind.partition("-")
        carry_out = getattr(self, f"_{verb}")
        injected = Injected(fault.kind, [], time.monotonic(), float("inf"))
        self.injected.append(injected)
        try:
            with carry_out(thing, fault, injected.targets):
                self._report(f"{time.monotonic() - begin:7.1f} s  {fault.kind} {' '.join(injected.targets)} "
                             f"{fault.detail}")
                self._ended.wait(max(0, begin + fault.until - time.monotonic()))
        except Exception as failed:
            self.failures.append(f"{fault}: {failed}")
        injected.until = time.monotonic()
        self._report(f"{injected.until - begin:7.1f} s  {fault.kind} {' '.join(injected.targets)} is over")

    def _process(self, thing, number):
        return {"engine": self._cluster.engines, "api": self._cluster.apis}[thing][number]

    @contextlib.contextmanager
    def _kill(self, thing, fault, targets):
        if thing in ("member", "quorum", "database"):
            servers = self._servers(thing, fault.target, targets)
            for server in servers:
                server.kill()
            try:
                yield
            finally:
                for server in servers:
                    server.start_process()
                for server in servers:
                    server.wait_ready()
            return
        process = self._process(thing, fault.target)
        targets.append(process.name)
        with self._locks[process.name]:
            self._require_alive(process)
            process.service.kill()
            try:
                yield
            finally:
                self._start(process)
        self._wait_ready(process)

    def _servers(self, thing, number, targets):
        if thing == "database":
            targets.append("database")
            return [self._cluster.database]
        members = self._cluster.etcd.members
        chosen = [members[number], *([members[(number + 1) % len(members)]] if thing == "quorum" else [])]
        targets.extend(member.member for member in chosen)
        return chosen

    @contextlib.contextmanager
    def _pause(self, thing, fault, targets):
        if thing == "member":
            paused, = self._servers(thing, fault.target, targets)
            lock = contextlib.nullcontext()
        else:
            process = self._process(thing, fault.target)
            targets.append(process.name)
            paused, lock = process.service, self._locks[process.name]
        with lock:
            if thing != "member":
                self._require_alive(process)
            paused.pause()
            try:
                yield
            finally:
                paused.resume()

    @contextlib.contextmanager
    def _cut(self, thing, fault, targets):
        kind, _, peer = thing.partition("-")
        process = self._process(kind, fault.target)
        targets.append(process.name)
        links = {"": lambda: [process.front], "etcd": lambda: process.to_etcd,
                 "database": lambda: [process.to_database]}[peer]()
        for link in links:
            link.cut(Cut(fault.detail))
        try:
            yield
        finally:
            for link in links:
                link.heal()

    @contextlib.contextmanager
    def _stop(self, thing, fault, targets):
        process = self._process(thing, fault.target)
        targets.append(process.name)
        with self._locks[process.name]:
            self._terminate(process)
            try:
                yield
            finally:
                self._start(process)
        self._wait_ready(process)

    @contextlib.contextmanager
    def _shift(self, thing, fault, targets):
        process = self._process(thing, fault.target)
        targets.append(process.name)
        with self._locks[process.name]:
            self._terminate(process)
            self._start(process, int(fault.detail))
            self._wait_ready(process)
            try:
                yield
            finally:
                self._terminate(process)
                self._start(process)
        self._wait_ready(process)

    @contextlib.contextmanager
    def _fill(self, _, fault, targets):
        engine = self._cluster.engines[fault.target]
        targets.append(engine.name)
        try:
            engine.fill_store()
            yield
        finally:
            engine.clear_store()

    def _require_alive(self, process):
        if not process.service.is_alive():
            raise AssertionError(f"{process.name} has ended by itself:\n{process.service.log_tail()}")

    def _terminate(self, process):
        self._require_alive(process)
        begin = time.monotonic()
        process.service.terminate()
        self.stops.append((process.name, round(time.monotonic() - begin, 1)))

    def _start(self, process, clock_shift=0):
        self._starts[process.name] += 1
        self._cluster.start_service(process, clock_shift)

    def _wait_ready(self, process):
        """Until it serves, or another fault has ended it. It may wait itself for what is away, which returns."""
        start = self._starts[process.name]

        def is_ready_or_gone():
            with self._locks[process.name]:
                if self._starts[process.name] != start:
                    return True
                self._require_alive(process)
                return process.is_ready()

        wait_for(is_ready_or_gone, f"{process.name} is ready", 90)
