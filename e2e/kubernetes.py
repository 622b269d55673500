# SPDX-License-Identifier: Apache-2.0
"""A real Kubernetes for tests, prepared as deploy/kubernetes/README.md tells administrators to, but for a while only.

kubernetes.py run -- COMMAND...
    runs a command with a namespace of its own in the cluster that QINLING_TEST_KUBECONFIG names, an administrator's
    kubeconfig. The command finds in its environment what the engine is configured with: QINLING_TEST_KUBERNETES_HOST,
    the URL; QINLING_TEST_KUBERNETES_CA, _CERT and _KEY, files; QINLING_TEST_KUBERNETES_NAMESPACE. All of it is removed
    afterwards, and what the engine has left there is an error. kubectl is that of PATH or QINLING_TEST_KUBECTL. Without
    a cluster the command runs all the same. QINLING_TEST_KUBERNETES says how it was: prepared or missing.
"""

import contextlib
import os
import pathlib
import re
import secrets
import subprocess
import sys
import tempfile
import time
import unittest

from servers import ending_on_sigterm, run

DEPLOY = pathlib.Path(__file__).resolve().parent.parent / "deploy/kubernetes"
PREPARED = "QINLING_TEST_KUBERNETES"
MISSING = "QINLING_TEST_KUBECONFIG names no cluster: the tests that need Kubernetes are left out."
OURS = "app.kubernetes.io/managed-by=qinling"
KINDS = "pods,services,deployments,networkpolicies"
# What is being deleted when the command ends is gone by then.
PATIENCE = 40


class Kubernetes:
    """The cluster as its administrator sees it, and what the engine has of it."""

    def __init__(self, namespace, host, ca, cert, key):
        self.namespace = namespace
        self.host = host
        self.ca, self.cert, self.key = (pathlib.Path(file) for file in (ca, cert, key))

    def kubectl(self, *arguments, input=None):
        """What the command says; raises what it complains of. The namespace is ours unless another one is given."""
        return self._kubectl(["--kubeconfig", os.environ["QINLING_TEST_KUBECONFIG"], *arguments], input)

    def kubectl_as_engine(self, *arguments, input=None):
        """The same with the engine's certificate and rights."""
        return self._kubectl(
            ["--kubeconfig", os.devnull, "--server", self.host, "--certificate-authority", self.ca,
             "--client-certificate", self.cert, "--client-key", self.key, *arguments], input)

    def _kubectl(self, arguments, input):
        done = subprocess.run(
            [kubectl_program(), "--namespace", self.namespace, "--cache-dir", self.ca.parent / "cache", *arguments],
            input=input, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"kubectl {' '.join(map(str, arguments))}: {done.stderr or done.stdout}")
        return done.stdout

    def settings(self):
        """Section [kubernetes] of the engine's configuration."""
        return {"kube_host": self.host, "ssl_ca_cert": str(self.ca), "cert_file": str(self.cert),
                "key_file": str(self.key), "namespace": self.namespace}

    def left(self):
        """What the engine has made and is still there."""
        return self.kubectl("get", KINDS, "-l", OURS, "-o", "name").split()

    def prepare(self):
        """Does what README.md tells the administrator to, with the namespace's name also as that of the user."""
        for manifest in "namespace.yaml", "rbac.yaml":
            text = (DEPLOY / manifest).read_text()
            adapted, replaced = re.subn(r"(?m)^( *-? *(?:name|namespace): )qinling$", rf"\g<1>{self.namespace}", text)
            assert replaced, f"{manifest} names nothing qinling"
            self.kubectl("apply", "-f", "-", input=adapted)
        subprocess.run(
            [DEPLOY / "certificate.sh", "--user", self.namespace, self.ca.parent], check=True, stdout=subprocess.DEVNULL,
            env={**os.environ, "KUBECTL": kubectl_program(), "KUBECONFIG": os.environ["QINLING_TEST_KUBECONFIG"]})
        self.host = self.kubectl("config", "view", "--minify", "-o", "jsonpath={.clusters[0].cluster.server}")
        # A pod cannot be made before, and rights hold a moment after they were given.
        until(lambda: self.kubectl("get", "serviceaccount", "default"), "the service account of pods")
        until(lambda: self.kubectl_as_engine("get", "pods"), "the engine's rights")

    def remove(self):
        """Removes all that prepare() has made, as far as it came, and all that is in the namespace."""
        self.kubectl("delete", "namespace", self.namespace, "--ignore-not-found", "--timeout=120s")
        self.kubectl("delete", "clusterrole,clusterrolebinding", self.namespace, "--ignore-not-found")
        for request in self.kubectl("get", "csr", "-o", "name").split():
            if request.partition("/")[2].startswith(f"{self.namespace}-"):
                self.kubectl("delete", request, "--ignore-not-found")


def kubectl_program():
    return os.environ.get("QINLING_TEST_KUBECTL") or "kubectl"


def until(attempt, what, deadline=30):
    """Repeats what raises RuntimeError until it does not."""
    end = time.monotonic() + deadline
    while True:
        try:
            return attempt()
        except RuntimeError as failed:
            if time.monotonic() > end:
                raise RuntimeError(f"not within {deadline} s: {what}: {failed}") from None
            time.sleep(0.1)


def kubernetes():
    """What this run has been given; leaves the test out where there is none."""
    if not os.environ.get(f"{PREPARED}_HOST"):
        raise unittest.SkipTest("needs Kubernetes: python3 e2e/kubernetes.py run -- ...")
    return Kubernetes(*(os.environ[f"{PREPARED}_{name}"] for name in ("NAMESPACE", "HOST", "CA", "CERT", "KEY")))


@contextlib.contextmanager
def running():
    """A cluster that is prepared, until the end."""
    with tempfile.TemporaryDirectory(prefix="qinling-kubernetes-") as folder:
        files = (pathlib.Path(folder) / name for name in ("ca.pem", "cert.pem", "key.pem"))
        cluster = Kubernetes(f"qinling-test-{secrets.token_hex(4)}", None, *files)
        try:
            cluster.prepare()
            yield cluster
        finally:
            cluster.remove()


def remains(cluster):
    """What is left when all that is on its way out had the time to go."""
    end = time.monotonic() + PATIENCE
    while (left := cluster.left()) and time.monotonic() < end:
        time.sleep(0.2)
    return left


def variables_of(cluster):
    values = {"NAMESPACE": cluster.namespace, "HOST": cluster.host, "CA": cluster.ca, "CERT": cluster.cert,
              "KEY": cluster.key}
    return {PREPARED: "prepared", **{f"{PREPARED}_{name}": str(value) for name, value in values.items()}}


def main(arguments):
    if arguments[:2] != ["run", "--"] or len(arguments) == 2:
        sys.exit(__doc__)
    ending_on_sigterm()
    if os.environ.get(f"{PREPARED}_HOST"):
        return run(arguments[2:], {PREPARED: "prepared"})
    if not os.environ.get("QINLING_TEST_KUBECONFIG"):
        print(MISSING, flush=True)
        return run(arguments[2:], {PREPARED: "missing"})
    with running() as cluster:
        code = run(arguments[2:], variables_of(cluster))
        left = remains(cluster)
        if left:
            print(f"ERROR: left in Kubernetes by the engine: {', '.join(left)}", file=sys.stderr)
    return code or (1 if left else 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
