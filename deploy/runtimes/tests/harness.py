# SPDX-License-Identifier: Apache-2.0
"""Starts real workers and talks to them as the engine does."""

import contextlib
import hashlib
import http.client
import io
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import uuid
import zipfile

RUNTIMES = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SECRET = "a secret of this worker"
KNOWN = object()  # stands for the secret that the worker has now
MIB = 1 << 20
DEADLINE = 15
USER = 210000
AS_ROOT = os.getuid() == 0
AS_USER = ["setpriv", "--reuid", str(USER), "--regid", str(USER), "--clear-groups", "--no-new-privs"]
# Changing the user undoes what unshare asked of the kernel, so this comes last.
AS_USER += ["--pdeathsig", "KILL"]
ISOLATED = ["unshare", "--pid", "--fork", "--kill-child=SIGKILL", "--mount-proc"]


def package(files):
    """A zip file of name -> text; a name may also be a ZipInfo."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return content.getvalue()


def eventually(condition, what):
    """Waits until condition() is true, and returns what it returned."""
    end = time.monotonic() + DEADLINE
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError("not within %d seconds: %s" % (DEADLINE, what))
        time.sleep(0.005)


def state(pid):
    try:
        with open("/proc/%d/stat" % pid) as file:
            return file.read().rpartition(")")[2].split()[0]
    except OSError:
        return "X"


def alive(pid):
    return state(pid) not in "ZX"


def is_zombie(pid):
    return state(pid) == "Z"


def descendants(pid, depth=100):
    parents = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            with contextlib.suppress(OSError):
                with open("/proc/%s/stat" % name) as file:
                    parents[int(name)] = int(file.read().rpartition(")")[2].split()[1])
    found = set()
    for _ in range(depth):
        found |= {child for child, parent in parents.items() if parent == pid or parent in found}
    return found


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def json(self):
        return json.loads(self.body)


class Worker:
    """A worker process in folders of its own; `slots` and the like become QINLING_WORKER_* variables."""

    def __init__(self, runtime, isolated=False, **settings):
        self._isolated = isolated
        self.home = tempfile.mkdtemp(prefix="qinling-test-")
        os.chmod(self.home, 0o755)
        code = os.path.join(self.home, "runtime")
        self.folder = os.path.join(self.home, "worker")
        self.scratch = os.path.join(self.folder, "scratch")
        shutil.copytree(os.path.join(RUNTIMES, runtime), code, ignore=shutil.ignore_patterns("__pycache__"))
        os.mkdir(self.folder)
        if AS_ROOT:
            os.chown(self.folder, USER, USER)
        with open(os.path.join(code, "runtime.json")) as file:
            description = json.load(file)
        self.memory_overhead = description["memory_overhead"]
        environment = {"PATH": os.environ["PATH"], "CANARY": "seen", "QINLING_WORKER_SOMETHING": "hidden"}
        settings = {"host": "127.0.0.1", "port": 0, "secret": SECRET, "dir": self.folder, "slots": 2, **settings}
        environment.update({"QINLING_WORKER_" + name.upper(): str(value) for name, value in settings.items()})
        wrapper = (ISOLATED if isolated else []) + (AS_USER if AS_ROOT else [])
        self._launch(wrapper + description["command"], cwd=code, env=environment)

    def _launch(self, command, **options):
        self.secret = SECRET
        self.errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.errors, **options)
        line = self.process.stdout.readline()
        if not line:
            self.errors.seek(0)
            raise AssertionError("the worker did not start: %s" % self.errors.read())
        self.port = json.loads(line)["listening"]
        self.connection = self.connect()

    def close(self):
        self.connection.close()
        self.terminate()
        try:
            self.process.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self.errors.close()
        shutil.rmtree(self.home, ignore_errors=True)

    def terminate(self):
        """Sends SIGTERM to the worker itself: unshare, if there is one around it, does not pass it on."""
        pid = self.process.pid
        if self._isolated:
            pid = next(iter(descendants(pid, depth=1)), pid)
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def raw(self, data):
        """Sends bytes, and returns all that comes back until the worker closes the connection."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=DEADLINE) as sock:
            sock.sendall(data)
            received = b""
            while data := sock.recv(65536):
                received += data
            return received

    def request(self, method, path, body=b"", headers=None, connection=None, secret=KNOWN):
        connection = connection or self.connection
        secret = self.secret if secret is KNOWN else secret
        headers = {name: str(value) for name, value in (headers or {}).items() if value is not None}
        if secret:
            headers["Authorization"] = "Bearer " + secret
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read())

    def load(self, content, entry=None, memory=256 * MIB, timeout=20, max_log=None, max_result=None, digest=None,
             function=None, cpu=None):
        headers = {
            "Qinling-Function": function or str(uuid.uuid4()),
            "Qinling-Version": 0,
            "Qinling-Digest": digest or hashlib.sha256(content).hexdigest(),
            "Qinling-Entry": entry,
            "Qinling-Memory": memory,
            "Qinling-Cpu": cpu,
            "Qinling-Load-Timeout": timeout,
            "Qinling-Max-Log": max_log,
            "Qinling-Max-Result": max_result,
        }
        return self.request("PUT", "/function", content, headers)

    def execute(self, input=None, id=None, timeout=20, connection=None, body=None, **more):
        if body is None:
            body = json.dumps({"input": input, **more}).encode()
        headers = {"Qinling-Execution": id or str(uuid.uuid4()), "Qinling-Timeout": timeout}
        return self.request("POST", "/execute", body, headers, connection)

    def run(self, do=None, id=None, timeout=20, **input):
        """Executes what the test function knows under the name `do`; returns the answer's JSON."""
        answer = self.execute({"do": do, **input} if do else None, id, timeout)
        if answer.status != 200:
            raise AssertionError("%d %s" % (answer.status, answer.body))
        return answer.json

    def start(self, do, id=None, timeout=20, **input):
        """The same on a connection and a thread of its own."""
        return Running(self, {"do": do, **input}, id, timeout)

    def path(self, name):
        """A file that the function sees as `name`."""
        return os.path.join(self.scratch, name)

    def wait_for(self, name):
        eventually(lambda: os.path.exists(self.path(name)), name)

    def touch(self, name):
        with open(self.path(name), "w"):
            pass


class Running:
    def __init__(self, worker, input, id, timeout):
        self.id = id or str(uuid.uuid4())
        self._connection = worker.connect()
        self._answer = None
        self._thread = threading.Thread(target=self._run, args=(worker, input, timeout))
        self._thread.start()

    def _run(self, worker, input, timeout):
        with contextlib.suppress(ConnectionError):  # a worker that has ended gives no answer
            self._answer = worker.execute(input, self.id, timeout, self._connection).json

    def answer(self):
        self._thread.join(60)
        self._connection.close()
        return self._answer
