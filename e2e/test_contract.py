# SPDX-License-Identifier: Apache-2.0
"""The v1 API, rule by rule: a request, and what must come back."""

import hashlib
import json

from harness import (
    IMAGES, MIB, TIMESTAMP, UNKNOWN, UUID, QinlingTest, multipart, qinling, wait_for, zip_of)

ECHO = """\
def main(*args, context=None, **kwargs):
    print("ran")
    return {"args": args, "kwargs": kwargs}
"""
JSON = {"Content-Type": "application/json"}
PACKAGE_SOURCE = '{"source": "package"}'
MAX_PACKAGE = 50 * MIB
MAX_INPUT = MIB
RUNTIME_FIELDS = {
    "id", "name", "image", "description", "is_public", "trusted", "status", "project_id",
    "created_at", "updated_at"}
FUNCTION_FIELDS = {
    "id", "name", "description", "cpu", "memory_size", "timeout", "runtime_id", "code", "entry",
    "count", "latest_version", "project_id", "created_at", "updated_at"}
EXECUTION_FIELDS = {
    "id", "function_id", "function_version", "function_alias", "description", "status", "sync",
    "input", "result", "project_id", "attempts", "max_attempts", "last_error", "created_at", "updated_at"}


class ContractTest(QinlingTest):
    """Has a function F and an execution E that no test changes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        q = cls.q
        cls.r = q.runtime()
        cls.package = zip_of(ECHO)
        cls.f = q.upload(cls.package, name="F").json["id"]
        cls.addClassCleanup(q.delete, f"/v1/functions/{cls.f}")
        cls.e = q.run(cls.f)["id"]
        cls.addClassCleanup(q.delete, f"/v1/executions/{cls.e}")

    def new_runtime(self, **fields):
        """A runtime whose image nobody has, so that it costs nothing."""
        answer = self.q.post("/v1/runtimes", {"image": "nobody/has-this", **fields})
        if answer.status == 201:
            self.addCleanup(self.q.delete, f"/v1/runtimes/{answer.json['id']}")
        return answer

    def failed_runtime(self):
        runtime = self.assertJson(self.new_runtime(), 201)["id"]
        wait_for(lambda: self.q.status_of("runtimes", runtime) == "error", "the status error")
        return runtime

    def new_execution(self, **fields):
        """Runs nothing that matters."""
        answer = self.q.post("/v1/executions", {"function_id": self.f, **fields})
        if answer.status == 201:
            self.addCleanup(self.q.delete, f"/v1/executions/{answer.json['id']}")
        return answer

    def stored(self):
        """All there is of functions."""
        return self.ids("functions"), self.q.stored_packages()

    def ids(self, resource):
        return {item["id"] for item in self.q.list(resource)}


class TestVersionDocuments(ContractTest):
    def test_the_list_of_versions(self):
        link = {"href": f"{self.q.url}/v1", "target": "v1", "rel": "self"}
        wanted = {"versions": [{"id": "v1.0", "status": "CURRENT", "links": [link]}]}
        for method in ("GET", "POST", "PUT", "DELETE"):
            with self.subTest(method):
                self.assertEqual(self.assertJson(self.q.request(method, "/")), wanted)

    def test_the_document_of_version_1(self):
        for method in ("GET", "POST", "PUT", "DELETE"):
            with self.subTest(method):
                answer = self.q.request(method, "/v1/")
                self.assertEqual(self.assertJson(answer), {"uri": f"{self.q.url}/v1"})

    def test_addresses_are_those_of_the_request(self):
        answer = self.q.get("/v1/", Host="functions.example.org:8080")
        self.assertEqual(answer.json, {"uri": "http://functions.example.org:8080/v1"})

    def test_version_1_without_slash_redirects(self):
        answer = self.q.get("/v1")
        self.assertEqual((answer.status, answer.headers["Location"]), (302, f"{self.q.url}/v1/"))


class TestRouting(ContractTest):
    def test_slashes_at_the_end_and_doubled_ones_mean_nothing(self):
        cases = [
            ("GET", "/v1/runtimes/", 200), ("GET", f"/v1/runtimes/{self.r}/", 200),
            ("GET", f"/v1/runtimes/{self.r}/pool/", 200), ("GET", "/v1/functions/", 200),
            ("GET", f"/v1/functions/{self.f}/", 200),
            ("GET", f"/v1/functions/{self.f}/?download=true", 200),
            ("GET", f"/v1/functions/{self.f}/workers/", 200),
            ("GET", f"/v1/functions/{self.f}/workers/?function_version=0", 200),
            ("GET", "/v1/executions/", 200), ("GET", "/v1/executions/?status=success", 200),
            ("GET", f"/v1/executions/{self.e}/", 200), ("GET", f"/v1/executions/{self.e}/log/", 200),
            ("POST", f"/v1/functions/{UNKNOWN}/detach/", 404),
            ("DELETE", f"/v1/functions/{UNKNOWN}/", 404),
            ("GET", "/v1//runtimes", 200), ("GET", "//v1/functions", 200),
            ("GET", f"/v1/functions//{self.f}", 200), ("GET", f"/v1//executions//{self.e}//log", 200)]
        for method, path, status in cases:
            with self.subTest(f"{method} {path}"):
                self.assertEqual(self.q.request(method, path).status, status)

    def test_bodies_survive_a_slash_at_the_end(self):
        scaled = self.q.post(f"/v1/functions/{self.f}/scale_down/", {"count": 1})
        made = self.new_execution_at("/v1/executions/")
        self.assertEmpty(scaled, 202)
        self.assertEqual(self.assertJson(made, 201)["input"], "x")
        uploaded = self.q.send_form(
            "POST", "/v1/functions/", {"runtime_id": self.r, "code": PACKAGE_SOURCE},
            [("package", "p.zip", self.package)])
        function = self.assertJson(uploaded, 201)["id"]
        self.addCleanup(self.q.delete, f"/v1/functions/{function}")
        renamed = self.q.send_urlencoded("PUT", f"/v1/functions/{function}/", {"name": "n"})
        self.assertEqual(self.assertJson(renamed)["name"], "n")

    def new_execution_at(self, path):
        return self.q.post(path, {"function_id": self.f, "input": "x"})

    def test_percent_encoding_is_decoded(self):
        encoded = "".join(f"%{ord(letter):02x}" for letter in self.r)
        self.assertEqual(self.q.get(f"/v1/%72untimes/{encoded}").json["id"], self.r)

    def test_unknown_paths(self):
        paths = [
            "/nothing", "/v2", "/v1/nothing", f"/v1/functions/{self.f}/nothing",
            f"/v1/runtimes/{self.r}/pool/nothing", f"/v1/executions/{self.e}/log/x", "/v1/versions",
            f"/v1/functions/{self.f}/detach", f"/v1/functions/{self.f}/scale_up",
            f"/v1/functions/{self.f}/scale_down", "/v1/%00", "/v1/functions/%2e%2e%2f%2e%2e"]
        for path in paths:
            with self.subTest(path):
                self.assertRefused(self.q.get(path), 404)

    def test_verbs_that_are_not_spoken(self):
        # Verbs of the path itself, and those of all its resource's paths: Allow may be any between.
        cases = [
            ("/v1/runtimes", "GET POST", "DELETE GET POST PUT"),
            (f"/v1/runtimes/{self.r}", "DELETE GET PUT", "DELETE GET POST PUT"),
            (f"/v1/runtimes/{self.r}/pool", "GET", "GET"),
            ("/v1/functions", "GET POST", "DELETE GET POST PUT"),
            (f"/v1/functions/{self.f}", "DELETE GET PUT", "DELETE GET POST PUT"),
            (f"/v1/functions/{self.f}/workers", "GET", "GET"),
            ("/v1/executions", "GET POST", "DELETE GET POST"),
            (f"/v1/executions/{self.e}", "DELETE GET", "DELETE GET POST"),
            (f"/v1/executions/{self.e}/log", "GET", "GET")]
        for path, own, all_of_resource in cases:
            for method in ("PATCH", "HEAD"):
                with self.subTest(f"{method} {path}"):
                    answer = self.q.request(method, path)
                    self.assertEqual(answer.status, 405)
                    self.assertAllows(answer, own, all_of_resource)
                    if method == "PATCH":
                        self.assertRefused(answer, 405)
        for method, path, own in [
                ("PUT", f"/v1/executions/{self.e}", "DELETE GET"),
                ("POST", f"/v1/functions/{self.f}/workers", "GET"),
                ("DELETE", f"/v1/functions/{self.f}/workers", "GET"),
                ("POST", f"/v1/runtimes/{self.r}/pool", "GET"),
                ("DELETE", f"/v1/executions/{self.e}/log", "GET")]:
            with self.subTest(f"{method} {path}"):
                answer = self.q.request(method, path)
                self.assertRefused(answer, 405)
                self.assertAllows(answer, own, own + " POST")

    def assertAllows(self, answer, least, most):
        self.assertIn("Allow", answer.headers, answer)
        allowed = set(answer.headers["Allow"].replace(" ", "").split(",")) - {"HEAD", "OPTIONS"}
        self.assertLessEqual(set(least.split()), allowed, answer)
        self.assertLessEqual(allowed, set(most.split()), answer)

    def test_verbs_of_items_on_collections_and_the_reverse(self):
        for method, path in [
                ("DELETE", "/v1/runtimes"), ("PUT", "/v1/runtimes"), ("DELETE", "/v1/functions"),
                ("PUT", "/v1/functions"), ("DELETE", "/v1/executions"),
                ("POST", f"/v1/runtimes/{self.r}"), ("POST", f"/v1/executions/{self.e}")]:
            with self.subTest(f"{method} {path}"):
                answer = self.q.request(method, path)
                self.assertRefused(answer, answer.status)
                self.assertIn(answer.status, (400, 405))

    def test_options_are_always_answered(self):
        for path in ("/", "/v1/runtimes", f"/v1/functions/{self.f}", "/nothing"):
            with self.subTest(path):
                answer = self.q.request("OPTIONS", path)
                self.assertEqual((answer.status, answer.body), (200, b""))


class TestNegotiation(ContractTest):
    ACCEPTS = (
        None, "*/*", "application/json", "text/plain", "text/html", "application/xml",
        "application/zip", "image/png", "garbage")

    def each_accept(self):
        for accept in self.ACCEPTS:
            with self.subTest(accept):
                yield {} if accept is None else {"Accept": accept}

    def test_json_is_answered_whatever_is_accepted(self):
        for path in ("/v1/runtimes", "/v1/functions", f"/v1/functions/{self.f}", "/v1/executions",
                     f"/v1/executions/{self.e}", f"/v1/functions/{self.f}/workers", "/"):
            for headers in self.each_accept():
                self.assertJson(self.q.get(path, **headers))

    def test_errors_are_json_whatever_is_accepted(self):
        for path in (f"/v1/functions/{UNKNOWN}", f"/v1/executions/{UNKNOWN}/log", "/nothing",
                     f"/v1/functions/{UNKNOWN}?download=true"):
            for headers in self.each_accept():
                self.assertRefused(self.q.get(path, **headers), 404)

    def test_creation_is_answered_whatever_is_accepted(self):
        for headers in self.each_accept():
            answer = self.q.request(
                "POST", "/v1/executions", json.dumps({"function_id": self.f}), {**JSON, **headers})
            self.assertJson(answer, 201)

    def test_a_download_is_the_package_whatever_is_accepted(self):
        for headers in self.each_accept():
            for encoding in ("identity", "gzip"):
                answer = self.q.get(
                    f"/v1/functions/{self.f}?download=true", **headers,
                    **{"Accept-Encoding": encoding})
                self.assertEqual(answer.status, 200)
                self.assertEqual(answer.headers["Content-Type"], "application/zip")
                self.assertEqual(answer.body, self.package)
                self.assertEqual(
                    answer.headers["Content-Disposition"], f'attachment; filename="{self.f}"')
                self.assertEqual(answer.headers["Content-Length"], str(len(self.package)))

    def test_download_says_yes_in_many_words(self):
        for yes in ("1", "t", "true", "on", "y", "yes", "TRUE", "Yes", "%20true%20"):
            with self.subTest(yes):
                answer = self.q.get(f"/v1/functions/{self.f}?download={yes}")
                self.assertEqual(answer.headers["Content-Type"], "application/zip")
        for no in ("0", "false", "no", "", "2", "tru"):
            with self.subTest(no):
                answer = self.q.get(f"/v1/functions/{self.f}?download={no}")
                self.assertEqual(self.assertJson(answer)["id"], self.f)

    def test_a_log_is_text_whatever_is_accepted(self):
        for headers in self.each_accept():
            answer = self.q.get(f"/v1/executions/{self.e}/log", **headers)
            self.assertEqual(answer.status, 200)
            self.assertEqual(answer.headers["Content-Type"], "text/plain; charset=UTF-8")
            self.assertEqual(
                answer.text,
                f"Start execution: {self.e}\nran\nFinished execution: {self.e}\n")


class TestDecoding(ContractTest):
    """Bodies and queries of endpoints that speak JSON."""

    def json_endpoints(self):
        """Each with a body that it takes and the status that follows."""
        return [
            ("POST", "/v1/executions", {"function_id": self.f}, 201),
            ("PUT", f"/v1/runtimes/{self.r}", {}, 200),
            ("POST", f"/v1/functions/{self.f}/scale_down", {"count": 1}, 202),
            ("POST", "/v1/runtimes", {"image": "nobody/has-this"}, 201)]

    def send(self, method, path, body, content_type):
        headers = {} if content_type is None else {"Content-Type": content_type}
        answer = self.q.request(method, path, body, headers)
        if path == "/v1/runtimes" and answer.status == 201:
            self.addCleanup(self.q.delete, f"/v1/runtimes/{answer.json['id']}")
        return answer

    def test_names_of_json(self):
        for method, path, body, status in self.json_endpoints():
            for name in ("application/json", "application/json; charset=utf-8",
                         "application/json;charset=UTF-8", "Application/JSON", "text/javascript",
                         "application/javascript"):
                with self.subTest(f"{method} {path} {name}"):
                    answer = self.send(method, path, json.dumps(body), name)
                    self.assertEqual(answer.status, status, answer)

    def test_other_types_are_refused(self):
        for method, path, body, _ in self.json_endpoints():
            for name in (None, "text/plain", "application/x-www-form-urlencoded",
                         "multipart/form-data; boundary=x", "application/xml", "garbage", ""):
                with self.subTest(f"{method} {path} {name}"):
                    answer = self.send(method, path, json.dumps(body), name)
                    self.assertRefused(answer, 415, "mimetype")

    def test_bodies_that_are_no_object(self):
        bodies = [
            "", "null", "[1]", "5", '"text"', "true", "{", '{"a": }', "{} {}", "{'a': 1}", "text",
            '{"image": "x"', "{" * 100_000, "[" * 100_000, b'{"image": "\xff"}',
            '{"image": "a\nb"}', '{"image": NaN}', '{"a": 1e999999999}', "1" * 100_000]
        for method, path, _, _ in self.json_endpoints():
            for body in bodies:
                with self.subTest(f"{method} {path} {body[:20]!r}"):
                    self.assertRefused(self.send(method, path, body, "application/json"), 400)

    def test_a_body_is_required(self):
        for method, path, _, _ in self.json_endpoints():
            for content_type in (None, "application/json", "text/plain"):
                with self.subTest(f"{method} {path} {content_type}"):
                    answer = self.send(method, path, None, content_type)
                    self.assertRefused(answer, 400, "missing argument")

    def test_unknown_keys_are_refused(self):
        for method, path, body, _ in self.json_endpoints():
            for value in (1, None):
                with self.subTest(f"{method} {path} {value}"):
                    answer = self.q.send_json(
                        method, path, {**body, "bogus": value, "silly": value})
                    self.assertRefused(answer, 400, "unknown attribute", "bogus", "silly")

    def test_read_only_keys_are_refused(self):
        runtime = ("status", "project_id", "created_at", "updated_at")
        execution = (*runtime, "result")
        for method, path, body, keys in [
                ("POST", "/v1/runtimes", {"image": "x"}, runtime),
                ("PUT", f"/v1/runtimes/{self.r}", {}, runtime),
                ("POST", "/v1/executions", {"function_id": self.f}, execution)]:
            for key in keys:
                for value in ("x", None):
                    with self.subTest(f"{method} {path} {key} {value}"):
                        answer = self.q.send_json(method, path, {**body, key: value})
                        self.assertRefused(answer, 400, "read only", key)

    def test_unknown_query_parameters_are_refused(self):
        cases = [
            ("GET", "/v1/runtimes", None), ("GET", f"/v1/runtimes/{self.r}", None),
            ("GET", f"/v1/runtimes/{self.r}/pool", None), ("GET", "/v1/functions", None),
            ("GET", f"/v1/functions/{self.f}/workers", None), ("GET", "/v1/executions", None),
            ("GET", f"/v1/executions/{self.e}", None), ("DELETE", f"/v1/runtimes/{self.r}", None),
            ("DELETE", f"/v1/functions/{self.f}", None),
            ("DELETE", f"/v1/executions/{self.e}", None),
            ("POST", f"/v1/functions/{self.f}/detach", None),
            *((method, path, body) for method, path, body, _ in self.json_endpoints())]
        for method, path, body in cases:
            with self.subTest(f"{method} {path}"):
                body = None if body is None else json.dumps(body)
                answer = self.q.request(method, f"{path}?bogus=1", body, JSON if body else {})
                self.assertRefused(answer, 400, "unknown argument", "bogus")

    def test_lists_do_not_page_or_sort(self):
        for resource in ("runtimes", "functions", "executions"):
            for parameter in ("limit=1", "marker=x", "name=F", "sort_key=id", "sort_dir=asc",
                              "fields=id"):
                with self.subTest(f"{resource} {parameter}"):
                    self.assertRefused(self.q.get(f"/v1/{resource}?{parameter}"), 400)
        self.assertRefused(self.q.get("/v1/runtimes?all_projects=true"), 400)

    def test_lenient_endpoints_ignore_query_parameters(self):
        self.assertJson(self.q.get(f"/v1/functions/{self.f}?bogus=1"))
        self.assertEqual(self.q.get(f"/v1/executions/{self.e}/log?bogus=1").status, 200)

    def test_json_may_be_said_of_no_body(self):
        for path in ("/v1/runtimes", "/v1/functions", f"/v1/functions/{self.f}",
                     f"/v1/functions/{self.f}/workers", f"/v1/executions/{self.e}",
                     f"/v1/executions/{self.e}/log", f"/v1/runtimes/{self.r}/pool"):
            with self.subTest(path):
                self.assertEqual(self.q.get(path, **JSON).status, 200)
        self.assertRefused(self.q.request("DELETE", f"/v1/functions/{UNKNOWN}", headers=JSON), 404)

    def test_detach_takes_no_body(self):
        path = f"/v1/functions/{self.f}/detach"
        self.assertEmpty(self.q.request("POST", path), 202)
        self.assertEmpty(self.q.request("POST", path, "", JSON), 202)
        self.assertEmpty(self.q.post(path, {}), 202)
        self.assertRefused(self.q.post(path, {"count": 1}), 400)


class TestCoercion(ContractTest):
    NO_TEXT = (5, 1.5, True, {"a": 1}, ["a"])

    def test_texts(self):
        for value in self.NO_TEXT:
            for key in ("image", "name", "description"):
                with self.subTest(f"{key}={value}"):
                    self.assertRefused(self.new_runtime(**{key: value}), 400, key)
                    answer = self.q.put(f"/v1/runtimes/{self.r}", {key: value})
                    self.assertRefused(answer, 400, key)
            for key in ("input", "description", "function_id", "function_alias"):
                with self.subTest(f"{key}={value}"):
                    self.assertRefused(self.new_execution(**{key: value}), 400, key)

    def test_integers(self):
        for value in (0, "0", False, 0.9, None):
            with self.subTest(value):
                answer = self.new_execution(function_version=value)
                self.assertEqual(self.assertJson(answer, 201)["function_version"], 0)
        # There is no such version, but it is understood.
        for value in (1, "1", True, 1.9):
            with self.subTest(value):
                self.assertRefused(self.new_execution(function_version=value), 404)
        for value in ("abc", "", "1.5", [], {}, [1], 2 ** 70):
            with self.subTest(value):
                self.assertRefused(self.new_execution(function_version=value), 400)
        for value in (-1, "-1"):
            with self.subTest(value):
                answer = self.new_execution(function_version=value)
                self.assertRefused(answer, answer.status)
                self.assertIn(answer.status, (400, 404))

    def test_booleans(self):
        for value in (True, 1, 2, -1, "true", "t", "yes", "y", "on", "1", None):
            with self.subTest(value):
                self.assertIs(self.assertJson(self.new_runtime(trusted=value), 201)["trusted"], True)
        for value in (False, 0, "false", "f", "no", "n", "off", "0"):
            with self.subTest(value):
                self.assertIs(
                    self.assertJson(self.new_runtime(is_public=value), 201)["is_public"], False)
        for value in ("True", "YES", "", "maybe", {}, []):
            with self.subTest(value):
                self.assertRefused(self.new_runtime(is_public=value), 400, "is_public")
                self.assertRefused(self.new_execution(sync=value), 400, "sync")

    def forms_of(self, uuid):
        """What is a UUID, but not in the form in which ids are kept."""
        return uuid.upper(), uuid.replace("-", ""), f"%7B{uuid}%7D", f"urn:uuid:{uuid}"

    def test_ids_in_paths(self):
        for path in ("/v1/runtimes/{}", "/v1/runtimes/{}/pool", "/v1/executions/{}"):
            for bad in ("not-a-uuid", "1", self.r[:-1], self.r + "0", self.r.replace("-", "_"),
                        "%00", "g" + self.r[1:]):
                with self.subTest(f"{path} {bad}"):
                    self.assertRefused(self.q.get(path.format(bad)), 400)
            for form in (UNKNOWN, *self.forms_of(UNKNOWN)):
                with self.subTest(f"{path} {form}"):
                    self.assertRefused(self.q.get(path.format(form)), 404, "not found")
        for method, path in [
                ("DELETE", "/v1/functions/{}"), ("GET", "/v1/functions/{}/workers"),
                ("POST", "/v1/functions/{}/detach"), ("DELETE", "/v1/runtimes/{}"),
                ("DELETE", "/v1/executions/{}")]:
            with self.subTest(f"{method} {path}"):
                self.assertRefused(self.q.request(method, path.format("not-a-uuid")), 400)
        for method, path, body in [
                ("PUT", "/v1/runtimes/not-a-uuid", {}),
                ("POST", "/v1/functions/not-a-uuid/scale_up", {"count": 1}),
                ("POST", "/v1/functions/not-a-uuid/scale_down", {"count": 1})]:
            with self.subTest(f"{method} {path}"):
                self.assertRefused(self.q.send_json(method, path, body), 400)

    def test_any_text_may_stand_where_ids_are_not_checked(self):
        for path in ("/v1/functions/not-a-uuid", "/v1/executions/not-a-uuid/log",
                     f"/v1/functions/{self.f.upper()}", "/v1/functions/%F0%9F%98%80"):
            with self.subTest(path):
                self.assertRefused(self.q.get(path), 404, "not found")
        self.assertRefused(self.q.put("/v1/functions/not-a-uuid", {}), 404)

    def test_ids_in_bodies(self):
        for bad in ("not-a-uuid", "1", self.f + "0"):
            with self.subTest(bad):
                self.assertRefused(self.new_execution(function_id=bad), 400)
        for form in (self.f.upper(), self.f.replace("-", ""), f"{{{self.f}}}", f"urn:uuid:{self.f}"):
            with self.subTest(form):
                self.assertRefused(self.new_execution(function_id=form), 404)

    def test_counts(self):
        path = f"/v1/functions/{self.f}/scale_down"
        for body in ({"count": 1}, {"count": "2"}, {"count": 1.9}, {"count": True},
                     {"count": None}, {}):
            with self.subTest(body):
                self.assertEmpty(self.q.post(path, body), 202)
        for count in (0, -1, "0", "a", "", False, 0.9, [], {}, 2 ** 40):
            for action in ("scale_down", "scale_up"):
                with self.subTest(f"{action} {count}"):
                    answer = self.q.post(f"/v1/functions/{self.f}/{action}", {"count": count})
                    self.assertRefused(answer, 400, "count")

    def test_versions_in_queries(self):
        path = f"/v1/functions/{self.f}/workers?function_version="
        self.assertEqual(self.assertJson(self.q.get(path + "7")), {"workers": []})
        for bad in ("a", "1.5", "true", "1e1"):
            with self.subTest(bad):
                self.assertRefused(self.q.get(path + bad), 400)


class TestEncoding(ContractTest):
    def assertTimes(self, item, is_updated):
        self.assertRegex(item["created_at"], TIMESTAMP)
        if is_updated:
            self.assertRegex(item["updated_at"], TIMESTAMP)
        else:
            self.assertIsNone(item["updated_at"])

    def test_a_runtime_has_all_its_fields(self):
        made = self.assertJson(self.new_runtime(), 201)
        shown = self.q.get(f"/v1/runtimes/{made['id']}").json
        listed = next(item for item in self.q.list("runtimes") if item["id"] == made["id"])
        for item in (made, shown, listed):
            self.assertEqual(set(item), RUNTIME_FIELDS)
        self.assertTimes(made, is_updated=False)
        self.assertRegex(made["id"], UUID)
        self.assertEqual(
            {**made, "id": 0, "created_at": 0},
            {"id": 0, "name": None, "image": "nobody/has-this", "description": None,
             "is_public": True, "trusted": True, "status": "creating", "project_id": "default",
             "created_at": 0, "updated_at": None})

    def test_a_function_has_all_its_fields(self):
        answer = self.q.upload(self.package)
        made = self.assertJson(answer, 201)
        self.addCleanup(self.q.delete, f"/v1/functions/{made['id']}")
        self.assertIsNone(answer.headers["Location"])
        code = {"source": "package", "md5sum": hashlib.md5(self.package).hexdigest()}
        self.assertTimes(made, is_updated=False)
        self.assertRegex(made["id"], UUID)
        self.assertEqual(
            {**made, "id": 0, "created_at": 0},
            {"id": 0, "name": None, "description": None, "cpu": 100, "memory_size": 33554432,
             "timeout": 5, "runtime_id": self.r, "code": code, "entry": "main.main", "count": 0,
             "latest_version": 0, "project_id": "default", "created_at": 0, "updated_at": None})

        # In the list the code is a text, in all other answers an object.
        shown = self.q.get(f"/v1/functions/{made['id']}").json
        listed = next(item for item in self.q.list("functions") if item["id"] == made["id"])
        self.assertEqual(shown, made)
        self.assertIsInstance(listed["code"], str)
        self.assertEqual({**listed, "code": json.loads(listed["code"])}, made)
        updated = self.assertJson(self.q.put(f"/v1/functions/{made['id']}", {"name": "n"}))
        self.assertTimes(updated, is_updated=True)
        self.assertEqual({**updated, "updated_at": None}, {**made, "name": "n"})

    def test_an_execution_has_all_its_fields(self):
        made = self.assertJson(self.new_execution(input='{"a": 1}', description="d"), 201)
        shown = self.q.get(f"/v1/executions/{made['id']}").json
        listed = next(item for item in self.q.list("executions") if item["id"] == made["id"])
        self.assertEqual(set(made), EXECUTION_FIELDS)
        self.assertEqual((shown, listed), (made, made))
        self.assertTimes(made, is_updated=True)
        self.assertIsInstance(made["result"], str)
        result = json.loads(made["result"])
        self.assertEqual(set(result), {"output", "duration"})
        self.assertEqual(result["output"], {"args": [], "kwargs": {"a": 1}})
        self.assertEqual(round(result["duration"], 3), result["duration"])
        self.assertEqual(
            {**made, "id": 0, "result": 0, "created_at": 0, "updated_at": 0},
            {"id": 0, "function_id": self.f, "function_version": 0, "function_alias": None,
             "description": "d", "status": "success", "sync": True, "input": '{"a": 1}',
             "result": 0, "project_id": "default", "attempts": 1, "max_attempts": 1,
             "last_error": None, "created_at": 0, "updated_at": 0})

    def test_an_asynchronous_execution_starts_without_result(self):
        made = self.assertJson(self.new_execution(sync=False, input="x"), 201)
        self.assertEqual(
            (made["status"], made["sync"], made["result"], made["input"], made["updated_at"]),
            ("running", False, None, "x", None))
        self.assertOutput(
            self.q.wait_ended(made["id"]), "success", {"args": ["x"], "kwargs": {}})

    def test_pools_and_workers_have_their_fields(self):
        self.q.run(self.f)
        pool = self.assertJson(self.q.get(f"/v1/runtimes/{self.r}/pool"))
        workers = self.assertJson(self.q.get(f"/v1/functions/{self.f}/workers"))["workers"]
        self.assertEqual(set(pool), {"name", "capacity"})
        self.assertEqual(pool["name"], self.r)
        self.assertEqual(set(pool["capacity"]), {"total", "available"})
        self.assertEqual(len(workers), 1)
        self.assertEqual(
            {**workers[0], "worker_name": 0},
            {"function_id": self.f, "function_version": 0, "worker_name": 0})

    def test_texts_beyond_ascii_are_escaped(self):
        name = "Grüße \u2603 \U0001f600 \\ \" </x>"
        answer = self.new_runtime(name=name)
        self.assertEqual(self.assertJson(answer, 201)["name"], name)
        self.assertTrue(answer.body.isascii())
        self.assertTrue(self.q.get("/v1/runtimes").body.isascii())
        function = self.function(ECHO, name=name)
        self.assertEqual(self.q.get(f"/v1/functions/{function}").json["name"], name)
        self.assertTrue(self.q.get("/v1/functions").body.isascii())

    def test_lists_are_in_order_of_creation(self):
        made = [self.new_runtime().json["id"] for _ in range(3)]
        listed = self.q.list("runtimes")
        self.assertEqual([item["id"] for item in listed if item["id"] in made], made)
        times = [item["created_at"] for item in listed]
        self.assertEqual(times, sorted(times))

    def test_empty_lists_have_their_key(self):
        for path, body in [
                ("/v1/executions?status=nothing", {"executions": []}),
                (f"/v1/functions/{UNKNOWN}/workers", {"workers": []})]:
            with self.subTest(path):
                self.assertEqual(self.assertJson(self.q.get(path)), body)


class TestProjects(ContractTest):
    """Without authentication all are of one project, whatever headers say."""

    def test_headers_do_not_choose_the_project(self):
        answer = self.q.request(
            "POST", "/v1/executions", json.dumps({"function_id": self.f}),
            {**JSON, "X-Project-Id": "other", "X-Auth-Token": "t", "X-Roles": "member"})
        self.assertEqual(self.assertJson(answer, 201)["project_id"], "default")
        shown = self.q.get(f"/v1/functions/{self.f}", **{"X-Project-Id": "other"})
        self.assertEqual(self.assertJson(shown)["project_id"], "default")

    def test_scopes_of_lists(self):
        own = {"functions": self.f, "executions": self.e}
        for resource, item in own.items():
            for query, roles, is_listed in [
                    ("all_projects=true", "", True), ("all_projects=false", "", True),
                    ("all_projects=", "", True), ("project_id=", "", True),
                    ("project_id=default", "", True),
                    # Only administrators filter by project; for others it means nothing.
                    ("project_id=other", "", True), ("project_id=other", "Admin", True),
                    ("project_id=other", "admin", False), ("project_id=default", "admin", True),
                    ("project_id=neq:other", "member,admin", True),
                    ("project_id=in:x,default", "admin", True), ("", "admin", True),
                    ("all_projects=true", "admin", True)]:
                with self.subTest(f"{resource}?{query} {roles}"):
                    answer = self.q.get(f"/v1/{resource}?{query}", **{"X-Roles": roles})
                    listed = [row["id"] for row in self.assertJson(answer)[resource]]
                    self.assertEqual(item in listed, is_listed)


class TestFilters(QinlingTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.f = qinling().upload("def main(fail=False, **kw):\n    assert not fail\n").json["id"]
        cls.addClassCleanup(cls.q.delete, f"/v1/functions/{cls.f}")
        cls.ids = {}
        for name, description, fail in [
                ("A", "alpha", False), ("B", "beta", True), ("C", None, False),
                ("D", "a%b_c", False)]:
            execution = cls.q.run(cls.f, {"fail": fail}, description=description)
            cls.ids[execution["id"]] = name
            cls.addClassCleanup(cls.q.delete, f"/v1/executions/{execution['id']}")

    def test_operators(self):
        for query, wanted in [
                ("", "ABCD"), ("status=success", "ACD"), ("status=failed", "B"),
                ("status=eq:success", "ACD"), ("status=neq:success", "B"),
                ("status=in:success,failed", "ABCD"), ("status=nin:failed", "ACD"),
                ("status=", ""), ("status=nothing", ""),
                ("description=alpha", "A"), ("description=eq:beta", "B"),
                ("description=neq:alpha", "BD"), ("description=in:alpha,beta", "AB"),
                ("description=in:alpha,%20beta", "A"), ("description=in:", ""),
                ("description=nin:alpha", "BD"), ("description=nin:alpha,beta", "D"),
                ("description=has:lph", "A"), ("description=has:a", "ABD"),
                ("description=has:%25", "ABD"), ("description=has:_l", "A"),
                ("description=has:zzz", ""), ("description=gt:alpha", "B"),
                ("description=gte:alpha", "AB"), ("description=lt:alpha", "D"),
                ("description=lte:alpha", "AD"), ("description=like:alpha", ""),
                ("description=", ""), ("description=EQ:alpha", ""),
                ("description=beta&description=alpha", "A"),
                ("status=success&description=has:a", "AD"),
                ("status=failed&description=alpha", ""),
                ("description=%27%20OR%201%3D1%20--", "")]:
            with self.subTest(query):
                listed = self.q.list("executions", f"?function_id={self.f}&{query}".rstrip("&"))
                self.assertEqual("".join(self.ids[item["id"]] for item in listed), wanted)

    def test_functions_are_filtered_as_text(self):
        for value, count in [
                (f"eq:{self.f}", 4), (f"in:x,{self.f}", 4), (f"has:{self.f[:13]}", 4),
                ("not-a-uuid", 0), (UNKNOWN, 0)]:
            with self.subTest(value):
                self.assertEqual(len(self.q.list("executions", f"?function_id={value}")), count)


class TestRuntimes(ContractTest):
    def test_refused_creation_stores_nothing(self):
        before = self.ids("runtimes")
        for body, fragment in [
                ({}, "image"), ({"image": None}, "image"), ({"name": "x"}, "image"),
                ({"image": 5}, "image"), ({"image": "x" * 256}, "image"),
                ({"image": "x", "name": "n" * 256}, "name"),
                ({"image": "x", "description": "d" * 256}, "description"),
                ({"image": "x", "name": "a\0b"}, "name"), ({"image": "a\0b"}, "image"),
                ({"image": "x", "id": "not-a-uuid"}, "id"), ({"image": "x", "id": self.r}, "")]:
            with self.subTest(str(body)[:60]):
                self.assertRefused(self.q.post("/v1/runtimes", body), 400, fragment)
                # Those of earlier tests may be gone by now.
                self.assertLessEqual(self.ids("runtimes"), before)

    def test_the_longest_texts(self):
        name = "\U0001f600" * 127
        made = self.assertJson(self.new_runtime(name=name, description="d" * 255), 201)
        self.assertEqual(self.q.get(f"/v1/runtimes/{made['id']}").json["name"], name)

    def test_a_runtime_with_an_unknown_image_becomes_an_error(self):
        runtime = self.failed_runtime()
        self.assertRefused(
            self.q.upload(self.package, runtime_id=runtime), 400, "not available")
        self.assertRefused(self.q.put(f"/v1/runtimes/{runtime}", {"image": "other"}), 409)
        self.assertRefused(
            self.q.put(f"/v1/runtimes/{runtime}", {"image": "nobody/has-this"}), 409)
        renamed = self.q.put(f"/v1/runtimes/{runtime}", {"name": "n"})
        self.assertEqual(self.assertJson(renamed)["status"], "error")
        self.assertRefused(self.q.get(f"/v1/runtimes/{runtime}/pool"), 404, "Runtime not found")
        self.assertEmpty(self.q.delete(f"/v1/runtimes/{runtime}"), 204)
        wait_for(lambda: self.q.get(f"/v1/runtimes/{runtime}").status == 404, "it is gone")

    def test_updates(self):
        runtime = self.assertJson(self.new_runtime(name="n", description="d", trusted=False), 201)
        wait_for(lambda: self.q.status_of("runtimes", runtime["id"]) == "error", "the status")
        for body, changed in [
                ({}, {}), ({"name": None, "description": None, "image": None}, {}),
                ({"name": ""}, {"name": ""}), ({"name": "m"}, {"name": "m"}),
                ({"description": "e"}, {"description": "e"}), ({"trusted": True}, {}),
                ({"id": UNKNOWN}, {}), ({"is_public": False}, {"is_public": False})]:
            with self.subTest(body):
                runtime = {**runtime, **changed, "status": "error"}
                updated = self.assertJson(self.q.put(f"/v1/runtimes/{runtime['id']}", body))
                self.assertEqual({**updated, "updated_at": None}, {**runtime, "updated_at": None})
        for body, fragment in [
                ({"name": "n" * 256}, "name"), ({"description": "\0"}, "description"),
                ({"image": "i" * 256}, "image")]:
            with self.subTest(str(body)[:60]):
                answer = self.q.put(f"/v1/runtimes/{runtime['id']}", body)
                self.assertRefused(answer, 400, fragment)

    def test_the_same_image_changes_nothing(self):
        updated = self.q.put(f"/v1/runtimes/{self.r}", {"image": IMAGES["python3"]})
        self.assertEqual(self.assertJson(updated)["status"], "available")

    def test_what_does_not_exist(self):
        for method, path, body in [
                ("GET", f"/v1/runtimes/{UNKNOWN}", None), ("PUT", f"/v1/runtimes/{UNKNOWN}", {}),
                ("DELETE", f"/v1/runtimes/{UNKNOWN}", None),
                ("GET", f"/v1/runtimes/{UNKNOWN}/pool", None)]:
            with self.subTest(f"{method} {path}"):
                body = None if body is None else json.dumps(body)
                self.assertRefused(
                    self.q.request(method, path, body, JSON), 404, "Runtime not found")

    def test_a_runtime_in_use_stays(self):
        self.assertRefused(self.q.delete(f"/v1/runtimes/{self.r}"), 403)
        self.assertEqual(self.q.status_of("runtimes", self.r), "available")

    def test_clients_may_choose_an_id_once(self):
        chosen = "4be0643f-1d98-473b-97c5-ca98f98e5c92"
        self.assertEqual(self.assertJson(self.new_runtime(id=chosen), 201)["id"], chosen)
        self.assertRefused(self.q.post("/v1/runtimes", {"image": "x", "id": chosen}), 400)


class TestFunctionCreation(ContractTest):
    def create(self, fields, files):
        fields = {"runtime_id": self.r, "code": PACKAGE_SOURCE, **fields}
        fields = {name: value for name, value in fields.items() if value is not None}
        return self.q.send_form("POST", "/v1/functions", fields, files)

    def assertNothingStored(self, status, fragment, send):
        before = self.stored()
        self.assertRefused(send(), status, fragment)
        self.assertStoredNothingSince(before)

    def assertStoredNothingSince(self, before):
        """What an earlier test replaced may go meanwhile."""
        after = self.stored()
        self.assertEqual(after[0], before[0])
        self.assertLessEqual(set(after[1]), set(before[1]))

    def test_refused_fields_store_nothing(self):
        other = zip_of("def main(**kwargs): return 'never stored'\n")
        md5 = json.dumps({"source": "package", "md5sum": "0" * 32})
        for fields, status, fragment in [
                ({"code": None}, 400, "Required param is missing."),
                ({"code": ""}, 400, "code"), ({"code": "x"}, 400, "code"),
                ({"code": "[1]"}, 400, "code"), ({"code": "null"}, 400, "code"),
                ({"code": "{}"}, 400, "source"), ({"code": '{"source": "ftp"}'}, 400, "source"),
                ({"code": '{"source": null}'}, 400, "source"),
                ({"code": '{"source": 5}'}, 400, "source"),
                ({"code": '{"source": "swift"}'}, 400, ""),
                ({"code": '{"source": "swift", "swift": {"container": "c", "object": "o"}}'}, 400,
                 ""),
                ({"code": "{" * 5000}, 400, "code"),
                ({"code": md5}, 400, "md5"), ({"md5sum": "0" * 32}, 400, "md5"),
                ({"runtime_id": None}, 400, "runtime"), ({"runtime_id": ""}, 400, "runtime"),
                ({"runtime_id": UNKNOWN}, 404, "Runtime not found"),
                ({"runtime_id": "not-a-uuid"}, 404, "Runtime not found"),
                ({"name": "n" * 256}, 400, "name"), ({"name": "a\0b"}, 400, "name"),
                ({"description": "d" * 256}, 400, "description"),
                ({"description": "\0"}, 400, "description"),
                ({"entry": "m." + "e" * 79}, 400, "entry"), ({"entry": "m\0.main"}, 400, "entry"),
                *(({name: value}, 400, "integer is required")
                  for name in ("timeout", "cpu", "memory_size") for value in ("abc", "1.5", "")),
                *(({name: value}, 400,
                   f"{said} resource limitation not within the allowable range")
                  for name, said, values in [
                      ("timeout", "timeout", ("0", "301", "-1", "99999999999")),
                      ("cpu", "cpu", ("99", "301", "0")),
                      ("memory_size", "memory", ("33554431", "134217729"))]
                  for value in values)]:
            with self.subTest(str(fields)[:80]):
                self.assertNothingStored(
                    status, fragment, lambda: self.create(fields, [("package", "p.zip", other)]))

    def test_refused_packages_store_nothing(self):
        for name, files, fields in [
                ("no file", [], {}), ("as text", [], {"package": "text"}),
                ("other part", [("other", "p.zip", self.package)], {}),
                ("empty", [("package", "p.zip", b"")], {}),
                ("no zip", [("package", "p.zip", b"no zip" * 100)], {}),
                ("cut", [("package", "p.zip", self.package[:-30])], {}),
                ("a tar", [("package", "p.zip", b"\0" * 10240)], {})]:
            with self.subTest(name):
                self.assertNothingStored(400, "package", lambda: self.create(fields, files))

    def test_a_package_cannot_come_without_a_file(self):
        fields = {"runtime_id": self.r, "code": PACKAGE_SOURCE}
        for send in [
                lambda: self.q.send_urlencoded("POST", "/v1/functions", fields),
                lambda: self.q.send_urlencoded("POST", "/v1/functions", {**fields, "package": "x"}),
                lambda: self.q.post("/v1/functions", fields),
                lambda: self.q.post("/v1/functions", {**fields, "code": {"source": "package"}})]:
            self.assertNothingStored(400, "package", send)

    def test_bodies_that_cannot_be_read_store_nothing(self):
        body, content_type = multipart(
            {"runtime_id": self.r, "code": PACKAGE_SOURCE}, [("package", "p.zip", self.package)])
        form = "multipart/form-data"
        for name, sent, given_type in [
                ("truncated", body[:-60], content_type), ("truncated early", body[:150], content_type),
                ("cut in a header", body[:60], content_type),
                ("other boundary", body, form + "; boundary=other"),
                ("no boundary", body, form), ("no form", b"garbage", content_type),
                ("not JSON", b"garbage", "application/json"), ("array", b"[1]", "application/json"),
                ("null", b"null", "application/json"), ("deep", b"[" * 50_000, "application/json"),
                ("empty form", b"", content_type),
                ("empty", b"", "application/x-www-form-urlencoded"), ("nothing", None, None)]:
            with self.subTest(name):
                headers = {"Content-Type": given_type} if given_type else {}
                self.assertNothingStored(
                    400, "", lambda: self.q.request("POST", "/v1/functions", sent, headers))

    def test_other_types_are_refused(self):
        for content_type in ("text/plain", "application/zip", "application/octet-stream", "x"):
            with self.subTest(content_type):
                self.assertNothingStored(415, "mimetype", lambda: self.q.request(
                    "POST", "/v1/functions", self.package, {"Content-Type": content_type}))

    def test_a_package_may_have_50_mib(self):
        # Given packages of the limit, and of one byte more
        overhead = len(zip_of({"main.py": b""}))
        largest = zip_of({"main.py": bytes(MAX_PACKAGE - overhead)})
        self.assertEqual(len(largest), MAX_PACKAGE)
        too_large = zip_of({"main.py": bytes(MAX_PACKAGE - overhead + 1)})

        # When / Then
        made = self.assertJson(self.create({}, [("package", "p.zip", largest)]), 201)
        self.addCleanup(self.q.delete, f"/v1/functions/{made['id']}")
        self.assertEqual(made["code"]["md5sum"], hashlib.md5(largest).hexdigest())
        self.assertNothingStored(
            413, "", lambda: self.create({}, [("package", "p.zip", too_large)]))
        answer = self.q.send_form(
            "PUT", f"/v1/functions/{made['id']}", {}, [("package", "p.zip", too_large)])
        self.assertRefused(answer, 413)

    def test_bodies_far_beyond_the_limit_are_refused_early(self):
        # The body is announced only: what is refused need not be sent.
        for content_type in ("multipart/form-data; boundary=x", "application/json"):
            with self.subTest(content_type):
                self.assertNothingStored(413, "", lambda: self.q.request(
                    "POST", "/v1/functions", b"",
                    {"Content-Type": content_type, "Content-Length": str(1024 * MIB)}))

    def test_all_that_can_be_said(self):
        # Given every field at its limit, fields that mean nothing, and one in the query
        code = json.dumps({
            "source": "package", "md5sum": hashlib.md5(self.package).hexdigest(), "extra": [1]})
        fields = {
            "name": "n" * 255, "description": "d" * 255, "entry": "m." + "e" * 78, "cpu": "300",
            "memory_size": "134217728", "timeout": "300", "code": code, "count": "7", "id": UNKNOWN,
            "latest_version": "3", "bogus": "x", "runtime_id": self.r, "project_id": "other"}

        # When
        answer = self.q.send_form(
            "POST", "/v1/functions?other=x", fields, [("package", "package", self.package)])

        # Then
        made = self.assertJson(answer, 201)
        self.addCleanup(self.q.delete, f"/v1/functions/{made['id']}")
        self.assertNotEqual(made["id"], UNKNOWN)
        self.assertEqual(
            {**made, "id": 0, "created_at": 0},
            {"id": 0, "name": "n" * 255, "description": "d" * 255, "entry": "m." + "e" * 78,
             "cpu": 300, "memory_size": 134217728, "timeout": 300, "code": json.loads(code),
             "count": 0, "latest_version": 0, "runtime_id": self.r, "project_id": "default",
             "created_at": 0, "updated_at": None})

    def test_the_query_counts_as_fields(self):
        body, content_type = multipart(
            {"runtime_id": self.r, "code": PACKAGE_SOURCE}, [("package", "p.zip", self.package)])
        made = self.assertJson(self.q.request(
            "POST", "/v1/functions?name=from-query&timeout=9", body,
            {"Content-Type": content_type}), 201)
        self.addCleanup(self.q.delete, f"/v1/functions/{made['id']}")
        self.assertEqual((made["name"], made["timeout"]), ("from-query", 9))

    def test_names_need_not_be_unique_and_may_be_empty(self):
        names = [self.q.get(f"/v1/functions/{self.function(ECHO, name=name)}").json["name"]
                 for name in ("same", "same", "")]
        self.assertEqual(names, ["same", "same", ""])


class TestFunctionUpdates(ContractTest):
    def setUp(self):
        self.g = self.function(self.package, name="G", description="d")
        self.path = f"/v1/functions/{self.g}"

    def shown(self):
        return self.q.get(self.path).json

    def test_json_forms_and_urlencoded_forms_are_read(self):
        for i, send in enumerate([
                self.q.send_json, self.q.send_form, self.q.send_urlencoded]):
            with self.subTest(send.__name__):
                answer = send("PUT", self.path, {"name": f"n{i}", "timeout": str(10 + i)})
                updated = self.assertJson(answer)
                self.assertEqual((updated["name"], updated["timeout"]), (f"n{i}", 10 + i))
                self.assertEqual(updated, self.shown())

    def test_nothing_is_a_valid_update(self):
        before = self.shown()
        for body, content_type in [
                ("{}", "application/json"), ("", "application/x-www-form-urlencoded"),
                ("bogus=1&source=package&id=x&runtime_id=x", "application/x-www-form-urlencoded"),
                ('{"name": null, "cpu": null, "timeout": null, "code": null}', "application/json")]:
            with self.subTest(body):
                answer = self.q.request("PUT", self.path, body, {"Content-Type": content_type})
                self.assertEqual({**self.assertJson(answer), "updated_at": None}, before)

    def test_what_the_command_line_sends(self):
        answer = self.q.request(
            "PUT", self.path, "name=nn&description=&timeout=7",
            {"Content-Type": "application/x-www-form-urlencoded"})
        updated = self.assertJson(answer)
        self.assertEqual(
            (updated["name"], updated["description"], updated["timeout"]), ("nn", "", 7))
        other = zip_of("def main(**kwargs): return 'other'\n")
        answer = self.q.send_form(
            "PUT", self.path, {"source": "package"}, [("package", "main.zip", other)])
        self.assertEqual(
            self.assertJson(answer)["code"],
            {"source": "package", "md5sum": hashlib.md5(other).hexdigest()})
        self.assertEqual(self.q.get(self.path + "?download=true").body, other)

    def test_values_may_be_native_json(self):
        body = {"cpu": 200, "memory_size": 67108864, "timeout": 20, "code": {"source": "package"}}
        updated = self.assertJson(self.q.put(self.path, body))
        self.assertEqual(
            (updated["cpu"], updated["memory_size"], updated["timeout"]), (200, 67108864, 20))

    def test_refused_updates_change_nothing(self):
        before = self.shown()
        for body, fragment in [
                ({"timeout": 301}, "timeout resource limitation not within the allowable range"),
                ({"timeout": 0}, "timeout resource limitation not within the allowable range"),
                ({"timeout": "0"}, "timeout resource limitation not within the allowable range"),
                ({"timeout": ""}, "integer"), ({"timeout": 1.5}, "integer"),
                ({"cpu": "abc"}, "integer"), ({"cpu": 99}, "cpu resource limitation"),
                ({"memory_size": 1}, "memory resource limitation"),
                ({"code": "x"}, "code"), ({"code": [1]}, "code"),
                ({"code": {"source": "image"}}, "change"), ({"code": '{"source": "swift"}'}, "change"),
                ({"name": "n" * 256}, "name"), ({"name": "ok", "cpu": 1}, "cpu"),
                ({"entry": "e" * 81}, "entry"), ({"description": "\0"}, "description"),
                ({"package": "text"}, "package")]:
            with self.subTest(str(body)[:60]):
                self.assertRefused(self.q.put(self.path, body), 400, fragment)
                self.assertEqual(self.shown(), before)

    def test_refused_packages_change_nothing(self):
        before, packages = self.shown(), self.q.stored_packages()
        md5 = before["code"]["md5sum"]
        other = zip_of("def main(**kwargs): return 'other'\n")
        for name, fields, package, fragment in [
                ("the same", {"code": json.dumps({"source": "package", "md5sum": md5})},
                 self.package, "not changed"),
                ("the same, other place", {"md5sum": md5, "source": "package"}, self.package,
                 "not changed"),
                ("other checksum", {"code": json.dumps({"md5sum": "0" * 32})}, other, "md5"),
                ("no zip", {}, b"no zip", "zip"), ("empty", {}, b"", "zip"),
                ("bad field", {"cpu": "1"}, other, "cpu")]:
            with self.subTest(name):
                answer = self.q.send_form("PUT", self.path, fields, [("package", "p.zip", package)])
                self.assertRefused(answer, 400, fragment)
                self.assertEqual(self.shown(), before)
                self.assertEqual(self.q.stored_packages(), packages)

    def test_code_without_package_does_not_lose_the_package(self):
        md5 = self.shown()["code"]["md5sum"]
        self.q.put(self.path, {"code": '{"source": "package", "md5sum": "0", "extra": 1}'})
        self.q.put(self.path, {"code": "{}"})
        code = self.shown()["code"]
        self.assertEqual((code["source"], code["md5sum"]), ("package", md5))
        self.assertEqual(self.q.get(self.path + "?download=true").body, self.package)

    def test_the_same_package_again_keeps_the_workers(self):
        self.q.run(self.g)
        workers = self.q.workers(self.g)
        answer = self.q.send_form("PUT", self.path, {}, [("package", "p.zip", self.package)])
        self.assertJson(answer)
        self.q.run(self.g)
        self.assertEqual(self.q.workers(self.g), workers)

    def test_what_does_not_exist(self):
        for method, path, body in [
                ("GET", f"/v1/functions/{UNKNOWN}", None), ("PUT", f"/v1/functions/{UNKNOWN}", {}),
                ("DELETE", f"/v1/functions/{UNKNOWN}", None),
                ("GET", f"/v1/functions/{UNKNOWN}?download=true", None),
                ("POST", f"/v1/functions/{UNKNOWN}/scale_up", {"count": 1}),
                ("POST", f"/v1/functions/{UNKNOWN}/scale_down", {"count": 1}),
                ("POST", f"/v1/functions/{UNKNOWN}/detach", None)]:
            with self.subTest(f"{method} {path}"):
                body = None if body is None else json.dumps(body)
                self.assertRefused(
                    self.q.request(method, path, body, JSON), 404, f"Function not found [id={UNKNOWN}]")

    def test_deletion(self):
        self.assertEmpty(self.q.delete(self.path), 204)
        self.assertRefused(self.q.get(self.path), 404)
        self.assertRefused(self.q.delete(self.path), 404)
        self.assertNotIn(self.g, [item["id"] for item in self.q.list("functions")])
        self.assertRefused(self.q.execute(self.g), 404)

    def test_executions_outlive_their_function(self):
        execution = self.q.run(self.g)["id"]
        self.q.delete(self.path)
        shown = self.assertJson(self.q.get(f"/v1/executions/{execution}"))
        self.assertEqual((shown["function_id"], shown["status"]), (self.g, "success"))

    def test_executions_are_counted(self):
        for _ in range(3):
            self.q.run(self.g)
        wait_for(lambda: self.shown()["count"] == 3, "a count of 3")


class TestExecutions(ContractTest):
    def test_refused_creation_stores_nothing(self):
        before = self.ids("executions")
        for body, status, fragment in [
                ({}, 400, "function"), ({"function_id": None, "function_alias": None}, 400, ""),
                ({"function_id": UNKNOWN}, 404, "Function not found"),
                ({"function_alias": "nobody"}, 404, "FunctionAlias not found"),
                ({"function_id": self.f, "function_alias": "nobody"}, 404, "FunctionAlias"),
                ({"function_id": self.f, "function_version": 7}, 404, "FunctionVersion not found"),
                ({"function_id": self.f, "input": {"a": 1}}, 400, "input"),
                ({"function_id": self.f, "input": 6}, 400, "input"),
                ({"function_id": self.f, "input": "x" * (MAX_INPUT + 1)}, 413, "input"),
                ({"function_id": self.f, "input": "é" * (MAX_INPUT // 2 + 1)}, 413, "input"),
                ({"function_id": self.f, "input": "[" * 10_000}, 400, "input"),
                ({"function_id": self.f, "description": "d" * 256}, 400, "description"),
                ({"function_id": self.f, "description": "\0"}, 400, "description"),
                ({"function_id": self.f, "id": "x"}, 400, "id"),
                ({"function_id": self.f, "id": self.e}, 400, ""),
                ({"function_id": self.f, "id": self.e, "sync": False}, 400, "")]:
            with self.subTest(str(body)[:90]):
                self.assertRefused(self.q.post("/v1/executions", body), status, fragment)
        self.assertEqual(self.ids("executions"), before)

    def test_bodies_beyond_the_limit_are_refused(self):
        body = json.dumps({"function_id": self.f, "input": "x" * 60 * MIB})
        answer = self.q.request("POST", "/v1/executions", body, JSON)
        self.assertRefused(answer, 413)

    def test_inputs_are_normalised(self):
        def positional(value):
            return {"args": [value], "kwargs": {}}

        nothing = {"args": [], "kwargs": {}}
        deep = '{"a": ' * 50 + "1" + "}" * 50
        for sent, echoed, output in [
                (None, None, nothing), ("null", None, nothing), ("{}", "{}", nothing),
                ('{"a": 1}', '{"a": 1}', {"args": [], "kwargs": {"a": 1}}),
                ('{"a": {"b": [null, 1.5, "é"]}}', '{"a": {"b": [null, 1.5, "é"]}}',
                 {"args": [], "kwargs": {"a": {"b": [None, 1.5, "é"]}}}),
                ("6", "6", positional("6")), ("Qinling", "Qinling", positional("Qinling")),
                ("1.5", "1.5", positional("1.5")), ("true", "true", positional("true")),
                ("[1, 2]", "[1, 2]", positional("[1, 2]")), ('"x"', '"x"', positional('"x"')),
                ("{broken", "{broken", positional("{broken")),
                ("a=1&b=2", "a=1&b=2", positional("a=1&b=2")),
                ("  spaces\n", "  spaces\n", positional("  spaces\n")),
                ("Grüße \U0001f600", "Grüße \U0001f600", positional("Grüße \U0001f600")),
                ('{"__function_input": "v"}', "v", positional("v")),
                ('{"__function_input": "v", "k": 1}', "v", {"args": ["v"], "kwargs": {"k": 1}}),
                (deep, deep, {"args": [], "kwargs": json.loads(deep)})]:
            with self.subTest(sent):
                answer = self.new_execution(input=sent)
                made = self.assertJson(answer, 201)
                if echoed is not None and echoed.startswith('{"'):
                    self.assertEqual(json.loads(made["input"]), json.loads(echoed))
                else:
                    self.assertEqual(made["input"], echoed)
                self.assertEqual(made["status"], "success", answer)
                self.assertEqual(json.loads(made["result"])["output"], output)
                self.assertEqual(
                    self.q.get(f"/v1/executions/{made['id']}").json["input"], made["input"])

    def test_the_empty_text_is_text(self):
        made = self.assertJson(self.new_execution(input=""), 201)
        self.assertEqual(made["status"], "success")
        self.assertEqual(made["input"], "")

    def test_the_largest_input(self):
        text = "x" * MAX_INPUT
        function = self.function("def main(text, **kwargs): return len(text)\n")
        answer = self.q.execute(function, text)
        self.assertEqual(self.assertJson(answer, 201)["input"], text)
        self.assertEqual(json.loads(answer.json["result"])["output"], MAX_INPUT)

    def test_a_null_sync_is_accepted(self):
        made = self.assertJson(self.new_execution(sync=None), 201)
        self.assertIs(made["sync"], True)
        self.assertEqual(self.q.wait_ended(made["id"])["status"], "success")

    def test_nulls_of_the_command_line_are_accepted(self):
        body = {"function_id": self.f, "function_version": 0, "function_alias": None, "sync": True,
                "input": None}
        self.assertEqual(self.assertJson(self.q.post("/v1/executions", body), 201)["status"], "success")

    def test_an_empty_alias_is_none(self):
        self.assertJson(self.new_execution(function_alias=""), 201)

    def test_clients_may_choose_an_id_once(self):
        for sync in (True, False):
            chosen = f"{'0b9e' if sync else '1b9e'}643f-1d98-473b-97c5-ca98f98e5c92"
            with self.subTest(sync):
                made = self.assertJson(self.new_execution(id=chosen, sync=sync), 201)
                self.assertEqual(made["id"], chosen)
                self.assertRefused(
                    self.q.post("/v1/executions", {"function_id": self.f, "id": chosen}), 400)

    def test_a_failed_run_is_created(self):
        function = self.function("def main(**kwargs): raise ValueError('no')\n")
        made = self.assertJson(self.q.execute(function), 201)
        self.assertEqual(made["status"], "failed")
        self.assertEqual(json.loads(made["result"])["output"], "no")

    def test_a_log_that_is_not_yet_written_is_empty(self):
        function = self.function("import time\ndef main(**kwargs): time.sleep(1); print('x')\n")
        made = self.q.execute(function, sync=False).json["id"]
        self.assertEmpty(self.q.get(f"/v1/executions/{made}/log"), 204)
        self.q.wait_ended(made)
        self.assertEqual(self.q.get(f"/v1/executions/{made}/log").status, 200)

    def test_what_does_not_exist(self):
        for method, path in [
                ("GET", f"/v1/executions/{UNKNOWN}"), ("GET", f"/v1/executions/{UNKNOWN}/log"),
                ("DELETE", f"/v1/executions/{UNKNOWN}")]:
            with self.subTest(f"{method} {path}"):
                self.assertRefused(
                    self.q.request(method, path), 404, f"Execution not found [id={UNKNOWN}]")

    def test_deletion_in_every_status(self):
        # Given one that has ended, and one that runs
        function = self.function("import time\ndef main(**kwargs): time.sleep(1)\n")
        ended = self.q.run(self.f)["id"]
        running = self.q.execute(function, sync=False).json["id"]

        # When / Then
        for execution in (ended, running):
            self.assertEmpty(self.q.delete(f"/v1/executions/{execution}"), 204)
            self.assertRefused(self.q.get(f"/v1/executions/{execution}"), 404)
        # The end of one that ran does not bring it back.
        self.q.run(function)
        self.assertRefused(self.q.get(f"/v1/executions/{running}"), 404)
