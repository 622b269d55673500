# SPDX-License-Identifier: Apache-2.0
"""Versions of functions: made once of a package, and never different afterwards."""

import json

from harness import TIMESTAMP, UNKNOWN, UUID, Concurrently, QinlingTest, wait_for, zip_of

MAX_VERSIONS = 10
JSON = {"Content-Type": "application/json"}
VERSION_FIELDS = {
    "id", "description", "function_id", "version_number", "count", "project_id", "created_at",
    "updated_at"}


def code(name):
    """A function that says which code it is."""
    return f"def main(**kwargs):\n    print('log of', {name!r})\n    return {name!r}\n"


class VersionTest(QinlingTest):
    """Has a function G of its own, with code v0 that has no version yet."""

    def setUp(self):
        self.g = self.function(code("v0"))
        self.path = f"/v1/functions/{self.g}/versions"

    def publish(self, name=None, **fields):
        """Makes a version, of new code if it is given."""
        if name is not None:
            self.assertJson(self.q.upload_again(self.g, code(name)))
        return self.assertJson(self.q.publish(self.g, **fields), 201)

    def numbers(self):
        listed = self.assertJson(self.q.get(self.path))["function_versions"]
        return [version["version_number"] for version in listed]

    def latest_version(self):
        return self.q.get(f"/v1/functions/{self.g}").json["latest_version"]

    def run_version(self, number, **fields):
        return self.q.run(self.g, function_version=number, **fields)


class TestPublishing(VersionTest):
    def test_a_version_has_all_its_fields(self):
        # Given / When
        answer = self.q.publish(self.g, description="d1")
        made = self.assertJson(answer, 201)
        shown = self.assertJson(self.q.get(f"{self.path}/1"))
        listed = self.assertJson(self.q.get(self.path))

        # Then
        self.assertIsNone(answer.headers["Location"])
        self.assertRegex(made["id"], UUID)
        self.assertRegex(made["created_at"], TIMESTAMP)
        self.assertEqual(
            {**made, "id": 0, "created_at": 0},
            {"id": 0, "description": "d1", "function_id": self.g, "version_number": 1, "count": 0,
             "project_id": "default", "created_at": 0, "updated_at": None})
        self.assertEqual((shown, listed), (made, {"function_versions": [made]}))

    def test_the_function_knows_its_latest_version(self):
        before = self.q.get(f"/v1/functions/{self.g}").json
        self.publish()
        after = self.q.get(f"/v1/functions/{self.g}").json
        self.assertRegex(after["updated_at"], TIMESTAMP)
        self.assertEqual({**after, "updated_at": None}, {**before, "latest_version": 1})

    def test_descriptions(self):
        for number, (body, description) in enumerate([
                ({}, None), ({"description": None}, None), ({"description": ""}, ""),
                ({"description": "d" * 255}, "d" * 255), ({"description": "Grüße \u2603"}, "Grüße \u2603"),
                # An id of the client's choice means nothing, whatever it is.
                ({"id": "x"}, None)], 1):
            with self.subTest(str(body)[:40]):
                made = self.publish(f"v{number}", **body)
                self.assertEqual(
                    (made["version_number"], made["description"]), (number, description))
                self.assertRegex(made["id"], UUID)
        self.assertEqual(self.numbers(), [1, 2, 3, 4, 5, 6])

    def test_refused_bodies_publish_nothing(self):
        for body, status, fragment in [
                (None, 400, "missing argument"), ("", 400, "missing argument"), ("[1]", 400, "object"),
                ("null", 400, "object"), ("{", 400, "JSON"), ('{"bogus": 1}', 400, "bogus"),
                *((json.dumps({field: value}), 400, "read only")
                  for field in VERSION_FIELDS - {"id", "description"} for value in (7, None)),
                ('{"description": 5}', 400, "description"),
                (json.dumps({"description": "d" * 256}), 400, "description"),
                ('{"description": "a\\u0000b"}', 400, "description")]:
            with self.subTest(str(body)[:60]):
                answer = self.q.request("POST", self.path, body, JSON)
                self.assertRefused(answer, status, fragment)
        self.assertRefused(self.q.request("POST", self.path, "{}", {"Content-Type": "text/plain"}), 415)
        self.assertRefused(self.q.post(self.path + "?bogus=1", {}), 400, "unknown argument")
        self.assertEqual((self.numbers(), self.latest_version()), ([], 0))

    def test_functions_that_have_no_versions(self):
        self.assertRefused(self.q.publish(UNKNOWN), 404, f"Function not found [id={UNKNOWN}]")
        self.assertRefused(self.q.get(f"/v1/functions/{UNKNOWN}/versions"), 404, "Function not found")
        self.assertRefused(self.q.publish("not-a-uuid"), 400)
        self.assertRefused(self.q.get("/v1/functions/not-a-uuid/versions"), 400)

    def test_only_changes_are_published(self):
        # Given a version
        self.publish()

        # When nothing has changed, or only what versions do not keep
        self.assertJson(self.q.put(f"/v1/functions/{self.g}", {"name": "new", "timeout": 7}))
        self.assertRefused(self.q.publish(self.g), 403, "not changed since the latest version 1")
        self.assertEqual((self.numbers(), self.latest_version()), ([1], 1))

        # Then a change counts against the newest version only
        self.publish("other")
        self.assertRefused(self.q.publish(self.g), 403, "not changed since the latest version 2")
        made = self.publish("v0")
        self.assertEqual(made["version_number"], 3)

    def test_one_of_many_at_once_publishes_a_change(self):
        answers = Concurrently([lambda: self.q.publish(self.g)] * 6).results()
        self.assertEqual(sorted(answer.status for answer in answers), [201] + [403] * 5)
        self.assertEqual((self.numbers(), self.latest_version()), ([1], 1))

    def test_numbers_are_never_used_again(self):
        # Given
        for number in (1, 2, 3):
            self.publish(f"v{number}")

        # When the newest is deleted, then the next has a new number, although its code is the same
        self.assertEmpty(self.q.delete(f"{self.path}/3"), 204)
        self.assertEqual((self.numbers(), self.latest_version()), ([1, 2], 3))
        self.assertEqual(self.publish()["version_number"], 4)

        # And also when all are deleted
        for number in (1, 2, 4):
            self.assertEmpty(self.q.delete(f"{self.path}/{number}"), 204)
        self.assertEqual((self.numbers(), self.latest_version()), ([], 4))
        self.assertEqual(self.publish()["version_number"], 5)
        self.assertEqual(self.numbers(), [5])

    def test_versions_are_read_with_any_slashes(self):
        made = self.publish()
        for path in (f"{self.path}/1/", f"{self.path}//1", f"/v1//functions/{self.g}/versions/1",
                     f"{self.path}/1?bogus=1"):
            with self.subTest(path):
                self.assertEqual(self.assertJson(self.q.get(path)), made)
        self.assertEqual(self.q.get(self.path + "/").json, {"function_versions": [made]})
        self.assertRefused(self.q.get(self.path + "?limit=1"), 400, "unknown argument")

    def test_verbs_that_are_not_spoken(self):
        self.publish()
        for method, path in [
                ("PATCH", self.path), ("HEAD", self.path), ("PATCH", f"{self.path}/1"),
                ("HEAD", f"{self.path}/1")]:
            with self.subTest(f"{method} {path}"):
                answer = self.q.request(method, path)
                self.assertEqual(answer.status, 405)
                self.assertIn("Allow", answer.headers)
        for method, path in [
                ("DELETE", self.path), ("PUT", self.path), ("POST", f"{self.path}/1")]:
            with self.subTest(f"{method} {path}"):
                answer = self.q.request(method, path)
                self.assertRefused(answer, answer.status)
                self.assertIn(answer.status, (400, 405))
        for action in ("detach", "scale_up", "scale_down"):
            self.assertRefused(self.q.get(f"{self.path}/1/{action}"), 404)

    def test_descriptions_can_be_changed(self):
        # Given
        made = self.publish(description="before")

        # When nothing is given, then nothing changes
        for body in ({}, {"description": None}, {"id": UNKNOWN}):
            with self.subTest(body):
                self.assertEqual(self.assertJson(self.q.put(f"{self.path}/1", body)), made)

        # When a description is given, then that alone changes
        for description in ("after", ""):
            answer = self.q.put(f"{self.path}/1", {"description": description})
            updated = self.assertJson(answer)
            self.assertRegex(updated["updated_at"], TIMESTAMP)
            self.assertEqual(
                {**updated, "updated_at": None}, {**made, "description": description})
            self.assertEqual(self.q.get(f"{self.path}/1").json, updated)

        # And what is no description is refused
        for number, body, status in [
                (1, {"version_number": 2}, 400), (1, {"bogus": 1}, 400),
                (1, {"description": "d" * 256}, 400), (0, {}, 404), (2, {}, 404), ("x", {}, 400)]:
            with self.subTest(f"{number} {str(body)[:40]}"):
                self.assertRefused(self.q.put(f"{self.path}/{number}", body), status)


class TestContent(VersionTest):
    def test_a_version_stays_as_it_was_made(self):
        # Given a version that has run
        self.publish("first")
        self.assertOutput(self.run_version(1), "success", "first")

        # When the function changes
        self.assertJson(self.q.upload_again(self.g, code("second")))
        by_number = self.run_version(1)
        latest = self.q.run(self.g)

        # Then the version runs as before, the function as changed
        self.assertOutput(by_number, "success", "first")
        self.assertEqual((by_number["function_version"], by_number["function_alias"]), (1, None))
        self.assertIn("log of first", self.q.log(by_number["id"]))
        self.assertOutput(latest, "success", "second")
        self.assertEqual(latest["function_version"], 0)
        self.assertIn("log of second", self.q.log(latest["id"]))

        # And also after its workers are gone, and beside another version
        self.publish()
        self.assertEmpty(self.q.request("POST", f"{self.path}/1/detach"), 202)
        wait_for(lambda: not self.q.workers(self.g, 1), "no worker")
        self.assertOutput(self.run_version(1), "success", "first")
        self.assertOutput(self.run_version(2), "success", "second")
        self.assertOutput(self.run_version("1", sync=True), "success", "first")

    def test_a_version_runs_asynchronously(self):
        self.publish("first")
        self.assertJson(self.q.upload_again(self.g, code("second")))
        answer = self.q.execute(self.g, function_version=1, sync=False)
        made = self.assertJson(answer, 201)
        self.assertEqual((made["status"], made["function_version"]), ("running", 1))
        self.assertOutput(self.q.wait_ended(made["id"]), "success", "first")

    def test_executions_are_counted_by_version(self):
        # Given
        self.publish("v1")
        self.publish("v2")

        # When
        for number, times in ((0, 1), (1, 2), (2, 3)):
            for _ in range(times):
                self.run_version(number)

        # Then
        def counts():
            return [self.q.get(path).json["count"]
                    for path in (f"/v1/functions/{self.g}", f"{self.path}/1", f"{self.path}/2")]

        wait_for(lambda: counts() == [1, 2, 3], "the counts")
        listed = self.q.get(self.path).json["function_versions"]
        self.assertEqual([version["count"] for version in listed], [2, 3])
        self.assertRegex(listed[0]["updated_at"], TIMESTAMP)

    def test_a_download_is_the_versions_package(self):
        # Given
        first, second = zip_of(code("first")), zip_of(code("second"))
        self.q.upload_again(self.g, first)
        self.publish()
        self.q.upload_again(self.g, second)

        # When / Then
        for accept in (None, "*/*", "application/json", "application/zip", "text/html"):
            with self.subTest(accept):
                answer = self.q.get(
                    f"{self.path}/1?download=true", **({"Accept": accept} if accept else {}))
                self.assertEqual((answer.status, answer.body), (200, first))
                self.assertEqual(answer.headers["Content-Type"], "application/zip")
                self.assertEqual(
                    answer.headers["Content-Disposition"], f'attachment; filename="{self.g}_1"')
                self.assertEqual(answer.headers["Content-Length"], str(len(first)))
        self.assertEqual(self.q.get(f"/v1/functions/{self.g}?download=true").body, second)
        self.assertEqual(self.assertJson(self.q.get(f"{self.path}/1?download=false"))["count"], 0)
        self.assertRefused(self.q.get(f"{self.path}/2?download=true"), 404, "not found")

    def test_packages_go_with_the_last_that_needs_them(self):
        # Given a package that the function and two versions have, and one that a version has
        before = set(self.q.stored_packages())
        shared = zip_of("SHARED = 1\n" + code("shared"))
        self.q.upload_again(self.g, shared)
        self.publish()
        self.publish("between")
        self.q.upload_again(self.g, shared)
        self.publish()
        wait_for(lambda: len(set(self.q.stored_packages()) - before) == 2, "two packages")

        # When / Then
        self.assertEmpty(self.q.delete(f"{self.path}/2"), 204)
        wait_for(lambda: len(set(self.q.stored_packages()) - before) == 1, "one package")
        self.assertEmpty(self.q.delete(f"{self.path}/1"), 204)
        self.assertOutput(self.run_version(3), "success", "shared")
        self.q.upload_again(self.g, code("v0"))
        self.assertOutput(self.run_version(3), "success", "shared")
        self.assertEqual(self.q.get(f"{self.path}/3?download=true").body, shared)
        kept = set(self.q.stored_packages()) - before
        self.assertEmpty(self.q.delete(f"/v1/functions/{self.g}"), 204)
        wait_for(lambda: not kept & set(self.q.stored_packages()), "no package of the function")

    def test_an_update_of_the_function_keeps_workers_of_versions(self):
        self.publish("v1")
        self.run_version(1)
        workers = self.q.workers(self.g, 1)
        self.assertEqual(len(workers), 1)
        self.q.upload_again(self.g, code("v2"))
        self.assertOutput(self.run_version(1), "success", "v1")
        self.assertEqual(self.q.workers(self.g, 1), workers)


class TestNumbers(VersionTest):
    """Which numbers exist, and what refers to those that do not."""

    def setUp(self):
        super().setUp()
        self.publish()

    def test_numbers_that_do_not_exist(self):
        for number, status in [
                ("0", 404), ("2", 404), ("99", 404), ("999999999", 404), ("abc", 400), ("-1", 400),
                ("1.5", 400), ("", 200), ("1e0", 400), ("99999999999999999999", 400),
                ("%31", 200), ("%F0%9F%98%80", 400), ("١", 400)]:
            with self.subTest(number):
                path = f"{self.path}/{number.replace('١', '%D9%A1')}"
                got = self.q.get(path)
                self.assertEqual(got.status, status, got)
                if status != 200:
                    self.assertRefused(got, status)
                    self.assertRefused(self.q.get(path + "?download=true"), status)
                    self.assertRefused(self.q.delete(path), status)
                    for action in ("scale_up", "scale_down", "detach"):
                        if number == "0":
                            continue
                        body = {} if action == "detach" else {"count": 1}
                        self.assertRefused(self.q.post(f"{path}/{action}", body), status)
        self.assertEqual(self.numbers(), [1])
        message = f"FunctionVersion not found [function_id={self.g}, version_number=2]"
        self.assertRefused(self.q.get(f"{self.path}/2"), 404, message)

    def test_versions_of_functions_that_do_not_exist(self):
        for method, path, status in [
                ("GET", f"/v1/functions/{UNKNOWN}/versions/1", 404),
                ("GET", f"/v1/functions/{UNKNOWN}/versions/1?download=true", 404),
                ("GET", "/v1/functions/not-a-uuid/versions/1", 404),
                ("DELETE", f"/v1/functions/{UNKNOWN}/versions/1", 404),
                ("DELETE", "/v1/functions/not-a-uuid/versions/1", 400),
                ("POST", f"/v1/functions/{UNKNOWN}/versions/1/detach", 404),
                ("POST", f"/v1/functions/{UNKNOWN}/versions/0/detach", 404),
                ("POST", "/v1/functions/not-a-uuid/versions/1/detach", 400)]:
            with self.subTest(f"{method} {path}"):
                self.assertRefused(self.q.request(method, path), status)

    def test_executions_of_versions_that_do_not_exist(self):
        before = len(self.q.list("executions"))
        for number, status in [(2, 404), (99, 404), ("2", 404), (-1, 400), ("x", 400)]:
            for sync in (True, False):
                with self.subTest(f"{number} {sync}"):
                    answer = self.q.execute(self.g, function_version=number, sync=sync)
                    self.assertRefused(answer, status)
        self.assertEqual(len(self.q.list("executions")), before)

    def test_a_deleted_version_is_gone_at_once(self):
        # Given one that has run
        executed = self.run_version(1)
        self.publish("v2")

        # When
        self.assertEmpty(self.q.delete(f"{self.path}/1"), 204)

        # Then
        self.assertRefused(self.q.execute(self.g, function_version=1), 404, "FunctionVersion")
        self.assertRefused(self.q.get(f"{self.path}/1"), 404)
        self.assertRefused(self.q.delete(f"{self.path}/1"), 404)
        self.assertEqual(self.numbers(), [2])
        wait_for(lambda: not self.q.workers(self.g, 1), "no worker")
        self.assertOutput(self.run_version(2), "success", "v2")
        shown = self.assertJson(self.q.get(f"/v1/executions/{executed['id']}"))
        self.assertEqual((shown["function_version"], shown["status"]), (1, "success"))

    def test_a_version_in_use_stays(self):
        # Given a second version, and what refers to the first
        self.publish("v2")
        alias = f"on-{self.g}"
        uses = {
            "alias": ("aliases", {"name": alias, "function_id": self.g, "function_version": 1}),
            "webhook": ("webhooks", {"function_id": self.g, "function_version": 1}),
            "job": ("jobs", {
                "function_id": self.g, "function_version": 1, "pattern": "0 0 1 1 *"})}
        for said, (resource, body) in uses.items():
            with self.subTest(said):
                made = self.assertJson(self.q.post(f"/v1/{resource}", body), 201)
                item = alias if resource == "aliases" else made["id"]
                self.addCleanup(self.q.delete, f"/v1/{resource}/{item}")

                # When / Then
                self.assertRefused(self.q.delete(f"{self.path}/1"), 403, said)
                self.assertEqual(self.numbers(), [1, 2])
                self.assertEmpty(self.q.delete(f"/v1/{resource}/{item}"), 204)
        self.assertEmpty(self.q.delete(f"{self.path}/1"), 204)

    def test_uses_of_one_version_do_not_keep_another(self):
        self.publish("v2")
        alias = f"on-{self.g}"
        self.assertJson(self.q.post(
            "/v1/aliases", {"name": alias, "function_id": self.g, "function_version": 2}), 201)
        self.addCleanup(self.q.delete, f"/v1/aliases/{alias}")
        self.assertEmpty(self.q.delete(f"{self.path}/1"), 204)
        self.assertRefused(self.q.delete(f"/v1/functions/{self.g}"), 403, "alias")


class TestWorkers(VersionTest):
    def setUp(self):
        super().setUp()
        self.publish("v1")

    def scale(self, number, action, count):
        self.assertEmpty(self.q.post(f"{self.path}/{number}/{action}", {"count": count}), 202)

    def wait_workers(self, number, count):
        return wait_for(
            lambda: len(found := self.q.workers(self.g, number)) == count and (found or True),
            f"{count} workers of version {number}")

    def test_workers_are_the_versions_own(self):
        # Given
        self.assertEqual(self.q.workers(self.g, 1), [])

        # When
        self.scale(1, "scale_up", 2)
        workers = self.wait_workers(1, 2)

        # Then
        self.assertEqual(self.q.workers(self.g), [])
        for path in (f"/v1/functions/{self.g}/workers?function_version=1",
                     f"/v1/functions/{self.g}/workers/?function_version=1"):
            listed = self.assertJson(self.q.get(path))["workers"]
            self.assertEqual(
                sorted(listed, key=lambda row: row["worker_name"]),
                [{"function_id": self.g, "function_version": 1, "worker_name": worker}
                 for worker in sorted(workers)])
        self.assertOutput(self.run_version(1), "success", "v1")
        self.assertCountEqual(self.q.workers(self.g, 1), workers)

        # And the last but one goes by scaling down, the last by detaching
        self.scale(1, "scale_down", 5)
        self.wait_workers(1, 1)
        self.scale(1, "scale_down", 1)
        self.assertEmpty(self.q.request("POST", f"{self.path}/1/detach"), 202)
        self.wait_workers(1, 0)
        self.assertOutput(self.run_version(1), "success", "v1")

    def test_version_0_is_the_function(self):
        self.scale(0, "scale_up", 1)
        self.wait_workers(0, 1)
        self.assertEqual(self.q.workers(self.g, 1), [])
        self.scale(0, "scale_down", 1)
        self.assertEmpty(self.q.post(f"{self.path}/0/detach", {}), 202)
        self.wait_workers(0, 0)

    def test_detaching_one_leaves_the_others(self):
        self.q.run(self.g)
        self.run_version(1)
        self.assertEmpty(self.q.request("POST", f"{self.path}/1/detach"), 202)
        self.wait_workers(1, 0)
        self.assertEqual(len(self.q.workers(self.g)), 1)
        self.run_version(1)
        self.assertEmpty(self.q.request("POST", f"/v1/functions/{self.g}/detach"), 202)
        self.wait_workers(0, 0)
        self.assertEqual(len(self.q.workers(self.g, 1)), 1)

    def test_counts(self):
        for action in ("scale_up", "scale_down"):
            for count in (0, -1, "0", "a", "", [], {}):
                with self.subTest(f"{action} {count}"):
                    answer = self.q.post(f"{self.path}/1/{action}", {"count": count})
                    self.assertRefused(answer, 400, "count")
            self.assertRefused(self.q.request("POST", f"{self.path}/1/{action}"), 400)
            self.assertRefused(self.q.post(f"{self.path}/1/{action}", {"count": 1, "x": 1}), 400)
        for count in (1, "2", None):
            self.assertEmpty(self.q.post(f"{self.path}/1/scale_down", {"count": count}), 202)
        self.assertEmpty(self.q.post(f"{self.path}/1/scale_down", {}), 202)
        self.assertRefused(self.q.post(f"{self.path}/1/detach", {"count": 1}), 400)

    def test_a_runtime_whose_version_has_workers_keeps_its_image(self):
        # Given
        runtime = self.q.new_runtime()
        self.addCleanup(self.q.delete, f"/v1/runtimes/{runtime}")
        function = self.function(code("v"), runtime_id=runtime)
        self.assertJson(self.q.publish(function), 201)
        self.q.run(function, function_version=1)

        # When
        answer = self.q.put(f"/v1/runtimes/{runtime}", {"image": "nobody/has-this"})

        # Then
        self.assertRefused(answer, 403, "in use")
        self.assertEqual(self.q.status_of("runtimes", runtime), "available")


class TestTenVersions(VersionTest):
    def test_versions_do_not_mix_up_1_and_10(self):
        # Given as many as there may be
        packages = {}
        for number in range(1, MAX_VERSIONS + 1):
            packages[number] = zip_of(code(f"v{number}"))
            self.q.upload_again(self.g, packages[number])
            self.publish()
        self.assertEqual(self.numbers(), list(range(1, MAX_VERSIONS + 1)))

        # When there is to be another
        self.q.upload_again(self.g, code("one more"))
        self.assertRefused(self.q.publish(self.g), 403, "maximum number of versions: 10")
        self.assertEqual(self.latest_version(), MAX_VERSIONS)

        # Then each is still what it was
        for number, package in packages.items():
            answer = self.q.get(f"{self.path}/{number}?download=true")
            self.assertEqual(answer.body, package, number)
        for number in (1, MAX_VERSIONS):
            self.assertOutput(self.run_version(number), "success", f"v{number}")

        # And the last stays when the first goes, and makes room
        workers = self.q.workers(self.g, MAX_VERSIONS)
        self.assertEmpty(self.q.request("POST", f"{self.path}/1/detach"), 202)
        wait_for(lambda: not self.q.workers(self.g, 1), "no worker")
        self.assertEqual(self.q.workers(self.g, MAX_VERSIONS), workers)
        self.assertEmpty(self.q.delete(f"{self.path}/1"), 204)
        self.assertEqual(
            self.q.get(f"{self.path}/{MAX_VERSIONS}?download=true").body, packages[MAX_VERSIONS])
        self.assertOutput(self.run_version(MAX_VERSIONS), "success", f"v{MAX_VERSIONS}")
        self.assertEqual(self.publish()["version_number"], MAX_VERSIONS + 1)
        self.assertRefused(self.q.publish(self.g), 403)

        # And all go with the function
        self.assertEmpty(self.q.delete(f"/v1/functions/{self.g}"), 204)
        self.assertRefused(self.q.get(f"{self.path}/2"), 404)
        self.assertRefused(self.q.get(self.path), 404)
        wait_for(lambda: not self.q.workers(self.g, MAX_VERSIONS), "no worker")


class TestImageFunctions(QinlingTest):
    """Functions of a container image are kept; what runs them is not part of every orchestrator."""

    def setUp(self):
        self.g = self.image()["id"]
        self.path = f"/v1/functions/{self.g}"

    def image(self, **fields):
        answer = self.q.send_urlencoded(
            "POST", "/v1/functions",
            {"code": '{"source": "image", "image": "foo/bar"}', "timeout": "5", **fields})
        made = self.assertJson(answer, 201)
        self.addCleanup(self.q.delete, f"/v1/functions/{made['id']}")
        return made

    def test_an_image_function_has_all_its_fields(self):
        made = self.image(name="i", entry="ignored.main")
        self.assertEqual(
            {**made, "id": 0, "created_at": 0},
            {"id": 0, "name": "i", "description": None, "cpu": 100, "memory_size": 33554432,
             "timeout": 5, "runtime_id": None, "code": {"source": "image", "image": "foo/bar"},
             "entry": None, "count": 0, "latest_version": 0, "project_id": "default",
             "created_at": 0, "updated_at": None})
        self.assertEqual(self.q.get(f"/v1/functions/{made['id']}").json, made)

    def test_an_image_must_be_named(self):
        for code_text in ('{"source": "image"}', '{"source": "image", "image": ""}',
                          '{"source": "image", "image": 5}', '{"source": "image", "image": null}'):
            with self.subTest(code_text):
                answer = self.q.send_urlencoded("POST", "/v1/functions", {"code": code_text})
                self.assertRefused(answer, 400, "image")

    def test_a_runtime_that_is_given_must_exist(self):
        code_text = '{"source": "image", "image": "foo/bar"}'
        answer = self.q.send_urlencoded(
            "POST", "/v1/functions", {"code": code_text, "runtime_id": UNKNOWN})
        self.assertRefused(answer, 404, "Runtime not found")

    def test_it_has_no_package_to_download(self):
        answer = self.q.get(self.path + "?download=true")
        self.assertRefused(answer, 405)
        self.assertEqual(answer.headers["Server-Error-Message"], answer.json["faultstring"])

    def test_it_has_no_versions(self):
        self.assertRefused(self.q.publish(self.g), 403, "package")
        self.assertEqual(self.q.get(self.path + "/versions").json, {"function_versions": []})
        self.assertRefused(self.q.execute(self.g, function_version=1), 400, "version")

    def test_only_what_is_no_code_can_be_changed(self):
        for body in ({"cpu": 200}, {"memory_size": 67108864}, {"entry": "a.b"},
                     {"code": {"source": "image", "image": "other"}}, {"code": {"source": "package"}}):
            with self.subTest(body):
                self.assertRefused(self.q.put(self.path, body), 400)
        updated = self.assertJson(self.q.put(self.path, {"timeout": 20, "name": "n"}))
        self.assertEqual((updated["timeout"], updated["name"]), (20, "n"))

    def test_an_execution_says_why_it_was_not_run(self):
        for sync in (True, False):
            with self.subTest(sync):
                made = self.assertJson(self.q.execute(self.g, "x", sync=sync), 201)
                ended = self.q.wait_ended(made["id"])
                self.assertEqual(ended["status"], "error")
                self.assertIn("image", ended["result"]["output"])
                self.assertEmpty(self.q.get(f"/v1/executions/{made['id']}/log"), 204)
