# SPDX-License-Identifier: Apache-2.0
"""Functions on a real Kubernetes: what works with local workers works there, and what only pods can do to it."""

import json
import unittest

import function_image
from cluster import Cluster
from harness import IMAGES, Qinling, QinlingTest, wait_for
from kubernetes import kubernetes

HELLO = "import socket\ndef main(name='World', **kwargs):\n    return [name, socket.gethostname()]\n"
BURN = ("import time\ndef main(seconds, **kwargs):\n    end = time.process_time() + seconds\n"
        "    while time.process_time() < end:\n        pass\n    return seconds\n")
SLOW = "import time\ndef main(seconds=0, **kwargs):\n    time.sleep(seconds)\n    return seconds\n"

_running = {}


def options(**settings):
    return {"engine": {"orchestrator": "kubernetes", "queue_timeout": "30s", "start_allowance": "40s"},
            "kubernetes": {**kubernetes().settings(), "replicas": 2, **settings}}


def on_kubernetes(access):
    """Services whose engine reaches workers in that way. Only engines with the same secret share a namespace."""
    if access not in _running:
        end_services()
        _running[access] = Qinling(options=options(worker_access=access))
        _running[access].start()
        for kind in IMAGES:
            # Its pods wait for those of earlier tests to end.
            _running[access].runtime(kind)
    return _running[access]


def end_services():
    while _running:
        _, services = _running.popitem()
        try:
            remove_everything(services)
        finally:
            services.end()


def tearDownModule():
    end_services()


def remove_everything(client):
    """Nothing of ours is to be left in the namespace."""
    for function in client.list("functions"):
        client.delete(f"/v1/functions/{function['id']}")
    for runtime in client.list("runtimes"):
        client.delete(f"/v1/runtimes/{runtime['id']}")


class OnKubernetes:
    @classmethod
    def setUpClass(cls):
        kubernetes()
        cls.q = on_kubernetes("pod_ip")


class TestFunctions(OnKubernetes, QinlingTest):
    access = "pod_ip"

    @classmethod
    def setUpClass(cls):
        cls.cluster = kubernetes()
        cls.q = on_kubernetes(cls.access)

    def test_python(self):
        function = self.function(HELLO)

        first = self.q.run(function, {"name": "x"})
        again = self.q.run(function, {"name": "y"})

        (worker,) = self.q.workers(function)
        self.assertOutput(first, "success", ["x", worker])
        self.assertOutput(again, "success", ["y", worker])

    def test_nodejs(self):
        function = self.function({"main.js": "exports.main = async (context, input) => input;"}, "nodejs")

        self.assertOutput(self.q.run(function, {"a": 1}), "success", {"a": 1})

    def test_a_timeout_ends_the_execution_and_not_the_worker(self):
        function = self.function(SLOW, timeout="1")
        self.q.run(function)
        before = self.q.workers(function)

        late = self.q.run(function, {"seconds": 30})

        self.assertOutput(late, "failed", "Function execution timeout.")
        self.assertOutput(self.q.run(function), "success", 0)
        self.assertEqual(self.q.workers(function), before)

    def test_a_function_has_its_share_of_the_processor(self):
        function = self.function(BURN, cpu="100")

        burned = self.q.run(function, {"seconds": 0.6})

        # Three executions may run at once, so a worker has 0.3 seconds a second.
        self.assertOutput(burned, "success", 0.6)
        self.assertGreater(burned["result"]["duration"], 1.5)

    def test_a_worker_has_no_rights_and_nothing_of_ours(self):
        function = self.function(
            "import os\n"
            "def main(**kwargs):\n"
            "    names = [n for n in os.environ if n.startswith('QINLING_')]\n"
            "    token = os.path.exists('/var/run/secrets/kubernetes.io')\n"
            "    try:\n"
            "        open('/written', 'w')\n"
            "        written = True\n"
            "    except OSError:\n"
            "        written = False\n"
            "    caps = [l.split()[1] for l in open('/proc/self/status') if l.startswith('CapEff')]\n"
            "    return [names, token, written, os.getuid(), int(caps[0], 16)]\n")

        self.assertOutput(self.q.run(function), "success", [[], False, False, 1000, 0])

    def test_a_worker_that_was_deleted_by_hand_is_replaced(self):
        function = self.function(HELLO)
        self.q.run(function)
        (worker,) = self.q.workers(function)

        self.cluster.kubectl("delete", "pod", worker, "--grace-period=1", "--wait=true")

        output = self.q.run(function)["result"]["output"]
        self.assertNotEqual(output[1], worker)

    def test_a_deleted_function_leaves_no_worker(self):
        function = self.function(HELLO)
        self.q.run(function)
        (worker,) = self.q.workers(function)

        self.q.delete(f"/v1/functions/{function}")

        wait_for(lambda: worker not in self.cluster.kubectl("get", "pods", "-o", "name"), "the pod is gone", 30)

    def test_an_image_that_cannot_be_pulled_says_why(self):
        created = self.q.post("/v1/runtimes", {"name": "none", "image": "localhost/none:1"}).json
        self.addCleanup(self.q.delete, f"/v1/runtimes/{created['id']}")

        wait_for(lambda: self.q.status_of("runtimes", created["id"]) == "error", "the runtime failed", 60)

        self.assertIn("ImagePullBackOff", self.q.engine.log.read_text() + self.q.api.log.read_text())
        wait_for(lambda: created["id"] not in self.cluster.kubectl("get", "deployments", "-o", "name"), "it is gone")

    def test_calls_go_on_while_the_engine_starts_anew(self):
        function = self.function(HELLO)
        self.q.run(function)

        self.q.engine.kill()
        self.q.start()

        self.assertOutput(self.q.run(function, {"name": "z"}), "success", ["z", self.q.workers(function)[0]])


class TestImageFunctions(OnKubernetes, QinlingTest):
    """A container for each execution."""

    def setUp(self):
        self.cluster = kubernetes()
        self.runner = self.q.send_form("POST", "/v1/functions", {
            "name": "in-a-container", "code": json.dumps({"source": "image", "image": function_image.NAME}),
            "timeout": "20", "memory_size": str(64 << 20)}).json["id"]
        self.addCleanup(self.q.delete, f"/v1/functions/{self.runner}")

    def run_program(self, program, *arguments, **fields):
        return self.q.run(self.runner, json.dumps([program, *arguments]), **fields)

    def test_an_execution_has_its_arguments_and_a_log(self):
        execution = self.run_program("import sys; print('hello', *sys.argv[1:])", "a b", "c")

        self.assertEqual(execution["status"], "success")
        self.assertEqual(list(execution["result"]), ["duration"])
        self.assertEqual(self.q.get(f"/v1/executions/{execution['id']}/log").text, "hello a b c\n")
        self.assertNotIn(execution["id"], self.pods())

    def pods(self):
        return self.cluster.kubectl("get", "pods", "-o", "name")

    def test_failures_are_said_in_words(self):
        self.assertOutput(self.run_program("exit(3)"), "failed", "Function execution failed with exit code 3.")
        self.assertIn("OOMKilled", self.run_program("x = bytearray(300 << 20)")["result"]["output"])

    def test_the_timeout_does_not_count_the_start(self):
        self.q.put(f"/v1/functions/{self.runner}", {"timeout": "1"})

        # The start alone takes about as long.
        self.assertEqual(self.run_program("pass")["status"], "success")
        late = self.run_program("import time; time.sleep(30)")

        self.assertOutput(late, "failed", "Function execution timeout.")
        self.assertGreaterEqual(late["result"]["duration"], 1)

    def test_an_image_that_cannot_be_pulled(self):
        function = self.q.send_form("POST", "/v1/functions", {
            "code": json.dumps({"source": "image", "image": "localhost/none:1"})}).json["id"]
        self.addCleanup(self.q.delete, f"/v1/functions/{function}")

        self.assertRegex(
            self.q.run(function)["result"]["output"], r"The image of the function cannot be pulled \((Err)?ImagePull")

    def test_a_quota_that_is_used_up_refuses_and_records_nothing(self):
        self.cluster.kubectl("create", "quota", "none", "--hard=pods=0")
        self.addCleanup(self.cluster.kubectl, "delete", "quota", "none", "--ignore-not-found")
        before = len(self.q.list("executions"))

        def refused():
            return self.q.execute(self.runner, '["pass"]').status == 429

        wait_for(refused, "the quota holds")
        count = len(self.q.list("executions"))
        self.assertTrue(refused())
        self.assertEqual(count, len(self.q.list("executions")))
        self.assertGreaterEqual(count, before)

    def test_an_asynchronous_execution_outlives_its_engine(self):
        execution = self.q.post("/v1/executions", {
            "function_id": self.runner, "sync": "false",
            "input": json.dumps(["import time; print(time.time_ns(), flush=True); time.sleep(5)"])}).json["id"]
        wait_for(lambda: execution in self.pods(), "the container is there", 30)

        self.q.engine.kill()
        self.q.start()

        wait_for(lambda: self.q.status_of("executions", execution) == "success", "the execution ends", 60)
        log = self.q.get(f"/v1/executions/{execution}/log").text
        self.assertEqual(len(log.splitlines()), 1)
        wait_for(lambda: execution not in self.pods(), "the container is gone", 30)


class TestNodePorts(TestFunctions):
    access = "node_port"

    def test_the_service_of_a_worker_goes_with_it(self):
        function = self.function(HELLO)
        self.q.run(function)
        (worker,) = self.q.workers(function)
        self.assertIn(worker, self.cluster.kubectl("get", "services", "-o", "name"))

        self.q.delete(f"/v1/functions/{function}")

        wait_for(lambda: worker not in self.cluster.kubectl("get", "services", "-o", "name"), "the service is gone", 30)


class TestTwoEngines(unittest.TestCase):
    def test_the_next_owner_adopts_the_workers_of_a_killed_engine(self):
        # Given
        kubernetes()
        end_services()
        with Cluster(engines=2, apis=1, members=1, options=options(worker_access="pod_ip")) as cluster:
            cluster.start()
            client = cluster.apis[0].client
            try:
                runtime = client.new_runtime()
                function = client.upload(HELLO, runtime_id=runtime).json["id"]
                worker = client.run(function)["result"]["output"][1]
                owner = cluster.etcd.members[0].keys().get(f"/qinling/v1/owners/{function}/0")

                # When
                next(engine for engine in cluster.engines if engine.name == owner).service.kill()

                # Then
                execution = wait_for(lambda: client.try_run(function), "the other engine runs it")
                self.assertEqual(execution["result"]["output"], ["World", worker])
                self.assertEqual(client.workers(function), [worker])
            finally:
                remove_everything(client)
