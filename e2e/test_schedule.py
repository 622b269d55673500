# SPDX-License-Identifier: Apache-2.0
"""A seed names a schedule, and a schedule leaves a cluster able to recover."""

import unittest

from schedule import AFTER, KINDS, schedule, what


class TestSchedule(unittest.TestCase):
    def test_a_seed_is_a_schedule(self):
        self.assertEqual(schedule(7, 600), schedule(7, 600))
        self.assertNotEqual(schedule(7, 600), schedule(8, 600))

    def test_all_kinds_come(self):
        self.assertEqual(set(KINDS), {fault.kind for seed in range(5) for fault in schedule(seed, 3600)})

    def test_what_is_not_there_is_not_hurt(self):
        # When
        faults = schedule(1, 3600, engines=1, apis=1, members=0, without=["shift-api"])

        # Then
        self.assertEqual({0}, {fault.target for fault in faults})
        self.assertFalse([fault for fault in faults if "etcd" in fault.kind or what(fault.kind) == "member"
                          or fault.kind == "shift-api"])

    def test_one_process_has_one_fault_at_a_time_and_all_end(self):
        for seed in range(20):
            ends = {}
            for fault in schedule(seed, 300):
                thing = what(fault.kind)
                key = thing, 0 if thing == "member" else fault.target
                self.assertGreaterEqual(fault.at, ends.get(key, 0))
                self.assertLessEqual(fault.until, 300 - AFTER)
                ends[key] = fault.until


if __name__ == "__main__":
    unittest.main()
