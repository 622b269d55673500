# SPDX-License-Identifier: Apache-2.0
"""Qinling on MariaDB and PostgreSQL: their tables are managed, and outages of the server are survived."""

import subprocess
import unittest

from databases import PASSWORD, QUOTED, MariaDb, PostgreSql
from harness import TOP, Qinling, wait_for

CODE = "def main(name='World', **kwargs):\n    print('greets')\n    return 'Hello, ' + name\n"


class OnServer:
    """What holds on every server; the kind is the subclass's."""

    kind = None

    @classmethod
    def setUpClass(cls):
        # A server that is killed must have what it said it has.
        cls.server = cls.kind(durable=True)
        cls.addClassCleanup(cls.server.remove)
        cls.server.start()
        cls.q = Qinling(database=cls.server.url)
        cls.addClassCleanup(cls.q.end)

    def assertManaged(self, code, text, *arguments):
        """qinling-db-manage ends with this code and says this, and no secret and no stack trace."""
        done = subprocess.run(
            [TOP / "deploy/bin/qinling-db-manage", "--config-file", self.q.conf, *arguments], capture_output=True,
            text=True, timeout=60, check=False)
        output = done.stdout + done.stderr
        self.assertEqual(code, done.returncode, output)
        self.assertIn(text, output)
        for unwanted in PASSWORD, QUOTED, "\tat ":
            self.assertNotIn(unwanted, output)

    def test_one_day(self):
        """In order, since each step needs what the one before it left."""
        with self.subTest("the tables are made by the command"):
            self.assertManaged(1, "upstream schema", "check")
            self.assertManaged(2, "usage:", "upgrade")
            self.assertManaged(0, "at version", "upgrade", "head")
            self.assertManaged(0, "at version", "upgrade", "head")
            self.assertManaged(0, "(head)", "current")
            self.assertManaged(0, "1 upstream schema (Success)", "history")
            self.assertManaged(0, "of this release", "check")

        with self.subTest("functions run and are recorded"):
            self.q.start()
            function = self.q.upload(CODE, name="größe 🚀").json["id"]
            execution = self.q.run(function, {"name": "世界 🚀"}, description="a 100 % \\ test")
            self.assertEqual(("success", "Hello, 世界 🚀"), (execution["status"], execution["result"]["output"]))
            self.assertIn("\ngreets\n", self.q.log(execution["id"]))
            found = self.q.list("executions", "?description=has:%25%20%5C%20test")
            self.assertEqual([execution["id"]], [each["id"] for each in found])
            self.assertEqual("größe 🚀", self.q.get(f"/v1/functions/{function}").json["name"])

        with self.subTest("an outage is an answer, and ends with it"):
            self.server.kill()
            self.assertEqual(503, self.q.get("/v1/functions").status)
            self.assertEqual(503, self.q.post("/v1/runtimes", {"image": "x"}).status)
            self.assertEqual(503, self.q.get("/q/health/ready").status)
            self.assertManaged(1, "not available", "check")
            self.server.start()
            wait_for(lambda: self.q.get("/v1/functions").status == 200, "the database is used again")
            self.assertEqual("success", self.q.run(function)["status"])

        with self.subTest("the start waits for the database"):
            self.q.api.kill()
            self.server.stop()
            self.q.api.start()
            wait_for(lambda: "trying again" in self.q.api.log_tail(), "the api waits", 60)
            self.server.start()
            self.q.start()
            self.assertEqual(2, len(self.q.list("executions")))
            self.assertEqual("success", self.q.run(function)["status"])


class TestMariaDb(OnServer, unittest.TestCase):
    kind = MariaDb


class TestPostgreSql(OnServer, unittest.TestCase):
    kind = PostgreSql


if __name__ == "__main__":
    unittest.main()
