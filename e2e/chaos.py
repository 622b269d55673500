# SPDX-License-Identifier: Apache-2.0
"""A cluster under load while a seeded schedule of faults is carried out on it, and whether it kept its promises.

chaos.py [--seed N] [--minutes M | --seconds S] [--rate R] [--engines E] [--apis A] [--members M] [--interval I]
"""

import argparse
import dataclasses
import json
import pathlib
import secrets
import shutil
import sys
import threading
import time

from cluster import Cluster
from faults import Faults
from harness import wait_for
from history import History, Record, check
from load import Functions, Load, Uploads, plan
from schedule import schedule
from servers import ending_on_sigterm

# Nothing is left running this long after the last fault and the last call.
SETTLES_WITHIN = 30
# A graceful stop takes 8 s at most, of which a host under load makes more.
STOPS_WITHIN = 15
RECORDS = """SELECT JSON_OBJECT('id', id, 'status', status, 'sync', sync, 'result', result, 'attempts', attempts,
        'error', last_error)
    FROM qinling.executions;"""
STATES = "SELECT id, status, MD5(COALESCE(result, '')) FROM qinling.executions WHERE status <> 'running';"
RUNNING = "SELECT id FROM qinling.executions WHERE status = 'running';"


@dataclasses.dataclass(frozen=True)
class Settings:
    seed: int
    seconds: float
    rate: float = 30
    engines: int = 3
    apis: int = 2
    members: int = 3
    interval: float = 5
    fixed_engines: bool = False
    without: tuple = ()


class Chaos:
    """One run; `failures` holds all that should not be, in words, and is empty after a good one."""

    def __init__(self, settings, report=print):
        self.settings = settings
        self.failures = []
        self.counts = {}
        self.history = None
        self.seen = set()
        self._report = report

    def run(self, keep=None):
        """With a folder to keep, what explains a failure goes there."""
        with Cluster(
                self.settings.engines, self.settings.apis, self.settings.members, self.settings.fixed_engines) as cluster:
            try:
                cluster.start()
                self._run(cluster)
            except AssertionError as failed:
                self.failures.append(str(failed))
            finally:
                if self.failures and keep is not None:
                    self._keep(cluster, keep)

    def _run(self, cluster):
        without = list(self.settings.without)
        if not all(engine.has_own_disk for engine in cluster.engines):
            self._report("Package stores are not filled: only root can give them a file system of their own.")
            without.append("fill-store")
        if cluster.clock.reason is not None:
            self._report(f"Clocks are not shifted: {cluster.clock.reason}.")
            without += ["shift-engine", "shift-api"]
        settings = self.settings
        faults = schedule(settings.seed, settings.seconds, settings.engines, settings.apis, settings.members,
                          settings.interval, without)
        self._report(f"Schedule of seed {settings.seed}:")
        for fault in faults:
            self._report(str(fault))

        functions = Functions(cluster.folder)
        functions.create_all(cluster.apis[0].client)
        ports = [api.service.port for api in cluster.apis]
        load = Load(functions, ports)
        self._probe(load, functions, 4)
        uploads = Uploads(functions, ports, interval=4)
        arrivals = plan(settings.seed, settings.seconds, settings.rate, functions.ids, settings.apis)
        injector = Faults(cluster, self._report)
        with self._sampling(cluster):
            begin = load.start(arrivals)
            uploads.start()
            injector.start(faults, begin)
            try:
                injector.wait()
                self._report("All faults are over.")
                load.wait()
            finally:
                injector.abandon()
                uploads.stop()
            self._settle(cluster, load, functions, uploads)
        self._sample(cluster)
        self._conclude(cluster, functions, load, injector, uploads)

    def _settle(self, cluster, load, functions, uploads):
        begin = time.monotonic()
        try:
            wait_for(lambda: not self._running(cluster), "nothing runs any more", SETTLES_WITHIN)
            self._report(f"Nothing ran any more after {time.monotonic() - begin:.1f} s.")
        except AssertionError:
            self.failures.append(
                f"after {SETTLES_WITHIN} s {len(self._running(cluster))} executions still run: "
                f"{self._running(cluster)[:10]}")
        for process in cluster.processes:
            if not process.service.is_alive():
                self.failures.append(f"{process.name} has ended by itself:\n{process.service.log_tail()}")
        self._probe(load, functions, 8)

    def _probe(self, load, functions, at_once):
        names = list(functions.ids)
        for i in range(0, len(names), at_once):
            load.probe(names[i:i + at_once])

    def _running(self, cluster):
        return cluster.database.execute(RUNNING).split()

    def _sampling(self, cluster):
        chaos = self

        class Sampling:
            """Sees final states while they are young, so that one that changes is noticed."""

            def __enter__(self):
                self._stopped = threading.Event()
                self._thread = threading.Thread(target=self._run, daemon=True)
                self._thread.start()

            def _run(self):
                while not self._stopped.wait(5):
                    try:
                        chaos._sample(cluster)
                    except Exception:  # The database is away; there is a next time.
                        continue

            def __exit__(self, *_):
                self._stopped.set()
                self._thread.join()

        return Sampling()

    def _sample(self, cluster):
        self.seen.update(tuple(line.split("\t")) for line in cluster.database.execute(STATES).splitlines())

    def _records(self, cluster):
        records = []
        for line in cluster.database.execute(RECORDS).splitlines():
            # The client writes control characters and backslashes as the server's escapes.
            row = json.loads(line.replace("\\\\", "\\"))
            output = json.loads(row["result"] or "{}").get("output")
            records.append(Record(
                row["id"], row["status"], bool(row["sync"]), output, row["attempts"], row["error"]))
        return records

    def _conclude(self, cluster, functions, load, injector, uploads):
        self.history = History(load.calls, self._records(cluster), functions.runs(), injector.injected, self.seen)
        verdict = check(self.history)
        self.failures += injector.failures
        self.failures += [f"{name} took {seconds} s to stop" for name, seconds in injector.stops
                          if seconds > STOPS_WITHIN]
        by_rule = {}
        for violation in verdict.violations:
            by_rule.setdefault(violation.rule, []).append(violation)
        for rule, violations in by_rule.items():
            shown = "\n".join(
                "\n".join([f"  {violation.call}", *(f"    {each}" for each in violation.evidence)])
                for violation in violations[:5])
            self.failures.append(f"not kept, {len(violations)} times: {rule}\n{shown}")
        self.counts = {**verdict.counts, **{f"functions {name}": n for name, n in uploads.answers.items()}}
        for name, count in self.counts.items():
            self._report(f"{count:7d}  {name}")

    def _keep(self, cluster, folder):
        folder = pathlib.Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        for log in cluster.folder.glob("*.log"):
            shutil.copy(log, folder)
        (folder / "failures.txt").write_text("\n".join(self.failures))
        if self.history is not None:
            history = dataclasses.asdict(self.history)
            history["seen"] = sorted(history["seen"])
            (folder / "history.json").write_text(json.dumps(history, indent=1))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=None)
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--minutes", type=float, default=5)
    length.add_argument("--seconds", type=float)
    for name in "rate", "interval":
        parser.add_argument(f"--{name}", type=float, default=getattr(Settings, name))
    for name in "engines", "apis", "members":
        parser.add_argument(f"--{name}", type=int, default=getattr(Settings, name))
    parser.add_argument("--fixed-engines", action="store_true", help="the apis' configuration names the engines")
    parser.add_argument("--without", action="append", default=[], metavar="KIND", help="a kind of fault to leave out")
    parser.add_argument("--keep", help="where logs and history of a failure go")
    given = parser.parse_args()
    seed = secrets.randbelow(1_000_000) if given.seed is None else given.seed
    seconds = given.minutes * 60 if given.seconds is None else given.seconds
    ending_on_sigterm()
    chaos = Chaos(Settings(seed, seconds, given.rate, given.engines, given.apis, given.members, given.interval,
                           given.fixed_engines, tuple(given.without)))
    keep = given.keep or f"/tmp/qinling-chaos-{seed}"
    chaos.run(keep)
    if not chaos.failures:
        print(f"Seed {seed}: all promises were kept.")
        return 0
    print("\n".join(chaos.failures))
    print(f"Seed {seed}: FAILED. Logs of the services and the history are in {keep}.")
    print(f"The same again: deploy/chaos.sh --seed {seed} --minutes {seconds / 60:g}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
