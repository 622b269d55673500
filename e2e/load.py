# SPDX-License-Identifier: Apache-2.0
"""Calls that arrive at times of their own, whatever becomes of those before, and functions that write down when they ran."""

import asyncio
import collections
import dataclasses
import json
import random
import threading
import time
import uuid

from harness import Client, zip_of
from history import Call, Run

FUNCTIONS = 12
# This many of the functions have a version besides their newest code.
VERSIONED = 4
# How long calls run, in seconds, and how many of a hundred do so.
DURATIONS = {(0, 0.02): 60, (0.02, 0.2): 25, (0.2, 2): 12, (2, 6): 3}
TIMEOUT = 20
# Longer than an execution may take with its wait for a worker.
PATIENCE = 90

CODE = """\
import os
import time


def _write(*words):
    descriptor = os.open({log!r}, os.O_WRONLY | os.O_APPEND)
    try:
        os.write(descriptor, (" ".join(map(str, words)) + "\\n").encode())
    finally:
        os.close(descriptor)


def main(call, seconds=0, fails=False, **kwargs):
    run = [call, {function!r}, os.getcwd(), os.getpid()]
    _write("begins", *run, time.monotonic())
    time.sleep(seconds)
    _write("ends", *run, time.monotonic())
    if fails:
        raise ValueError("no good: " + call)
    return dict(function={function!r}, call=call)
"""


class Functions:
    """The functions of a run, by name and version as "f3/1", and what their workers wrote."""

    def __init__(self, folder):
        self.log = folder / "runs.log"
        self.log.touch()
        # Every worker has a user of its own.
        self.log.chmod(0o666)
        self.ids = {}
        self._runtime = None

    def create_all(self, client):
        self._runtime = client.new_runtime()
        for number in range(FUNCTIONS):
            self.create(client, f"f{number}", number < VERSIONED)

    def create(self, client, name, is_versioned=False):
        """Creates a function; raises when that is refused."""
        created = self._expect(201, client.upload(
            self._package(f"{name}/{int(is_versioned)}"), runtime_id=self._runtime, timeout=TIMEOUT))
        function = created.json["id"]
        if is_versioned:
            self._expect(201, client.publish(function))
            self.ids[f"{name}/1"] = function, 1
            self._expect(200, client.upload_again(function, self._package(f"{name}/0")))
        self.ids[f"{name}/0"] = function, 0

    def _package(self, function):
        return zip_of(CODE.format(log=str(self.log), function=function))

    def _expect(self, status, answer):
        if answer.status != status:
            raise RuntimeError(f"refused: {answer}")
        return answer

    def runs(self):
        """All that workers wrote so far."""
        found = {}
        for line in self.log.read_text().splitlines():
            what, call, function, folder, process, at = line.split()
            key = call, folder, process
            if what == "begins":
                # The folder is .../<engine>/workers/<instance>/<worker>/scratch.
                engine = folder.split("/workers/")[0].rpartition("/")[2]
                found.setdefault(key, []).append(Run(call, function, engine, folder, float(at)))
            else:
                found[key][-1].ended = float(at)
        return [run for runs in found.values() for run in runs]


@dataclasses.dataclass(frozen=True)
class Arrival:
    """A call of a plan, `at` seconds from its start."""

    at: float
    id: str
    function: str
    sync: bool
    duration: float
    fails: bool
    api: int


def plan(seed, seconds, rate, functions, apis):
    """Arrivals of a Poisson process: a function of the seed and the names of the functions."""
    random_numbers = random.Random(f"load {seed}")
    names = sorted(functions)
    arrivals = []
    at = 0
    while (at := at + random_numbers.expovariate(rate)) < seconds:
        duration = random_numbers.uniform(*random_numbers.choices(list(DURATIONS), DURATIONS.values())[0])
        arrivals.append(Arrival(
            at, str(uuid.UUID(int=random_numbers.getrandbits(128), version=4)), random_numbers.choice(names),
            random_numbers.random() < 0.5, round(duration, 4), random_numbers.random() < 0.05,
            random_numbers.randrange(apis)))
    return arrivals


class Load:
    """Makes calls, as a load balancer in front of the apis passes them on: who refuses a connection is passed over."""

    def __init__(self, functions, ports):
        self.calls = []
        self._functions = functions
        self._ports = ports
        self._thread = None

    def start(self, arrivals):
        """Calls as planned, from now on, in a thread of its own."""
        begin = time.monotonic()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run(arrivals, begin)), daemon=True)
        self._thread.start()
        return begin

    def wait(self):
        """Until each call has its answer or has waited for long enough."""
        self._thread.join()

    async def _run(self, arrivals, begin):
        tasks = []
        for arrival in arrivals:
            await asyncio.sleep(begin + arrival.at - time.monotonic())
            tasks.append(asyncio.create_task(self._call(arrival)))
        await asyncio.gather(*tasks)

    async def _call(self, arrival, **fields):
        """Makes a call and writes it down."""
        body = json.dumps({"call": arrival.id, "seconds": arrival.duration, "fails": arrival.fails})
        function, version = self._functions.ids[arrival.function]
        request = json.dumps({"id": arrival.id, "function_id": function, "function_version": version,
                              "sync": arrival.sync, "input": body}).encode()
        expected = (("failed", f"no good: {arrival.id}") if arrival.fails else
                    ("success", {"function": arrival.function, "call": arrival.id}))
        call = Call(arrival.id, arrival.function, arrival.sync, expected, time.monotonic(), **fields)
        self.calls.append(call)
        answer = 0
        for turn in range(len(self._ports)):
            api = (arrival.api + turn) % len(self._ports)
            call.api = f"api{api}"
            answer = await self._send(self._ports[api], request, call)
            if answer != 0:
                break
        call.ended = time.monotonic()
        call.answer = answer

    async def _send(self, port, request, call):
        """The status; 0 when nothing was sent, None when no whole answer came."""
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            return 0
        try:
            async with asyncio.timeout(PATIENCE):
                writer.write(
                    b"POST /v1/executions HTTP/1.1\r\nHost: qinling\r\nContent-Type: application/json\r\n"
                    b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(request) + request)
                head = (await reader.readuntil(b"\r\n\r\n")).decode().lower().splitlines()
                headers = dict(line.split(": ", 1) for line in head[1:] if line)
                body = json.loads(await reader.readexactly(int(headers["content-length"])))
        except (OSError, EOFError, TimeoutError):
            return None
        finally:
            writer.close()
        call.retry_after = "retry-after" in headers
        call.status = body.get("status")
        call.output = json.loads(body.get("result") or "{}").get("output")
        return int(head[0].split()[1])

    def probe(self, functions):
        """Calls each function once, now, and waits; there is no fault, so it must succeed."""
        async def all_at_once():
            await asyncio.gather(*(
                self._call(Arrival(0, str(uuid.uuid4()), function, True, 0, False, i % len(self._ports)),
                           must_succeed=True)
                for i, function in enumerate(functions)))

        asyncio.run(all_at_once())


class Uploads:
    """Creates a function every few seconds, whatever becomes of that."""

    def __init__(self, functions, ports, interval):
        self.answers = collections.Counter()
        self.created = []
        self._functions = functions
        self._clients = [Client(port) for port in ports]
        self._interval = interval
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self):
        self._thread.start()

    def stop(self):
        self._stopped.set()
        self._thread.join()

    def _run(self):
        number = 0
        while not self._stopped.wait(self._interval):
            name = f"new{number}"
            try:
                self._functions.create(self._clients[number % len(self._clients)], name)
                self.created.append(f"{name}/0")
                self.answers["created"] += 1
            except RuntimeError:
                self.answers["refused"] += 1
            except OSError:
                self.answers["without an answer"] += 1
            number += 1
