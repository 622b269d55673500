# SPDX-License-Identifier: Apache-2.0
"""The v1 API as a table of requests and statuses, with real users: the oracle of a migration."""

import hashlib
import json
import time

from cloud import DENIED, ID, JSON, MD5, TIME, CloudTest
from harness import IMAGES, TIMESTAMP, UNKNOWN, Concurrently, wait_for, zip_of

ECHO = """\
def main(*args, context=None, **kwargs):
    print("ran")
    return {"args": args, "kwargs": kwargs}
"""
YEARLY = "0 0 1 1 *"


class Form(dict):
    """A body of type application/x-www-form-urlencoded."""


class Upload(dict):
    """A body of type multipart/form-data; bytes in it are a file."""


class Raw(str):
    """A body of a type that is not JSON."""


class Json(str):
    """A body that says it is JSON."""


def at(seconds):
    """A time from now, as clients write it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))


class VectorTest(CloudTest):
    """Has what the table is about; each test of the table leaves it as it was."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        q = cls.member1
        cls.package = zip_of(ECHO)
        cls.md5 = hashlib.md5(cls.package).hexdigest()
        cls.R = cls.cloud.runtime
        made = q.upload(cls.package)
        assert made.status == 201, made
        cls.F = made.json["id"]
        cls.addClassCleanup(q.delete, f"/v1/functions/{cls.F}")
        assert q.publish(cls.F).status == 201
        cls.addClassCleanup(q.delete, f"/v1/functions/{cls.F}/versions/1")
        cls.I = q.send_urlencoded(
            "POST", "/v1/functions", {"code": '{"source": "image", "image": "foo/bar"}'}).json["id"]
        cls.addClassCleanup(q.delete, f"/v1/functions/{cls.I}")
        cls.E = q.run(cls.F)["id"]
        cls.addClassCleanup(q.delete, f"/v1/executions/{cls.E}")

    def send(self, user, method, path, body):
        """One request of the table; a path is below /v1 unless it begins with a slash."""
        if not path.startswith("/"):
            path = "/v1/" + path
        if isinstance(body, Upload):
            files = [(name, "main.zip", value) for name, value in body.items()
                     if isinstance(value, bytes)]
            fields = {name: value for name, value in body.items() if not isinstance(value, bytes)}
            return user.send_form(method, path, fields, files)
        if isinstance(body, Form):
            return user.send_urlencoded(method, path, body)
        if isinstance(body, Raw):
            return user.request(method, path, body, {"Content-Type": "text/plain"})
        if isinstance(body, Json):
            return user.request(method, path, body, JSON)
        if body is None:
            return user.request(method, path)
        return user.send_json(method, path, body)

    def assertVectors(self, *vectors):
        """Sends requests in their order; a status of 4xx comes with an error of the one shape."""
        for user, request, body, status in vectors:
            with self.subTest(f"{getattr(user, 'name', 'nobody')}: {request} {str(body)[:60]}"):
                method, path = request.split(" ", 1)
                answer = self.send(user, method, path, body)
                if status >= 400:
                    self.assertRefused(answer, status)
                elif status in (202, 204) and "/invoke" not in path:
                    self.assertEmpty(answer, status)
                else:
                    self.assertEqual(answer.status, status, answer)

    def new_function(self, **fields):
        """A function of p1 that has no version, and goes with the test."""
        return self.function(self.package, **fields)

    def broken_runtime(self):
        """A runtime whose image nobody has."""
        made = self.created(self.admin, "runtimes", {"image": "nobody/has-this"})
        wait_for(lambda: self.admin.status_of("runtimes", made["id"]) == "error", "the error")
        return made["id"]


class TestVectors(VectorTest):
    """Appendix B, line by line: who, request, body, status."""

    def test_runtimes(self):
        member, admin, R = self.member1, self.admin, self.R
        idle = self.broken_runtime()
        self.new_function()
        self.assertVectors(
            (member, "POST runtimes", {"image": "x"}, 403),
            (admin, "POST runtimes", {}, 400),
            (admin, "POST runtimes", {"image": None}, 400),
            (admin, "POST runtimes", {"image": 5}, 400),
            (admin, "POST runtimes", {"image": "x", "status": "y"}, 400),
            (admin, "POST runtimes", {"image": "x", "bogus": 1}, 400),
            (admin, "POST runtimes", Raw('{"image": "x"}'), 415),
            (admin, "POST runtimes", Json(""), 400),
            (admin, "POST runtimes", Json("[1]"), 400),
            # Who may not do it learns first what is wrong with the request.
            (member, "POST runtimes", {"bogus": 1}, 400),
            (member, "GET runtimes/not-a-uuid", None, 400),
            (member, f"GET runtimes/{UNKNOWN}", None, 404),
            (member, f"GET runtimes/{R}", None, 200),
            (member, "GET runtimes?x=1", None, 400),
            (member, f"PUT runtimes/{R}", {"name": "x"}, 403),
            (member, f"DELETE runtimes/{R}", None, 403),
            (admin, f"DELETE runtimes/{R}", None, 403),
            (member, f"GET runtimes/{R}/pool", None, 403),
            (admin, f"GET runtimes/{R}/pool", None, 200),
            (member, f"DELETE runtimes/{idle}", None, 403),
            (admin, f"DELETE runtimes/{idle}", None, 204))

    def test_an_image_while_the_pool_is_being_made(self):
        made = self.created(self.admin, "runtimes", {"image": IMAGES["python3"]})
        self.assertEqual(made["status"], "creating")
        self.assertVectors((self.admin, f"PUT runtimes/{made['id']}", {"image": "y"}, 409))
        wait_for(lambda: self.admin.status_of("runtimes", made["id"]) != "creating", "the pool")

    def test_creation_of_functions(self):
        member, R, good = self.member1, self.R, self.package
        code = '{"source": "package"}'
        wrong_md5 = json.dumps({"source": "package", "md5sum": "0" * 32})
        not_available = self.broken_runtime()
        before = len(member.list("functions"))

        def post(status, **fields):
            fields = {"runtime_id": R, "code": code, "package": good, **fields}
            given = {name: value for name, value in fields.items() if value is not None}
            return member, "POST functions", Upload(given), status

        self.assertVectors(
            post(400, code=None), post(400, code='{"source": "ftp"}'), post(400, runtime_id=None),
            post(404, runtime_id=UNKNOWN), post(400, runtime_id=not_available),
            post(400, timeout="0"), post(400, timeout="301"), post(400, timeout="abc"),
            post(400, timeout="1.5"), post(400, timeout=""),
            post(400, cpu="99"), post(400, cpu="301"),
            post(400, memory_size="33554431"), post(400, memory_size="134217729"),
            post(400, code=wrong_md5), post(400, package=b"not a zip"), post(400, package=b""),
            post(400, package=None))
        self.assertEqual(len(member.list("functions")), before)

    def test_reading_of_functions(self):
        member, admin, F, I = self.member1, self.admin, self.F, self.I
        self.assertVectors(
            (member, "GET functions/bad", None, 404),
            (member, "DELETE functions/bad", None, 400),
            (member, f"GET functions/{F}?download=true", None, 200),
            (member, f"GET functions/{I}?download=true", None, 405),
            (member, "GET functions?all_projects=true", None, 403),
            (admin, "GET functions?all_projects=true", None, 200),
            (member, "GET functions?all_projects=false", None, 200),
            (member, f"GET functions?project_id={member.project_id}", None, 200),
            (member, "GET functions?limit=1", None, 400))

    def test_updates_of_functions(self):
        member, I, G = self.member1, self.I, self.new_function()
        other = zip_of("OTHER = 1\n" + ECHO)
        same = json.dumps({"source": "package", "md5sum": self.md5})
        job = self.created(member, "jobs", {"function_id": G, "pattern": YEARLY})["id"]
        self.assertVectors(
            (member, f"PUT functions/{G}", {"entry": "a.b"}, 403),
            (member, f"PUT functions/{G}", Upload(package=other), 403),
            (member, f"PUT functions/{G}", {"name": "n"}, 200),
            (member, f"DELETE functions/{G}", None, 403),
            (member, f"PUT jobs/{job}", {"status": "cancelled"}, 200),
            (member, f"PUT functions/{G}", {}, 200),
            (member, f"PUT functions/{G}", Form(), 200),
            (member, f"PUT functions/{G}", {"name": "n"}, 200),
            (member, f"PUT functions/{G}", {"timeout": 301}, 400),
            (member, f"PUT functions/{G}", {"timeout": 0}, 400),
            (member, f"PUT functions/{G}", {"cpu": "abc"}, 400),
            (member, f"PUT functions/{G}", {"code": '{"source": "image", "image": "i"}'}, 400),
            (member, f"PUT functions/{G}", Upload(code=same, package=self.package), 400),
            (member, f"PUT functions/{G}", Upload(package=other), 200),
            (member, f"PUT functions/{I}", {"cpu": 200}, 400),
            (member, f"PUT functions/{I}", {"timeout": 20}, 200),
            # With a job that has finished it can be deleted.
            (member, f"DELETE functions/{G}", None, 204))

    def test_workers(self):
        member, admin, F, G = self.member1, self.admin, self.F, self.new_function()
        self.assertVectors(
            (admin, f"POST functions/{G}/scale_up", {"count": 0}, 400),
            (admin, f"POST functions/{G}/scale_up", {"count": "2"}, 202),
            (admin, f"POST functions/{G}/scale_up", Json(""), 400),
            (admin, f"POST functions/{G}/scale_up", None, 400),
            (member, f"POST functions/{G}/scale_up", {"count": 1}, 403),
            (member, f"POST functions/{G}/scale_down", {"count": 1}, 403),
            (admin, f"POST functions/{G}/scale_down", {"count": 1}, 202),
            (member, f"POST functions/{G}/detach", None, 403),
            (admin, f"POST functions/{G}/detach", None, 202),
            (admin, f"POST functions/{UNKNOWN}/detach", None, 404),
            (admin, "POST functions/bad/detach", None, 400),
            (member, f"GET functions/{F}/workers", None, 403),
            (admin, f"GET functions/{F}/workers", None, 200),
            (admin, f"GET functions/{UNKNOWN}/workers", None, 200),
            (admin, f"GET functions/{F}/workers?function_version=a", None, 400))
        self.assertEqual(
            self.admin.get(f"/v1/functions/{UNKNOWN}/workers").json, {"workers": []})

    def test_deletion_of_functions(self):
        member, G = self.member1, self.new_function()
        alias = {"name": "keeps", "function_id": G}
        webhook = self.created(member, "webhooks", {"function_id": G})["id"]
        job = self.created(member, "jobs", {"function_id": G, "pattern": YEARLY})["id"]
        self.assertVectors(
            (self.member2, f"DELETE functions/{G}", None, 404),
            (self.admin, f"DELETE functions/{G}", None, 403),
            (member, f"DELETE functions/{G}", None, 403),
            (member, f"DELETE jobs/{job}", None, 204),
            (member, f"DELETE functions/{G}", None, 403),
            (member, f"DELETE webhooks/{webhook}", None, 204),
            (member, "POST aliases", alias, 201),
            (member, f"DELETE functions/{G}", None, 403),
            (member, "DELETE aliases/keeps", None, 204),
            (member, f"DELETE functions/{G}", None, 204))

    def test_creation_of_versions(self):
        member, G = self.member1, self.new_function()
        self.cloud.swift.objects[member.project_id, "c", "o"] = self.package
        swift = '{"source": "swift", "swift": {"container": "c", "object": "o"}}'
        S = self.assertJson(
            member.send_urlencoded("POST", "/v1/functions", {"runtime_id": self.R, "code": swift}),
            201)["id"]
        self.addCleanup(member.delete, f"/v1/functions/{S}")
        change = (Upload(package=zip_of(f"V = {i}\n" + ECHO)) for i in range(2, 12))
        path = f"functions/{G}/versions"
        self.assertVectors(
            (member, f"POST {path}", None, 400),
            (member, f"POST {path}", Json(""), 400),
            (member, f"POST {path}", {"version_number": 7}, 400),
            (self.admin, f"POST {path}", {}, 404),
            (self.member2, f"POST {path}", {}, 404),
            (member, f"POST {path}", {}, 201),
            (member, f"POST {path}", {}, 403),
            *(vector for _ in range(9) for vector in (
                (member, f"PUT functions/{G}", next(change), 200),
                (member, f"POST {path}", {}, 201))),
            (member, f"PUT functions/{G}", next(change), 200),
            (member, f"POST {path}", {}, 403),
            # Sources other than packages have no versions.
            (member, f"POST functions/{S}/versions", {}, 403),
            (member, f"POST functions/{self.I}/versions", {}, 403))
        numbers = [version["version_number"]
                   for version in member.get(f"/v1/{path}").json["function_versions"]]
        self.assertEqual(numbers, list(range(1, 11)))

    def test_reading_and_deletion_of_versions(self):
        member, G = self.member1, self.new_function()
        path = f"functions/{G}/versions"
        target = {"function_id": G, "function_version": 1}
        self.assertJson(member.publish(G), 201)
        webhook = self.created(member, "webhooks", target)["id"]
        job = self.created(member, "jobs", {**target, "pattern": YEARLY})["id"]
        self.assertVectors(
            (member, f"GET {path}/0", None, 404),
            (member, f"GET {path}/99", None, 404),
            (member, f"GET {path}/abc", None, 400),
            (member, f"GET {path}/1", None, 200),
            (self.admin, f"GET {path}/1", None, 200),
            (self.admin, f"GET {path}", None, 200),
            (self.admin, f"DELETE {path}/1", None, 404),
            (member, f"DELETE {path}/1", None, 403),
            (member, f"DELETE webhooks/{webhook}", None, 204),
            (member, f"DELETE {path}/1", None, 403),
            (member, f"PUT jobs/{job}", {"status": "cancelled"}, 200),
            (member, "POST aliases", {"name": "keeps", **target}, 201),
            (member, f"DELETE {path}/1", None, 403),
            (member, "DELETE aliases/keeps", None, 204),
            (member, f"DELETE {path}/1", None, 204))

    def test_aliases(self):
        member, F = self.member1, self.F
        self.assertVectors(
            (member, "POST aliases", {}, 400),
            (member, "POST aliases", {"name": "v", "function_id": "bad"}, 400),
            (member, "POST aliases", {"name": "v", "function_id": F}, 201),
            (member, "POST aliases", {"name": "v", "function_id": F, "function_version": 1}, 400),
            (member, "POST aliases", {"name": "w", "function_id": F}, 400),
            (member, "POST aliases", {"name": "w", "function_id": UNKNOWN}, 404),
            (member, "POST aliases", {"name": "w", "function_id": F, "function_version": 9}, 404),
            (member, "POST aliases", {"name": None, "function_id": F}, 400),
            (member, "POST aliases", {"name": "w", "function_id": F, "function_version": 1}, 201),
            (member, "PUT aliases/w", {"function_version": 0}, 400),
            (member, "PUT aliases/w", {}, 200),
            (member, "DELETE aliases/v", None, 204),
            (member, "DELETE aliases/w", None, 204),
            (member, "DELETE aliases/w", None, 404))

    def test_executions(self):
        member, admin, F, E = self.member1, self.admin, self.F, self.E
        silent = self.assertJson(member.execute(self.I), 201)["id"]
        mine, theirs = member.run(F)["id"], member.run(F)["id"]
        self.assertVectors(
            (member, "POST executions", {}, 400),
            (member, "POST executions", {"function_id": UNKNOWN}, 404),
            (member, "POST executions", {"function_alias": "nobody"}, 404),
            (member, "POST executions", {"function_id": F, "function_version": 9}, 404),
            (member, "POST executions", {"function_id": self.I, "function_version": 1}, 400),
            (member, "POST executions", {"function_id": F, "input": "6"}, 201),
            (member, "POST executions", {"function_id": F, "input": "plain"}, 201),
            (member, "POST executions", {"function_id": F, "input": '{"a": 1}'}, 201),
            (member, "POST executions", {"function_id": F, "input": {"a": 1}}, 400),
            (member, "POST executions", {"function_id": F, "input": "1.5"}, 201),
            (member, f"GET executions/{E}/log", None, 200),
            (member, f"GET executions/{silent}/log", None, 204),
            (self.member2, f"GET executions/{E}/log", None, 404),
            (member, f"DELETE executions/{mine}", None, 204),
            (self.member2, f"DELETE executions/{theirs}", None, 404),
            (admin, f"DELETE executions/{theirs}", None, 204))

    def test_a_runtime_that_is_being_upgraded(self):
        # Given
        runtime = self.created(self.admin, "runtimes", {"image": IMAGES["python3"]})["id"]
        wait_for(lambda: self.admin.status_of("runtimes", runtime) == "available", "the pool")
        function = self.new_function(runtime_id=runtime)
        webhook = self.created(self.member1, "webhooks", {"function_id": function})["id"]

        # When
        upgrade = self.admin.put(
            f"/v1/runtimes/{runtime}", {"image": "openstackqinling/python-runtime"})
        execution, call, creation = Concurrently([
            lambda: self.member1.execute(function),
            lambda: self.nobody.request("POST", f"/v1/webhooks/{webhook}/invoke"),
            lambda: self.member1.upload(self.package, runtime_id=runtime)]).results()

        # Then
        self.assertEqual(self.assertJson(upgrade)["status"], "upgrading")
        self.assertRefused(execution, 409)
        self.assertRefused(call, 409)
        self.assertRefused(creation, 400)
        wait_for(lambda: self.admin.status_of("runtimes", runtime) == "available", "the image")
        self.q.delete(f"/v1/webhooks/{webhook}")
        self.q.delete(f"/v1/functions/{function}")

    def test_jobs(self):
        member, F = self.member1, self.F
        once = self.created(
            member, "jobs", {"function_id": F, "first_execution_time": at(3600)})["id"]
        yearly = self.created(member, "jobs", {"function_id": F, "pattern": YEARLY})["id"]
        over = self.created(member, "jobs", {"function_id": F, "pattern": YEARLY})["id"]

        def post(status, **fields):
            return member, "POST jobs", {"function_id": F, **fields}, status

        self.assertVectors(
            (member, "POST jobs", {}, 400),
            post(400),
            post(400, first_execution_time=at(30)),
            post(400, first_execution_time="junk"),
            post(400, first_execution_time=at(3600), count=2),
            post(400, pattern="not a pattern"),
            post(400, pattern="* * 31 2 *"),
            post(404, pattern=YEARLY, function_version=9),
            post(404, pattern=YEARLY, function_alias="nobody"),
            (member, "POST jobs", {"function_id": UNKNOWN, "pattern": YEARLY}, 404),
            (member, f"PUT jobs/{yearly}", {"status": "done"}, 400),
            (member, f"PUT jobs/{yearly}", {"status": "bogus"}, 400),
            (member, f"PUT jobs/{over}", {"status": "cancelled"}, 200),
            (member, f"PUT jobs/{over}", {"name": "n"}, 400),
            (member, f"PUT jobs/{once}", {"pattern": YEARLY}, 400),
            (member, f"PUT jobs/{yearly}", {"pattern": ""}, 400),
            (member, f"PUT jobs/{yearly}", {}, 200),
            (member, f"GET jobs/{yearly}", None, 200),
            (member, "GET jobs/bad", None, 400),
            (member, f"DELETE jobs/{yearly}", None, 204),
            (member, f"DELETE jobs/{yearly}", None, 404))

    def test_webhooks(self):
        member, admin, F = self.member1, self.admin, self.F
        foreign = self.member2.upload(self.package).json["id"]
        self.addCleanup(self.member2.delete, f"/v1/functions/{foreign}")
        W = self.created(member, "webhooks", {"function_id": F})["id"]
        self.assertVectors(
            (member, "POST webhooks", {}, 400),
            (member, "POST webhooks", {"function_id": foreign}, 404),
            (admin, "POST webhooks", {"function_id": foreign}, 404),
            (member, "POST webhooks", {"function_id": F, "function_version": 9}, 404),
            (member, "POST webhooks", {"function_id": F, "webhook_url": "x"}, 400),
            (admin, f"PUT webhooks/{W}", {"description": "d"}, 404),
            (member, f"PUT webhooks/{W}", {}, 200),
            (self.nobody, f"POST webhooks/{W}/invoke", None, 202),
            (self.nobody, f"POST webhooks/{W}/invoke/", None, 202),
            (self.nobody, f"POST webhooks/{W.upper()}/invoke", None, 202),
            (self.nobody, f"POST webhooks/{UNKNOWN}/invoke", None, 404),
            (self.nobody, f"GET webhooks/{W}/invoke", None, 404))

    def test_without_token(self):
        nobody, F, R, E = self.nobody, self.F, self.R, self.E
        needing = [
            "GET runtimes", "POST runtimes", f"GET runtimes/{R}", f"PUT runtimes/{R}",
            f"DELETE runtimes/{R}", f"GET runtimes/{R}/pool", "GET functions", "POST functions",
            f"GET functions/{F}", f"GET functions/{F}?download=true", f"PUT functions/{F}",
            f"DELETE functions/{F}", f"POST functions/{F}/scale_up", f"POST functions/{F}/scale_down",
            f"POST functions/{F}/detach", f"GET functions/{F}/workers", f"GET functions/{F}/versions",
            f"POST functions/{F}/versions", f"GET functions/{F}/versions/1",
            f"GET functions/{F}/versions/1?download=true", f"DELETE functions/{F}/versions/1",
            f"POST functions/{F}/versions/1/scale_up", f"POST functions/{F}/versions/1/scale_down",
            f"POST functions/{F}/versions/1/detach", "GET aliases", "POST aliases", "GET aliases/a",
            "PUT aliases/a", "DELETE aliases/a", "GET executions", "POST executions",
            f"GET executions/{E}", f"DELETE executions/{E}", f"GET executions/{E}/log", "GET jobs",
            "POST jobs", f"GET jobs/{UNKNOWN}", f"PUT jobs/{UNKNOWN}", f"DELETE jobs/{UNKNOWN}",
            "GET webhooks", "POST webhooks", f"GET webhooks/{UNKNOWN}", f"PUT webhooks/{UNKNOWN}",
            f"DELETE webhooks/{UNKNOWN}"]
        self.assertVectors(
            *((nobody, request, None, 401) for request in needing),
            # Also when there is something else to say against the request.
            (nobody, "GET runtimes/not-a-uuid", None, 401),
            (nobody, "GET functions?bogus=1", None, 401),
            (nobody, "POST runtimes", {"bogus": 1}, 401),
            (nobody, "POST functions", Upload(package=self.package), 401),
            # What nobody needs to be known for.
            (nobody, "GET nothing", None, 404),
            (nobody, "GET /nothing", None, 404),
            (nobody, "PATCH functions", None, 405),
            (nobody, "GET /", None, 200),
            (nobody, "GET /v1/", None, 200),
            (nobody, "GET /v1", None, 302))
        shown = self.member1.get(f"/v1/functions/{F}/versions/1")
        self.assertEqual(shown.status, 200)

    def test_what_a_refusal_without_token_says(self):
        for headers in ({}, {"X-Auth-Token": ""}, {"X-Auth-Token": "gAAAA-garbage"},
                        {"X-Project-Id": self.member1.project_id, "X-Roles": "admin",
                         "X-Identity-Status": "Confirmed", "X-User-Id": "x"}):
            with self.subTest(str(headers)):
                answer = self.nobody.get("/v1/functions", **headers)
                self.assertRefused(answer, 401)
                self.assertIn("Keystone uri=", answer.headers["WWW-Authenticate"])
                self.assertEqual(
                    answer.headers["Server-Error-Message"], answer.json["faultstring"])
                self.assertNotIn("gAAAA", answer.text + str(answer.headers))


class TestBodies(VectorTest):
    """Appendix A: exactly these keys, with values of these types."""

    def row(self, resource, item, user=None):
        listed = (user or self.q).get(f"/v1/{resource}").json
        (rows,) = listed.values()
        return next(row for row in rows if row["id"] == item)

    def test_version_documents(self):
        url = self.nobody.url
        self.assertEqual(self.nobody.get("/").json, {"versions": [
            {"id": "v1.0", "status": "CURRENT",
             "links": [{"href": f"{url}/v1", "target": "v1", "rel": "self"}]}]})
        self.assertEqual(self.nobody.get("/v1/").json, {"uri": f"{url}/v1"})

    def test_a_runtime_and_its_pool(self):
        made = self.created(self.admin, "runtimes", {"image": "x"})
        self.assertEqual(
            {"id": ID, "name": None, "image": "x", "description": None, "is_public": True,
             "trusted": True, "status": "creating", "project_id": self.admin.project_id,
             "created_at": TIME, "updated_at": None}, made)
        row = self.row("runtimes", made["id"])
        self.assertEqual({**made, "status": 0, "updated_at": 0},
                         {**row, "status": 0, "updated_at": 0})
        pool = self.admin.get(f"/v1/runtimes/{self.R}/pool").json
        self.assertEqual(
            {"name": self.R, "capacity": {"total": pool["capacity"]["total"],
                                          "available": pool["capacity"]["available"]}}, pool)
        self.assertEqual({type(count) for count in pool["capacity"].values()}, {int})

    def test_functions(self):
        function = self.new_function()
        shown = self.q.get(f"/v1/functions/{function}").json
        wanted = {
            "id": ID, "name": None, "description": None, "cpu": 100, "memory_size": 33554432,
            "timeout": 5, "runtime_id": self.R, "code": {"source": "package", "md5sum": MD5},
            "entry": "main.main", "count": 0, "latest_version": 0,
            "project_id": self.member1.project_id, "created_at": TIME, "updated_at": None}
        self.assertEqual(wanted, shown)
        row = self.row("functions", function)
        self.assertEqual(
            row, {**shown, "code": f'{{"source": "package", "md5sum": "{self.md5}"}}'})
        self.assertEqual(
            {**wanted, "timeout": 9, "updated_at": TIME},
            self.q.put(f"/v1/functions/{function}", {"timeout": 9}).json)
        image = self.q.get(f"/v1/functions/{self.I}").json
        self.assertEqual(
            {**wanted, "runtime_id": None, "code": {"source": "image", "image": "foo/bar"},
             "entry": None, "timeout": image["timeout"], "updated_at": image["updated_at"],
             "count": image["count"]}, image)
        self.assertIsInstance(image["count"], int)

    def test_workers(self):
        self.q.run(self.F)
        self.assertEqual(
            self.admin.get(f"/v1/functions/{self.F}/workers").json,
            {"workers": [{"function_id": self.F, "function_version": 0,
                          "worker_name": self.admin.workers(self.F)[0]}]})

    def test_versions_and_aliases(self):
        function = self.new_function()
        version = self.q.publish(function, description="d1").json
        self.assertEqual(
            {"id": ID, "description": "d1", "function_id": function, "version_number": 1, "count": 0,
             "project_id": self.member1.project_id, "created_at": TIME, "updated_at": None}, version)
        alias = self.created(self.q, "aliases", {"name": "a1", "function_id": function})
        self.assertEqual(
            {"id": ID, "name": "a1", "description": None, "function_id": function,
             "function_version": 0, "project_id": self.member1.project_id, "created_at": TIME,
             "updated_at": None}, alias)
        self.assertEqual(self.row("aliases", alias["id"]), alias)
        self.assertEmpty(self.q.delete("/v1/aliases/a1"), 204)

    def test_executions(self):
        made = self.q.execute(self.F).json
        result = json.loads(made["result"])
        wanted = {
            "id": ID, "function_id": self.F, "function_version": 0, "function_alias": None,
            "description": None, "status": "success", "sync": True, "input": None,
            "result": made["result"], "project_id": self.member1.project_id, "attempts": 1,
            "max_attempts": 1, "last_error": None, "created_at": TIME, "updated_at": TIME}
        self.assertEqual(wanted, made)
        self.assertEqual(self.row("executions", made["id"]), made)
        self.assertEqual(set(result), {"duration", "output"})
        self.assertIsInstance(result["duration"], (int, float))

        # One by alias that does not wait
        self.created(
            self.q, "aliases", {"name": "a1", "function_id": self.F, "function_version": 1})
        made = self.q.execute(None, "Qinling", function_alias="a1", sync=False).json
        self.assertEqual(
            {**wanted, "function_version": 1, "function_alias": "a1", "status": "running",
             "sync": False, "input": "Qinling", "result": None, "max_attempts": 5,
             "updated_at": None}, made)
        self.q.wait_ended(made["id"])

    def test_jobs(self):
        made = self.created(self.q, "jobs", {"function_id": self.F, "pattern": YEARLY})
        self.assertEqual(
            {"id": ID, "name": None, "function_id": self.F, "function_alias": None,
             "function_version": 0, "function_input": None, "status": "running", "pattern": YEARLY,
             "count": None, "first_execution_time": TIME, "next_execution_time": TIME,
             "project_id": self.member1.project_id, "created_at": TIME, "updated_at": None}, made)
        self.assertEqual(made["first_execution_time"][4:], "-01-01T00:00:00Z")
        self.assertEqual(made["first_execution_time"], made["next_execution_time"])
        self.assertEqual(self.row("jobs", made["id"]), made)

    def test_webhooks(self):
        made = self.created(self.q, "webhooks", {"function_id": self.F, "function_version": 0})
        self.assertEqual(
            {"id": ID, "function_id": self.F, "function_alias": None, "function_version": 0,
             "description": None, "project_id": self.member1.project_id, "created_at": TIME,
             "updated_at": None,
             "webhook_url": f"{self.nobody.url}/v1/webhooks/{made['id']}/invoke"}, made)
        self.assertEqual(self.row("webhooks", made["id"]), made)
        called = self.nobody.request("POST", f"/v1/webhooks/{made['id']}/invoke").json
        self.assertEqual({"execution_id": ID}, called)
        self.q.wait_ended(called["execution_id"])

    def test_errors(self):
        denied = self.q.post("/v1/runtimes", {"image": "x"})
        self.assertEqual(
            (denied.status, denied.json),
            (403, {"faultcode": "Client", "faultstring": DENIED, "debuginfo": None}))
        missing = self.q.get(f"/v1/functions/{UNKNOWN}")
        self.assertEqual(
            (missing.status, missing.json["faultstring"]),
            (404, f"Function not found [id={UNKNOWN}]"))

    def test_bodies_of_the_command_line(self):
        image = self.q.request(
            "POST", "/v1/functions",
            "code=%7B%22source%22%3A+%22image%22%2C+%22image%22%3A+%22i%22%7D&timeout=5",
            {"Content-Type": "application/x-www-form-urlencoded"})
        image = self.assertJson(image, 201)
        self.addCleanup(self.q.delete, f"/v1/functions/{image['id']}")
        self.assertEqual(image["code"], {"source": "image", "image": "i"})
        function = self.new_function()
        path = f"/v1/functions/{function}"
        other = zip_of("OTHER = 1\n" + ECHO)
        updated = self.q.send_form(
            "PUT", path, {"source": "package"}, [("package", "main.zip", other)])
        self.assertEqual(
            self.assertJson(updated)["code"],
            {"source": "package", "md5sum": hashlib.md5(other).hexdigest()})
        for body, fields in [
                ("name=nn&description=&timeout=7", {"name": "nn", "description": "", "timeout": 7}),
                ("source=swift&swift=container&swift=object", {}), ("", {})]:
            answer = self.q.request(
                "PUT", path, body, {"Content-Type": "application/x-www-form-urlencoded"})
            shown = self.assertJson(answer)
            self.assertEqual({name: shown[name] for name in fields}, fields)
        self.created(self.q, "aliases", {"name": "al", "function_id": function})
        made = self.assertJson(self.q.post("/v1/executions", {
            "function_id": None, "function_version": None, "function_alias": "al", "sync": False,
            "input": '{"a":1}'}), 201)
        self.assertEqual(self.q.wait_ended(made["id"])["status"], "success")
        self.created(self.q, "jobs", {
            "function_alias": "al", "function_id": None, "function_version": None, "name": None,
            "first_execution_time": None, "pattern": "*/5 * * * *", "function_input": None,
            "count": None})
        for job in self.q.list("jobs"):
            self.q.delete(f"/v1/jobs/{job['id']}")
        self.q.delete("/v1/aliases/al")


class TestChecklist(VectorTest):
    """Section 15, one test a line."""

    def test_01_the_catalog_has_the_endpoint_without_version(self):
        catalog = self.cloud.keystone.details(self.member1.token)["catalog"]
        endpoints = [
            endpoint["url"] for service in catalog if service["type"] == "function-engine"
            for endpoint in service["endpoints"] if endpoint["interface"] == "public"]
        self.assertEqual(endpoints, [self.nobody.url])
        for path in ("/", "/v1/"):
            self.assertJson(self.nobody.get(path))

    def test_02_get_may_say_json_of_no_body(self):
        for path in ("runtimes", "functions", f"functions/{self.F}", f"functions/{self.F}/versions",
                     f"functions/{self.F}/versions/1", "aliases", "executions",
                     f"executions/{self.E}", f"executions/{self.E}/log", "jobs", "webhooks"):
            with self.subTest(path):
                self.assertEqual(self.q.get(f"/v1/{path}", **JSON).status, 200)

    def test_03_put_of_functions_reads_all_forms(self):
        path = f"/v1/functions/{self.new_function()}"
        for i, send in enumerate([self.q.send_form, self.q.send_urlencoded, self.q.send_json]):
            self.assertEqual(self.assertJson(send("PUT", path, {"name": f"n{i}"}))["name"], f"n{i}")
        empty = self.q.request(
            "PUT", path, "", {"Content-Type": "application/x-www-form-urlencoded"})
        self.assertEqual(self.assertJson(empty)["name"], "n2")

    def test_04_unknown_fields(self):
        self.assertJson(self.q.send_urlencoded("PUT", f"/v1/functions/{self.F}", {"bogus": "x"}))
        for method, path in [
                ("POST", "executions"), ("POST", "jobs"), ("POST", "webhooks"), ("POST", "aliases"),
                ("POST", f"functions/{self.F}/versions")]:
            body = {"function_id": self.F} if "versions" not in path else {}
            with self.subTest(path):
                self.assertRefused(
                    self.q.send_json(method, f"/v1/{path}", {**body, "bogus": 1}), 400, "bogus")
                self.assertRefused(
                    self.q.send_json(method, f"/v1/{path}?bogus=1", body), 400, "bogus")
        for path in ("runtimes", "functions", "aliases", "executions", "jobs", "webhooks",
                     f"functions/{self.F}/versions"):
            with self.subTest(path):
                self.assertRefused(self.q.get(f"/v1/{path}?bogus=1"), 400, "bogus")

    def test_05_json_and_text(self):
        shown = self.q.get(f"/v1/functions/{self.F}").json["code"]
        listed = next(row for row in self.q.list("functions") if row["id"] == self.F)["code"]
        execution = self.q.execute(self.F, '{"a": 1}').json
        self.assertIsInstance(shown, dict)
        self.assertEqual(json.loads(listed), shown)
        self.assertEqual(json.loads(execution["result"])["output"]["kwargs"], {"a": 1})
        self.assertEqual(execution["input"], '{"a": 1}')

    def test_06_fields_and_timestamps(self):
        self.created(self.q, "aliases", {"name": "a", "function_id": self.F})
        self.created(self.q, "webhooks", {"function_alias": "a"})
        self.created(self.q, "jobs", {"function_id": self.F, "pattern": YEARLY})
        for resource in ("runtimes", "functions", "aliases", "executions", "jobs", "webhooks"):
            with self.subTest(resource):
                (rows,) = self.q.get(f"/v1/{resource}").json.values()
                self.assertTrue(rows)
                self.assertEqual({frozenset(row) for row in rows}, {frozenset(rows[0])})
                for row in rows:
                    for field, value in row.items():
                        if field.endswith(("_at", "_time")) and value is not None:
                            self.assertRegex(value, TIMESTAMP)
        for webhook in self.q.list("webhooks"):
            self.q.delete(f"/v1/webhooks/{webhook['id']}")

    def test_07_statuses_of_success(self):
        function = self.function("def main(**kwargs): raise ValueError('no')\n")
        failed = self.q.execute(function)
        self.assertEqual((failed.status, failed.json["status"]), (201, "failed"))
        webhook = self.created(self.q, "webhooks", {"function_id": function})["id"]
        self.assertVectors(
            (self.q, f"PUT functions/{function}", {}, 200),
            (self.q, f"PUT webhooks/{webhook}", {}, 200),
            (self.nobody, f"POST webhooks/{webhook}/invoke", None, 202),
            (self.admin, f"POST functions/{function}/detach", None, 202),
            (self.q, f"DELETE webhooks/{webhook}", None, 204),
            (self.q, f"DELETE functions/{function}", None, 204))

    def test_08_types_have_no_parameters(self):
        for path, wanted in [
                (f"functions/{self.F}?download=true", "application/zip"),
                (f"functions/{self.F}/versions/1?download=true", "application/zip"),
                (f"functions/{self.F}", "application/json"), ("jobs", "application/json"),
                ("jobs?bogus=1", "application/json")]:
            with self.subTest(path):
                self.assertEqual(self.q.get(f"/v1/{path}").headers["Content-Type"], wanted)

    def test_09_errors(self):
        for answer, status in [
                (self.q.get(f"/v1/functions/{UNKNOWN}"), 404), (self.q.get("/v1/functions?x=1"), 400),
                (self.nobody.get("/v1/functions"), 401), (self.nobody.get("/nothing"), 404),
                (self.q.request("PATCH", "/v1/functions"), 405),
                (self.q.request("POST", "/v1/jobs", "x", {"Content-Type": "text/plain"}), 415)]:
            self.assertRefused(answer, status)
        denied = self.q.get("/v1/functions?all_projects=true")
        self.assertEqual(denied.json["faultstring"], DENIED)

    def test_10_what_admins_reach(self):
        admin, F = self.admin, self.F
        own = [row["id"] for row in admin.list("functions")]
        every = [row["id"] for row in admin.list("functions", "?all_projects=true")]
        webhook = self.created(self.q, "webhooks", {"function_id": F})["id"]
        self.assertNotIn(F, own)
        self.assertIn(F, every)
        self.assertVectors(
            (admin, f"GET functions/{F}", None, 200),
            (admin, f"GET functions/{F}?download=true", None, 200),
            (admin, f"PUT functions/{F}", {"description": "by admin"}, 200),
            (admin, f"GET functions/{F}/versions", None, 200),
            (admin, f"GET functions/{F}/versions/1?download=true", None, 200),
            (admin, f"GET executions/{self.E}", None, 200),
            (admin, f"GET executions/{self.E}/log", None, 200),
            (admin, f"GET webhooks/{webhook}", None, 200),
            (admin, f"DELETE functions/{F}", None, 403),
            (admin, f"POST functions/{F}/versions", {}, 404),
            (admin, f"DELETE functions/{F}/versions/1", None, 404),
            (admin, "POST webhooks", {"function_id": F}, 404),
            (admin, f"PUT webhooks/{webhook}", {}, 404))

    def test_11_members_do_not_list_all_projects(self):
        for resource in ("functions", "executions", "jobs", "webhooks", "aliases"):
            with self.subTest(resource):
                answer = self.q.get(f"/v1/{resource}?all_projects=true")
                self.assertRefused(answer, 403, DENIED)

    def test_12_executions_are_found_by_what_made_them(self):
        webhook = self.created(self.q, "webhooks", {"function_id": self.F})["id"]
        called = self.nobody.request("POST", f"/v1/webhooks/{webhook}/invoke").json["execution_id"]
        (row,) = self.q.list("executions", f"?description=has:{webhook}")
        self.assertEqual(
            (row["id"], row["description"]), (called, f"Created by Webhook {webhook}"))
        self.q.wait_ended(called)

    def test_13_slashes_at_the_end(self):
        for path in ("runtimes/", f"runtimes/{self.R}/", "functions/", f"functions/{self.F}/",
                     f"functions/{self.F}/versions/", f"functions/{self.F}/versions/1/", "aliases/",
                     "executions/", f"executions/{self.E}/", f"executions/{self.E}/log/", "jobs/",
                     "webhooks/"):
            with self.subTest(path):
                self.assertEqual(self.q.get(f"/v1/{path}").status, 200)
        workers = self.admin.get(f"/v1/functions/{self.F}/workers/?function_version=1")
        self.assertEqual(workers.json, {"workers": []})

    def test_14_nulls_of_the_command_line(self):
        nulls = {"function_alias": None, "function_version": None, "description": None}
        self.created(self.q, "webhooks", {"function_id": self.F, **nulls})
        self.created(self.q, "jobs", {
            "function_id": self.F, "function_alias": None, "function_version": None, "name": None,
            "first_execution_time": None, "pattern": YEARLY, "function_input": None, "count": None})
        self.created(self.q, "aliases", {
            "name": "nulls", "function_id": self.F, "function_version": None, "description": None})
        self.assertJson(self.q.put(
            "/v1/aliases/nulls", {"function_id": None, "function_version": None}))
        self.assertJson(self.q.post("/v1/executions", {
            "function_id": self.F, "function_version": None, "function_alias": None, "sync": True,
            "input": None}), 201)

    def test_15_integers_may_be_texts(self):
        made = self.assertJson(self.q.execute(self.F, function_version="1"), 201)
        self.assertEqual(made["function_version"], 1)
        webhook = self.created(self.q, "webhooks", {"function_id": self.F, "function_version": "1"})
        self.assertEqual(webhook["function_version"], 1)
        function = self.new_function(cpu="200")
        self.assertEqual(self.q.get(f"/v1/functions/{function}").json["cpu"], 200)

    def test_16_versions(self):
        # The eleventh is in the table of versions.
        function = self.new_function()
        self.assertEqual(self.q.publish(function).json["version_number"], 1)
        self.assertRefused(self.q.publish(function), 403)
        self.assertEqual(self.q.run(function, function_version=0)["status"], "success")

    def test_17_runtimes_that_are_not_available(self):
        # Executions are in the test of an upgrade.
        runtime = self.broken_runtime()
        self.assertRefused(self.q.upload(self.package, runtime_id=runtime), 400)
        self.assertRefused(self.admin.put(f"/v1/runtimes/{runtime}", {"image": "y"}), 409)

    def test_18_what_is_in_use_stays(self):
        function = self.new_function()
        self.created(self.q, "jobs", {"function_id": function, "pattern": YEARLY})
        for user, path in [
                (self.admin, f"runtimes/{self.R}"), (self.q, f"functions/{function}")]:
            with self.subTest(path):
                self.assertRefused(user.delete(f"/v1/{path}"), 403)
        for job in self.q.list("jobs"):
            self.q.delete(f"/v1/jobs/{job['id']}")

    def test_19_logs(self):
        for accept in ("text/plain", "*/*"):
            answer = self.q.get(f"/v1/executions/{self.E}/log", Accept=accept)
            self.assertEqual(answer.status, 200)
            self.assertTrue(answer.headers["Content-Type"].startswith("text/plain"))
            self.assertIn("ran", answer.text)
        silent = self.q.execute(self.I).json["id"]
        self.assertEmpty(self.q.get(f"/v1/executions/{silent}/log"), 204)

    def test_20_detaching_empties_the_list_of_workers(self):
        function = self.new_function()
        self.q.run(function)
        self.assertEqual(len(self.admin.workers(function)), 1)
        self.assertEmpty(self.admin.request("POST", f"/v1/functions/{function}/detach"), 202)
        wait_for(lambda: not self.admin.workers(function), "no worker", 5)


class TestWithoutEngine(VectorTest):
    def test_an_execution_becomes_an_error(self):
        # Given
        self.nobody.engine.kill()
        self.addCleanup(self.nobody.start_processes)

        # When
        answer = self.q.execute(self.F)

        # Then
        self.assertEqual(self.assertJson(answer, 201)["status"], "error")
        shown = self.q.get(f"/v1/executions/{answer.json['id']}").json
        self.assertEqual(shown["status"], "error")
