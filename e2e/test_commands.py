# SPDX-License-Identifier: Apache-2.0
"""Every command of the OpenStack client and every call of its library, with users of a real cloud."""

import hashlib
import json
import os
import pathlib
import subprocess
import tempfile
import threading

from keystoneauth1 import session as keystone_session
from keystoneauth1.identity import v3
from qinlingclient import client as qinling_client
from qinlingclient.common import exceptions

from cloud import DENIED, ID, TIME, CloudTest
from harness import IMAGES, Concurrently, wait_for, zip_of
from keystone import PASSWORD, REGION

GREETING = """\
def main(name="World", **kwargs):
    print("Greeting", name)
    return {"hello": name}
"""
YEARLY = "0 0 1 1 *"
LATER = "2999-01-02T03:04:05Z"
COLUMNS = {
    "runtime": [
        "id", "name", "image", "status", "description", "is_public", "trusted", "project_id",
        "created_at", "updated_at"],
    "runtime pool": ["name", "capacity"],
    "function": [
        "id", "name", "description", "count", "code", "runtime_id", "entry", "project_id",
        "created_at", "updated_at", "cpu", "memory_size", "timeout"],
    "function worker": ["function_id", "worker_name"],
    "function version": [
        "id", "function_id", "description", "version_number", "count", "project_id", "created_at",
        "updated_at"],
    "function alias": [
        "name", "function_id", "description", "function_version", "project_id", "created_at",
        "updated_at"],
    "function execution": [
        "id", "function_alias", "function_id", "function_version", "description", "input", "result",
        "status", "sync", "project_id", "created_at", "updated_at"],
    "job": [
        "id", "name", "count", "status", "function_alias", "function_id", "function_version",
        "function_input", "pattern", "first_execution_time", "next_execution_time", "project_id",
        "created_at", "updated_at"],
    "webhook": [
        "id", "function_alias", "function_id", "function_version", "description", "project_id",
        "created_at", "updated_at", "webhook_url"],
}
# A process each, of which the machine bears a few at a time.
PROCESSES = threading.Semaphore(3)


class CommandTest(CloudTest):
    """Has a function of p1 with a version, and runs commands of users."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        q = cls.member1
        cls.folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.package = zip_of(GREETING)
        (cls.folder / "main.zip").write_bytes(cls.package)
        cls.f = q.upload(cls.package, name="named").json["id"]
        cls.addClassCleanup(q.delete, f"/v1/functions/{cls.f}")
        assert q.publish(cls.f, description="v").status == 201
        cls.addClassCleanup(q.delete, f"/v1/functions/{cls.f}/versions/1")

    def run_command(self, user, command, *arguments, fails=False):
        environment = {name: value for name, value in os.environ.items() if name[:3] != "OS_"}
        environment |= self.cloud.keystone.environment(user.name, user.project)
        environment["no_proxy"] = "127.0.0.1"
        with PROCESSES:
            done = subprocess.run(
                ["openstack", *command.split(), *arguments], env=environment, cwd=self.folder,
                capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode != 0, fails, done)
        return done

    def printed(self, user, command, *arguments):
        return self.run_command(user, command, *arguments).stdout

    def refusal(self, user, command, *arguments):
        """All that a command prints that fails; some print the reason where others print results."""
        done = self.run_command(user, command, *arguments, fails=True)
        return done.stdout + done.stderr

    def shown(self, user, command, *arguments):
        """What a command shows of one object, of which it prints all columns."""
        shown = json.loads(self.printed(user, command, *arguments, "-f", "json"))
        self.assertEqual(list(shown), COLUMNS[command.rpartition(" ")[0]])
        return shown

    def listed(self, user, command, *arguments):
        """The rows that a command lists, by columns as the API calls them."""
        rows = json.loads(self.printed(user, command, *arguments, "-f", "json"))
        columns = COLUMNS[command.rpartition(" ")[0]]
        for row in rows:
            self.assertEqual(list(row), [column.capitalize() for column in columns])
        return [dict(zip(columns, row.values())) for row in rows]

    def at_once(self, *calls):
        return Concurrently(list(calls)).results(120)

    def go_later(self, user, path):
        self.addCleanup(user.delete, f"/v1/{path}")


class TestCommands(CommandTest):
    def test_runtimes(self):
        # Given / When
        admin, member = self.admin, self.member1
        made, refused = self.at_once(
            lambda: self.shown(
                admin, "runtime create", IMAGES["python3"], "--name", "cli", "--description", "d",
                "--untrusted"),
            lambda: self.refusal(member, "runtime create", "some/image"))
        runtime = made["id"]
        self.go_later(admin, f"runtimes/{runtime}")

        # Then
        self.assertEqual(
            {"id": ID, "name": "cli", "image": IMAGES["python3"], "status": "creating",
             "description": "d", "is_public": True, "trusted": False,
             "project_id": admin.project_id, "created_at": TIME, "updated_at": None}, made)
        self.assertIn(DENIED, refused)

        # And the others
        wait_for(lambda: admin.status_of("runtimes", runtime) == "available", "the pool")
        listed, shown, pool, no_pool, not_deleted = self.at_once(
            lambda: self.listed(member, "runtime list"),
            lambda: self.shown(member, "runtime show", runtime),
            lambda: self.shown(admin, "runtime pool show", runtime),
            lambda: self.refusal(member, "runtime pool show", runtime),
            lambda: self.refusal(member, "runtime delete", runtime))
        self.assertEqual(
            {**made, "status": "available", "updated_at": shown["updated_at"]}, shown)
        self.assertIn(shown, listed)
        self.assertEqual(pool, {"name": runtime, "capacity": {"total": 2, "available": 2}})
        self.assertIn(DENIED, no_pool)
        self.assertIn(DENIED, not_deleted)
        self.assertIn("Unable to delete the specified runtime(s).", not_deleted)
        self.assertEqual(
            self.printed(admin, "runtime delete", runtime),
            f"Request to delete runtime {runtime} has been accepted.\n")
        wait_for(lambda: admin.get(f"/v1/runtimes/{runtime}").status == 404, "it is gone")

    def test_functions(self):
        # Given / When
        member, runtime = self.member1, self.cloud.runtime
        (self.folder / "lone.py").write_text(GREETING)
        made, lone, image = self.at_once(
            lambda: self.shown(
                member, "function create", "--runtime", runtime, "--package", "main.zip", "--name",
                "cli", "--cpu", "200", "--memory-size", "67108864", "--timeout", "7"),
            lambda: self.shown(
                member, "function create", "--runtime", runtime, "--file", "lone.py", "--entry",
                "lone.main"),
            lambda: self.shown(member, "function create", "--image", "some/image", "--name", "img"))
        function = made["id"]
        for item in (function, lone["id"], image["id"]):
            self.go_later(member, f"functions/{item}")

        # Then
        md5 = hashlib.md5(self.package).hexdigest()
        wanted = {
            "id": ID, "name": "cli", "description": None, "count": 0,
            "code": {"source": "package", "md5sum": md5}, "runtime_id": runtime,
            "entry": "main.main", "project_id": member.project_id, "created_at": TIME,
            "updated_at": None, "cpu": 200, "memory_size": 67108864, "timeout": 7}
        self.assertEqual(wanted, made)
        self.assertEqual(
            (lone["entry"], lone["name"], lone["cpu"], lone["timeout"]), ("lone.main", None, 100, 5))
        self.assertEqual(
            (image["code"], image["entry"], image["runtime_id"]),
            ({"source": "image", "image": "some/image"}, None, None))

        # And the others
        (self.folder / "other.zip").write_bytes(zip_of("OTHER = 1\n" + GREETING))
        listed, all_listed, no_list, shown, downloaded, not_downloaded = self.at_once(
            lambda: self.listed(member, "function list"),
            lambda: self.listed(self.admin, "function list", "--filter", "all_projects=true"),
            lambda: self.refusal(member, "function list", "--filter", "all_projects=true"),
            lambda: self.shown(member, "function show", "cli"),
            lambda: self.printed(member, "function download", function, "-o", "down.zip"),
            lambda: self.refusal(member, "function download", image["id"]))
        self.assertEqual(made, shown)
        row = {**shown, "code": json.dumps(shown["code"])}
        self.assertIn(row, listed)
        self.assertIn(row, all_listed)
        self.assertIn(DENIED, no_list)
        self.assertEqual(downloaded, f"Code package downloaded to {self.folder}/down.zip\n")
        self.assertEqual((self.folder / "down.zip").read_bytes(), self.package)
        self.assertIn("image cannot be downloaded", not_downloaded)
        updated = self.shown(
            member, "function update", function, "--package", "other.zip", "--name", "renamed",
            "--description", "d", "--timeout", "9", "--cpu", "100")
        other_md5 = hashlib.md5((self.folder / "other.zip").read_bytes()).hexdigest()
        self.assertEqual(
            {**wanted, "name": "renamed", "description": "d", "timeout": 9, "cpu": 100,
             "updated_at": TIME, "code": {"source": "package", "md5sum": other_md5}}, updated)
        not_deleted, deleted = self.at_once(
            lambda: self.refusal(self.admin, "function delete", function),
            lambda: self.printed(member, "function delete", lone["id"], "img"))
        self.assertIn(DENIED, not_deleted)
        self.assertEqual(deleted.splitlines(), [
            f"Request to delete function {item} has been accepted."
            for item in (lone["id"], image["id"])])

    def test_workers(self):
        # Given
        admin, member = self.admin, self.member1
        function = self.function(self.package)
        member.run(function)
        member.publish(function)
        member.run(function, function_version=1)

        # When / Then
        refusals = self.at_once(*(
            lambda command=command: self.refusal(member, *command) for command in [
                ("function worker list", function), ("function scaleup", function),
                ("function scaledown", function), ("function detach", function),
                ("function version detach", function, "1")]))
        for refused in refusals:
            self.assertIn(DENIED, refused)
        self.assertEqual(
            self.printed(admin, "function scaleup", function, "--count", "1"),
            f"Request to scale up function {function} has been accepted.\n")
        wait_for(lambda: len(admin.workers(function)) == 2, "two workers")
        listed, detached = self.at_once(
            lambda: self.listed(admin, "function worker list", function),
            lambda: self.printed(admin, "function version detach", function, "1"))
        self.assertEqual(
            detached, f"Request to detach function {function}(version 1) has been accepted.\n")
        self.assertEqual({row["function_id"] for row in listed}, {function})
        self.assertEqual(len({row["worker_name"] for row in listed}), 2)
        wait_for(lambda: not admin.workers(function, 1), "no worker of the version", 5)
        self.assertEqual(
            self.printed(admin, "function scaledown", function, "--count", "9"),
            f"Request to scale down function {function} has been accepted.\n")
        wait_for(lambda: len(admin.workers(function)) == 1, "one worker")
        self.assertEqual(
            self.printed(admin, "function detach", function),
            f"Request to detach function {function} has been accepted.\n")
        wait_for(lambda: not admin.workers(function), "no worker", 5)

    def test_versions(self):
        # Given / When
        member = self.member1
        function = self.function(self.package, name="versioned")
        made = self.shown(
            member, "function version create", "versioned", "--description", "first")

        # Then
        self.assertEqual(
            {"id": ID, "function_id": function, "description": "first", "version_number": 1,
             "count": 0, "project_id": member.project_id, "created_at": TIME, "updated_at": None},
            made)

        # And the others
        listed, shown, unchanged, not_deleted = self.at_once(
            lambda: self.listed(self.admin, "function version list", function),
            lambda: self.shown(member, "function version show", function, "1"),
            lambda: self.refusal(member, "function version create", function),
            lambda: self.refusal(self.admin, "function version delete", function, "1"))
        self.assertEqual((listed, shown), ([made], made))
        self.assertIn("not changed since the latest version 1", unchanged)
        self.assertIn("FunctionVersion not found", not_deleted)
        self.assertEqual(self.printed(member, "function version delete", function, "1"), "")
        self.assertEqual(member.get(f"/v1/functions/{function}/versions/1").status, 404)

    def test_aliases(self):
        # Given / When
        member = self.member1
        made, bare = self.at_once(
            lambda: self.shown(
                member, "function alias create", "cli-one", "--function", "named",
                "--function-version", "1", "--description", "d"),
            lambda: self.shown(member, "function alias create", "cli-two", "--function", self.f))
        for name in ("cli-one", "cli-two"):
            self.go_later(member, f"aliases/{name}")

        # Then
        self.assertEqual(
            {"name": "cli-one", "function_id": self.f, "description": "d", "function_version": 1,
             "project_id": member.project_id, "created_at": TIME, "updated_at": None}, made)
        self.assertEqual((bare["description"], bare["function_version"]), ("", 0))

        # And the others
        other = self.function(self.package)
        listed, shown, foreign, clash = self.at_once(
            lambda: self.listed(member, "function alias list"),
            lambda: self.shown(member, "function alias show", "cli-one"),
            lambda: self.refusal(self.member2, "function alias show", "cli-one"),
            lambda: self.refusal(
                member, "function alias update", "cli-two", "--function-version", "1"))
        self.assertEqual(shown, made)
        for alias in (made, bare):
            self.assertIn(alias, listed)
        self.assertIn("FunctionAlias not found [name=cli-one]", foreign)
        self.assertIn("already", clash)
        updated = self.shown(
            member, "function alias update", "cli-one", "--function", other, "--function-version",
            "0", "--description", "e")
        self.assertEqual(
            {**made, "function_id": other, "function_version": 0, "description": "e",
             "updated_at": TIME}, updated)
        self.assertEqual(
            self.printed(member, "function alias delete", "cli-one", "cli-two").splitlines(), [
                f"Request to delete function_alias {name} has been accepted."
                for name in ("cli-one", "cli-two")])

    def test_executions(self):
        # Given
        member = self.member1
        function = self.function(self.package, name="executed")
        member.publish(function)
        self.created(
            member, "aliases", {"name": "runs", "function_id": function, "function_version": 1})

        # When
        sync, by_alias = self.at_once(
            lambda: self.shown(
                member, "function execution create", "--function", "executed", "--input",
                '{"name": "CLI"}'),
            lambda: self.shown(
                member, "function execution create", "--function-alias", "runs", "--async",
                "--input", "plain"))
        member.wait_ended(by_alias["id"])

        # Then
        wanted = {
            "id": ID, "function_alias": None, "function_id": function, "function_version": 0,
            "description": None, "input": '{"name": "CLI"}', "result": sync["result"],
            "status": "success", "sync": True, "project_id": member.project_id, "created_at": TIME,
            "updated_at": TIME}
        self.assertEqual(wanted, sync)
        self.assertEqual(json.loads(sync["result"])["output"], {"hello": "CLI"})
        self.assertEqual(
            {**wanted, "function_alias": "runs", "function_version": 1, "input": "plain",
             "result": None, "status": "running", "sync": False, "updated_at": None}, by_alias)

        # And the others
        shown, listed, every, refused, log, no_log = self.at_once(
            lambda: self.shown(member, "function execution show", by_alias["id"]),
            lambda: self.listed(
                member, "function execution list", "--filter", f"function_id={function}",
                "--filter", "status=in:success,failed"),
            lambda: self.listed(
                self.admin, "function execution list", "--filter",
                f"project_id={member.project_id}", "--filter", f"function_id={function}"),
            lambda: self.refusal(
                member, "function execution list", "--filter", "all_projects=true"),
            lambda: self.printed(member, "function execution log show", sync["id"]),
            lambda: self.refusal(
                self.member2, "function execution log show", sync["id"]))
        self.assertEqual((shown["status"], shown["sync"]), ("success", False))
        self.assertCountEqual([row["id"] for row in listed], [sync["id"], by_alias["id"]])
        self.assertEqual(listed, every)
        self.assertIn(DENIED, refused)
        self.assertEqual(
            log, f"Start execution: {sync['id']}\nGreeting CLI\nFinished execution: {sync['id']}\n")
        self.assertIn("Execution not found", no_log)
        one = self.printed(member, "function execution delete", "--execution", sync["id"])
        self.assertEqual(one, f"Request to delete execution {sync['id']} has been accepted.\n")
        rest = self.printed(member, "function execution delete", "--function", function)
        self.assertEqual(
            rest, f"Request to delete execution {by_alias['id']} has been accepted.\n")
        self.assertEqual(member.list("executions", f"?function_id={function}"), [])

    def test_jobs(self):
        # Given
        member = self.member1
        self.created(
            member, "aliases", {"name": "jobs", "function_id": self.f, "function_version": 1})

        # When
        yearly, once, refused = self.at_once(
            lambda: self.shown(
                member, "job create", "--function", "named", "--function-version", "1", "--name",
                "cli", "--pattern", YEARLY, "--count", "3", "--function-input", '{"name": "job"}'),
            lambda: self.shown(
                member, "job create", "--function-alias", "jobs", "--first-execution-time", LATER),
            lambda: self.refusal(
                member, "job create", "--function", self.f, "--first-execution-time", "2001-01-01"))
        for job in (yearly, once):
            self.go_later(member, f"jobs/{job['id']}")

        # Then
        wanted = {
            "id": ID, "name": "cli", "count": 3, "status": "running", "function_alias": None,
            "function_id": self.f, "function_version": 1, "function_input": '{"name": "job"}',
            "pattern": YEARLY, "first_execution_time": TIME, "next_execution_time": TIME,
            "project_id": member.project_id, "created_at": TIME, "updated_at": None}
        self.assertEqual(wanted, yearly)
        self.assertEqual(
            {**wanted, "name": None, "count": 1, "function_alias": "jobs", "function_id": None,
             "function_version": 0, "function_input": None, "pattern": None,
             "first_execution_time": LATER, "next_execution_time": LATER}, once)
        self.assertIn("Execution time must be at least 1 minute in the future", refused)

        # And the others
        listed, shown, updated, type_kept, done = self.at_once(
            lambda: self.listed(member, "job list"),
            lambda: self.shown(member, "job show", once["id"]),
            lambda: self.shown(
                member, "job update", yearly["id"], "--name", "changed", "--status", "paused",
                "--function-input", "text"),
            lambda: self.refusal(member, "job update", once["id"], "--pattern", YEARLY),
            lambda: self.refusal(member, "job update", once["id"], "--status", "done"))
        self.assertEqual(shown, once)
        self.assertIn(once, listed)
        self.assertEqual(
            {**wanted, "name": "changed", "status": "paused", "function_input": "text",
             "updated_at": TIME}, updated)
        self.assertIn("Can not change job type.", type_kept)
        self.assertIn("status", done)
        self.assertEqual(
            self.printed(member, "job delete", yearly["id"], once["id"]).splitlines(), [
                f"Request to delete job {job['id']} has been accepted." for job in (yearly, once)])
        self.assertEqual(member.get(f"/v1/jobs/{once['id']}").status, 404)

    def test_webhooks(self):
        # Given
        member = self.member1
        self.created(
            member, "aliases", {"name": "hooks", "function_id": self.f, "function_version": 1})

        # When
        made, by_alias, as_admin = self.at_once(
            lambda: self.shown(
                member, "webhook create", "--function", "named", "--function-version", "1",
                "--description", "d"),
            lambda: self.shown(member, "webhook create", "--function-alias", "hooks"),
            lambda: self.refusal(self.admin, "webhook create", "--function", self.f))
        for webhook in (made, by_alias):
            self.go_later(member, f"webhooks/{webhook['id']}")

        # Then
        url = f"{self.nobody.url}/v1/webhooks"
        wanted = {
            "id": ID, "function_alias": None, "function_id": self.f, "function_version": 1,
            "description": "d", "project_id": member.project_id, "created_at": TIME,
            "updated_at": None, "webhook_url": f"{url}/{made['id']}/invoke"}
        self.assertEqual(wanted, made)
        self.assertEqual(
            {**wanted, "function_alias": "hooks", "function_id": None, "function_version": None,
             "description": None, "webhook_url": f"{url}/{by_alias['id']}/invoke"}, by_alias)
        self.assertIn(f"Function not found [id={self.f}]", as_admin)

        # And the others
        listed, every, no_list, shown, updated, described = self.at_once(
            lambda: self.listed(member, "webhook list"),
            lambda: self.listed(self.admin, "webhook list", "--filter", "all_projects=true"),
            lambda: self.refusal(member, "webhook list", "--filter", "all_projects=true"),
            lambda: self.shown(self.admin, "webhook show", by_alias["id"]),
            lambda: self.shown(
                member, "webhook update", made["id"], "--function-id", self.f,
                "--function-version", "0", "--description", "e"),
            lambda: self.shown(
                member, "webhook update", by_alias["id"], "--description", "described"))
        self.assertIn(made["id"], [row["id"] for row in listed])
        self.assertIn(made["id"], [row["id"] for row in every])
        self.assertIn(DENIED, no_list)
        self.assertEqual(
            {**shown, "description": 0, "updated_at": 0},
            {**by_alias, "description": 0, "updated_at": 0})
        self.assertEqual(
            {**wanted, "function_version": 0, "description": "e", "updated_at": TIME}, updated)
        self.assertEqual(
            {**by_alias, "description": "described", "updated_at": TIME}, described)
        self.assertEqual(
            self.printed(member, "webhook delete", made["id"], by_alias["id"]).splitlines(), [
                f"Request to delete webhook {webhook['id']} has been accepted."
                for webhook in (made, by_alias)])


class LibraryContract:
    """Every call of the client library; what holds over each of its two transports."""

    def client(self, user):
        raise NotImplementedError

    def test_runtimes(self):
        runtimes = self.client(self.admin).runtimes
        made = runtimes.create(image="nobody/has-this", name=f"l-{type(self).__name__}")
        self.go_later(self.admin, f"runtimes/{made.id}")
        wait_for(lambda: self.admin.status_of("runtimes", made.id) == "error", "the status")
        self.assertEqual(set(made.to_dict()), set(COLUMNS["runtime"]))
        self.assertEqual(runtimes.get(made.id).status, "error")
        self.assertEqual(runtimes.find(name=made.name).id, made.id)
        self.assertIn(made.id, [runtime.id for runtime in runtimes.list()])
        pool = runtimes.get_pool(self.cloud.runtime)
        self.assertEqual((pool.name, set(pool.capacity)), (self.cloud.runtime, {"total", "available"}))
        with self.assertRaisesRegex(exceptions.HTTPNotFound, "Runtime not found"):
            runtimes.get_pool(made.id)
        runtimes.delete(made.id)
        wait_for(lambda: self.admin.get(f"/v1/runtimes/{made.id}").status == 404, "it is gone")
        refused = self.client(self.member1).runtimes
        for call in (lambda: refused.create(image="x"), lambda: refused.delete(self.cloud.runtime),
                     lambda: refused.get_pool(self.cloud.runtime)):
            with self.assertRaisesRegex(exceptions.HTTPForbidden, DENIED):
                call()

    def test_functions(self):
        functions = self.client(self.member1).functions
        made = functions.create(
            {"source": "package", "md5sum": hashlib.md5(self.package).hexdigest()},
            runtime=self.cloud.runtime, package=self.package, name="library", cpu=200)
        self.go_later(self.member1, f"functions/{made.id}")
        self.assertEqual(set(made.to_dict()), {*COLUMNS["function"], "latest_version"})
        self.assertEqual(functions.get(made.id).to_dict(), made.to_dict())
        self.assertEqual(functions.get(made.id, download=True).content, self.package)
        listed = {function.id: function for function in functions.list()}
        self.assertEqual(json.loads(listed[made.id].code), made.code)
        updated = functions.update(made.id, name="nn", description="", timeout=7)
        self.assertEqual((updated.name, updated.description, updated.timeout), ("nn", "", 7))
        other = zip_of("OTHER = 1\n" + GREETING)
        md5 = hashlib.md5(other).hexdigest()
        updated = functions.update(
            made.id, code={"source": "package", "md5sum": md5}, package=other)
        self.assertEqual(updated.code, {"source": "package", "md5sum": md5})
        unchanged = functions.update(
            made.id, code={"source": "swift", "swift": {"container": "c", "object": "o"}})
        self.assertEqual(unchanged.code, updated.code)
        as_admin = self.client(self.admin).functions
        self.assertIn(made.id, [row.id for row in as_admin.list(all_projects=True)])
        self.assertIn(made.id, [row.id for row in as_admin.list(project_id=self.member1.project_id)])
        for call in (lambda: functions.list(all_projects=True), lambda: as_admin.delete(made.id)):
            with self.assertRaisesRegex(exceptions.HTTPForbidden, DENIED):
                call()
        functions.delete(made.id)
        with self.assertRaisesRegex(exceptions.HTTPNotFound, "Function not found"):
            functions.get(made.id)

    def test_workers(self):
        admin, function = self.client(self.admin), self.function(self.package)
        admin.functions.scaleup(function, 2)
        wait_for(lambda: len(admin.function_workers.list(function)) == 2, "two workers")
        admin.functions.scaledown(function)
        wait_for(lambda: len(admin.function_workers.list(function)) == 1, "one worker")
        worker = admin.function_workers.list(function)[0]
        self.assertEqual(
            (worker.function_id, [worker.worker_name]), (function, self.admin.workers(function)))
        admin.functions.detach(function)
        wait_for(lambda: not admin.function_workers.list(function), "no worker", 5)
        refused = self.client(self.member1)
        for call in (lambda: refused.functions.scaleup(function), lambda: refused.functions.scaledown(
                         function), lambda: refused.functions.detach(function),
                     lambda: refused.function_workers.list(function),
                     lambda: refused.function_versions.detach(function, 1)):
            with self.assertRaisesRegex(exceptions.HTTPForbidden, DENIED):
                call()

    def test_versions(self):
        versions, function = self.client(self.member1).function_versions, self.function(self.package)
        made = versions.create(function)
        self.assertEqual(set(made.to_dict()), set(COLUMNS["function version"]))
        self.assertEqual((made.version_number, made.description, made.count), (1, "", 0))
        self.assertEqual(versions.get(function, 1).to_dict(), made.to_dict())
        self.assertEqual([row.to_dict() for row in versions.list(function)], [made.to_dict()])
        with self.assertRaisesRegex(exceptions.HTTPForbidden, "not changed"):
            versions.create(function, description="again")
        with self.assertRaisesRegex(exceptions.HTTPNotFound, "Function not found"):
            self.client(self.admin).function_versions.create(function)
        self.client(self.admin).function_versions.detach(function, 1)
        versions.delete(function, 1)
        self.assertEqual(versions.list(function), [])

    def test_aliases(self):
        aliases = self.client(self.member1).function_aliases
        name = f"lib-{type(self).__name__}"
        made = aliases.create(name, self.f, function_version=1)
        self.go_later(self.member1, f"aliases/{name}")
        self.assertEqual(set(made.to_dict()), {*COLUMNS["function alias"], "id"})
        self.assertEqual((made.function_version, made.description), (1, ""))
        self.assertEqual(aliases.get(name).to_dict(), made.to_dict())
        self.assertIn(made.to_dict(), [alias.to_dict() for alias in aliases.list()])
        updated = aliases.update(name, function_version="0", description="d")
        self.assertEqual(
            (updated.function_id, updated.function_version, updated.description), (self.f, 0, "d"))
        with self.assertRaisesRegex(exceptions.HTTPBadRequest, "already"):
            aliases.create(name, self.f, function_version=1)
        aliases.delete(name)
        with self.assertRaisesRegex(exceptions.HTTPNotFound, "FunctionAlias not found"):
            aliases.get(name)

    def test_executions(self):
        executions = self.client(self.member1).function_executions
        function = self.function(self.package)
        sync = executions.create(function_id=function, input='{"name": "library"}')
        later = executions.create(function_id=function, sync=False)
        self.q.wait_ended(later.id)
        self.assertEqual(
            set(sync.to_dict()),
            {*COLUMNS["function execution"], "attempts", "max_attempts", "last_error"})
        self.assertEqual(json.loads(sync.result)["output"], {"hello": "library"})
        self.assertEqual((later.status, later.sync, later.result), ("running", False, None))
        self.assertEqual(executions.get(later.id).status, "success")
        listed = executions.list(function_id=function, status="in:success,failed")
        self.assertEqual([row.id for row in listed], [sync.id, later.id])
        self.assertLog(executions.get_log(sync.id), sync.id)
        as_admin = self.client(self.admin).function_executions
        self.assertEqual(as_admin.list(function_id=function), [])
        listed = as_admin.list(function_id=function, all_projects=True)
        self.assertEqual([row.id for row in listed], [sync.id, later.id])
        with self.assertRaisesRegex(exceptions.HTTPForbidden, DENIED):
            executions.list(all_projects=True)
        with self.assertRaisesRegex(exceptions.HTTPNotFound, "Function not found"):
            self.client(self.member2).function_executions.create(function_id=function)
        for execution in (sync, later):
            executions.delete(execution.id)
        self.assertEqual(executions.list(function_id=function), [])

    def assertLog(self, log, execution):
        raise NotImplementedError

    def test_jobs(self):
        jobs = self.client(self.member1).jobs
        made = jobs.create(function_id=self.f, pattern=YEARLY, name="library", count=2)
        self.go_later(self.member1, f"jobs/{made.id}")
        self.assertEqual(set(made.to_dict()), set(COLUMNS["job"]))
        self.assertEqual((made.status, made.count, made.function_version), ("running", 2, 0))
        self.assertEqual(jobs.get(made.id).to_dict(), made.to_dict())
        self.assertIn(made.id, [job.id for job in jobs.list()])
        updated = jobs.update(made.id, status="paused", function_input="text")
        self.assertEqual((updated.status, updated.function_input, updated.name),
                         ("paused", "text", "library"))
        with self.assertRaisesRegex(exceptions.HTTPBadRequest, "status"):
            jobs.update(made.id, status="done")
        with self.assertRaisesRegex(exceptions.HTTPNotFound, "Job not found"):
            self.client(self.member2).jobs.get(made.id)
        jobs.delete(made.id)
        with self.assertRaisesRegex(exceptions.HTTPNotFound, "Job not found"):
            jobs.get(made.id)

    def test_webhooks(self):
        webhooks = self.client(self.member1).webhooks
        made = webhooks.create(function_id=self.f, function_version=1, description="d")
        self.go_later(self.member1, f"webhooks/{made.id}")
        self.assertEqual(set(made.to_dict()), set(COLUMNS["webhook"]))
        self.assertEqual(made.webhook_url, f"{self.nobody.url}/v1/webhooks/{made.id}/invoke")
        self.assertEqual(webhooks.get(made.id).to_dict(), made.to_dict())
        self.assertIn(made.id, [webhook.id for webhook in webhooks.list()])
        updated = webhooks.update(made.id, function_version="0", description="e")
        self.assertEqual(
            (updated.function_id, updated.function_version, updated.description), (self.f, 0, "e"))
        as_admin = self.client(self.admin).webhooks
        self.assertIn(made.id, [row.id for row in as_admin.list(all_projects=True)])
        with self.assertRaisesRegex(exceptions.HTTPForbidden, DENIED):
            webhooks.list(all_projects=True)
        with self.assertRaisesRegex(exceptions.HTTPNotFound, "Webhook not found"):
            as_admin.update(made.id, description="x")
        webhooks.delete(made.id)
        with self.assertRaisesRegex(exceptions.HTTPNotFound, "Webhook not found"):
            webhooks.get(made.id)


class TestLibraryWithToken(LibraryContract, CommandTest):
    """The transport of dashboards: a token and an endpoint."""

    def client(self, user):
        return qinling_client.Client("1", self.nobody.url, token=user.token)

    def assertLog(self, log, execution):
        # This transport drops what is not JSON.
        self.assertIsNone(log)

    def test_a_token_that_nobody_gave(self):
        unknown = qinling_client.Client("1", self.nobody.url, token="gAAAA-garbage")
        with self.assertRaises(exceptions.HTTPUnauthorized):
            unknown.functions.list()


class TestLibraryWithSession(LibraryContract, CommandTest):
    """The transport of the command line: a session, and the endpoint of the catalog."""

    def client(self, user):
        auth = v3.Password(
            self.cloud.keystone.url, username=user.name, password=PASSWORD,
            project_name=user.project, user_domain_name="Default", project_domain_name="Default")
        session = keystone_session.Session(auth=auth)
        return qinling_client.Client(
            "1", session=session, service_type="function-engine", region_name=REGION)

    def assertLog(self, log, execution):
        self.assertEqual(
            log, f"Start execution: {execution}\nGreeting library\nFinished execution: {execution}\n")
