# SPDX-License-Identifier: Apache-2.0
"""Measures what several engines on etcd cost and how they take over from each other. Called by bench.sh."""

import asyncio
import collections
import contextlib
import http.client
import itertools
import json
import pathlib
import re
import statistics
import subprocess
import sys
import time
import urllib.request

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "e2e"))

from cluster import Cluster  # noqa: E402  It lies with the tests, which need it as well.
from harness import wait_for, zip_of  # noqa: E402

HELLO = zip_of("def main(name='World', **kwargs):\n    return {'hello': name}\n")
BUSY = zip_of("import time\ndef main(**kwargs):\n    time.sleep(0.05)\n")
# What is measured is the cost of coordination, not the limits for a chaos run.
OPTIONS = {
    "engine": {"max_workers_per_function": 10, "function_service_expiration": 3600, "queue_length": 200},
    "local": {"max_workers": 200}}
CLIENTS = 32


def show(what, found, wanted=""):
    print(f"  {what:<52} {found:<34} {wanted}", flush=True)


class Caller:
    """Calls functions by the first api, over a connection of its own."""

    def __init__(self, cluster):
        self.port = cluster.apis[0].service.port
        self.client = cluster.apis[0].client
        self.runtime = self.client.new_runtime()

    def create(self, package=HELLO, **fields):
        created = self.client.upload(package, runtime_id=self.runtime, cpu=300, **fields)
        assert created.status == 201, created
        return created.json["id"]

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def call(self, function, connection):
        """The milliseconds it took, and whether it succeeded."""
        body = json.dumps({"function_id": function, "input": '{"name": "bench"}'})
        started = time.perf_counter()
        connection.request("POST", "/v1/executions", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        content = answer.read()
        took = (time.perf_counter() - started) * 1e3
        return took, answer.status == 201 and json.loads(content)["status"] == "success"

    def warm(self, function, count=200):
        """Milliseconds of warm calls."""
        with contextlib.closing(self.connect()) as connection:
            times = [self.call(function, connection) for _ in range(count)]
        assert all(succeeded for _, succeeded in times)
        return [took for took, _ in times]

    def load(self, functions, seconds, clients=CLIENTS):
        output = subprocess.run(
            ["wrk", "-t1", f"-c{clients}", f"-d{seconds}s", "--timeout", "30s", "-s",
             TOP / "deploy/bench/execute.lua", f"http://127.0.0.1:{self.port}/v1/executions", "--", *functions],
            check=True, capture_output=True, text=True).stdout
        return json.loads(re.search(r"^RESULT (.*)$", output, re.M)[1])

    def rate(self, functions, seconds):
        result = self.load(functions, seconds)
        assert result["failed"] + result["lost"] == 0, result
        return result["ok"] / result["seconds"]


def etcd_requests(cluster):
    """Calls that the members were sent so far, by method."""
    total = collections.Counter()
    for member in cluster.etcd.members:
        with urllib.request.urlopen(f"{member.url}/metrics") as answer:
            for method, count in re.findall(
                    r'^grpc_server_started_total.*grpc_method="(\w+)".* (\S+)$', answer.read().decode(), re.M):
                total[method] += int(float(count))
    return total


def measure_etcd(cluster, caller):
    """Leases are renewed and watches are checked all the time; what counts is what calls add to that."""
    function = caller.create()
    caller.load([function], 5)  # Afterwards it has all the workers that it needs.
    before = etcd_requests(cluster)
    time.sleep(10)
    idle = etcd_requests(cluster) - before
    before = etcd_requests(cluster)
    calls = caller.load([function], 10)["ok"]
    busy = etcd_requests(cluster) - before
    show(f"etcd requests in 10 s without a call, and with {calls}", f"{idle.total()}, {busy.total()}",
         f"0 for 1,000 calls: {max(0, busy.total() - idle.total()) / calls * 1000:.1f}")


def measure_many(caller, seconds):
    functions = [caller.create() for _ in range(100)]
    for function in functions:
        caller.warm(function, 1)
    caller.load(functions, seconds)
    one, many = [], []
    for _ in range(3):
        one.append(caller.rate(functions[:1], seconds))
        many.append(caller.rate(functions, seconds))
    one, many = statistics.median(one), statistics.median(many)
    show("one function, and 100 at random", f"{one:.0f}/s, {many:.0f}/s", f">= 80 % of one: {many / one:.0%}")


async def open_loop(port, function, rate, seconds):
    """(milliseconds, status) of calls that come at a fixed rate, whatever becomes of those before."""
    body = json.dumps({"function_id": function})
    request = (f"POST /v1/executions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: close\r\n"
               f"Content-Length: {len(body)}\r\n\r\n{body}").encode()
    results = []

    async def call():
        started = time.perf_counter()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request)
        answer = await reader.read()
        writer.close()
        results.append(((time.perf_counter() - started) * 1e3, int(answer.split(b" ", 2)[1])))

    begun = time.perf_counter()
    tasks = []
    for i in range(int(rate * seconds)):
        await asyncio.sleep(max(0, begun + i / rate - time.perf_counter()))
        tasks.append(asyncio.create_task(call()))
    await asyncio.gather(*tasks)
    return results


def measure_overload(caller, seconds):
    """A function whose workers are busy for 50 ms a call; so the host's processors are not what is short."""
    function = caller.create(BUSY)
    caller.load([function], seconds)
    result = caller.load([function], seconds)
    bearable = result["ok"] / result["seconds"]
    results = asyncio.run(open_loop(caller.port, function, 2 * bearable, seconds))
    succeeded = sum(status == 201 for _, status in results)
    refused = [took for took, status in results if status == 429]
    others = len(results) - succeeded - len(refused)
    assert others == 0, f"{others} of {len(results)} were neither run nor refused"
    show("bearable load, and goodput under twice as much", f"{bearable:.0f}/s, {succeeded / seconds:.0f}/s",
         f">= 90 %: {succeeded / seconds / bearable:.0%}")
    if refused:
        show("refusals", f"{len(refused)}, p50 {statistics.median(refused):.0f} ms, "
             f"p99 {sorted(refused)[int(len(refused) * 0.99)]:.0f} ms", "<= 100 ms")


def owner_of(cluster, function):
    name = cluster.etcd.members[0].keys().get(f"/qinling/v1/owners/{function}/0")
    return next((engine for engine in cluster.engines if engine.name == name), None)


def measure_takeover(cluster, caller):
    takeovers, firsts = [], []
    for _ in range(3):
        functions = [caller.create() for _ in range(4)]
        for function in functions:
            caller.warm(function, 20)
        owners = {function: owner_of(cluster, function) for function in functions}
        # One shows when the engine is replaced, another what its first call costs from then on.
        first, second = next(pair for pair in itertools.combinations(functions, 2)
                             if owners[pair[0]] is owners[pair[1]])
        owner = owners[first]
        warm = statistics.median(caller.warm(second))
        killed = time.monotonic()
        owner.service.kill()
        with contextlib.closing(caller.connect()) as connection:
            while not caller.call(first, connection)[1]:
                pass
            takeovers.append(time.monotonic() - killed)
            took, succeeded = caller.call(second, connection)
        assert succeeded
        firsts.append(took - warm)
        owner.service.start()
        owner.service.wait_ready(owner.is_ready)
    show("a killed engine's function is served again", f"at most {max(takeovers):.1f} s", "<= 12 s")
    show("the first call of another, beyond a warm one", f"at most {max(firsts):.1f} ms", "<= 100 ms")


def measure_engines(seconds):
    rates = {}
    for engines in 1, 3:
        with Cluster(engines=engines, apis=1, members=1, options=OPTIONS) as cluster:
            cluster.start()
            caller = Caller(cluster)
            functions = [caller.create() for _ in range(12)]
            for function in functions:
                caller.warm(function, 1)
            for _ in range(3):
                caller.load(functions, seconds)
            rates[engines] = statistics.median(caller.rate(functions, seconds) for _ in range(3))
            if engines == 3:
                measure_takeover(cluster, caller)
            else:
                measure_etcd(cluster, caller)
                measure_many(caller, seconds)
                measure_overload(caller, seconds)
    show("12 functions on one engine, and on three", f"{rates[1]:.0f}/s, {rates[3]:.0f}/s",
         f"<= 15 % less: {1 - rates[3] / rates[1]:.0%}")


if __name__ == "__main__":
    print("Several engines, on etcd and MariaDB")
    measure_engines(int(sys.argv[1]))
