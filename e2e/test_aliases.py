# SPDX-License-Identifier: Apache-2.0
"""Aliases: names that point to function versions, and can be pointed elsewhere."""

import json
import urllib.parse

from harness import TIMESTAMP, UNKNOWN, UUID, QinlingTest, qinling

JSON = {"Content-Type": "application/json"}


def code(name):
    """A function that says which code it is."""
    return f"def main(**kwargs):\n    print('log of', {name!r})\n    return {name!r}\n"


class AliasTest(QinlingTest):
    """Has a function F with version 1 of other code, and a function G; no test changes them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        q = qinling()
        cls.f = q.upload(code("version 1")).json["id"]
        cls.addClassCleanup(q.delete, f"/v1/functions/{cls.f}")
        assert q.publish(cls.f).status == 201
        assert q.upload_again(cls.f, code("latest")).status == 200
        cls.g = q.upload(code("other")).json["id"]
        cls.addClassCleanup(q.delete, f"/v1/functions/{cls.g}")

    def path(self, name):
        return "/v1/aliases/" + urllib.parse.quote(name, safe="")

    def post(self, **body):
        """The answer to a creation; what it makes goes with the test."""
        answer = self.q.post("/v1/aliases", body)
        if answer.status == 201:
            self.addCleanup(self.q.delete, self.path(answer.json["name"]))
        return answer

    def alias(self, name="a", function=None, version=0, **fields):
        body = {"name": name, "function_id": function or self.f, "function_version": version}
        return self.assertJson(self.post(**body, **fields), 201)

    def listed(self):
        return self.assertJson(self.q.get("/v1/aliases"))["function_aliases"]

    def run_alias(self, name="a", **fields):
        return self.q.run(None, function_alias=name, **fields)


class TestCreation(AliasTest):
    def test_an_alias_has_all_its_fields(self):
        # Given / When
        answer = self.post(name="a1", function_id=self.f, function_version=1, description="d")
        made = self.assertJson(answer, 201)

        # Then
        self.assertIsNone(answer.headers["Location"])
        self.assertRegex(made["id"], UUID)
        self.assertRegex(made["created_at"], TIMESTAMP)
        self.assertEqual(
            {**made, "id": 0, "created_at": 0},
            {"id": 0, "name": "a1", "description": "d", "function_id": self.f, "function_version": 1,
             "project_id": "default", "created_at": 0, "updated_at": None})
        self.assertEqual(self.assertJson(self.q.get("/v1/aliases/a1")), made)
        self.assertEqual(self.listed(), [made])

    def test_what_may_be_left_out(self):
        for i, (fields, version, description) in enumerate([
                ({}, 0, None), ({"function_version": None, "description": None}, 0, None),
                ({"function_version": "0", "description": ""}, 0, ""),
                ({"function_version": "1", "id": "x"}, 1, None),
                ({"function_version": True, "description": "d" * 255}, 1, "d" * 255)]):
            with self.subTest(str(fields)[:60]):
                made = self.assertJson(
                    self.post(name=f"a{i}", function_id=self.f, **fields), 201)
                self.assertEqual(
                    (made["function_version"], made["description"]), (version, description))
                self.assertRegex(made["id"], UUID)
                self.assertEmpty(self.q.delete(f"/v1/aliases/a{i}"), 204)

    def test_what_the_clients_send(self):
        body = {"name": "cli", "function_id": self.f, "function_version": 0, "description": ""}
        made = self.assertJson(self.post(**body), 201)
        self.assertEqual({key: made[key] for key in body}, body)
        answer = self.q.post("/v1//aliases", {"name": "tempest", "function_id": self.g})
        self.addCleanup(self.q.delete, "/v1/aliases/tempest")
        self.assertJson(answer, 201)

    def test_refused_creation_stores_nothing(self):
        for body, status, fragment in [
                ({}, 400, "Required param is missing."),
                ({"name": "x"}, 400, "Required param is missing."),
                ({"function_id": self.f}, 400, "Required param is missing."),
                ({"name": None, "function_id": self.f}, 400, ""),
                ({"name": "x", "function_id": None}, 400, ""),
                ({"name": "", "function_id": self.f}, 400, "name"),
                ({"name": 5, "function_id": self.f}, 400, "name"),
                ({"name": "n" * 256, "function_id": self.f}, 400, "name"),
                ({"name": "x", "function_id": "not-a-uuid"}, 400, "function_id"),
                ({"name": "x", "function_id": ""}, 400, "function_id"),
                ({"name": "x", "function_id": UNKNOWN}, 404, "Function not found"),
                ({"name": "x", "function_id": self.f.upper()}, 404, "Function not found"),
                ({"name": "x", "function_id": self.f, "function_version": 2}, 404,
                 "FunctionVersion not found"),
                ({"name": "x", "function_id": self.g, "function_version": 1}, 404,
                 "FunctionVersion not found"),
                ({"name": "x", "function_id": self.f, "function_version": -1}, 400, "version"),
                ({"name": "x", "function_id": self.f, "function_version": "abc"}, 400, "version"),
                ({"name": "x", "function_id": self.f, "description": "d" * 256}, 400, "description"),
                ({"name": "x", "function_id": self.f, "description": 5}, 400, "description"),
                ({"name": "x", "function_id": self.f, "bogus": 1}, 400, "unknown attribute"),
                *(({"name": "x", "function_id": self.f, field: None}, 400, "read only")
                  for field in ("project_id", "created_at", "updated_at"))]:
            with self.subTest(str(body)[:80]):
                self.assertRefused(self.post(**body), status, fragment)
        for body, status in [(None, 400), ("", 400), ("[1]", 400), ("null", 400), ("{", 400)]:
            with self.subTest(body):
                self.assertRefused(self.q.request("POST", "/v1/aliases", body, JSON), status)
        self.assertRefused(
            self.q.request("POST", "/v1/aliases", "{}", {"Content-Type": "text/plain"}), 415)
        self.assertRefused(self.q.get("/v1/aliases/x"), 404)
        self.assertEqual(self.listed(), [])

    def test_a_name_is_given_once(self):
        self.alias("once")
        self.assertRefused(self.post(name="once", function_id=self.g), 400, "already")
        self.assertEqual(self.q.get("/v1/aliases/once").json["function_id"], self.f)

    def test_a_target_has_one_alias(self):
        self.alias("one", version=1)
        self.assertRefused(
            self.post(name="two", function_id=self.f, function_version=1), 400, "already")
        self.alias("two", version=0)
        self.assertEqual([alias["name"] for alias in self.listed()], ["one", "two"])

    def test_every_name_that_is_given_can_be_addressed(self):
        for name in ("v1", "v1.2", "v1.html", "release.json", "a b", "ü\u2603\U0001f600", "x" * 255,
                     "a:b@c!d$e&f'(g)*+,=", "-", "_", "...", "invoke", "detach", "log", "versions",
                     "a\"b<c>", UNKNOWN):
            with self.subTest(name):
                made = self.alias(name)
                self.assertEqual(made["name"], name)
                self.assertEqual(self.assertJson(self.q.get(self.path(name))), made)
                updated = self.assertJson(self.q.put(self.path(name), {"description": "d"}))
                self.assertEqual(updated["description"], "d")
                self.assertOutput(self.run_alias(name), "success", "latest")
                self.assertEmpty(self.q.delete(self.path(name)), 204)
                self.assertRefused(self.q.get(self.path(name)), 404)

    def test_names_that_could_not_be_addressed_are_refused(self):
        for name in ("a/b", "/", "a\\b", "a?b", "a#b", "a%62", " a", "a ", " ", ".", "..", "a\nb",
                     "a\0b", "a\x7fb", "a;b", "\ud800"):
            with self.subTest(repr(name)):
                self.assertRefused(self.post(name=name, function_id=self.f), 400, "name")
        self.assertEqual(self.listed(), [])


class TestReading(AliasTest):
    def test_lists(self):
        # Given / When / Then
        self.assertEqual(self.q.get("/v1/aliases").json, {"function_aliases": []})
        names = ["c", "a", "b"]
        for name, (function, version) in zip(names, [(self.f, 0), (self.f, 1), (self.g, 0)]):
            self.alias(name, function, version)
        self.assertEqual([alias["name"] for alias in self.listed()], names)
        for query, roles, count in [
                ("all_projects=true", "", 3), ("all_projects=false", "", 3), ("project_id=", "", 3),
                ("project_id=other", "", 3), ("project_id=other", "admin", 0),
                ("project_id=default", "admin", 3), ("project_id=neq:other", "admin", 3)]:
            with self.subTest(f"{query} {roles}"):
                answer = self.q.get(f"/v1/aliases?{query}", **{"X-Roles": roles})
                self.assertEqual(len(self.assertJson(answer)["function_aliases"]), count)
        for parameter in ("limit=1", "name=a", "function_id=x", "bogus"):
            self.assertRefused(self.q.get(f"/v1/aliases?{parameter}"), 400, "unknown argument")

    def test_names_that_nobody_has(self):
        for method, body in (("GET", None), ("PUT", "{}"), ("DELETE", None)):
            for name in ("nobody", "A", "a%2Fb", UNKNOWN):
                with self.subTest(f"{method} {name}"):
                    answer = self.q.request(method, f"/v1/aliases/{name}", body, JSON)
                    self.assertRefused(answer, 404, "FunctionAlias not found")
        self.assertRefused(
            self.q.get("/v1/aliases/nobody"), 404, "FunctionAlias not found [name=nobody]")

    def test_names_have_case(self):
        self.alias("Case")
        self.assertRefused(self.q.get("/v1/aliases/case"), 404)

    def test_slashes_and_queries(self):
        made = self.alias("a")
        for path in ("/v1/aliases/a/", "/v1//aliases/a", "/v1/aliases//a//"):
            with self.subTest(path):
                self.assertEqual(self.assertJson(self.q.get(path)), made)
        self.assertRefused(self.q.get("/v1/aliases/a?bogus=1"), 400, "unknown argument")
        self.assertRefused(self.q.request("DELETE", "/v1/aliases/a?bogus=1"), 400)

    def test_verbs_that_are_not_spoken(self):
        self.alias("a")
        for method, path in [("PATCH", "/v1/aliases"), ("HEAD", "/v1/aliases/a"),
                             ("PATCH", "/v1/aliases/a")]:
            with self.subTest(f"{method} {path}"):
                answer = self.q.request(method, path)
                self.assertEqual(answer.status, 405)
                self.assertIn("Allow", answer.headers)
        for method, path in [
                ("DELETE", "/v1/aliases"), ("PUT", "/v1/aliases"), ("POST", "/v1/aliases/a")]:
            with self.subTest(f"{method} {path}"):
                answer = self.q.request(method, path)
                self.assertRefused(answer, answer.status)
                self.assertIn(answer.status, (400, 405))


class TestUpdates(AliasTest):
    def test_what_is_given_changes(self):
        alias = self.alias("a", description="d")
        for body, changed in [
                ({}, {}), ({"function_id": None, "function_version": None, "description": None}, {}),
                ({"name": "renamed", "id": "x"}, {}), ({"description": "e"}, {"description": "e"}),
                ({"description": ""}, {"description": ""}),
                # As the command line sends it.
                ({"function_id": None, "function_version": "1", "description": None},
                 {"function_version": 1}),
                ({"function_version": 0, "function_id": self.g},
                 {"function_version": 0, "function_id": self.g}),
                ({"function_id": self.f, "function_version": 1},
                 {"function_id": self.f, "function_version": 1})]:
            with self.subTest(body):
                alias = {**alias, **changed, "updated_at": None}
                updated = self.assertJson(self.q.put("/v1/aliases/a", body))
                self.assertEqual({**updated, "updated_at": None}, alias)
                self.assertEqual(self.q.get("/v1/aliases/a").json, updated)
        self.assertRegex(updated["updated_at"], TIMESTAMP)
        self.assertRefused(self.q.get("/v1/aliases/renamed"), 404)

    def test_refused_updates_change_nothing(self):
        alias = self.alias("a", version=1)
        self.alias("b", version=0)
        for body, status, fragment in [
                ({"function_version": 0}, 400, "already"),
                ({"function_version": 2}, 404, "FunctionVersion not found"),
                ({"function_version": -1}, 400, "version"),
                ({"function_version": "x"}, 400, "version"),
                ({"function_id": UNKNOWN}, 404, "Function not found"),
                ({"function_id": self.g}, 404, "FunctionVersion not found"),
                ({"function_id": "not-a-uuid"}, 400, "function_id"),
                ({"description": "d" * 256}, 400, "description"), ({"description": 5}, 400, ""),
                ({"name": 5}, 400, "name"), ({"bogus": 1}, 400, "unknown attribute"),
                ({"project_id": "x"}, 400, "read only"), ({"updated_at": None}, 400, "read only")]:
            with self.subTest(body):
                self.assertRefused(self.q.put("/v1/aliases/a", body), status, fragment)
                self.assertEqual(self.q.get("/v1/aliases/a").json, alias)
        for body in (None, "", "[]", "null"):
            self.assertRefused(self.q.request("PUT", "/v1/aliases/a", body, JSON), 400)

    def test_a_target_is_free_when_its_alias_points_elsewhere(self):
        self.alias("a", version=1)
        self.assertJson(self.q.put("/v1/aliases/a", {"function_version": 0}))
        self.alias("b", version=1)
        self.assertEqual(
            [(alias["name"], alias["function_version"]) for alias in self.listed()],
            [("a", 0), ("b", 1)])


class TestRunning(AliasTest):
    def test_an_execution_is_of_the_target(self):
        # Given
        self.alias("a", version=1)

        # When
        executed = self.run_alias("a")

        # Then
        self.assertOutput(executed, "success", "version 1")
        self.assertEqual(
            (executed["function_id"], executed["function_version"], executed["function_alias"]),
            (self.f, 1, "a"))
        self.assertEqual(
            self.q.log(executed["id"]),
            f"Start execution: {executed['id']}\nlog of version 1\n"
            f"Finished execution: {executed['id']}\n")

    def test_what_the_clients_send(self):
        self.alias("al", version=1)
        for body in [
                {"function_id": None, "function_version": None, "function_alias": "al",
                 "sync": True, "input": '{"a":1}'},
                {"function_alias": "al", "sync": True, "input": None}]:
            made = self.assertJson(self.q.post("/v1/executions", body), 201)
            self.assertEqual(
                (made["status"], made["function_id"], made["function_version"]),
                ("success", self.f, 1))

    def test_the_alias_wins(self):
        self.alias("a", version=1)
        executed = self.q.run(self.g, function_alias="a", function_version=0)
        self.assertOutput(executed, "success", "version 1")
        self.assertEqual((executed["function_id"], executed["function_version"]), (self.f, 1))
        executed = self.q.run(UNKNOWN, function_alias="a", function_version=7)
        self.assertOutput(executed, "success", "version 1")

    def test_pointing_elsewhere_takes_effect_at_once(self):
        self.alias("a", self.f, 0)
        for function, version, output in [
                (self.f, 1, "version 1"), (self.g, 0, "other"), (self.f, 0, "latest"),
                (self.g, 0, "other"), (self.f, 1, "version 1")]:
            with self.subTest(output):
                self.assertJson(self.q.put(
                    "/v1/aliases/a", {"function_id": function, "function_version": version}))
                executed = self.run_alias("a")
                self.assertOutput(executed, "success", output)
                self.assertEqual(
                    (executed["function_id"], executed["function_version"]), (function, version))
                later = self.assertJson(
                    self.q.execute(None, function_alias="a", sync=False), 201)
                self.assertEqual(
                    (later["status"], later["function_version"], later["function_alias"],
                     later["sync"], later["updated_at"]),
                    ("running", version, "a", False, None))
                self.assertOutput(self.q.wait_ended(later["id"]), "success", output)

    def test_a_deleted_alias_is_gone_at_once(self):
        # Given one that has been used
        self.alias("a")
        self.run_alias("a")

        # When
        self.assertEmpty(self.q.delete("/v1/aliases/a"), 204)

        # Then
        self.assertRefused(self.q.execute(None, function_alias="a"), 404, "FunctionAlias not found")
        self.assertRefused(self.q.delete("/v1/aliases/a"), 404)
        self.assertEqual(self.listed(), [])

        # And one that is made anew is there at once
        self.alias("a", self.g)
        self.assertOutput(self.run_alias("a"), "success", "other")

    def test_executions_count_for_the_target(self):
        function = self.function(code("counted"))
        self.assertJson(self.q.publish(function), 201)
        self.alias("a", function, 1)
        self.run_alias("a")
        self.run_alias("a")
        path = f"/v1/functions/{function}"
        # Counts are written with the journal, before the answer.
        self.assertEqual(self.q.get(f"{path}/versions/1").json["count"], 2)
        self.assertEqual(self.q.get(path).json["count"], 0)
        self.q.delete("/v1/aliases/a")


class TestUses(AliasTest):
    def test_a_function_with_an_alias_stays(self):
        function = self.function(code("kept"))
        self.alias("a", function)
        self.assertRefused(self.q.delete(f"/v1/functions/{function}"), 403, "alias")
        self.assertOutput(self.run_alias("a"), "success", "kept")
        self.assertEmpty(self.q.delete("/v1/aliases/a"), 204)
        self.assertEmpty(self.q.delete(f"/v1/functions/{function}"), 204)

    def test_an_alias_with_a_webhook_stays(self):
        # Given
        self.alias("a")
        webhook = self.assertJson(self.q.post("/v1/webhooks", {"function_alias": "a"}), 201)["id"]
        self.addCleanup(self.q.delete, f"/v1/webhooks/{webhook}")

        # When / Then
        self.assertRefused(self.q.delete("/v1/aliases/a"), 403, "webhook")
        self.assertJson(self.q.get("/v1/aliases/a"))
        self.assertEmpty(self.q.delete(f"/v1/webhooks/{webhook}"), 204)
        self.assertEmpty(self.q.delete("/v1/aliases/a"), 204)

    def test_an_alias_with_an_unfinished_job_stays(self):
        # Given
        self.alias("a")
        job = self.assertJson(
            self.q.post("/v1/jobs", {"function_alias": "a", "pattern": "0 0 1 1 *"}), 201)["id"]
        self.addCleanup(self.q.delete, f"/v1/jobs/{job}")
        path = f"/v1/jobs/{job}"

        # When / Then
        for status in ("running", "paused"):
            self.assertJson(self.q.put(path, {"status": status}))
            self.assertRefused(self.q.delete("/v1/aliases/a"), 403, "job")
        self.assertJson(self.q.put(path, {"status": "cancelled"}))
        self.assertEmpty(self.q.delete("/v1/aliases/a"), 204)

    def test_executions_do_not_keep_an_alias(self):
        self.alias("a")
        executed = self.run_alias("a")
        self.assertEmpty(self.q.delete("/v1/aliases/a"), 204)
        shown = self.assertJson(self.q.get(f"/v1/executions/{executed['id']}"))
        self.assertEqual(shown["function_alias"], "a")
        self.assertEqual(json.loads(shown["result"])["output"], "latest")
