# SPDX-License-Identifier: Apache-2.0
"""What happened to the executions of a run, and whether it is what PROMISES.md says: pure functions."""

import collections
import dataclasses

FINAL = {"success", "failed", "error"}
# What users are told when the service cannot take a call: at its limits, or without what it needs.
REFUSALS = {429, 503}
# It may have run, but who ran it could not record its end in time.
UNKNOWN = 504
# A fault is felt for this many seconds after its end: sessions last so long, and a paused process goes on where it was.
AFTERMATH = 10
# As often is an asynchronous execution tried that engines were lost with: the default of [api] async_max_attempts.
MAX_ATTEMPTS = 5
# What a worker says of an execution that it had to end: deploy/runtimes/PROTOCOL.md.
TOLD_BY_WORKERS = ("Function execution timeout.", "Function execution failed because of too much resource consumption",
                   "Function process ", "Function execution cancelled.")


@dataclasses.dataclass
class Call:
    """What a client asked, when (monotonic seconds), and what it was told.

    `answer` is the HTTP status, 0 when no api took the call, None when it was sent and no whole answer came. `function`
    names the function and its version, `expected` is the (status, output) of an execution that is not disturbed."""

    id: str
    function: str
    sync: bool
    expected: tuple
    started: float
    ended: float = 0
    api: str = ""
    answer: int | None = None
    status: str | None = None
    output: object = None
    retry_after: bool = False
    # A call of a cluster without faults, which has no excuse.
    must_succeed: bool = False


@dataclasses.dataclass
class Record:
    """An execution in the database."""

    id: str
    status: str
    sync: bool
    output: object = None
    attempts: int = 1
    # Why the platform could not run it.
    error: str | None = None


@dataclasses.dataclass
class Run:
    """What a worker wrote when it ran an execution; without an end when it was ended."""

    call: str
    function: str
    engine: str
    worker: str
    started: float
    ended: float | None = None


@dataclasses.dataclass
class Injected:
    """A fault as it was, with the names of the processes that it hurt: engine1, api0, m2, database."""

    kind: str
    targets: list
    since: float
    until: float


@dataclasses.dataclass
class History:
    calls: list
    records: list
    runs: list
    faults: list
    # Every final state that was ever seen of an execution: triples of id, status and a digest of its result.
    seen: set = dataclasses.field(default_factory=set)


@dataclasses.dataclass
class Violation:
    rule: str
    call: str
    evidence: list


@dataclasses.dataclass
class Verdict:
    counts: dict
    violations: list

    @property
    def is_good(self):
        return not self.violations


def check(history):
    return _Check(history).verdict()


class _Check:
    def __init__(self, history):
        self.history = history
        self.records = collections.defaultdict(list)
        for record in history.records:
            self.records[record.id].append(record)
        self.runs = collections.defaultdict(list)
        for run in sorted(history.runs, key=lambda run: run.started):
            self.runs[run.call].append(run)
        self.violations = []
        self.counts = collections.Counter()

    def verdict(self):
        for call in self.history.calls:
            self._check_record(call)
            self._check_answer(call)
            self._check_runs(call)
            self._count(call)
        self._check_seen()
        self._check_workers()
        self._check_origins()
        by_rule = collections.Counter(violation.rule for violation in self.violations)
        counts = {name: self.counts[name] for name in (
            "calls", "accepted", "finished once", "finished after a retry", "ended as error", "refused", "without an answer")}
        counts["lost"] = by_rule["an accepted execution has a record"] + by_rule["nothing stays running"] \
            + by_rule["an asynchronous success has run"] + by_rule["an asynchronous error has a cause"]
        counts["doubled without cause"] = by_rule["what runs twice has a cause"] \
            + by_rule["a synchronous execution runs at most once"]
        return Verdict(counts, self.violations)

    def _violated(self, rule, call, *evidence):
        name = call if isinstance(call, str) else call.id
        known = [] if isinstance(call, str) else [call]
        self.violations.append(Violation(rule, name, [
            *known, *self.records.get(name, []), *self.runs.get(name, []), *evidence]))

    def _record(self, call):
        found = self.records.get(call.id)
        return found[0] if found else None

    def _check_record(self, call):
        record = self._record(call)
        if len(self.records.get(call.id, [])) > 1:
            self._violated("an execution has one record", call)
        if record is None:
            if call.answer == 201:
                self._violated("an accepted execution has a record", call)
            elif self.runs.get(call.id) and not self._excused_by_database(call):
                self._violated("what runs has a record", call)
            return
        if record.status not in FINAL:
            self._violated("nothing stays running", call)
        elif record.status == "success" and (record.status, record.output) != tuple(call.expected):
            self._violated("an output is that of the call", call)
        elif record.status == "failed" and (record.status, record.output) != tuple(call.expected) \
                and not str(record.output).startswith(TOLD_BY_WORKERS):
            self._violated("an output is that of the call", call)
        # What nobody waits for is tried until it was run, or until that many engines were lost with it.
        elif record.status == "error" and not call.sync and record.attempts < MAX_ATTEMPTS:
            self._violated("an asynchronous error has a cause", call)

    def _check_answer(self, call):
        record = self._record(call)
        if call.must_succeed and (call.answer, call.status, call.output) != (201, *call.expected):
            self._violated("without faults all works", call)
        if call.answer == 201 and call.sync:
            if record is not None and (call.status, call.output) != (record.status, record.output):
                self._violated("a synchronous caller is told what is recorded", call)
        elif call.answer not in (201, 0, None):
            if call.answer not in REFUSALS and not self._is_unknown(call):
                self._violated("a refusal is 429 or 503", call)
            if call.answer == 429 and not call.retry_after:
                self._violated("429 says when to try again", call)
        # When the database is away the service cannot tell whether it has what it has sent there.
        if call.answer not in (201, None) and self.runs.get(call.id) and not self._is_unknown(call) \
                and not (call.answer == 503 and self._excused_by_database(call)):
            self._violated("what is refused never runs", call)

    def _is_unknown(self, call):
        """Whether it was said that it may have run, where that cannot be told: the end is not recorded, or an error."""
        record = self._record(call)
        return call.answer == UNKNOWN and (
            self._excused_by_database(call) or record is not None and record.status == "error")

    def _excused_by_database(self, call):
        return any("database" in fault.kind and fault.since <= (call.ended or call.started) + AFTERMATH
                   and fault.until + AFTERMATH >= call.started for fault in self.history.faults)

    def _check_runs(self, call):
        runs = self.runs.get(call.id, [])
        record = self._record(call)
        if call.sync and len(runs) > 1:
            self._violated("a synchronous execution runs at most once", call)
        if not call.sync:
            for first, second in zip(runs, runs[1:]):
                if not self._has_cause(first, second):
                    self._violated("what runs twice has a cause", call, *self._faults_around(first, second))
        if record is not None and record.status == "success" and not any(run.ended for run in runs):
            rule = "a synchronous" if call.sync else "an asynchronous"
            self._violated(f"{rule} success has run", call)

    def _has_cause(self, first, second):
        return any(self._hurts(fault, first.engine) for fault in self._faults_around(first, second))

    def _faults_around(self, first, second):
        return [fault for fault in self.history.faults
                if fault.since <= second.started and fault.until + AFTERMATH >= first.started]

    def _hurts(self, fault, engine):
        """Whether it may take an engine's work away from it: the engine itself, its links, or all its sessions, which end
        with the majority of etcd's members and not with one of them."""
        return engine in fault.targets and "store" not in fault.kind or fault.kind == "kill-quorum"

    def _check_seen(self):
        states = collections.defaultdict(set)
        for execution, status, digest in self.history.seen:
            states[execution].add((status, digest))
        for execution, found in states.items():
            if len(found) > 1:
                self._violated("a final state is written once", execution, *sorted(found))

    def _check_workers(self):
        functions = collections.defaultdict(dict)
        for run in self.history.runs:
            functions[run.worker].setdefault(run.function, run)
        for runs in functions.values():
            if len(runs) > 1:
                self._violated("a worker belongs to one function version", "", *runs.values())

    def _check_origins(self):
        """A function runs for its own calls and for nobody else's."""
        asked = {call.id: call for call in self.history.calls}
        for run in self.history.runs:
            call = asked.get(run.call)
            if call is None or call.function != run.function:
                self._violated("a function runs what it was called for", run.call, run)

    def _count(self, call):
        record = self._record(call)
        runs = len(self.runs.get(call.id, []))
        self.counts["calls"] += 1
        if call.answer is None:
            self.counts["without an answer"] += 1
        elif call.answer != 201:
            self.counts["refused"] += 1
        else:
            self.counts["accepted"] += 1
            if record is not None and record.status in FINAL:
                self.counts[
                    "ended as error" if record.status == "error" else
                    "finished once" if runs <= 1 else "finished after a retry"] += 1
