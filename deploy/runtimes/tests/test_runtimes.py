# SPDX-License-Identifier: Apache-2.0
"""The worker protocol, version 2, as a contract that every runtime passes."""

import contextlib
import hashlib
import json
import os
import resource
import shutil
import signal
import stat
import threading
import time
import unittest
import uuid
import zipfile

from harness import (
    AS_ROOT, MIB, SECRET, USER, Worker, alive, descendants, eventually, is_zombie, package, state)

TIMEOUT = "Function execution timeout."
CANCELLED = "Function execution cancelled."
RESOURCES = "Function execution failed because of too much resource consumption"
FUNCTIONS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "functions")


class Contract:
    """What holds for each runtime; a subclass names it and knows its language."""

    runtime = None
    extension = None

    @classmethod
    def setUpClass(cls):
        with open(os.path.join(FUNCTIONS, "everything" + cls.extension)) as file:
            cls.everything = package({"main" + cls.extension: file.read()})
        cls.worker = cls.loaded_worker()
        cls.addClassCleanup(lambda: cls.worker.close())

    @classmethod
    def loaded_worker(cls, isolated=False, settings=None, **load):
        worker = Worker(cls.runtime, isolated, **(settings or {}))
        answer = worker.load(cls.everything, **load)
        if answer.status != 200:
            worker.close()
            raise AssertionError("%d %s" % (answer.status, answer.body))
        return worker

    def package(self, source, module="main"):
        return package({module + self.extension: source})

    def assertServes(self, worker=None):
        """The next call works, and sees nothing of the one before."""
        id = str(uuid.uuid4())
        answer = (worker or self.worker).run("echo", id, value="fine")
        self.assertEqual((True, "fine"), (answer["success"], answer["output"]))
        self.assertEqual("Start execution: %s\nFinished execution: %s\n" % (id, id), answer["logs"])

    def assertFails(self, output, answer, worker=None):
        self.assertEqual((False, output), (answer["success"], answer["output"]))
        self.assertServes(worker)

    def executor(self, worker=None):
        return (worker or self.worker).run("count")["output"]

    def assertReplacedBy(self, do, **input):
        before = self.executor()
        answer = self.worker.run(do, **input)
        self.assertNotEqual(before["pid"], self.executor()["pid"])
        self.assertServes()
        return answer

    def error_text(self, text):
        """What the answer says of an exception with this text."""
        return text


class HttpRules:
    def test_ping_needs_no_secret_and_names_the_protocol(self):
        answer = self.worker.request("GET", "/ping", secret=None)
        self.assertEqual((200, b"pong", "2"), (answer.status, answer.body, answer.headers["Qinling-Worker"]))
        self.assertEqual("text/plain", answer.headers["Content-Type"])

    def test_everything_else_needs_the_secret(self):
        for secret in None, "wrong", SECRET + "x", "":
            for method, path in ("POST", "/execute"), ("PUT", "/function"), ("GET", "/function"), ("PUT", "/secret"), ("DELETE", "/executions/x"), ("GET", "/x"):
                with self.subTest(secret=secret, path=path):
                    answer = self.worker.request(method, path, secret=secret)
                    self.assertEqual(401, answer.status)
                    self.assertIn("error", answer.json)

    def test_a_worker_without_a_secret_asks_for_none(self):
        with Worker(self.runtime, secret="") as worker:
            self.assertEqual(409, worker.request("POST", "/execute", b"{}", EXECUTE, secret=None).status)

    def test_refusals_leave_the_connection_open(self):
        connection = self.worker.connect()
        self.worker.request("GET", "/ping", connection=connection)
        sock = connection.sock
        for status, method, path, headers, body in (
            (404, "GET", "/nothing", {}, b""),
            (405, "GET", "/execute", {}, b""),
            (405, "POST", "/function", {}, b"x"),
            (405, "POST", "/ping", {}, b"x"),
            (405, "GET", "/executions/x", {}, b""),
            (405, "GET", "/secret", OWN_SECRET, b""),
            (405, "POST", "/secret", OWN_SECRET, b""),
            (409, "PUT", "/secret", OWN_SECRET, b""),
            (404, "DELETE", "/executions/x", {}, b""),
            (400, "POST", "/execute", {}, b"{}"),
            (400, "POST", "/execute", {"Qinling-Execution": "x"}, b"{}"),
            (400, "POST", "/execute", {**EXECUTE, "Qinling-Timeout": "soon"}, b"{}"),
            (400, "POST", "/execute", {**EXECUTE, "Qinling-Timeout": "-1"}, b"{}"),
            (400, "POST", "/execute", {**EXECUTE, "Qinling-Execution": "a b"}, b"{}"),
            (400, "PUT", "/function", {}, b"x"),
            (413, "PUT", "/function", {}, b"x" * (2 * MIB)),
            (409, "PUT", "/function", LOAD, b"x"),
        ):
            with self.subTest(status=status, method=method, path=path, headers=headers):
                worker = self.small_worker if status == 413 else self.worker
                own = worker.connection if status == 413 else connection
                answer = worker.request(method, path, body, headers, own)
                self.assertEqual(status, answer.status)
                self.assertIsInstance(answer.json["error"], str)
        self.assertIs(sock, connection.sock)
        self.assertEqual(200, self.worker.request("GET", "/ping", connection=connection).status)
        self.assertEqual(200, self.small_worker.request("GET", "/ping").status)
        connection.close()

    @property
    def small_worker(self):
        if "_small_worker" not in vars(type(self)):
            type(self)._small_worker = Worker(self.runtime, max_body=MIB)
            self.addClassCleanup(type(self)._small_worker.close)
        return self._small_worker

    def test_what_is_no_request_is_refused(self):
        for status, data in (
            (400, b"nonsense\r\n\r\n"),
            (400, b"GET /ping HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n"),
            (400, b"POST /execute HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n"),
            (400, CHUNKED),
            (431, b"GET /ping HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 17000 + b"\r\n\r\n"),
            (431, b"GET /ping HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 100000),
        ):
            with self.subTest(status=status, data=data[:60]):
                self.assertTrue(self.worker.raw(data).startswith(b"HTTP/1.1 %d " % status))
        self.assertServes()

    def test_a_request_may_come_in_pieces(self):
        connection = self.worker.connect()
        connection.connect()
        body = b'{"input": {"do": "echo", "value": 1}}'
        head = "POST /execute HTTP/1.1\r\nHost: x\r\nauthorization: Bearer %s\r\n" % SECRET
        head += "qinling-execution: pieces\r\nqinling-timeout: 9.5\r\ncontent-length: %d\r\n\r\n" % len(body)
        for byte in head.encode() + body:
            connection.sock.sendall(bytes([byte]))
        received = connection.sock.recv(65536)
        connection.close()
        self.assertTrue(received.startswith(b"HTTP/1.1 200 "))
        self.assertIn(b'"output": 1', received)

    def test_header_and_body_are_written_at_once(self):
        connection = self.worker.connect()
        connection.connect()
        connection.sock.sendall(b"GET /ping HTTP/1.1\r\nHost: x\r\n\r\n")
        self.assertTrue(connection.sock.recv(65536).endswith(b"\r\n\r\npong"))
        connection.close()

    def test_many_connections_at_once(self):
        connections = [self.worker.connect() for _ in range(60)]
        for connection in connections:
            connection.request("GET", "/ping")
        for connection in connections:
            self.assertEqual(b"pong", connection.getresponse().read())
            connection.close()

    def test_an_execution_goes_on_without_its_caller(self):
        id = str(uuid.uuid4())
        body = json.dumps({"input": {"do": "wait", "started": "on-1", "until": "off-1", "text": "x"}}).encode()
        connection = self.worker.connect()
        connection.request("POST", "/execute", body, headers(id))
        self.worker.wait_for("on-1")
        connection.close()
        self.assertServes()
        self.assertEqual(409, self.worker.execute({"do": "echo"}, id).status)
        self.worker.touch("off-1")
        eventually(lambda: self.worker.execute({"do": "echo"}, id).status == 200, "the slot is free again")


class SecretRules:
    def change(self, worker, old, new, connection=None):
        return worker.request("PUT", "/secret", headers={"Qinling-Secret": new}, connection=connection, secret=old)

    def test_a_new_secret_takes_the_place_of_the_old_on_all_connections(self):
        with Worker(self.runtime) as worker:
            other = worker.connect()
            self.assertEqual(409, worker.request("GET", "/function", connection=other).status)
            answer = self.change(worker, SECRET, "an-Own_1")
            self.assertEqual((204, b""), (answer.status, answer.body))
            for connection in worker.connection, other:
                self.assertEqual(401, worker.request("GET", "/function", connection=connection).status)
                self.assertEqual(
                    409, worker.request("GET", "/function", connection=connection, secret="an-Own_1").status
                )
            other.close()
            worker.secret = "an-Own_1"
            self.assertEqual(200, worker.load(self.everything).status)

    def test_a_secret_is_changed_once(self):
        with Worker(self.runtime) as worker:
            self.assertEqual(204, self.change(worker, SECRET, "first").status)
            self.assertEqual(401, self.change(worker, SECRET, "second").status)
            self.assertEqual(409, self.change(worker, "first", "second").status)
            self.assertEqual(409, worker.request("GET", "/function", secret="first").status)

    def test_what_is_no_secret_changes_nothing(self):
        with Worker(self.runtime) as worker:
            for new in None, "", "x" * 129, "with space", "dot.", "\xe4":
                with self.subTest(new=new):
                    answer = self.change(worker, SECRET, new)
                    self.assertEqual(400, answer.status)
                    self.assertNotIn(new or "no secret", answer.json["error"])
            self.assertEqual(204, self.change(worker, SECRET, "x" * 128).status)

    def test_a_worker_without_a_secret_may_get_one(self):
        with Worker(self.runtime, secret="") as worker:
            self.assertEqual(204, self.change(worker, None, "own").status)
            self.assertEqual(401, worker.request("GET", "/function", secret=None).status)
            self.assertEqual(409, worker.request("GET", "/function", secret="own").status)

    def test_a_secret_stays_once_a_function_is_loaded_or_being_loaded(self):
        content = self.package(self.hanging)
        headers = {**LOAD, "Authorization": "Bearer " + SECRET, "Qinling-Load-Timeout": "0.5"}
        headers["Qinling-Digest"] = hashlib.sha256(content).hexdigest()
        with Worker(self.runtime) as worker, contextlib.closing(worker.connect()) as loading:
            loading.request("PUT", "/function", content, headers)
            self.assertEqual(409, self.change(worker, SECRET, "late").status)
            self.assertEqual(422, loading.getresponse().status)
            self.assertEqual(200, worker.load(self.everything).status)
            self.assertEqual(409, self.change(worker, SECRET, "late").status)
            self.assertServes(worker)


def headers(id):
    return {"Authorization": "Bearer " + SECRET, "Qinling-Execution": id, "Qinling-Timeout": "20"}


CHUNKED = b"POST /ping HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
OWN_SECRET = {"Qinling-Secret": "own"}
EXECUTE = {"Qinling-Execution": "x", "Qinling-Timeout": "5"}
LOAD = {
    "Qinling-Function": "f",
    "Qinling-Version": "0",
    "Qinling-Digest": "0" * 64,
    "Qinling-Memory": "1000000",
    "Qinling-Load-Timeout": "1",
}


class LoadRules:
    def assertNotLoaded(self, worker, output, content, status=422, **load):
        answer = worker.load(content, **load)
        self.assertEqual(status, answer.status, answer.body)
        if status == 422:
            self.assertEqual({"output", "logs"}, set(answer.json))
            self.assertRegex(answer.json["output"], output)
        return answer.json

    def test_a_worker_survives_what_cannot_be_loaded(self):
        link = zipfile.ZipInfo("main" + self.extension)
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        name = "main" + self.extension
        with Worker(self.runtime) as worker:
            for what, output, content in (
                ("no zip file", "not a zip file", b"this is no zip file, and long enough to be one"),
                ("empty", "not a zip file", b""),
                ("cut", "not a zip file", self.everything[:-30]),
                ("damaged", "damaged|zip file", self.everything[:60] + b"\0" * 40 + self.everything[100:]),
                ("absolute", "outside", package({"/etc/x": "", name: ""})),
                ("parent", "outside", package({"a/../../x": "", name: ""})),
                ("link", "neither file nor folder", package({link: "/etc/passwd"})),
                ("no module", "main", package({"other.txt": ""})),
                ("no function", "no function main", self.package("")),
            ):
                with self.subTest(what):
                    self.assertNotLoaded(worker, output, content)
                    self.assertEqual(409, worker.execute().status)
            self.assertNotLoaded(worker, None, self.everything, 400, digest="0" * 64)
            self.assertNotLoaded(worker, "not_there", self.everything, entry="main.not_there")
            self.assertEqual(409, worker.request("GET", "/function").status)
            self.assertEqual(200, worker.load(self.everything, function="f").status)
            self.assertEqual(
                {"function": "f", "version": 0, "digest": hashlib.sha256(self.everything).hexdigest()},
                worker.request("GET", "/function").json)
            self.assertServes(worker)
            self.assertEqual(409, worker.load(self.everything).status)

    def test_an_unpacked_size_over_the_limit_is_refused(self):
        with Worker(self.runtime) as worker:
            self.assertNotLoaded(worker, "larger than 524288000 bytes", zip_bomb(600 * MIB))

    def test_import_that_raises_answers_with_its_text_and_logs(self):
        with Worker(self.runtime) as worker:
            answer = self.assertNotLoaded(worker, "^no luck$", self.package(self.raising))
            self.assertIn("said before", answer["logs"])
            self.assertIn("no luck", answer["logs"].replace("said before", ""))
            self.assertIn("main" + self.extension, answer["logs"])
            self.assertNotLoaded(worker, self.syntax_error, self.package(self.broken))

    def test_import_that_exits_or_crashes(self):
        with Worker(self.runtime) as worker:
            self.assertNotLoaded(worker, "exit", self.package(self.exiting))
            self.assertNotLoaded(worker, "^" + RESOURCES, self.package(self.killing))
            self.assertEqual(200, worker.load(self.everything).status)

    def test_import_has_a_time_limit_and_does_not_stop_pings(self):
        with Worker(self.runtime) as worker:
            connection = worker.connect()
            answers = []
            load = threading.Thread(target=lambda: answers.append(worker.load(self.package(self.hanging), timeout=3)))
            load.start()
            pings = 0
            while load.is_alive():
                self.assertEqual(b"pong", worker.request("GET", "/ping", connection=connection).body)
                pings += 1
            connection.close()
            self.assertEqual(422, answers[0].status)
            self.assertEqual("Function could not be loaded within 3 seconds.", answers[0].json["output"])
            self.assertGreater(pings, 2)
            self.assertEqual(200, worker.load(self.everything).status)

    def test_import_has_the_memory_limit_of_the_function(self):
        with Worker(self.runtime) as worker:
            answer = worker.load(self.package(self.allocating), memory=64 * MIB)
            self.assertEqual(422, answer.status)
            self.assertIn(RESOURCES, answer.json["output"])

    def test_the_entry_is_split_at_the_last_dot(self):
        files = {"folder/inner" + self.extension: self.answering % "'inner'", "folder/__init__.py": ""}
        with Worker(self.runtime) as worker:
            self.assertEqual(200, worker.load(package(files), entry="folder.inner.handle").status)
            self.assertEqual("inner", worker.run()["output"])

    def test_a_package_may_have_modules_named_like_the_runtime_s_own(self):
        names = "server", "worker", "executor", "frame", "package", "log", "slot", "linux"
        files = {name + self.extension: self.answering % repr(name) for name in names}
        files["main" + self.extension] = self.importing_all % list(names)
        with Worker(self.runtime) as worker:
            self.assertEqual(200, worker.load(package(files), entry="main.handle").status)
            self.assertEqual(list(names), worker.run()["output"])

    def test_executable_files_stay_executable(self):
        tool = zipfile.ZipInfo("tool")
        tool.external_attr = 0o755 << 16
        content = package({tool: "#!/bin/sh\necho the tool ran\n", "main" + self.extension: self.running_tool})
        with Worker(self.runtime) as worker:
            self.assertEqual(200, worker.load(content).status)
            self.assertIn("the tool ran\n", worker.run()["logs"])


def zip_bomb(size):
    """A small zip file whose one member says that it is `size` bytes long."""
    content = bytearray(package({"zeros": ""}))
    directory = content.rindex(b"PK\1\2")
    content[directory + 24 : directory + 28] = size.to_bytes(4, "little")
    return bytes(content)


class CallRules:
    def test_the_answer_has_four_parts(self):
        answer = self.worker.run("echo", "some-id", value={"a": [1, None, "ü"]})
        self.assertEqual({"output", "duration", "logs", "success"}, set(answer))
        self.assertEqual({"a": [1, None, "ü"]}, answer["output"])
        self.assertIs(True, answer["success"])
        self.assertEqual("Start execution: some-id\nFinished execution: some-id\n", answer["logs"])
        self.assertLess(answer["duration"], 5)
        self.assertEqual(round(answer["duration"], 3), answer["duration"])

    def test_every_kind_of_result(self):
        for value in None, True, 0, -1.5, "", "text", [], {}, [[{"a": None}]], "\U0001f600 \u2028 \\ \" \0":
            with self.subTest(value=value):
                self.assertEqual(value, self.worker.run("echo", value=value)["output"])

    def test_lone_surrogates_do_not_break_the_answer(self):
        answer = self.worker.execute(body=b'{"input": {"do": "echo", "value": "\\ud800"}}')
        self.assertEqual("\ud800", answer.json["output"])
        answer = self.worker.execute(body=b'{"input": {"do": "fail", "text": "\\ud800"}}')
        self.assertEqual(self.error_text("\ud800"), answer.json["output"])

    def test_a_body_that_is_no_object_is_refused(self):
        for body in b"", b"{", b"[]", b"1", b"null", b'"x"', b"\xff", b'{"input": []}', b'{"input": 1}':
            with self.subTest(body=body):
                answer = self.worker.execute(body=body)
                self.assertEqual(400, answer.status)
                self.assertIsInstance(answer.json["error"], str)
        self.assertServes()

    def test_a_deeply_nested_body_does_no_harm(self):
        self.worker.execute(body=b'{"input": ' + b'{"a":' * 100000 + b"1" + b"}" * 100001)
        self.assertServes()

    def test_a_large_input_and_result(self):
        value = "x" * (MIB - 10)
        self.assertEqual(value, self.worker.run("echo", value=value)["output"])

    def test_a_result_over_the_limit_is_refused(self):
        answer = self.worker.run("result", size=MIB + 1)
        self.assertFails("Function result is larger than 1048576 bytes.", answer)

    def test_what_is_no_json_is_refused(self):
        for name in self.not_json:
            with self.subTest(name):
                answer = self.worker.run(name)
                self.assertFalse(answer["success"])
                self.assertIn("cannot be written as JSON", answer["output"])
        self.assertServes()

    def test_an_exception_is_the_output_and_its_trace_in_the_log(self):
        answer = self.worker.run("fail", "e-1", text="no such thing")
        self.assertIn("no such thing", answer["logs"])
        self.assertIn("main" + self.extension, answer["logs"])
        self.assertTrue(answer["logs"].endswith("\nFinished execution: e-1\n"))
        self.assertFails(self.error_text("no such thing"), answer)

    def test_endless_recursion_is_an_exception(self):
        answer = self.worker.run("recurse")
        self.assertIn(self.recursion_error, answer["output"])
        self.assertFails(answer["output"], answer)

    def test_an_executor_is_reused(self):
        first, second = self.executor(), self.executor()
        self.assertEqual(first["pid"], second["pid"])
        self.assertEqual(first["calls"] + 1, second["calls"])

    def test_the_environment_has_nothing_of_the_worker(self):
        seen = self.worker.run("environment")["output"]
        self.assertEqual("seen", seen["now"]["CANARY"])
        self.assertEqual([], [name for name in seen["now"] if name.startswith("QINLING_WORKER_")])
        self.assertNotIn("QINLING_WORKER_", seen["at_start"])
        self.assertNotIn(SECRET, seen["at_start"])
        for folder in seen["cwd"], seen["now"]["HOME"], seen["now"]["TMPDIR"]:
            self.assertEqual(self.worker.scratch, folder)


    def test_the_secret_is_in_no_environment(self):
        found = self.worker.run("peek", text=SECRET)["output"]
        self.assertGreater(len(found), 1)
        self.assertNotIn(True, found)


class LogRules:
    def test_stdout_stderr_and_subprocesses_are_logged_in_order(self):
        answer = self.worker.run("speak", "speech")
        self.assertEqual(
            "Start execution: speech\nto stdout\nto stderr\nfrom a process\nits error\nwithout an end\n"
            "Finished execution: speech\n",
            answer["logs"],
        )
        self.assertServes()

    def test_a_long_log_is_cut(self):
        answer = self.worker.run("write", "long", text="0123456789abcde\n", times=200000)
        self.assertEqual(
            "Start execution: long\n" + "0123456789abcde\n" * 65536
            + "\n... log cut at 1048576 bytes\nFinished execution: long\n",
            answer["logs"],
        )
        self.assertTrue(answer["success"])
        self.assertServes()

    def test_a_log_of_exactly_the_limit_is_whole(self):
        answer = self.worker.run("write", "exact", text="0123456789abcde\n", times=65536)
        self.assertEqual(
            "Start execution: exact\n" + "0123456789abcde\n" * 65536 + "Finished execution: exact\n", answer["logs"]
        )

    def test_limits_are_those_of_the_load_and_characters_stay_whole(self):
        with self.loaded_worker(max_log=100, max_result=50) as worker:
            answer = worker.run("write", "u", text="€", times=50)
            self.assertEqual(
                "Start execution: u\n" + "€" * 33 + "\n... log cut at 100 bytes\nFinished execution: u\n",
                answer["logs"],
            )
            self.assertFails("Function result is larger than 50 bytes.", worker.run("result", size=49), worker)
            self.assertEqual("x" * 48, worker.run("result", size=48)["output"])

    def test_output_before_a_kill_is_kept(self):
        answer = self.worker.run("spin", "spin", timeout=2)
        self.assertEqual("Start execution: spin\nspinning\n", answer["logs"])
        self.assertFails(TIMEOUT, answer)

    def test_concurrent_executions_share_no_output(self):
        names = "one", "two"
        running = [
            self.worker.start("wait", id=name, started="started-" + name, until="go", text="I am " + name)
            for name in names
        ]
        for name in names:
            self.worker.wait_for("started-" + name)
        self.worker.touch("go")
        for name, one in zip(names, running):
            answer = one.answer()
            self.assertEqual("I am " + name, answer["output"])
            self.assertEqual(
                "Start execution: %s\nI am %s\nFinished execution: %s\n" % (name, name, name), answer["logs"]
            )


class SlotRules:
    def test_when_all_slots_are_busy_the_next_is_refused(self):
        running = [self.worker.start("wait", started="busy-%d" % i, until="free") for i in range(2)]
        for i in range(2):
            self.worker.wait_for("busy-%d" % i)
        answer = self.worker.execute({"do": "echo"})
        again = self.worker.execute({"do": "echo"}, running[0].id)
        self.worker.touch("free")
        for one in running:
            self.assertTrue(one.answer()["success"])
        self.assertEqual((429, 409), (answer.status, again.status))
        self.assertServes()

    def test_a_cancelled_execution_is_killed(self):
        running = self.worker.start("wait", started="cancel-on", until="never")
        self.worker.wait_for("cancel-on")
        answer = self.worker.request("DELETE", "/executions/" + running.id)
        self.assertEqual((204, b""), (answer.status, answer.body))
        self.assertFails(CANCELLED, running.answer())
        self.assertEqual(404, self.worker.request("DELETE", "/executions/" + running.id).status)

    def test_a_timeout_kills(self):
        began = time.monotonic()
        answer = self.worker.run("wait", started="slow", until="never", timeout=0.25)
        self.assertLess(time.monotonic() - began, 5)
        self.assertGreaterEqual(answer["duration"], 0.25)
        self.assertNotIn("Finished", answer["logs"])
        self.assertFails(TIMEOUT, answer)

    def test_the_other_slot_goes_on_while_one_is_killed(self):
        running = self.worker.start("wait", started="other-on", until="other-off", text="kept")
        self.worker.wait_for("other-on")
        self.assertFails(TIMEOUT, self.worker.run("spin", timeout=0.2))
        self.worker.touch("other-off")
        self.assertEqual("kept", running.answer()["output"])


class ProcessRules:
    def test_leftover_processes_are_killed_and_the_executor_is_replaced(self):
        for detached in False, True:
            with self.subTest(detached=detached):
                pid = self.assertReplacedBy("leave_process", detached=detached)["output"]
                self.assertFalse(alive(pid))

    def test_a_kill_reaches_all_descendants(self):
        for detached in False, True:
            with self.subTest(detached=detached):
                name = "spinning-%s" % detached
                running = self.worker.start("leave_process_and_spin", detached=detached, file=name)
                self.worker.wait_for(name)
                with open(self.worker.path(name)) as file:
                    pid = int(file.read())
                self.assertTrue(alive(pid))
                self.worker.request("DELETE", "/executions/" + running.id)
                self.assertFalse(alive(pid))
                self.assertFails(CANCELLED, running.answer())

    def test_background_work_ends_with_its_execution(self):
        pid = self.assertReplacedBy("leave_background")["output"]
        self.assertFalse(alive(pid))

    def test_a_process_that_waited_for_its_children_is_reused(self):
        before = self.executor()["pid"]
        self.worker.run("speak")
        self.assertEqual(before, self.executor()["pid"])

    def test_a_process_that_ends_itself(self):
        self.assertFails("Function process ended with exit code 3.", self.worker.run("crash", code=3))
        self.assertFails("Function process ended with exit code 0.", self.worker.run("crash", code=0))
        self.assertFails(RESOURCES, self.worker.run("kill", number=signal.SIGKILL))
        self.assertFails("Function process was killed by SIGSEGV.", self.worker.run("kill", number=signal.SIGSEGV))

    def test_closed_output_is_there_again(self):
        self.worker.run("close_output")
        answer = self.worker.run("write", "again", text="back\n", times=1)
        self.assertEqual("Start execution: again\nback\nFinished execution: again\n", answer["logs"])

    def test_a_disturbed_connection_replaces_the_executor(self):
        answer_like = "\0\0\0\x02\x7f\0\0\0%c42" % self.success_kind
        for message in "hello, is this the right number?", "short", answer_like, 2 * answer_like:
            with self.subTest(message=message):
                self.assertNotEqual(42, self.assertReplacedBy("disturb", message=message)["output"])

    def test_limits(self):
        expected = {"NOFILE": 1024, "NPROC": 128, "FSIZE": 524288000, "CORE": 0}
        both = {name: [limit, limit] for name, limit in expected.items()}
        self.assertEqual(both, self.worker.run("limits")["output"])

    def test_too_many_open_files(self):
        answer = self.assertReplacedBy("open_files")
        self.assertFalse(answer["success"])
        self.assertRegex(answer["output"], self.too_many_files)

    def test_a_file_that_gets_too_large(self):
        self.assertEqual(524288000, self.worker.run("write_far", offset=524287999)["output"])
        answer = self.worker.run("write_far", offset=524288000)
        self.assertRegex(answer["output"], "(?i)file too large")
        self.assertFails(answer["output"], answer)

    def test_the_number_of_processes_is_a_setting(self):
        for setting, expected in (100, [100, 100]), (0, list(resource.getrlimit(resource.RLIMIT_NPROC))):
            with self.subTest(setting), self.loaded_worker(settings={"processes": setting}) as worker:
                self.assertEqual(expected, worker.run("limits")["output"]["NPROC"])

    @unittest.skipUnless(AS_ROOT, "another user's process limit")
    def test_too_many_processes(self):
        answer = self.worker.run("start_processes")
        self.assertRegex(answer["output"], self.too_many_processes)
        self.assertFails(answer["output"], answer)

    def test_memory(self):
        with self.loaded_worker(memory=128 * MIB) as worker:
            self.assertEqual(64 * MIB, worker.run("allocate", size=64 * MIB)["output"])
            self.assertFails(RESOURCES, worker.run("allocate", size=256 * MIB), worker)

    def test_processor_time(self):
        """Two slots of 150 thousandths each: 0.3 seconds a second for all that runs in the worker."""
        with self.loaded_worker(cpu=150) as worker:
            for in_child in False, True:
                with self.subTest(in_child=in_child):
                    answer = worker.run("burn", seconds=0.6, in_child=in_child)
                    self.assertTrue(answer["success"], answer)
                    # What is used within the first moments is used before anybody looks.
                    self.assertGreater(answer["duration"], 1.5)
            burning = worker.start("burn", seconds=10, timeout=2)
            self.assertServes(worker)
            self.assertFails(TIMEOUT, burning.answer(), worker)
            burning = worker.start("burn", seconds=10)
            eventually(lambda: any(state(pid) == "T" for pid in descendants(worker.process.pid)), "all has stopped")
            self.assertEqual(204, worker.request("DELETE", "/executions/" + burning.id).status)
            self.assertFails(CANCELLED, burning.answer(), worker)
            self.assertFails(TIMEOUT, worker.run("storm", timeout=2), worker)
            eventually(lambda: not any(state(pid) == "T" for pid in descendants(worker.process.pid)), "all goes on")

    @unittest.skipUnless(AS_ROOT and os.path.isdir("/sys/fs/cgroup/memory"), "cgroup v1 and root")
    def test_cgroups(self):
        with cgroups(2) as folders:
            description = Worker(self.runtime)
            limit = description.memory_overhead + 64 * MIB
            description.close()
            for index in range(2):
                write_file(os.path.join(folders["memory"], "slot-%d" % index, "memory.limit_in_bytes"), limit)
            settings = {"cgroups": ":".join(folders.values())}
            with self.loaded_worker(settings=settings, memory=64 * MIB) as worker:
                self.assertServes(worker)
                place = worker.run("cgroup")["output"]
                for controller, folder in folders.items():
                    self.assertIn(":%s:/%s/slot-0\n" % (controller, os.path.basename(folder)), place)
                self.assertEqual(60 * MIB, worker.run("allocate", size=60 * MIB)["output"])
                self.assertFails(RESOURCES, worker.run("allocate", size=256 * MIB), worker)
                running = worker.start("wait", started="first-on", until="first-off")
                worker.wait_for("first-on")
                self.assertIn("/slot-1\n", worker.run("cgroup")["output"])
                self.assertFails(RESOURCES, worker.run("allocate", size=256 * MIB), worker)
                worker.touch("first-off")
                self.assertTrue(running.answer()["success"])

    def test_a_terminated_worker_leaves_no_process(self):
        worker = self.loaded_worker()
        self.addCleanup(worker.close)
        running = worker.start("leave_process_and_spin", detached=True, file="pid")
        worker.wait_for("pid")
        pids = descendants(worker.process.pid)
        with open(worker.path("pid")) as file:
            pids.add(int(file.read()))
        self.assertGreaterEqual(len(pids), 2)
        worker.process.terminate()
        self.assertEqual(0, worker.process.wait(10))
        self.assertEqual([], [pid for pid in pids if alive(pid)])
        self.assertIsNone(running.answer())

    def test_executors_end_with_a_worker_that_is_killed(self):
        worker = self.loaded_worker()
        self.addCleanup(worker.close)
        running = worker.start("spin", started="spinning")
        worker.wait_for("spinning")
        pids = descendants(worker.process.pid)
        self.assertTrue(pids)
        worker.process.kill()
        worker.process.wait()
        self.assertIsNone(running.answer())
        eventually(lambda: not any(alive(pid) for pid in pids), "all processes have ended")

    @unittest.skipUnless(AS_ROOT, "unshare and setpriv need root")
    def test_as_first_process_of_a_namespace_of_its_own(self):
        with self.loaded_worker(isolated=True) as worker:
            self.assertServes(worker)
            self.assertFails(TIMEOUT, worker.run("spin", timeout=0.2), worker)
            self.assertTrue(worker.run("leave_process", detached=True)["success"])
            self.assertServes(worker)
            self.assertNotIn(True, worker.run("peek", text=SECRET)["output"])
            eventually(lambda: not any(map(is_zombie, descendants(worker.process.pid))), "orphans are reaped")
            running = worker.start("spin", started="spinning")
            worker.wait_for("spinning")
            began = time.monotonic()
            worker.terminate()
            self.assertEqual(0, worker.process.wait(10))
            self.assertLess(time.monotonic() - began, 5)
            self.assertIsNone(running.answer())


@contextlib.contextmanager
def cgroups(slots):
    """Folders of cgroup v1 with slots that the worker's user may enter."""
    name = "qinling-test-%d" % os.getpid()
    folders = {controller: "/sys/fs/cgroup/%s/%s" % (controller, name) for controller in ("memory", "cpu", "pids")}
    try:
        for folder in folders.values():
            for index in range(slots):
                slot = os.path.join(folder, "slot-%d" % index)
                os.makedirs(slot)
                os.chown(os.path.join(slot, "cgroup.procs"), USER, USER)
        yield folders
    finally:
        for folder in folders.values():
            for index in range(slots):
                slot = os.path.join(folder, "slot-%d" % index)
                eventually(lambda: remove_cgroup(slot), "the cgroup is empty")
            remove_cgroup(folder)


def remove_cgroup(folder):
    try:
        os.rmdir(folder)
    except FileNotFoundError:
        pass
    except OSError:
        return False
    return True


def write_file(path, value):
    with open(path, "w") as file:
        file.write(str(value))


class AllRules(HttpRules, SecretRules, LoadRules, CallRules, LogRules, SlotRules, ProcessRules, Contract):
    pass


class TestPython(AllRules, unittest.TestCase):
    runtime = "python3"
    extension = ".py"
    success_kind = 2
    not_json = "cycle", "unknown_type", "not_a_number"
    recursion_error = "maximum recursion depth exceeded"
    too_many_files = "Too many open files"
    too_many_processes = "^" + RESOURCES + "$"
    raising = "print('said before')\nraise ValueError('no luck')\n"
    broken = "def main(:\n"
    syntax_error = "invalid syntax"
    exiting = "import sys\nsys.exit(4)\n"
    killing = "import os\nos.kill(os.getpid(), 9)\n"
    hanging = "while True: pass\n"
    allocating = "x = bytearray(b'x') * (256 << 20)\ndef main(context): pass\n"
    answering = "def handle(context): return %s\n"
    importing_all = "import importlib\nnames = %s\ndef handle(context):\n"
    importing_all += "    return [importlib.import_module(name).handle(context) for name in names]\n"
    running_tool = "import os, subprocess\nhere = os.path.dirname(__file__)\n"
    running_tool += "def main(context): subprocess.run([here + '/tool'], check=True)\n"

    def load_source(self, source, **more):
        worker = Worker(self.runtime)
        self.addCleanup(worker.close)
        answer = worker.load(package({"main.py": source, **more}))
        self.assertEqual(200, answer.status, answer.body)
        return worker

    def test_call_forms(self):
        worker = self.load_source("def main(*positional, **named):\n    return [list(positional), named]\n")
        context = {"context": {"os_session": None}}
        for input, positional, named in (
            (None, [], {}),
            ({}, [], {}),
            ({"a": 1}, [], {"a": 1}),
            ({"__function_input": "x", "a": 1}, ["x"], {"a": 1}),
            ({"__function_input": ""}, [], {}),
            ({"context": "replaced"}, [], {}),
        ):
            with self.subTest(input=input):
                self.assertEqual([positional, {**named, **context}], worker.execute(input).json["output"])

    def test_a_function_learns_of_the_trace_that_it_is_part_of(self):
        worker = self.load_source("def main(context):\n    return sorted(context), context.get('traceparent')\n")
        for session in {}, {"auth_url": "http://k", "token": "t"}:
            with self.subTest(session=session):
                answer = worker.execute(context={**session, "traceparent": "00-1-2-01"})
                self.assertEqual([["os_session", "traceparent"], "00-1-2-01"], answer.json["output"])
        self.assertEqual([["os_session"], None], worker.execute().json["output"])

    def test_a_session_is_made_of_the_token_and_never_of_a_password(self):
        identity = "class Token:\n    def __init__(self, *args, **named): self.given = [list(args), named]\n"
        session = "class Session:\n    def __init__(self, auth, verify): self.given = [auth.given, verify]\n"
        worker = self.load_source(
            "import sys\nearly = 'keystoneauth1' in sys.modules\n"
            "def main(context):\n    s = context['os_session']\n    return [early, s and s.given]\n",
            **{
                "keystoneauth1/__init__.py": "",
                "keystoneauth1/identity/__init__.py": "",
                "keystoneauth1/identity/v3.py": identity,
                "keystoneauth1/session.py": session,
            },
        )
        context = {"auth_url": "http://k", "token": "t", "project_id": "p", "password": "never"}
        self.assertEqual([False, None], worker.execute().json["output"])
        self.assertEqual([False, None], worker.execute(context={"auth_url": "http://k"}).json["output"])
        expected = [["http://k", "t"], {"project_id": "p"}]
        self.assertEqual([False, [expected, True]], worker.execute(context=context).json["output"])
        context["cafile"] = "/ca"
        self.assertEqual([False, [expected, "/ca"]], worker.execute(context=context).json["output"])

    def test_the_keystone_library_is_loaded_for_those_who_want_a_session(self):
        library = {
            "keystoneauth1/__init__.py": "",
            "keystoneauth1/identity/__init__.py": "",
            "keystoneauth1/identity/v3.py": "class Token:\n    def __init__(self, *args, **named): pass\n",
            "keystoneauth1/session.py": "def Session(auth, verify): return 'session'\n",
        }
        worker = self.load_source(
            "import sys\nimport copy\n"
            "READ = {\n"
            "  'nothing': lambda c: None, 'keys': lambda c: list(c.keys()), 'len': len,\n"
            "  'in': lambda c: 'os_session' in c, 'item': lambda c: c['os_session'],\n"
            "  'get': lambda c: c.get('os_session'), 'dict': dict, 'stars': lambda c: {**c},\n"
            "  'items': lambda c: list(c.items()), 'values': lambda c: list(c.values()),\n"
            "  'pop': lambda c: c.pop('os_session'), 'copy': lambda c: c.copy(), 'deep': copy.deepcopy,\n"
            "  'or': lambda c: c | {}, 'ror': lambda c: {} | c, 'equal': lambda c: c == {'os_session': 'session'},\n"
            "  'call': lambda c: (lambda os_session: os_session)(**c), 'itself': lambda c: c,\n"
            "}\n"
            "def main(how, context):\n"
            "    read = READ[how](context)\n"
            "    return [read, 'keystoneauth1' in sys.modules]\n",
            **library,
        )
        context = {"auth_url": "http://k", "token": "t"}
        for how, read in (("nothing", None), ("keys", ["os_session"]), ("len", 1), ("in", True)):
            with self.subTest(how):
                self.assertEqual([read, False], worker.execute({"how": how}, context=context).json["output"])
        whole = {"os_session": "session"}
        for how, read in (
            ("item", "session"),
            ("get", "session"),
            ("dict", whole),
            ("stars", whole),
            ("items", [["os_session", "session"]]),
            ("values", ["session"]),
            ("pop", "session"),
            ("copy", whole),
            ("deep", whole),
            ("or", whole),
            ("ror", whole),
            ("equal", True),
            ("call", "session"),
            ("itself", whole),
        ):
            with self.subTest(how):
                output = worker.execute({"how": how}, context=context).json["output"]
                self.assertEqual(read, output[0])

    def test_without_the_keystone_library_there_is_no_session(self):
        worker = self.load_source(
            "def main(context):\n    return context\n", **{"keystoneauth1/__init__.py": "raise ImportError"}
        )
        context = {"auth_url": "http://k", "token": "t"}
        self.assertEqual({"os_session": None}, worker.execute(context=context).json["output"])

    def test_json_text_has_python_s_separators(self):
        self.assertIn(b'{"output": {"a": [1, 2]}, ', self.worker.execute({"do": "echo", "value": {"a": [1, 2]}}).body)

    def test_sys_exit(self):
        self.assertFails("Function called sys.exit(3)", self.worker.run("exit", code=3))
        self.assertFails("Function called sys.exit(None)", self.worker.run("exit", code=None))

    def test_exceptions_of_any_kind(self):
        self.assertFails("interrupted", self.worker.run("base_exception"))
        self.assertFails("Unprintable", self.worker.run("unprintable_exception"))
        self.assertFails(RESOURCES, self.worker.run("memory_error"))
        self.assertFails(RESOURCES, self.worker.run("no_resource"))

    def test_a_forked_copy_gives_no_second_answer(self):
        self.assertEqual("returned", self.worker.run("fork_and_return")["output"])
        self.assertServes()

    def test_a_pending_alarm_does_not_reach_the_next_execution(self):
        self.assertReplacedBy("alarm")
        self.assertReplacedBy("handle_alarm")

    def test_a_replaced_or_closed_stdout_is_there_again(self):
        for name in "replace_stdout", "close_stdout":
            with self.subTest(name):
                self.assertTrue(self.worker.run(name)["success"])
                self.assertIn("\nback\n", self.worker.run("write", text="back\n", times=1)["logs"])

    def test_a_process_that_closes_all_its_files(self):
        answer = self.worker.run("close_everything")
        self.assertFails(answer["output"], answer)

    def test_the_current_folder_is_reset(self):
        self.worker.run("change_folder")
        self.assertEqual(self.worker.scratch, self.worker.run("environment")["output"]["cwd"])

    def test_a_killed_zygote_is_replaced(self):
        answer = self.worker.run("stop_zygote")
        self.assertFails(RESOURCES, answer)


class TestNode(AllRules, unittest.TestCase):
    runtime = "nodejs"
    extension = ".js"
    success_kind = 5
    not_json = "cycle", "big_integer"
    recursion_error = "Maximum call stack size exceeded"
    too_many_files = "EMFILE: too many open files"
    too_many_processes = "EAGAIN|" + RESOURCES
    raising = "console.log('said before');\nthrow new Error('no luck');\n"
    broken = "exports.main = (;\n"
    syntax_error = "Unexpected token"
    exiting = "process.exit(4);\n"
    killing = "process.kill(process.pid, 'SIGKILL');\nfor (;;);\n"
    hanging = "for (;;);\n"
    allocating = "exports.main = () => 1;\nconst all = [];\n"
    allocating += "for (let i = 0; i < 256; i++) all.push(Buffer.alloc(1 << 20, 'x'));\n"
    answering = "exports.handle = () => %s;\n"
    importing_all = "const names = %s;\nexports.handle = () => names.map((name) => require('./' + name).handle());\n"
    running_tool = "exports.main = () => {\n"
    running_tool += "  require('child_process').execFileSync(__dirname + '/tool', { stdio: 'inherit' });\n};\n"

    def error_text(self, text):
        return "Function invocation error: " + text

    def test_call_form(self):
        with Worker(self.runtime) as worker:
            self.assertEqual(200, worker.load(package({"main.js": "exports.main = (...all) => all;"})).status)
            for input in None, {}, {"a": 1}, {"__function_input": "x"}:
                with self.subTest(input=input):
                    answer = worker.execute(input, context={"auth_url": "http://k", "token": "t"})
                    self.assertEqual([{}, input], answer.json["output"])
            answer = worker.execute({"a": 1}, context={"token": "t", "traceparent": "00-1-2-01"})
            self.assertEqual([{"traceparent": "00-1-2-01"}, {"a": 1}], answer.json["output"])

    def test_module_kinds(self):
        module = "export const main = async () => 'module';\n"
        for what, files, entry in (
            ("mjs", {"main.mjs": module}, None),
            ("type module", {"main.js": module, "package.json": '{"type": "module"}'}, None),
            ("default", {"main.mjs": "export default { main: () => 'module' };"}, None),
            ("nested", {"a/b.js": "exports.main = () => 'module';"}, "a/b.main"),
            ("index", {"main/index.js": "exports.main = () => 'module';"}, None),
            ("dotted", {"a.b.js": "exports.main = () => 'module';"}, "a.b.main"),
        ):
            with self.subTest(what), Worker(self.runtime) as worker:
                answer = worker.load(package(files), entry)
                self.assertEqual(200, answer.status, answer.body)
                self.assertEqual("module", worker.run()["output"])

    def test_no_result_is_null(self):
        answer = self.worker.run("nothing")
        self.assertEqual((True, None), (answer["success"], answer["output"]))

    def test_what_is_thrown_need_not_be_an_error(self):
        self.assertFails(self.error_text("just text"), self.worker.run("throw_text"))

    def test_errors_that_nobody_caught(self):
        self.assertFails(self.error_text("out of nowhere"), self.worker.run("uncaught"))
        self.assertFails(self.error_text("nobody handled it"), self.worker.run("unhandled"))

    def test_a_signal_opens_no_debugger(self):
        with self.loaded_worker() as worker:
            os.kill(worker.process.pid, signal.SIGUSR1)
            self.assertServes(worker)
            worker.errors.seek(0)
            self.assertEqual(b"", worker.errors.read())

    def test_a_leftover_thread_replaces_the_executor(self):
        self.assertFalse(alive(self.assertReplacedBy("leave_worker")["output"]))


if __name__ == "__main__":
    unittest.main()
