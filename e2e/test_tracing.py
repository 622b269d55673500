# SPDX-License-Identifier: Apache-2.0
"""Traces: what a collector of OpenTelemetry is told of a call, from the REST request to the worker."""

import json
import pathlib
import secrets
import tempfile
import unittest

from certificates import Authority
from collector import Collector
from harness import Qinling, QinlingTest, wait_for
from servers import free_port

# Tells which span the function is part of.
TRACED = """\
def main(context=None, fail=False, **kwargs):
    if fail:
        raise ValueError("as it was told")
    return context.get("traceparent")
"""
TRACED_NODE = {"main.js": "exports.main = (context) => context.traceparent ?? null;\n"}
EXECUTE = "qinling.engine.v1.Executions/Execute"
REQUEST = ("qinling-api", "POST /v1/executions", "server")
CALL = [("qinling-api", EXECUTE, "client"), ("qinling-engine", EXECUTE, "server"), ("qinling-engine", "worker", "client")]
JSON = {"Content-Type": "application/json"}

_collector = None
_qinling = None


def setUpModule():
    """A collector that speaks TLS, and services that trust it."""
    global _collector, _qinling
    folder = unittest.enterModuleContext(tempfile.TemporaryDirectory())
    authority = Authority(folder)
    authority.issue("collector", "server")
    _collector = Collector(certificate=(f"{folder}/collector.crt", f"{folder}/collector.key"))
    unittest.addModuleCleanup(_collector.end)
    _qinling = Qinling({"tracing": {"otlp_endpoint": _collector.endpoint, "ca_file": f"{folder}/ca.crt"}})
    unittest.addModuleCleanup(_qinling.end)
    _qinling.start()


class TraceTest(unittest.TestCase):
    maxDiff = None
    q = None

    @classmethod
    def setUpClass(cls):
        cls.q = _qinling

    def function(self, sources=TRACED, kind="python3"):
        function = self.q.upload(sources, kind).json["id"]
        self.addCleanup(self.q.delete, f"/v1/functions/{function}")
        return function

    def execute(self, function, headers, **fields):
        body = json.dumps({"function_id": function, **fields})
        answer = self.q.request("POST", "/v1/executions", body, {**JSON, **headers})
        self.assertEqual(answer.status, 201, answer)
        return answer

    def assertChain(self, spans, expected, parent=""):
        """Each is the child of the one before."""
        self.assertEqual([(span.service, span.name, span.kind) for span in spans], expected)
        for span in spans:
            self.assertEqual(span.parent, parent, span)
            self.assertLessEqual(span.begun, span.ended)
            parent = span.id


class TestTraces(TraceTest):
    def test_a_synchronous_call_is_one_trace_down_to_the_function(self):
        function = self.function()
        trace, caller = secrets.token_hex(16), secrets.token_hex(8)

        answer = self.execute(function, {"traceparent": f"00-{trace}-{caller}-01"})

        execution = answer.json["id"]
        spans = _collector.trace(trace, 4)
        self.assertChain(spans, [REQUEST, *CALL], caller)
        told = json.loads(answer.json["result"])["output"]
        self.assertEqual(told, f"00-{trace}-{spans[-1].id}-01")
        for span in spans[0], *spans[2:]:
            self.assertEqual(span.attributes["qinling.execution_id"], execution, span)
            self.assertEqual(span.attributes["qinling.function_id"], function, span)
            self.assertEqual(span.attributes["qinling.function_version"], 0, span)
            self.assertEqual(span.attributes["qinling.status"], "success", span)
        request, call, served, worker = (span.attributes for span in spans)
        self.assertEqual(request["http.request.method"], "POST")
        self.assertEqual(request["http.route"], "/v1/executions")
        self.assertEqual(request["http.response.status_code"], 201)
        self.assertEqual(request["qinling.request_id"], answer.headers["X-Openstack-Request-Id"])
        self.assertEqual(call["server.address"], f"127.0.0.1:{self.q.engine.port}")
        self.assertEqual(served["rpc.grpc.status_code"], 0)
        self.assertIs(served["qinling.cold"], True)
        self.assertGreater(served["qinling.wait_seconds"], 0)
        self.assertIn(worker["qinling.worker"], self.q.workers(function))
        self.assertFalse(any(span.is_error for span in spans))

    def test_a_warm_call_is_not_cold_and_begins_a_trace_of_its_own(self):
        function = self.function()
        self.q.run(function)

        execution = self.q.run(function)

        spans = _collector.trace_of(execution["id"], 4)
        self.assertChain(spans, [REQUEST, *CALL])
        self.assertIs(spans[2].attributes["qinling.cold"], False)

    def test_an_asynchronous_execution_goes_on_with_the_trace_of_its_request(self):
        function = self.function()
        trace, caller = secrets.token_hex(16), secrets.token_hex(8)

        answer = self.execute(function, {"traceparent": f"00-{trace}-{caller}-01"}, sync=False)

        spans = _collector.trace(trace, 5)
        self.assertChain(spans, [REQUEST, ("qinling-api", "execution", "internal"), *CALL], caller)
        self.assertEqual(self.q.wait_ended(answer.json["id"])["result"]["output"], f"00-{trace}-{spans[-1].id}-01")
        self.assertEqual(spans[1].attributes["qinling.status"], "success")

    def test_webhooks_and_jobs_are_traced_too(self):
        function = self.function()
        webhook = self.q.post("/v1/webhooks", {"function_id": function}).json["id"]
        self.addCleanup(self.q.delete, f"/v1/webhooks/{webhook}")
        asynchronous = [("qinling-api", "execution", "internal"), *CALL]

        execution = self.q.request("POST", f"/v1/webhooks/{webhook}/invoke").json["execution_id"]

        spans = _collector.trace_of(execution, 5)
        self.assertChain(spans, [("qinling-api", "POST /v1/webhooks/{id}/invoke", "server"), *asynchronous])
        self.assertNotIn(webhook, repr(spans))

        job = self.q.post("/v1/jobs", {"function_id": function, "pattern": "* * * * * */2", "count": 1}).json["id"]
        self.addCleanup(self.q.delete, f"/v1/jobs/{job}")
        runs = wait_for(lambda: self.q.list("executions", f"?description=has:{job}"), "a run of the job")

        self.assertChain(_collector.trace_of(runs[0]["id"], 4), asynchronous)

    def test_a_function_that_fails_makes_its_spans_errors(self):
        execution = self.q.run(self.function(), {"fail": True})

        request, call, served, worker = _collector.trace_of(execution["id"], 4)
        for span in request, served, worker:
            self.assertTrue(span.is_error, span)
            self.assertEqual(span.attributes["qinling.status"], "failed", span)
        self.assertFalse(call.is_error, call)

    def test_code_that_cannot_be_loaded_has_no_span_of_a_worker(self):
        execution = self.q.run(self.function("raise ValueError('at import')\n"))

        spans = _collector.trace_of(execution["id"], 3)
        self.assertChain(spans, [REQUEST, *CALL[:2]])
        self.assertTrue(spans[2].is_error)

    def test_what_the_caller_does_not_want_to_be_kept_is_not_but_functions_are_told(self):
        function = self.function(TRACED_NODE, "nodejs")
        trace = secrets.token_hex(16)

        answer = self.execute(function, {"traceparent": f"00-{trace}-{secrets.token_hex(8)}-00"})
        after = self.q.run(function)

        self.assertRegex(json.loads(answer.json["result"])["output"], f"^00-{trace}-[0-9a-f]{{16}}-00$")
        _collector.trace_of(after["id"], 4)
        self.assertEqual([span for span in _collector.spans if span.trace == trace], [])

    def test_other_calls_of_an_engine_are_part_of_the_trace(self):
        trace, caller = secrets.token_hex(16), secrets.token_hex(8)

        self.q.get(f"/v1/runtimes/{self.q.runtime()}/pool", traceparent=f"00-{trace}-{caller}-01")

        asked = "qinling.engine.v1.RuntimePools/DescribePool"
        self.assertChain(_collector.trace(trace, 3), [
            ("qinling-api", "GET /v1/runtimes/{id}/pool", "server"), ("qinling-api", asked, "client"),
            ("qinling-engine", asked, "server")], caller)

    def test_other_requests_have_the_template_of_their_address_and_errors_of_the_service(self):
        trace = secrets.token_hex(16)

        self.q.get("/v1/functions/11111111-2222-3333-4444-555555555555",
                   traceparent=f"00-{trace}-{secrets.token_hex(8)}-01")

        (span,) = _collector.trace(trace, 1)
        self.assertEqual(span.name, "GET /v1/functions/{id}")
        self.assertEqual(span.attributes["http.response.status_code"], 404)
        self.assertFalse(span.is_error, "the client's fault")


class TestWithoutTracing(QinlingTest):
    def test_functions_are_told_of_no_trace_and_nothing_is_sent(self):
        function = self.function(TRACED)
        body = json.dumps({"function_id": function})
        parent = f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"

        answer = self.q.request("POST", "/v1/executions", body, {**JSON, "traceparent": parent})

        self.assertIsNone(json.loads(answer.json["result"])["output"])
        for service in self.q.api, self.q.engine:
            tasks = pathlib.Path(f"/proc/{service.pid}/task").iterdir()
            names = [(task / "comm").read_text() for task in tasks]
            self.assertEqual([name for name in names if name.startswith("BatchSpan")], [], service.name)


class TestAnAbsentCollector(TraceTest):
    @classmethod
    def setUpClass(cls):
        cls.port = free_port()
        cls.q = Qinling({"tracing": {"otlp_endpoint": f"http://127.0.0.1:{cls.port}", "sample_ratio": 1}})
        cls.addClassCleanup(cls.q.end)
        cls.q.start()

    def lines(self, service, text):
        return [line for line in service.log.read_text().splitlines() if text in line]

    def test_calls_go_on_and_each_service_says_once_that_traces_are_lost(self):
        function = self.function()
        services = self.q.api, self.q.engine
        for service in services:
            def run_and_look(service=service):
                self.assertEqual(self.q.run(function)["status"], "success")
                return self.lines(service, "Traces cannot be sent")
            wait_for(run_and_look, f"{service.name} says so")

        collector = Collector(self.port)
        self.addCleanup(collector.end)
        for service in services:
            def run_and_look_again(service=service):
                self.assertEqual(self.q.run(function)["status"], "success")
                return self.lines(service, "Traces are sent again")
            wait_for(run_and_look_again, f"{service.name} says so")

        _ = collector.trace_of(self.q.run(function)["id"], 4)
        for service in services:
            (warning,) = self.lines(service, "Traces cannot be sent")
            self.assertIn(f"endpoint=http://127.0.0.1:{self.port} reason=", warning)
            self.assertEqual(len(self.lines(service, "Traces are sent again")), 1)
            self.assertEqual(self.lines(service, "opentelemetry"), [])
            self.assertEqual(self.lines(service, "\tat "), [], "no stacks")
