# SPDX-License-Identifier: Apache-2.0
"""Measures calls and cold starts of functions in a Kubernetes cluster. Called by bench.sh --kubernetes."""

import http.client
import os
import pathlib
import re
import statistics
import subprocess
import sys
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "e2e"))

from bench import Qinling, cold_starts, measure_cold, show  # noqa: E402
from kubernetes import kubernetes  # noqa: E402  It lies with the tests, which need it as well.

ROUNDS, CALLS = 100, 20
POOL = 3


def measure_warm(local, clustered):
    """Calls of the same function by turns: what the machine does meanwhile hits both."""
    times = {}
    sides = []
    for side, runtime in local, clustered:
        function = side.create_function(runtime)
        sides.append((side, function, http.client.HTTPConnection("127.0.0.1", side.port, timeout=60)))
    for round_ in range(ROUNDS):
        for side, function, connection in sides:
            took = [side.execute(function, connection)[0] for _ in range(CALLS)]
            if round_ >= ROUNDS // 2:
                times.setdefault(side, []).extend(took)
    near, far = (statistics.median(times[side]) for side, _, _ in sides)
    print(f"Warm calls (one client, {ROUNDS * CALLS // 2} of each kind by turns)")
    show("p50 with local workers, and with pods", f"{near:.2f} ms, {far:.2f} ms")
    show("pods add", f"{far - near:.2f} ms", "<= 1 ms")
    return sides[1]


def measure_requests(cluster, side, function, connection):
    """What the engine sends to the API server; what it hears there is for free."""
    before = bytes_sent(cluster, side)
    for _ in range(1000):
        side.execute(function, connection)
    sent = sum(count - before.get(local, 0) for local, count in bytes_sent(cluster, side).items())
    show("bytes to the API server during 1,000 warm calls", str(sent), "0")


def bytes_sent(cluster, side):
    """By connection."""
    port = re.search(r":(\d+)$", cluster.host)[1]
    sockets = subprocess.run(
        ["ss", "-tinpH", "state", "established", f"( dport = :{port} )"], check=True, capture_output=True, text=True).stdout
    # Two lines each: the addresses with the process, and the counters.
    pairs = zip(*[iter(sockets.splitlines())] * 2)
    return {addresses.split()[2]: int(re.search(r"bytes_sent:(\d+)", counters)[1]) for addresses, counters in pairs
            if f"pid={side.processes['engine'].pid}," in addresses}


def measure_writes(cluster, side, runtime):
    """Requests that change pods, without those of the cluster itself, which report their state."""
    before = claims(cluster)
    cold_starts(side, runtime, 10)
    show("claims of pods (PATCH) per cold start", f"{(claims(cluster) - before) / 10:.1f}", "<= 2")


def claims(cluster):
    metrics = cluster.kubectl("get", "--raw", "/metrics")
    return sum(float(line.split()[-1]) for line in metrics.splitlines()
               if line.startswith("apiserver_request_total{") and 'verb="PATCH"' in line
               and 'resource="pods"' in line and 'subresource=""' in line)


def settled(cluster):
    """Waits until no worker ends any more, and the kubelet has saved up what requests it may make at once."""
    while len(cluster.kubectl("get", "pods", "-o", "name").split()) > POOL:
        time.sleep(0.2)
    time.sleep(3)


def main():
    cluster = kubernetes()
    local = Qinling()
    clustered = Qinling({
        "engine": {"orchestrator": "kubernetes", "queue_timeout": "30s"},
        "kubernetes": {**cluster.settings(), "replicas": POOL, "worker_access": "pod_ip"}})
    print(f"Qinling on {os.cpu_count()} processors and Kubernetes, load average {os.getloadavg()[0]:.1f}")
    try:
        for side in local, clustered:
            side.start()
        time.sleep(2)
        runtime = clustered.create_runtime()
        side, function, connection = measure_warm((local, local.create_runtime()), (clustered, runtime))
        measure_requests(cluster, side, function, connection)
        side.delete_function(function)
        local.stop()
        cold_starts(clustered, runtime, 20)
        measure_cold(clustered, runtime, "p50 <= 60 ms, p95 <= 120 ms", "p95 <= 4000 ms",
                     lambda: settled(cluster))
        measure_writes(cluster, clustered, runtime)
        clustered.call("DELETE", f"/v1/runtimes/{runtime}")
        while clustered.call("GET", f"/v1/runtimes/{runtime}")[0] == 200:
            time.sleep(0.1)
    finally:
        for side in local, clustered:
            side.stop()
            side.remove()


if __name__ == "__main__":
    main()
