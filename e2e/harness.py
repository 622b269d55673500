# SPDX-License-Identifier: Apache-2.0
"""Starts Qinling as a user does, once for the whole run, and helps tests to talk to it."""

import atexit
import configparser
import contextlib
import copy
import http.client
import io
import json
import os
import pathlib
import random
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.parse
import zipfile

from servers import free_ports

TOP = pathlib.Path(__file__).resolve().parent.parent
IMAGES = {
    "python3": "openstackqinling/python3-runtime",
    "nodejs": "openstackqinling/nodejs-runtime",
}
MIB = 1024 * 1024
TIMESTAMP = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"
UUID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
UNKNOWN = "9d4fd2b3-0ba6-43bb-8f0c-0d6a9c38b0d1"

IDLE_EXPIRATION = 5
MAX_WORKERS = 3
UIDS = 10_000
SLOTS = 3
QUEUE_LENGTH = 6

CONF = """\
[api]
host = 127.0.0.1
port = {api_port}
engines = 127.0.0.1:{engine_port}
upload_dir = {folder}/upload

[engine]
host = 127.0.0.1
port = {engine_port}
secret = {secret}
orchestrator = local
function_service_expiration = {expiration}
max_workers_per_function = {max_workers}
queue_length = {queue_length}
queue_timeout = 8s
load_timeout = 5s
start_allowance = 15s

[local]
runtimes_dir = {top}/deploy/runtimes
worker_dir = {folder}/workers
pool_size = 2
uid_base = {uid_base}

[storage]
file_system_dir = {folder}/packages

[database]
connection = {database}
max_retries = -1
retry_interval = 1

[pecan]
auth_enable = false
"""


def wait_for(condition, what, deadline=60):
    """Returns the first true value of the condition."""
    end = time.monotonic() + deadline
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {deadline} s: {what}")
        time.sleep(0.05)


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def some_uid_base(ranges=1):
    """The first of UIDS users, or of so many ranges of them, that hopefully nobody else has."""
    return 1_000_000 + random.randrange(10_000) * UIDS * ranges


def uid_of(pid):
    """The user of a process."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("\nUid:")[2].split()[0])


def zip_of(sources):
    """A package of files by name; a lone text is main.py. Equal files make equal packages."""
    if isinstance(sources, str):
        sources = {"main.py": sources}
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in sources.items():
            member = zipfile.ZipInfo(name)  # Without the time of now.
            member.external_attr = 0o600 << 16
            archive.writestr(member, content)
    return target.getvalue()


def multipart(fields, files=()):
    """Body and Content-Type of a form; files are (field, file name, bytes)."""
    boundary = secrets.token_hex(16)
    body = io.BytesIO()
    for name, value in fields.items():
        body.write(
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            .encode())
    for name, file_name, content in files:
        body.write(
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; '
            f'filename="{file_name}"\r\n\r\n'.encode())
        body.write(content)
        body.write(b"\r\n")
    body.write(f"--{boundary}--\r\n".encode())
    return body.getvalue(), f"multipart/form-data; boundary={boundary}"


class Answer:
    """What came back for a request."""

    def __init__(self, request, response):
        self.request = request
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def text(self):
        return self.body.decode()

    @property
    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"{self.request} -> {self.status} {self.headers.items()} {self.body[:500]!r}"


class Service:
    """One of the two processes."""

    def __init__(self, name, conf, log, port):
        self.name = name
        self.port = port
        self._conf = conf
        self.log = log
        self._process = None

    @property
    def pid(self):
        return self._process.pid

    def is_alive(self):
        return self._process is not None and self._process.poll() is None

    def start(self, **environment):
        """Starts it, with these variables besides ours."""
        with open(self.log, "ab") as log:
            self._process = subprocess.Popen(
                [TOP / "deploy/bin" / self.name, "--config-file", self._conf], env={**os.environ, **environment},
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)

    def wait_ready(self, is_ready):
        try:
            wait_for(lambda: is_ready() or not self.is_alive(), f"{self.name} is ready", 60)
            assert self.is_alive(), f"{self.name} ended with {self._process.returncode}"
        except AssertionError as failed:
            raise AssertionError(f"{failed}; end of its log:\n{self.log_tail()}") from None

    def log_tail(self):
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-30:])

    def kill(self):
        """As kill -9, or a power cut."""
        self._process.kill()
        self._process.wait()

    def pause(self):
        """It neither answers nor ends, until resume()."""
        self._process.send_signal(signal.SIGSTOP)

    def resume(self):
        self._process.send_signal(signal.SIGCONT)

    def terminate(self):
        """As an init system does; returns the exit code."""
        self._process.terminate()
        return self._process.wait(30)

    def end(self):
        if self.is_alive():
            self.resume()
            try:
                self.terminate()
            except subprocess.TimeoutExpired:
                self.kill()


class Client:
    """Talks to an api as its users do."""

    def __init__(self, port):
        self._port = port
        self._runtimes = {}
        self._identity = {}

    def with_token(self, token):
        """The same services as a user sees them; the empty token is none."""
        user = copy.copy(self)
        user._identity = {"X-Auth-Token": token} if token else {}
        return user

    # HTTP

    def request(self, method, path, body=None, headers=None, timeout=60):
        """Sends exactly this: no header is added but Host, Content-Length and the user's token,
        unless given."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=timeout)
        try:
            headers = {**self._identity, **(headers or {})}
            connection.putrequest(
                method, path, skip_host="Host" in headers, skip_accept_encoding=True)
            for name, value in headers.items():
                connection.putheader(name, value)
            if body is not None:
                body = body.encode() if isinstance(body, str) else body
                if "Content-Length" not in headers:
                    connection.putheader("Content-Length", str(len(body)))
            connection.endheaders()
            if body is not None:
                try:
                    connection.send(body)
                except (BrokenPipeError, ConnectionResetError):
                    pass  # Refused before all was sent; the answer says why.
            shown = "" if body is None else repr(body[:200])
            return Answer(f"{method} {path} {shown}", connection.getresponse())
        finally:
            connection.close()

    def get(self, path, **headers):
        return self.request("GET", path, headers=headers)

    def delete(self, path):
        return self.request("DELETE", path)

    def send_json(self, method, path, value):
        return self.request(
            method, path, json.dumps(value), {"Content-Type": "application/json"})

    def post(self, path, value):
        return self.send_json("POST", path, value)

    def put(self, path, value):
        return self.send_json("PUT", path, value)

    def send_form(self, method, path, fields, files=()):
        body, content_type = multipart(fields, files)
        return self.request(method, path, body, {"Content-Type": content_type})

    def send_urlencoded(self, method, path, fields):
        return self.request(
            method, path, urllib.parse.urlencode(fields),
            {"Content-Type": "application/x-www-form-urlencoded"})

    def list(self, resource, query=""):
        return self.get(f"/v1/{resource}{query}").json[resource]

    def is_ready(self):
        """What a load balancer asks before it sends anything."""
        try:
            return self.request("GET", "/q/health/ready", timeout=5).status == 200
        except OSError:
            return False

    # Resources

    def runtime(self, kind="python3", deadline=60):
        """The id of a runtime that all tests share and none changes."""
        if kind not in self._runtimes:
            self._runtimes[kind] = self.new_runtime(kind, deadline)
        return self._runtimes[kind]

    def new_runtime(self, kind="python3", deadline=60, **fields):
        created = self.post("/v1/runtimes", {"name": kind, "image": IMAGES[kind], **fields})
        assert created.status == 201, created
        runtime = created.json["id"]
        wait_for(lambda: self.status_of("runtimes", runtime) == "available", "a runtime", deadline)
        return runtime

    def status_of(self, resource, item):
        return self.get(f"/v1/{resource}/{item}").json.get("status")

    def upload(self, sources, kind="python3", **fields):
        """The answer to creating a function of these sources, or of bytes as its package."""
        package = sources if isinstance(sources, bytes) else zip_of(sources)
        if "runtime_id" not in fields:
            fields["runtime_id"] = self.runtime(kind)
        fields = {"code": '{"source": "package"}', **fields}
        fields = {name: value for name, value in fields.items() if value is not None}
        return self.send_form("POST", "/v1/functions", fields, [("package", "main.zip", package)])

    def run(self, function, input=None, **fields):
        """Runs a function and returns the execution, with its result decoded."""
        answer = self.execute(function, input, **fields)
        assert answer.status == 201, answer
        return decoded(answer.json)

    def execute(self, function, input=None, **fields):
        if input is not None and not isinstance(input, str):
            input = json.dumps(input)
        return self.post("/v1/executions", {"function_id": function, "input": input, **fields})

    def try_run(self, function):
        """The execution of a function, with its result decoded, or None when it was refused or did not succeed."""
        answer = self.execute(function)
        return decoded(answer.json) if answer.status == 201 and answer.json["status"] == "success" else None

    def execution(self, execution):
        return decoded(self.get(f"/v1/executions/{execution}").json)

    def wait_ended(self, execution, deadline=30):
        return wait_for(
            lambda: (found := self.execution(execution))["status"] != "running" and found,
            f"execution {execution} has ended", deadline)

    def log(self, execution):
        return self.get(f"/v1/executions/{execution}/log").text

    def workers(self, function, version=0):
        path = f"/v1/functions/{function}/workers?function_version={version}"
        return [worker["worker_name"] for worker in self.get(path).json["workers"]]

    def upload_again(self, function, sources):
        """Replaces the package of a function, or answers why not."""
        package = sources if isinstance(sources, bytes) else zip_of(sources)
        return self.send_form(
            "PUT", f"/v1/functions/{function}", {}, [("package", "p.zip", package)])

    def publish(self, function, **fields):
        """The answer to making a version of a function."""
        return self.post(f"/v1/functions/{function}/versions", fields)


class Workers:
    """The processes and control groups of one engine's workers."""

    def __init__(self, folder, uid_base, engine_port):
        self.folder = folder
        self.uid_base = uid_base
        self._engine_port = engine_port

    def control_groups(self):
        """Folders of the engine's control groups, which carry its port."""
        groups = pathlib.Path("/sys/fs/cgroup")
        return [folder for folder, _, _ in os.walk(groups) if folder.endswith(f"/qinling-{self._engine_port}")]

    def processes(self):
        """Process ids of workers and all they started: by user id, and by their folders."""
        workers = str(self.folder)
        found = []
        for entry in pathlib.Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                if "\nState:\tZ" in (entry / "status").read_text():
                    continue
                ours = self.uid_base <= uid_of(entry.name) < self.uid_base + UIDS
                if (ours or workers.encode() in (entry / "cmdline").read_bytes()
                        or os.readlink(entry / "cwd").startswith(workers)):
                    found.append(int(entry.name))
            except (FileNotFoundError, ProcessLookupError, PermissionError):
                pass  # It ended meanwhile, or is none of ours.
        return found

    def end(self):
        """Leaves the host clean, whatever tests say of it; the engine has ended."""
        for pid in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        wait_for(lambda: not self.processes(), "the last processes are gone")
        for group in self.control_groups():
            for folder, _, _ in os.walk(group, topdown=False):
                os.rmdir(folder)


class Qinling(Client):
    """Both services on data of their own, in a folder that goes with them; the database may be another."""

    def __init__(self, options=None, database=None):
        """Options by section are added to those of every run, or replace them."""
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="qinling-e2e-"))
        # Workers run as users of their own and pass through.
        self.folder.chmod(0o711)
        self.uid_base = some_uid_base()
        api_port, engine_port = free_ports(2)
        super().__init__(api_port)
        conf = self.folder / "qinling.conf"
        conf.touch(0o600)
        settings = configparser.RawConfigParser()
        settings.read_string(CONF.format(
            api_port=api_port, engine_port=engine_port, secret=secrets.token_hex(32), top=TOP,
            folder=self.folder, uid_base=self.uid_base, expiration=IDLE_EXPIRATION,
            max_workers=MAX_WORKERS, queue_length=QUEUE_LENGTH,
            database=database or f"h2:///{self.folder}/qinling"))
        settings.read_dict(options or {})
        with conf.open("w") as file:
            settings.write(file)
        self.conf = conf
        self.engine = Service("qinling-engine", conf, self.folder / "engine.log", engine_port)
        self.api = Service("qinling-api", conf, self.folder / "api.log", api_port)
        self.url = f"http://127.0.0.1:{api_port}"
        self.packages = self.folder / "packages"
        self._workers = Workers(self.folder / "workers", self.uid_base, engine_port)

    def start(self):
        """Starts what does not run, and waits until it serves, the engine also through the api."""
        self.start_processes()
        wait_for(lambda: self.get(f"/v1/functions/{UNKNOWN}/workers").status == 200,
                 "the api reaches the engine", 60)

    def start_processes(self):
        for service in (self.engine, self.api):
            if not service.is_alive():
                service.start()
        self.engine.wait_ready(lambda: listens(self.engine.port))
        self.api.wait_ready(self.is_ready)

    def end(self):
        self.api.end()
        self.engine.end()
        self._workers.end()
        shutil.rmtree(self.folder)

    def with_another_api(self):
        """The same services, through another qinling-api on the same database."""
        other = copy.copy(self)
        (port,) = free_ports(1)
        settings = configparser.RawConfigParser()
        settings.read(self.conf)
        settings["api"]["port"] = str(port)
        settings["api"]["upload_dir"] = f"{self.folder}/upload-{port}"
        other.conf = self.folder / f"qinling-{port}.conf"
        other.conf.touch(0o600)
        with other.conf.open("w") as file:
            settings.write(file)
        other.api = Service("qinling-api", other.conf, self.folder / f"api-{port}.log", port)
        other._port = port
        other.url = f"http://127.0.0.1:{port}"
        return other

    def control_groups(self):
        return self._workers.control_groups()

    def worker_processes(self):
        return self._workers.processes()

    def stored_packages(self):
        """Files of the package store, whatever they are."""
        return sorted(str(path) for path in self.packages.rglob("*") if path.is_file())


def decoded(execution):
    """Replaces the result, JSON in a text, by what it says."""
    return {**execution, "result": json.loads(execution["result"] or "{}")}


class Concurrently:
    """Runs calls in threads of their own; results() waits and raises what one of them raised."""

    def __init__(self, calls):
        self._outcomes = [None] * len(calls)
        self._threads = [
            threading.Thread(target=self._call, args=(i, call), daemon=True)
            for i, call in enumerate(calls)]
        for thread in self._threads:
            thread.start()

    def _call(self, index, call):
        try:
            self._outcomes[index] = (call(), None)
        except Exception as failed:
            self._outcomes[index] = (None, failed)

    def outcomes(self, deadline=60):
        """Pairs of a result and an exception, one of them None."""
        end = time.monotonic() + deadline
        for thread in self._threads:
            thread.join(max(0, end - time.monotonic()))
            assert not thread.is_alive(), f"a call has not returned within {deadline} s"
        return self._outcomes

    def results(self, deadline=60):
        for _, failed in self.outcomes(deadline):
            if failed is not None:
                raise failed
        return [result for result, _ in self._outcomes]


_running = None


def qinling():
    """The services of this run."""
    global _running
    if _running is None:
        started = Qinling()
        atexit.register(started.end)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        started.start()
        _running = started
    return _running


def use(services):
    """Has tests use these services from now on, or those of this run for None; returns those before."""
    global _running
    before, _running = _running, services
    return before


class QinlingTest(unittest.TestCase):
    """A test that has the services; what it makes is removed at its end."""

    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.q = qinling()

    def function(self, sources, kind="python3", **fields):
        """The id of a new function."""
        answer = self.q.upload(sources, kind, **fields)
        self.assertEqual(answer.status, 201, answer)
        function = answer.json["id"]
        self.addCleanup(self.q.delete, f"/v1/functions/{function}")
        return function

    def assertOutput(self, execution, status, output):
        self.assertEqual(
            (status, output), (execution["status"], execution["result"].get("output")), execution)

    def assertRefused(self, answer, status, *fragments):
        """An error in the shape that all clients understand."""
        self.assertEqual(answer.status, status, answer)
        self.assertEqual(answer.headers["Content-Type"], "application/json", answer)
        error = answer.json
        self.assertEqual(set(error), {"faultcode", "faultstring", "debuginfo"}, answer)
        self.assertEqual(error["faultcode"], "Client" if status < 500 else "Server", answer)
        self.assertIsNone(error["debuginfo"], answer)
        self.assertTrue(error["faultstring"], answer)
        for fragment in fragments:
            self.assertIn(fragment.lower(), error["faultstring"].lower())

    def assertJson(self, answer, status=200):
        self.assertEqual(answer.status, status, answer)
        self.assertEqual(answer.headers["Content-Type"], "application/json", answer)
        return answer.json

    def assertEmpty(self, answer, status):
        self.assertEqual(answer.status, status, answer)
        self.assertEqual(answer.body, b"", answer)
        self.assertIsNone(answer.headers["Content-Type"], answer)
        if status != 204:  # There the header is forbidden: RFC 9110, 8.6.
            self.assertEqual(answer.headers["Content-Length"], "0", answer)
