# SPDX-License-Identifier: Apache-2.0
"""The engine's certificate gives the rights of deploy/kubernetes/rbac.yaml, and no others. That these are the ones which
the engine uses is shown by RightsIT of qinling-engine."""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest

from kubernetes import DEPLOY, kubectl_program, kubernetes

RBAC = "rbac.authorization.k8s.io"

# Verbs by group, resource and namespace; None is ours, the empty one all of them or the cluster.
FORBIDDEN = {
    # What would give it the rights or data of others.
    ("", "secrets", None): "get list watch create",
    ("", "configmaps", None): "get list create",
    ("", "serviceaccounts", None): "get create impersonate",
    ("", "serviceaccounts/token", None): "create",
    (RBAC, "roles", None): "get create patch escalate bind",
    (RBAC, "rolebindings", None): "get create patch",
    (RBAC, "clusterroles", ""): "get create patch escalate bind",
    (RBAC, "clusterrolebindings", ""): "create patch",
    ("certificates.k8s.io", "certificatesigningrequests", ""): "create approve",
    ("", "users", ""): "impersonate",
    ("", "groups", ""): "impersonate",
    # What gets into workers past their protocol.
    ("", "pods/exec", None): "get create",
    ("", "pods/attach", None): "get create",
    ("", "pods/portforward", None): "get create",
    ("", "pods/proxy", None): "get create",
    ("", "pods/ephemeralcontainers", None): "patch update",
    # What it does not need of its own kinds and their kin.
    ("", "pods", None): "update",
    ("", "services", None): "list watch update patch delete deletecollection",
    ("", "endpoints", None): "create patch",
    ("apps", "deployments", None): "update deletecollection",
    ("apps", "replicasets", None): "list create delete",
    ("apps", "daemonsets", None): "create",
    ("apps", "statefulsets", None): "create",
    ("batch", "jobs", None): "create",
    ("networking.k8s.io", "networkpolicies", None): "list watch update delete deletecollection",
    # Other namespaces, and the cluster.
    ("", "pods", "default"): "get list create delete",
    ("", "pods", "kube-system"): "get list create delete",
    ("", "pods", ""): "list",
    ("", "pods/log", "kube-system"): "get",
    ("", "secrets", "kube-system"): "get list",
    ("", "secrets", ""): "list",
    ("", "services", "default"): "list create",
    ("apps", "deployments", "default"): "get list create delete",
    ("networking.k8s.io", "networkpolicies", "default"): "get create",
    ("", "namespaces", ""): "get list create delete",
    ("", "nodes", ""): "list watch patch delete",
    ("", "nodes/proxy", ""): "get create",
    ("", "persistentvolumes", ""): "create",
    ("*", "*", None): "*",
    ("*", "*", ""): "*",
}


class Rights(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.cluster = kubernetes()

    def test_lists_the_expected_rights_and_no_others(self):
        review = json.dumps({
            "apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectRulesReview",
            "spec": {"namespace": self.cluster.namespace}})
        ask = ("create", "-f", "-", "-o", "json")

        ours = self.cluster.kubectl_as_engine(*ask, input=review)

        # What everybody has who is authenticated, in this cluster.
        common = self.cluster.kubectl(*ask, "--as=nobody-in-particular", "--as-group=system:authenticated", input=review)
        expected = self.role("role") | self.role("clusterrole")
        self.assertEqual(set(), expected & rights(common))
        self.assertEqual(sorted(expected), sorted(rights(ours) - rights(common)))

    def test_all_else_is_forbidden(self):
        self.assertEqual([], self.allowed(FORBIDDEN))

    def test_the_server_refuses_what_it_says_it_forbids(self):
        for words in ("get secrets", "get pods -n kube-system", "get pods --all-namespaces", "get nodes",
                      "get namespaces", "create deployment mine -n default --image=localhost/pause:1",
                      "create role mine --verb=get --resource=secrets"):
            with self.subTest(words), self.assertRaisesRegex(RuntimeError, "(?i)forbidden"):
                self.cluster.kubectl_as_engine(*words.split())

    def role(self, kind):
        """What rbac.yaml has in a role."""
        rules = json.loads(self.cluster.kubectl("get", kind, self.cluster.namespace, "-o", "json"))["rules"]
        return rights_of(rules)

    def allowed(self, rights_by_resource):
        """Those of the rights that the server says it gives."""
        asked = [(verb, group, resource, self.cluster.namespace if namespace is None else namespace)
                 for (group, resource, namespace), verbs in rights_by_resource.items() for verb in verbs.split()]
        answers = self.cluster.kubectl_as_engine(
            "create", "-f", "-", "-o", 'jsonpath={.status.allowed}{"\\n"}',
            input="\n".join(json.dumps(access_review(*each)) for each in asked)).split()
        self.assertEqual(len(asked), len(answers))
        return [each for each, answer in zip(asked, answers) if answer != "false"]


class Certificate(unittest.TestCase):
    """What certificate.sh makes and renews."""

    def setUp(self):
        self.cluster = kubernetes()
        folder = tempfile.TemporaryDirectory(prefix="qinling-certificate-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def test_it_is_made_and_renewed(self):
        self.make()
        first = self.contents()
        self.assertEqual({"ca.pem", "cert.pem", "key.pem"}, set(first))
        self.assertEqual(0o600, (self.folder / "key.pem").stat().st_mode & 0o777)
        self.assertIn("rsaEncryption", self.certificate())
        os.chown(self.folder / "key.pem", os.getuid(), 1)

        self.make("--ec")

        second = self.contents()
        self.assertEqual(set(first), set(second))
        self.assertEqual(first["ca.pem"], second["ca.pem"])
        self.assertNotEqual(first["cert.pem"], second["cert.pem"])
        self.assertNotEqual(first["key.pem"], second["key.pem"])
        self.assertIn("id-ecPublicKey", self.certificate())
        self.assertIn(f"Subject: CN = {self.cluster.namespace}\n", self.certificate())
        key = (self.folder / "key.pem").stat()
        self.assertEqual((0o600, 1), (key.st_mode & 0o777, key.st_gid), "as before")
        self.assertEqual("", self.requests(), "the requests are gone")

    def test_a_failure_leaves_the_files_alone(self):
        self.make()
        before = self.contents()

        failed = self.run_script(KUBECONFIG=os.devnull)

        self.assertNotEqual(0, failed.returncode)
        self.assertIn("ERROR: ", failed.stderr)
        self.assertEqual(before, self.contents())

    def make(self, *options):
        done = self.run_script(*options)
        self.assertEqual(0, done.returncode, done.stderr)

    def run_script(self, *options, **environment):
        return subprocess.run(
            [DEPLOY / "certificate.sh", "--user", self.cluster.namespace, *options, self.folder],
            env={**os.environ, "KUBECTL": kubectl_program(), "KUBECONFIG": os.environ["QINLING_TEST_KUBECONFIG"],
                 **environment}, capture_output=True, text=True, check=False)

    def contents(self):
        return {file.name: file.read_text() for file in self.folder.iterdir()}

    def certificate(self):
        return subprocess.run(
            ["openssl", "x509", "-in", self.folder / "cert.pem", "-noout", "-text"], capture_output=True, text=True,
            check=True).stdout

    def requests(self):
        names = self.cluster.kubectl("get", "csr", "-o", "name").split()
        return " ".join(name for name in names if self.cluster.namespace in name)


def access_review(verb, group, resource, namespace):
    resource, _, subresource = resource.partition("/")
    return {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview", "spec": {"resourceAttributes": {
        "verb": verb, "group": group, "resource": resource, "subresource": subresource, "namespace": namespace}}}


def rights(review):
    return rights_of(json.loads(review)["status"]["resourceRules"])


def rights_of(rules):
    """Triples of group, resource and verb; one that holds for some names only tells them."""
    return {(group, "/".join([resource, *rule.get("resourceNames", [])]), verb)
            for rule in rules for group in rule["apiGroups"] for resource in rule["resources"]
            for verb in rule["verbs"]}
