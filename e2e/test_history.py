# SPDX-License-Identifier: Apache-2.0
"""The checker of histories sees each kind of broken promise, and nothing in good ones."""

import dataclasses
import unittest

from history import MAX_ATTEMPTS, Call, History, Injected, Record, Run, check

OUTPUT = {"call": "x"}
SYNC = Call("x", "f/0", True, ("success", OUTPUT), 100, 101, "api0", 201, "success", OUTPUT)
ASYNC = Call("x", "f/0", False, ("success", OUTPUT), 100, 100.1, "api0", 201, "running")
RECORD = Record("x", "success", True, OUTPUT)
RUN = Run("x", "f/0", "engine0", "/w/1", 100.1, 100.9)
AGAIN = Run("x", "f/0", "engine1", "/w/2", 120, 121)
KILLED = Injected("kill-engine", ["engine0"], 100.5, 105)


class TestHistory(unittest.TestCase):
    def verdict(self, call=SYNC, record=RECORD, runs=(RUN,), faults=(), seen=(), **changes):
        return check(History(
            [dataclasses.replace(call, **changes)], [record] if record else [], list(runs), list(faults), set(seen)))

    def assertGood(self, verdict, **counts):
        self.assertEqual([], verdict.violations)
        self.assertTrue(verdict.is_good)
        for name, count in counts.items():
            self.assertEqual(count, verdict.counts[name.replace("_", " ")], verdict.counts)

    def assertViolates(self, verdict, *rules, **counts):
        self.assertEqual(sorted(rules), sorted(violation.rule for violation in verdict.violations))
        self.assertFalse(verdict.is_good)
        for name, count in counts.items():
            self.assertEqual(count, verdict.counts[name.replace("_", " ")], verdict.counts)

    def test_good_histories(self):
        self.assertGood(self.verdict(), accepted=1, finished_once=1)
        self.assertGood(self.verdict(ASYNC), accepted=1, finished_once=1)
        self.assertGood(self.verdict(ASYNC, runs=[dataclasses.replace(RUN, ended=None), AGAIN], faults=[KILLED]),
                        finished_after_a_retry=1)
        self.assertGood(self.verdict(record=None, runs=[], answer=429, retry_after=True), refused=1)
        self.assertGood(self.verdict(record=None, runs=[], answer=0), refused=1)
        self.assertGood(self.verdict(answer=None), without_an_answer=1)
        error = Record("x", "error", True, "gone")
        self.assertGood(self.verdict(record=error, status="error", output="gone"), ended_as_error=1)
        tried = Record("x", "error", False, attempts=MAX_ATTEMPTS)
        self.assertGood(self.verdict(ASYNC, record=tried, runs=[]), ended_as_error=1)
        quorum = Injected("kill-quorum", ["m0", "m1"], 100.5, 105)
        self.assertGood(self.verdict(ASYNC, runs=[RUN, AGAIN], faults=[quorum]), finished_after_a_retry=1)

    def test_accepted_without_a_record(self):
        self.assertViolates(self.verdict(record=None), "an accepted execution has a record", lost=1)

    def test_ran_without_a_record(self):
        self.assertViolates(self.verdict(record=None, answer=None), "what runs has a record")

    def test_still_running(self):
        self.assertViolates(
            self.verdict(ASYNC, record=Record("x", "running", False)), "nothing stays running", lost=1)

    def test_told_something_else(self):
        self.assertViolates(self.verdict(status="error"), "a synchronous caller is told what is recorded")
        self.assertViolates(self.verdict(output=None), "a synchronous caller is told what is recorded")

    def test_a_synchronous_call_ran_twice(self):
        # A fault is no excuse.
        self.assertViolates(self.verdict(runs=[RUN, AGAIN], faults=[KILLED]),
                            "a synchronous execution runs at most once", doubled_without_cause=1)

    def test_an_asynchronous_success_never_ran(self):
        self.assertViolates(self.verdict(ASYNC, runs=[]), "an asynchronous success has run", lost=1)
        unfinished = dataclasses.replace(RUN, ended=None)
        self.assertViolates(self.verdict(ASYNC, runs=[unfinished]), "an asynchronous success has run")

    def test_an_asynchronous_call_ran_twice_without_cause(self):
        for faults in (
                [], [Injected("kill-engine", ["engine1"], 100.5, 105)], [Injected("kill-api", ["api0"], 100.5, 105)],
                [Injected("kill-engine", ["engine0"], 50, 80)], [Injected("kill-engine", ["engine0"], 125, 130)],
                [Injected("fill-store", ["engine0"], 100, 130)], [Injected("kill-member", ["m0"], 100.5, 105)],
                [Injected("pause-member", ["m0"], 100.5, 105)]):
            with self.subTest(faults=faults):
                self.assertViolates(self.verdict(ASYNC, runs=[RUN, AGAIN], faults=faults),
                                    "what runs twice has a cause", doubled_without_cause=1)

    def test_an_asynchronous_call_ended_as_error_without_cause(self):
        # A fault is no excuse: it is tried again.
        for runs in [], [RUN]:
            self.assertViolates(
                self.verdict(ASYNC, record=Record("x", "error", False, attempts=MAX_ATTEMPTS - 1, error="gone"),
                             runs=runs, faults=[KILLED]),
                "an asynchronous error has a cause", lost=1)

    def test_another_output(self):
        other = Record("x", "success", True, {"call": "y"})
        self.assertViolates(self.verdict(record=other, output={"call": "y"}), "an output is that of the call")
        failed = Record("x", "failed", True, "no such thing")
        self.assertViolates(self.verdict(record=failed, status="failed", output="no such thing"),
                            "an output is that of the call")

    def test_a_refused_call_ran(self):
        self.assertViolates(self.verdict(ASYNC, record=None, runs=[RUN], answer=429, retry_after=True),
                            "what is refused never runs", "what runs has a record")

    def test_a_call_that_the_database_had_not_confirmed_may_have_run(self):
        killed = Injected("kill-database", ["database"], 100.5, 105)
        for answer in (503, 504):
            self.assertGood(self.verdict(record=None, runs=[RUN], answer=answer, faults=[killed]))
        self.assertViolates(self.verdict(record=None, runs=[RUN], answer=504),
                            "a refusal is 429 or 503", "what is refused never runs", "what runs has a record")

    def test_a_call_whose_end_its_api_did_not_see_may_have_run(self):
        record = Record("x", "error", True)
        for runs in ([], [RUN]):
            self.assertGood(self.verdict(record=record, runs=runs, answer=504))
        self.assertViolates(self.verdict(runs=[RUN], answer=504), "a refusal is 429 or 503", "what is refused never runs")

    def test_other_refusals(self):
        self.assertViolates(self.verdict(record=None, runs=[], answer=500), "a refusal is 429 or 503")
        self.assertViolates(self.verdict(record=None, runs=[], answer=429), "429 says when to try again")

    def test_a_final_state_that_changed(self):
        self.assertViolates(self.verdict(seen=[("x", "error", "1"), ("x", "success", "2")]),
                            "a final state is written once")

    def test_a_worker_of_two_versions(self):
        # Given
        other = dataclasses.replace(ASYNC, id="y", function="f/1")
        history = History([SYNC, other], [RECORD, Record("y", "success", False, OUTPUT)],
                          [RUN, dataclasses.replace(AGAIN, call="y", function="f/1", worker=RUN.worker)], [])

        # Then
        self.assertViolates(check(history), "a worker belongs to one function version")

    def test_a_run_of_another_function(self):
        self.assertViolates(self.verdict(runs=[dataclasses.replace(RUN, function="g/0")]),
                            "a function runs what it was called for")

    def test_a_call_without_faults_that_failed(self):
        error = Record("x", "error", True, "gone")
        self.assertViolates(self.verdict(record=error, status="error", output="gone", must_succeed=True),
                            "without faults all works")


if __name__ == "__main__":
    unittest.main()
