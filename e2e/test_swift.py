# SPDX-License-Identifier: Apache-2.0
"""Functions whose package is an object in Swift, which is read with the token of the caller."""

import json

from cloud import ID, TIME, CloudTest
from harness import MIB, zip_of

LARGEST = 51 * MIB


def code(name):
    """A function that says which code it is."""
    return zip_of(f"def main(**kwargs): return {name!r}\n")


def swift(container, name, **more):
    """The code of a function, as clients write it."""
    return json.dumps(
        {"source": "swift", "swift": {"container": container, "object": name}, **more})


class SwiftTest(CloudTest):
    def setUp(self):
        self.objects = self.cloud.swift.objects
        self.put("box", "first.zip", code("first"))
        self.put("box", "in/a folder/ü.zip", code("second"))
        self.put("box2", "first.zip", code("third"))

    def put(self, container, name, content, user=None):
        self.objects[(user or self.q).project_id, container, name] = content

    def create(self, code_text, user=None):
        user = user or self.q
        answer = user.send_urlencoded(
            "POST", "/v1/functions", {"runtime_id": self.cloud.runtime, "code": code_text})
        if answer.status == 201:
            self.addCleanup(user.delete, f"/v1/functions/{answer.json['id']}")
        return answer

    def function(self, container="box", name="first.zip"):
        return self.assertJson(self.create(swift(container, name)), 201)["id"]


class TestCreation(SwiftTest):
    def test_a_function_of_an_object(self):
        made = self.assertJson(self.create(swift("box", "first.zip", extra=1)), 201)
        self.assertEqual(
            {"id": ID, "name": None, "description": None, "cpu": 100, "memory_size": 33554432,
             "timeout": 5, "runtime_id": self.cloud.runtime,
             "code": {"source": "swift", "swift": {"container": "box", "object": "first.zip"},
                      "extra": 1},
             "entry": "main.main", "count": 0, "latest_version": 0,
             "project_id": self.q.project_id, "created_at": TIME, "updated_at": None}, made)
        self.assertOutput(self.q.run(made["id"]), "success", "first")
        download = self.q.get(f"/v1/functions/{made['id']}?download=true")
        self.assertEqual(download.headers["Content-Type"], "application/zip")
        self.assertEqual(download.body, code("first"))

    def test_names_with_slashes_and_more(self):
        self.assertOutput(
            self.q.run(self.function("box", "in/a folder/ü.zip")), "success", "second")

    def test_objects_that_are_none_of_the_callers(self):
        self.put("box", "theirs.zip", code("theirs"), self.member2)
        before = len(self.q.list("functions"))
        for code_text, fragment in [
                (swift("box", "none.zip"), "does not exist"),
                (swift("none", "first.zip"), "does not exist"),
                (swift("box", "theirs.zip"), "does not exist"),
                (swift(f"../AUTH_{self.member2.project_id}/box", "theirs.zip"), "swift"),
                (swift("box", f"../../AUTH_{self.member2.project_id}/box/theirs.zip"), "swift"),
                (swift("", "first.zip"), "container"), (swift("box", ""), "object"),
                (swift(None, "first.zip"), "container"), (swift("box", 5), "object"),
                ('{"source": "swift"}', "container"), ('{"source": "swift", "swift": "x"}', "")]:
            with self.subTest(code_text):
                self.assertRefused(self.create(code_text), 400, fragment)
        self.assertEqual(len(self.q.list("functions")), before)
        self.assertJson(self.create(swift("box", "theirs.zip"), self.member2), 201)

    def test_objects_that_are_no_packages(self):
        packages = self.q.stored_packages()
        too_large = zip_of({"main.py": bytes(LARGEST + 1)})
        for name, content, fragment in [
                ("text", b"no zip", "zip"), ("empty", b"", "zip"), ("large", too_large, "larger")]:
            with self.subTest(name):
                self.put("box", name, content)
                self.assertRefused(self.create(swift("box", name)), 400, fragment)
        self.assertEqual(self.q.stored_packages(), packages)


class TestUpdates(SwiftTest):
    def update(self, function, **fields):
        return self.q.send_urlencoded("PUT", f"/v1/functions/{function}", fields)

    def test_another_object(self):
        function = self.function()
        self.assertOutput(self.q.run(function), "success", "first")
        for given, container, name, output in [
                ({"object": "in/a folder/ü.zip"}, "box", "in/a folder/ü.zip", "second"),
                ({"container": "box2", "object": "first.zip"}, "box2", "first.zip", "third"),
                ({"container": "box"}, "box", "first.zip", "first")]:
            with self.subTest(given):
                updated = self.assertJson(
                    self.update(function, code=json.dumps({"source": "swift", "swift": given})))
                wanted = {"source": "swift", "swift": {"container": container, "object": name}}
                self.assertEqual(updated["code"], wanted)
                self.assertEqual(self.q.get(f"/v1/functions/{function}").json["code"], wanted)
                self.assertOutput(self.q.run(function), "success", output)

    def test_what_the_object_has_become(self):
        function = self.function()
        self.put("box", "first.zip", code("changed"))
        self.assertOutput(self.q.run(function), "success", "first")
        self.assertJson(self.update(function, code=swift("box", "first.zip")))
        self.assertOutput(self.q.run(function), "success", "changed")

    def test_refused_updates_change_nothing(self):
        function = self.function()
        before = self.q.get(f"/v1/functions/{function}").json
        for code_text, fragment in [
                ('{"source": "package"}', "change"), (swift("", ""), "container"),
                ('{"swift": {}}', "container"), (swift("none", ""), "does not exist"),
                (swift("", "none.zip"), "does not exist")]:
            with self.subTest(code_text):
                self.assertRefused(self.update(function, code=code_text), 400, fragment)
                self.assertEqual(self.q.get(f"/v1/functions/{function}").json, before)

    def test_what_the_command_line_sends(self):
        # It loses the names of container and object.
        function = self.function()
        before = self.q.get(f"/v1/functions/{function}").json
        updated = self.assertJson(self.q.request(
            "PUT", f"/v1/functions/{function}", "source=swift&swift=container&swift=object",
            {"Content-Type": "application/x-www-form-urlencoded"}))
        self.assertEqual({**updated, "updated_at": None}, before)

    def test_other_fields(self):
        function = self.function()
        updated = self.assertJson(self.update(function, timeout="9", cpu="200", name="n"))
        self.assertEqual((updated["timeout"], updated["cpu"], updated["name"]), (9, 200, "n"))
        self.assertOutput(self.q.run(function), "success", "first")

    def test_it_has_no_versions(self):
        function = self.function()
        self.assertRefused(self.q.publish(function), 403, "package")
        self.assertRefused(self.q.execute(function, function_version=1), 400, "version")
