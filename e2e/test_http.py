# SPDX-License-Identifier: Apache-2.0
"""What holds for every answer: ids of requests, other sites' pages, health, proxies, TLS."""

import http.client
import json
import re
import ssl
import subprocess
import urllib.error
import urllib.request

from harness import UNKNOWN, Qinling, QinlingTest, wait_for

REQUEST_ID = r"^req-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
OTHER_SITE = "https://tools.example.org"
SITE = "https://horizon.example.org"


class TestRequestId(QinlingTest):
    def test_every_answer_has_an_id_of_its_own(self):
        seen = set()
        for method, path in [
                ("GET", "/"), ("GET", "/v1/"), ("GET", "/v1"), ("GET", "/v1/functions"),
                ("GET", "/v1/functions/"), ("GET", "/nowhere"), ("PATCH", "/v1/functions"),
                ("GET", f"/v1/executions/{UNKNOWN}"), ("OPTIONS", "/v1/jobs"),
                ("GET", "/healthcheck"), ("POST", f"/v1/webhooks/{UNKNOWN}/invoke")]:
            with self.subTest(f"{method} {path}"):
                answer = self.q.request(method, path)
                self.assertEqual(len(answer.headers.get_all("X-Openstack-Request-Id")), 1, answer)
                self.assertRegex(answer.headers["X-Openstack-Request-Id"], REQUEST_ID)
                seen.add(answer.headers["X-Openstack-Request-Id"])
        self.assertEqual(len(seen), 11)

    def test_the_log_has_the_id_of_the_request_that_caused_a_line(self):
        answer = self.q.post("/v1/runtimes", {"image": "no/such-runtime"})
        self.assertEqual(answer.status, 201, answer)
        self.addCleanup(self.q.delete, f"/v1/runtimes/{answer.json['id']}")
        request, runtime = answer.headers["X-Openstack-Request-Id"], answer.json["id"]
        wait_for(
            lambda: re.search(
                rf"\[{request}( -){{5}}\] The engine refused to change a pool: runtime={runtime}",
                self.q.folder.joinpath("api.log").read_text()),
            "the line of the api's log")


class TestHealth(QinlingTest):
    def test_what_the_service_needs_is_listed(self):
        answer = self.q.get("/healthcheck")
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(answer.headers["Content-Type"], "application/json")
        self.assertEqual(answer.json["status"], "ok")
        for check in ("database", "engine"):
            self.assertEqual(answer.json["checks"][check]["status"], "ok", answer)
            self.assertGreaterEqual(answer.json["checks"][check]["milliseconds"], 0)


class TestOtherConfigurations(QinlingTest):
    """Services of their own, since these options hold for a whole process."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = cls.q.folder
        cls.certificate = folder / "api.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1", "-addext",
             "subjectAltName=IP:127.0.0.1", "-keyout", folder / "api.key", "-out",
             cls.certificate], check=True, capture_output=True)
        cls.other = Qinling(options={
            "api": {"enable_ssl_api": "True"},
            "ssl": {"cert_file": cls.certificate, "key_file": folder / "api.key"},
            "oslo_middleware": {"enable_proxy_headers_parsing": "True"},
            "cors": {"allowed_origin": SITE},
            "cors.other": {"allowed_origin": OTHER_SITE, "allow_methods": "GET"}})
        cls.addClassCleanup(cls.other.end)
        cls.other.api.start()
        cls.other.api.wait_ready(lambda: cls._speaks())

    @classmethod
    def _request(cls, method, path, headers=None):
        context = ssl.create_default_context(cafile=cls.certificate)
        request = urllib.request.Request(
            f"https://127.0.0.1:{cls.other.api.port}{path}", method=method, headers=headers or {})
        try:
            return urllib.request.urlopen(request, context=context, timeout=10)
        except urllib.error.HTTPError as refused:
            return refused

    @classmethod
    def _speaks(cls):
        try:
            return cls._request("GET", "/").status == 200
        except OSError:
            return False

    def test_tls_is_spoken_and_nothing_else(self):
        self.assertEqual(
            json.load(self._request("GET", "/v1/")),
            {"uri": f"https://127.0.0.1:{self.other.api.port}/v1"})
        with self.assertRaises((OSError, http.client.HTTPException)):
            self.other.get("/")

    def test_the_headers_of_a_proxy_make_the_address(self):
        forwarded = {
            "X-Forwarded-Proto": "https", "X-Forwarded-Host": "faas.example.org",
            "X-Forwarded-Prefix": "/functions"}
        self.assertEqual(
            json.load(self._request("GET", "/v1/", forwarded))["uri"],
            "https://faas.example.org/functions/v1")

    def test_pages_of_an_allowed_site_may_call(self):
        answer = self._request("GET", "/v1/functions", {"Origin": SITE})
        self.assertEqual(answer.headers["Access-Control-Allow-Origin"], SITE)
        self.assertEqual(answer.headers["Access-Control-Allow-Credentials"], "true")
        self.assertIn("X-Auth-Token", answer.headers["Access-Control-Expose-Headers"])
        self.assertEqual(answer.headers["Vary"], "Origin")

    def test_a_browser_that_asks_is_told(self):
        asks = {"Origin": SITE, "Access-Control-Request-Method": "PUT",
                "Access-Control-Request-Headers": "x-auth-token, content-type"}
        answer = self._request("OPTIONS", "/v1/functions", asks)
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.headers["Access-Control-Allow-Origin"], SITE)
        self.assertEqual(answer.headers["Access-Control-Allow-Methods"], "PUT")
        self.assertEqual(answer.headers["Access-Control-Allow-Headers"], "x-auth-token, content-type")
        self.assertEqual(answer.headers["Access-Control-Max-Age"], "3600")

    def test_each_site_has_its_own_section(self):
        answer = self._request("GET", "/v1/functions", {"Origin": OTHER_SITE})
        self.assertEqual(answer.headers["Access-Control-Allow-Origin"], OTHER_SITE)
        for method, allowed in (("GET", OTHER_SITE), ("PUT", None)):
            asks = {"Origin": OTHER_SITE, "Access-Control-Request-Method": method}
            answer = self._request("OPTIONS", "/v1/functions", asks)
            self.assertEqual(answer.headers["Access-Control-Allow-Origin"], allowed)

    def test_what_is_not_allowed_is_answered_without_the_headers(self):
        for method, headers in [
                ("GET", {"Origin": "https://evil.example.org"}),
                ("OPTIONS", {"Origin": "https://evil.example.org",
                             "Access-Control-Request-Method": "PUT"}),
                ("OPTIONS", {"Origin": SITE, "Access-Control-Request-Method": "TRACE"}),
                ("OPTIONS", {"Origin": SITE, "Access-Control-Request-Method": "PUT",
                             "Access-Control-Request-Headers": "X-Evil"})]:
            with self.subTest(method=method, headers=headers):
                answer = self._request(method, "/v1/functions", headers)
                self.assertEqual(answer.status, 200)
                self.assertIsNone(answer.headers["Access-Control-Allow-Methods"])
                self.assertIsNone(answer.headers["Access-Control-Allow-Origin"])

    def test_without_an_engine_it_serves_but_says_so(self):
        answer = json.load(self._request("GET", "/healthcheck"))
        self.assertEqual(answer["status"], "degraded")
        self.assertEqual(answer["checks"]["engine"]["status"], "failing")
        self.assertEqual(answer["checks"]["database"]["status"], "ok")
