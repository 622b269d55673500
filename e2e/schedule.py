# SPDX-License-Identifier: Apache-2.0
"""What is done to a cluster and when: a function of the seed and of nothing else."""

import dataclasses
import random

# The longest that each kind of fault lasts, in seconds, and how often it is chosen among the others.
KINDS = {
    "kill-engine": (10, 5),
    "kill-api": (10, 4),
    "pause-engine": (25, 3),
    "pause-api": (25, 2),
    "cut-engine": (20, 3),
    "cut-engine-etcd": (20, 4),
    "cut-api-etcd": (20, 2),
    "cut-api-database": (20, 2),
    "stop-engine": (3, 3),
    "stop-api": (3, 2),
    "kill-member": (15, 2),
    "pause-member": (15, 2),
    "kill-quorum": (15, 1),
    "kill-database": (5, 2),
    "fill-store": (20, 2),
    "shift-engine": (30, 1),
    "shift-api": (30, 1),
}
# A process that was hurt has this many seconds to itself, in which it starts again.
REST = 8
# A cluster that has just started, and one that has to show where it ends up, are left alone.
BEFORE, AFTER = 3, 5


@dataclasses.dataclass(frozen=True)
class Fault:
    """Seconds from the start of the load; the target is a number of a process of the kind, the detail the kind's own."""

    at: float
    lasts: float
    kind: str
    target: int
    detail: str = ""

    @property
    def until(self):
        return self.at + self.lasts

    def __str__(self):
        detail = f" ({self.detail})" if self.detail else ""
        return f"{self.at:7.1f} s  {self.kind} {self.target}{detail} for {self.lasts:.1f} s"


def what(kind):
    """What a kind of fault hurts: two at once of the same thing are not made."""
    for thing in "engine", "api", "member", "database":
        if kind.split("-")[1] == thing:
            return thing
    return {"fill-store": "engine", "kill-quorum": "member"}[kind]


def schedule(seed, seconds, engines=3, apis=2, members=3, interval=5, without=()):
    """The faults of a load of so many seconds, by time, one every `interval` seconds on average.

    Each is over before the load ends. Faults of different processes overlap; of one process they do not, and no two members
    of etcd are hurt at once but by kill-quorum."""
    random_numbers = random.Random(f"schedule {seed}")
    counts = {"engine": engines, "api": apis, "member": members, "database": 1}
    kinds = [kind for kind in KINDS if kind not in without and counts[what(kind)] > 0
             and not (kind.endswith("-etcd") and members == 0) and not (kind == "kill-quorum" and members < 3)]
    # The members are one thing, of which only a minority may be away.
    def key(kind, target):
        return what(kind), 0 if what(kind) == "member" else target

    free_at = {}
    faults = []
    at = BEFORE
    while True:
        at += random_numbers.expovariate(1 / interval)
        left = seconds - AFTER - at
        if left < 1:
            return faults
        able = [(kind, target) for kind in kinds for target in range(counts[what(kind)])
                if free_at.get(key(kind, target), 0) <= at]
        if not able:
            continue
        weights = [KINDS[kind][1] / counts[what(kind)] for kind, _ in able]
        kind, target = random_numbers.choices(able, weights)[0]
        lasts = random_numbers.uniform(1, min(KINDS[kind][0], left))
        free_at[key(kind, target)] = at + lasts + REST
        faults.append(Fault(round(at, 2), round(lasts, 2), kind, target, _detail(kind, random_numbers)))


def _detail(kind, random_numbers):
    if kind.startswith("cut"):
        return random_numbers.choice(["drop", "drop", "reset"])
    if kind.startswith("shift"):
        return random_numbers.choice(["-300", "-30", "30", "300"])
    return ""
