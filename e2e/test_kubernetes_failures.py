# SPDX-License-Identifier: Apache-2.0
"""What goes wrong in a real Kubernetes, what users see of it, and that the service goes on."""

import json
import socket
import ssl
import time
import unittest
import urllib.parse

from harness import Concurrently, Qinling, QinlingTest, wait_for
from kubernetes import kubernetes
from network import Cut, Network
from servers import free_port
from test_kubernetes import HELLO, options, remove_everything

SLOW = "import time\ndef main(seconds=0, **kwargs):\n    time.sleep(seconds)\n    return seconds\n"
POOL = 3
# Pods of earlier tests may still be on their way out, and the machine is slow.
PATIENCE = 90
# A claim that reaches the API server after its engine has given it up leaves a worker that nobody uses for two minutes.
LEFT_PATIENCE = 240

_services = None
_network = None
_link = None


def setUpModule():
    global _services, _network, _link
    cluster = kubernetes()
    settings = {"worker_access": "pod_ip", "replicas": POOL, "worker_memory": "256Mi"}
    if vouches_for_this_host(cluster):
        _network = Network()
        host = urllib.parse.urlsplit(cluster.host)
        _link = _network.link("engine->kubernetes", free_port(), host.port or 443, host.hostname)
        settings["kube_host"] = f"https://{_link.address}"
    configured = options(**settings)
    # No worker goes but by what a test does.
    configured["engine"]["function_service_expiration"] = 600
    _services = Qinling(options=configured)
    _services.start()
    _services.runtime(deadline=PATIENCE)


def tearDownModule():
    if _services is None:
        return
    try:
        remove_everything(_services)
        wait_for(lambda: not kubernetes().left(), "nothing is left in the namespace", PATIENCE)
    finally:
        _services.end()
        if _network is not None:
            _network.end()


def vouches_for_this_host(cluster):
    """Whether the certificate of the API server also holds for a link to it."""
    host = urllib.parse.urlsplit(cluster.host)
    context = ssl.create_default_context(cafile=str(cluster.ca))
    with socket.create_connection((host.hostname, host.port or 443), timeout=10) as connection:
        try:
            context.wrap_socket(connection, server_hostname="127.0.0.1").close()
        except ssl.SSLCertVerificationError:
            return False
    return True


class FailureTest(QinlingTest):
    @classmethod
    def setUpClass(cls):
        cls.cluster = kubernetes()
        cls.q = _services

    def used(self, sources=HELLO, **fields):
        """A function and its worker."""
        function = self.function(sources, **fields)
        self.assertEqual(self.q.run(function)["status"], "success")
        (worker,) = self.q.workers(function)
        return function, worker

    def assertGoesOn(self, function, *gone):
        """The function runs again, on none of these workers."""
        def goes_on():
            execution = self.q.try_run(function)
            if execution is None:
                return False
            named = f"{execution['result']['output']} {self.q.workers(function)}"
            return not any(worker in named for worker in gone)

        wait_for(goes_on, f"it runs again without {gone}", PATIENCE)

    def assertEndsBadly(self, execution):
        """The caller is told, and that soon."""
        self.assertIn(execution["status"], ("failed", "error"), execution)
        self.assertTrue(execution["result"].get("output"), execution)

    def wait_runs(self, function):
        wait_for(lambda: [e for e in self.q.list("executions", f"?function_id={function}") if e["status"] == "running"],
                 "it runs")

    def health(self):
        return self.q.get("/healthcheck").json

    def pods(self, selector):
        return self.cluster.kubectl("get", "pods", "-l", selector, "-o", "name").split()


class TestWorkers(FailureTest):
    def test_ten_functions_cold_at_once(self):
        functions = [self.function(HELLO) for _ in range(10)]

        begin = time.monotonic()
        executions = Concurrently([lambda f=f: self.q.run(f) for f in functions]).results(deadline=PATIENCE)

        print(f"ten functions cold at once, from a pool of {POOL}: {time.monotonic() - begin:.1f} s", flush=True)
        self.assertEqual([execution["status"] for execution in executions], ["success"] * 10, executions)
        workers = {execution["result"]["output"][1] for execution in executions}
        self.assertEqual(len(workers), 10)

    def test_a_function_that_crashes(self):
        function, worker = self.used("import os\ndef main(code=None, **kwargs):\n    code is None or os._exit(code)\n")

        crashed = self.q.run(function, {"code": 3})

        self.assertEqual(crashed["status"], "failed", crashed)
        self.assertEqual(self.q.run(function)["status"], "success")
        self.assertEqual(self.q.workers(function), [worker])

    def test_a_worker_that_crashes(self):
        function, worker = self.used(
            "import os, signal, socket, time\n"
            "def main(crash=False, **kwargs):\n"
            "    if crash:\n"
            "        os.kill(1, signal.SIGTERM)\n"
            "        time.sleep(60)\n"
            "    return socket.gethostname()\n", timeout="90")

        crashed = self.q.run(function, {"crash": True})

        self.assertEndsBadly(crashed)
        wait_for(lambda: self.q.try_run(function), "it runs again", PATIENCE)

    def test_a_container_that_runs_out_of_memory(self):
        """Shared memory is none of the function's own, so that only the container's limit holds."""
        function, worker = self.used(
            "import mmap\n"
            "def main(size=0, **kwargs):\n"
            "    memory = mmap.mmap(-1, size or 1)\n"
            "    for at in range(0, size, 4096):\n"
            "        memory[at] = 1\n"
            "    return size\n")

        killed = self.q.run(function, {"size": 512 * 1024 * 1024})

        self.assertEqual(killed["status"], "failed", killed)
        self.assertIn("too much resource consumption", killed["result"]["output"])
        self.assertOutput(self.q.run(function, {"size": 4096}), "success", 4096)

    def test_a_pod_that_is_evicted_in_use(self):
        function, worker = self.used(SLOW, timeout="60")
        running = Concurrently([lambda: self.q.run(function, {"seconds": 30})])
        self.wait_runs(function)
        eviction = {"apiVersion": "policy/v1beta1" if self.is_old() else "policy/v1", "kind": "Eviction",
                    "metadata": {"name": worker, "namespace": self.cluster.namespace}}

        begin = time.monotonic()
        self.cluster.kubectl(
            "create", "--raw", f"/api/v1/namespaces/{self.cluster.namespace}/pods/{worker}/eviction", "-f", "-",
            input=json.dumps(eviction))

        (execution,) = running.results()
        self.assertEndsBadly(execution)
        self.assertLess(time.monotonic() - begin, 25)
        self.assertGoesOn(function, worker)

    def is_old(self):
        version = json.loads(self.cluster.kubectl("get", "--raw", "/version"))
        return int(version["minor"].rstrip("+")) < 22

    def test_a_pod_that_is_deleted_by_hand_in_use(self):
        function, worker = self.used(SLOW, timeout="60")
        running = Concurrently([lambda: self.q.run(function, {"seconds": 30})])
        self.wait_runs(function)

        begin = time.monotonic()
        self.cluster.kubectl("delete", "pod", worker, "--grace-period=0", "--force", "--wait=false")

        (execution,) = running.results()
        self.assertEndsBadly(execution)
        self.assertLess(time.monotonic() - begin, 25)
        self.assertGoesOn(function, worker)

    def test_a_free_worker_that_is_deleted_is_replaced(self):
        wait_for(lambda: len(self.free()) >= POOL, "the pool is full", PATIENCE)
        before = self.free()

        self.cluster.kubectl("delete", *before, "--wait=false")

        wait_for(lambda: len(set(self.free()) - set(before)) >= POOL, "the pool has others", PATIENCE)
        self.assertEqual(self.q.run(self.function(HELLO))["status"], "success")

    def free(self):
        return [pod for pod in self.pods("app.kubernetes.io/managed-by=qinling") if pod not in self.claimed()]

    def claimed(self):
        return self.pods("qinling.openstack.org/worker=claimed")


class TestNodes(FailureTest):
    def test_a_node_that_is_lost(self):
        """As the controllers of Kubernetes show it: its pods are ended, and it takes no others."""
        others = [pod for pod in self.cluster.kubectl(
            "get", "pods", "-A", "-o", "jsonpath={range .items[*]}{.metadata.namespace} {end}").split()
            if pod != self.cluster.namespace]
        if others:
            self.skipTest("somebody else uses the cluster")
        function, worker = self.used(HELLO)
        self.cluster.kubectl("taint", "nodes", "--all", "qinling-test=lost:NoExecute")
        try:
            wait_for(lambda: worker not in self.cluster.kubectl("get", "pods", "-o", "name"), "its pods end", PATIENCE)

            refused = self.q.execute(function)

            self.assertRefused(refused, 429, "try again later")
        finally:
            self.cluster.kubectl("taint", "nodes", "--all", "qinling-test-")
        self.assertGoesOn(function, worker)


class TestResources(FailureTest):
    def test_a_quota_that_is_used_up(self):
        # Given pools that are full, and nothing of earlier tests that would make room by its end
        pods = sum(pool["spec"]["replicas"] for pool in self.items("deployments"))
        try:
            wait_for(
                lambda: len(self.items("pods")) == pods and self.capacity() == POOL, "only full pools", LEFT_PATIENCE)
        except AssertionError as failed:
            raise AssertionError(f"{failed}\n{self.cluster.kubectl('get', 'pods', '--show-labels')}") from None
        functions = [self.function(SLOW, timeout="120") for _ in range(POOL + 1)]
        self.cluster.kubectl("create", "quota", "qinling-test", f"--hard=pods={pods}")
        try:
            busy = Concurrently([lambda f=f: self.q.run(f, {"seconds": 45}) for f in functions[:-1]])
            for function in functions[:-1]:
                self.wait_runs(function)

            refused = self.q.execute(functions[-1])

            self.assertRefused(refused, 429, "try again later")
            self.assertEqual([execution["status"] for execution in busy.results(120)], ["success"] * POOL)
        finally:
            self.cluster.kubectl("delete", "quota", "qinling-test")
        self.assertOutput(self.q.run(functions[-1]), "success", 0)

    def items(self, kind):
        return json.loads(self.cluster.kubectl("get", kind, "-o", "json"))["items"]

    def capacity(self):
        return self.q.get(f"/v1/runtimes/{self.q.runtime()}/pool").json["capacity"]["available"]

    def test_workers_that_never_become_ready(self):
        """Python's image without the worker's program is not there everywhere, one that waits is: that of pods."""
        created = self.q.post("/v1/runtimes", {"name": "never", "image": "localhost/pause:1"}).json
        self.addCleanup(self.q.delete, f"/v1/runtimes/{created['id']}")

        wait_for(lambda: self.q.status_of("runtimes", created["id"]) == "error", "the runtime failed", PATIENCE)

        wait_for(lambda: created["id"] not in self.cluster.kubectl("get", "deployments", "-o", "name"), "it is gone")
        self.assertEqual(self.q.run(self.function(HELLO))["status"], "success")

    def test_an_image_that_cannot_be_pulled(self):
        created = self.q.post("/v1/runtimes", {"name": "none", "image": "localhost/none:1"}).json
        self.addCleanup(self.q.delete, f"/v1/runtimes/{created['id']}")

        wait_for(lambda: self.q.status_of("runtimes", created["id"]) == "error", "the runtime failed", PATIENCE)

        self.assertIn("ImagePullBackOff", self.q.engine.log.read_text() + self.q.api.log.read_text())
        wait_for(lambda: created["id"] not in self.cluster.kubectl("get", "deployments", "-o", "name"), "it is gone")
        self.assertEqual(self.q.run(self.function(HELLO))["status"], "success")


class TestOutage(FailureTest):
    def setUp(self):
        if _link is None:
            self.skipTest("the certificate of the API server does not name 127.0.0.1")
        self.addCleanup(_link.heal)

    def test_an_api_server_that_is_gone(self):
        self.check_outage(Cut.RESET)

    def test_an_api_server_that_is_silent(self):
        self.check_outage(Cut.DROP)

    def check_outage(self, how):
        # Given
        function, worker = self.used()
        lost, its_worker = self.used()
        cold = self.function(HELLO)

        # When
        _link.cut(how)

        # Then what runs goes on, and what is wrong is told
        self.wait_health("degraded")
        check = self.health()["checks"]["orchestrator"]
        self.assertEqual(check["reason"], "[kubernetes] kube_host cannot be reached")
        for _ in range(20):
            self.assertOutput(self.q.run(function), "success", ["World", worker])
        self.cluster.kubectl("delete", "pod", its_worker, "--grace-period=0", "--force")
        self.assertNotEqual(self.q.execute(cold).json.get("status"), "success")

        # And afterwards all is as before, and known
        _link.heal()
        self.wait_health("ok")
        self.assertGoesOn(cold)
        self.assertGoesOn(lost, its_worker)
        self.assertOutput(self.q.run(function), "success", ["World", worker])

    def wait_health(self, status):
        wait_for(lambda: self.health()["status"] == status, f"the service is {status}", PATIENCE)

    def test_an_engine_that_starts_during_an_outage(self):
        function, _ = self.used()
        _link.cut(Cut.RESET)

        self.q.engine.terminate()
        self.q.start_processes()

        self.wait_health("degraded")
        _link.heal()
        self.wait_health("ok")
        self.assertEqual(self.q.run(function)["status"], "success")


class TestShutdown(FailureTest):
    def test_an_engine_that_stops_says_no_more_than_that(self):
        self.used()
        before = len(self.q.engine.log.read_text())

        self.q.engine.terminate()
        said = self.q.engine.log.read_text()[before:]
        self.q.start()

        self.assertNotIn("\tat ", said)
        self.assertNotIn("Exception", said)


if __name__ == "__main__":
    unittest.main()
