# SPDX-License-Identifier: Apache-2.0
"""A short time with a cluster to which all sorts of things happen. deploy/chaos.sh is the long one."""

import os
import pathlib
import tempfile
import unittest

from chaos import Chaos, Settings
from load import plan

SEED = int(os.environ.get("QINLING_CHAOS_SEED", "20261"))
SECONDS = float(os.environ.get("QINLING_CHAOS_SECONDS", "60"))


class TestPlan(unittest.TestCase):
    def test_a_seed_is_a_plan(self):
        first, second, other = (plan(seed, 10, 30, ["f0/0", "f1/0"], 2) for seed in (1, 1, 2))
        self.assertEqual(first, second)
        self.assertNotEqual(first, other)
        self.assertEqual(len(first), len({arrival.id for arrival in first}))


class TestChaos(unittest.TestCase):
    def test_promises_are_kept(self):
        # Given
        lines = []
        keep = pathlib.Path(tempfile.gettempdir(), f"qinling-chaos-{SEED}")
        chaos = Chaos(Settings(SEED, SECONDS, interval=4), lines.append)

        # When
        chaos.run(keep)

        # Then
        self.assertEqual([], chaos.failures, "\n".join(
            [*lines, *chaos.failures, f"Logs and history are in {keep}; the same again: "
             f"deploy/chaos.sh --seed {SEED} --seconds {SECONDS:g} --interval 4"]))
        self.assertGreater(chaos.counts["finished once"], 0)


if __name__ == "__main__":
    unittest.main()
