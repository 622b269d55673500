# SPDX-License-Identifier: Apache-2.0
"""Projects do not see, change, run or count what is another's; administrators reach what they may."""

import json
import urllib.parse

from cloud import DENIED, CloudTest
from harness import UNKNOWN, wait_for, zip_of

YEARLY = "0 0 1 1 *"
EVERY_SECOND = "* * * * * *"
LISTS = {
    "functions": "functions", "aliases": "function_aliases", "executions": "executions",
    "jobs": "jobs", "webhooks": "webhooks"}


def code(name):
    """A function that says whose it is."""
    return f"def main(**kwargs):\n    print('secret of', {name!r})\n    return {name!r}\n"


class Project:
    """All kinds of objects of a project, made by a member of it."""

    ALIAS = "shared"

    def __init__(self, user, runtime, add_cleanup):
        self.user = user
        self.id = user.project_id
        self.package = zip_of(code(user.project))

        def post(path, body, item="id"):
            made = user.post(f"/v1/{path}", body)
            assert made.status == 201, made
            add_cleanup(user.delete, f"/v1/{path}/{made.json[item]}")
            return made.json[item]

        made = user.upload(self.package, runtime_id=runtime, name=f"of {user.project}")
        assert made.status == 201, made
        self.function = made.json["id"]
        add_cleanup(user.delete, f"/v1/functions/{self.function}")
        self.version = post(f"functions/{self.function}/versions", {}, "version_number")
        self.alias = post(
            "aliases", {"name": self.ALIAS, "function_id": self.function, "function_version": 1},
            "name")
        # Of a name that nobody else has.
        self.own_alias = post(
            "aliases", {"name": f"only-{user.project}", "function_id": self.function}, "name")
        self.webhook = post("webhooks", {"function_id": self.function})
        self.alias_webhook = post("webhooks", {"function_alias": self.alias})
        self.job = post("jobs", {"function_id": self.function, "pattern": YEARLY})
        self.execution = post(
            "executions", {"function_id": self.function, "description": "private"})
        # The name of the alias is the other project's as well.
        self.ids = {
            self.function, self.webhook, self.alias_webhook, self.job, self.execution,
            self.own_alias}


class IsolationTest(CloudTest):
    """Has all kinds of objects in p1 and in p2, and a private runtime of p1."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Policies take the role for that of an administrator; it sees no other project by that.
        cls.upper = cls.cloud.user("upper", "p1")
        cls.private = cls.upper.new_runtime(is_public=False)
        cls.addClassCleanup(cls.upper.delete, f"/v1/runtimes/{cls.private}")
        cls.one = Project(cls.member1, cls.private, cls.addClassCleanup)
        cls.two = Project(cls.member2, cls.cloud.runtime, cls.addClassCleanup)

    def snapshot(self):
        """All there is of p1, as an administrator and a member of it see it."""
        admin, one = self.admin, self.one
        state = {
            resource: [row for row in admin.get(f"/v1/{resource}?all_projects=true").json[key]
                       if row["project_id"] == one.id]
            for resource, key in LISTS.items()}
        state["runtimes"] = self.member1.get("/v1/runtimes").json
        state["log"] = self.member1.log(one.execution)
        state["package"] = self.member1.get(f"/v1/functions/{one.function}?download=true").body
        state["versions"] = self.member1.get(f"/v1/functions/{one.function}/versions").json
        state["trusts"] = sorted(
            trust["id"] for trust in self.cloud.keystone.trusts("member1", "p1"))
        state["workers"] = [admin.workers(one.function, version) for version in (0, 1)]
        return state

    def assertNothingOf(self, project, answer):
        """An answer that is well, and shows nothing of a project."""
        self.assertEqual(answer.status, 200, answer)
        for item in (project.id, *project.ids):
            self.assertNotIn(f'"{item}"', answer.text)


class TestForeignProject(IsolationTest):
    """What a member of p2 gets for what is p1's, by every address there is."""

    def setUp(self):
        # Workers that expire are not what a member of p2 did.
        for version in (0, 1):
            self.admin.request(
                "POST", f"/v1/functions/{self.one.function}/versions/{version}/detach")
        wait_for(lambda: not any(
            self.admin.workers(self.one.function, version) for version in (0, 1)), "no worker")
        self.before = self.snapshot()
        self.assertEqual(len(self.before["functions"]), 1)
        self.assertGreaterEqual(len(self.before["trusts"]), 1)

    def tearDown(self):
        self.assertEqual(self.snapshot(), self.before)

    def assertAnswers(self, cases):
        for status, method, path, body in cases:
            with self.subTest(f"{method} {path} {body}"):
                body = None if body is None else json.dumps(body)
                answer = self.member2.request(
                    method, f"/v1/{path}", body, {"Content-Type": "application/json"})
                self.assertRefused(answer, status)
                if status == 403:
                    self.assertEqual(answer.json["faultstring"], DENIED)
                for secret in (self.one.user.project_id, "secret of"):
                    self.assertNotIn(secret, answer.text)

    def test_runtimes(self):
        private = self.private
        listed = [runtime["id"] for runtime in self.member2.list("runtimes")]
        self.assertNotIn(private, listed)
        self.assertIn(self.cloud.runtime, listed)
        self.assertAnswers([
            (403, "POST", "runtimes", {"image": "x"}),
            (404, "GET", f"runtimes/{private}", None),
            (403, "PUT", f"runtimes/{private}", {"name": "taken"}),
            (403, "PUT", f"runtimes/{self.cloud.runtime}", {"name": "taken"}),
            (403, "DELETE", f"runtimes/{private}", None),
            (403, "DELETE", f"runtimes/{self.cloud.runtime}", None),
            (403, "GET", f"runtimes/{private}/pool", None),
            (403, "GET", f"runtimes/{UNKNOWN}/pool", None)])

    def test_functions(self):
        F = f"functions/{self.one.function}"
        self.assertAnswers([
            (404, "GET", F, None),
            (404, "GET", F + "?download=true", None),
            (404, "PUT", F, {"name": "taken"}),
            (404, "PUT", F, {"entry": "main.other"}),
            (404, "DELETE", F, None),
            (403, "POST", F + "/scale_up", {"count": 1}),
            (403, "POST", F + "/scale_down", {"count": 1}),
            (403, "POST", F + "/detach", None),
            (403, "GET", F + "/workers", None),
            (403, "GET", f"functions/{UNKNOWN}/workers", None)])
        stolen = self.member2.upload_again(self.one.function, self.two.package)
        self.assertRefused(stolen, 404)
        with_private_runtime = self.member2.upload(self.two.package, runtime_id=self.private)
        self.assertRefused(with_private_runtime, 404)

    def test_versions(self):
        V = f"functions/{self.one.function}/versions"
        self.assertAnswers([
            (404, "GET", V, None),
            (404, "POST", V, {}),
            (404, "GET", V + "/1", None),
            (404, "GET", V + "/1?download=true", None),
            (404, "PUT", V + "/1", {"description": "taken"}),
            (404, "DELETE", V + "/1", None),
            (403, "POST", V + "/1/scale_up", {"count": 1}),
            (403, "POST", V + "/1/scale_down", {"count": 1}),
            (403, "POST", V + "/1/detach", None),
            (403, "POST", V + "/0/detach", None)])

    def test_aliases(self):
        own, F = f"aliases/{self.one.own_alias}", self.one.function
        self.assertAnswers([
            (404, "GET", own, None),
            (404, "PUT", own, {"description": "taken"}),
            (404, "DELETE", own, None),
            (404, "POST", "aliases", {"name": "onto-p1", "function_id": F}),
            (404, "POST", "aliases", {"name": "onto-p1", "function_id": F, "function_version": 1}),
            (404, "PUT", f"aliases/{self.two.alias}", {"function_id": F}),
            (404, "PUT", f"aliases/{self.two.own_alias}", {"function_id": F})])

    def test_executions(self):
        E, F = f"executions/{self.one.execution}", self.one.function
        self.assertAnswers([
            (404, "GET", E, None),
            (404, "GET", E + "/log", None),
            (404, "DELETE", E, None),
            (404, "POST", "executions", {"function_id": F}),
            (404, "POST", "executions", {"function_id": F, "sync": False}),
            (404, "POST", "executions", {"function_id": F, "function_version": 1}),
            (404, "POST", "executions", {"function_alias": self.one.own_alias}),
            # An id that another project has given is taken, and its execution stays.
            (400, "POST", "executions",
             {"function_id": self.two.function, "id": self.one.execution})])

    def test_jobs(self):
        J, F = f"jobs/{self.one.job}", self.one.function
        self.assertAnswers([
            (404, "GET", J, None),
            (404, "PUT", J, {"status": "cancelled"}),
            (404, "DELETE", J, None),
            (404, "POST", "jobs", {"function_id": F, "pattern": YEARLY}),
            (404, "POST", "jobs", {"function_id": F, "function_version": 1, "pattern": YEARLY}),
            (404, "POST", "jobs", {"function_alias": self.one.own_alias, "pattern": YEARLY})])

    def test_webhooks(self):
        W, F = f"webhooks/{self.one.webhook}", self.one.function
        mine = f"webhooks/{self.two.webhook}"
        self.assertAnswers([
            (404, "GET", W, None),
            (404, "PUT", W, {"function_id": self.two.function}),
            (404, "DELETE", W, None),
            (404, "POST", "webhooks", {"function_id": F}),
            (404, "POST", "webhooks", {"function_id": F, "function_version": 1}),
            (404, "POST", "webhooks", {"function_alias": self.one.own_alias}),
            (404, "PUT", mine, {"function_id": F}),
            (404, "PUT", mine, {"function_id": F, "function_version": 1}),
            (404, "PUT", mine, {"function_alias": self.one.own_alias}),
            # An id that another project has given is taken, and its webhook stays.
            (400, "POST", "webhooks",
             {"function_id": self.two.function, "id": self.one.webhook})])
        shown = self.member2.get(f"/v1/{mine}").json
        self.assertEqual(
            (shown["function_id"], shown["function_alias"]), (self.two.function, None))

    def test_lists(self):
        one = self.one.id
        queries = [
            "", "?all_projects=false", "?all_projects=0", "?all_projects=", "?project_id=",
            f"?project_id={one}", f"?project_id=eq:{one}", f"?project_id=in:{one}",
            f"?project_id=neq:{self.two.id}", "?project_id=has:", "?project_id=gt:",
            f"?project_id=nin:{self.two.id}", f"?project_id={self.two.id}&project_id={one}"]
        for resource in LISTS:
            for query in queries:
                with self.subTest(resource + query):
                    answer = self.member2.get(f"/v1/{resource}{query}")
                    self.assertNothingOf(self.one, answer)
                    self.assertIn(self.two.id, answer.text)
            for yes in ("true", "1", "yes", "on", "TRUE"):
                for query in (f"?all_projects={yes}", f"?all_projects={yes}&project_id={one}",
                              f"?all_projects=false&all_projects={yes}"):
                    with self.subTest(resource + query):
                        answer = self.member2.get(f"/v1/{resource}{query}")
                        self.assertRefused(answer, 403, DENIED)
        self.assertNothingOf(self.one, self.member2.get("/v1/runtimes"))

    def test_filters_of_executions(self):
        for query in (f"function_id={self.one.function}", "function_id=has:-", "status=success",
                      "status=in:success,failed", "description=private", "description=has:priv",
                      f"function_id={self.one.function}&project_id={self.one.id}",
                      "status=neq:x", urllib.parse.quote("status=x' OR '1'='1", safe="=")):
            with self.subTest(query):
                answer = self.member2.get(f"/v1/executions?{query}")
                self.assertNotIn(self.one.execution, answer.text)
                self.assertNotIn(self.one.id, answer.text)
                self.assertEqual(answer.status, 200, answer)

    def test_an_alias_of_the_same_name_is_the_own_one(self):
        # Given
        self.assertEqual(self.one.alias, self.two.alias)
        alias = self.member2.get(f"/v1/aliases/{self.two.alias}").json
        self.assertEqual((alias["project_id"], alias["function_id"]), (self.two.id, self.two.function))

        # When it is called, by an execution, a webhook and a job
        executed = self.member2.run(None, function_alias=self.two.alias)
        self.assertOutput(executed, "success", "p2")
        self.assertEqual(
            (executed["project_id"], executed["function_id"]), (self.two.id, self.two.function))
        called = self.nobody.request("POST", f"/v1/webhooks/{self.two.alias_webhook}/invoke")
        called = self.member2.wait_ended(self.assertJson(called, 202)["execution_id"])
        self.assertOutput(called, "success", "p2")
        self.assertEqual(
            (called["project_id"], called["function_id"]), (self.two.id, self.two.function))
        job = self.created(self.member2, "jobs", {
            "function_alias": self.two.alias, "pattern": EVERY_SECOND, "count": 1})["id"]
        ran = wait_for(
            lambda: self.member2.list("executions", f"?description=has:{job}"), "the job ran", 20)
        self.assertEqual(
            [(row["project_id"], row["function_id"]) for row in ran],
            [(self.two.id, self.two.function)])
        self.assertOutput(self.member2.wait_ended(ran[0]["id"]), "success", "p2")

        # Then p1's has not been run (see tearDown), and stays when the other changes
        path = f"/v1/aliases/{self.two.alias}"
        self.assertJson(self.member2.put(path, {"description": "changed"}))
        theirs = self.member1.get(f"/v1/aliases/{self.one.alias}").json
        self.assertEqual((theirs["description"], theirs["project_id"]), (None, self.one.id))

    def test_a_colleague_has_the_same_project(self):
        # The counterpart of all refusals: they are of the project, not of the user.
        colleague = self.cloud.user("colleague1", "p1")
        for path in (f"functions/{self.one.function}", f"executions/{self.one.execution}",
                     f"executions/{self.one.execution}/log", f"jobs/{self.one.job}",
                     f"webhooks/{self.one.webhook}", f"aliases/{self.one.own_alias}",
                     f"functions/{self.one.function}/versions/1", f"runtimes/{self.private}"):
            with self.subTest(path):
                self.assertEqual(colleague.get(f"/v1/{path}").status, 200)
        for resource, key in LISTS.items():
            with self.subTest(resource):
                self.assertEqual(
                    colleague.get(f"/v1/{resource}").json, self.member1.get(f"/v1/{resource}").json)

    def test_a_role_written_in_capitals_opens_no_other_project(self):
        self.assertRefused(self.upper.get(f"/v1/functions/{self.two.function}"), 404)
        self.assertRefused(self.upper.get(f"/v1/executions/{self.two.execution}/log"), 404)
        answer = self.upper.get(f"/v1/functions?project_id={self.two.id}")
        self.assertNothingOf(self.two, answer)


class TestForeignWebhook(IsolationTest):
    """Whoever knows the address of a webhook may call it, and gets nothing of its project by that."""

    def test_what_it_runs_is_its_projects(self):
        for user in (self.nobody, self.member2, self.admin):
            with self.subTest(getattr(user, "name", "nobody")):
                answer = user.request("POST", f"/v1/webhooks/{self.one.webhook}/invoke")
                execution = self.assertJson(answer, 202)["execution_id"]
                ended = self.member1.wait_ended(execution)
                self.assertOutput(ended, "success", "p1")
                self.assertEqual(ended["project_id"], self.one.id)
                self.assertRefused(self.member2.get(f"/v1/executions/{execution}"), 404)
                self.assertRefused(self.member2.get(f"/v1/executions/{execution}/log"), 404)
        self.assertEqual(
            self.member2.list("executions", f"?description=has:{self.one.webhook}"), [])


class TestAdministrator(IsolationTest):
    """The columns of the administrator, and what its own project makes of them."""

    def test_runtimes(self):
        admin = self.admin
        self.assertNotIn(self.private, [runtime["id"] for runtime in admin.list("runtimes")])
        self.assertRefused(admin.get(f"/v1/runtimes/{self.private}"), 404)
        self.assertRefused(admin.put(f"/v1/runtimes/{self.private}", {"name": "x"}), 404)
        self.assertRefused(admin.delete(f"/v1/runtimes/{self.private}"), 404)
        # The pool is what an operator looks after, whoever has the runtime.
        self.assertJson(admin.get(f"/v1/runtimes/{self.private}/pool"))
        public = self.created(self.upper, "runtimes", {"image": "nobody/has-this"})["id"]
        self.assertEqual(self.assertJson(admin.get(f"/v1/runtimes/{public}"))["id"], public)
        self.assertJson(admin.put(f"/v1/runtimes/{public}", {"name": "by admin"}))
        self.assertEmpty(admin.delete(f"/v1/runtimes/{public}"), 204)

    def test_functions(self):
        admin, function = self.admin, self.function(self.one.package)
        path = f"/v1/functions/{function}"
        self.assertEqual(admin.get(path).json["project_id"], self.one.id)
        self.assertEqual(admin.get(path + "?download=true").body, self.one.package)
        self.assertRefused(admin.delete(path), 403, DENIED)
        self.assertJson(admin.put(path, {"description": "by admin"}))
        other = zip_of("OTHER = 1\n" + code("p1"))
        self.assertJson(admin.upload_again(function, other))
        self.assertEqual(self.member1.get(path + "?download=true").body, other)
        self.assertEqual(self.member1.get(path).json["project_id"], self.one.id)
        self.assertOutput(self.member1.run(function), "success", "p1")
        self.assertEqual(len(admin.workers(function)), 1)
        self.assertEmpty(admin.post(path + "/scale_up", {"count": 1}), 202)
        wait_for(lambda: len(admin.workers(function)) == 2, "two workers")
        self.assertEmpty(admin.post(path + "/scale_down", {"count": 1}), 202)
        wait_for(lambda: len(admin.workers(function)) == 1, "one worker")
        self.assertEmpty(admin.request("POST", path + "/detach"), 202)
        wait_for(lambda: not admin.workers(function), "no worker")
        # A private runtime is no more open to an administrator than to others.
        self.assertRefused(admin.upload(other, runtime_id=self.private), 404)

    def test_versions(self):
        admin, path = self.admin, f"/v1/functions/{self.one.function}/versions"
        self.assertEqual(
            [version["version_number"] for version in admin.get(path).json["function_versions"]], [1])
        self.assertEqual(admin.get(f"{path}/1").json["project_id"], self.one.id)
        self.assertEqual(admin.get(f"{path}/1?download=true").body, self.one.package)
        self.assertRefused(admin.post(path, {}), 404)
        self.assertRefused(admin.delete(f"{path}/1"), 404)
        self.assertEmpty(admin.post(f"{path}/1/scale_up", {"count": 1}), 202)
        wait_for(lambda: admin.workers(self.one.function, 1), "a worker")
        self.assertEmpty(admin.request("POST", f"{path}/1/detach"), 202)
        wait_for(lambda: not admin.workers(self.one.function, 1), "no worker")

    def test_aliases(self):
        admin = self.admin
        path = f"/v1/aliases/{self.one.own_alias}"
        self.assertEqual(admin.get(path).json["project_id"], self.one.id)
        changed = self.assertJson(admin.put(path, {"description": "by admin"}))
        self.assertEqual(
            (changed["project_id"], changed["function_id"]), (self.one.id, self.one.function))
        # Two projects have it: which is meant cannot be known.
        for method, body in (("GET", None), ("PUT", "{}"), ("DELETE", None)):
            with self.subTest(method):
                answer = admin.request(
                    method, f"/v1/aliases/{self.one.alias}", body,
                    {"Content-Type": "application/json"})
                self.assertRefused(answer, 400, "several projects")
        self.assertRefused(admin.execute(None, function_alias=self.one.alias), 400)
        self.assertRefused(
            admin.post("/v1/aliases", {"name": "of-admin", "function_id": self.one.function}), 404)
        # Once it has one of its own, that is meant.
        function = admin.upload(code("admin")).json["id"]
        self.addCleanup(admin.delete, f"/v1/functions/{function}")
        self.created(admin, "aliases", {"name": self.one.alias, "function_id": function})
        self.assertEqual(
            admin.get(f"/v1/aliases/{self.one.alias}").json["project_id"], admin.project_id)
        self.assertOutput(
            admin.run(None, function_alias=self.one.alias), "success", "admin")
        self.assertEmpty(admin.delete(f"/v1/aliases/{self.one.alias}"), 204)
        self.assertEqual(self.member1.get(f"/v1/aliases/{self.one.alias}").status, 200)
        self.assertEqual(self.member2.get(f"/v1/aliases/{self.one.alias}").status, 200)
        # One that can be deleted by an administrator.
        version = {"name": "passing", "function_id": self.two.function, "function_version": 1}
        self.member2.delete(f"/v1/webhooks/{self.two.alias_webhook}")
        self.assertEmpty(self.member2.delete(f"/v1/aliases/{self.two.alias}"), 204)
        self.assertJson(self.member2.post("/v1/aliases", version), 201)
        self.assertEmpty(admin.delete("/v1/aliases/passing"), 204)
        self.assertRefused(self.member2.get("/v1/aliases/passing"), 404)

    def test_executions(self):
        admin = self.admin
        for fields in ({"function_id": self.one.function}, {"function_alias": self.one.own_alias}):
            with self.subTest(fields):
                made = self.assertJson(admin.post("/v1/executions", fields), 201)
                self.assertEqual((made["status"], made["project_id"]), ("success", admin.project_id))
                self.assertRefused(self.member1.get(f"/v1/executions/{made['id']}"), 404)
        execution = self.member1.run(self.one.function)["id"]
        self.assertEqual(
            admin.get(f"/v1/executions/{execution}").json["project_id"], self.one.id)
        self.assertIn("secret of p1", admin.log(execution))
        self.assertEmpty(admin.delete(f"/v1/executions/{execution}"), 204)
        self.assertRefused(self.member1.get(f"/v1/executions/{execution}"), 404)

    def test_jobs(self):
        admin = self.admin
        job = self.created(
            self.member1, "jobs", {"function_id": self.one.function, "pattern": YEARLY})["id"]
        self.assertEqual(admin.get(f"/v1/jobs/{job}").json["project_id"], self.one.id)
        self.assertJson(admin.put(f"/v1/jobs/{job}", {"name": "by admin"}))
        self.assertEqual(self.member1.get(f"/v1/jobs/{job}").json["name"], "by admin")
        self.assertEmpty(admin.delete(f"/v1/jobs/{job}"), 204)
        self.assertRefused(self.member1.get(f"/v1/jobs/{job}"), 404)
        # It could never run, so it is not made.
        for fields in ({"function_id": self.one.function}, {"function_alias": self.one.own_alias}):
            with self.subTest(fields):
                self.assertRefused(admin.post("/v1/jobs", {**fields, "pattern": YEARLY}), 404)

    def test_webhooks(self):
        admin, path = self.admin, f"/v1/webhooks/{self.one.webhook}"
        self.assertEqual(admin.get(path).json["project_id"], self.one.id)
        self.assertRefused(admin.put(path, {"description": "by admin"}), 404)
        for fields in ({"function_id": self.one.function}, {"function_alias": self.one.own_alias},
                       {"function_alias": self.one.alias}):
            with self.subTest(fields):
                self.assertRefused(admin.post("/v1/webhooks", fields), 404)
        webhook = self.created(self.member1, "webhooks", {"function_id": self.one.function})["id"]
        self.assertEmpty(admin.delete(f"/v1/webhooks/{webhook}"), 204)
        self.assertRefused(self.member1.get(f"/v1/webhooks/{webhook}"), 404)

    def test_lists(self):
        admin, one, two = self.admin, self.one.id, self.two.id
        for resource, key in LISTS.items():
            for query, wanted in [
                    ("", set()), ("?all_projects=false", set()), ("?project_id=", set()),
                    ("?all_projects=true", {one, two}), (f"?project_id={one}", {one}),
                    (f"?all_projects=false&project_id={one}", {one}),
                    (f"?project_id=in:{one},{two}", {one, two}),
                    (f"?project_id=nin:{one}", {two}), (f"?project_id=neq:{two}", {one}),
                    (f"?project_id={one}&project_id={two}", {two})]:
                with self.subTest(resource + query):
                    rows = self.assertJson(admin.get(f"/v1/{resource}{query}"))[key]
                    projects = {row["project_id"] for row in rows}
                    self.assertEqual(projects - {admin.project_id}, wanted)
        found = admin.list(
            "executions", f"?all_projects=true&function_id={self.one.function}&status=success")
        self.assertIn(self.one.execution, [row["id"] for row in found])

    def test_what_is_an_administrators_is_no_members(self):
        function = self.admin.upload(code("admin")).json["id"]
        self.addCleanup(self.admin.delete, f"/v1/functions/{function}")
        self.assertRefused(self.member1.get(f"/v1/functions/{function}"), 404)
        self.assertRefused(self.member1.execute(function), 404)
        listed = [row["id"] for row in self.member1.list("functions")]
        self.assertNotIn(function, listed)
