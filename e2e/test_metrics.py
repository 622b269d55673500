# SPDX-License-Identifier: Apache-2.0
"""Metrics: what both services tell Prometheus, and the dashboard and the table made of it."""

import collections
import contextlib
import json
import os
import pathlib
import re
import signal
import unittest
import urllib.request

from harness import TOP, Qinling, QinlingTest, uid_of, wait_for
from keystone import Keystone
from servers import free_ports

SOMETIMES = """\
def main(fail=False, **kwargs):
    if fail:
        raise ValueError("as it was told")
    return 42
"""
USER = "import os\ndef main(**kwargs):\n    return os.getuid()\n"
SAMPLE = re.compile(r'^(\w+)(?:\{(.*)\})? (\S+)$')
LABEL = re.compile(r'(\w+)="([^"]*)"')
OF_PROMETHEUS = {"instance", "job", "le"}

_keystone = None
_qinling = None
_ports = None


def setUpModule():
    """Services with a Keystone, so that there is a memory of tokens."""
    global _keystone, _qinling, _ports
    _keystone = Keystone()
    unittest.addModuleCleanup(_keystone.end)
    _ports = free_ports(2)
    _qinling = Qinling({
        "api": {"enable_metrics": "true", "metrics_port": _ports[0]},
        # The worker of a function stays until it has been counted.
        "engine": {"enable_metrics": "true", "metrics_port": _ports[1], "function_service_expiration": 60},
        "pecan": {"auth_enable": "true"},
        "keystone_authtoken": _keystone.options(token_cache_time=300)})
    unittest.addModuleCleanup(_qinling.end)
    _keystone.start(function_engine=_qinling.url)
    _qinling.with_token(_keystone.token("admin", "admin")).start()


class Metrics:
    """What one service tells."""

    def __init__(self, port):
        request = urllib.request.Request(f"http://127.0.0.1:{port}/q/metrics", headers={"Accept": "text/plain"})
        with urllib.request.urlopen(request, timeout=20) as answer:
            text = answer.read().decode()
        self.families = set(re.findall(r"^# TYPE (\w+) ", text, re.MULTILINE))
        self.labels = collections.defaultdict(set)
        self._values = {}
        for line in text.splitlines():
            if not line.startswith("#"):
                name, labels, value = SAMPLE.match(line).groups()
                labels = LABEL.findall(labels or "")
                self.labels[name].update(label for label, _ in labels)
                self._values[name, frozenset(labels)] = float(value)

    def value(self, name, **labels):
        return self._values[name, frozenset(labels.items())]


def listeners(pid):
    """Addresses in hexadecimal, and ports, that a process listens on."""
    inodes = set()
    for descriptor in pathlib.Path(f"/proc/{pid}/fd").iterdir():
        try:
            inodes.update(re.findall(r"^socket:\[(\d+)\]$", str(descriptor.readlink())))
        except FileNotFoundError:
            pass  # It was closed meanwhile.
    found = []
    for table in ("tcp", "tcp6"):
        for line in pathlib.Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in inodes:
                address, port = fields[1].split(":")
                found.append((address, int(port, 16)))
    return found


class TestMetrics(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.q = _qinling.with_token(_keystone.token("admin", "admin"))
        cls.runtime = cls.q.runtime()

    def test_both_services_count_what_a_function_does(self):
        function = self.q.upload(SOMETIMES, runtime_id=self.runtime).json["id"]
        self.addCleanup(self.q.delete, f"/v1/functions/{function}")
        api, engine = Metrics(_ports[0]), Metrics(_ports[1])

        for _ in range(3):
            self.assertEqual(self.q.run(function)["status"], "success")
        self.assertEqual(self.q.run(function, {"fail": True})["status"], "failed")

        def more(before, port, name, **labels):
            return Metrics(port).value(name, **labels) - before.value(name, **labels)

        def by_status(before, port, name, *more_statuses):
            return {status: more(before, port, name, status=status)
                    for status in ("success", "failed", "error", "refused", *more_statuses)}

        ended = {"success": 3, "failed": 1, "error": 0, "refused": 0}
        self.assertEqual(by_status(api, _ports[0], "qinling_executions_total"), ended)
        self.assertEqual(more(api, _ports[0], "qinling_execution_seconds_count"), 4)
        self.assertGreater(more(api, _ports[0], "qinling_execution_seconds_sum"), 0)
        self.assertGreaterEqual(more(api, _ports[0], "qinling_journal_commit_seconds_count"), 4)
        self.assertGreaterEqual(more(api, _ports[0], "qinling_journal_changes_total"), 4)
        self.assertEqual(more(api, _ports[0], "qinling_token_cache_requests_total", result="hit"), 4)
        self.assertEqual(more(api, _ports[0], "qinling_token_cache_requests_total", result="miss"), 0)
        for name in ("open", "waiting", "kept"):
            self.assertEqual(Metrics(_ports[0]).value(f"qinling_journal_{name}"), 0, name)
        self.assertEqual(Metrics(_ports[0]).value("qinling_engines"), 1)

        # The engine counts an execution after it has answered.
        wait_for(lambda: by_status(engine, _ports[1], "qinling_runs_total", "not_run") == {**ended, "not_run": 0},
                 "the engine has counted all")
        wait_for(lambda: more(engine, _ports[1], "qinling_run_seconds_count") == 4, "and their times")
        self.assertEqual(more(engine, _ports[1], "qinling_wait_seconds_count"), 4)
        self.assertEqual(more(engine, _ports[1], "qinling_cold_starts_seconds_count"), 1)
        self.assertGreater(more(engine, _ports[1], "qinling_cold_starts_seconds_sum"), 0)
        now = Metrics(_ports[1])
        self.assertEqual(now.value("qinling_queue_length"), 0)
        self.assertEqual(now.value("qinling_executions_open"), 0)
        for state, workers in (("taken", 1), ("free", 2)):
            wait_for(lambda: Metrics(_ports[1]).value(
                "qinling_pool_workers", runtime=self.runtime, state=state) == workers, f"{workers} are {state}")

    def test_a_worker_that_dies_shows_as_trouble_of_placement(self):
        function = self.q.upload(USER, runtime_id=self.runtime).json["id"]
        self.addCleanup(self.q.delete, f"/v1/functions/{function}")
        user = self.q.run(function)["result"]["output"]

        def warnings():
            return Metrics(_ports[1]).value("qinling_errors_total", component="placement", level="warning")

        before = warnings()
        # Not those in the pool, which the next function needs.
        for process in self.q.worker_processes():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                if uid_of(process) == user:
                    os.kill(process, signal.SIGKILL)

        wait_for(lambda: warnings() > before, "the warning is counted")

    def test_metrics_are_on_the_loopback_address_and_not_where_the_api_is(self):
        for service, port in ((_qinling.api, _ports[0]), (_qinling.engine, _ports[1])):
            addresses = [address for address, its in listeners(service.pid) if its == port]
            self.assertEqual(len(addresses), 1, service.name)
            self.assertTrue(addresses[0].endswith("0100007F"), addresses)
        for user in (self.q, _qinling.with_token("")):
            self.assertEqual(user.get("/q/metrics").status, 404)

    def test_no_metric_tells_users_apart(self):
        allowed = {"status", "result", "component", "level", "runtime", "state", "le"}
        for port in _ports:
            labels = Metrics(port).labels
            self.assertEqual(
                {name: its - allowed for name, its in labels.items() if name.startswith("qinling_") and its - allowed}, {})

    def test_the_table_has_all_metrics_and_no_others(self):
        documented = set(re.findall(r"^\| `(qinling_\w+)", (TOP / "docs/metrics.md").read_text(), re.MULTILINE))
        families = Metrics(_ports[0]).families | Metrics(_ports[1]).families
        self.assertEqual(
            documented,
            {family.removesuffix("_max") for family in families if family.startswith("qinling_")})

    def test_the_dashboard_asks_for_metrics_that_exist(self):
        labels = {**Metrics(_ports[0]).labels, **Metrics(_ports[1]).labels}
        dashboard = json.loads((TOP / "deploy/grafana/qinling.json").read_text())
        questions = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
        self.assertGreater(len(questions), 10)
        for question in questions:
            with self.subTest(question):
                names = re.findall(r"\b(?:qinling|jvm|process|system)_\w+", question)
                self.assertTrue(names)
                self.assertLessEqual(set(names), set(labels))
                known = OF_PROMETHEUS.union(*(labels[name] for name in names))
                wanted = re.findall(r"(\w+)=", question)
                for group in re.findall(r"by \(([^)]*)\)", question):
                    wanted += group.split(", ")
                self.assertLessEqual(set(wanted), known)


class TestWithoutMetrics(QinlingTest):
    def test_nothing_listens_unless_the_operator_wants_it(self):
        for service in (self.q.api, self.q.engine):
            self.assertEqual([port for _, port in listeners(service.pid)], [service.port])
