# SPDX-License-Identifier: Apache-2.0
"""What functions, clients and callers do with local workers they do with those of a cluster: the same tests again."""

import unittest

import harness
import test_aliases
import test_client
import test_functions
import test_jobs
import test_kubernetes
import test_versions
import test_webhooks
from kubernetes import kubernetes

MODULES = test_aliases, test_client, test_functions, test_jobs, test_versions, test_webhooks
LEFT_OUT = {
    # It is about the room of an engine that shares its namespace with no other.
    test_functions.TestSharedCapacity,
    test_functions.TestLocalWorkers}

_local = None


def load_tests(loader, *_):
    """The tests of the modules, in order, in classes of this module, so that they get the services of it."""
    found = [value for module in MODULES for value in vars(module).values()
             if isinstance(value, type) and issubclass(value, unittest.TestCase)
             and value.__module__ == module.__name__ and value not in LEFT_OUT]
    return unittest.TestSuite(
        loader.loadTestsFromTestCase(type(f"{each.__name__}OnKubernetes", (each,), {"__module__": __name__}))
        for each in found)


def setUpModule():
    global _local
    kubernetes()
    _local = harness.use(test_kubernetes.on_kubernetes("pod_ip"))


def tearDownModule():
    harness.use(_local)
    test_kubernetes.end_services()
