# SPDX-License-Identifier: Apache-2.0
"""The OpenStack command line and client library, as users have them."""

import hashlib
import json
import os
import pathlib
import random
import subprocess
import tempfile

from keystoneauth1 import noauth
from keystoneauth1 import session as keystone_session
from qinlingclient import client as qinling_client
from qinlingclient.common import exceptions

from harness import IMAGES, MIB, TIMESTAMP, UNKNOWN, UUID, Concurrently, QinlingTest, wait_for, zip_of

GREETING = """\
def main(name="World", **kwargs):
    print("Greeting", name)
    return {"hello": name}
"""
GREETING_JS = """\
exports.main = async (context, input) => {
  console.log("Greeting", input.name);
  return { hello: input.name };
};
"""
RUNTIME_COLUMNS = [
    "id", "name", "image", "status", "description", "is_public", "trusted", "project_id",
    "created_at", "updated_at"]
FUNCTION_COLUMNS = [
    "id", "name", "description", "count", "code", "runtime_id", "entry", "project_id", "created_at",
    "updated_at", "cpu", "memory_size", "timeout"]
EXECUTION_COLUMNS = [
    "id", "function_alias", "function_id", "function_version", "description", "input", "result",
    "status", "sync", "project_id", "created_at", "updated_at"]


def large_package():
    """2 MiB that do not compress, beside a function."""
    noise = random.Random(1).randbytes(2 * MIB)
    return zip_of({"main.py": GREETING, "noise.bin": noise})


class ClientTest(QinlingTest):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))

    def package(self, name, content):
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else zip_of(content))
        return str(path)

    def started_runtime(self, runtime):
        wait_for(lambda: self.q.status_of("runtimes", runtime) == "available", "the runtime")


class TestCommandLine(ClientTest):
    def openstack(self, *arguments, fails=False):
        """Runs a command; what it printed as text."""
        environment = {name: value for name, value in os.environ.items() if name[:3] != "OS_"}
        environment["no_proxy"] = "127.0.0.1"
        done = subprocess.run(
            ["openstack", "--os-auth-type", "none", "--os-endpoint", self.q.url, *arguments],
            env=environment, cwd=self.folder, capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode != 0, fails, done)
        return done.stderr if fails else done.stdout

    def shown(self, *arguments):
        return json.loads(self.openstack(*arguments, "-f", "json"))

    def row(self, rows, item):
        return next(row for row in rows if row["Id"] == item)

    def delete_quietly(self, resource, item):
        self.addCleanup(self.q.delete, f"/v1/{resource}/{item}")

    def test_runtimes_from_create_to_delete(self):
        # Given a runtime made on the command line
        made = self.shown(
            "runtime", "create", IMAGES["python3"], "--name", "cli-runtime", "--description",
            "made by a test", "--private", "--untrusted")
        runtime = made["id"]
        self.delete_quietly("runtimes", runtime)
        self.started_runtime(runtime)

        # When the others show it
        listed, shown, pool = Concurrently([
            lambda: self.shown("runtime", "list"),
            lambda: self.shown("runtime", "show", runtime),
            lambda: self.shown("runtime", "pool", "show", runtime)]).results()

        # Then they print the columns that users know
        self.assertEqual(list(made), RUNTIME_COLUMNS)
        self.assertRegex(runtime, UUID)
        self.assertEqual(
            {**made, "id": None, "created_at": None},
            {"id": None, "name": "cli-runtime", "image": IMAGES["python3"], "status": "creating",
             "description": "made by a test", "is_public": False, "trusted": False,
             "project_id": "default", "created_at": None, "updated_at": None})
        self.assertRegex(shown["created_at"], TIMESTAMP)
        self.assertEqual(shown["status"], "available")
        self.assertEqual(list(shown), RUNTIME_COLUMNS)
        row = self.row(listed, runtime)
        self.assertEqual(list(row), [column.capitalize() for column in RUNTIME_COLUMNS])
        self.assertEqual(list(row.values()), list(shown.values()))
        self.assertEqual(pool, {"name": runtime, "capacity": {"total": 2, "available": 2}})

        # And it can be deleted
        printed = self.openstack("runtime", "delete", runtime)
        self.assertEqual(printed, f"Request to delete runtime {runtime} has been accepted.\n")
        wait_for(lambda: self.q.get(f"/v1/runtimes/{runtime}").status == 404, "it is gone")
        self.assertIn("Runtime not found", self.openstack("runtime", "show", runtime, fails=True))

    def test_functions_from_create_to_delete(self):
        # Given a function made of a package of 2 MiB
        runtime = self.q.runtime()
        content = large_package()
        package = self.package("large.zip", content)
        made = self.shown(
            "function", "create", "--runtime", runtime, "--name", "cli-function", "--entry",
            "main.main", "--package", package, "--cpu", "200", "--memory-size", "67108864",
            "--timeout", "7")
        function = made["id"]
        self.delete_quietly("functions", function)

        # When it is listed, shown and downloaded
        listed, shown, printed = Concurrently([
            lambda: self.shown("function", "list"),
            lambda: self.shown("function", "show", "cli-function"),
            lambda: self.openstack("function", "download", function, "-o", "down.zip")]).results()

        # Then all is as it was made
        self.assertEqual(list(made), FUNCTION_COLUMNS)
        code = {"source": "package", "md5sum": hashlib.md5(content).hexdigest()}
        self.assertEqual(
            {**made, "id": None, "created_at": None},
            {"id": None, "name": "cli-function", "description": None, "count": 0, "code": code,
             "runtime_id": runtime, "entry": "main.main", "project_id": "default",
             "created_at": None, "updated_at": None, "cpu": 200, "memory_size": 67108864,
             "timeout": 7})
        self.assertEqual(shown, made)
        row = self.row(listed, function)
        self.assertEqual(list(row), [column.capitalize() for column in FUNCTION_COLUMNS])
        self.assertEqual(json.loads(row["Code"]), code)
        self.assertEqual({**row, "Code": code}, {k.capitalize(): v for k, v in made.items()})
        self.assertEqual(printed, f"Code package downloaded to {self.folder}/down.zip\n")
        self.assertEqual((self.folder / "down.zip").read_bytes(), content)

        # And it can be updated and deleted
        package = self.package("small.zip", {"other.py": "def go(**kwargs): return 'new'\n"})
        updated = self.shown(
            "function", "update", function, "--package", package, "--entry", "other.go", "--name",
            "cli-renamed", "--description", "changed", "--timeout", "9", "--cpu", "100")
        self.assertEqual(
            {**updated, "updated_at": None},
            {**made, "name": "cli-renamed", "description": "changed", "entry": "other.go",
             "timeout": 9, "cpu": 100, "updated_at": None,
             "code": {**code, "md5sum": hashlib.md5(pathlib.Path(package).read_bytes()).hexdigest()}})
        self.assertRegex(updated["updated_at"], TIMESTAMP)
        self.assertOutput(self.q.run(function), "success", "new")
        printed = self.openstack("function", "delete", "cli-renamed")
        self.assertEqual(printed, f"Request to delete function {function} has been accepted.\n")
        self.assertEqual(self.q.get(f"/v1/functions/{function}").status, 404)

    def test_executions_from_create_to_delete(self):
        # Given a function made of a lone file
        (self.folder / "greeting.py").write_text(GREETING)
        function = self.shown(
            "function", "create", "--runtime", self.q.runtime(), "--file", "greeting.py", "--entry",
            "greeting.main")["id"]
        self.delete_quietly("functions", function)

        # When it is executed both ways
        sync, later = Concurrently([
            lambda: self.shown("function", "execution", "create", "--function", function, "--input",
                               '{"name": "CLI"}'),
            lambda: self.shown("function", "execution", "create", "--function", function, "--async",
                               "--input", "plain text")]).results()
        for execution in (sync, later):
            self.delete_quietly("executions", execution["id"])
        self.q.wait_ended(later["id"])
        shown, listed, log = Concurrently([
            lambda: self.shown("function", "execution", "show", later["id"]),
            lambda: self.shown("function", "execution", "list", "--filter",
                               f"function_id={function}", "--filter", "status=eq:success"),
            lambda: self.openstack("function", "execution", "log", "show", sync["id"])]).results()

        # Then the commands print how they went
        self.assertEqual(list(sync), EXECUTION_COLUMNS)
        result = json.loads(sync["result"])
        self.assertEqual(result["output"], {"hello": "CLI"})
        self.assertRegex(sync["updated_at"], TIMESTAMP)
        self.assertEqual(
            {**sync, "id": None, "result": None, "created_at": None, "updated_at": None},
            {"id": None, "function_alias": None, "function_id": function, "function_version": 0,
             "description": None, "input": '{"name": "CLI"}', "result": None, "status": "success",
             "sync": True, "project_id": "default", "created_at": None, "updated_at": None})
        self.assertEqual(
            (later["status"], later["sync"], later["result"], later["input"], later["updated_at"]),
            ("running", False, None, "plain text", None))
        # The text is the positional argument, here that of the first parameter.
        self.assertEqual(json.loads(shown["result"])["output"], {"hello": "plain text"})
        self.assertCountEqual([row["Id"] for row in listed], [sync["id"], later["id"]])
        self.assertEqual(list(listed[0]), [column.capitalize() for column in EXECUTION_COLUMNS])
        self.assertEqual(
            log,
            f"Start execution: {sync['id']}\nGreeting CLI\nFinished execution: {sync['id']}\n")

        # And they can be deleted, all of a function at once
        printed = self.openstack("function", "execution", "delete", "--function", function)
        self.assertEqual(printed.count("has been accepted"), 2)
        self.assertEqual(self.q.list("executions", f"?function_id={function}"), [])

    def test_workers_scale_up_and_down_and_detach(self):
        # Given a function with a worker, which stays, however long commands take
        function = self.function(GREETING)
        self.q.post(f"/v1/functions/{function}/scale_up", {"count": 1})
        wait_for(lambda: len(self.q.workers(function)) == 1, "a worker")

        # When it is scaled up
        printed = self.openstack("function", "scaleup", function, "--count", "2")
        self.assertEqual(printed, f"Request to scale up function {function} has been accepted.\n")
        wait_for(lambda: len(self.q.workers(function)) == 3, "three workers")

        # Then its workers are listed
        listed = self.shown("function", "worker", "list", function)
        self.assertEqual({tuple(row) for row in listed}, {("Function_id", "Worker_name")})
        self.assertEqual({row["Function_id"] for row in listed}, {function})
        self.assertEqual(len({row["Worker_name"] for row in listed}), 3)

        # And scaled down all but one go, then none is left
        printed = self.openstack("function", "scaledown", function, "--count", "5")
        self.assertEqual(printed, f"Request to scale down function {function} has been accepted.\n")
        wait_for(lambda: len(self.q.workers(function)) == 1, "one worker")
        printed = self.openstack("function", "detach", function)
        self.assertEqual(printed, f"Request to detach function {function} has been accepted.\n")
        wait_for(lambda: not self.q.workers(function), "no worker", 5)

    def test_a_function_in_javascript(self):
        # Given
        package = self.package("main.zip", {"main.js": GREETING_JS})
        runtime = self.q.runtime("nodejs")
        function = self.shown("function", "create", "--runtime", runtime, "--package", package)["id"]
        self.delete_quietly("functions", function)

        # When
        execution = self.shown(
            "function", "execution", "create", "--function", function, "--input",
            '{"name": "Node"}')

        # Then
        self.assertEqual(execution["status"], "success")
        self.assertEqual(json.loads(execution["result"])["output"], {"hello": "Node"})
        self.assertIn("Greeting Node", self.q.log(execution["id"]))

    def test_what_is_refused_is_said(self):
        # Given
        missing = ("function", "execution", "create", "--function", UNKNOWN)
        neither = ("function", "create", "--name", "neither")

        # When
        not_found, refused = Concurrently([
            lambda: self.openstack(*missing, fails=True),
            lambda: self.openstack(*neither, fails=True)]).results()

        # Then
        self.assertIn(f"Function not found [id={UNKNOWN}]", not_found)
        self.assertIn("image", refused)


class LibraryContract:
    """What holds for the client library over each of its two transports."""

    def client(self):
        raise NotImplementedError

    def test_runtimes(self):
        # Given
        runtimes = self.client().runtimes
        made = runtimes.create(image=IMAGES["python3"], name=f"lib-{type(self).__name__}")
        self.addCleanup(self.q.delete, f"/v1/runtimes/{made.id}")
        self.started_runtime(made.id)

        # When
        listed = {runtime.id: runtime for runtime in runtimes.list()}
        shown = runtimes.get(made.id)
        found = runtimes.find(name=made.name)
        pool = runtimes.get_pool(made.id)

        # Then
        self.assertEqual(set(made.to_dict()), set(RUNTIME_COLUMNS))
        self.assertEqual((made.is_public, made.trusted, made.status), (True, True, "creating"))
        self.assertEqual(listed[made.id].to_dict(), shown.to_dict())
        self.assertEqual(found.to_dict(), shown.to_dict())
        self.assertEqual(shown.status, "available")
        self.assertEqual((pool.name, pool.capacity["total"]), (made.id, 2))
        runtimes.delete(made.id)
        wait_for(lambda: self.q.get(f"/v1/runtimes/{made.id}").status == 404, "it is gone")
        with self.assertRaisesRegex(exceptions.HTTPNotFound, "Runtime not found"):
            runtimes.get(made.id)

    def test_functions(self):
        # Given
        functions = self.client().functions
        content = large_package()
        made = functions.create(
            {"source": "package", "md5sum": hashlib.md5(content).hexdigest()},
            runtime=self.q.runtime(), package=content, name="lib", memory_size=67108864)
        self.addCleanup(self.q.delete, f"/v1/functions/{made.id}")

        # When
        listed = {function.id: function for function in functions.list()}
        shown = functions.get(made.id)
        downloaded = functions.get(made.id, download=True)

        # Then
        self.assertEqual(set(made.to_dict()), {*FUNCTION_COLUMNS, "latest_version"})
        self.assertEqual(shown.to_dict(), made.to_dict())
        self.assertEqual(json.loads(listed[made.id].code), made.code)
        self.assertEqual(downloaded.content, content)
        self.assertEqual((made.timeout, made.cpu, made.entry), (5, 100, "main.main"))

        # And an update sends its code beside the other fields
        package = zip_of("def main(**kwargs): return 'updated'\n")
        md5 = hashlib.md5(package).hexdigest()
        updated = functions.update(
            made.id, code={"source": "package", "md5sum": md5}, package=package, timeout=6)
        self.assertEqual(updated.code, {"source": "package", "md5sum": md5})
        self.assertEqual((updated.timeout, updated.name), (6, "lib"))
        renamed = functions.update(made.id, name="nn", description="", timeout=7)
        self.assertEqual((renamed.name, renamed.description, renamed.timeout), ("nn", "", 7))
        functions.delete(made.id)
        with self.assertRaisesRegex(exceptions.HTTPNotFound, "Function not found"):
            functions.get(made.id)

    def test_a_refused_function_is_said(self):
        # Given
        functions = self.client().functions
        package = zip_of(GREETING)

        # When
        with self.assertRaisesRegex(exceptions.HTTPBadRequest, "md5") as refused:
            functions.create(
                {"source": "package", "md5sum": "0" * 32}, runtime=self.q.runtime(),
                package=package)

        # Then
        self.assertEqual(refused.exception.code, 400)

    def test_executions(self):
        # Given
        executions = self.client().function_executions
        function = self.function(GREETING)

        # When
        sync = executions.create(function_id=function, input='{"name": "library"}')
        later = executions.create(function_id=function, sync=False)
        self.q.wait_ended(later.id)
        listed = executions.list(function_id=function, status="in:success,failed")
        shown = executions.get(later.id)

        # Then
        self.assertEqual(set(sync.to_dict()), {*EXECUTION_COLUMNS, "attempts", "max_attempts", "last_error"})
        self.assertEqual(sync.status, "success")
        self.assertEqual(json.loads(sync.result)["output"], {"hello": "library"})
        self.assertEqual((later.status, later.sync, later.result), ("running", False, None))
        self.assertEqual((shown.status, shown.input), ("success", None))
        self.assertEqual([execution.id for execution in listed], [sync.id, later.id])
        self.assertLog(executions.get_log(sync.id), sync.id)
        for execution in (sync, later):
            executions.delete(execution.id)
        self.assertEqual(executions.list(function_id=function), [])

    def assertLog(self, log, execution):
        raise NotImplementedError

    def test_workers(self):
        # Given
        client = self.client()
        function = self.function(GREETING)

        # When
        client.functions.scaleup(function, 2)
        wait_for(lambda: len(client.function_workers.list(function)) == 2, "two workers")
        client.functions.scaledown(function)
        wait_for(lambda: len(client.function_workers.list(function)) == 1, "one worker")

        # Then
        worker = client.function_workers.list(function)[0]
        self.assertEqual(worker.function_id, function)
        self.assertEqual([worker.worker_name], self.q.workers(function))
        client.functions.detach(function)
        wait_for(lambda: not client.function_workers.list(function), "no worker", 5)


class TestLibraryWithToken(LibraryContract, ClientTest):
    """The transport of dashboards."""

    def client(self):
        return qinling_client.Client("1", self.q.url, token="dummy")

    def assertLog(self, log, execution):
        # This transport drops what is not JSON.
        self.assertIsNone(log)


class TestLibraryWithSession(LibraryContract, ClientTest):
    """The transport of the command line."""

    def client(self):
        session = keystone_session.Session(auth=noauth.NoAuth(endpoint=self.q.url))
        return qinling_client.Client("1", self.q.url, session=session)

    def assertLog(self, log, execution):
        self.assertEqual(
            log, f"Start execution: {execution}\nGreeting library\nFinished execution: {execution}\n")
