#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the tests of a folder, and once more those that fail.

They drive real servers on a machine that may have other work, so one of them may meet a delay that no limit allows for.
What passes the second time is listed as flaky with what it met the first time: it is to be mended, in the test or in the
services. Many failures are no chance and are not tried again.

    run.py FOLDER
"""

import re
import sys
import unittest
from unittest.util import strclass

MOST_BY_CHANCE = 10


def tests_of(suite):
    for each in suite:
        if isinstance(each, unittest.TestSuite):
            yield from tests_of(each)
        else:
            yield each


def has_failed(test, failed):
    """Whether the test is among those, by itself, by a part or by what its class or module shares."""
    names = {test.id(), strclass(type(test)), type(test).__module__}
    return not names.isdisjoint(failed)


def failed_names(result):
    for test, _ in result.failures + result.errors:
        shared = re.fullmatch(r"\w+ \((.+)\)", test.id())
        yield shared[1] if shared else getattr(test, "test_case", test).id()


def run(folder):
    suite = unittest.defaultTestLoader.discover(folder)
    tests = list(tests_of(suite))
    runner = unittest.TextTestRunner()
    first = runner.run(suite)
    failed = set(failed_names(first))
    again = [test for test in tests if has_failed(test, failed)]
    if first.wasSuccessful() or first.shouldStop or first.unexpectedSuccesses or len(failed) > MOST_BY_CHANCE:
        return first.wasSuccessful()
    print(f"== Once more: {', '.join(sorted(failed))}", file=sys.stderr)
    second = runner.run(unittest.TestSuite(again))
    for name in sorted(failed - set(failed_names(second))):
        print(f"FLAKY: {name}", file=sys.stderr)
    return second.wasSuccessful() and second.testsRun > 0


if __name__ == "__main__":
    sys.exit(0 if run(sys.argv[1]) else 1)
