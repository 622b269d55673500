# SPDX-License-Identifier: Apache-2.0
"""
Thousands of requests that are wrong in many ways. Each must be answered in the way that is
documented, tell nothing of the inside, and leave nothing behind.

QINLING_FUZZ_SEED and QINLING_FUZZ_REQUESTS make other runs than the usual one.
"""

import errno
import http.client
import json
import os
import re
import socket
import unittest
import urllib.parse

from document import JSON, document
from fuzz import Fuzzer
from harness import QinlingTest, wait_for

SEED = os.environ.get("QINLING_FUZZ_SEED", "7070")
REQUESTS = int(os.environ.get("QINLING_FUZZ_REQUESTS", "4000"))
BETWEEN_LOOKS = 100
PATIENCE = 20
ECHO = "def main(*args, **kwargs):\n    return None\n"
INSIDE = re.compile(
    rb"org\.h2|SELECT |INSERT |UPDATE |io\.qinling|Exception|at java\.|java\.lang|vertx|netty|resteasy")
# Where all workers may be busy; nothing else here can be overloaded.
BUSY = ("createExecution", "invokeWebhook")
# Refused before there is a request: the server of the framework has no words then.
WORDLESS = (400, 404, 413, 414, 431, 501, 505)
# Refused before it is known what operation is meant.
EVERYWHERE = (b"The request cannot be read: ", b'"Unknown mimetype"', b'"A form has to tell its length."')
# How to remove what an operation has made, and what its answer has to say for that.
MADE = {
    "createRuntime": ("/v1/runtimes/{}", "id"),
    "createFunction": ("/v1/functions/{}", "id"),
    "createFunctionVersion": ("/v1/functions/{function_id}/versions/{}", "version_number"),
    "createFunctionAlias": ("/v1/aliases/{}", "name"),
    "createExecution": ("/v1/executions/{}", "id"),
    "createJob": ("/v1/jobs/{}", "id"),
    "createWebhook": ("/v1/webhooks/{}", "id"),
    "invokeWebhook": ("/v1/executions/{}", "execution_id"),
}
# What changes by itself; an image that cannot be had is replaced by the old one again.
MOVING = {
    "count", "updated_at", "status", "image", "result", "next_execution_time", "latest_version"}


class Connection:
    """Kept as long as the service keeps it."""

    def __init__(self, port):
        self.port = port
        self.socket = None

    def exchange(self, request):
        """The answer, or None when the service has closed the connection instead."""
        is_new = self.socket is None or not request.is_http
        if is_new:
            self.close()
            self.socket = socket.create_connection(("127.0.0.1", self.port), PATIENCE)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            return self._exchange(request)
        except (ConnectionError, http.client.HTTPException):
            self.close()
            # It may have been closed since the last request, which then never arrived.
            return None if is_new else self.exchange(request)

    def _exchange(self, request):
        try:
            self.socket.sendall(request.bytes())
            if request.is_cut:
                self.socket.shutdown(socket.SHUT_WR)
        except OSError as refused:
            # Before all was sent; the answer says why.
            if refused.errno not in (errno.EPIPE, errno.ECONNRESET, errno.ENOTCONN):
                raise
        response = http.client.HTTPResponse(self.socket, method=request.verb)
        response.begin()
        response.body = response.read()
        if response.will_close or not request.is_http:
            self.close()
        return response

    def close(self):
        if self.socket is not None:
            self.socket.close()
            self.socket = None


class TestFuzz(QinlingTest):
    def setUp(self):
        self.logs = {
            service.log: service.log.stat().st_size for service in (self.q.api, self.q.engine)}
        self.packages = self.q.stored_packages()
        self.problems = {}
        self.made = set()
        self.statuses = {}
        self.operations = list(document().operations.values())
        self.by_address = {(each.path, each.verb.upper()): each for each in self.operations}

    def test_wrong_requests_are_refused_and_leave_nothing(self):
        print(f"QINLING_FUZZ_SEED={SEED}", flush=True)
        fuzzer = Fuzzer(SEED, self.operations, *self.things())
        connection = Connection(self.q.api.port)
        self.addCleanup(connection.close)
        self.stored = self.look()
        since = []
        for number in range(REQUESTS):
            request = fuzzer.request(number)
            since.append(request)
            try:
                answer = connection.exchange(request)
            except TimeoutError:
                connection.close()
                self.problem(request, "no answer", None)
                continue
            self.check(request, answer)
            if number % BETWEEN_LOOKS == BETWEEN_LOOKS - 1:
                self.compare(since)
                since = []
        self.compare(since)
        self.check_rest()
        self.report()

    def things(self):
        """
        What requests can name in their paths and in their bodies. A function that is changed, and
        loses its workers, is never run.
        """
        run = self.function(ECHO, name="run")
        self.fuzzed = self.function(ECHO, name="fuzzed")
        in_paths = {"function_id": self.fuzzed, "runtime_id": self.q.new_runtime()}
        self.addCleanup(self.q.delete, f"/v1/runtimes/{in_paths['runtime_id']}")
        in_bodies = {"function_id": run, "runtime_id": self.q.runtime()}
        present = {operation.id for operation in self.operations}
        for operation, parameter, path, body in (
                ("createExecution", "execution_id", "/v1/executions/{id}", {"function_id": run}),
                ("createFunctionVersion", "version_number",
                 f"/v1/functions/{self.fuzzed}/versions/{{version_number}}", {}),
                ("createFunctionAlias", "alias_name", "/v1/aliases/{name}",
                 {"function_id": run, "name": "fuzz"}),
                ("createJob", "job_id", "/v1/jobs/{id}",
                 {"function_id": run, "first_execution_time": "2090-01-01"}),
                ("createWebhook", "webhook_id", "/v1/webhooks/{id}", {"function_id": run})):
            if operation in present:
                made = self.q.post(path.rpartition("/")[0], body)
                self.assertEqual(made.status, 201, made)
                path = path.format(**made.json)
                self.addCleanup(self.q.delete, path)
                in_paths[parameter] = path.rpartition("/")[2]
        if "alias_name" in in_paths:
            in_bodies["function_alias"] = in_paths["alias_name"]
        return in_paths, in_bodies

    # Single answers

    def check(self, request, answer):
        if answer is None:
            if request.is_http:
                self.problem(request, "closed without an answer", None)
            return
        self.statuses[answer.status] = self.statuses.get(answer.status, 0) + 1
        operation = self.by_address.get((request.operation.path, request.verb))
        inside = INSIDE.search(answer.body) or str(self.q.folder).encode() in answer.body
        if inside and answer.status >= 400:  # Results of functions may say anything.
            self.problem(request, "tells of the inside", answer)
        if answer.status >= 500 or answer.status == 429:
            is_busy = answer.status == 429 and operation and operation.id in BUSY
            if not is_busy or not answer.headers.get("Retry-After", "").isdigit():
                self.problem(request, "fails", answer)
        elif answer.status >= 400:
            self.check_refusal(request, answer)
        else:
            self.check_success(request, operation, answer)

    def check_refusal(self, request, answer):
        if answer.status in WORDLESS and not answer.body and self.is_unreadable(request):
            return
        if answer.status == 405 and "Allow" not in answer.headers:
            self.problem(request, "does not tell the verbs", answer)
        if answer.headers["Content-Type"] != JSON:
            self.problem(request, "has another type", answer)
        elif request.verb != "HEAD" and not self.is_error(answer):
            self.problem(request, "has another shape", answer)
        is_plain = not {"wrong_path", "wrong_verb", "wrong_frame"} & set(request.wrongs)
        is_general = any(text in answer.body for text in EVERYWHERE)
        if is_plain and not is_general and request.operation.response(answer.status) is None:
            self.problem(request, f"is not documented to give {answer.status}", answer)

    @staticmethod
    def is_unreadable(request):
        """Whether it is no HTTP, or longer than the server reads."""
        return (not request.is_http or len(request.target) > 4000
                or re.search(rb'%(?![0-9a-fA-F]{2})|^//+(\?|$)|[^!-~]|[\\|<>^`{}"]', request.target)
                or any(not value.isprintable() for _, value in request.headers))

    @staticmethod
    def is_error(answer):
        try:
            error = json.loads(answer.body)
        except ValueError:
            return False
        return (isinstance(error, dict) and set(error) == {"faultcode", "faultstring", "debuginfo"}
                and error["faultcode"] == "Client" and error["debuginfo"] is None
                and isinstance(error["faultstring"], str) and error["faultstring"] != "")

    def check_success(self, request, operation, answer):
        if request.verb == "OPTIONS" or operation is None:
            return
        if "wrong_path" not in request.wrongs:  # It may have become another operation's.
            self.check_documented(request, operation.response(answer.status), answer)
        if operation.id in MADE and answer.status in (201, 202):
            self.remove(request, operation, json.loads(answer.body))
        elif request.verb == "PUT":
            self.stored |= self.look(operation.path)

    def check_documented(self, request, said, answer):
        if said is None:
            self.problem(request, f"is not documented to give {answer.status}", answer)
        elif answer.headers["Content-Type"] == JSON:
            schema = said.get("content", {}).get(JSON, {}).get("schema")
            if schema is None or document().errors(json.loads(answer.body), schema):
                self.problem(request, "is documented to answer something else", answer)

    def remove(self, request, operation, body):
        path, key = MADE[operation.id]
        self.made.add(body[key])
        removed = self.q.delete(path.format(
            urllib.parse.quote(str(body[key]), safe=""), function_id=body.get("function_id")))
        if removed.status != 204:
            self.problem(request, "made what cannot be removed", removed)

    # What is there afterwards

    def look(self, path=None):
        """All lists, or those that an operation's path leads through, but for what is moving."""
        found = {}
        for operation in self.operations:
            name = operation.id
            if not name.startswith("list") or name in ("listApiVersions", "listWorkers"):
                continue
            if path is not None and not path.startswith(operation.path):
                continue
            answer = self.q.get(operation.address(function_id=self.fuzzed))
            if answer.status != 200:
                continue
            (items,) = answer.json.values()
            found[name] = {
                item["id"]: {key: value for key, value in item.items() if key not in MOVING}
                for item in items if item["id"] not in self.made}
        return found

    def compare(self, requests):
        found = self.look()
        if found != self.stored:
            for name, before in self.stored.items():
                after = found[name]
                changed = {
                    key: (before.get(key), after.get(key))
                    for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
                if changed:
                    self.problems[name, "something was left"] = (
                        f"{changed} after\n"
                        + "\n".join(str(each)[:300] for each in requests if each.verb != "GET"))
            self.stored = found

    def check_rest(self):
        self.assertEqual(self.q.get("/v1/runtimes").status, 200)
        self.assertTrue(self.q.api.is_alive() and self.q.engine.is_alive())
        wait_for(lambda: not [each for each in self.uploads()], "uploads are gone", 30)
        for log, size in self.logs.items():
            with open(log, "rb") as lines:
                lines.seek(size)
                text = lines.read().decode(errors="replace")
            for record in re.split(r"^(?=\d{4}-\d\d-\d\d )", text, flags=re.MULTILINE):
                # The framework warns so of connections that end early.
                is_trace = "\n\tat " in record and " io.netty." not in record.split("\n")[0]
                if is_trace or " ERROR " in record.split("\n")[0]:
                    self.problems[log.name, record[24:100]] = f"the log has\n{record[:2000]}"

    def uploads(self):
        return [path for path in (self.q.folder / "upload").rglob("*") if path.is_file()]

    def problem(self, request, what, answer):
        said = "" if answer is None else (
            f"\n  {answer.status} {list(answer.headers.items())} "
            f"{getattr(answer, 'body', b'')[:400]!r}")
        kind = (request.operation.id, what, getattr(answer, "status", None))
        self.problems.setdefault(kind, f"{what}: {request}{said}")

    def report(self):
        shown = ", ".join(f"{count} x {status}" for status, count in sorted(self.statuses.items()))
        print(f"answers: {shown}", flush=True)
        if self.problems:
            self.fail(
                f"{len(self.problems)} kinds of problems with QINLING_FUZZ_SEED={SEED}:\n\n"
                + "\n\n".join(f"{kind}: {text}" for kind, text in self.problems.items()))


if __name__ == "__main__":
    unittest.main()
