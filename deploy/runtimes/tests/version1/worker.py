# SPDX-License-Identifier: Apache-2.0
"""A worker of worker protocol version 1, for tests: answers as upstream's Python 3 runtime does, its mistakes included.

GET /ping and POST /execute, one after the other on a connection of its own. It listens on HOST (0.0.0.0) at PORT (9090;
0 = any that is free) and says so in a first line. Packages come to the folder PACKAGES by the sidecar at SIDECAR. As root
it becomes USER_ID, if given. With KIND=nodejs it answers as upstream's Node.js runtime does, which watches no time, though
functions are in Python all the same.
"""

import importlib
import json
import multiprocessing
import os
import pickle
import resource
import signal
import sys
import time
import traceback
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from sidecar import PACKAGES, become_user

SIDECAR = os.environ.get("SIDECAR", "http://127.0.0.1:9091")
LIMITER = "http://127.0.0.1:9092/cglimit"
TIMED_OUT = "Function execution timeout."
RESOURCES = "Function execution failed because of too much resource consumption"

_processes = multiprocessing.get_context("fork")


class Handler(BaseHTTPRequestHandler):
    """Speaks HTTP/1.0, and so closes the connection after each answer."""

    def do_GET(self):
        self._answer(200, "text/html", "pong")

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        answer = as_nodejs if os.environ.get("KIND") == "nodejs" else as_python
        try:
            status, body = answer(request)
            text = json.dumps(body)
        except Exception:
            traceback.print_exc()
            self._answer(500, "text/html", "<!DOCTYPE HTML><title>500 Internal Server Error</title>")
        else:
            self._answer(status, "application/json", text)

    def _answer(self, status, kind, text):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(text.encode())


def download(request):
    """The answer of the sidecar when it is no success."""
    body = {name: request[name] for name in ("download_url", "function_id", "token") if name in request}
    try:
        post(f"{SIDECAR}/download", body).read()
    except urllib.error.HTTPError as failed:
        return failed.read()
    return None


def post(url, body):
    headers = {"Content-Type": "application/json"}
    return urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode(), headers))


def as_python(request):
    module, _, function = (request["entry"] or "main.main").rpartition(".")
    failed = download(request)
    if failed:
        # These are bytes, which JSON cannot have, so that the caller gets a page of HTML.
        return 500, {"output": failed, "duration": 0, "logs": "", "success": False}
    arguments = dict(request["input"] or {})
    arguments["context"] = {"os_session": session(request) if request.get("auth_url") else None}
    argument = arguments.pop("__function_input", None)
    id = request["execution_id"]
    child = _processes.Process(target=run, args=(request, module, function, argument, arguments))
    started = time.time()
    child.start()
    child.join(request["timeout"])
    timed_out = child.is_alive()
    if timed_out:
        os.kill(child.pid, signal.SIGKILL)
        child.join()
    duration = round(time.time() - started, 3)
    if child.exitcode:
        output, success = TIMED_OUT if timed_out else RESOURCES, False
    else:
        with open(f"{id}.result", "rb") as result:
            output, success = pickle.load(result)
        os.remove(f"{id}.result")
    with open(f"{id}.out") as log:
        logs = log.read()
    os.remove(f"{id}.out")
    return 200, {"output": output, "duration": duration, "logs": logs, "success": success}


def session(request):
    raise AssertionError(f"got credentials: {sorted(request)}")


def run(request, module, function, argument, arguments):
    """In a process of its own."""
    for name, limit in (resource.RLIMIT_NOFILE, 1024), (resource.RLIMIT_NPROC, 128), (resource.RLIMIT_FSIZE, 524288000):
        resource.setrlimit(name, (limit, resource.getrlimit(name)[1]))
    id = request["execution_id"]
    sys.stdout = open(f"{id}.out", "w")
    try:
        post(LIMITER, {"cpu": request["cpu"], "memory_size": request["memory_size"], "pid": os.getpid()})
    except OSError as failed:
        print(f"Failed to set resource limits, run in unlimit mode: {failed}")
    print(f"Start execution: {id}")
    try:
        sys.path.insert(0, str(PACKAGES / request["function_id"]))
        handler = getattr(importlib.import_module(module), function)
        output, success = handler(argument, **arguments) if argument else handler(**arguments), True
    except Exception as error:
        if isinstance(error, OSError) and "Resource" in str(error):
            sys.exit(1)
        traceback.print_exc(file=sys.stdout)
        output, success = str(error), False
    finally:
        print(f"Finished execution: {id}")
    with open(f"{id}.result", "wb") as result:
        pickle.dump((output, success), result)
    sys.stdout.close()


def as_nodejs(request):
    started = time.time()
    module, function = (request["entry"] or "main.main").split(".")[:2]
    try:
        failed = download(request)
        if failed:
            raise RuntimeError(failed)
        sys.path.insert(0, str(PACKAGES / request["function_id"]))
        output, success = getattr(importlib.import_module(module), function)({}, request["input"]), True
    except Exception:
        traceback.print_exc()
        output, success = "Function invocation error", False
    body = {"output": output, "duration": int(time.time() - started), "success": success, "logs": ""}
    return 200 if success else 500, body


if __name__ == "__main__":
    become_user()
    server = ThreadingHTTPServer((os.environ.get("HOST", "0.0.0.0"), int(os.environ.get("PORT", "9090"))), Handler)
    print(server.server_port, flush=True)
    server.serve_forever()
