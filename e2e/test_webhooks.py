# SPDX-License-Identifier: Apache-2.0
"""Webhooks: addresses that run a function for whoever knows them."""

import contextlib
import http.client
import json

from harness import MIB, TIMESTAMP, UNKNOWN, UUID, Concurrently, QinlingTest, multipart, qinling, wait_for

ECHO = """\
def main(*args, context=None, **kwargs):
    return {"args": args, "kwargs": kwargs, "is": "NAME"}
"""
FORM = "application/x-www-form-urlencoded"
JSON = {"Content-Type": "application/json"}


class WebhookTest(QinlingTest):
    """Has a function F with version 1 of other code, and a function G; no test changes them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        q = qinling()
        cls.f = q.upload(ECHO.replace("NAME", "version 1")).json["id"]
        cls.addClassCleanup(q.delete, f"/v1/functions/{cls.f}")
        assert q.publish(cls.f).status == 201
        assert q.upload_again(cls.f, ECHO.replace("NAME", "latest")).status == 200
        cls.g = q.upload(ECHO.replace("NAME", "other")).json["id"]
        cls.addClassCleanup(q.delete, f"/v1/functions/{cls.g}")

    def post(self, **body):
        """The answer to a creation; what it makes goes with the test."""
        answer = self.q.post("/v1/webhooks", body)
        if answer.status == 201:
            self.addCleanup(self.q.delete, f"/v1/webhooks/{answer.json['id']}")
        return answer

    def webhook(self, **body):
        return self.assertJson(self.post(**body), 201)

    def alias(self, name, function, version=0):
        body = {"name": name, "function_id": function, "function_version": version}
        self.assertJson(self.q.post("/v1/aliases", body), 201)
        self.addCleanup(self.q.delete, f"/v1/aliases/{name}")

    def call(self, webhook, body=None, headers=None, suffix=""):
        return self.q.request("POST", f"/v1/webhooks/{webhook}/invoke{suffix}", body, headers)

    def called(self, webhook, *arguments, **options):
        """Calls a webhook and returns the execution when it has ended."""
        answer = self.assertJson(self.call(webhook, *arguments, **options), 202)
        self.assertEqual(list(answer), ["execution_id"])
        self.assertRegex(answer["execution_id"], UUID)
        return self.q.wait_ended(answer["execution_id"])

    def executions_of(self, webhook):
        return self.q.list("executions", f"?description=has:{webhook}")


class TestCreation(WebhookTest):
    def test_a_webhook_has_all_its_fields(self):
        answer = self.post(function_id=self.f, function_version=1, description="d")
        made = self.assertJson(answer, 201)
        self.assertIsNone(answer.headers["Location"])
        self.assertRegex(made["id"], UUID)
        self.assertRegex(made["created_at"], TIMESTAMP)
        self.assertEqual(
            {**made, "id": 0, "created_at": 0},
            {"id": 0, "function_id": self.f, "function_alias": None, "function_version": 1,
             "description": "d", "project_id": "default", "created_at": 0, "updated_at": None,
             "webhook_url": f"{self.q.url}/v1/webhooks/{made['id']}/invoke"})
        self.assertEqual(self.assertJson(self.q.get(f"/v1/webhooks/{made['id']}")), made)
        self.assertEqual(self.q.list("webhooks"), [made])

    def test_a_webhook_of_an_alias_has_no_function(self):
        self.alias("hook", self.f, 1)
        for fields in ({}, {"function_id": self.g, "function_version": 7},
                       {"function_id": None, "function_version": None}):
            with self.subTest(fields):
                made = self.webhook(function_alias="hook", **fields)
                self.assertEqual(
                    (made["function_alias"], made["function_id"], made["function_version"]),
                    ("hook", None, None))

    def test_versions_and_what_the_clients_send(self):
        for fields, version in [
                ({}, 0), ({"function_version": None, "function_alias": None}, 0),
                ({"function_version": 0, "function_alias": ""}, 0), ({"function_version": "1"}, 1),
                ({"function_version": 1, "function_alias": None, "description": None}, 1)]:
            with self.subTest(fields):
                made = self.webhook(function_id=self.f, **fields)
                self.assertEqual((made["function_version"], made["function_alias"]), (version, None))

    def test_refused_creation_stores_nothing(self):
        before = self.q.list("webhooks")
        for body, status, fragment in [
                ({}, 400, "function"), ({"function_id": None, "function_alias": None}, 400, ""),
                ({"function_alias": ""}, 400, ""), ({"description": "d"}, 400, ""),
                ({"function_id": UNKNOWN}, 404, "Function not found"),
                ({"function_id": "not-a-uuid"}, 400, "function_id"), ({"function_id": 5}, 400, ""),
                ({"function_id": self.f, "function_version": 2}, 404, "FunctionVersion not found"),
                ({"function_id": self.f, "function_version": -1}, 400, "version"),
                ({"function_id": self.f, "function_version": "x"}, 400, "version"),
                ({"function_alias": "nobody"}, 404, "FunctionAlias not found"),
                ({"function_alias": "nobody", "function_id": self.f}, 404, "FunctionAlias"),
                ({"function_alias": 5}, 400, ""), ({"function_alias": "n" * 256}, 400, ""),
                ({"function_id": self.f, "description": "d" * 256}, 400, "description"),
                ({"function_id": self.f, "description": 5}, 400, "description"),
                ({"function_id": self.f, "id": "x"}, 400, "id"),
                ({"function_id": self.f, "bogus": 1}, 400, "unknown attribute"),
                *(({"function_id": self.f, field: "x"}, 400, "read only")
                  for field in ("webhook_url", "project_id", "created_at", "updated_at"))]:
            with self.subTest(str(body)[:80]):
                self.assertRefused(self.post(**body), status, fragment)
        for body in (None, "", "[1]", "null", "{"):
            with self.subTest(body):
                self.assertRefused(self.q.request("POST", "/v1/webhooks", body, JSON), 400)
        self.assertRefused(
            self.q.request("POST", "/v1/webhooks", "{}", {"Content-Type": "text/plain"}), 415)
        self.assertEqual(self.q.list("webhooks"), before)

    def test_clients_may_choose_an_id_once(self):
        chosen = "2b9e643f-1d98-473b-97c5-ca98f98e5c92"
        self.assertEqual(self.webhook(function_id=self.f, id=chosen)["id"], chosen)
        self.assertRefused(self.post(function_id=self.g, id=chosen), 400)
        self.assertEqual(self.q.get(f"/v1/webhooks/{chosen}").json["function_id"], self.f)


class TestReading(WebhookTest):
    def test_lists(self):
        made = [self.webhook(function_id=self.f)["id"] for _ in range(3)]
        self.assertEqual([webhook["id"] for webhook in self.q.list("webhooks")], made)
        for query, roles, count in [
                ("all_projects=true", "", 3), ("all_projects=false", "", 3), ("project_id=", "", 3),
                ("project_id=other", "", 3), ("project_id=other", "admin", 0),
                ("project_id=default", "admin", 3)]:
            with self.subTest(f"{query} {roles}"):
                answer = self.q.get(f"/v1/webhooks?{query}", **{"X-Roles": roles})
                self.assertEqual(len(self.assertJson(answer)["webhooks"]), count)
        for parameter in ("limit=1", "function_id=x", "bogus"):
            self.assertRefused(self.q.get(f"/v1/webhooks?{parameter}"), 400, "unknown argument")

    def test_what_does_not_exist(self):
        for method, body in (("GET", None), ("PUT", "{}"), ("DELETE", None)):
            with self.subTest(method):
                self.assertRefused(
                    self.q.request(method, f"/v1/webhooks/{UNKNOWN}", body, JSON), 404,
                    f"Webhook not found [id={UNKNOWN}]")
                self.assertRefused(
                    self.q.request(method, "/v1/webhooks/not-a-uuid", body, JSON), 400)

    def test_verbs_that_are_not_spoken(self):
        webhook = self.webhook(function_id=self.f)["id"]
        path = f"/v1/webhooks/{webhook}"
        self.assertRefused(self.q.get(f"{path}/invoke"), 404)
        for method, address in [
                ("PATCH", "/v1/webhooks"), ("HEAD", path), ("PATCH", path), ("PUT", f"{path}/invoke"),
                ("DELETE", f"{path}/invoke"), ("PATCH", f"{path}/invoke")]:
            with self.subTest(f"{method} {address}"):
                answer = self.q.request(method, address)
                self.assertEqual(answer.status, 405, answer)
                self.assertIn("Allow", answer.headers)
        for method, address in [
                ("DELETE", "/v1/webhooks"), ("PUT", "/v1/webhooks"), ("POST", path)]:
            with self.subTest(f"{method} {address}"):
                answer = self.q.request(method, address)
                self.assertRefused(answer, answer.status)
                self.assertIn(answer.status, (400, 405))
        self.assertEqual(self.executions_of(webhook), [])

    def test_deletion(self):
        webhook = self.webhook(function_id=self.f)["id"]
        self.called(webhook)
        self.assertEmpty(self.q.delete(f"/v1/webhooks/{webhook}"), 204)
        self.assertRefused(self.q.get(f"/v1/webhooks/{webhook}"), 404)
        self.assertRefused(self.q.delete(f"/v1/webhooks/{webhook}"), 404)
        self.assertRefused(self.call(webhook), 404, "Webhook not found")
        self.assertEqual(len(self.executions_of(webhook)), 1)

    def test_a_function_with_a_webhook_stays(self):
        function = self.function(ECHO)
        webhook = self.webhook(function_id=function)["id"]
        self.assertRefused(self.q.delete(f"/v1/functions/{function}"), 403, "webhook")
        self.assertEmpty(self.q.delete(f"/v1/webhooks/{webhook}"), 204)
        self.assertEmpty(self.q.delete(f"/v1/functions/{function}"), 204)


class TestUpdates(WebhookTest):
    def setUp(self):
        self.alias("hook", self.f, 1)
        self.alias("other", self.g)

    def assertUpdates(self, webhook, cases):
        path = f"/v1/webhooks/{webhook['id']}"
        for body, changed in cases:
            with self.subTest(body):
                webhook = {**webhook, **changed, "updated_at": None}
                updated = self.assertJson(self.q.put(path, body))
                self.assertEqual({**updated, "updated_at": None}, webhook)
                self.assertEqual(self.q.get(path).json, updated)

    def test_a_webhook_of_a_function(self):
        self.assertUpdates(self.webhook(function_id=self.f, description="d"), [
            ({}, {}), ({"id": "x"}, {}),
            ({"function_id": None, "function_version": None, "description": None,
              "function_alias": None}, {}),
            ({"description": "e"}, {"description": "e"}), ({"description": ""}, {"description": ""}),
            ({"function_id": None, "function_version": "1", "description": None},
             {"function_version": 1}),
            ({"function_id": self.g, "function_version": 0},
             {"function_id": self.g, "function_version": 0}),
            ({"function_alias": ""}, {}),
            # A new alias is all that counts.
            ({"function_alias": "hook", "function_id": self.g, "function_version": 7},
             {"function_alias": "hook", "function_id": None, "function_version": None})])

    def test_a_webhook_of_an_alias(self):
        self.assertUpdates(self.webhook(function_alias="hook"), [
            ({}, {}), ({"description": "d"}, {"description": "d"}),
            ({"function_alias": "hook", "description": "e"}, {"description": "e"}),
            ({"function_version": 1}, {}), ({"function_alias": None}, {}),
            ({"function_alias": "other"}, {"function_alias": "other"}),
            ({"function_id": self.f, "function_version": 1},
             {"function_alias": None, "function_id": self.f, "function_version": 1})])

    def test_a_function_without_version_is_its_latest_code(self):
        webhook = self.webhook(function_alias="hook")["id"]
        self.assertJson(self.q.put(f"/v1/webhooks/{webhook}", {"function_id": self.f}))
        self.assertEqual(self.called(webhook)["result"]["output"]["is"], "latest")

    def test_refused_updates_change_nothing(self):
        webhook = self.webhook(function_id=self.f, function_version=1)
        path = f"/v1/webhooks/{webhook['id']}"
        for body, status, fragment in [
                ({"function_id": UNKNOWN}, 404, "Function not found"),
                ({"function_id": self.g}, 404, "FunctionVersion not found"),
                ({"function_version": 2}, 404, "FunctionVersion not found"),
                ({"function_version": -1}, 400, "version"), ({"function_id": "x"}, 400, "function_id"),
                ({"function_alias": "nobody"}, 404, "FunctionAlias not found"),
                ({"function_alias": 5}, 400, ""), ({"description": "d" * 256}, 400, "description"),
                ({"bogus": 1}, 400, "unknown attribute"), ({"webhook_url": None}, 400, "read only"),
                ({"project_id": "x"}, 400, "read only")]:
            with self.subTest(body):
                self.assertRefused(self.q.put(path, body), status, fragment)
                self.assertEqual(self.q.get(path).json, webhook)
        for body in (None, "", "[]", "null"):
            self.assertRefused(self.q.request("PUT", path, body, JSON), 400)


class TestCalls(WebhookTest):
    def test_a_call_becomes_an_execution(self):
        # Given
        webhook = self.webhook(function_id=self.f, function_version=1)

        # When
        executed = self.called(webhook["id"], '{"a": 1}', JSON)

        # Then
        self.assertRegex(executed["updated_at"], TIMESTAMP)
        self.assertEqual(
            {**executed, "created_at": 0, "updated_at": 0, "result": executed["result"]["output"]},
            {"id": executed["id"], "function_id": self.f, "function_version": 1,
             "function_alias": None, "description": f"Created by Webhook {webhook['id']}",
             "status": "success", "sync": False, "input": '{"a":1}',
             "result": {"args": [], "kwargs": {"a": 1}, "is": "version 1"}, "project_id": "default",
             "attempts": 1, "max_attempts": 5, "last_error": None,
             "created_at": 0, "updated_at": 0})
        self.assertEqual(
            [row["id"] for row in self.executions_of(webhook["id"])], [executed["id"]])

    def test_all_forms_of_input(self):
        webhook = self.webhook(function_id=self.f)["id"]
        fields, form_type = multipart({"name": "multi", "b": "ü\u2603"})
        twice, twice_type = multipart({"a": "1"})
        large, large_type = multipart({"large": "x" * 200_000})
        nested = {"alarm": {"id": None, "states": ["ok", {"n": [1, 2.5, True]}]}, "none": None}
        text = {"Content-Type": "text/plain"}
        for name, suffix, body, headers, args, kwargs in [
                ("nothing", "", None, {}, [], {}),
                ("empty", "", "", JSON, [], {}),
                ("query", "?a=1&b=x%20y", None, {}, [], {"a": "1", "b": "x y"}),
                ("query of one key", "?a=1&a=2&a=3", None, {}, [], {"a": ["1", "2", "3"]}),
                ("JSON", "", json.dumps(nested), JSON, [], nested),
                ("JSON with charset", "", '{"a": "ü"}',
                 {"Content-Type": "application/json; charset=utf-8"}, [], {"a": "ü"}),
                ("JSON and query", "?a=1&b=2", '{"a": {"x": 1}, "c": null}', JSON, [],
                 {"a": ["1", {"x": 1}], "b": "2", "c": None}),
                ("JSON list and query", "?a=1", '{"a": [2, 3]}', JSON, [], {"a": ["1", [2, 3]]}),
                ("JSON without fields", "", "{}", JSON, [], {}),
                ("form", "", "name=Qinling&b=x+y%26", {"Content-Type": FORM}, [],
                 {"name": "Qinling", "b": "x y&"}),
                ("form of one key", "?a=0", "a=1&a=2&c=", {"Content-Type": FORM}, [],
                 {"a": ["0", "1", "2"], "c": ""}),
                ("multipart", "", fields, {"Content-Type": form_type}, [],
                 {"name": "multi", "b": "ü\u2603"}),
                ("multipart and query", "?a=0", twice, {"Content-Type": twice_type}, [],
                 {"a": ["0", "1"]}),
                ("large multipart", "", large, {"Content-Type": large_type}, [],
                 {"large": "x" * 200_000}),
                ("keys that were lost once", "?self=s", '{"id": 5}', JSON, [], {"self": "s", "id": 5}),
                ("text", "", "Grüße", text, ["Grüße"], {}),
                ("form of no type", "", "name=plain", {}, [], {"name": "plain"}),
                ("text and query", "?a=1", "plain", text, [], {"a": "1"}),
                ("JSON array", "", "[1, 2]", JSON, ["[1,2]"], {}),
                ("JSON number", "", "6", JSON, ["6"], {}),
                ("JSON text", "", '"x"', JSON, ['"x"'], {}),
                ("JSON null", "", "null", JSON, [], {}),
                ("array and query", "?a=1", "[1]", JSON, [], {"a": "1"}),
                ("the positional argument", "", '{"__function_input": "p"}', JSON, ["p"], {})]:
            with self.subTest(name):
                executed = self.called(webhook, body, headers, suffix=suffix)
                self.assertOutput(
                    executed, "success", {"args": args, "kwargs": kwargs, "is": "latest"})

    def test_refused_input_runs_nothing(self):
        webhook = self.webhook(function_id=self.f)["id"]
        file, form_type = multipart({"a": "1"}, [("file", "f.txt", b"content")])
        for name, body, content_type, status in [
                ("a file", file, form_type, 400), ("broken JSON", "{broken", "application/json", 400),
                ("empty JSON", " ", "application/json", 400),
                ("two values", "{} {}", "application/json", 400),
                ("deep JSON", "[" * 100_000, "application/json", 400),
                ("no UTF-8", b'{"a": "\xff"}', "application/json", 400),
                ("cut form", file[:-60], form_type, 400),
                ("no boundary", b"x", "multipart/form-data", 400),
                ("broken escape", b"a=%zz", "application/x-www-form-urlencoded", 400),
                ("nameless part", file.replace(b'form-data; name="a"', b"form-data"), form_type, 400),
                ("garbage type", b"x", "garbage", 415),
                ("too large", json.dumps({"a": "x" * (1024 * 1024)}), "application/json", 413)]:
            with self.subTest(name):
                answer = self.call(webhook, body, {"Content-Type": content_type})
                self.assertRefused(answer, status)
        self.assertEqual(self.executions_of(webhook), [])

    def test_what_does_not_tell_its_length_is_bounded(self):
        webhook = self.webhook(function_id=self.f)["id"]
        megabytes = [b"x" * MIB] * 9
        for name, called, content_type, sent, status in [
                ("nobody's webhook, before the body", UNKNOWN, "text/plain", [], 404),
                ("a body", webhook, "text/plain", megabytes, 413),
                ("a form, before it is read", webhook, "multipart/form-data; boundary=b", [], 411),
                ("a small body", webhook, "text/plain", [b"x", b""], 202)]:
            with self.subTest(name):
                self.assertEqual(self.send_in_chunks(called, content_type, sent), status)

    def send_in_chunks(self, webhook, content_type, chunks):
        connection = http.client.HTTPConnection("127.0.0.1", self.q.api.port, timeout=20)
        self.addCleanup(connection.close)
        connection.putrequest("POST", f"/v1/webhooks/{webhook}/invoke")
        connection.putheader("Content-Type", content_type)
        connection.putheader("Transfer-Encoding", "chunked")
        connection.endheaders()
        with contextlib.suppress(ConnectionError):  # It may be closed before all is sent.
            for chunk in chunks:
                connection.send(b"%x\r\n%s\r\n" % (len(chunk), chunk))
        return connection.getresponse().status

    def test_an_alias_is_followed_at_each_call(self):
        self.alias("hook", self.f, 1)
        webhook = self.webhook(function_alias="hook")["id"]
        for function, version, said in [
                (self.f, 1, "version 1"), (self.g, 0, "other"), (self.f, 0, "latest")]:
            with self.subTest(said):
                self.assertJson(self.q.put(
                    "/v1/aliases/hook", {"function_id": function, "function_version": version}))
                executed = self.called(webhook)
                self.assertEqual(executed["result"]["output"]["is"], said)
                self.assertEqual(
                    (executed["function_alias"], executed["function_id"],
                     executed["function_version"]), ("hook", function, version))

    def test_a_change_takes_effect_at_once(self):
        webhook = self.webhook(function_id=self.f)["id"]
        for body, said in [
                ({"function_version": 1}, "version 1"),
                ({"function_id": self.g, "function_version": 0}, "other"),
                ({"function_id": self.f}, "latest")]:
            with self.subTest(said):
                self.assertJson(self.q.put(f"/v1/webhooks/{webhook}", body))
                self.assertEqual(self.called(webhook)["result"]["output"]["is"], said)

    def test_addresses(self):
        webhook = self.webhook(function_id=self.f)
        url = webhook["webhook_url"].removeprefix(self.q.url)
        for path in (url, url + "/", url + "/?a=1", url.replace(webhook["id"], webhook["id"].upper()),
                     "/" + url):
            with self.subTest(path):
                answer = self.q.request("POST", path, '{"k": "v"}', JSON)
                execution = self.assertJson(answer, 202)["execution_id"]
                output = self.q.wait_ended(execution)["result"]["output"]
                self.assertEqual(output["kwargs"]["k"], "v")
        for other in (UNKNOWN, "not-a-uuid", "%00", webhook["id"][:-1]):
            with self.subTest(other):
                self.assertRefused(self.call(other), 404, "not found")

    def test_executions_count(self):
        function = self.function(ECHO)
        webhook = self.webhook(function_id=function)["id"]
        self.called(webhook)
        self.called(webhook)
        wait_for(lambda: self.q.get(f"/v1/functions/{function}").json["count"] == 2, "a count of 2")
        self.q.delete(f"/v1/webhooks/{webhook}")

    def test_many_calls_at_once(self):
        webhook = self.webhook(function_id=self.f)["id"]
        answers = Concurrently([
            lambda i=i: self.call(webhook, f'{{"i": {i}}}', JSON) for i in range(20)]).results()
        self.assertEqual({answer.status for answer in answers}, {202})
        for i, answer in enumerate(answers):
            executed = self.q.wait_ended(answer.json["execution_id"])
            self.assertEqual(executed["result"]["output"]["kwargs"], {"i": i})
        self.assertEqual(len(self.executions_of(webhook)), 20)

    def test_a_failing_function_is_still_called(self):
        function = self.function("def main(**kwargs): raise ValueError('no')\n")
        webhook = self.webhook(function_id=function)["id"]
        self.assertOutput(self.called(webhook), "failed", "no")
        self.q.delete(f"/v1/webhooks/{webhook}")

    def test_a_runtime_that_is_not_available(self):
        # Given
        runtime = self.q.new_runtime()
        path = f"/v1/runtimes/{runtime}"
        self.addCleanup(self.q.delete, path)
        function = self.function(ECHO, runtime_id=runtime)
        webhook = self.webhook(function_id=function)["id"]

        # When
        self.assertJson(self.q.put(path, {"image": "openstackqinling/python-runtime"}))
        answer = self.call(webhook)

        # Then
        self.assertRefused(answer, 409, "not available")
        self.assertEqual(self.executions_of(webhook), [])
        wait_for(lambda: self.q.status_of("runtimes", runtime) == "available", "the new image")
        self.assertEqual(self.called(webhook)["status"], "success")
        self.q.delete(f"/v1/webhooks/{webhook}")
