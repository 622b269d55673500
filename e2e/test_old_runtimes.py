# SPDX-License-Identifier: Apache-2.0
"""Images that speak version 1 of the worker protocol, as upstream's do, on a real Kubernetes.

The images are those of deploy/runtimes/tests/version1/build.py.
"""

import json
import socket
import threading
import unittest
import urllib.error
import urllib.parse
import urllib.request

from harness import Qinling, QinlingTest, wait_for
from kubernetes import kubernetes
from servers import free_ports
from test_kubernetes import end_services, options, remove_everything

OLD = "localhost/qinling-test/version1-worker:1"
UNLISTED = "localhost/qinling-test/version1-worker:unlisted"
SIDECAR = "localhost/qinling-test/version1-sidecar:1"
NOT_OLD = "openstackqinling/python3-runtime:latest"

HELLO = ("import socket\n"
         "def main(name='World', context=None, **kwargs):\n"
         "    print('called')\n"
         "    return [name, socket.gethostname(), context, kwargs]\n")

_running = []


def setUpModule():
    cluster = kubernetes()
    end_services()
    settings = options(worker_access="pod_ip", old_images=f"{OLD},{NOT_OLD}")
    (port,) = free_ports(1)
    settings["engine"].update(sidecar_image=SIDECAR, package_host=address_towards(cluster.host), package_port=port)
    services = Qinling(options=settings)
    _running.append(services)
    unittest.addModuleCleanup(end, services)
    services.start()
    services.old_runtime = services.new_runtime(image=OLD)
    # Kubelets of 1.20 do not end a pod for a minute that is deleted while its second container starts.
    unittest.addModuleCleanup(wait_for, lambda: all_run(services.old_runtime), "the workers have started", 60)


def end(services):
    _running.remove(services)
    try:
        remove_everything(services)
    finally:
        services.end()


def all_run(runtime):
    pods = json.loads(kubernetes().kubectl("get", "pods", "-l", f"runtime_id={runtime}", "-o", "json"))["items"]
    states = [status["state"] for pod in pods for status in pod["status"].get("containerStatuses", [{"state": {}}])]
    return states and all("running" in state for state in states)


def address_towards(url):
    """That of this host from which it reaches the cluster; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        parts = urllib.parse.urlsplit(url)
        probe.connect((parts.hostname, parts.port))
        return probe.getsockname()[0]


class TestOldRuntimes(QinlingTest):
    @classmethod
    def setUpClass(cls):
        (cls.q,) = _running
        cls.cluster = kubernetes()

    def old_function(self, code, **fields):
        return self.function(code, runtime_id=self.q.old_runtime, **fields)

    def pod(self, name):
        return json.loads(self.cluster.kubectl("get", "pod", name, "-o", "json"))

    def test_a_function_runs_and_keeps_its_worker(self):
        function = self.old_function(HELLO)

        first = self.q.run(function, {"name": "x", "a": 1})
        again = self.q.run(function)

        (worker,) = self.q.workers(function)
        self.assertOutput(first, "success", ["x", worker, {"os_session": None}, {"a": 1}])
        self.assertOutput(again, "success", ["World", worker, {"os_session": None}, {}])
        log = self.q.get(f"/v1/executions/{first['id']}/log").text
        self.assertIn(f"Start execution: {first['id']}", log)
        self.assertIn("called\n", log)

    def test_executions_run_at_the_same_time_in_one_worker(self):
        function = self.old_function("import time\ndef main(**kwargs):\n    time.sleep(2)\n    return 1\n", timeout="20")
        executions = []
        threads = [threading.Thread(target=lambda: executions.append(self.q.run(function))) for _ in range(3)]

        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        self.assertEqual([e["status"] for e in executions], ["success"] * 3, executions)

    def test_what_a_function_raises_is_its_output(self):
        function = self.old_function("def main(**kwargs):\n    raise ValueError('no')\n")

        self.assertOutput(self.q.run(function), "failed", "no")

    def test_a_timeout_ends_the_execution_and_not_the_worker(self):
        function = self.old_function(
            "import time\ndef main(seconds=0, **kwargs):\n    time.sleep(seconds)\n    return seconds\n", timeout="1")
        self.q.run(function)
        before = self.q.workers(function)

        late = self.q.run(function, {"seconds": 30})

        self.assertOutput(late, "failed", "Function execution timeout.")
        self.assertOutput(self.q.run(function), "success", 0)
        self.assertEqual(self.q.workers(function), before)

    def test_a_result_that_is_no_json_says_so(self):
        function = self.old_function("def main(**kwargs):\n    return {1, 2}\n")

        self.assertOutput(
            self.q.run(function), "failed", "The runtime answered with status 500 and no result.")

    def test_a_worker_is_as_upstream_made_it_but_has_nothing_of_the_host_and_nothing_of_ours(self):
        function = self.old_function(
            "import os\n"
            "def main(**kwargs):\n"
            "    return {'secret': 'QINLING_WORKER_SECRET' in os.environ,\n"
            "            'upstream': [os.environ['QOS_CLASS'], os.environ['POD_UID']],\n"
            "            'token': os.path.exists('/var/run/secrets/kubernetes.io'),\n"
            "            'cgroups': os.path.exists('/qinling_cgroup'), 'user': os.getuid(),\n"
            "            'capabilities': [int(l.split()[1], 16) for l in open('/proc/self/status') if l[:6] == 'CapEff']}\n")

        output = self.q.run(function)["result"]["output"]

        (worker,) = self.q.workers(function)
        pod = self.pod(worker)
        self.assertEqual(output, {
            "secret": False, "upstream": ["BestEffort", pod["metadata"]["uid"]], "token": False, "cgroups": False,
            "user": 1000, "capabilities": [0]})
        self.assertEqual([c["name"] for c in pod["spec"]["containers"]], ["worker", "sidecar"])

    def test_a_link_to_a_package_is_good_for_one_use(self):
        function = self.old_function(
            "import sys\n"
            "def main(**kwargs):\n"
            "    frame = sys._getframe()\n"
            "    while 'request' not in frame.f_locals:\n"
            "        frame = frame.f_back\n"
            "    return frame.f_locals['request']['download_url']\n")
        link = self.q.run(function)["result"]["output"]

        with urllib.request.urlopen(link) as answer:
            self.assertEqual(answer.headers["Content-Type"], "application/zip")
        with self.assertRaises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(link)
        refused.exception.close()
        self.assertEqual(refused.exception.code, 410)

    def test_new_code_gets_a_new_worker(self):
        function = self.old_function("def main(**kwargs):\n    return 1\n")
        self.assertOutput(self.q.run(function), "success", 1)

        self.q.upload_again(function, "def main(**kwargs):\n    return 2\n")

        self.assertOutput(self.q.run(function), "success", 2)

    def test_a_worker_that_was_deleted_by_hand_is_replaced(self):
        function = self.old_function(HELLO)
        self.q.run(function)
        (worker,) = self.q.workers(function)

        self.cluster.kubectl("delete", "pod", worker, "--grace-period=1", "--wait=true")

        execution = self.q.run(function)
        self.assertEqual(execution["status"], "success", execution)
        self.assertNotEqual(execution["result"]["output"][1], worker)

    def test_calls_go_on_while_the_engine_starts_anew(self):
        function = self.old_function(HELLO)
        self.q.run(function)

        self.q.engine.kill()
        self.q.start()

        execution = self.q.run(function, {"name": "z"})
        self.assertEqual(execution["status"], "success", execution)
        self.assertEqual(execution["result"]["output"][:2], ["z", self.q.workers(function)[0]])

    def test_other_runtimes_have_no_sidecar(self):
        runtime = self.q.new_runtime()
        function = self.function("def main(**kwargs):\n    return 1\n", runtime_id=runtime)

        self.assertOutput(self.q.run(function), "success", 1)

        (worker,) = self.q.workers(function)
        self.assertEqual([c["name"] for c in self.pod(worker)["spec"]["containers"]], ["worker"])

    def test_an_old_image_that_is_not_listed_says_what_to_do(self):
        self.assert_unusable(UNLISTED, "put its image into [kubernetes] old_images")

    def test_an_image_that_is_listed_and_not_old_says_what_to_do(self):
        self.assert_unusable(NOT_OLD, "take its image out of [kubernetes] old_images")

    def assert_unusable(self, image, reason):
        created = self.q.post("/v1/runtimes", {"name": "unusable", "image": image}).json
        self.addCleanup(self.q.delete, f"/v1/runtimes/{created['id']}")

        wait_for(lambda: self.q.status_of("runtimes", created["id"]) == "error", "the runtime failed", 90)

        self.assertIn(reason, self.q.engine.log.read_text())
