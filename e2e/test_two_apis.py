# SPDX-License-Identifier: Apache-2.0
"""Several qinling-api share a database, and any of them may be killed, paused or stopped."""

import http.client
import os
import signal
import unittest

from databases import MariaDb, PostgreSql
from harness import IMAGES, Concurrently, Qinling, wait_for

FINAL = {"success", "failed", "error"}
# A takeover begins 10 to 12 s after an api was heard of last, and anew after a look that came late.
TIMEOUT = 60
COUNTS = """\
import time
def main(seconds=0, **kwargs):
    print("begun", flush=True)
    time.sleep(seconds)
    return seconds
"""


class OnServer:
    """What holds on every server; the kind is the subclass's."""

    kind = None

    @classmethod
    def setUpClass(cls):
        cls.server = cls.kind()
        cls.addClassCleanup(cls.server.remove)
        cls.server.start()
        cls.first = Qinling(database=cls.server.url)
        cls.addClassCleanup(cls.first.end)
        cls.first.start()
        cls.second = cls.first.with_another_api()
        cls.addClassCleanup(cls.second.api.end)
        cls.f = cls.first.upload(COUNTS, timeout=60).json["id"]
        cls.first.run(cls.f, {"seconds": 0})

    def setUp(self):
        self.first.start()
        self.second.start()

    def rows(self):
        return {row["id"]: row for row in self.second.list("executions", f"?function_id={self.f}")}

    def running(self):
        return {each for each, row in self.rows().items() if row["status"] == "running"}

    def begin(self, through):
        """Ids of synchronous and of asynchronous executions that run, and the calls of the first."""
        calls = Concurrently([lambda: through.execute(self.f, {"seconds": 4})] * 2)
        sync = wait_for(lambda: len(found := self.running()) == 2 and found, "both are recorded")
        accepted = [through.execute(self.f, {"seconds": 3}, sync=False) for _ in range(4)]
        self.assertEqual({answer.status for answer in accepted}, {201})
        return sync, [answer.json["id"] for answer in accepted], calls

    def assertTakenOver(self, sync, accepted):
        wait_for(lambda: not self.running(), "nothing runs any more", TIMEOUT)
        rows = self.rows()
        self.assertEqual({rows[each]["status"] for each in accepted}, {"success"})
        self.assertEqual({rows[each]["status"] for each in sync}, {"error"})
        for each in sync:
            self.assertIn("ended or was cut off", rows[each]["last_error"])
        for each in accepted:
            # The engine knows the id: whoever asks has the outcome of the one run.
            self.assertEqual(self.second.log(each).count("begun"), 1)
            self.assertEqual(rows[each]["attempts"], 1)
        self.assertEqual(self.rows(), rows)

    def test_a_killed_api_is_replaced_by_the_other(self):
        sync, accepted, calls = self.begin(self.first)

        self.first.api.kill()

        self.assertTakenOver(sync, accepted)
        self.assertTrue(all(failed for _, failed in calls.outcomes()))

    def test_a_runtime_that_a_killed_api_was_creating_is_gone_on_with(self):
        self.first.engine.kill()
        runtime = self.first.post("/v1/runtimes", {"image": IMAGES["python3"]}).json["id"]
        self.assertEqual(self.second.status_of("runtimes", runtime), "creating")

        self.first.api.kill()
        self.first.engine.start()

        wait_for(lambda: self.second.status_of("runtimes", runtime) == "available", "the other made its pool", 60)

    def test_a_paused_api_goes_on_and_says_what_the_record_says(self):
        sync, accepted, calls = self.begin(self.first)

        os.kill(self.first.api.pid, signal.SIGSTOP)
        try:
            self.assertTakenOver(sync, accepted)
            before = self.rows()
        finally:
            os.kill(self.first.api.pid, signal.SIGCONT)

        answers = calls.results()
        self.assertEqual({answer.json["id"]: answer.json for answer in answers},
                         {each: before[each] for each in sync})
        self.assertEqual(self.first.run(self.f)["status"], "success")
        after = self.rows()
        self.assertEqual({each: after[each] for each in before}, before)

    def test_a_stopped_api_tells_its_clients_and_leaves_the_rest_to_the_other(self):
        accepted = [
            self.first.execute(self.f, {"seconds": seconds}, sync=False).json["id"]
            for seconds in (2, 14)]
        short = Concurrently([lambda: self.first.execute(self.f, {"seconds": 2})])
        wait_for(lambda: len(self.running()) == 3, "all are recorded")
        connection = http.client.HTTPConnection("127.0.0.1", self.first.api.port, timeout=10)
        self.addCleanup(connection.close)

        stop = Concurrently([self.first.api.terminate])

        def notice():
            connection.request("GET", "/v1/runtimes")
            answer = connection.getresponse()
            answer.read()
            self.assertEqual(answer.status, 200)
            return answer.headers["Connection"] == "close"

        wait_for(notice, "answers say that the connection ends", 5)
        self.assertEqual(self.first.request("GET", "/q/health/ready").status, 503)
        self.assertEqual(short.results()[0].json["status"], "success")
        self.assertIn(stop.results(10)[0], {0, 143})
        wait_for(lambda: not self.running(), "the other has finished the rest", TIMEOUT)
        rows = self.rows()
        self.assertEqual({rows[each]["status"] for each in accepted}, {"success"})
        self.assertEqual([self.second.log(each).count("begun") for each in accepted], [1, 1])


class TestOnMariaDb(OnServer, unittest.TestCase):
    kind = MariaDb


class TestOnPostgreSql(OnServer, unittest.TestCase):
    kind = PostgreSql


if __name__ == "__main__":
    unittest.main()
