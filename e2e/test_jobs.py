# SPDX-License-Identifier: Apache-2.0
"""Jobs: what is accepted, and functions that run at their times."""

import datetime
import hashlib
import json
import os
import subprocess
import time
import uuid

from harness import TIMESTAMP, UNKNOWN, UUID, Concurrently, QinlingTest, wait_for

# What it prints is when it ran.
CLOCK = """\
import time
def main(*args, **kwargs):
    return time.time()
"""
FAILING = """\
def main(*args, **kwargs):
    raise ValueError("as ever")
"""
JOB_COLUMNS = [
    "id", "name", "count", "status", "function_alias", "function_id", "function_version",
    "function_input", "pattern", "first_execution_time", "next_execution_time", "project_id",
    "created_at", "updated_at"]
EVERY_TWO_SECONDS = "* * * * * */2"
NEVER_IN_THIS_TEST = "0 0 1 1 *"


class JobTest(QinlingTest):
    def job(self, function, **fields):
        answer = self.q.post("/v1/jobs", {"function_id": function, **fields})
        self.assertEqual(answer.status, 201, answer)
        self.addCleanup(self.q.delete, f"/v1/jobs/{answer.json['id']}")
        return answer.json

    def shown(self, job):
        return self.q.get(f"/v1/jobs/{job['id']}").json

    def runs(self, job):
        return self.q.list("executions", f"?description=has:{job['id']}")

    def ended_runs(self, job, count):
        def ended():
            runs = [run for run in self.runs(job) if run["status"] != "running"]
            return runs if len(runs) >= count else None
        return wait_for(ended, f"{count} runs of a job")

    def assertInvalid(self, method, path, body, reason):
        answer = self.q.send_json(method, path, body)
        self.assertEqual(answer.status, 400, answer)
        self.assertIn(reason, answer.json["faultstring"])


class TestJobsRun(JobTest):
    def test_a_job_runs_at_its_times_and_a_broken_one_beside_it_does_not_matter(self):
        # Given a function that is warm, and a job whose function fails
        function = self.function(CLOCK)
        self.q.run(function)
        broken = self.job(self.function(FAILING), pattern=EVERY_TWO_SECONDS)

        # When
        job = self.job(
            function, pattern=EVERY_TWO_SECONDS, count=3, name="ticks", function_input="in")
        runs = self.ended_runs(job, 3)

        # Then it ran for three due times, not before them, and at once unless the machine was busy
        delays = {}
        for run in runs:
            result = json.loads(run["result"])
            self.assertEqual(
                (run["status"], run["description"], run["input"], run["sync"]),
                ("success", f"Created by Job {job['id']}", "in", False), run)
            self.assertRegex(run["id"], UUID)
            due = self.due_time(job, run["id"], result["output"])
            delays[due] = result["output"] - due
        self.assertEqual(len(delays), 3)
        self.assertLess(min(delays.values()), 1)
        done = self.shown(job)
        self.assertEqual((done["status"], done["count"]), ("done", 0))
        time.sleep(2)
        self.assertEqual(len(self.runs(job)), 3)
        self.assertEqual(self.ended_runs(broken, 2)[0]["status"], "failed")
        self.assertEqual(self.shown(broken)["status"], "running")

    def due_time(self, job, execution, started):
        """The even second before this time that the id of a run is made of."""
        latest = int(started) // 2 * 2
        for due in range(latest, latest - 60, -2):
            time_of_day = datetime.datetime.fromtimestamp(due, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
            name = hashlib.md5(f"{job['id']} {time_of_day}".encode()).digest()
            if execution == str(uuid.UUID(bytes=name, version=3)):
                return due
        raise AssertionError(f"execution {execution} is of no time before {started}")

    def test_a_job_is_paused_and_resumed(self):
        # Given
        function = self.function(CLOCK)
        job = self.job(function, pattern=EVERY_TWO_SECONDS)
        self.ended_runs(job, 1)

        # When it is paused
        paused = self.q.put(f"/v1/jobs/{job['id']}", {"status": "paused"})

        # Then it does not run
        self.assertEqual((paused.status, paused.json["status"]), (200, "paused"), paused)
        before = len(self.runs(job))
        time.sleep(2.5)
        self.assertEqual(len(self.runs(job)), before)

        # And it runs again when it is resumed
        resumed = self.q.put(f"/v1/jobs/{job['id']}", {"status": "running"})
        self.assertEqual(resumed.status, 200, resumed)
        self.ended_runs(job, before + 1)


class TestJobRequests(JobTest):
    def test_what_is_made_is_shown(self):
        # Given
        function = self.function(CLOCK)

        # When
        job = self.job(
            function, name="n", pattern="*/5 * * * *", count=7, function_input='{"a": 1}',
            first_execution_time="2030-01-02T03:04:05+01:00", id=UNKNOWN, status="done",
            next_execution_time="whenever")

        # Then
        self.assertEqual(sorted(job), sorted(JOB_COLUMNS))
        self.assertNotEqual(job["id"], UNKNOWN)
        self.assertRegex(job["created_at"], TIMESTAMP)
        self.assertEqual(
            {**job, "id": None, "created_at": None},
            {"id": None, "name": "n", "count": 7, "status": "running", "function_alias": None,
             "function_id": function, "function_version": 0, "function_input": '{"a": 1}',
             "pattern": "*/5 * * * *", "first_execution_time": "2030-01-02T02:05:00Z",
             "next_execution_time": "2030-01-02T02:05:00Z", "project_id": "default",
             "created_at": None, "updated_at": None})
        self.assertEqual(self.shown(job), job)

        # And it is found by each filter
        for query in (f"function_id={function}", "status=neq:done", "name=has:n", "all_projects=1"):
            self.assertIn(job, self.q.list("jobs", f"?{query}"), query)
        self.assertNotIn(job, self.q.list("jobs", "?status=done"))
        self.assertEqual(self.q.get("/v1/jobs?limit=1").status, 400)

        # And it keeps its function from being deleted until it is cancelled
        self.assertEqual(self.q.delete(f"/v1/functions/{function}").status, 403)
        self.q.put(f"/v1/jobs/{job['id']}", {"status": "cancelled"})
        self.assertEqual(self.q.delete(f"/v1/functions/{function}").status, 204)
        self.assertIsNone(self.shown(job)["function_id"])
        self.assertEqual(self.q.delete(f"/v1/jobs/{job['id']}").status, 204)
        self.assertEqual(self.q.get(f"/v1/jobs/{job['id']}").status, 404)

    def test_new_jobs_that_are_refused(self):
        function = self.function(CLOCK)
        soon = (datetime.datetime.now(datetime.timezone.utc)
                + datetime.timedelta(seconds=30)).isoformat()
        for body, reason in (
                ({}, "function"),
                ({"function_id": function}, "pattern or first_execution_time"),
                ({"function_id": "x", "pattern": "* * * * *"}, "UUID"),
                ({"function_id": function, "first_execution_time": soon},
                 "Execution time must be at least 1 minute in the future"),
                ({"function_id": function, "first_execution_time": "junk"}, "not understood"),
                ({"function_id": function, "first_execution_time": 5}, "first_execution_time"),
                ({"function_id": function, "first_execution_time": "2030-01-02", "count": 2},
                 "Pattern"),
                ({"function_id": function, "pattern": "* * * *"}, "pattern"),
                ({"function_id": function, "pattern": "* * 31 2 *"}, "matches no time"),
                ({"function_id": function, "pattern": "* * * * *" + " " * 24}, "32"),
                ({"function_id": function, "pattern": "* * * * *", "count": 0}, "count"),
                ({"function_id": function, "pattern": "* * * * *", "count": -1}, "count"),
                ({"function_id": function, "pattern": "* * * * *", "function_input": "x" * 256},
                 "255"),
                ({"function_id": function, "pattern": "* * * * *", "project_id": "p"},
                 "read only"),
                ({"function_id": function, "pattern": "* * * * *", "color": None}, "color")):
            with self.subTest(body):
                self.assertInvalid("POST", "/v1/jobs", body, reason)
        for body in ({"function_id": UNKNOWN}, {"function_alias": "none"},
                     {"function_id": function, "function_version": 1}):
            with self.subTest(body):
                answer = self.q.post("/v1/jobs", {"pattern": "* * * * *", **body})
                self.assertEqual(answer.status, 404, answer)

    def test_changes_that_are_refused(self):
        function = self.function(CLOCK)
        recurring = f"/v1/jobs/{self.job(function, pattern=NEVER_IN_THIS_TEST)['id']}"
        once = f"/v1/jobs/{self.job(function, first_execution_time='2030-01-02')['id']}"
        for path, body, reason in (
                (recurring, {"status": "done"}, "status"),
                (recurring, {"status": "bogus"}, "status"),
                (recurring, {"pattern": "* * * *"}, "pattern"),
                (recurring, {"pattern": ""}, "Can not change job type."),
                (recurring, {"next_execution_time": "2020-01-01"}, "at least 1 minute"),
                (recurring, {"created_at": None}, "read only"),
                (once, {"pattern": "* * * * *"}, "Can not change job type.")):
            with self.subTest(body):
                self.assertInvalid("PUT", path, body, reason)

        # What means nothing is ignored, and a new pattern moves the next run
        same = self.q.put(once, {"pattern": "", "next_execution_time": "", "name": None})
        self.assertEqual((same.status, same.json["pattern"]), (200, None), same)
        moved = self.q.put(recurring, {"pattern": "0 0 1 2 *", "function_id": UNKNOWN})
        self.assertRegex(moved.json["next_execution_time"], r"-02-01T00:00:00Z$")
        self.assertEqual(moved.json["function_id"], function)

        # And what is cancelled stays so
        self.assertEqual(self.q.put(recurring, {"status": "cancelled"}).status, 200)
        self.assertInvalid("PUT", recurring, {"status": "running"}, "cancelled")
        self.assertEqual(self.q.put(f"/v1/jobs/{UNKNOWN}", {}).status, 404)
        self.assertEqual(self.q.get("/v1/jobs/x").status, 400)


class TestJobCommands(JobTest):
    def openstack(self, *arguments):
        environment = {name: value for name, value in os.environ.items() if name[:3] != "OS_"}
        environment["no_proxy"] = "127.0.0.1"
        done = subprocess.run(
            ["openstack", "--os-auth-type", "none", "--os-endpoint", self.q.url, *arguments],
            env=environment, capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done)
        return done.stdout

    def printed(self, *arguments):
        return json.loads(self.openstack(*arguments, "-f", "json"))

    def test_jobs_from_create_to_delete(self):
        # Given
        function = self.function(CLOCK)
        made = self.printed(
            "job", "create", "--function", function, "--name", "cli", "--pattern",
            NEVER_IN_THIS_TEST, "--function-input", "in", "--count", "2")
        self.addCleanup(self.q.delete, f"/v1/jobs/{made['id']}")

        # When
        listed, shown = Concurrently([
            lambda: self.printed("job", "list"),
            lambda: self.printed("job", "show", made["id"])]).results()
        updated = self.printed(
            "job", "update", made["id"], "--name", "renamed", "--status", "paused")
        self.openstack("job", "delete", made["id"])

        # Then
        self.assertEqual(list(made), JOB_COLUMNS)
        self.assertEqual(
            (made["name"], made["count"], made["status"], made["function_id"],
             made["function_input"], made["pattern"]),
            ("cli", 2, "running", function, "in", NEVER_IN_THIS_TEST))
        self.assertRegex(made["next_execution_time"], r"-01-01T00:00:00Z$")
        self.assertEqual(shown, made)
        row = next(row for row in listed if row["Id"] == made["id"])
        self.assertEqual(list(row), [column.capitalize() for column in JOB_COLUMNS])
        self.assertEqual(list(row.values()), list(made.values()))
        self.assertRegex(updated["updated_at"], TIMESTAMP)
        self.assertEqual(
            {**updated, "updated_at": None}, {**made, "name": "renamed", "status": "paused"})
        self.assertEqual(self.q.get(f"/v1/jobs/{made['id']}").status, 404)
