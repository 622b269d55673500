# SPDX-License-Identifier: Apache-2.0
"""How functions behave when they run through the whole product."""

import json
import os
import time

from harness import (
    IDLE_EXPIRATION, IMAGES, MAX_WORKERS, MIB, QUEUE_LENGTH, SLOTS, Concurrently, Qinling, QinlingTest,
    wait_for, zip_of)

TOO_MUCH = "Function execution failed because of too much resource consumption"
TIMEOUT = "Function execution timeout."

PYTHON = """\
import os, signal, subprocess, sys, time
import beside

def main(case, context=None, **kwargs):
    return globals()[case](**kwargs)

def fine():
    return "fine"

def neighbour():
    return beside.VALUE

def stderr():
    print("to stdout")
    print("to stderr", file=sys.stderr)
    os.write(1, b"raw\\n")
    subprocess.run(["echo", "from a child"])

def unfinished_line():
    print("no end of line", end="")

def raises():
    print("before")
    raise ValueError("went wrong")

def loops():
    print("looping", flush=True)
    while True:
        pass

def sleeps(seconds):
    time.sleep(seconds)
    return seconds

def allocates(mebibytes):
    return len(bytearray(os.urandom(1024)) * 1024 * mebibytes)

def forks():
    while True:
        if os.fork() == 0:
            time.sleep(60)

def opens():
    return len([open("/dev/null") for _ in range(2000)])

def writes_much():
    with open("large", "wb") as file:
        file.seek(600 * 1024 * 1024)
        file.write(b"x")

def writes_some():
    with open("kept", "ab") as file:
        file.write(b"x" * 1024)
    return os.path.getsize("kept")

def exits():
    sys.exit(3)

def exits_at_once():
    os._exit(3)

def kills_itself():
    os.kill(os.getpid(), signal.SIGKILL)

def crashes():
    os.kill(os.getpid(), signal.SIGSEGV)

def has_a_child_killed():
    child = subprocess.Popen(["sleep", "60"])
    child.kill()
    return child.wait()

def leaves_a_daemon():
    subprocess.Popen(["sleep", "61"], start_new_session=True)
    return "left"

def returns_an_object():
    return object()

def returns_a_set_inside():
    return {"a": {1}}

def returns_text(length):
    return "x" * length

def prints_text(length):
    print("y" * length)

def returns_all_kinds():
    return {"none": None, "bool": True, "int": 2 ** 53, "float": 0.5, "list": [1, [2]], "text": "\\u2603"}

def unicode(text):
    print(text)
    return text + "\\U0001f600"
"""

NODEJS = """\
const { execSync } = require("child_process");
const beside = require("./beside");
const cases = {
  fine: () => "fine",
  neighbour: () => beside.VALUE,
  shows: (input, context) => ({ input, context }),
  stderr: () => {
    console.log("to stdout");
    console.error("to stderr");
    execSync("echo from a child", { stdio: "inherit" });
  },
  raises: () => { console.log("before"); throw new Error("went wrong"); },
  rejects: async () => { throw new Error("rejected"); },
  loops: () => { console.log("looping"); for (;;) {} },
  sleeps: input => new Promise(done => setTimeout(() => done(input.seconds), input.seconds * 1000)),
  allocates: input => {
    const kept = [];
    for (let i = 0; i < input.mebibytes; i++) kept.push(Buffer.alloc(1 << 20, 1));
    return kept.length;
  },
  exits: () => process.exit(3),
  kills_itself: () => new Promise(() => process.kill(process.pid, "SIGKILL")),
  returns_a_bigint: () => 1n,
  returns_a_circle: () => { const a = {}; a.a = a; return a; },
  returns_nothing: () => {},
  returns_text: input => "x".repeat(input.length),
  prints_text: input => { console.log("y".repeat(input.length)); },
  unicode: input => { console.log(input.text); return input.text + "\\u{1f600}"; },
};
exports.main = (context, input) => cases[input.case](input, context);
"""


class FunctionTest(QinlingTest):
    def case(self, case, **arguments):
        return self.q.run(self.f, {"case": case, **arguments})

    def assertFine(self):
        self.assertOutput(self.case("fine"), "success", "fine")

    def assertLog(self, execution, *lines, finished=True):
        start, end = f"Start execution: {execution['id']}", f"Finished execution: {execution['id']}"
        wanted = [start, *lines, *([end] if finished else [])]
        self.assertEqual(self.q.log(execution["id"]).splitlines(), wanted)


class BehaviourContract:
    """What holds for functions of every runtime, and that the next execution works after each."""

    def tearDown(self):
        self.assertFine()
        super().tearDown()

    def test_sources_may_have_many_files(self):
        self.assertOutput(self.case("neighbour"), "success", "beside")

    def test_unicode(self):
        text = "Grüße \u2603 \U0001f680"
        execution = self.case("unicode", text=text)
        self.assertOutput(execution, "success", text + "\U0001f600")
        self.assertLog(execution, text)

    def test_an_endless_loop_times_out(self):
        # Given
        self.q.put(f"/v1/functions/{self.f}", {"timeout": 1})
        self.addCleanup(self.q.put, f"/v1/functions/{self.f}", {"timeout": 5})

        # When
        execution = self.case("loops")

        # Then
        self.assertOutput(execution, "failed", TIMEOUT)
        self.assertGreaterEqual(execution["result"]["duration"], 1)
        self.assertLess(execution["result"]["duration"], 3)
        self.assertLog(execution, "looping", finished=False)

    def test_a_timeout_leaves_what_is_shorter(self):
        self.assertOutput(self.case("sleeps", seconds=0.2), "success", 0.2)

    def test_too_much_memory(self):
        self.assertOutput(self.case("allocates", mebibytes=300), "failed", TOO_MUCH)

    def test_a_killed_process(self):
        self.assertOutput(self.case("kills_itself"), "failed", TOO_MUCH)

    def test_results_up_to_1_mib(self):
        # The result is JSON, so there are two quotes.
        execution = self.case("returns_text", length=MIB - 2)
        self.assertOutput(execution, "success", "x" * (MIB - 2))
        execution = self.case("returns_text", length=MIB - 1)
        self.assertOutput(execution, "failed", f"Function result is larger than {MIB} bytes.")

    def test_logs_up_to_1_mib(self):
        execution = self.case("prints_text", length=MIB // 2)
        self.assertLog(execution, "y" * (MIB // 2))
        execution = self.case("prints_text", length=2 * MIB)
        log = self.q.log(execution["id"])
        start = f"Start execution: {execution['id']}\n"
        end = f"\n... log cut at {MIB} bytes\nFinished execution: {execution['id']}\n"
        self.assertEqual(execution["status"], "success")
        self.assertEqual((log[:len(start)], log[-len(end):]), (start, end))
        self.assertEqual(log[len(start):-len(end)].strip("y"), "")
        self.assertAlmostEqual(len(log), MIB, delta=len(start) + len(end))


class TestPython(BehaviourContract, FunctionTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        sources = {"main.py": PYTHON, "beside.py": "VALUE = 'beside'\n"}
        cls.f = cls.q.upload(sources).json["id"]
        cls.addClassCleanup(cls.q.delete, f"/v1/functions/{cls.f}")

    def test_all_output_is_the_log(self):
        execution = self.case("stderr")
        self.assertOutput(execution, "success", None)
        log = self.q.log(execution["id"]).splitlines()
        self.assertEqual(log[0], f"Start execution: {execution['id']}")
        self.assertEqual(log[-1], f"Finished execution: {execution['id']}")
        self.assertCountEqual(log[1:-1], ["to stdout", "to stderr", "raw", "from a child"])

    def test_an_unfinished_line(self):
        execution = self.case("unfinished_line")
        self.assertIn("no end of line", self.q.log(execution["id"]))

    def test_an_exception(self):
        execution = self.case("raises")
        self.assertOutput(execution, "failed", "went wrong")
        log = self.q.log(execution["id"])
        self.assertIn("before\nTraceback (most recent call last):\n", log)
        self.assertIn("ValueError: went wrong", log)
        self.assertTrue(log.endswith(f"Finished execution: {execution['id']}\n"), log)

    def test_fork_bombs(self):
        # The second meets what the first has left, if anything.
        for _ in range(2):
            execution = self.case("forks")
            self.assertEqual(execution["status"], "failed")
            # A kernel that leaves killed processes throttled lets it run into its timeout.
            self.assertIn(execution["result"]["output"], (TOO_MUCH, TIMEOUT))

    def test_too_many_open_files(self):
        execution = self.case("opens")
        self.assertEqual(execution["status"], "failed")
        self.assertIn("Too many open files", execution["result"]["output"])

    def test_a_file_that_is_too_large(self):
        self.assertOutput(self.case("writes_much"), "failed", "[Errno 27] File too large")

    def test_files_stay_while_the_worker_does(self):
        sizes = [self.case("writes_some")["result"]["output"] for _ in range(2)]
        self.assertEqual(sizes[1] - sizes[0], 1024)

    def test_sys_exit(self):
        self.assertOutput(self.case("exits"), "failed", "Function called sys.exit(3)")

    def test_an_ended_process(self):
        self.assertOutput(
            self.case("exits_at_once"), "failed", "Function process ended with exit code 3.")

    def test_a_crash(self):
        self.assertOutput(
            self.case("crashes"), "failed", "Function process was killed by SIGSEGV.")

    def test_a_killed_child_is_the_functions_own_matter(self):
        self.assertOutput(self.case("has_a_child_killed"), "success", -9)

    def test_nothing_outlives_an_execution(self):
        execution = self.case("leaves_a_daemon")
        self.assertOutput(execution, "success", "left")
        commands = []
        for pid in self.q.worker_processes():
            try:
                with open(f"/proc/{pid}/cmdline") as file:
                    commands.append(file.read())
            except FileNotFoundError:
                pass
        self.assertNotIn("sleep\x0061\x00", commands)

    def test_results_that_are_no_json(self):
        for case in ("returns_an_object", "returns_a_set_inside"):
            with self.subTest(case):
                execution = self.case(case)
                self.assertEqual(execution["status"], "failed")
                self.assertRegex(
                    execution["result"]["output"], "^Function result cannot be written as JSON: ")

    def test_results_of_all_kinds(self):
        self.assertOutput(
            self.case("returns_all_kinds"), "success",
            {"none": None, "bool": True, "int": 2 ** 53, "float": 0.5, "list": [1, [2]],
             "text": "\u2603"})


class TestNodejs(BehaviourContract, FunctionTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        sources = {"main.js": NODEJS, "beside.js": "exports.VALUE = 'beside';\n"}
        cls.f = cls.q.upload(sources, "nodejs", memory_size=str(128 * MIB)).json["id"]
        cls.addClassCleanup(cls.q.delete, f"/v1/functions/{cls.f}")

    def test_input_and_context(self):
        self.assertOutput(
            self.case("shows", a=[1]), "success",
            {"input": {"case": "shows", "a": [1]}, "context": {}})

    def test_the_positional_argument_is_not_unwrapped(self):
        function = self.function(
            {"main.js": "exports.main = (context, input) => input;\n"}, "nodejs")
        self.assertOutput(self.q.run(function, "text"), "success", {"__function_input": "text"})
        self.assertOutput(self.q.run(function), "success", None)

    def test_all_output_is_the_log(self):
        execution = self.case("stderr")
        self.assertOutput(execution, "success", None)
        self.assertCountEqual(
            self.q.log(execution["id"]).splitlines(),
            [f"Start execution: {execution['id']}", "to stdout", "to stderr", "from a child",
             f"Finished execution: {execution['id']}"])

    def test_an_exception(self):
        execution = self.case("raises")
        self.assertOutput(execution, "failed", "Function invocation error: went wrong")
        log = self.q.log(execution["id"])
        self.assertIn("before\nError: went wrong\n", log)
        self.assertTrue(log.endswith(f"Finished execution: {execution['id']}\n"), log)

    def test_a_rejection(self):
        self.assertOutput(
            self.case("rejects"), "failed", "Function invocation error: rejected")

    def test_an_ended_process(self):
        self.assertOutput(self.case("exits"), "failed", "Function process ended with exit code 3.")

    def test_results_that_are_no_json(self):
        for case in ("returns_a_bigint", "returns_a_circle"):
            with self.subTest(case):
                execution = self.case(case)
                self.assertEqual(execution["status"], "failed")
                self.assertRegex(
                    execution["result"]["output"], "^Function result cannot be written as JSON: ")

    def test_no_result(self):
        self.assertOutput(self.case("returns_nothing"), "success", None)


class TestLoading(FunctionTest):
    def test_arguments_and_context(self):
        function = self.function(
            "def main(*args, context, **kwargs): return [args, kwargs, context]\n")
        context = {"os_session": None}
        for sent, output in [
                (None, [[], {}, context]), ({"a": 1, "b": [2]}, [[], {"a": 1, "b": [2]}, context]),
                ("text", [["text"], {}, context]), ("6", [["6"], {}, context]),
                ({"__function_input": "x", "k": 1}, [["x"], {"k": 1}, context])]:
            with self.subTest(sent):
                self.assertOutput(self.q.run(function, sent), "success", output)

    def test_handlers_elsewhere(self):
        sources = {"__init__.py": "", "pkg/__init__.py": "", "pkg/mod.py": "def go(**k): return 'deep'\n"}
        self.assertOutput(self.q.run(self.function(sources, entry="pkg.mod.go")), "success", "deep")
        sources = {"lib/mod.mjs": "export const go = () => 'module';\n"}
        function = self.function(sources, "nodejs", entry="lib/mod.go")
        self.assertOutput(self.q.run(function), "success", "module")

    def test_code_that_cannot_be_loaded(self):
        for kind, sources, fields, output, log in [
                ("python3", "import nothing_of_this_name\n", {}, "nothing_of_this_name",
                 "ModuleNotFoundError"),
                ("python3", "print('importing')\n1 / 0\n", {}, "division by zero", "importing"),
                ("python3", "def main(:\n", {}, "invalid syntax", "SyntaxError"),
                ("python3", "def other(**k): pass\n", {}, "main", None),
                ("python3", {"other.py": ""}, {}, "main", None),
                ("python3", "main = 5\n", {}, "main", None),
                ("python3", "import sys; sys.exit(1)\n", {}, "", None),
                ("nodejs", {"main.js": "require('nothing-of-this-name')\n"}, {},
                 "nothing-of-this-name", "nothing-of-this-name"),
                ("nodejs", {"main.js": "exports.other = () => 1\n"}, {}, "main", None),
                ("nodejs", {"other.js": ""}, {}, "main", None),
                ("nodejs", {"main.js": "exports.main = (=> 1\n"}, {}, "", "SyntaxError")]:
            with self.subTest(f"{kind} {sources}"):
                function = self.function(sources, kind, **fields)
                execution = self.q.run(function)
                self.assertEqual(execution["status"], "failed", execution)
                self.assertIn(output, execution["result"]["output"])
                self.assertTrue(execution["result"]["output"])
                if log:
                    self.assertIn(log, self.q.log(execution["id"]))
                # A better package is all that it takes.
                better = zip_of({"main.py": "def main(**k): return 'ok'\n",
                                 "main.js": "exports.main = () => 'ok'\n"})
                answer = self.q.send_form(
                    "PUT", f"/v1/functions/{function}", {}, [("package", "p.zip", better)])
                self.assertEqual(answer.status, 200)
                self.assertOutput(self.q.run(function), "success", "ok")

    def test_an_import_without_end_is_ended(self):
        function = self.function("while True: pass\n")
        execution = self.q.run(function)
        self.assertEqual(execution["status"], "failed")
        self.assertTrue(execution["result"]["output"])

    def test_package_tricks(self):
        # A member that points out of the package must not be unpacked.
        function = self.function({"main.py": "def main(**k): return 1\n", "../../escaped.py": "x"})
        execution = self.q.run(function)
        self.assertEqual(execution["status"], "failed")
        # Folders of other workers may go meanwhile.
        self.assertEqual([folder for folder, _, files in os.walk(self.q.folder) if "escaped.py" in files], [])


class TestConcurrency(FunctionTest):
    SLEEPS = "import time\ndef main(seconds=1, **k): time.sleep(seconds); return seconds\n"

    CHATTER = {
        "python3": {"main.py": """\
import time
def main(word, **kwargs):
    for i in range(20):
        print(word, i, flush=True)
        time.sleep(0.01)
"""},
        "nodejs": {"main.js": """\
exports.main = async (context, { word }) => {
  for (let i = 0; i < 20; i++) {
    console.log(word, i);
    await new Promise(done => setTimeout(done, 10));
  }
};
"""}}

    def run_at_once(self, function, count, **input):
        return Concurrently([lambda: self.q.run(function, input)] * count).results()

    def test_three_at_once_share_a_worker(self):
        function = self.function(self.SLEEPS)
        executions = self.run_at_once(function, SLOTS)
        self.assertEqual([each["status"] for each in executions], ["success"] * SLOTS)
        self.assertEqual(len(self.q.workers(function)), 1)

    def test_six_at_once_take_two_workers(self):
        # Given free workers, since a second one that comes late finds nothing to do
        function = self.function(self.SLEEPS)
        pool = f"/v1/runtimes/{self.q.runtime()}/pool"
        wait_for(lambda: self.q.get(pool).json["capacity"]["available"] >= 2, "free workers", 60)

        # When / Then
        executions = self.run_at_once(function, 2 * SLOTS, seconds=2)
        self.assertEqual([each["status"] for each in executions], ["success"] * 2 * SLOTS)
        self.assertEqual(len(self.q.workers(function)), 2)

    def test_logs_do_not_mix(self):
        for kind, files in self.CHATTER.items():
            with self.subTest(kind):
                function = self.function(files, kind)
                self.q.run(function, {"word": "warm"})
                words = [f"word{i}" for i in range(6)]
                executions = Concurrently([
                    lambda word=word: self.q.run(function, {"word": word})
                    for word in words]).results()
                for word, execution in zip(words, executions):
                    self.assertEqual(execution["status"], "success")
                    self.assertLog(execution, *(f"{word} {i}" for i in range(20)))

    def test_a_burst_beyond_the_limits_is_refused_and_leaves_nothing(self):
        # Given a function with all the workers that it may have
        function = self.function(self.SLEEPS)
        self.q.post(f"/v1/functions/{function}/scale_up", {"count": MAX_WORKERS})
        wait_for(lambda: len(self.q.workers(function)) == MAX_WORKERS, "all workers")
        capacity = MAX_WORKERS * SLOTS + QUEUE_LENGTH

        # When more is called at once than can run and wait
        answers = Concurrently(
            [lambda: self.q.execute(function, {"seconds": 2})] * (capacity + 8)).results()

        # Then exactly the rest is refused
        accepted = [answer for answer in answers if answer.status == 201]
        refused = [answer for answer in answers if answer.status != 201]
        self.assertEqual(len(accepted), capacity)
        self.assertEqual({answer.json["status"] for answer in accepted}, {"success"})
        for answer in refused:
            self.assertEqual(answer.status, 429, answer)
            self.assertGreaterEqual(int(answer.headers["Retry-After"]), 1)
            self.assertEqual(answer.headers["Content-Type"], "application/json")
            self.assertEqual(answer.json["faultcode"], "Client")
        listed = self.q.list("executions", f"?function_id={function}")
        self.assertCountEqual(
            [row["id"] for row in listed], [answer.json["id"] for answer in accepted])
        self.assertEqual(len(self.q.workers(function)), MAX_WORKERS)

    def test_asynchronous_executions_run_and_succeed(self):
        function = self.function(self.SLEEPS)
        made = [self.q.execute(function, {"seconds": 0.5}, sync=False) for _ in range(8)]
        self.assertEqual({answer.status for answer in made}, {201})
        self.assertEqual({answer.json["status"] for answer in made}, {"running"})
        for answer in made:
            self.assertOutput(self.q.wait_ended(answer.json["id"]), "success", 0.5)

    def test_asynchronous_executions_outlast_a_burst(self):
        # More than can run and wait: the rest is tried again until it has run.
        function = self.function(self.SLEEPS)
        count = MAX_WORKERS * SLOTS + QUEUE_LENGTH + 8
        made = Concurrently(
            [lambda: self.q.execute(function, {"seconds": 0.3}, sync=False)] * count).results()
        self.assertEqual({answer.status for answer in made}, {201})
        for answer in made:
            self.assertOutput(self.q.wait_ended(answer.json["id"]), "success", 0.3)


class TestSharedCapacity(FunctionTest):
    """An engine of its own, with room for few workers."""

    WORKERS = 3
    FUNCTION = "import time\ndef main(seconds=0, **k):\n    time.sleep(seconds)\n    return seconds\n"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.q = Qinling({
            "engine": {"function_service_expiration": 3600, "function_concurrency": 1,
                       "project_concurrency": 6, "project_queue_length": 4,
                       # As long as workers of earlier tests may take to end.
                       "queue_timeout": "30s", "start_allowance": "45s"},
            "local": {"max_workers": cls.WORKERS, "pool_size": 1}})
        cls.addClassCleanup(cls.q.end)
        cls.q.start()

    def test_idle_workers_of_one_function_make_room_for_another(self):
        # Given
        first = self.function(self.FUNCTION, timeout="30")
        calls = Concurrently([lambda: self.q.run(first, {"seconds": 5})] * self.WORKERS)
        wait_for(lambda: len(self.q.workers(first)) == self.WORKERS, "all workers are held")
        calls.results()
        second = self.function(self.FUNCTION)

        # When / Then
        self.assertOutput(self.q.run(second), "success", 0)
        self.assertEqual(len(self.q.workers(second)), 1)

    def test_a_flood_of_one_function_leaves_room_for_another(self):
        # Given
        first, second = self.function(self.FUNCTION, timeout="30"), self.function(self.FUNCTION)
        flood = Concurrently([lambda: self.q.run(first, {"seconds": 5})] * 5)
        wait_for(lambda: len(self.q.workers(first)) == self.WORKERS, "all workers are held")

        # When / Then
        self.assertOutput(self.q.run(second), "success", 0)
        self.assertEqual({each["status"] for each in flood.results()}, {"success"})

    def test_what_was_accepted_runs_the_code_that_replaced_its_own(self):
        # Given
        flood, replaced = self.function(self.FUNCTION, timeout=60), self.function("def main(**k): return 'old'\n")
        kept = set(self.q.stored_packages())
        runs = Concurrently([lambda: self.q.run(flood, {"seconds": 12})] * self.WORKERS)
        wait_for(lambda: len(self.q.workers(flood)) == self.WORKERS, "all workers are held")

        # When
        accepted = self.q.execute(replaced, sync=False)
        self.assertEqual(accepted.status, 201, accepted)
        self.assertJson(self.q.upload_again(replaced, "def main(**k): return 'new'\n"))
        wait_for(lambda: not kept.issubset(self.q.stored_packages()), "the old code is gone")

        # Then
        self.assertEqual(self.q.get(f"/v1/executions/{accepted.json['id']}").json["status"], "running")
        self.assertOutput(self.q.wait_ended(accepted.json["id"]), "success", "new")
        self.assertEqual({each["status"] for each in runs.results()}, {"success"})

    def test_a_project_is_refused_what_is_beyond_its_limits(self):
        function = self.function(self.FUNCTION, timeout="30")
        answers = Concurrently(
            [lambda: self.q.execute(function, {"seconds": 4})] * 14).results()
        refused = [answer for answer in answers if answer.status != 201]
        self.assertEqual(len(refused), 4)
        for answer in refused:
            self.assertEqual(answer.status, 429, answer)
            self.assertIn("project", answer.json["faultstring"])
            self.assertGreaterEqual(int(answer.headers["Retry-After"]), 1)


class TestLifetimes(FunctionTest):
    def version(self, name):
        return f"def main(**k): return {name!r}\n"

    def upload_again(self, function, sources):
        self.assertJson(self.q.upload_again(function, sources))

    def test_an_update_of_code_takes_effect_at_the_next_call(self):
        function = self.function(self.version("v0"))
        for i in range(5):
            self.assertOutput(self.q.run(function), "success", f"v{i}")
            self.upload_again(function, self.version(f"v{i + 1}"))
        self.assertOutput(self.q.run(function), "success", "v5")

    def test_an_update_of_the_entry_takes_effect_at_the_next_call(self):
        function = self.function("def main(**k): return 1\ndef other(**k): return 2\n")
        self.assertOutput(self.q.run(function), "success", 1)
        self.q.put(f"/v1/functions/{function}", {"entry": "main.other"})
        self.assertOutput(self.q.run(function), "success", 2)

    def test_an_update_of_memory_takes_effect_at_the_next_call(self):
        function = self.function("def main(**k): return len(bytearray(b'x' * 1024) * 1024 * 60)\n")
        self.assertOutput(self.q.run(function), "failed", TOO_MUCH)
        self.q.put(f"/v1/functions/{function}", {"memory_size": 128 * MIB})
        self.assertOutput(self.q.run(function), "success", 60 * MIB)

    def test_an_update_of_the_timeout_takes_effect_at_the_next_call(self):
        function = self.function("import time\ndef main(**k): time.sleep(1.5)\n", timeout="1")
        self.assertOutput(self.q.run(function), "failed", TIMEOUT)
        self.q.put(f"/v1/functions/{function}", {"timeout": 4})
        self.assertOutput(self.q.run(function), "success", None)

    def test_a_new_name_keeps_the_workers(self):
        function = self.function(self.version("v"))
        self.q.run(function)
        workers = self.q.workers(function)
        self.q.put(f"/v1/functions/{function}", {"name": "n", "description": "d", "timeout": 6})
        self.q.run(function)
        self.assertEqual(self.q.workers(function), workers)

    def test_an_update_removes_the_old_package(self):
        others = set(self.q.stored_packages())
        function = self.function(self.version("old package"))
        old = set(self.q.stored_packages()) - others
        self.assertEqual(len(old), 1)
        self.upload_again(function, self.version("new package"))
        self.assertOutput(self.q.run(function), "success", "new package")
        wait_for(lambda: not old & set(self.q.stored_packages()), "the old package is gone", 30)

    def test_idle_workers_are_given_back(self):
        # Given
        function = self.function(self.version("v"))
        self.q.run(function)
        called = time.monotonic()

        # When
        wait_for(lambda: not self.q.workers(function), "no worker", 3 * IDLE_EXPIRATION)

        # Then
        self.assertGreater(time.monotonic() - called, IDLE_EXPIRATION - 1)
        self.assertOutput(self.q.run(function), "success", "v")

    def test_deletion_removes_workers_and_package(self):
        # Given two functions of the same package
        before = self.q.stored_packages()
        sources = self.version("the same")
        package = zip_of(sources)
        first, second = self.function(package), self.function(package)
        for function in (first, second):
            self.assertOutput(self.q.run(function), "success", "the same")
        self.assertEqual(len(self.q.stored_packages()), len(before) + 1)

        # When one is deleted
        self.q.delete(f"/v1/functions/{first}")

        # Then the other has all it needs
        wait_for(lambda: not self.q.workers(first), "no worker")
        self.q.post(f"/v1/functions/{second}/detach", {})
        self.assertOutput(self.q.run(second), "success", "the same")
        self.q.delete(f"/v1/functions/{second}")
        self.assertEqual(self.q.stored_packages(), before)

    def test_the_image_of_a_runtime_changes_when_no_worker_is_bound(self):
        # Given a runtime of its own with a function that is not called
        runtime = self.q.new_runtime()
        path = f"/v1/runtimes/{runtime}"
        self.addCleanup(self.q.delete, path)
        function = self.function(self.version("v"), runtime_id=runtime)
        self.assertOutput(self.q.run(function), "success", "v")

        # When a worker is bound, then it cannot change
        other = "openstackqinling/python-runtime"
        self.assertEqual(self.q.put(path, {"image": other}).status, 403)
        self.assertEqual(self.q.get(path).json["image"], IMAGES["python3"])

        # When none is, then it can, and nothing runs meanwhile
        self.q.post(f"/v1/functions/{function}/detach", {})
        wait_for(lambda: self.q.get(path + "/pool").json["capacity"] == {"total": 2, "available": 2},
                 "no bound worker")
        upgrading = self.q.put(path, {"image": other})
        meanwhile = self.q.execute(function)
        self.assertEqual(upgrading.status, 200, upgrading)
        self.assertEqual((upgrading.json["status"], upgrading.json["image"]), ("upgrading", other))
        self.assertEqual(meanwhile.status, 409, meanwhile)
        wait_for(lambda: self.q.status_of("runtimes", runtime) == "available", "the new image", 60)
        self.assertOutput(self.q.run(function), "success", "v")

        # And when the new one does not work, the old one is restored
        self.q.post(f"/v1/functions/{function}/detach", {})
        wait_for(lambda: self.q.get(path + "/pool").json["capacity"]["available"] == 2, "free")
        wait_for(lambda: self.q.get(path + "/pool").json["capacity"]["total"] == 2, "free")
        self.assertEqual(self.q.put(path, {"image": "nobody/has-this"}).json["status"], "upgrading")
        wait_for(lambda: self.q.status_of("runtimes", runtime) == "available", "the old image", 60)
        self.assertEqual(self.q.get(path).json["image"], other)
        self.assertOutput(self.q.run(function), "success", "v")

        # And it stays while it has a function
        self.assertEqual(self.q.delete(path).status, 403)


class TestLocalWorkers(FunctionTest):
    """Workers that are processes of this host, with a folder each."""

    SOURCES = "def main(**k): return 1\n"

    def test_a_worker_leaves_no_folder(self):
        for ending in "idle", "deleted":
            with self.subTest(ending):
                function = self.function(self.SOURCES)
                self.q.run(function)
                (worker,) = self.q.workers(function)
                self.assertEqual(len(self.folders(worker)), 1)

                if ending == "deleted":
                    self.q.delete(f"/v1/functions/{function}")

                wait_for(lambda: not self.folders(worker), "the worker's folder is gone", 3 * IDLE_EXPIRATION)

    def folders(self, worker):
        return list((self.q.folder / "workers").glob(f"*/{worker}"))

    def test_a_deleted_runtime_has_no_workers(self):
        runtime = self.q.new_runtime()
        before = len(self.q.worker_processes())
        self.assertEqual(self.q.delete(f"/v1/runtimes/{runtime}").status, 204)
        wait_for(lambda: self.q.get(f"/v1/runtimes/{runtime}").status == 404, "it is gone")
        wait_for(lambda: self.q.get(f"/v1/runtimes/{runtime}/pool").status == 404, "so is its pool")
        wait_for(lambda: len(self.q.worker_processes()) < before, "fewer processes")
