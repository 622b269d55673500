# SPDX-License-Identifier: Apache-2.0
"""What is accepted is not lost when processes are killed, and nothing is left of them."""

import os
import pathlib
import signal
import socket
import tempfile

from harness import Concurrently, QinlingTest, multipart, uid_of, wait_for, zip_of

FINAL = {"success", "failed", "error"}
SLEEPS = """\
import time
def main(seconds=0, **kwargs):
    print("sleeping", flush=True)
    time.sleep(seconds)
    return seconds
"""


class KillTest(QinlingTest):
    def setUp(self):
        self.q.start()
        self.f = self.function(SLEEPS)
        self.assertOutput(self.q.run(self.f, {"seconds": 0}), "success", 0)
        self.addCleanup(self.q.start)

    def listed(self):
        return {row["id"]: row["status"]
                for row in self.q.list("executions", f"?function_id={self.f}")}

    def sync_calls(self, count, seconds):
        """Synchronous calls that have a record each."""
        before = len(self.listed())
        calls = Concurrently([lambda: self.q.execute(self.f, {"seconds": seconds})] * count)
        wait_for(lambda: len(self.listed()) == before + count, "all have records")
        return calls

    def async_calls(self, count, seconds):
        answers = [
            self.q.execute(self.f, {"seconds": seconds}, sync=False) for _ in range(count)]
        self.assertEqual({answer.status for answer in answers}, {201})
        return [answer.json["id"] for answer in answers]

    def assertAllEnd(self, accepted, deadline=30):
        """Every accepted execution has a record in one final state, which it keeps."""
        def ended():
            rows = self.listed()
            return rows if "running" not in rows.values() else None

        rows = wait_for(ended, "no execution runs", deadline)
        self.assertLessEqual(set(accepted), set(rows))
        self.assertLessEqual(set(rows.values()), FINAL)
        self.assertOutput(self.q.run(self.f, {"seconds": 0}), "success", 0)
        after = self.listed()
        self.assertEqual({execution: after[execution] for execution in rows}, rows)
        return rows

    def statuses(self, rows, executions):
        return {rows[execution] for execution in executions}

    def workers_of(self, before):
        """Those processes of the past that still live."""
        return set(before) & set(self.q.worker_processes())


class TestKilledWorker(KillTest):
    def worker_pids(self):
        """Processes of the function's workers: those that stand in its folder."""
        pids = []
        for worker in self.q.workers(self.f):
            for pid in self.q.worker_processes():
                try:
                    if f"/{worker}" in os.readlink(f"/proc/{pid}/cwd"):
                        pids.append(pid)
                except (FileNotFoundError, PermissionError):
                    pass
        return pids

    def kill(self, pids):
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def test_during_synchronous_executions(self):
        # Given
        calls = self.sync_calls(3, seconds=4)

        # When
        pids = self.worker_pids()
        self.assertTrue(pids)
        self.kill(pids)

        # Then the callers are told
        answers = calls.results()
        self.assertEqual({answer.status for answer in answers}, {201})
        self.assertLessEqual({answer.json["status"] for answer in answers}, {"failed", "error"})
        self.assertAllEnd([answer.json["id"] for answer in answers])

    def test_during_asynchronous_executions(self):
        # Given
        accepted = self.async_calls(3, seconds=2)
        wait_for(self.worker_pids, "the worker runs them")

        # When
        self.kill(self.worker_pids())

        # Then
        self.assertAllEnd(accepted)

    def test_the_whole_worker_during_synchronous_executions(self):
        # Given
        calls = self.sync_calls(3, seconds=4)
        uids = {uid_of(pid) for pid in self.worker_pids()}
        self.assertEqual(len(uids), 1)

        # When all processes of the worker's user are killed
        self.kill(pid for pid in self.q.worker_processes() if self.uid(pid) in uids)

        # Then
        answers = calls.results()
        self.assertEqual({answer.status for answer in answers}, {201})
        self.assertLessEqual({answer.json["status"] for answer in answers}, {"failed", "error"})
        self.assertAllEnd([answer.json["id"] for answer in answers])
        self.assertEqual(len(self.q.workers(self.f)), 1)

    def uid(self, pid):
        try:
            return uid_of(pid)
        except FileNotFoundError:
            return None


class TestKilledEngine(KillTest):
    def test_during_executions(self):
        # Given
        sync = self.sync_calls(2, seconds=3)
        accepted = self.async_calls(2, seconds=3)
        workers = self.q.worker_processes()
        self.assertTrue(workers)

        # When
        self.q.engine.kill()

        # Then its workers go, callers are answered, and the api goes on
        answers = sync.results()
        self.assertEqual({answer.status for answer in answers}, {201})
        self.assertEqual({answer.json["status"] for answer in answers}, {"error"})
        wait_for(lambda: not self.workers_of(workers), "no worker outlives the engine")
        self.assertEqual(self.q.get(f"/v1/functions/{self.f}").status, 200)
        down = self.q.execute(self.f)
        self.assertEqual((down.status, down.json["status"]), (201, "error"))
        self.assertEqual((down.json["result"], self.q.log(down.json["id"])), (None, ""))

        # And once it is back, what was accepted is run
        self.q.start()
        rows = self.assertAllEnd([*accepted, *(answer.json["id"] for answer in answers)])
        self.assertEqual(self.statuses(rows, accepted), {"success"})

    def test_the_first_call_after_its_restart_works(self):
        # Given an engine that was away for several calls
        self.q.engine.kill()
        for _ in range(2):
            self.assertEqual(self.q.execute(self.f).json["status"], "error")

        # When it is back
        self.q.start_processes()

        # Then
        self.assertOutput(self.q.run(self.f, {"seconds": 0}), "success", 0)

    def test_what_needs_the_engine_says_so(self):
        # Given
        before = self.q.list("functions")
        self.q.engine.kill()

        # When
        refused = [
            self.q.upload("def main(**k): return 'never stored'\n"),
            self.q.get(f"/v1/functions/{self.f}?download=true"),
            self.q.get(f"/v1/functions/{self.f}/workers"),
            self.q.post(f"/v1/functions/{self.f}/detach", {}),
            self.q.get(f"/v1/runtimes/{self.q.runtime()}/pool")]

        # Then a client that dies of a 500 is not hurt, and nothing is stored
        self.assertEqual([answer.status for answer in refused], [503] * len(refused), refused)
        for answer in refused:
            self.assertEqual(answer.headers["Content-Type"], "application/json", answer)
            self.assertEqual(answer.json["faultcode"], "Server")
        self.assertEqual(self.q.list("functions"), before)


class TestKilledApi(KillTest):
    def test_during_executions(self):
        # Given
        sync = self.sync_calls(2, seconds=3)
        orphans = [execution for execution, status in self.listed().items() if status == "running"]
        accepted = self.async_calls(2, seconds=3)

        # When
        self.q.api.kill()

        # Then
        self.assertTrue(all(failed for _, failed in sync.outcomes()))
        self.q.start()
        rows = self.assertAllEnd([*orphans, *accepted])
        self.assertEqual(self.statuses(rows, orphans), {"error"})
        self.assertEqual(self.statuses(rows, accepted), {"success"})

    def test_with_the_engine(self):
        # Given
        orphans = self.sync_calls(1, seconds=3)
        running = [execution for execution, status in self.listed().items() if status == "running"]
        accepted = self.async_calls(3, seconds=1)
        workers = self.q.worker_processes()

        # When
        self.q.api.kill()
        self.q.engine.kill()

        # Then
        orphans.outcomes()
        wait_for(lambda: not self.workers_of(workers), "no worker is left")
        self.q.start()
        rows = self.assertAllEnd([*running, *accepted])
        self.assertEqual(self.statuses(rows, running), {"error"})
        self.assertEqual(self.statuses(rows, accepted), {"success"})


class TestKilledDuringUploads(KillTest):
    def begin_upload(self):
        """An upload of which half has been sent."""
        package = zip_of({"main.py": "def main(**k): pass\n", "noise.bin": os.urandom(4 << 20)})
        body, content_type = multipart(
            {"runtime_id": self.q.runtime(), "code": '{"source": "package"}'},
            [("package", "p.zip", package)])
        connection = socket.create_connection(("127.0.0.1", self.q.api.port))
        self.addCleanup(connection.close)
        connection.sendall(
            f"POST /v1/functions HTTP/1.1\r\nHost: x\r\nContent-Type: {content_type}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n".encode() + body[:len(body) // 2])
        wait_for(lambda: self.is_read(connection), "the api has read what was sent")
        return connection, body[len(body) // 2:]

    def is_read(self, connection):
        """Whether the other end has taken all that has arrived: proc_net_tcp(5), rx_queue."""
        ends = f":{self.q.api.port:04X}", f":{connection.getsockname()[1]:04X}"
        for table in ("/proc/net/tcp", "/proc/net/tcp6"):
            for line in pathlib.Path(table).read_text().splitlines():
                _, local, remote, _, queues = line.split()[:5]
                if local.endswith(ends[0]) and remote.endswith(ends[1]):
                    return queues.endswith(":00000000")
        return False

    def assertNothingStored(self, before):
        self.assertEqual(self.q.list("functions"), before[0])
        wait_for(lambda: self.q.stored_packages() == before[1], "only the packages of before")
        self.assertOutput(self.q.run(self.f, {"seconds": 0}), "success", 0)

    def stored(self):
        return self.q.list("functions"), self.q.stored_packages()

    def spooled(self):
        """What a service keeps of uploads under way, when it does so where all keep such files."""
        return set(pathlib.Path(tempfile.gettempdir(), "uploads").glob("*"))

    def test_the_client(self):
        before = self.stored()
        connection, _ = self.begin_upload()
        connection.close()
        self.assertNothingStored(before)

    def test_the_api(self):
        before = self.stored()
        spooled = self.spooled()
        self.begin_upload()
        self.q.api.kill()
        self.q.start()
        self.assertNothingStored(before)
        self.assertLessEqual(self.spooled(), spooled)

    def test_the_engine(self):
        before = self.stored()
        connection, rest = self.begin_upload()
        self.q.engine.kill()
        connection.sendall(rest)
        answer = connection.recv(65536).decode()
        self.assertIn(" 503 ", answer.splitlines()[0])
        self.q.start()
        self.assertNothingStored(before)


class TestTerminated(KillTest):
    def test_what_runs_is_finished_and_nothing_is_left(self):
        # Given
        sync = self.sync_calls(1, seconds=2)
        accepted = self.async_calls(1, seconds=2)

        # When the api is stopped while both run, and then the engine
        code = self.q.api.terminate()
        answers = sync.results()
        engine_code = self.q.engine.terminate()

        # Then the caller had its answer
        self.assertEqual([answer.status for answer in answers], [201])
        self.assertEqual([answer.json["status"] for answer in answers], ["success"])
        self.assertLessEqual({code, engine_code}, {0, 143})
        wait_for(lambda: not self.q.worker_processes(), "no worker is left")
        self.assertEqual(self.q.control_groups(), [])

        # And what was accepted succeeds, now or after the next start
        self.q.start()
        rows = self.assertAllEnd([*accepted, answers[0].json["id"]])
        self.assertEqual(self.statuses(rows, accepted), {"success"})

    def test_the_engine_finishes_what_runs(self):
        # Given
        sync = self.sync_calls(1, seconds=2)
        accepted = self.async_calls(1, seconds=2)

        # When
        self.q.engine.terminate()

        # Then
        answers = sync.results()
        wait_for(lambda: not self.q.worker_processes(), "no worker is left")
        self.q.start()
        rows = self.assertAllEnd([*accepted, answers[0].json["id"]])
        self.assertEqual([answer.json["status"] for answer in answers], ["success"])
        self.assertEqual(self.statuses(rows, accepted), {"success"})
